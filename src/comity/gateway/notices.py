"""Notices: messages about the day, and about what had to be approved.

Everybody is told when currencies open, reach a cut-off and close (admi.004), and with the first that opens the calendar
of that day and those after it (camt.019). Whoever sent commands as a message that
others had to approve was answered before these did, and is told what became of them (camt.025).

As all that is sent without having been asked for, notices follow from records; see `comity.gateway.outgoing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from comity.engine.columns import RecordKind
from comity.gateway.answers import addressed, line_of, outcomes_of
from comity.iso20022.messages.administration import SystemEvent
from comity.iso20022.messages.orders import Handling, Outcome, Receipt
from comity.iso20022.messages.questions import DayAnswer
from comity.model.instant import date_of, format_instant
from comity.wire.messages import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from comity.gateway.answers import Answer
    from comity.gateway.changes import Done
    from comity.gateway.correlation import Versions
    from comity.gateway.feed import Feed
    from comity.gateway.notes import Ended, Received
    from comity.iso20022.table import Message

PHASE = "PHAS"
"""Code of the events of a day."""
_TOLD = {
    "open": "opens",
    "customer_cutoff": "customer cut-off",
    "interbank_cutoff": "interbank cut-off",
    "end": "closes",
}
"""Phases of which everybody is told, in words."""
_SPEAKING = frozenset({RecordKind.COMMANDS, RecordKind.TICK})
"""Records that may give rise to notices: those of commands, and those that say nothing but notes."""


class Notice(NamedTuple):
    """A message that a record gives rise to."""

    sequence: int
    place: int
    """Behind those of instructions that the record changed."""
    instant: int
    party: str
    about: SystemEvent | DayAnswer | tuple[Received, tuple[Outcome, ...]]
    """An event, or the calendar; or a message of the party, and what became of its commands."""
    versions: Versions
    """In which participants speak."""

    @property
    def id(self) -> str:
        """Reference of the message."""
        return f"{self.sequence}-{self.place}"

    @property
    def waiting(self) -> Waiting:
        """How it stands in a list."""
        name, message = (
            (Receipt.name, self.about[0].message) if isinstance(self.about, tuple) else (self.about.name, "")
        )
        definition = self.versions.written(self.party, name, self.sequence)
        return Waiting(self.id, definition, format_instant(self.instant), message, "", "")

    def report(self) -> Answer:
        """Return what is told."""
        at = format_instant(self.instant)
        told: Message
        if isinstance(self.about, SystemEvent):
            told = self.about
        elif isinstance(self.about, DayAnswer):
            told = replace(self.about, message=self.id, created=at)
        else:
            note, outcomes = self.about
            told = Receipt(self.id, at, (Handling(note.message, note.definition, outcomes=outcomes),))
        return addressed(told, None, self.party, self.id, at, self.versions, self.sequence)


def notices(done: Done, party: str, feed: Feed, versions: Versions) -> Iterator[Notice]:
    """Yield the notices for a participant that a record gives rise to."""
    if done.kind not in _SPEAKING or party not in feed.directory.participants:
        return
    said, first = feed.entries.said(done.sequence), len(done.changes)
    for place, (command, answer) in enumerate(zip(said.commands, done.answers, strict=True), first):
        if command.get("command") == "phase" and not answer["why"] and command.get("value") in _TOLD:
            yield Notice(done.sequence, place, done.instant, party, _event(done, command), versions)
    for place, ended in enumerate(said.ended, first + len(said.commands)):
        proposed = feed.entries.said(ended.approval).messages
        if proposed and proposed[0].party == party:
            yield Notice(done.sequence, place, done.instant, party, (proposed[0], _outcomes(done, ended)), versions)
    calendar = feed.days.calendar(done.sequence, done.date)
    if calendar is not None:
        place = first + len(said.commands) + len(said.ended)
        yield Notice(done.sequence, place, done.instant, party, calendar, versions)


def _event(done: Done, command: Mapping[str, object]) -> SystemEvent:
    phase, currency = str(command["value"]), str(command.get("currency", ""))
    date = date_of(done.date).isoformat()
    parameters = tuple(word for word in (date, currency, phase.upper()) if word)
    words = " ".join(word for word in (currency, _TOLD[phase]) if word)
    return SystemEvent(PHASE, parameters, words, format_instant(done.instant))


def _outcomes(done: Done, ended: Ended) -> tuple[Outcome, ...]:
    """Return what became of commands: carried out as the engine answered, or refused and by whom."""
    if ended.how == "carried":
        return outcomes_of(done.answers)
    return (Outcome("RJCT", own=ended.how.upper(), lines=(line_of(ended.reason),) if ended.reason else ()),)
