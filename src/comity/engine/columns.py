"""The bodies of log records: columns that the engine reads without copying.

A body is what a record carries besides its header: inputs only, never results.
All numbers are little-endian. `PAYMENTS` and `PVPS` hold aligned rows, so that
a batch is one `numpy.frombuffer`; everything rarer is JSON.

Accounts are dense indexes, see `comity.engine.accounts`. An account that the sender
names but that does not exist is -1. Instants are microseconds since 1970-01-01
UTC; a row's instant is the record's plus its `offset`, and offsets never fall
within a record. Amounts are minor units.
"""

import json
from collections.abc import Iterable
from enum import IntEnum

import numpy as np

INSTANT_MAX = 1 << 60
"""Latest instant of a record, and that an instruction may name: timers keep two bits beside it."""


class RecordKind(IntEnum):
    """What the body of a record holds."""

    GENESIS = 1
    """JSON of `comity.model.union.Genesis`."""
    PAYMENTS = 2
    """A batch of payments: see `PAYMENT`."""
    PVPS = 3
    """A batch of PvP entries: see `PVP`."""
    COMMANDS = 4
    """JSON list of commands, all at the record's instant: see `comity.model.command`."""
    SETTLE_TOGETHER = 5
    """A proposal: JSON {rule, proposer, bound_minor} and int32 slots."""
    TICK = 6
    """Time passes; the body is empty. Also sent to go on with pending releases."""
    OBLIGATIONS = 7
    """A batch of obligations: see `OBLIGATION`."""
    CUT = 8
    """A clearing cycle begins: see `comity.engine.clearing`."""
    DISCHARGE = 9
    """A proposed set-off of the present cycle in one currency."""
    PAY_OBLIGATIONS = 10
    """A proposed settlement of what the set-off left; with it the cycle ends in its currencies."""
    ORDERS = 11
    """A batch of conversion orders: see `ORDER`."""
    CLOSE_CALL = 12
    """The call of an auction closes: see `comity.engine.orders`."""
    CLEAR_AUCTION = 13
    """Proposed prices and fills, or that nothing trades; what holds ends the auction."""
    OPEN_CALL = 14
    """The call of an auction opens, with the commitment to when it will close."""
    EXTEND_CALL = 15
    """The open call is extended."""


PAYMENT = np.dtype(
    [
        ("uetr", "<i8", 2),  # 0, 0: none
        ("key", "<i8", 2),  # hash of (instructing participant, id), see kernels.identity
        ("amount", "<i8"),
        ("debtor", "<i4"),  # account index, -1 unknown
        ("creditor", "<i4"),
        ("offset", "<i4"),  # microseconds after the record's instant, >= 0
        ("flags", "<i4"),  # see FLAG_*
        ("text", "<i4"),  # offset into the text block of this row's text, -1 none
        ("side", "<i4"),  # index of a SIDE row, -1 none: today, no instants, no link
    ]
)
"""64 bytes. Text of a row: id, then purpose, each closed by NUL."""

FLAG_PRIORITY = 0b11  # comity.model.reason.Priority
FLAG_INTERBANK = 0b100  # kind interbank; otherwise customer
FLAG_SCREEN = 0b1000  # held until screening decides (command `release` or `refuse`)
FLAG_BY_SELLER = 0b1_0000  # PvP entered by the seller
FLAG_BY_BUYER = 0b10_0000  # PvP entered by the buyer; both flags: entered once, signed by both

SIDE = np.dtype(
    [
        ("link", "<i8", 2),  # hash of the link's name, 0, 0: none
        ("earliest", "<i8"),  # instant, 0 none
        ("latest", "<i8"),  # instant, 0 none
        ("date", "<i4"),  # business date as days since 1970-01-01, 0: the day's
        ("link_size", "<i4"),  # 2..64, 0 none
    ]
)

PVP = np.dtype(
    [
        ("uetr", "<i8", 2),
        ("key", "<i8", 2),
        ("reference", "<i8", 2),  # hash of the reference, 0, 0: none
        ("sell_amount", "<i8"),
        ("buy_amount", "<i8"),
        ("seller_pays", "<i4"),  # seller's account in the sold currency
        ("buyer_gets", "<i4"),  # buyer's account in the sold currency
        ("buyer_pays", "<i4"),  # buyer's account in the bought currency
        ("seller_gets", "<i4"),  # seller's account in the bought currency
        ("offset", "<i4"),
        ("flags", "<i4"),
        ("text", "<i4"),
        ("side", "<i4"),
    ]
)
"""96 bytes."""

OBLIGATION = np.dtype(
    [
        ("uetr", "<i8", 2),
        ("key", "<i8", 2),
        ("amount", "<i8"),
        ("debtor", "<i4"),
        ("creditor", "<i4"),
        ("offset", "<i4"),
        ("flags", "<i4"),
        ("text", "<i4"),
        ("due", "<i4"),  # business date as days since 1970-01-01
        ("link", "<i8", 2),  # hash of the name of what ties it to others, 0, 0: nothing
    ]
)
"""80 bytes. Text of a row: id, then reference, each closed by NUL."""

ORDER = np.dtype(
    [
        ("uetr", "<i8", 2),
        ("key", "<i8", 2),
        ("amount", "<i8"),
        ("pays", "<i4"),  # account of what is sold
        ("gets", "<i4"),  # account, of the same participant, of what is bought
        ("offset", "<i4"),
        ("flags", "<i4"),
        ("text", "<i4"),
        ("until", "<i4"),  # business date as days since 1970-01-01, 0: good for one auction
        ("numerator", "<i8"),  # limit: minor units bought, per ...
        ("denominator", "<i8"),  # ... so many minor units sold
        ("least", "<i8"),  # minimum fill, minor units sold, 0 none
        ("payee", "<i4"),  # account that is paid with what is bought, plus one; 0 none, -1 unknown
        ("pad", "<i4"),
        ("target", "<i8"),  # minor units bought that the payee gets, 0 all; the rest goes to `gets`
    ]
)
"""104 bytes. Text of a row: id, then nothing, each closed by NUL."""

RESULT = np.dtype([("slot", "<i4"), ("state", "i1"), ("reason", "i1"), ("repeated", "i1"), ("pad", "i1")])
"""Answer to one row: the slot of its instruction (-1 none), State, Reason, whether the id was known."""

_INT32 = 4
_NESTING_MAX = 6
_HEAD = np.dtype([("rows", "<i4"), ("sides", "<i4"), ("text", "<i4"), ("pad", "<i4")])


def read_json(body: bytes | memoryview) -> object:
    """Read the JSON of a record; ValueError if it is none, or nested deeper than any record is.

    The bound lies far below what any stack holds: what one process admits, every other can replay.
    """
    try:
        plain: object = json.loads(bytes(body))
    except RecursionError:
        raise ValueError("its JSON is nested too deeply") from None
    level = [plain]
    for _ in range(_NESTING_MAX):
        level = [inner for value in level for inner in _inside(value)]
    if level:
        raise ValueError("its JSON is nested too deeply")
    return plain


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def pack_arrays(about: dict[str, object], *arrays: np.ndarray) -> bytes:
    """Join the size of a JSON object, the object, and arrays into a body."""
    text = json.dumps(about, sort_keys=True).encode()
    return b"".join((np.array([len(text)], "<i4").tobytes(), text, *(array.tobytes() for array in arrays)))


def unpack_arrays(body: bytes | memoryview) -> tuple[dict[str, object], memoryview]:
    """Return the JSON object of a body and what follows it; ValueError if it does not fit together."""
    size = int(np.frombuffer(body, "<i4", 1)[0]) if len(body) >= _INT32 else -1
    if size < 0 or len(body) < _INT32 + size:
        raise ValueError(f"a body of {len(body)} bytes does not hold {size} bytes of JSON")
    about = read_json(body[_INT32 : _INT32 + size])
    if not isinstance(about, dict):
        raise ValueError("the record begins with a JSON object")  # noqa: TRY004 - a body that does not fit
    return about, memoryview(body)[_INT32 + size :]


def pack(rows: np.ndarray, sides: np.ndarray, text: bytes) -> bytes:
    """Join `rows` (PAYMENT or PVP), `sides` (SIDE) and `text` into a body."""
    head = np.array([(len(rows), len(sides), len(text), 0)], _HEAD)
    return b"".join((head.tobytes(), rows.tobytes(), sides.tobytes(), text))


def unpack(body: bytes | memoryview, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray, memoryview]:
    """Split a body into views of its rows, sides and text; ValueError if it does not fit together."""
    if len(body) < _HEAD.itemsize:
        raise ValueError(f"body of {len(body)} bytes is shorter than its head")
    head = np.frombuffer(body, _HEAD, 1)[0]
    rows, sides, text = int(head["rows"]), int(head["sides"]), int(head["text"])
    first = _HEAD.itemsize
    second = first + rows * dtype.itemsize
    third = second + sides * SIDE.itemsize
    if min(rows, sides, text) < 0 or third + text != len(body):
        raise ValueError(f"body of {len(body)} bytes does not hold {rows} rows, {sides} sides, {text} of text")
    view = memoryview(body)
    return (
        np.frombuffer(body, dtype, rows, first),
        np.frombuffer(body, SIDE, sides, second),
        view[third:],
    )
