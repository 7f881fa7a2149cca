"""Conversion orders as their owners write them, as rows of a record, and as they stand."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from msgspec import UNSET, UnsetType

from comity.engine.columns import ORDER, RecordKind
from comity.gateway.batch import Batch
from comity.gateway.fields import Fields
from comity.gateway.instructions import why
from comity.model.instant import date_of
from comity.model.reason import State
from comity.wire.instructions import OrderStanding

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from comity.gateway.directory import Directory
    from comity.gateway.entries import Entries
    from comity.node import Node
    from comity.wire.instructions import Order

_ROW = struct.Struct("<5q6i3qiiq")
assert _ROW.size == ORDER.itemsize


def order_batch(order: Order, directory: Directory) -> Batch:
    """Return one order as a batch; one with a creditor fills as a whole, and pays it.

    Raises
    ------
    InvalidRequest
        With every field that names nothing in this union, or cannot be read.
    """
    fields = Fields(directory)
    pays = fields.account(order.participant, order.sell, "participant")
    exponents = fields.currency(order.buy, "buy"), fields.currency(order.sell, "sell")
    amount = fields.amount(order.amount, exponents[1], "amount")
    least = _optional(fields, order.min_fill, exponents[1], "min_fill")
    target = _optional(fields, order.target, exponents[0], "target")
    payee = 0
    if order.creditor is not UNSET:
        payee = fields.account(str(order.creditor), order.buy, "creditor") + 1
        least = amount if order.min_fill is UNSET else least
    if order.target is not UNSET and target <= 0:
        fields.fault("target", "an amount above 0, or nothing", repr(order.target))
    if order.target is not UNSET and not payee:
        fields.fault("target", "a creditor beside it", "none")
    gets = directory.accounts.get((order.participant, order.buy), -1)
    if gets < 0 and (order.creditor is UNSET or target):
        fields.account(order.participant, order.buy, "participant")
    limit = fields.ratio(order.limit, exponents, "limit")
    until = fields.date(order.until, "until")
    fields.check()
    gets = gets if gets >= 0 else payee - 1
    row = _ROW.pack(0, 0, 0, 0, amount, pays, gets, 0, 0, 0, until, *limit, least, payee, 0, target)
    owner = (directory.participants[order.participant],)
    return Batch(RecordKind.ORDERS, 1, row, f"{order.id}\0\0".encode(), b"", owner)


def _optional(fields: Fields, text: str | UnsetType, exponent: int, column: str) -> int:
    return 0 if text is UNSET else fields.amount(str(text), exponent, column)


class OrderRows(NamedTuple):
    """Orders, n of them, as columns of the engine."""

    columns: dict[str, NDArray[np.generic]]
    table: dict[str, NDArray[np.generic]]


def open_orders(node: Node, accounts: Collection[int], only: tuple[str, str] | None = None) -> OrderRows:
    """Return the orders that pay from these accounts and are open or ended since the day began.

    Parameters
    ----------
    only
        Participant and id: of these one alone, or none.
    """
    node.flush()
    engine = node.engine
    columns = engine.orders()
    table = engine.table(columns["slot"].astype(np.int64))
    own = np.isin(table["debtor"], list(accounts))
    if only is not None:
        slot = engine.find(*only) if only[0] in engine.accounts.participants else -1
        own &= columns["slot"] == slot
    return OrderRows(
        {name: column[own] for name, column in columns.items()}, {name: column[own] for name, column in table.items()}
    )


def orders_told(rows: OrderRows, directory: Directory, texts: Entries) -> list[OrderStanding]:
    """Put orders into words; reads the log for ids, so not in a thread that serves."""
    columns = {name: column.tolist() for name, column in (rows.table | rows.columns).items()}
    entries = list(zip(columns["entry_sequence"], columns["entry_row"], strict=True))
    told = []
    for index, (words, (sequence, row)) in enumerate(zip(texts.find(entries), entries, strict=True)):
        one = {name: column[index] for name, column in columns.items()}
        pays, gets, payee = one["debtor"], one["creditor"], one["payee"]
        sell, buy = directory.currency[pays], directory.currency[gets]
        limit = Fraction(
            one["numerator"] * 10 ** directory.exponents[sell], one["denominator"] * 10 ** directory.exponents[buy]
        )
        told.append(
            OrderStanding(
                words.id,
                directory.owner[pays],
                sell,
                buy,
                State(one["state"]).name,
                directory.format(one["entered"], pays),
                directory.format(one["left"], pays),
                directory.format(one["sold"], pays),
                directory.format(one["bought"], gets),
                directory.format(one["blocked"], pays),
                f"{limit.numerator}/{limit.denominator}",
                sequence,
                row,
                min_fill=directory.format(one["least"], pays) if one["least"] else "",
                until=date_of(one["until"]).isoformat() if one["until"] else "",
                creditor=directory.owner[payee] if payee >= 0 else "",
                target=directory.format(one["target"], gets) if one["target"] else "",
                reason=why(one["reason"]),
                in_auction=one["book"],
            )
        )
    return told
