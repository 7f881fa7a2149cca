# ruff: noqa: N818 - the names say what happened, and are part of the contract
"""Errors: what is raised when a request is misused or the world fails.

A refusal by the rulebook is never an error: it is a `Reason` in a result. An
error says that a request cannot be read, that something asked for is not
there, that the log or its surroundings failed, or that our own books do not
add up. Every error derives from `ComityError`, and its class says with which
code a command ends::

    ComityError                   3
    +-- InvalidRequest            2   input that cannot be read, with every fault in it
    +-- NotFound                  2   what was asked for does not exist
    +-- Conflict                  2   something else stands where this should go
    +-- EnvironmentFailed         3   the disk, a directory or a program it needs
    +-- LogError                  3   the log cannot be read or written
    |   +-- LogCorrupt            1   a record is not what was written
    |   +-- LogLocked             3   another process holds the log
    |   +-- LogFull               3   no room for the next record
    +-- InvariantBroken           1   our own error: the engine must stop
    +-- MessageError              2   a message that is not of its schema
    +-- ScreeningUnavailable      3   no verdict can be had now

Exit codes: 1 a check failed, 2 bad input or usage, 3 the environment failed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

FAULTS_MAX = 100
"""So many faults are kept and shown; readers may stop looking after one more."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One place where input is not what it should be.

    Attributes
    ----------
    file
        Name of the file as the user gave it, or of the request.
    row
        Row of data, 1 for the first after the header; 0 if the whole file is meant.
    column
        Column or key; empty if the whole row is meant.
    expected, found
        What should stand there and what does, in words; the found value is quoted.
    """

    file: str
    row: int
    column: str
    expected: str
    found: str

    def __str__(self) -> str:
        row = f"row {self.row}" if self.row else ""
        column = f"column {self.column}" if self.row else self.column
        place = ", ".join(part for part in (self.file, row, column if self.column else "") if part)
        what = f"expected {self.expected}, found {self.found}"
        return f"{place}: {what}" if place else what

    def at(self, file: str, row: int, column: str) -> "Fault":
        """Return the same fault with its place, which the reader of one value does not know."""
        return replace(self, file=file, row=row, column=column)


class ComityError(Exception):
    """Base of all errors raised on purpose; anything else is a defect."""

    exit_code: ClassVar[int] = 3


class InvalidRequest(ComityError):
    """Input that cannot be read as what it should be; nothing was changed.

    Parameters
    ----------
    faults
        One or more, in the order in which they are to be shown. The first
        `FAULTS_MAX` are kept.
    """

    exit_code: ClassVar[int] = 2

    faults: tuple[Fault, ...]
    more: bool
    """Whether there were more faults than are kept."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        given = tuple(faults)
        if not given:
            raise ValueError("an invalid request has at least one fault")
        super().__init__(given)
        self.faults = given[:FAULTS_MAX]
        self.more = len(given) > FAULTS_MAX

    def __str__(self) -> str:
        lines = [str(fault) for fault in self.faults]
        if self.more:
            lines.append(f"and more: the first {FAULTS_MAX} are shown")
        return "\n".join(lines)


class NotFound(ComityError):
    """What was asked for does not exist; the text names it."""

    exit_code: ClassVar[int] = 2


class Conflict(ComityError):
    """Something else stands where this should go: a non-empty folder, another genesis."""

    exit_code: ClassVar[int] = 2


class EnvironmentFailed(ComityError):
    """The disk, a directory or a program failed; the text names it and says how."""


class LogError(ComityError):
    """The log cannot be read or written; nothing after it is in force."""


class LogCorrupt(LogError):
    """A record that is not what was written: rot, a broken chain, another digest.

    Parameters
    ----------
    sequence
        First bad record.
    what
        Which check failed, in words.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, sequence: int, what: str) -> None:
        super().__init__(sequence, what)
        self.sequence = sequence
        self.what = what

    def __str__(self) -> str:
        return f"record {self.sequence}: {self.what}"


class LogLocked(LogError):
    """Another process holds the log."""


class LogFull(LogError):
    """The device has no room for the next record."""


class InvariantBroken(ComityError):
    """The books do not add up: a defect of ours. The engine stops and applies nothing further."""

    exit_code: ClassVar[int] = 1


class MessageError(ComityError):
    """A message that does not follow its schema or usage rules."""

    exit_code: ClassVar[int] = 2


class ScreeningUnavailable(ComityError):
    """No verdict can be had now: lists are missing or too old. Held items stay held."""
