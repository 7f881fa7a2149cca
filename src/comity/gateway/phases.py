"""Phases as they began: when, on each business date, and by which record.

A fold over the commands of records, since the engine knows the phase that is, and not since when.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from comity.engine.columns import RecordKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.log.record import Entry

_ABOUT, _OPENS = b'"phase"', "open"


class Begun(NamedTuple):
    """A phase that began."""

    sequence: int
    currency: str
    """Empty: of the union, so of every currency that has no schedule of its own."""
    phase: str
    instant: int


class Phases:
    """Phases of every business date; a fold from one thread, told of some records twice, asked from any."""

    def __init__(self) -> None:
        self._begun: dict[int, list[Begun]] = {}
        self._taken = 0

    def take(self, sequence: int, entry: Entry, answers: Sequence[dict[str, str]], date: int) -> None:
        """Take in a record, what its commands were answered, and the business date, days since 1970-01-01."""
        if entry.kind != RecordKind.COMMANDS or sequence <= self._taken:
            return
        self._taken = sequence
        body = bytes(entry.body)
        if _ABOUT not in body:
            return
        for plain, answer in zip(json.loads(body), answers, strict=True):
            if isinstance(plain, dict) and plain.get("command") == "phase" and not answer.get("why"):
                begun = Begun(sequence, str(plain.get("currency", "")), str(plain["value"]), entry.instant)
                self._begun.setdefault(date, []).append(begun)

    def opened_by(self, sequence: int, date: int) -> bool:
        """Whether a record was the first by which a currency opened on a date."""
        opened = (each.sequence for each in self._begun.get(date, ()) if each.phase == _OPENS)
        return next(opened, None) == sequence

    def begun(self, date: int, through: int) -> dict[tuple[str, str], int]:
        """Return when each phase of a date began, up to a record, by currency and phase; see `Begun`."""
        found = self._begun.get(date, ())
        return {(each.currency, each.phase): each.instant for each in found if each.sequence <= through}
