"""The engine: one record in, results out.

`Engine.apply` is a pure function of the state and a record. It reads no clock,
takes no chance, does no I/O and depends on no order but the log's. Payments and
PvP are rows that kernels enter; everything rarer is a JSON command, see
`comity.engine.commands`. Nothing but `kernels.posting` writes a balance.
"""

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from comity.engine import clearing, orders
from comity.engine.accounts import Accounts
from comity.engine.columns import INSTANT_MAX, OBLIGATION, ORDER, PAYMENT, PVP, RESULT, RecordKind, read_json, unpack
from comity.engine.commands import Commands
from comity.engine.decisions import decisions_of
from comity.engine.genesis import first_state
from comity.engine.invariants import check_state
from comity.engine.kernels.clearing import enter_obligations, examine_obligations
from comity.engine.kernels.entry import enter_payments, examine_payments, find_id
from comity.engine.kernels.identity import hash_one
from comity.engine.kernels.layout import (
    BUDGET,
    CHANGED,
    DIGEST_1,
    ENTRY,
    INFINITE,
    KEY_HI,
    KEYS,
    LISTED,
    NOW,
    OBLIGATIONS,
    OPEN_AT,
    ORDERS,
    RING_COUNT,
    ROWS,
    SEQUENCE,
    SWEEP_AT,
    TIMERS,
    TODAY,
)
from comity.engine.kernels.operations import full_digest
from comity.engine.kernels.orders import enter_orders, examine_orders
from comity.engine.kernels.passing import pass_time
from comity.engine.kernels.pvp_entry import enter_pvps, examine_pvps
from comity.engine.kernels.release import release
from comity.engine.kernels.state import Int32s, Int64s, State, reserve
from comity.engine.market import Lot, lot_of
from comity.engine.memory import Notes, load_state, save_state
from comity.engine.offsetting import OffsettingProblem
from comity.engine.orders import Standing
from comity.engine.picture import picture
from comity.engine.proposal import adopt_proposal, unpack_proposal
from comity.engine.views import (
    Exceptions,
    Limit,
    balances_of,
    exceptions_of,
    fellows_of,
    first_entered_with,
    limits_of,
    outline_of,
    phase_of,
    phases_of,
    queue_of,
    table_of,
    waiting_reason,
    waiting_sums_of,
)
from comity.errors import NotFound
from comity.model.reason import Phase
from comity.model.union import Genesis
from comity.union import Decision

LOOK_AHEAD = 1 << 15
"""Instructions for which room is made at a time."""
RELEASES_MAX = 65_536
"""Settlements from queues that one record may cause before the rest is left to TICK records.

Nothing overtakes that rest: a record of another kind first does all of it, whatever its number.
"""
COMMANDS_FIRST, ELIGIBLE_TOO = False, True
"""At one instant commands come before what becomes eligible."""
NO_RESULTS = np.zeros(0, RESULT)


@dataclass(frozen=True, slots=True)
class Applied:
    """What a record did."""

    results: NDArray[np.void] = field(default_factory=lambda: NO_RESULTS)
    """One RESULT per row or command."""
    changed: Int32s = field(default_factory=lambda: np.zeros(0, np.int32))
    """Slots of instructions whose state changed, in order; one may stand there repeatedly."""
    answers: tuple[dict[str, str], ...] = ()
    """One per command: state, reason, detail."""
    refused: str = ""
    """Of a proposal: empty, or the first account or rule that fails."""
    settled: int = 0
    """Of a proposal: instructions that it settled, discharged or took into a cut."""
    value: int = 0
    """Of a cycle's proposal: minor units discharged or paid."""
    bound: int = -1
    """Of a set-off: no set-off is larger; -1: nothing proves it."""
    pending: bool = False
    """More can be released: TICK records at the same instant go on with it; any other record begins with all of it."""


class Engine:
    """The state machine of one union."""

    def __init__(self, genesis: Genesis, accounts: Accounts, state: State, notes: Notes) -> None:
        self.genesis = genesis
        self.accounts = accounts
        self.state = state
        self.notes = notes
        self._spare = 0
        self._words = np.empty(0, np.int64)

    @classmethod
    def from_genesis(cls, genesis: Genesis) -> Self:
        """Return the engine of a union that has done nothing yet."""
        accounts = Accounts(genesis)
        engine = cls(genesis, accounts, first_state(genesis, accounts), Notes())
        Commands(engine).begin()
        return engine

    @property
    def seed(self) -> int:
        """What keys the hashes of ids."""
        return self.genesis.seed

    @property
    def now(self) -> int:
        """Instant of the last event, microseconds since 1970-01-01 UTC; 0 before the first."""
        return int(self.state.g[NOW])

    @property
    def sequence(self) -> int:
        """Number of the last record; 0 before the first."""
        return int(self.state.g[SEQUENCE])

    @property
    def next_due(self) -> int:
        """Instant at which something happens because time comes to it, at most `now` if it waits for a record already.

        An item becomes eligible or expires, a cut-off sweeps, a run-off ends. INFINITE if nothing is ahead.
        """
        g = self.state.g
        key = int(self.state.timers[0, 0]) if g[TIMERS] > 0 else INFINITE
        due = [(key >> 1) + (key & 1) if key != INFINITE else INFINITE]
        due += [int(g[OPEN_AT])] if g[OPEN_AT] else []
        due += [int(g[SWEEP_AT]) + 1] if g[SWEEP_AT] else []
        due += [int(closing["until"]) + 1 for closing in self.notes.closings if closing["until"]]
        return min(due) if not g[RING_COUNT] else self.now

    @property
    def phase(self) -> str:
        """Phase of the union's day."""
        return phase_of(self)

    def phases(self) -> dict[str, Phase]:
        """Return the phase of each currency's day."""
        return phases_of(self)

    def apply(self, kind: int, sequence: int, instant: int, body: bytes | memoryview) -> Applied:
        """Let a record happen.

        Parameters
        ----------
        kind
            A `RecordKind` other than GENESIS.
        sequence
            The record's number, below 2**31.
        instant
            Microseconds since 1970-01-01 UTC, not before `now`.
        body
            See `comity.engine.columns`.

        Raises
        ------
        ValueError
            If the body does not fit its kind, or time runs backwards: nothing has happened then.
        """
        if instant < self.now:
            raise ValueError(f"record {sequence} at {instant} lies before {self.now}")
        match kind:
            case RecordKind.PAYMENTS:
                applied = self._enter(sequence, instant, body, PAYMENT)
            case RecordKind.PVPS:
                applied = self._enter(sequence, instant, body, PVP)
            case RecordKind.COMMANDS:
                applied = self._command(sequence, instant, body)
            case RecordKind.SETTLE_TOGETHER:
                applied = self._settle_together(sequence, instant, body)
            case RecordKind.TICK:
                applied = self._tick(sequence, instant)
            case RecordKind.OBLIGATIONS:
                applied = self._take(sequence, instant, body, OBLIGATION)
            case RecordKind.CUT | RecordKind.DISCHARGE | RecordKind.PAY_OBLIGATIONS:
                applied = self._cycle(sequence, instant, kind, body)
            case RecordKind.ORDERS:
                applied = self._take(sequence, instant, body, ORDER)
            case RecordKind.OPEN_CALL | RecordKind.EXTEND_CALL | RecordKind.CLOSE_CALL | RecordKind.CLEAR_AUCTION:
                applied = self._auction(sequence, instant, kind, body)
            case _:
                raise ValueError(f"record {sequence} is of unknown kind {kind}")
        return self._finish(applied)

    @property
    def instruction_count(self) -> int:
        """How many instructions there are: slots run from 0 to one below."""
        return int(self.state.g[ROWS])

    @property
    def date(self) -> int:
        """The business date, days since 1970-01-01."""
        return int(self.state.g[TODAY])

    def entered(self) -> range:
        """Return the slots of the instructions that the last record let in or made."""
        rows, count = self.state.rows, self.instruction_count
        return range(bisect_left(range(count), self.sequence << 32, key=lambda slot: rows[slot, ENTRY]), count)

    @property
    def waiting_count(self) -> int:
        """How many instructions wait, counting those that ended since the last offsetting."""
        return int(self.state.g[LISTED])

    def account(self, participant: str, currency: str) -> int:
        """Return the index of an account; NotFound if there is none."""
        index = self.accounts.find(participant, currency)
        if index < 0:
            raise NotFound(f"{participant} has no account in {currency}")
        return index

    def issuer_of(self, currency: str) -> str:
        """Return the member that issues a currency."""
        return self.accounts.participant[self.accounts.issuer(currency)]

    def digest(self) -> bytes:
        """Return 16 bytes of the state: balances, instructions, limits, phases and all commands so far.

        What commands leave elsewhere (agreements, closings, holds) is in it through the commands themselves.
        """
        return self.notes.fold(self.state, self.state.g[DIGEST_1 : DIGEST_1 + 2])

    def full_digest(self) -> bytes:
        """Return the digest computed anew from every table."""
        full_digest(self.state)
        return self.notes.fold(self.state, self.state.lanes)

    def check(self) -> None:
        """Check the invariants of the rulebook's section 9; InvariantBroken names the first that fails."""
        check_state(self)

    def find(self, participant: str, name: str) -> int:
        """Return the slot of the instruction that a participant entered under an id, or -1."""
        key = self.key_of(participant, name)
        return max(int(find_id(self.state, KEYS, KEY_HI, key[0], key[1])), -1)

    def key_of(self, participant: str, name: str) -> Int64s:
        """Return the (2,) key of a participant's id."""
        high, low = hash_one(self.accounts.participant_index(participant), name, self.seed)
        return np.array([high, low], np.int64)

    def table(self, slots: NDArray[np.integer] | None = None) -> dict[str, NDArray[np.generic]]:
        """Return columns over all instructions, indexed by slot; or over those in `slots`, in their order."""
        return table_of(self, slots)

    def outline(self, first: int, last: int) -> dict[str, NDArray[np.generic]]:
        """Return the few columns by which instructions are sought, of slots from `first` to below `last`."""
        return outline_of(self, first, last)

    def first_entered_with(self, sequence: int) -> int:
        """Return the first slot that entered with this record or a later one."""
        return first_entered_with(self, sequence)

    def queue(self, account: int) -> Int32s:
        """Return the slots that wait to debit an account, in the order of its queue."""
        return queue_of(self, account)

    def waiting_sums(self) -> tuple[Int64s, Int64s]:
        """Return what waits to be paid and to be received, by account, minor units."""
        return waiting_sums_of(self)

    def fellows(self, slot: int) -> list[int]:
        """Return the slots that share the fate of an instruction, its own among them."""
        return fellows_of(self, slot)

    def balances(self) -> dict[str, Int64s]:
        """Return columns over all accounts, indexed by account."""
        return balances_of(self)

    def limits(self) -> list[Limit]:
        """Return the limits that payers have set, and what is used of them."""
        return limits_of(self)

    def waiting_reason(self, slot: int) -> str:
        """Say what a waiting instruction lacks now."""
        return waiting_reason(self, slot)

    def exceptions(self) -> Exceptions:
        """Return what waits for people: pay-outs unconfirmed past their deadline, books that do not agree."""
        return exceptions_of(self)

    def problem(self, currencies: frozenset[str] | None = None, *, counts_passed: bool = False) -> OffsettingProblem:
        """Return what waits in these currencies (None: all) and could settle together."""
        return picture(self, currencies, counts_passed=counts_passed)

    @property
    def cycle(self) -> int:
        """Number of the last clearing cycle that began; 0 before the first."""
        return self.notes.cycles

    @property
    def cycles_under_way(self) -> dict[str, int]:
        """Number of the clearing cycle that is under way, by currency; those without one are left out."""
        codes = enumerate(self.accounts.currencies)
        return {code: self.notes.cuts[str(index)] for index, code in codes if str(index) in self.notes.cuts}

    def obligations(self) -> dict[str, NDArray[np.generic]]:
        """Return columns over the obligations that are open or ended since the last start."""
        return clearing.obligations_of(self)

    def cut(self, currency: str) -> clearing.Cut:
        """Return what stands in the cut of the cycle under way in a currency."""
        return clearing.cut_of(self, currency)

    def residual(self, currencies: list[str], mode: str = "existing") -> OffsettingProblem:
        """Return what the cut still holds in these currencies, as a problem of what can be paid together."""
        return clearing.residual(self, currencies, mode)

    def decisions(self) -> tuple[Decision, ...]:
        """Return what two people decided today on the rates of pairs, by pair."""
        return decisions_of(self)

    @property
    def auction(self) -> int:
        """Number of the auction under way, whose call has closed; 0 if there is none."""
        return orders.number_of(self)

    def open_call(self) -> dict[str, object]:
        """Return what OPEN_CALL said of the call that is open, extensions counted; empty if none is."""
        return dict(self.notes.call)

    def orders(self) -> dict[str, NDArray[np.generic]]:
        """Return columns over the orders that are open or ended since the last start."""
        return orders.orders_of(self)

    def lot(self, sell: str, buy: str) -> Lot:
        """Return what amounts and limits of orders that sell one currency for another have to be multiples of."""
        return lot_of(self, self.accounts.currency_index(sell), self.accounts.currency_index(buy))

    def book(self) -> Standing:
        """Return the book of the auction under way; currencies are numbered as in `accounts`."""
        return orders.book_of(self)

    def save(self) -> dict[str, NDArray[np.generic]]:
        """Return the complete state as named arrays."""
        return save_state(self.genesis, self.state, self.notes)

    @classmethod
    def load(cls, parts: dict[str, NDArray[np.generic]]) -> Self:
        """Return the engine that `save` described; ValueError if another version of it did."""
        genesis, state, notes = load_state(parts)
        return cls(genesis, Accounts(genesis), state, notes)

    def copy(self) -> Self:
        """Return an engine of the same state that shares nothing with this one."""
        return self.load(self.save())

    def rehearsal(self) -> Self:
        """Return a copy in which an open call may close at any instant: to try an auction out."""
        trial = self.copy()
        trial.notes.call = {}
        return trial

    def _begin(self, sequence: int, instant: int, *, overtakes: bool = True) -> None:
        """Begin a record whose body fits its kind: all that is pending comes before what it brings."""
        g = self.state.g
        g[SEQUENCE], g[CHANGED], g[BUDGET] = sequence, 0, INFINITE
        if g[RING_COUNT] and overtakes:
            self._reserve(0, 64)
            release(self.state)
        g[BUDGET] = RELEASES_MAX
        self._end_run_offs(instant)

    def _end_run_offs(self, instant: int) -> None:
        if self.notes.closings:
            self._reserve(0, self.waiting_count + 64)
            Commands(self).permissions.end_run_offs(instant)

    def _enter(self, sequence: int, instant: int, body: bytes | memoryview, dtype: np.dtype[np.void]) -> Applied:
        rows, sides, _ = unpack(body, dtype)
        words = self._copied(rows.view("<i8").reshape(-1))
        rare = np.zeros((len(sides) + 1, 5), np.int64)
        rare[1:] = sides.view("<i8").reshape(-1, 5)
        is_pvp = dtype is PVP
        special = (examine_pvps if is_pvp else examine_payments)(words, len(self.accounts), len(sides))
        if special < 0:
            raise ValueError("a row names an account or a side row that is not there, or offsets fall")
        if len(sides) and max(int(sides["earliest"].max()), int(sides["latest"].max())) > INSTANT_MAX:
            raise ValueError(f"an instant lies after {INSTANT_MAX} microseconds")
        self._begin(sequence, instant)
        enter = enter_pvps if is_pvp else enter_payments
        answers = np.zeros(len(rows), np.int64)
        first = 0
        for last in self._parts(rows["offset"].astype(np.int64) + instant):
            if last:
                self._end_run_offs(instant + int(rows["offset"][first]))
            self._reserve(len(rows) * (1 + is_pvp), 2 * len(rows) if is_pvp or self.notes.has_holds else special)
            enter(self.state, instant, first, last, words, rare.reshape(-1), answers)
            first = last
        return Applied(results=answers.view(RESULT))

    def _parts(self, instants: Int64s) -> list[int]:
        """Return where to stop in a record of rows at these instants: before the first row after a run-off's end."""
        ends = {int(closing["until"]) for closing in self.notes.closings}
        stops = {int(np.searchsorted(instants, until, "right")) for until in ends}
        return [*sorted(stops - {0, len(instants)}), len(instants)]

    def _copied(self, words: Int64s) -> Int64s:
        """Return a copy in memory that is kept from record to record: fresh memory costs more than copying."""
        if len(words) > len(self._words):
            self._words = np.empty(len(words), np.int64)
        copied = self._words[: len(words)]
        copied[:] = words
        return copied

    def _reserve(self, rows: int, rare: int) -> None:
        """Make room for instructions; one look ahead serves many small records."""
        self._spare -= rows + rare
        if self._spare < 0:
            self.state = reserve(self.state, rows + LOOK_AHEAD, rare + LOOK_AHEAD)
            self._spare = LOOK_AHEAD

    def _command(self, sequence: int, instant: int, body: bytes | memoryview) -> Applied:
        commands = read_json(body)
        if not isinstance(commands, list):
            raise ValueError("a record of commands holds a list")  # noqa: TRY004 - a body that does not fit
        self._begin(sequence, instant)
        self.notes.follow(bytes(body))
        self.state = reserve(self.state, 4 * len(commands) + 64, 4 * len(commands) + 64)
        pass_time(self.state, instant, COMMANDS_FIRST)
        carrier = Commands(self)
        answers = tuple(carrier.carry_out(row, command) for row, command in enumerate(commands))
        results = np.zeros(len(answers), RESULT)
        self._spare = 0
        for row, answer in enumerate(answers):
            results[row] = answer.slot, answer.state, answer.reason, 0, 0
        return Applied(results=results, answers=tuple(answer.as_json() for answer in answers))

    def _settle_together(self, sequence: int, instant: int, body: bytes | memoryview) -> Applied:
        _, slots = unpack_proposal(body)
        self._begin(sequence, instant)
        self._reserve(0, 64)
        pass_time(self.state, instant, ELIGIBLE_TOO)
        settled, refused = adopt_proposal(self, slots)
        release(self.state)
        return Applied(refused=refused, settled=settled)

    def _take(self, sequence: int, instant: int, body: bytes | memoryview, dtype: np.dtype[np.void]) -> Applied:
        """Enter rows that never queue: obligations or orders."""
        rows, _, _ = unpack(body, dtype)
        words = self._copied(rows.view("<i8").reshape(-1))
        is_owed = dtype is OBLIGATION
        if (examine_obligations if is_owed else examine_orders)(words, len(self.accounts)) < 0:
            raise ValueError("a row names an account that is not there, or offsets fall")
        self._begin(sequence, instant)
        enter = enter_obligations if is_owed else enter_orders
        answers = np.zeros(len(rows), np.int64)
        first = 0
        for last in self._parts(rows["offset"].astype(np.int64) + instant):
            if last:
                self._end_run_offs(instant + int(rows["offset"][first]))
            self._reserve(len(rows), len(rows))
            enter(self.state, instant, first, last, words, answers)
            first = last
        return Applied(results=answers.view(RESULT))

    def _cycle(self, sequence: int, instant: int, kind: int, body: bytes | memoryview) -> Applied:
        about = clearing.examine(self, kind, body)
        self._begin(sequence, instant)
        self.notes.follow(bytes(body))
        self._reserve(2 * len(self.accounts), self.waiting_count + int(self.state.g[OBLIGATIONS]) + 64)
        pass_time(self.state, instant, ELIGIBLE_TOO)
        if kind == RecordKind.CUT:
            outcome = clearing.take_cut(self, about)
        elif kind == RecordKind.DISCHARGE:
            outcome = clearing.discharge(self, body)
        else:
            outcome = clearing.pay(self, body)
            Commands(self).permissions.hold_carried()
        release(self.state)
        return Applied(settled=outcome.taken, value=outcome.value, bound=outcome.bound, refused=outcome.refused)

    def _auction(self, sequence: int, instant: int, kind: int, body: bytes | memoryview) -> Applied:
        about = orders.examine(self, kind, body)
        self._begin(sequence, instant)
        self.notes.follow(bytes(body))
        self._reserve(3 * int(self.state.g[ORDERS]) + len(self.accounts), int(self.state.g[ORDERS]) + 64)
        pass_time(self.state, instant, ELIGIBLE_TOO)
        outcome = orders.carry_out(self, kind, about, body)
        release(self.state)
        return Applied(settled=outcome.taken, value=outcome.score, refused=outcome.refused)

    def _tick(self, sequence: int, instant: int) -> Applied:
        self._begin(sequence, instant, overtakes=False)
        self._reserve(0, 64)
        pass_time(self.state, instant, ELIGIBLE_TOO)
        release(self.state)
        return Applied()

    def _finish(self, applied: Applied) -> Applied:
        g = self.state.g
        changed = self.state.changed[: g[CHANGED]].copy()
        pending = bool(g[RING_COUNT] > 0)
        return replace(applied, changed=changed, pending=pending)
