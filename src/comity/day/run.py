"""Running a day: its events go to a node in the order of the rulebook.

Between two *stops* only instructions enter, in batches. A stop is an instant at
which something else is due: a phase begins, a command is given, offsetting
runs. At one instant the order is that of section 2 of the rulebook: phases,
operator commands, liquidity (transfers and credit), payments, PvP, obligations,
orders, then steps towards payments at quoted rates, then auction, clearing, offsetting;
what becomes eligible and what expires is the engine's own business.

A batch holds at most `BATCH_MAX` rows of one kind and at most `OFFSET_MAX`
microseconds, so payments and PvP that alternate in time make short batches.
Nothing here decides anything about money, and the records of a day depend on
nothing but the day.
"""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from comity.day.auctions import HeldAuction, terms_of
from comity.day.calls import CallDesk
from comity.day.entries import Entries
from comity.day.quotes import Quoting
from comity.day.read import Day, DayCommand, read_day
from comity.day.result import Cycle, DayResult, Given
from comity.day.timetable import NEVER, PhaseChange, Timetable
from comity.day.union_file import Clearing
from comity.engine import Applied
from comity.engine.columns import RESULT, RecordKind
from comity.log.memory import MemoryLog
from comity.model.command import Command
from comity.model.reason import State
from comity.node import Node
from comity.node.auction import AuctionTerms
from comity.node.clearing import Cycle as ClearingCycle
from comity.node.clearing import Terms
from comity.node.offsetting import Proposed, proposals
from comity.node.sequencer import Ticket
from comity.solvers.offsetting import BYPASSING
from comity.statistics.recorder import WaitingRecorder

BATCH_MAX = 8192
"""Rows of a record at most."""
OFFSET_MAX = 2**31 - 1
"""Microseconds between the first and the last row of a record at most."""
PROPOSER = "node"

Progress = Callable[[int, int | None], None]

_AFTER_CLEARING = frozenset({"accrual", "end"})
"""Phases that wait for a cycle at their instant: the final clearing of a day that ends with its last cut-off."""
_SEARCHES = frozenset({"auction", "clear", "offset"})
"""Commands that a search answers, after all others of their instant."""
_LIQUIDITY = frozenset({"transfer_in", "transfer_out", "confirm_out", "reconcile", "credit"})


def run(day: Day | str | Path) -> DayResult:
    """Run a day, or the DAY folder at a path, on a log in memory."""
    read = day if isinstance(day, Day) else read_day(day)
    with Node.create(MemoryLog(), read.genesis) as node:
        return run_day(read, node)


def run_day(day: Day, node: Node, progress: Progress | None = None) -> DayResult:
    """Run a day on a node whose log has just begun with the day's genesis.

    Parameters
    ----------
    day
        What to run.
    node
        Left open and flushed.
    progress
        Called with the instructions entered so far and their number.

    Raises
    ------
    LogError
        If the log or the node stopped.
    """
    driver = _Driver(day, node, progress or (lambda _done, _total: None))
    driver.run()
    return driver.result()


@dataclass(slots=True)
class _Stream:
    """Entries of one file, and how far they have been submitted."""

    kind: RecordKind
    entries: Entries
    position: int = 0
    results: list[NDArray[np.void]] = field(default_factory=list)

    @property
    def next_instant(self) -> int:
        """Instant of the next row; NEVER after the last."""
        return int(self.entries.instants[self.position]) if self.position < len(self.entries) else NEVER

    def cut(self, before: int) -> int:
        """Return where the next batch ends, of rows with instants below `before`."""
        last = int(np.searchsorted(self.entries.instants, min(before, self.next_instant + OFFSET_MAX + 1)))
        return min(last, self.position + BATCH_MAX)

    def all_results(self) -> NDArray[np.void]:
        """Answers of the engine, one a row."""
        return np.concatenate([np.zeros(0, RESULT), *self.results])


class _Driver:
    """One run of one day."""

    def __init__(self, day: Day, node: Node, progress: Progress) -> None:
        self.day = day
        self.node = node
        self.progress = progress
        self.timetable = Timetable(day.genesis, day.midnight, day.passes, day.clearing, day.auctions)
        self.payments = _Stream(RecordKind.PAYMENTS, day.payments)
        self.pvps = _Stream(RecordKind.PVPS, day.pvps)
        self.obligations = _Stream(RecordKind.OBLIGATIONS, day.obligations)
        self.orders = _Stream(RecordKind.ORDERS, day.orders)
        self.streams = (self.payments, self.pvps, self.obligations, self.orders)
        self.auctions: list[HeldAuction] = []
        self.decided: tuple[object, AuctionTerms] | None = None
        self.calls = CallDesk(day, node, self.timetable.auctions(), self.terms)
        self.quoting = Quoting(day.quotes, node)
        self.cleared: list[ClearingCycle] = []
        self.commands = deque(day.commands)
        self.given: list[Given] = []
        self.cycles: list[Cycle] = []
        self.cycle_slots: list[tuple[int, NDArray[np.int32]]] = []
        self.recorder = WaitingRecorder(node.engine)
        self.under_way: deque[tuple[Ticket, int, _Stream | None]] = deque()

    def run(self) -> None:
        while (instant := self.next_stop()) != NEVER:
            self.enter(instant)
            self.stop(instant)
        self.enter(NEVER)
        self.settle_down()

    def next_stop(self) -> int:
        """Instant of the next phase, command or pass; NEVER after the last."""
        change = self.timetable.next_phase()
        phase = change.instant if change else NEVER
        command = self.commands[0].instant if self.commands else NEVER
        timetable = self.timetable
        searches = (self.calls.next_instant(), timetable.next_cycle(), timetable.next_pass())
        return min(phase, command, self.quoting.next_instant(), *searches)

    def result(self) -> DayResult:
        currencies = [code for code, _ in self.day.genesis.currencies]
        return DayResult(
            day=self.day,
            engine=self.node.engine,
            head=self.node.head,
            payments=self.payments.all_results(),
            pvps=self.pvps.all_results(),
            obligations=self.obligations.all_results(),
            orders=self.orders.all_results(),
            cleared=tuple(self.cleared),
            auctions=tuple(self.auctions),
            calls=tuple(self.calls.events),
            quotes=tuple(self.quoting.outcomes),
            given=tuple(self.given),
            cycles=tuple(self.cycles),
            cycle_slots=tuple(self.cycle_slots),
            cutoffs={code: self.timetable.interbank_cutoff(code) for code in currencies},
            recorder=self.recorder,
        )

    def stop(self, instant: int) -> None:
        """Do all that is due at an instant."""
        phases = self.phases_at(instant)
        clears = self.timetable.next_cycle() == instant
        last = [change for change in phases if clears and change.phase in _AFTER_CLEARING]
        phases = [change for change in phases if change not in last]
        commands = self.commands_at(instant)
        passes = [given for given in commands if given.command.command == "offset"]
        cycles = [given for given in commands if given.command.command == "clear"]
        auctions = [given for given in commands if given.command.command == "auction"]
        others = [given for given in commands if given.command.command not in _SEARCHES]
        ordered = sorted(others, key=lambda given: given.command.command in _LIQUIDITY)
        if phases or ordered:
            self.give(instant, phases, ordered)
        self.enter(instant + 1)
        if self.quoting.next_instant() == instant:
            self.settle_down()
            self.quoting.act(instant)
            self.recorder.note(instant)
        for given in auctions:
            refused = self.calls.why_not_now() or self.auction(instant)
            self.given.append(Given(given, State.RJTD.name if refused else State.STLD.name, "", refused))
        while self.calls.next_instant() == instant:
            self.settle_down()
            self.node.advance(instant)
            self.calls.act(instant, lambda seed: self.hold(instant, seed))
        for given in cycles:
            refused = self.clear(instant, given.command.value, list(given.command.currencies))
            self.given.append(Given(given, State.RJTD.name if refused else State.STLD.name, "", refused))
        if clears and self.day.clearing is not None:
            self.timetable.ran_cycle(instant)
            self.clear(instant, self.day.clearing.mode, [])
        for given in passes:
            currencies = frozenset(given.command.currencies) or None
            self.offset(instant, given.command.value, currencies)
            self.given.append(Given(given, State.STLD.name, "", ""))
        if self.timetable.next_pass() == instant and self.day.passes is not None:
            self.timetable.ran_pass(instant)
            self.offset(instant, self.day.passes.rule, None)
        if last:
            self.give(instant, last, [])

    def phases_at(self, instant: int) -> list[PhaseChange]:
        found = []
        while (change := self.timetable.next_phase()) is not None and change.instant <= instant:
            self.timetable.begin(change)
            found.append(change)
        return found

    def commands_at(self, instant: int) -> list[DayCommand]:
        found = []
        while self.commands and self.commands[0].instant <= instant:
            found.append(self.commands.popleft())
        return found

    def give(self, instant: int, phases: list[PhaseChange], commands: list[DayCommand]) -> None:
        """Submit phases and commands as one record, and note what they were answered."""
        changes = [Command("phase", currency=change.currency, value=change.phase) for change in phases]
        plain = [command.to_json() for command in [*changes, *(given.command for given in commands)]]
        body = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
        ticket = self.submit(RecordKind.COMMANDS, instant, body, len(plain), None)
        if not commands:
            return
        self.settle_down()
        for given, answer in zip(commands, ticket.result().answers[len(phases) :], strict=True):
            state, reason, detail = (str(answer.get(key, "")) for key in ("state", "reason", "detail"))
            self.given.append(Given(given, state, reason, detail))
            if given.command.command == "extend" and not reason:
                self.timetable.extend(given.command.currency, given.command.target, given.command.value_instant)

    def enter(self, before: int) -> None:
        """Submit all instructions with instants below `before`: at one instant payments, PvP, obligations, orders."""
        while True:
            stream = min(self.streams, key=lambda each: each.next_instant)
            if stream.next_instant >= before:
                return
            place = self.streams.index(stream)
            others = enumerate(self.streams)
            ends = [other.next_instant + (index > place) for index, other in others if index != place]
            self.submit_batch(stream, min(before, *ends))

    def submit_batch(self, stream: _Stream, before: int) -> None:
        first, last = stream.position, stream.cut(before)
        instant = stream.next_instant
        body = stream.entries.body(first, last)
        stream.position = last
        self.submit(stream.kind, instant, body, last - first, stream)
        done = sum(each.position for each in self.streams)
        self.progress(done, sum(len(each.entries) for each in self.streams))

    def submit(self, kind: RecordKind, instant: int, body: bytes, count: int, stream: _Stream | None) -> Ticket:
        ticket = self.node.submit(kind, instant, body, count)
        self.collect()
        self.under_way.append((ticket, instant, stream))
        return ticket

    def collect(self) -> None:
        """Take the answers of records that have been applied."""
        while self.under_way and self.under_way[0][0].done:
            ticket, instant, stream = self.under_way.popleft()
            applied = ticket.result()
            if stream is not None:
                stream.results.append(applied.results)
            self.recorder.note(instant)

    def settle_down(self) -> None:
        """Wait until everything submitted is applied, and take the answers."""
        self.node.flush()
        self.collect()

    def auction(self, instant: int) -> str:
        """Hold an auction on command; return why it was not held, empty if it was."""
        self.hold(instant)
        held = self.auctions[-1].held
        return "" if held.standing is not None else "; ".join(held.refused)

    def hold(self, instant: int, seed: str = "") -> int:
        """Hold an auction and note what it did; return its number, 0 if it was not held."""
        self.settle_down()
        self.node.advance(instant)
        slots = self.node.engine.orders()["slot"].astype(np.int32)
        states = self.node.engine.table(slots)["state"].astype(np.int32)
        standing = int(np.count_nonzero(states < State.STLD))
        terms = self.terms()
        held = self.node.auction(terms._replace(seed=seed), instant)
        self.settle_down()
        self.auctions.append(HeldAuction(instant, held, terms, standing))
        return held.number

    def terms(self) -> AuctionTerms:
        """Return the terms that an auction has now: what people decide on rates counts from then on."""
        decisions = self.node.engine.decisions()
        if self.decided is None or self.decided[0] != decisions:
            self.decided = decisions, terms_of(self.day, PROPOSER, decisions)
        return self.decided[1]

    def clear(self, instant: int, mode: str, currencies: list[str]) -> str:
        """Run a clearing cycle and note what it did; return why it could not begin, empty if it did."""
        self.settle_down()
        terms = Terms(
            currencies or [code for code, _ in self.day.genesis.currencies],
            mode,
            self.day.clearing.carry_max if self.day.clearing else Clearing().carry_max,
            PROPOSER,
        )
        cycle = self.node.clear(terms, instant)
        self.settle_down()
        if not cycle.refused:
            self.note_clearing(instant, cycle)
        return cycle.refused

    def note_clearing(self, instant: int, cycle: ClearingCycle) -> None:
        """Note a cycle in the list of all cycles, per currency: its set-off, then its payment."""
        number = len(self.cycle_slots) + 1
        slots = self.node.engine.obligations()["slot"]
        touched = [each.cut.obligation for each in cycle.currencies if each.cut is not None]
        self.cycle_slots.append((number, slots[np.concatenate([np.zeros(0, np.int32), *touched])].astype(np.int32)))
        self.cleared.append(replace(cycle, number=number, instant=instant))
        for each in cycle.currencies:
            if not each.obligations:
                continue
            why = "; ".join(each.refused)
            set_off = (each.obligations, each.discharged_minor, max(each.bound_minor, 0))
            self.cycles.append(Cycle(number, instant, "set-off", each.currency, *set_off, PROPOSER, why, "set-off"))
            rest = each.gross_minor - each.discharged_minor
            paid = (each.paid, each.paid_minor, rest)
            self.cycles.append(Cycle(number, instant, cycle.mode, each.currency, *paid, PROPOSER, "", "clearing"))

    def offset(self, instant: int, rule: str, currencies: frozenset[str] | None) -> None:
        """Propose what can settle together until a proposal is accepted; nothing if nothing waits."""
        self.settle_down()
        self.node.advance(instant)
        counts, engine = rule in BYPASSING, self.node.engine
        for proposed in proposals(lambda: engine.problem(currencies, counts_passed=counts), rule, PROPOSER):
            if not len(proposed.problem.slot):
                self.note_idle_cycle(instant, rule)
                return
            ticket = self.submit(RecordKind.SETTLE_TOGETHER, instant, proposed.body, 0, None)
            self.settle_down()
            applied = ticket.result()
            self.note_cycle(instant, proposed, applied)
            if not applied.refused:
                return

    def note_idle_cycle(self, instant: int, rule: str) -> None:
        """Note a pass that nothing waited for: one row, of no currency."""
        number = len(self.cycle_slots) + 1
        self.cycle_slots.append((number, np.zeros(0, np.int32)))
        self.cycles.append(Cycle(number, instant, rule, "", 0, 0, 0, "", ""))

    def note_cycle(self, instant: int, proposed: Proposed, applied: Applied) -> None:
        """Note what a proposal did in each of the currencies in which something waited."""
        problem, proposal, _ = proposed
        slots = problem.slot[proposal.keep]
        number = len(self.cycle_slots) + 1
        settled = np.zeros(0, np.int32) if applied.refused else np.intersect1d(applied.changed, slots)
        table = self.node.engine.table(settled)
        self.cycle_slots.append((number, settled.astype(np.int32)))
        waiting = frozenset(problem.currency[problem.account].tolist())
        currency = self.currency_of_account[table["debtor"]]
        for index, (code, _) in enumerate(self.day.genesis.currencies):
            if index not in waiting:
                continue
            amounts = table["amount"][currency == index]
            figures = (len(amounts), sum(amounts.tolist()), int(proposal.bound_minor[index]))
            self.cycles.append(Cycle(number, instant, proposal.rule, code, *figures, PROPOSER, applied.refused))

    @property
    def currency_of_account(self) -> NDArray[np.int32]:
        index = {code: place for place, (code, _) in enumerate(self.day.genesis.currencies)}
        accounts = self.node.engine.accounts
        return np.array([index[accounts.currency[place]] for place in range(len(accounts))], np.int32)
