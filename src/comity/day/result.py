"""What came of a day: the engine at its end, and the answers on the way.

A `DayResult` holds the outcome in the engine's own terms; `to_arrow` shows it
as one row per input row. A payment is one row and one instruction. A PvP that
was entered once is one row and two legs: the row shows the leg of the seller,
and the other in the counter columns. One side of a PvP is one row and its own
leg, so that sums over rows count every leg once.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from comity.day.auctions import HeldAuction
from comity.day.calls import CallEvent
from comity.day.entries import Entries
from comity.day.quotes import QuoteOutcome
from comity.day.read import Day, DayCommand
from comity.engine import Engine
from comity.engine.columns import FLAG_BY_BUYER, FLAG_BY_SELLER, FLAG_PRIORITY, PAYMENT, RESULT
from comity.log.record import Head
from comity.model.reason import How, Priority, Reason, State
from comity.node.clearing import Cycle as ClearingCycle
from comity.statistics.recorder import WaitingRecorder

if TYPE_CHECKING:
    from comity.day.legs import Legs

REPEATED = "repeated"

_INSTANT = pa.timestamp("us", "UTC")
_NAMES = pa.dictionary(pa.int32(), pa.string())
_CODES = pa.dictionary(pa.int8(), pa.string())
_STATES = [state.name for state in State]
_HOWS = ["", *(how.name.lower() for how in How if how)]
_KINDS = ["payment", "pvp", "obligation", "order"]
OWED, ORDERED = 2, 3
"""Places of obligations and of orders among the kinds."""
_REASON_CODES = list(dict.fromkeys(reason.code for reason in Reason))
_REASON_PLACES = np.array([_REASON_CODES.index(Reason(code).code) for code in range(max(Reason) + 1)])
_PRIORITIES = [priority.name.lower() for priority in Priority]
_BY = FLAG_BY_SELLER | FLAG_BY_BUYER


@dataclass(frozen=True, slots=True)
class Given:
    """A command and what it was answered; `reason` is empty if it was carried out."""

    command: DayCommand
    state: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Cycle:
    """What one proposal did in one currency, minor units.

    `bound_minor` is what no rule could exceed; `refused` is empty, or what the
    engine found against the proposal. Where nothing waited there was no
    proposal: currency and proposer are empty then.
    """

    number: int
    instant: int
    rule: str
    currency: str
    items: int
    value_minor: int
    bound_minor: int
    proposer: str
    refused: str
    kind: str = "offsetting"
    """offsetting, set-off, or clearing: what was paid of what a set-off left."""


@dataclass(frozen=True, slots=True)
class Rows:
    """One entry per input row of one kind, in the order of the file.

    `counter` is -1 but for a PvP entered once. Amounts and accounts are those of the row itself.
    """

    kind: int
    file: str
    number: NDArray[np.int32]
    ids: pa.Array
    sender: NDArray[np.int32]
    debtor: NDArray[np.int32]
    creditor: NDArray[np.int32]
    amount: NDArray[np.int64]
    counter: NDArray[np.int32]
    """Account that pays the counter leg, -1 none."""
    counter_amount: NDArray[np.int64]
    priority: NDArray[np.int32]
    instants: NDArray[np.int64]
    answers: NDArray[np.void]
    """RESULT, the engine's answer at entry."""

    def __len__(self) -> int:
        return len(self.number)

    @property
    def slot(self) -> NDArray[np.int32]:
        """Slot of each row's instruction; -1 where it made none."""
        slot: NDArray[np.int32] = self.answers["slot"]
        return slot

    @property
    def repeated(self) -> NDArray[np.bool_]:
        """Which rows repeat an earlier one."""
        mask: NDArray[np.bool_] = self.answers["repeated"] != 0
        return mask

    def final_states(self, table: dict[str, NDArray[np.generic]]) -> NDArray[np.int8]:
        """Return the state of every row that does not repeat another, at the end of the day."""
        states: NDArray[np.int8] = self.answers["state"].copy()
        known = self.slot >= 0
        states[known] = table["state"][self.slot[known]]
        return states[~self.repeated]


@dataclass(frozen=True)
class DayResult:
    """The outcome of a day.

    Attributes
    ----------
    day
        What was run.
    engine
        The engine at the end of the day.
    head
        Last record of the log.
    payments, pvps, obligations, orders : RESULT[n]
        Answers at entry, in the order of the columns of `Day` of the same names.
    cleared
        Clearing cycles, in order.
    auctions
        Auctions, in order.
    calls
        What happened in their calls, in order.
    quotes
        Steps towards payments at quoted rates, in the order in which they were taken.
    given
        Commands of the day with their answers, in the order in which they were given.
    cycles
        Offsetting and clearing, one entry per proposal and currency.
    cycle_slots
        Number of each proposal and the slots that it settled.
    cutoffs
        Interbank cut-off of each currency as it came to be, microseconds since 1970-01-01 UTC.
    recorder
        What waited during the day.
    """

    day: Day
    engine: Engine
    head: Head
    payments: NDArray[np.void]
    pvps: NDArray[np.void]
    obligations: NDArray[np.void]
    orders: NDArray[np.void]
    cleared: tuple[ClearingCycle, ...]
    auctions: tuple[HeldAuction, ...]
    calls: tuple[CallEvent, ...]
    quotes: tuple[QuoteOutcome, ...]
    given: tuple[Given, ...]
    cycles: tuple[Cycle, ...]
    cycle_slots: tuple[tuple[int, NDArray[np.int32]], ...]
    cutoffs: dict[str, int]
    recorder: WaitingRecorder

    @property
    def currency_of_account(self) -> NDArray[np.int32]:
        """Index of every account's currency, in the order of the genesis."""
        index = {code: place for place, (code, _) in enumerate(self.day.genesis.currencies)}
        return np.array([index[code] for code in self.engine.accounts.currency], np.int32)

    @cached_property
    def table(self) -> dict[str, NDArray[np.generic]]:
        """The engine's instructions at the end of the day, see `Engine.table`."""
        return self.engine.table()

    @cached_property
    def rows(self) -> tuple[Rows, ...]:
        """Payments, PvP, obligations, orders and payments at quoted rates as rows in the order of their files."""
        return _payment_rows(self), _pvp_rows(self), _obligation_rows(self), _order_rows(self), _quoted_rows(self)

    @cached_property
    def owed(self) -> dict[str, NDArray[np.int64]]:
        """By slot, minor units: what of an obligation was discharged, paid, and is still owed; 0 for all else."""
        count = len(self.table["state"])
        columns = {name: np.zeros(count, np.int64) for name in ("discharged", "paid", "carried")}
        obligations = self.engine.obligations()
        slot = obligations["slot"]
        state, left = self.table["state"][slot], obligations["owed"].astype(np.int64)
        columns["discharged"][slot] = obligations["discharged"]
        columns["paid"][slot] = np.where(state == State.STLD, left, 0)
        columns["carried"][slot] = np.where(state < State.STLD, left, 0)
        return columns

    @cached_property
    def converted(self) -> dict[str, NDArray[np.int64]]:
        """By slot, minor units: what an order sold, bought, and may still sell; 0 for all else."""
        count = len(self.table["state"])
        columns = {name: np.zeros(count, np.int64) for name in ("sold", "bought", "left")}
        orders = self.engine.orders()
        slot = orders["slot"]
        for name in ("sold", "bought"):
            columns[name][slot] = orders[name]
        columns["left"][slot] = np.where(self.table["state"][slot] < State.STLD, orders["left"], 0)
        return columns

    @cached_property
    def legs(self) -> "Legs":
        """The legs of the day, for figures."""
        from comity.day.legs import legs_of  # noqa: PLC0415 - legs are made of results

        return legs_of(self)

    def to_arrow(self) -> pa.Table:
        """Return one row per input row: payments, PvP, obligations, orders, each in the order of its file.

        An accepted quote is two, the payments that it made: the debtor's, then the provider's.
        """
        cycle = np.zeros(len(self.table["state"]), np.int32)
        for number, slots in self.cycle_slots:
            cycle[slots] = number
        return pa.concat_tables([_table(self, rows, cycle) for rows in self.rows])

    def summary(self) -> dict[str, object]:
        """Return the content of summary.json."""
        from comity.day.summary import summarise  # noqa: PLC0415 - a summary is made of results

        return summarise(self)


def _payment_rows(result: DayResult) -> Rows:
    entries = result.day.payments
    rows, back = _in_file_order(entries)
    count = len(rows)
    return Rows(
        kind=0,
        file=entries.file,
        number=entries.numbers[back],
        ids=entries.ids.take(pa.array(back)),
        sender=rows["debtor"],
        debtor=rows["debtor"],
        creditor=rows["creditor"],
        amount=rows["amount"],
        counter=np.full(count, -1, np.int32),
        counter_amount=np.zeros(count, np.int64),
        priority=rows["flags"] & FLAG_PRIORITY,
        instants=entries.instants[back],
        answers=result.payments[back],
    )


def _obligation_rows(result: DayResult) -> Rows:
    entries = result.day.obligations
    rows, back = _in_file_order(entries)
    count = len(rows)
    return Rows(
        kind=OWED,
        file=entries.file,
        number=entries.numbers[back],
        ids=entries.ids.take(pa.array(back)),
        sender=rows["debtor"],
        debtor=rows["debtor"],
        creditor=rows["creditor"],
        amount=rows["amount"],
        counter=np.full(count, -1, np.int32),
        counter_amount=np.zeros(count, np.int64),
        priority=np.full(count, int(Priority.NORMAL), np.int32),
        instants=entries.instants[back],
        answers=result.obligations[back],
    )


def _order_rows(result: DayResult) -> Rows:
    entries = result.day.orders
    rows, back = _in_file_order(entries)
    count = len(rows)
    return Rows(
        kind=ORDERED,
        file=entries.file,
        number=entries.numbers[back],
        ids=entries.ids.take(pa.array(back)),
        sender=rows["pays"],
        debtor=rows["pays"],
        creditor=np.where(rows["payee"] > 0, rows["payee"] - 1, rows["gets"]),
        amount=rows["amount"],
        counter=np.full(count, -1, np.int32),
        counter_amount=np.zeros(count, np.int64),
        priority=np.full(count, int(Priority.NORMAL), np.int32),
        instants=entries.instants[back],
        answers=result.orders[back],
    )


def _pvp_rows(result: DayResult) -> Rows:
    entries = result.day.pvps
    rows, back = _in_file_order(entries)
    once = (rows["flags"] & _BY) == _BY
    by_buyer = (rows["flags"] & _BY) == FLAG_BY_BUYER
    return Rows(
        kind=1,
        file=entries.file,
        number=entries.numbers[back],
        ids=entries.ids.take(pa.array(back)),
        sender=np.where(by_buyer, rows["buyer_pays"], rows["seller_pays"]),
        debtor=np.where(by_buyer, rows["buyer_pays"], rows["seller_pays"]),
        creditor=np.where(by_buyer, rows["seller_gets"], rows["buyer_gets"]),
        amount=np.where(by_buyer, rows["buy_amount"], rows["sell_amount"]),
        counter=np.where(once, rows["buyer_pays"], -1),
        counter_amount=np.where(once, rows["buy_amount"], 0),
        priority=rows["flags"] & FLAG_PRIORITY,
        instants=entries.instants[back],
        answers=result.pvps[back],
    )


def _quoted_rows(result: DayResult) -> Rows:
    """Return the payments that acceptances of quotes entered, two for each."""
    made = [(each.step, each.accepted) for each in result.quotes if each.accepted is not None]
    made.sort(key=lambda each: each[0].number)
    rows = np.concatenate([np.zeros(0, PAYMENT), *(accepted.rows for _, accepted in made)])
    count = len(rows)
    return Rows(
        kind=0,
        file="quotes.csv",
        number=np.repeat(np.array([step.number for step, _ in made], np.int32), 2),
        ids=pa.array([name for _, accepted in made for name in accepted.ids], pa.large_string()),
        sender=rows["debtor"],
        debtor=rows["debtor"],
        creditor=rows["creditor"],
        amount=rows["amount"],
        counter=np.full(count, -1, np.int32),
        counter_amount=np.zeros(count, np.int64),
        priority=rows["flags"] & FLAG_PRIORITY,
        instants=np.repeat(np.array([step.instant for step, _ in made], np.int64), 2),
        answers=np.concatenate([np.zeros(0, RESULT), *(accepted.results for _, accepted in made)]),
    )


def _in_file_order(entries: Entries) -> tuple[np.ndarray, NDArray[np.int64]]:
    back = np.empty(len(entries), np.int64)
    back[entries.numbers - 1] = np.arange(len(entries))
    return entries.rows[back], back


def _table(result: DayResult, rows: Rows, cycle: NDArray[np.int32]) -> pa.Table:
    table = result.table
    known = (rows.slot >= 0) & ~rows.repeated
    slot = np.where(known, rows.slot, 0)

    def at(column: str, otherwise: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.where(known, table[column][slot], otherwise) if len(table[column]) else otherwise

    state = np.where(rows.repeated, 0, at("state", rows.answers["state"]))
    reason = np.where(rows.repeated, 0, at("reason", rows.answers["reason"]))
    settled = known & (state == State.STLD)
    how = np.where(settled | (rows.kind == ORDERED), at("how", np.zeros(len(rows), np.int8)), 0)
    nothing = np.zeros(len(rows), np.int64)
    final = np.where(rows.repeated, 0, at("final", rows.instants))
    in_cycle = np.where(known & (settled | (rows.kind == OWED)), cycle[slot], 0) if len(cycle) else nothing

    def of(columns: dict[str, NDArray[np.int64]], column: str) -> NDArray[np.int64]:
        return np.where(known, columns[column][slot], 0) if len(cycle) else nothing

    moved, bought, carried = np.where(settled, rows.amount, 0), np.where(settled, rows.counter_amount, 0), nothing
    if rows.kind == OWED:
        moved, carried = of(result.owed, "paid"), of(result.owed, "carried")
    elif rows.kind == ORDERED:
        moved, bought, carried = (of(result.converted, name) for name in ("sold", "bought", "left"))
    names = pa.array(list(result.engine.accounts.participant), pa.string())
    money = pa.array(list(result.engine.accounts.currency), pa.string())
    columns = {
        "file": _words(np.zeros(len(rows), np.int8), [rows.file]),
        "row": pa.array(rows.number),
        "id": rows.ids.cast(pa.string()),
        "kind": _words(np.full(len(rows), rows.kind, np.int8), _KINDS),
        "participant": _picked(names, rows.sender),
        "debtor": _picked(names, rows.debtor),
        "creditor": _picked(names, rows.creditor),
        "currency": _picked(money, rows.debtor),
        "amount_minor": pa.array(rows.amount),
        "state": _state_words(state, rows.repeated),
        "reason": _words(_REASON_PLACES[reason.astype(np.int64)], _REASON_CODES),
        "entered_at": _instants(at("entered", rows.instants)),
        "irrevocable_at": _instants(np.where(rows.repeated, 0, at("irrevocable", nothing))),
        "final_at": _instants(final),
        "how": _words(how, _HOWS),
        "settled_minor": pa.array(moved),
        "discharged_minor": pa.array(of(result.owed, "discharged")),
        "bought_minor": pa.array(bought),
        "carried_minor": pa.array(carried),
        "cycle": pa.array(in_cycle, pa.int32(), mask=in_cycle == 0),
        "counter_currency": _picked(money, rows.creditor if rows.kind == ORDERED else rows.counter),
        "counter_amount_minor": pa.array(rows.counter_amount, mask=rows.counter < 0),
        "priority": _words(rows.priority, _PRIORITIES),
    }
    return pa.table(columns)


def _words(codes: NDArray[np.generic], words: list[str]) -> pa.Array:
    """Encode codes as places in a list of words."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int8)), pa.array(words, pa.string())).cast(_CODES)


def _state_words(state: NDArray[np.generic], repeated: NDArray[np.bool_]) -> pa.Array:
    known = sorted(int(entry) for entry in State)
    place = np.searchsorted(known, state.astype(np.int64))
    words = [State(code).name for code in known] + [REPEATED]
    return _words(np.where(repeated, len(known), place), words)


def _picked(values: pa.Array, index: NDArray[np.int32]) -> pa.Array:
    """Encode account indexes as names; -1 is null."""
    encoded = values.dictionary_encode()
    place = np.append(encoded.indices.to_numpy(), 0).astype(np.int32)[index]
    return pa.DictionaryArray.from_arrays(pa.array(place, pa.int32(), mask=index < 0), encoded.dictionary)


def _instants(values: NDArray[np.generic]) -> pa.Array:
    """Encode instants; 0 is null."""
    return pa.array(values.astype(np.int64), pa.int64(), mask=values == 0).cast(_INSTANT)
