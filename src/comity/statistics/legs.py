"""The movements of a day, as whole-number columns.

A leg is one amount that a debtor pays a creditor in one currency: a payment is
one leg, a payment-versus-payment two, the bought amount going the other way.
Transfers made by commands, and rows that repeat an earlier one, are no legs.
Names become indexes into the tuples of a `Legs`, so that grouping and running
sums work on integers; the legs stand in the order of their entry.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from comity.errors import NotFound

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]

KINDS = ("payment", "pvp")
NEVER = np.iinfo(np.int64).max
"""Instant of what did not happen."""

_NEEDED = (
    "kind",
    "debtor",
    "creditor",
    "currency",
    "amount_minor",
    "state",
    "reason",
    "entered_at",
    "final_at",
    "how",
)
_COUNTER = ("counter_currency", "counter_amount_minor")


@dataclass(frozen=True, slots=True)
class Legs:
    """Columns of equal length, one entry per leg, in order of entry."""

    participants: tuple[str, ...]
    currencies: tuple[str, ...]
    states: tuple[str, ...]
    reasons: tuple[str, ...]
    """ISO codes; the empty text where there is no reason."""
    hows: tuple[str, ...]
    debtor: Codes
    creditor: Codes
    currency: Codes
    amount: Ints
    """Minor units of the leg's currency, positive."""
    state: Codes
    reason: Codes
    how: Codes
    pvp: NDArray[np.bool_]
    entered: Ints
    """Microseconds since 1970-01-01 UTC."""
    settled: NDArray[np.bool_]
    final: Ints
    """When it settled, was rejected or was cancelled; NEVER if it still waits."""

    def __len__(self) -> int:
        return len(self.amount)

    def table(self) -> pa.Table:
        """Return the columns for DuckDB to read."""
        return pa.table(
            {
                "debtor": self.debtor,
                "creditor": self.creditor,
                "currency": self.currency,
                "amount": self.amount,
                "state": self.state,
                "reason": self.reason,
                "how": self.how,
                "pvp": self.pvp,
                "settled": self.settled,
                "entered": self.entered,
                "final": self.final,
            }
        )


def read_legs(path: Path) -> Legs:
    """Read the legs of the instructions at `path`.

    Raises
    ------
    NotFound
        If there is no such file.
    """
    if not path.is_file():
        raise NotFound(f"{path} does not exist")
    names = set(pq.read_schema(path).names)
    wanted = [*_NEEDED, *(name for name in _COUNTER if name in names)]
    rows = pq.read_table(path, columns=wanted)
    keep = pc.and_(
        pc.is_in(rows["kind"].cast(pa.string()), pa.array(KINDS)),
        pc.and_(pc.not_equal(rows["state"].cast(pa.string()), "repeated"), pc.greater(rows["amount_minor"], 0)),
    )
    return _legs(rows.filter(keep))


def _legs(rows: pa.Table) -> Legs:
    traded = np.flatnonzero(_present(rows, "counter_amount_minor"))
    debtor, creditor, participants = _shared_codes(rows["debtor"], rows["creditor"])
    currency, currencies = _currency_codes(rows)
    count = rows.num_rows
    own = np.concatenate([np.arange(count), traded])
    entered = _instants(rows["entered_at"])[own]
    order = np.argsort(entered, kind="stable")
    source = own[order]
    bought = order >= count
    amount = np.concatenate([_whole(rows["amount_minor"]), _bought(rows, traded)])[order]
    state, states = _codes(rows["state"])
    reason, reasons = _codes(rows["reason"])
    how, hows = _codes(rows["how"])
    kind, kinds = _codes(rows["kind"])
    return Legs(
        participants=participants,
        currencies=currencies,
        states=states,
        reasons=reasons,
        hows=hows,
        debtor=np.where(bought, creditor[source], debtor[source]),
        creditor=np.where(bought, debtor[source], creditor[source]),
        currency=np.concatenate([currency[:count], currency[count:][traded]])[order],
        amount=amount,
        state=state[source],
        reason=reason[source],
        how=how[source],
        pvp=np.asarray(kind[source] == _index(kinds, "pvp")),
        entered=entered[order],
        settled=np.asarray(state[source] == _index(states, "STLD")),
        final=_instants(rows["final_at"])[source],
    )


def _codes(column: pa.ChunkedArray) -> tuple[Codes, tuple[str, ...]]:
    """Dense codes of a text column, names in alphabetical order; nothing counts as the empty text."""
    encoded = column.cast(pa.string()) if not pa.types.is_dictionary(column.type) else column
    whole = encoded.unify_dictionaries() if pa.types.is_dictionary(encoded.type) else encoded.dictionary_encode()
    whole = whole.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], pa.dictionary(pa.int32(), pa.string()))
    found = [str(name) for name in whole.dictionary.to_pylist()]
    names = sorted({*found, ""})
    rank = {name: index for index, name in enumerate(names)}
    place = np.array([*(rank[name] for name in found), rank[""]], np.int32)
    indices = whole.indices.fill_null(len(found)).to_numpy(zero_copy_only=False).astype(np.int32)
    return place[indices], tuple(names)


def _shared_codes(first: pa.ChunkedArray, second: pa.ChunkedArray) -> tuple[Codes, Codes, tuple[str, ...]]:
    """Codes of two columns by one alphabetical list of names."""
    first_codes, first_names = _codes(first)
    second_codes, second_names = _codes(second)
    names = tuple(sorted({*first_names, *second_names}))
    place = {name: index for index, name in enumerate(names)}
    first_place = np.array([place[name] for name in first_names], np.int32)
    second_place = np.array([place[name] for name in second_names], np.int32)
    return first_place[first_codes], second_place[second_codes], names


def _currency_codes(rows: pa.Table) -> tuple[Codes, tuple[str, ...]]:
    """Codes of all sold or paid currencies, then of all bought ones."""
    if "counter_currency" not in rows.column_names:
        codes, names = _codes(rows["currency"])
        return np.concatenate([codes, codes]), names
    paid, bought, names = _shared_codes(rows["currency"], rows["counter_currency"])
    return np.concatenate([paid, bought]), names


def _present(rows: pa.Table, name: str) -> NDArray[np.bool_]:
    if name not in rows.column_names:
        return np.zeros(rows.num_rows, np.bool_)
    column = rows[name].cast(pa.int64()).fill_null(0)
    return np.asarray(column.to_numpy() > 0)


def _bought(rows: pa.Table, traded: NDArray[np.intp]) -> Ints:
    if not len(traded):
        return np.zeros(0, np.int64)
    return _whole(rows["counter_amount_minor"].cast(pa.int64()).fill_null(0))[traded]


def _whole(column: pa.ChunkedArray) -> Ints:
    return np.asarray(column.cast(pa.int64()).to_numpy(), np.int64)


def _instants(column: pa.ChunkedArray) -> Ints:
    """Microseconds since 1970; NEVER where there is none."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz))
    return _whole(column.cast(pa.int64()).fill_null(NEVER))


def _index(names: tuple[str, ...], name: str) -> int:
    return names.index(name) if name in names else -1
