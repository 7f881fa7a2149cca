"""The timekeeper: lets happen in a live node what is due because of the time.

Phases begin by the schedule of the union, offsetting, clearing and auctions take place at
their times, items become eligible and expire, and one business day follows another: each date on which the
calendar of some currency is open, and of those that are closed no phase begins. The writer asks
when the next of it is due, sleeps until then, and lets no record overtake it. So an
instruction that arrives at a cut-off meets the cut-off first, however busy the machine is.

What was due while nobody ran happens when somebody does: phases in their order, at the instant
of the start. Offsetting, clearing and auctions are not made up for, but an auction whose call was
open is held: its close was drawn when it opened. A cut-off that
an outage swallowed is extended by the length of the outage, by a command in the log: nothing
accepted is rejected for the operator's delay. That length is known because a node that
lives writes a record at least every `heartbeat_us`.
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

from comity.day.auctions import terms_of
from comity.day.calls import CallDesk
from comity.day.reference import can_be_taken
from comity.day.timetable import NEVER, OWN_PHASES, Timetable
from comity.day.union_file import Auctions
from comity.engine.columns import RecordKind
from comity.engine.kernels.layout import CUR_PHASE, TODAY
from comity.gateway.correlation import LATEST
from comity.gateway.notes import Deed, pack_notes
from comity.gateway.plan import at_date
from comity.model.command import Command
from comity.model.instant import DAY_US, date_of, format_instant
from comity.model.reason import Phase
from comity.node.clearing import Terms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from comity.day.read import Day
    from comity.day.timetable import PhaseChange
    from comity.gateway.calendars import Calendars
    from comity.gateway.extensions import Extensions
    from comity.gateway.notes import Note
    from comity.node import Node
    from comity.node.auction import AuctionTerms

HEARTBEAT_US = 60_000_000
PROPOSER = "node"
_CUTOFFS = ("customer_cutoff", "interbank_cutoff", "end")
_AFTER_CLEARING = frozenset({"accrual", "end"})


class Timekeeper:
    """Drives the days of one node, in its thread.

    Parameters
    ----------
    node
        What is read of it is its state; records are made in `act` alone.
    day
        The union, and when offsetting, clearing and auctions take place; its instructions play no part.
    extensions
        Cut-offs that were extended.
    calendars
        On which dates currencies settle; a date on which none does is no business day.
    started
        Instant of the start, microseconds since 1970-01-01 UTC.
    heartbeat_us
        A record is made if there was none for so long while a day is under way; 0: never.
    """

    def __init__(
        self,
        node: Node,
        day: Day,
        extensions: Extensions,
        calendars: Calendars,
        started: int,
        heartbeat_us: int = HEARTBEAT_US,
    ) -> None:
        self._day = day
        self._extensions = extensions
        self._calendars = calendars
        self._is_new = True
        self._started = started
        self._heartbeat_us = heartbeat_us
        self._codes = [code for code, _ in day.genesis.currencies]
        self._outage = (node.head.instant, started) if heartbeat_us else (started, started)
        today = int(node.engine.state.g[TODAY])
        ended = (node.engine.state.currencies[:, CUR_PHASE] == Phase.END).all()
        self._turn(node, self._following(today, started) if ended else today)

    def due(self, node: Node) -> int:
        """Instant at which something is due next, microseconds since 1970-01-01 UTC; it may have passed."""
        if self._extensions.count != self._seen:
            self._extend()
            self._plan()
        today = int(node.engine.state.g[TODAY])
        if self._calendars.count != self._known and self._today != today:
            self._turn(node, self._following(today, node.engine.now))
        return min(self._planned, node.engine.next_due, self._heartbeat(node))

    def act(self, node: Node, now: int) -> None:
        """Let everything happen that is due by `now`."""
        self._take_up(node)
        self._make_up(node)
        while (due := self.due(node)) <= now:
            instant = max(due, self._started, node.engine.now)
            if self._planned <= due:
                self._stop(node, due, instant)
                self._plan()
            else:
                node.submit(RecordKind.TICK, instant, b"").result()

    def hours(self, date: int) -> dict[str, list[tuple[str, int]]]:
        """Return the phases of each currency on a date, and the instant at which each is due, extensions included.

        A currency that does not settle on the date has none.

        Parameters
        ----------
        date
            Days since 1970-01-01.
        """
        if date != self._today:
            return self.planned(date)
        return self._by_currency(self._timetable, self._closed(self._dated.genesis.business_date))

    def planned(self, date: int, through: int = LATEST) -> dict[str, list[tuple[str, int]]]:
        """Return the same without extensions, by the calendars up to a record; from any thread."""
        day = at_date(self._day, date_of(date))
        return self._by_currency(self._timetable_of(day, through), self._closed(day.genesis.business_date, through))

    def _by_currency(self, timetable: Timetable, closed: frozenset[str]) -> dict[str, list[tuple[str, int]]]:
        """Return the phases of each currency that settles, in their order."""
        own = set(self._day.genesis.currency_schedules)
        found: dict[str, list[tuple[str, int]]] = {code: [] for code in self._codes}
        for change in timetable.phases():
            of_union = change.phase not in OWN_PHASES
            for code in [change.currency] if change.currency else self._codes:
                if code not in closed and (change.currency or of_union or code not in own):
                    found[code].append((change.phase, change.instant))
        return found

    def _turn(self, node: Node, today: int) -> None:
        """Take up the business date that is `today` days after 1970-01-01."""
        self._today = today
        day = self._dated = at_date(self._day, date_of(today))
        self._timetable = self._timetable_of(day)
        self._seen, self._known = 0, self._calendars.count
        phases = node.engine.state.currencies[:, CUR_PHASE].tolist()
        if today == int(node.engine.state.g[TODAY]):
            self._recall(phases)
            self._extend()
        self._timetable.ran_pass(self._started)
        self._timetable.ran_cycle(self._started)
        self._desk = CallDesk(day, node, self._timetable.auctions(), lambda: self._terms(node))
        self._desk.go_on(self._started)
        self._plan()

    def _timetable_of(self, day: Day, through: int = LATEST) -> Timetable:
        closed = self._closed(day.genesis.business_date, through)
        return Timetable(day.genesis, day.midnight, day.passes, day.clearing, day.auctions, closed)

    def _closed(self, day: date, through: int = LATEST) -> frozenset[str]:
        """Return the currencies that do not settle on a date, as was said up to a record."""
        genesis = self._day.genesis
        closed = self._calendars.closed(self._codes, day, through)
        if day == genesis.business_date:
            closed |= {code for code, schedule in genesis.currency_schedules.items() if schedule.closed}
        return closed

    def _recall(self, phases: Sequence[int]) -> None:
        """Note the phases that have begun, as the engine says."""
        own = set(self._day.genesis.currency_schedules)
        by_code = dict(zip(self._codes, phases, strict=True))
        for change in self._timetable.phases():
            phase = Phase[change.phase.upper()]
            of_union = change.phase not in OWN_PHASES
            codes = [change.currency] if change.currency else [c for c in self._codes if of_union or c not in own]
            if all(by_code[code] >= phase for code in codes):
                self._timetable.begin(change)

    def _plan(self) -> None:
        """Find when something of the timetable is due next."""
        change = self._timetable.next_phase()
        self._planned = min(
            change.instant if change else NEVER,
            self._timetable.next_pass(),
            self._timetable.next_cycle(),
            self._desk.next_instant(),
        )

    def _extend(self) -> None:
        for command in self._extensions.agreed[self._seen :]:
            self._timetable.extend(command.currency, command.target, command.value_instant)
        self._seen = self._extensions.count

    def _heartbeat(self, node: Node) -> int:
        under_way = self._heartbeat_us and node.engine.state.currencies[:, CUR_PHASE].max() >= Phase.LIQUIDITY
        return node.engine.now + self._heartbeat_us if under_way else NEVER

    def _following(self, today: int, now: int) -> int:
        """Return the business date after `today`: it has not had its last cut-off yet."""
        date = self._business_day(max(today + 1, now // DAY_US))
        day = at_date(self._day, date_of(date))
        return date if now - day.midnight < self._timetable_of(day).last_cutoff else self._business_day(date + 1)

    def _business_day(self, date: int) -> int:
        """Return the first date from one on, on which some currency settles."""
        codes = set(self._codes)
        return next(each for each in itertools.count(date) if self._calendars.closed(codes, date_of(each)) != codes)

    def _take_up(self, node: Node) -> None:
        """End an auction that was left under way, and a call whose close was meanwhile; once, at the start."""
        if not self._is_new:
            return
        self._is_new = False
        if node.engine.auction:
            node.auction(self._terms(node), max(self._started, node.engine.now))
        close = self._desk.close
        if close <= self._started:  # nothing has entered since, so the book is what it was then
            node.advance(close)
            self._hold(node, close, close)
            self._plan()

    def _hold(self, node: Node, due: int, instant: int) -> None:
        """Do what is due of calls, and hold the auction if one closes."""
        self._desk.act(due, lambda seed: node.auction(self._terms(node)._replace(seed=seed), instant).number)

    def _make_up(self, node: Node) -> None:
        """Extend the cut-offs that an outage swallowed by its length, once; at the start."""
        (last, started), self._outage = self._outage, (self._started, self._started)
        length = started - last
        phases = node.engine.state.currencies[:, CUR_PHASE]
        if length <= 2 * self._heartbeat_us or phases.max() < Phase.OPEN or (phases == Phase.END).all():
            return
        commands = [
            Command("extend", currency=code, target=change.phase, value=format_instant(change.instant + length))
            for change in self._timetable.phases()
            if change.phase in _CUTOFFS and last < change.instant <= started and not self._timetable.has_begun(change)
            for code in self._named(change)
        ]
        if commands:
            reason = f"nothing ran from {format_instant(last)} to {format_instant(started)}"
            self._give(node, started, commands, [Deed(PROPOSER, "extend", reason=reason)])

    def _named(self, change: PhaseChange) -> list[str]:
        """Return how an extension names the currencies of a phase: all at once only if none has its own schedule."""
        own = self._day.genesis.currency_schedules
        if change.currency or not own or change.phase == "end":
            return [change.currency]
        return [code for code in self._codes if code not in own]

    def _stop(self, node: Node, due: int, instant: int) -> None:
        """Do all of the timetable that is due at one instant, in the order of the rulebook."""
        timetable, desk, day = self._timetable, self._desk, self._dated
        clears = timetable.next_cycle() == due
        phases = self._phases_at(due)
        last = [change for change in phases if clears and change.phase in _AFTER_CLEARING]
        self._begin(node, instant, [change for change in phases if change not in last])
        while desk.next_instant() == due:
            node.advance(instant)
            self._hold(node, due, instant)
        if clears and day.clearing is not None:
            timetable.ran_cycle(due)
            node.clear(Terms(self._codes, day.clearing.mode, day.clearing.carry_max, PROPOSER), instant)
        if timetable.next_pass() == due and day.passes is not None:
            timetable.ran_pass(due)
            node.advance(instant)
            if len(node.engine.problem().slot):
                node.offset(day.passes.rule, None, instant, PROPOSER)
        self._begin(node, instant, last)
        if timetable.next_phase() is None:
            self._turn(node, self._following(self._today, instant))

    def _terms(self, node: Node) -> AuctionTerms:
        """Return the terms that an auction has now: what people decide on rates counts from then on."""
        day = self._dated
        age_max = (day.auctions or Auctions()).reference_max_age_days
        # A source that has no rate of its pair decides nothing: the pair stays as it is.
        decisions = [each for each in node.engine.decisions() if can_be_taken(day.rates, age_max, each)]
        return terms_of(day, PROPOSER, decisions)

    def _phases_at(self, due: int) -> list[PhaseChange]:
        found = []
        while (change := self._timetable.next_phase()) is not None and change.instant <= due:
            self._timetable.begin(change)
            found.append(change)
        return found

    def _begin(self, node: Node, instant: int, phases: Sequence[PhaseChange]) -> None:
        if phases:
            self._give(node, instant, [Command("phase", currency=one.currency, value=one.phase) for one in phases])

    @staticmethod
    def _give(node: Node, instant: int, commands: Sequence[Command], notes: Sequence[Note] = ()) -> None:
        body = json.dumps([command.to_json() for command in commands], separators=(",", ":")).encode()
        node.submit(RecordKind.COMMANDS, instant, body, len(commands), pack_notes(notes)).result()
