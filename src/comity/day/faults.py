"""Faults of a DAY: gathered over all its files, then raised together.

A reader that stops at the first fault makes its user run it a hundred times.
Every check adds what it finds and goes on; at the end the faults are put in
the order of files and rows and raised as one `InvalidRequest`. At most
`FAULTS_MAX` and one more are kept per check, so that a file that is wrong in
every row costs no more than one that is wrong in some.
"""

from collections.abc import Iterable

from comity.errors import FAULTS_MAX, Fault, InvalidRequest


class Faults:
    """A collector of faults."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._files: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, file: str, row: int, column: str, expected: str, found: str) -> None:
        """Add one fault; see `comity.errors.Fault` for what each part says."""
        self._files.setdefault(file, len(self._files))
        self._faults.append(Fault(file, row, column, expected, found))

    def extend(self, faults: Iterable[Fault]) -> None:
        """Add faults that another reader found."""
        for fault in faults:
            self.add(fault.file, fault.row, fault.column, fault.expected, fault.found)

    def in_files(self, *stems: str) -> bool:
        """Whether a file of one of these names, suffix apart, has a fault."""
        return any(file.rsplit(".", 1)[0] in stems for file in self._files)

    def raise_if_any(self) -> None:
        """Raise what was gathered, ordered by file and row.

        Raises
        ------
        InvalidRequest
            If there is at least one fault.
        """
        if self._faults:
            ordered = sorted(self._faults, key=lambda fault: (self._files[fault.file], fault.row))
            raise InvalidRequest(ordered[: FAULTS_MAX + 1])
