"""What may become a record: what is in the log is in force, so it must be readable first.

An engine that could not read a record would stop there at every recovery. So the
shape of a body is checked before it is appended: that its parts fit together, that
it names accounts and rows that exist, that time does not fall. What a row or command
*asks for* is not looked at: that is for the engine to decide, in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.engine.clearing import examine
from comity.engine.columns import (
    FLAG_BY_BUYER,
    FLAG_BY_SELLER,
    FLAG_PRIORITY,
    INSTANT_MAX,
    OBLIGATION,
    ORDER,
    PAYMENT,
    PVP,
    RecordKind,
    read_json,
    unpack,
)
from comity.engine.orders import examine as examine_auction
from comity.engine.proposal import unpack_proposal
from comity.errors import Fault, InvalidRequest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from comity.engine import Engine

_FEW = 32
_PAYMENT_PARTIES = ("debtor", "creditor")
_BATCHES = {
    RecordKind.PAYMENTS: (PAYMENT, _PAYMENT_PARTIES),
    RecordKind.PVPS: (PVP, ("seller_pays", "buyer_gets", "buyer_pays", "seller_gets")),
    RecordKind.OBLIGATIONS: (OBLIGATION, _PAYMENT_PARTIES),
    RecordKind.ORDERS: (ORDER, ("pays", "gets")),
}
"""What a row of a batch is, and the columns that name its accounts."""


def admit(engine: Engine, kind: int, instant: int, body: bytes, earliest: int) -> int:
    """Check that `engine` can read a record; the instant at which it ends, microseconds since 1970-01-01 UTC.

    Parameters
    ----------
    earliest
        Instant at which the record before it ends.

    Raises
    ------
    InvalidRequest
        Says what cannot be read; nothing was appended.
    """
    if instant < earliest:
        raise _refusal("instant", f"{earliest} or later, when the record before it ends", str(instant))
    ends = instant + _span(engine, kind, body)
    if ends > INSTANT_MAX:
        raise _refusal("instant", f"up to {INSTANT_MAX}, microseconds", str(ends))
    return ends


def _span(engine: Engine, kind: int, body: bytes) -> int:
    """Microseconds from the first to the last event of a record; InvalidRequest if it cannot be read."""
    try:
        if kind in _BATCHES:
            return _last_offset(body, *_BATCHES[RecordKind(kind)], len(engine.accounts))
        match kind:
            case RecordKind.COMMANDS:
                if not isinstance(read_json(body), list):
                    raise _refusal("body", "a list of commands", repr(body[:40]))
            case RecordKind.CUT | RecordKind.DISCHARGE | RecordKind.PAY_OBLIGATIONS:
                examine(engine, kind, body)
            case RecordKind.OPEN_CALL | RecordKind.EXTEND_CALL | RecordKind.CLOSE_CALL | RecordKind.CLEAR_AUCTION:
                examine_auction(engine, kind, body)
            case RecordKind.SETTLE_TOGETHER:
                unpack_proposal(body)
            case RecordKind.TICK:
                if body:
                    raise _refusal("body", "nothing", f"{len(body)} bytes")
            case _:
                raise _refusal("kind", "a kind of record that follows a genesis", str(kind))
    except ValueError as error:
        raise _refusal("body", "what its kind demands", str(error)) from error
    return 0


def _last_offset(body: bytes, dtype: np.dtype[np.void], parties: tuple[str, ...], accounts: int) -> int:
    """Offset of the last row; InvalidRequest if a row names what is not there."""
    rows, sides, _ = unpack(body, dtype)
    if not len(rows):
        return 0
    bounds = dict.fromkeys(parties, accounts)
    if dtype is ORDER:
        bounds["payee"] = accounts + 1
    if "side" in (dtype.names or ()):
        bounds["side"] = len(sides)
    for column, bound in bounds.items():
        least, most = _extent(rows[column])
        if least < -1 or most >= bound:
            raise _refusal(column, f"-1 to {bound - 1} in every row", f"{least} to {most}")
    flags = rows["flags"]
    if dtype not in (OBLIGATION, ORDER) and (flags & FLAG_PRIORITY == FLAG_PRIORITY).any():
        raise _refusal("flags", "a priority of 0, 1 or 2 in every row", "3")
    if dtype is PVP and (flags & (FLAG_BY_SELLER | FLAG_BY_BUYER) == 0).any():
        raise _refusal("flags", "who entered it, in every row", "neither seller nor buyer")
    if len(sides) and max(int(sides["earliest"].max()), int(sides["latest"].max())) > INSTANT_MAX:
        raise _refusal("earliest or latest", f"instants up to {INSTANT_MAX} microseconds", "a later one")
    offsets = rows["offset"]
    if offsets[0] < 0 or (len(offsets) > 1 and (offsets[1:] < offsets[:-1]).any()):
        raise _refusal("offset", "offsets from 0 that never fall", "another order")
    return int(offsets[-1])


def _extent(column: NDArray[np.int32]) -> tuple[int, int]:
    """Least and greatest of `column`; a short one costs less as a list."""
    if len(column) > _FEW:
        return int(column.min()), int(column.max())
    values = column.tolist()
    return min(values), max(values)


def _refusal(column: str, expected: str, found: str) -> InvalidRequest:
    return InvalidRequest([Fault("record", 0, column, expected, found)])
