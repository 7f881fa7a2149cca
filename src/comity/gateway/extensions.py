"""Cut-offs that were extended today, as the log says.

The schedule of a day is the gateway's, and an extension is a command in the log. So
that a restart does not forget one, those of the business day under way are read again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from comity.engine.columns import RecordKind
from comity.errors import ComityError
from comity.model.command import Command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.log.record import Entry

_ABOUT = (b'"extend"', b'"start"')


class Extensions:
    """Extensions that the engine agreed to, of the day under way; told of every record, of some twice."""

    def __init__(self) -> None:
        self._agreed: dict[tuple[int, int], Command] = {}
        self._started = 0

    def take(self, sequence: int, entry: Entry, answers: Sequence[dict[str, str]]) -> None:
        """Take in a record and what its commands were answered."""
        if entry.kind != RecordKind.COMMANDS or sequence <= self._started:
            return
        body = bytes(entry.body)
        if not any(word in body for word in _ABOUT):
            return
        for row, (plain, answer) in enumerate(zip(json.loads(body), answers, strict=True)):
            if answer.get("reason") or not isinstance(plain, dict):
                continue
            if plain.get("command") == "extend":
                self._add(sequence, row, plain)
            elif (plain.get("command"), plain.get("value")) == ("phase", "start"):
                self._agreed.clear()
                self._started = sequence

    @property
    def agreed(self) -> tuple[Command, ...]:
        """In the order of the log."""
        return tuple(self._agreed.values())

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._agreed)

    def _add(self, sequence: int, row: int, plain: object) -> None:
        try:
            self._agreed[sequence, row] = Command.from_json(plain)
        except ComityError:  # what the engine cannot read it refuses
            return
