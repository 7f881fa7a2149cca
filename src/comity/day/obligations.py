"""Obligations in a table: who owes whom how much, of which currency, and when it is due.

A cycle of clearing needs no other table: participants are whatever codes stand
there. They are numbered by code, so that an answer does not depend on the order
of the rows. An id stands for one obligation; a second row with it is a fault,
whether it says the same or something else, since the answer is by id.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity.day import cells
from comity.day.sources import Source
from comity.day.standalone import CODES, EXPONENTS, decimals_of, money_of, named, read_whole, sums_of, used_of
from comity.day.tables import Shape, Table, quoted
from comity.day.text import Bools, Ints, Text
from comity.errors import FAULTS_MAX
from comity.model.amount import format_minor
from comity.solvers.setoff import SUM_MAX

OBLIGATIONS_SHAPE = Shape(("id", "debtor", "creditor", "currency", "amount", "due"), ("reference", "link"))


@dataclass(frozen=True, slots=True)
class Obligations:
    """Obligations of all currencies, in the order of the table.

    Attributes
    ----------
    ids
        Arrow text, n ids.
    participants
        Codes, in their order.
    currencies
        Codes, in their order.
    debtor, creditor
        int32[n]: places in `participants`.
    currency
        int32[n]: places in `currencies`.
    amount
        int64[n]: minor units, 1 or more.
    order
        int64[n]: rank by due date, then id.
    """

    ids: pa.Array
    participants: tuple[str, ...]
    currencies: tuple[str, ...]
    debtor: NDArray[np.int32]
    creditor: NDArray[np.int32]
    currency: NDArray[np.int32]
    amount: Ints
    order: Ints

    def __len__(self) -> int:
        return len(self.amount)

    @property
    def exponents(self) -> Ints:
        """Decimals of each currency."""
        return decimals_of(self.currencies)


def read_obligations(source: Source) -> Obligations:
    """Read the obligations of a cycle.

    A CSV file with a header alone, or with nothing in it, is a cycle without obligations.

    Raises
    ------
    InvalidRequest
        With every fault of the table.
    NotFound
        If there is no such file.
    """
    return read_whole(source, "obligations", OBLIGATIONS_SHAPE, _obligations)


def _obligations(table: Table) -> Obligations:
    money = money_of(table, "currency")
    amount = cells.amounts(table, "amount", money, EXPONENTS, CODES)
    _check_signs(table, amount)
    _check_sums(table, money, amount)
    participants, debtor, creditor = _parties(table)
    ids = cells.names(table, "id", cells.ID_LENGTH_MAX)
    days, dated = cells.dates(table, "due")
    table.fault_rows(table.text("due").absent & ~dated, "due", "a date as YYYY-MM-DD")
    for column in ("reference", "link"):
        cells.names(table, column, cells.ID_LENGTH_MAX, optional=True)
    order = _order(table, ids, days)
    currencies, (currency,) = used_of(money)
    return Obligations(
        ids.array,
        participants,
        currencies,
        debtor,
        creditor,
        currency,
        amount,
        order,
    )


def _check_signs(table: Table, amount: Ints) -> None:
    """Report amounts of zero or less; 0 also stands for what could not be read, which has its fault already."""
    wrong = amount < 0
    for row in np.flatnonzero(amount == 0)[: FAULTS_MAX + 1].tolist():
        wrong[row] = not table.text("amount")[row].strip("-.0") and not table.text("amount").absent[row]
    table.fault_rows(wrong, "amount", "an amount above 0")


def _check_sums(table: Table, money: Ints, amount: Ints) -> None:
    """Report a currency whose amounts sum to more than fits."""
    known = money >= 0
    for place, total in enumerate(sums_of(np.maximum(amount[known], 0), money[known], len(CODES))):
        if total > SUM_MAX:
            most, sum_ = (format_minor(minor, int(EXPONENTS[place])) for minor in (SUM_MAX, total))
            code = CODES[place]
            table.faults.add(
                table.file, 0, "amount", f"amounts in {code} that sum to at most {most}", f"a sum of {sum_}"
            )


def _parties(table: Table) -> tuple[tuple[str, ...], NDArray[np.int32], NDArray[np.int32]]:
    """Return all codes in their order, and the places of debtors and creditors among them."""
    sides = [named(table, column) for column in ("debtor", "creditor")]
    coded = pa.chunked_array(sides).combine_chunks().dictionary_encode()
    codes = coded.dictionary.to_pylist()
    place = np.empty(len(codes), np.int32)
    place[sorted(range(len(codes)), key=codes.__getitem__)] = np.arange(len(codes), dtype=np.int32)
    both = place[coded.indices.to_numpy(zero_copy_only=False)] if codes else np.zeros(0, np.int32)
    debtor, creditor = both[: table.rows], both[table.rows :]
    same = (debtor == creditor) & ~table.text("debtor").absent
    table.fault_rows(same, "creditor", "another participant than the debtor")
    return tuple(sorted(codes)), debtor, creditor


def _order(table: Table, ids: Text, days: Ints) -> Ints:
    """Return the rank of every row by due date, then id, and report ids that stand there twice."""
    rank = np.arange(table.rows)
    if table.rows > 1 and not pc.all(pc.less(ids.array[:-1], ids.array[1:])).as_py():
        by_id = pc.sort_indices(ids.array).to_numpy()
        rank[by_id] = np.arange(table.rows)
        again: Bools = pc.equal(ids.array.take(by_id[:-1]), ids.array.take(by_id[1:])).to_numpy(zero_copy_only=False)
        if again.any():
            _report_repeated(table, ids, np.sort(by_id[1:][again]))
    if np.any(days[1:] < days[:-1]):
        by_date = np.lexsort((rank, days))
        rank = np.empty(table.rows, np.int64)
        rank[by_date] = np.arange(table.rows)
    return rank


def _report_repeated(table: Table, ids: Text, rows: Ints) -> None:
    """Report rows whose id stood before, with that row and whether its content was the same."""
    for row in rows[: FAULTS_MAX + 1].tolist():
        if ids.absent[row]:
            continue
        first = pc.index(ids.array, ids.array[row]).as_py()
        same = all(table.text(column)[row] == table.text(column)[first] for column in OBLIGATIONS_SHAPE.known)
        content = "the same content" if same else "other content"
        table.fault(row, "id", "each id once", f"{quoted(ids[row])} again with {content}, first in row {first + 1}")
