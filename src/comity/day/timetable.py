"""The timetable of a day: which phase begins when, and when offsetting runs.

The union has one schedule and a currency may have its own. Phases are taken in
order, each once; an extension moves those that still lie ahead. A phase of the
union moves the currencies without a schedule of their own; once an extension has
parted one of these from the others, phases name each of them. `liquidity`
follows `start` at the same instant. `final_clearing` begins one microsecond
after the last interbank cut-off, so that what settles together at the cut-off
still counts, and `accrual` stands at the end, before `end`.

Auctions are held at given times. Clearing runs at given times and, as the final clearing, at that phase. Offsetting
runs at equal distances from the opening on, or at given times, and once at every
cut-off; all of it after the opening and not after the last interbank cut-off.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from comity.day.union_file import Auctions, Clearing, Passes
from comity.model.union import Genesis, Schedule

OWN_PHASES = ("open", "customer_cutoff", "interbank_cutoff")
"""Phases that a currency may have at times of its own."""
NEVER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class PhaseChange:
    """A phase that begins: of the union if `currency` is empty."""

    instant: int
    currency: str
    phase: str


class Timetable:
    """What is still to come of a day; instants are microseconds since 1970-01-01 UTC.

    Parameters
    ----------
    closed
        Currencies that do not settle on this date; if absent, those whose schedule says so.
    """

    def __init__(
        self,
        genesis: Genesis,
        midnight: int,
        passes: Passes | None,
        clearing: Clearing | None = None,
        auctions: Auctions | None = None,
        closed: Collection[str] | None = None,
    ) -> None:
        self._midnight = midnight
        self._passes = passes
        self._union = genesis.schedule
        own = genesis.currency_schedules
        self._closed = {code for code, entry in own.items() if entry.closed} if closed is None else closed
        self._own = {code: entry for code, entry in own.items() if code not in self._closed}
        self._followers = [code for code, _ in genesis.currencies if code not in genesis.currency_schedules]
        self._parted = {code for code in self._followers if code in self._closed}
        self._begun: set[tuple[str, str]] = set()
        self._last_pass = -1
        self._clearing = clearing
        self._last_cycle = -1
        self._auctions = auctions

    @property
    def end(self) -> int:
        """Instant at which the day ends: the latest end of any currency."""
        return self._midnight + max(schedule.end for schedule in self._schedules())

    def interbank_cutoff(self, currency: str) -> int:
        """Interbank cut-off of a currency, extensions included."""
        return self._midnight + self._own.get(currency, self._union).interbank_cutoff

    def next_phase(self) -> PhaseChange | None:
        """Return the next phase, union before currencies at one instant; None after the end."""
        ahead = [change for change in self.phases() if not self.has_begun(change)]
        return min(ahead, key=lambda change: change.instant, default=None)

    def begin(self, change: PhaseChange) -> None:
        """Note that a phase has begun."""
        self._begun.add((change.currency, change.phase))

    def next_pass(self) -> int:
        """Instant of the next offsetting pass; NEVER if there is none."""
        if self._passes is None:
            return NEVER
        return min((instant for instant in self._pass_instants() if instant > self._last_pass), default=NEVER)

    def ran_pass(self, instant: int) -> None:
        """Note that offsetting ran at an instant of the timetable."""
        self._last_pass = instant

    def next_cycle(self) -> int:
        """Instant of the next clearing cycle; NEVER if there is none. The last one is the final clearing."""
        if self._clearing is None:
            return NEVER
        first = min(schedule.open for schedule in self._schedules())
        last = self.last_cutoff
        at = [self._midnight + time for time in self._clearing.at if first <= time <= last]
        final = min(self._midnight + last + 1, self.end)
        return min((instant for instant in [*at, final] if instant > self._last_cycle), default=NEVER)

    def ran_cycle(self, instant: int) -> None:
        """Note that a cycle ran at an instant of the timetable."""
        self._last_cycle = instant

    def auctions(self) -> list[int]:
        """Instants of the day's auctions, those outside the hours in which a currency is open left out."""
        first = min(schedule.open for schedule in self._schedules())
        times = self._auctions.at if self._auctions is not None else ()
        return [self._midnight + time for time in times if first <= time <= self.last_cutoff]

    @property
    def last_cutoff(self) -> int:
        """The latest interbank cut-off of any currency, microseconds after midnight UTC."""
        return max(schedule.interbank_cutoff for schedule in self._schedules())

    def extend(self, currency: str, cutoff: str, instant: int) -> None:
        """Move a cut-off, or the end, of one currency or (empty) of the union and all currencies."""
        if currency in self._closed:
            return
        time = instant - self._midnight
        if not currency:
            self._union = _moved(self._union, cutoff, time)
        if currency in self._followers:
            self._parted.add(currency)
        for code in [currency] if currency else list(self._own):
            self._own[code] = _moved(self._own.get(code, self._union), cutoff, time)

    def has_begun(self, change: PhaseChange) -> bool:
        """Whether a phase has begun, for its currency alone or, while they were not parted, for all followers."""
        if (change.currency, change.phase) in self._begun:
            return True
        return change.currency in self._followers and ("", change.phase) in self._begun

    def _schedules(self) -> list[Schedule]:
        return [self._union, *self._own.values()]

    def phases(self) -> Iterator[PhaseChange]:
        """Yield all phases in the order in which they begin at one instant."""
        for phase in ("start", "liquidity"):
            yield PhaseChange(self._midnight + self._union.start, "", phase)
        together = [""] if not self._parted else [code for code in self._followers if code not in self._parted]
        for code in together:
            for phase in OWN_PHASES:
                yield PhaseChange(self._midnight + getattr(self._union, phase), code, phase)
        for code, schedule in self._own.items():
            for phase in OWN_PHASES:
                yield PhaseChange(self._midnight + getattr(schedule, phase), code, phase)
        yield PhaseChange(min(self._midnight + self.last_cutoff + 1, self.end), "", "final_clearing")
        yield PhaseChange(self.end, "", "accrual")
        yield PhaseChange(self.end, "", "end")

    def _pass_instants(self) -> Iterator[int]:
        assert self._passes is not None
        first = min(schedule.open for schedule in self._schedules())
        last = self.last_cutoff
        for schedule in self._schedules():
            yield self._midnight + schedule.customer_cutoff
            yield self._midnight + schedule.interbank_cutoff
        for time in self._passes.at:
            if first <= time <= last:
                yield self._midnight + time
        every = self._passes.every_us
        if every:
            gone = max(self._last_pass - self._midnight - first, 0) // every
            time = first + (gone + 1) * every
            if time <= last:
                yield self._midnight + time


def _moved(schedule: Schedule, cutoff: str, time: int) -> Schedule:
    """Move one instant of a schedule; later ones stay unless they would come before it."""
    moved = replace(
        schedule,
        customer_cutoff=time if cutoff == "customer_cutoff" else schedule.customer_cutoff,
        interbank_cutoff=time if cutoff == "interbank_cutoff" else schedule.interbank_cutoff,
        end=time if cutoff == "end" else schedule.end,
    )
    interbank = max(moved.interbank_cutoff, moved.customer_cutoff)
    return replace(moved, interbank_cutoff=interbank, end=max(moved.end, interbank))
