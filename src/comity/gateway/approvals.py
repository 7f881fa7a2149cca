"""Approvals: what was proposed, who has agreed, and what came of it.

A fold over the notes of records: it is the same after a restart, and needs nothing but the log.
What may be done with an approval is decided in `comity.gateway.four_eyes`.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from comity.errors import NotFound
from comity.gateway.notes import Approved, Ended, Proposed, Quorum

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDED_MAX = 1_000
"""Approvals that are over and still shown; beyond that the oldest are left to the log."""
OPEN = "open"


@dataclass(frozen=True, slots=True)
class Approval:
    """One thing proposed.

    Attributes
    ----------
    id
        Number of the record that proposed it.
    what
        The note that did.
    asked_at
        Instant of that record, microseconds since 1970-01-01 UTC.
    given
        Who has approved, in order.
    given_at
        Instants at which they did.
    state
        `open`, or how it ended.
    ended_by, reason
        Who ended it, and why, if somebody did.
    ended_at
        Number of the record that ended it, 0 while it is open.
    """

    id: int
    what: Proposed
    asked_at: int = 0
    given: tuple[Approved, ...] = ()
    given_at: tuple[int, ...] = ()
    state: str = OPEN
    ended_by: str = ""
    reason: str = ""
    ended_at: int = 0

    @property
    def missing(self) -> dict[str, int]:
        """How many people of each party have still to approve; parties that have are left out."""
        has = [each.party for each in self.given]
        left = {party: count - has.count(party) for party, count in self.what.needs.items()}
        return {party: count for party, count in left.items() if count > 0}

    @property
    def people(self) -> frozenset[str]:
        """Everybody who had a hand in it: none of them approves it again."""
        return frozenset({self.what.person, *(each.person for each in self.given)})


@dataclass(slots=True)
class Approvals:
    """Everything proposed in a log, and how many people of each party have to approve.

    Attributes
    ----------
    open, ended : OrderedDict
        Approvals by id, oldest first.
    quorums : dict
        Count by party, where it is not one.
    """

    ended_max: int = ENDED_MAX
    open: OrderedDict[int, Approval] = field(default_factory=OrderedDict)
    ended: OrderedDict[int, Approval] = field(default_factory=OrderedDict)
    quorums: dict[str, int] = field(default_factory=dict)

    def find(self, number: int) -> Approval:
        """Return an approval; NotFound if there is none of this id, or not any more."""
        found = self.open.get(number) or self.ended.get(number)
        if found is None:
            raise NotFound(f"there is no approval {number}")
        return found

    def after(self, number: int) -> Iterator[Approval]:
        """Yield approvals with ids after a number, in order."""
        for each in sorted(known for table in (self.open, self.ended) for known in table if known > number):
            yield self.find(each)

    def carried_by(self, sequence: int) -> Approval | None:
        """Return the approval that a record carries out, None if it carries out none; once the record said so."""
        last = next(reversed(self.ended.values()), None)
        return last if last is not None and last.ended_at == sequence else None

    def open_of(self, party: str) -> int:
        """Return how many open approvals a party has asked for."""
        return sum(each.what.party == party for each in self.open.values())

    def quorum(self, party: str) -> int:
        """Return how many people of a party have to approve, besides the one who asks."""
        return self.quorums.get(party, 1)

    def take(self, sequence: int, note: Proposed | Approved | Ended | Quorum, instant: int) -> None:
        """Remember what a record of an instant says; each record once, in order."""
        match note:
            case Proposed():
                self.open[sequence] = Approval(sequence, note, instant)
            case Approved():
                known = self.open[note.approval]
                given, given_at = (*known.given, note), (*known.given_at, instant)
                self.open[note.approval] = replace(known, given=given, given_at=given_at)
            case Ended():
                known = self.open.pop(note.approval)
                self.ended[note.approval] = replace(
                    known, state=note.how, ended_by=note.actor, reason=note.reason, ended_at=sequence
                )
                while len(self.ended) > self.ended_max:
                    self.ended.popitem(last=False)
            case Quorum():
                self.quorums[note.party] = note.count
