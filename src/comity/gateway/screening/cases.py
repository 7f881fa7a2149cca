"""Cases: what screening found and who decided, as the log says.

A case is open until two people have decided it, or until a later one of the same instruction takes its place: then
the lists have changed, and more was found. So an instruction has one open case at most, and its verdict is the verdict
of the instruction. A party that was decided not to be the listed one may be known as such for a while: a good guy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from comity.errors import NotFound
from comity.gateway.notes import GoodGuy, GoodGuyEnded, Held, Judged, ListLoaded, Rescreened
from comity.gateway.screening.lists import Lists

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.gateway.notes import Matched, ScreeningNote

OPEN: Final = "open"
REPLACED: Final = "replaced"


@dataclass(slots=True)
class Case:
    """A case.

    Attributes
    ----------
    id
        Record and place of the note that opened it.
    note
        What was found.
    opened
        Instant of that record, microseconds since 1970-01-01 UTC.
    entry
        Record and row by which the instruction entered, as `12.0`; empty of a case about a participant.
    state
        `open`, `clear`, `block`, or `replaced` by another case.
    verdict
        Note that decided it.
    ended_at
        Record that did, 0 while it is open.
    ended
        Instant of that record, microseconds since 1970-01-01 UTC.
    """

    id: str
    note: Held
    opened: int
    entry: str
    state: str = OPEN
    verdict: Judged | None = None
    ended_at: int = 0
    ended: int = 0

    @property
    def parties(self) -> tuple[str, ...]:
        """Whose lists have the hits, each once and in order; nobody if no list could be looked at."""
        return tuple(sorted({hit.party for hit in self.note.hits}))


@dataclass(frozen=True, slots=True)
class Known:
    """A good guy, and its id."""

    id: str
    note: GoodGuy


class Cases:
    """The cases of a gateway: a fold over the notes of records, from one thread; read from any, as copies.

    Attributes
    ----------
    all : dict
        Cases by id, in the order of the log.
    open : dict
        Those that are open, the same.
    good_guys : dict
        By id; also those that are over.
    lists
        Which lists are in force.
    rescreened
        The last note of what was screened again, None if there was none.
    """

    def __init__(self) -> None:
        self.all: dict[str, Case] = {}
        self.open: dict[str, Case] = {}
        self.good_guys: dict[str, Known] = {}
        self.lists = Lists()
        self.rescreened: Rescreened | None = None
        self._good: dict[tuple[str, str, str, str, str], Known] = {}
        self._of_entry: dict[str, list[str]] = {}
        self._of_participant: dict[str, list[str]] = {}

    def take(self, sequence: int, place: int, note: ScreeningNote, instant: int) -> None:
        """Remember what a record says.

        Parameters
        ----------
        place
            Of the note among those of the record.
        """
        match note:
            case ListLoaded():
                self.lists.take(sequence, note)
            case Held():
                self._open(Case(f"{sequence}-{place}", note, instant, _entry_of(sequence, note)))
            case Judged():
                self._end(note.case, note.verdict, sequence, note, instant)
            case GoodGuy():
                known = Known(f"{sequence}-{place}", note)
                self.good_guys[known.id] = self._good[_good_key(note)] = known
            case GoodGuyEnded():
                ended = self.good_guys.pop(note.good_guy, None)  # it may have ended before
                if ended is not None and self._good.get(_good_key(ended.note)) is ended:
                    del self._good[_good_key(ended.note)]
            case Rescreened():
                self.rescreened = note

    def find(self, name: str) -> Case:
        """Return a case; NotFound if there is none."""
        found = self.all.get(name)
        if found is None:
            raise NotFound(f"there is no case {name!r}")
        return found

    def of_entry(self, entry: str) -> Iterator[Case]:
        """Yield the cases of an instruction, by the record and row by which it entered."""
        return (self.all[name] for name in self._of_entry.get(entry, ()))

    def of_participant(self, code: str) -> Iterator[Case]:
        """Yield the cases about a participant itself."""
        return (self.all[name] for name in self._of_participant.get(code, ()))

    def is_good(self, hit: Matched, now: int) -> bool:
        """Whether it is known that the party asked about is not this listed one."""
        known = self._good.get((hit.party, hit.key, hit.list, hit.entity, hit.record))
        return known is not None and now < known.note.expires

    def _open(self, case: Case) -> None:
        names = (
            self._of_entry.setdefault(case.entry, [])
            if case.entry
            else self._of_participant.setdefault(case.note.participant, [])
        )
        for name in names:
            if name in self.open:
                self._end(name, REPLACED, int(case.id.partition("-")[0]), None, case.opened)
        self.all[case.id] = self.open[case.id] = case
        names.append(case.id)  # last: who reads names in another thread finds what they name

    def _end(self, name: str, state: str, sequence: int, verdict: Judged | None, instant: int) -> None:
        case = self.all[name]
        if case.state == OPEN:
            case.state, case.verdict, case.ended_at, case.ended = state, verdict, sequence, instant
            del self.open[name]


def _entry_of(sequence: int, note: Held) -> str:
    if note.entry or not note.target:
        return note.entry
    return f"{sequence}.{note.row}"


def _good_key(note: GoodGuy) -> tuple[str, str, str, str, str]:
    return note.party, note.key, note.list, note.entity, note.record
