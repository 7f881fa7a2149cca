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
    from numpy.typing import NDArray

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


FILL = np.dtype(
    [
        ("entry_sequence", "<i4"),  # the order, by the record and row with which it entered
        ("entry_row", "<i4"),
        ("pays", "<i4"),  # accounts
        ("gets", "<i4"),
        ("sold", "<i8"),  # minor units
        ("bought", "<i8"),
    ]
)
"""32 bytes: what an auction converted for one order."""


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


def outcome_of(
    sequence: int, entry: Entry, applied: Applied, engine: Engine
) -> tuple[Outcome, NDArray[np.void]]:
    """Return what became of a record of one of the `PROPOSALS`, which the engine has just applied, and FILL[n]."""
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
    fills = np.zeros(0, FILL)
    if kind is RecordKind.CLEAR_AUCTION and about["status"] == CLEARED and not applied.refused:
        prices, fills = _trades(entry.body, engine)
    outcome = Outcome(
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
    )
    return outcome, fills


def _trades(body: bytes, engine: Engine) -> tuple[dict[str, int], NDArray[np.void]]:
    """Return the prices of the currencies that traded, and the fills, of a proposal that holds."""
    about, rest = unpack_arrays(body)
    codes, count = engine.accounts.currencies, int(str(about["orders"]))
    price = np.frombuffer(rest, "<i8", len(codes)).tolist()
    chosen = np.frombuffer(rest, "<i4", count, 16 * len(codes))
    fills = np.zeros(count, FILL)
    fills["sold"] = np.frombuffer(rest, "<i8", count, 16 * len(codes) + 4 * count)
    table = engine.table(engine.orders()["slot"][chosen])
    fills["entry_sequence"], fills["entry_row"] = table["entry_sequence"], table["entry_row"]
    fills["pays"], fills["gets"] = table["debtor"], table["creditor"]
    of_account = [codes.index(currency) for currency in engine.accounts.currency]
    parties = zip(fills["sold"].tolist(), fills["pays"].tolist(), fills["gets"].tolist(), strict=True)
    bought = [sold * price[of_account[pays]] // price[of_account[gets]] for sold, pays, gets in parties]
    fills["bought"] = bought
    traded = {of_account[account] for name in ("pays", "gets") for account in np.unique(fills[name]).tolist()}
    return {codes[index]: price[index] for index in sorted(traded)}, fills
