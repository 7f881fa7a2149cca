"""Cases: what screening found and who decided, as the log says.

A case is open until two people have decided it, or until a later one of the same instruction takes its place: then
the lists have changed, and more was found. So an instruction has one open case at most, and its verdict is the verdict
of the instruction. A party that was decided not to be the listed one may be known as such for a while: a good guy.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass
from heapq import heappop, heappush
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple

from comity.errors import NotFound
from comity.gateway.authority import UNION
from comity.gateway.notes import GoodGuy, GoodGuyEnded, Held, Judged, ListLoaded, Rescreened
from comity.gateway.screening.lists import Editions

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from comity.gateway.approvals import Approval
    from comity.gateway.notes import Matched, ScreeningNote

OPEN: Final = "open"
REPLACED: Final = "replaced"
EVERYBODY: Final = ""
"""In place of a party: cases and good guys of all of them."""
ANY: Final = "any"
"""In place of a state."""
BEFORE_ALL: Final = (0, 0)


class Officer(NamedTuple):
    """Somebody who had a hand in a verdict."""

    actor: str
    party: str
    instant: int
    """Microseconds since 1970-01-01 UTC."""


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
    officers
        Who proposed the verdict, and who approved it, in order.
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
    officers: tuple[Officer, ...] = ()
    ended_at: int = 0
    ended: int = 0

    @property
    def parties(self) -> tuple[str, ...]:
        """Whose lists have the hits, each once and in order; nobody if no list could be looked at."""
        return tuple(sorted({hit.party for hit in self.note.hits}))

    @property
    def deciding(self) -> tuple[str, ...]:
        """Who decides it: those whose lists have the hits, and the union if not everybody could look."""
        return tuple(sorted({*self.parties, UNION})) if self.note.why or not self.parties else self.parties


@dataclass(frozen=True, slots=True)
class Known:
    """A good guy, and its id."""

    id: str
    note: GoodGuy


class _Numbers:
    """Numbers of cases or good guys by what they are found by, in the order of the log; from any thread."""

    def __init__(self) -> None:
        self._of: dict[Hashable, list[tuple[int, int]]] = {}
        self._lock = Lock()

    def add(self, name: Hashable, number: tuple[int, int]) -> None:
        """Add a number, which is not there yet."""
        with self._lock:
            insort(self._of.setdefault(name, []), number)

    def remove(self, name: Hashable, number: tuple[int, int]) -> None:
        """Remove a number, which is there."""
        with self._lock:
            numbers = self._of[name]
            del numbers[bisect_left(numbers, number)]
            if not numbers:
                del self._of[name]

    def after(self, name: Hashable, number: tuple[int, int], count: int) -> tuple[list[str], str]:
        """Return the first ids after a number, and the last of them if more follow."""
        with self._lock:
            numbers = self._of.get(name, [])
            start = bisect_right(numbers, number)
            found = [_id_of(each) for each in numbers[start : start + count]]
            return found, found[-1] if len(numbers) > start + count else ""

    def last(self, name: Hashable, count: int) -> list[str]:
        """Return the last ids."""
        with self._lock:
            return [_id_of(each) for each in self._of.get(name, [])[-count:]]


class Cases:
    """The cases of a gateway: a fold over the notes of records, from one thread; read from any, as copies.

    Attributes
    ----------
    all : dict
        Cases by id, in the order of the log.
    open : dict
        Those that are open, the same.
    good_guys : dict
        By id, until they are over: then the next note of screening lets go of them.
    lists
        Which lists are in force.
    rescreened
        The last note of what was screened again, None if there was none.
    """

    def __init__(self) -> None:
        self.all: dict[str, Case] = {}
        self.open: dict[str, Case] = {}
        self.good_guys: dict[str, Known] = {}
        self.lists = Editions()
        self.rescreened: Rescreened | None = None
        self._good: dict[tuple[str, str, str, str, str], Known] = {}
        self._expiring: list[tuple[int, str]] = []
        self._numbers = _Numbers()
        self._of_entry: dict[str, list[str]] = {}
        self._of_participant: dict[str, list[str]] = {}

    def take(
        self, sequence: int, place: int, note: ScreeningNote, instant: int, carried: Approval | None = None
    ) -> None:
        """Remember what a record says.

        Parameters
        ----------
        place
            Of the note among those of the record.
        carried
            The approval that the record carries out, if it does.
        """
        while self._expiring and self._expiring[0][0] <= instant:
            self._forget(heappop(self._expiring)[1])
        match note:
            case ListLoaded():
                self.lists.take(sequence, note)
            case Held():
                self._open(Case(f"{sequence}-{place}", note, instant, _entry_of(sequence, note)))
            case Judged():
                self.all[note.case].officers = _officers(carried)
                self._end(note.case, note.verdict, sequence, note, instant)
            case GoodGuy():
                known = Known(f"{sequence}-{place}", note)
                self.good_guys[known.id] = self._good[_good_key(note)] = known
                heappush(self._expiring, (note.expires, known.id))
                for party in (note.party, EVERYBODY):
                    self._numbers.add(("good", party), (sequence, place))
            case GoodGuyEnded():
                self._forget(note.good_guy)
            case Rescreened():
                self.rescreened = note

    def find(self, name: str) -> Case:
        """Return a case; NotFound if there is none."""
        found = self.all.get(name)
        if found is None:
            raise NotFound(f"there is no case {name!r}")
        return found

    def page(self, party: str, state: str, after: tuple[int, int], count: int) -> tuple[list[Case], str]:
        """Return the first cases after a number that a party decides, and the id after which more follow, if they do.

        Parameters
        ----------
        party
            `EVERYBODY`: those of all.
        state
            `ANY`: whatever it is.
        """
        names, more = self._numbers.after((state, party), after, count)
        return [self.all[name] for name in names], more

    def page_of_good_guys(self, party: str, after: tuple[int, int], count: int) -> tuple[list[Known], str]:
        """Return the first good guys after a number that are none of a party's listed ones; see `page`."""
        names, more = self._numbers.after(("good", party), after, count)
        found = (self.good_guys.get(name) for name in names)  # one may be over meanwhile
        return [each for each in found if each is not None], more

    def like(self, case: Case, count: int) -> list[Case]:
        """Return the last cases of the same instruction, or of the same party and listed party, but for itself."""
        names = {name for hit in case.note.hits for name in self._numbers.last(_hit_key(hit), count + 1)}
        names.update(self._of_entry.get(case.entry, ())[-count - 1 :] if case.entry else ())
        names.discard(case.id)
        return [self.all[name] for name in sorted(names, key=number_of)[-count:]]

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
        number = number_of(case.id)
        for party in (*case.deciding, EVERYBODY):
            self._numbers.add((OPEN, party), number)
            self._numbers.add((ANY, party), number)
        for key in dict.fromkeys(map(_hit_key, case.note.hits)):
            self._numbers.add(key, number)
        names.append(case.id)  # last: who reads names in another thread finds what they name

    def _end(self, name: str, state: str, sequence: int, verdict: Judged | None, instant: int) -> None:
        case = self.all[name]
        if case.state == OPEN:
            case.state, case.verdict, case.ended_at, case.ended = state, verdict, sequence, instant
            del self.open[name]
            for party in (*case.deciding, EVERYBODY):
                self._numbers.add((state, party), number_of(name))
                self._numbers.remove((OPEN, party), number_of(name))

    def _forget(self, name: str) -> None:
        """Let go of a good guy, unless it ended before."""
        ended = self.good_guys.pop(name, None)
        if ended is None:
            return
        if self._good.get(_good_key(ended.note)) is ended:
            del self._good[_good_key(ended.note)]
        for party in (ended.note.party, EVERYBODY):
            self._numbers.remove(("good", party), number_of(name))


def number_of(name: str) -> tuple[int, int]:
    """Return the record and place that an id such as `12-1` is made of."""
    sequence, _, place = name.partition("-")
    return int(sequence), int(place)


def _entry_of(sequence: int, note: Held) -> str:
    if note.entry or not note.target:
        return note.entry
    return f"{sequence}.{note.row}"


def _id_of(number: tuple[int, int]) -> str:
    return "{}-{}".format(*number)


def _officers(carried: Approval | None) -> tuple[Officer, ...]:
    if carried is None:
        return ()
    what, given = carried.what, zip(carried.given, carried.given_at, strict=True)
    return (
        Officer(what.actor, what.party, carried.asked_at),
        *(Officer(each.actor, each.party, instant) for each, instant in given),
    )


def _hit_key(hit: Matched) -> tuple[str, ...]:
    return "hit", hit.party, hit.key, hit.list, hit.entity


def _good_key(note: GoodGuy) -> tuple[str, str, str, str, str]:
    return note.party, note.key, note.list, note.entity, note.record
