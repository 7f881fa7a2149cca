"""Outcomes: what the proposals of solvers came to, and what auctions decided.

A record of an offsetting, a clearing cycle or an auction says what was proposed. What
the engine made of it follows from the log; it is kept, because it could be had
again only by replaying. An auction's fills are kept with it, each by the entry of its order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from comity.engine.columns import RecordKind, unpack_arrays
from comity.engine.orders import CLEARED
from comity.engine.proposal import unpack_proposal

if TYPE_CHECKING:
    from comity.engine import Applied, Engine
    from comity.log.record import Entry

PROPOSALS = frozenset(
    {
        RecordKind.SETTLE_TOGETHER,
        RecordKind.CUT,
        RecordKind.DISCHARGE,
        RecordKind.PAY_OBLIGATIONS,
        RecordKind.OPEN_CALL,
        RecordKind.EXTEND_CALL,
        RecordKind.CLOSE_CALL,
        RecordKind.CLEAR_AUCTION,
    }
)
"""Kinds of records whose outcome is kept."""


class Fill(msgspec.Struct, frozen=True, array_like=True):
    """What an auction converted for one order."""

    entry_sequence: int
    entry_row: int
    """The order, by the record and row with which it entered."""
    pays: int
    """Account that sold."""
    gets: int
    """Account that bought; the payee's, if nothing was left for the owner."""
    sold: int
    """Minor units."""
    bought: int


class Outcome(msgspec.Struct, frozen=True):
    """What became of a record of an offsetting, a cycle or an auction."""

    sequence: int
    kind: int
    instant: int
    """Microseconds since 1970-01-01 UTC."""
    about: dict[str, object]
    """What the record says of itself."""
    number: int = 0
    """Of the auction; 0 if it is none, or did not begin."""
    refused: str = ""
    settled: int = 0
    """Instructions settled or discharged, orders taken into the book, or fills."""
    value: int = 0
    """Minor units discharged or paid; of an auction its score."""
    bound: int = -1
    prices: dict[str, int] = msgspec.field(default_factory=dict)
    """Of one minor unit of each currency, on the auction's own scale; of what it priced."""
    fills: tuple[Fill, ...] = ()


def outcome_of(sequence: int, entry: Entry, applied: Applied, engine: Engine) -> Outcome:
    """Return what became of a record of one of the `PROPOSALS`, which the engine has just applied."""
    kind = RecordKind(entry.kind)
    if kind is RecordKind.SETTLE_TOGETHER:
        about, _ = unpack_proposal(entry.body)
    else:
        about, _ = unpack_arrays(entry.body)
    number = 0
    if kind is RecordKind.CLOSE_CALL and not applied.refused:
        number = engine.auction
    elif kind is RecordKind.CLEAR_AUCTION:
        number = int(str(about["auction"]))
    prices: dict[str, int] = {}
    fills: tuple[Fill, ...] = ()
    if kind is RecordKind.CLEAR_AUCTION and about["status"] == CLEARED and not applied.refused:
        prices, fills = _trades(entry.body, engine)
    return Outcome(
        sequence,
        kind,
        entry.instant,
        about,
        number,
        applied.refused,
        applied.settled,
        applied.value,
        applied.bound,
        prices,
        fills,
    )


def _trades(body: bytes, engine: Engine) -> tuple[dict[str, int], tuple[Fill, ...]]:
    """Return the prices of the currencies that traded, and the fills, of a proposal that holds."""
    about, rest = unpack_arrays(body)
    codes, count = engine.accounts.currencies, int(str(about["orders"]))
    price = np.frombuffer(rest, "<i8", len(codes)).tolist()
    chosen = np.frombuffer(rest, "<i4", count, 16 * len(codes))
    sold = np.frombuffer(rest, "<i8", count, 16 * len(codes) + 4 * count).tolist()
    table = engine.table(engine.orders()["slot"][chosen])
    money = {code: index for index, code in enumerate(codes)}
    fills = []
    columns = (table[name].tolist() for name in ("entry_sequence", "entry_row", "debtor", "creditor"))
    for amount, sequence, row, pays, gets in zip(sold, *columns, strict=True):
        sells, buys = (money[engine.accounts.currency[account]] for account in (pays, gets))
        fills.append(Fill(sequence, row, pays, gets, amount, amount * price[sells] // price[buys]))
    traded = {engine.accounts.currency[account] for fill in fills for account in (fill.pays, fill.gets)}
    return {code: price[index] for code, index in money.items() if code in traded}, tuple(fills)
