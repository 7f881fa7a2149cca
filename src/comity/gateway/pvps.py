"""Payment versus payment as its sides write it, and as rows of a record."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from comity.engine.columns import FLAG_BY_BUYER, FLAG_BY_SELLER, PVP, RecordKind
from comity.gateway.batch import Batch
from comity.gateway.fields import PRIORITIES, Fields

if TYPE_CHECKING:
    from comity.gateway.directory import Directory
    from comity.wire.instructions import Pvp

_ROW = struct.Struct("<8qiiiiiiii")
_BY = {"seller": FLAG_BY_SELLER, "buyer": FLAG_BY_BUYER, "both": FLAG_BY_SELLER | FLAG_BY_BUYER}
assert _ROW.size == PVP.itemsize


def pvp_batch(pvp: Pvp, directory: Directory, party: str) -> Batch:
    """Return one side's entry of a PvP, or both sides' in one, as a batch; its id is that of the party that enters it.

    Raises
    ------
    InvalidRequest
        With every field that names nothing in this union, or cannot be read.
    """
    fields = Fields(directory)
    sold, bought = pvp.sell_currency, pvp.buy_currency
    accounts = (
        fields.account(pvp.seller, sold, "seller"),
        fields.account(pvp.buyer, sold, "buyer"),
        fields.account(pvp.buyer, bought, "buyer"),
        fields.account(pvp.seller, bought, "seller"),
    )
    sell = fields.amount(pvp.sell_amount, fields.currency(sold, "sell_currency"), "sell_amount")
    buy = fields.amount(pvp.buy_amount, fields.currency(bought, "buy_currency"), "buy_amount")
    side = fields.side(pvp.date, pvp.earliest, pvp.latest)
    fields.check()
    flags = PRIORITIES[pvp.priority] | _BY[pvp.entered_by]
    row = _ROW.pack(0, 0, 0, 0, *fields.name(pvp.reference), sell, buy, *accounts, 0, flags, 0, 0 if side else -1)
    return Batch(RecordKind.PVPS, 1, row, f"{pvp.id}\0\0".encode(), side, (directory.participants[party],))


def sides_of(pvp: Pvp) -> tuple[str, ...]:
    """Return the participants for whom a PvP is entered: each of them has to agree."""
    return {"seller": (pvp.seller,), "buyer": (pvp.buyer,), "both": (pvp.seller, pvp.buyer)}[pvp.entered_by]
