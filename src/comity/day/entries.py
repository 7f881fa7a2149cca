"""Entries of a DAY: payments.csv and pvp.csv as the rows of log records.

A row becomes one PAYMENT or PVP of `comity.engine.columns`: its parties are
account indexes, its id a keyed hash, its amount minor units. Ids and purposes
stay Arrow text from the file to the log. Entries are sorted by instant; rows of
one instant keep the order of the file. `offset`, `text` and `side` of a row are
those of the whole day until a batch is cut out of it.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity.day import cells
from comity.day.auction.limits import minor_ratios
from comity.day.auction.orders import LIMIT, ORDERS_SHAPE
from comity.day.standing import STEMS, Standing, currency_codes, expected_participant
from comity.day.tables import Shape, Table
from comity.day.text import Bools, Ints, Text
from comity.engine.columns import (
    FLAG_BY_BUYER,
    FLAG_BY_SELLER,
    FLAG_INTERBANK,
    OBLIGATION,
    ORDER,
    PAYMENT,
    PVP,
    SIDE,
    pack,
)
from comity.engine.kernels.identity import hash_ids
from comity.errors import FAULTS_MAX
from comity.model.reason import Priority

PAYMENTS_SHAPE = Shape(
    ("id", "instant", "debtor", "creditor", "currency", "amount"),
    ("priority", "kind", "date", "earliest", "latest", "link", "link_size", "purpose"),
)
OBLIGATIONS_SHAPE = Shape(("id", "debtor", "creditor", "currency", "amount", "due"), ("reference", "link"))
PVPS_SHAPE = Shape(
    ("id", "instant", "seller", "buyer", "sell_currency", "sell_amount", "buy_currency", "buy_amount"),
    ("entered_by", "priority", "date", "earliest", "latest", "reference"),
)
DAY_ORDERS_SHAPE = Shape(ORDERS_SHAPE.required, (*ORDERS_SHAPE.optional, "creditor", "target"))
"""Orders of a day; one with a creditor is a cross-currency payment, which fills as a whole or not at all."""
LINK_SIZES = (2, 64)

_PRIORITIES = ("urgent", "high", "normal")
_KINDS = ("customer", "interbank")
_ENTERED_BY = ("seller", "buyer", "both")
_BY_FLAGS = np.array([FLAG_BY_SELLER, FLAG_BY_BUYER, FLAG_BY_SELLER | FLAG_BY_BUYER])
_BUYER = 1
_PURPOSE_LENGTH_MAX = 140
_UNION = -1
_EMPTY = pa.scalar("", pa.large_string())


@dataclass(frozen=True, slots=True)
class Clock:
    """The business day as the reader needs it, microseconds since 1970-01-01 UTC.

    Instants of entries lie in [start, end).
    """

    midnight: int
    start: int
    end: int
    date: int
    """Business date, days since 1970-01-01."""


@dataclass(frozen=True, slots=True)
class Book:
    """Where parties are found: indexes of participants, currencies and accounts."""

    standing: Standing
    accounts: NDArray[np.int32]
    """int32[participants, currencies]: account index, -1 none."""
    seed: int
    """Keys the hashes of ids."""


@dataclass(frozen=True, slots=True)
class Entries:
    """Rows of one file in the order in which they enter.

    Attributes
    ----------
    file
        Name of the file.
    rows : PAYMENT[n] or PVP[n]
        `text` and `side` point into the day's `text` and `sides`.
    instants : int64[n]
        Never falling.
    sides : SIDE[m]
    text
        Id and purpose of every row, each closed by NUL.
    ids
        Arrow text, n ids.
    numbers : int32[n]
        Row of data in the file, from 1.
    """

    file: str
    rows: np.ndarray
    instants: Ints
    sides: np.ndarray
    text: pa.Buffer
    ids: pa.Array
    numbers: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.rows)

    def body(self, first: int, last: int) -> bytes:
        """Pack rows [first, last) as the body of a record at the instant of the first."""
        rows = self.rows[first:last].copy()
        rows["offset"] = self.instants[first:last] - self.instants[first]
        begin = int(rows["text"][0])
        end = int(self.rows["text"][last]) if last < len(self.rows) else self.text.size
        rows["text"] -= begin
        if "side" not in (rows.dtype.names or ()):
            return pack(rows, self.sides, self.text[begin:end].to_pybytes())
        with_side = np.flatnonzero(rows["side"] >= 0)
        sides = self.sides[:0]
        if len(with_side):
            low, high = int(rows["side"][with_side[0]]), int(rows["side"][with_side[-1]])
            sides = self.sides[low : high + 1]
            rows["side"][with_side] -= low
        return pack(rows, sides, self.text[begin:end].to_pybytes())


def no_entries(file: str, dtype: np.dtype) -> Entries:
    """Return the entries of an absent file."""
    empty = pa.array([], pa.large_string())
    nothing = np.zeros(0, np.int64)
    return Entries(file, np.zeros(0, dtype), nothing, np.zeros(0, SIDE), pa.py_buffer(b""), empty, nothing.astype("i4"))


def read_payments(table: Table, book: Book, clock: Clock) -> Entries:
    """Read payments; faults are reported to the table."""
    money = currency_codes(table, "currency", book.standing)
    debtor, debtor_account = _party(table, "debtor", money, book)
    _, creditor_account = _party(table, "creditor", money, book)
    rows = np.zeros(table.rows, PAYMENT)
    rows["debtor"], rows["creditor"] = debtor_account, creditor_account
    rows["amount"] = _amounts(table, "amount", money, book)
    rows["flags"] = cells.choices(table, "priority", _PRIORITIES, Priority.NORMAL)
    rows["flags"] |= FLAG_INTERBANK * cells.choices(table, "kind", _KINDS, 0).astype(np.int32)
    sides, has_side = _sides(table, book, clock)
    _links(table, book, sides, has_side)
    purpose = cells.names(table, "purpose", _PURPOSE_LENGTH_MAX, optional=True)
    return _finish(table, rows, (sides, has_side), (debtor, purpose), book, clock)


def read_obligations(table: Table, book: Book, clock: Clock) -> Entries:
    """Read obligations, which all enter when the day starts; faults are reported to the table."""
    money = currency_codes(table, "currency", book.standing)
    debtor, debtor_account = _party(table, "debtor", money, book)
    _, creditor_account = _party(table, "creditor", money, book)
    rows = np.zeros(table.rows, OBLIGATION)
    rows["debtor"], rows["creditor"] = debtor_account, creditor_account
    rows["amount"] = _amounts(table, "amount", money, book)
    rows["due"] = cells.dates(table, "due")[0]
    table.fault_rows(table.text("due").absent, "due", "a date")
    if table.has("link"):
        link = cells.names(table, "link", cells.ID_LENGTH_MAX, optional=True)
        rows["link"] = np.where(link.absent[:, None], 0, _hash(link, np.full(table.rows, _UNION), book.seed))
    ids = cells.names(table, "id", cells.ID_LENGTH_MAX)
    rows["key"] = _hash(ids, debtor, book.seed)
    remark = cells.names(table, "reference", cells.ID_LENGTH_MAX, optional=True).array
    text = _text(rows, ids.array, remark)
    numbers = np.arange(1, table.rows + 1, dtype=np.int32)
    instants = np.full(table.rows, clock.start)
    return Entries(table.file, rows, instants, np.zeros(0, SIDE), text, ids.array, numbers)


def read_pvps(table: Table, book: Book, clock: Clock) -> Entries:
    """Read PvP entries; faults are reported to the table."""
    sold = currency_codes(table, "sell_currency", book.standing)
    bought = currency_codes(table, "buy_currency", book.standing)
    seller, seller_pays = _party(table, "seller", sold, book)
    buyer, buyer_pays = _party(table, "buyer", bought, book)
    rows = np.zeros(table.rows, PVP)
    rows["seller_pays"], rows["buyer_pays"] = seller_pays, buyer_pays
    rows["buyer_gets"] = account_of(table, "buyer", buyer, sold, book)
    rows["seller_gets"] = account_of(table, "seller", seller, bought, book)
    rows["sell_amount"] = _amounts(table, "sell_amount", sold, book)
    rows["buy_amount"] = _amounts(table, "buy_amount", bought, book)
    by = cells.choices(table, "entered_by", _ENTERED_BY, len(_ENTERED_BY) - 1)
    rows["flags"] = cells.choices(table, "priority", _PRIORITIES, Priority.HIGH) | _BY_FLAGS[by]
    if table.has("reference"):
        reference = cells.names(table, "reference", cells.ID_LENGTH_MAX, optional=True)
        rows["reference"] = np.where(
            reference.absent[:, None], 0, _hash(reference, np.full(len(by), _UNION), book.seed)
        )
    owner = np.where(by == _BUYER, buyer, seller)
    return _finish(table, rows, _sides(table, book, clock), (owner, None), book, clock)


def read_orders(table: Table, book: Book, clock: Clock) -> Entries:
    """Read conversion orders; faults are reported to the table."""
    sold = currency_codes(table, "sell", book.standing)
    bought = currency_codes(table, "buy", book.standing)
    owner, pays = _party(table, "participant", sold, book)
    rows = np.zeros(table.rows, ORDER)
    rows["pays"] = pays
    rows["amount"] = _amounts(table, "amount", sold, book)
    exponents, codes = book.standing.exponents, list(book.standing.currencies)
    rows["least"] = cells.optional_amounts(table, "min_fill", sold, exponents, codes)
    rows["target"] = cells.optional_amounts(table, "target", bought, exponents, codes)
    payee = cells.codes(
        table, "creditor", book.standing.participant_index, expected_participant(table, book.standing), optional=True
    )
    paid = payee >= 0
    rows["payee"] = np.where(paid, account_of(table, "creditor", np.where(paid, payee, -1), bought, book) + 1, 0)
    table.fault_rows((rows["target"] <= 0) & ~table.text("target").absent, "target", "an amount above 0, or nothing")
    table.fault_rows((rows["target"] != 0) & ~paid, "target", "a creditor beside it")
    own = account_of(table, "participant", np.where(paid & (rows["target"] == 0), -1, owner), bought, book)
    rows["gets"] = np.where(own >= 0, own, rows["payee"] - 1)
    whole = paid & table.text("min_fill").absent
    rows["least"][whole] = rows["amount"][whole]
    shift = np.where((sold < 0) | (bought < 0), 0, exponents[bought] - exponents[sold])
    rows["numerator"], rows["denominator"] = minor_ratios(table, "limit", shift, LIMIT)
    until, expires = cells.dates(table, "until")
    rows["until"] = np.where(expires, np.where(until == 0, -1, until), 0)
    return _finish(table, rows, _no_sides(table), (owner, None), book, clock)


def _no_sides(table: Table) -> tuple[np.ndarray, Bools]:
    return np.zeros(table.rows, SIDE), np.zeros(table.rows, np.bool_)


def _amounts(table: Table, column: str, money: Ints, book: Book) -> Ints:
    return cells.amounts(table, column, money, book.standing.exponents, list(book.standing.currencies))


def _party(table: Table, column: str, money: Ints, book: Book) -> tuple[Ints, Ints]:
    """Return the participant and its account in the row's currency."""
    expected = expected_participant(table, book.standing)
    party = cells.codes(table, column, book.standing.participant_index, expected)
    return party, account_of(table, column, party, money, book)


def account_of(table: Table, column: str, party: Ints, money: Ints, book: Book) -> Ints:
    """Return the account of each row's participant in each row's currency; -1, with the fault reported, for none."""
    known = (party >= 0) & (money >= 0)
    if not book.accounts.size:
        return np.full(table.rows, -1, np.int64)
    account: Ints = np.where(known, book.accounts[party, money], -1).astype(np.int64)
    if not book.standing.is_unsure(table.faults, *STEMS):
        missing = known & (account < 0)
        codes, file = list(book.standing.currencies), book.standing.files["accounts"]
        for row in np.flatnonzero(missing)[: FAULTS_MAX + 1].tolist():
            table.fault(row, column, f"a participant with an account in {codes[money[row]]} in {file}")
    return account


def _sides(table: Table, book: Book, clock: Clock) -> tuple[np.ndarray, Bools]:
    """Return a SIDE for every row, and which rows need one."""
    del book
    sides = np.zeros(table.rows, SIDE)
    days, given = cells.dates(table, "date") if table.has("date") else (sides["date"], np.zeros(table.rows, np.bool_))
    other = given & (days != clock.date)
    sides["date"] = np.where(other, np.where(days == 0, -1, days), 0)  # 0 says today: one day before serves as well
    sides["earliest"] = cells.instants(table, "earliest", clock.midnight, optional=True)
    sides["latest"] = cells.instants(table, "latest", clock.midnight, optional=True)
    return sides, other | (sides["earliest"] != 0) | (sides["latest"] != 0)


def _links(table: Table, book: Book, sides: np.ndarray, has_side: Bools) -> None:
    """Fill in the linked sets; a row without a size takes that of the first row of its set that has one."""
    if not (table.has("link") or table.has("link_size")):
        return
    link = cells.names(table, "link", cells.ID_LENGTH_MAX, optional=True)
    low, high = LINK_SIZES
    index = {str(size): size for size in range(low, high + 1)}
    size = cells.codes(table, "link_size", index, f"a whole number from {low} to {high}", optional=True)
    table.fault_rows((size > 0) & link.absent, "link", "the name of the linked set, since link_size is given")
    stated: dict[str, int] = {}
    linked = np.flatnonzero(~link.absent).tolist()
    for row in linked:
        if size[row] > 0:
            stated.setdefault(link[row], int(size[row]))
    for row in linked:
        if size[row] <= 0 and table.text("link_size").absent[row]:
            size[row] = stated.get(link[row], 0)
            if not size[row]:
                table.fault(row, "link_size", f"a whole number from {low} to {high}, in one row of the set at least")
    sides["link"][linked] = _hash(link, np.full(table.rows, _UNION), book.seed)[linked]
    sides["link_size"][linked] = size[linked]
    has_side[linked] = True


def _hash(text: Text, owner: Ints, seed: int) -> NDArray[np.int64]:
    return hash_ids(text.data, text.offsets, owner.astype(np.int64), seed)


def _finish(
    table: Table,
    rows: np.ndarray,
    side: tuple[np.ndarray, Bools],
    owner_and_purpose: tuple[Ints, Text | None],
    book: Book,
    clock: Clock,
) -> Entries:
    """Add identity, order and text."""
    owner, purpose = owner_and_purpose
    ids = cells.names(table, "id", cells.ID_LENGTH_MAX)
    instants = instants_of(table, clock)
    rows["key"] = _hash(ids, owner, book.seed)
    numbers = np.arange(1, table.rows + 1, dtype=np.int32)
    array = ids.array
    remark = purpose.array if purpose is not None else _EMPTY
    sides, has_side = side
    if np.any(instants[1:] < instants[:-1]):
        order = np.argsort(instants, kind="stable")
        rows, instants, numbers = rows[order], instants[order], numbers[order]
        sides, has_side = sides[order], has_side[order]
        array = array.take(pa.array(order))
        remark = remark.take(pa.array(order)) if purpose is not None else remark
    if "side" in (rows.dtype.names or ()):
        rows["side"] = np.where(has_side, np.cumsum(has_side) - 1, -1)
    text = _text(rows, array, remark)
    return Entries(table.file, rows, instants, sides[has_side], text, array, numbers)


def instants_of(table: Table, clock: Clock) -> Ints:
    """Return the instant of each row; one outside the business day is a fault.

    In a table without that column all of them enter when the clock starts.
    """
    if "instant" not in table.columns:
        return np.full(table.rows, clock.start, np.int64)
    instants = cells.instants(table, "instant", clock.midnight)
    outside = ((instants < clock.start) | (instants >= clock.end)) & ~table.text("instant").absent & (instants != 0)
    if not table.faults.in_files("union"):
        table.fault_rows(outside, "instant", f"an instant of the business day, {_day(clock)}")
    return instants


def _text(rows: np.ndarray, ids: pa.Array, remark: pa.Array | pa.Scalar) -> pa.Buffer:
    """Return id and remark of every row, each closed by NUL, and note in the rows where they stand."""
    lines = Text.of(pc.binary_join_element_wise(ids, remark, _EMPTY, pa.scalar("\0", pa.large_string())))
    rows["text"] = lines.offsets[:-1]
    return pa.py_buffer(lines.data[: lines.offsets[-1]])


def _day(clock: Clock) -> str:
    start, end = (
        np.datetime64(instant, "us").item().strftime("%Y-%m-%dT%H:%M:%SZ") for instant in (clock.start, clock.end)
    )
    return f"from {start} until before {end}"
