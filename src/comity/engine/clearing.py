"""Clearing: the cut of a cycle, and the proposals that discharge and pay what stands in it.

A cycle is made of records. CUT takes in the obligations that are due and that
nothing blocks; from then on they cannot be withdrawn. DISCHARGE, per currency,
proposes a set-off. PAY_OBLIGATIONS proposes which of the rest are paid, in one
of two modes, and ends the cycle in its currencies: what it leaves is carried.

- *existing*: each is paid in full, from debtor to creditor.
- *ccp*: the clearing account steps into all of them, and one net per account is paid.

A body is the size of its JSON as int32, the JSON, and the arrays that the JSON counts.
"""

import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels.admission import set_state
from comity.engine.kernels.clearing import (
    BEYOND,
    FITS,
    NOT_IN_CUT,
    NOT_OPTIMAL,
    TWICE,
    UNBALANCED,
    UNKNOWN,
    apply_set_off,
    examine_set_off,
    judge_each,
    judge_net,
    novate,
    pay_each,
    pay_net,
)
from comity.engine.kernels.layout import (
    AMOUNT,
    BALANCE,
    BLOCKED,
    CORRIDORS,
    CUR_PHASE,
    CUR_STATE,
    CURRENCIES,
    CURRENCY_RUN_OFF,
    FLAGS,
    HIGH,
    HOLD_IN,
    HOLD_IN_ISSUER,
    HOLD_OUT,
    HOLD_OUT_ISSUER,
    IS_CLOSED,
    LIMIT,
    MEMBERS,
    O_CARRIED,
    O_CUT,
    O_DUE,
    O_ENTERED,
    O_LINK_HI,
    O_LINK_LO,
    O_SLOT,
    OBLIGATIONS,
    OWNER,
    PARTIES,
    SERVICE_CLEARING,
    SERVICES,
    SPACE_KIND,
    STATUS,
    TODAY,
    URGENT,
)
from comity.engine.kernels.release import release
from comity.engine.kernels.state import Int32s, Int64s
from comity.engine.offsetting import OffsettingProblem
from comity.engine.picture import holding_caps, space_of
from comity.engine.proposal import verdict_text
from comity.engine.words import LOW_20, LOW_32
from comity.model.reason import Phase, State

if TYPE_CHECKING:
    from comity.engine.core import Engine

MODES = ("existing", "ccp")
_INT32 = 4
_WHY = {
    UNKNOWN: "an obligation is not in the cut of this cycle and currency",
    TWICE: "an obligation stands in it twice, or not in order",
    BEYOND: "more than is owed, or nothing, would be discharged",
    UNBALANCED: "some participant would give up more or less in claims than in debts",
    NOT_OPTIMAL: "its potentials do not prove that no set-off is larger",
}


class Cut(NamedTuple):
    """What stands in the cut of a cycle in one currency, in order of entry; n obligations."""

    cycle: int
    obligation: Int32s
    """n: index by which proposals name it."""
    debtor: Int32s
    """n: account."""
    creditor: Int32s
    amount: Int64s
    """n: still owed, minor units."""
    due: Int32s
    """n: business date, days since 1970-01-01."""


class Outcome(NamedTuple):
    """What a record of a cycle did."""

    count: int = 0
    """Obligations taken into the cut, discharged in full or in part, or paid."""
    value: int = 0
    """Minor units discharged."""
    bound: int = -1
    """No set-off is larger; -1: not claimed."""
    refused: str = ""


def pack(about: dict[str, object], *arrays: NDArray[np.generic]) -> bytes:
    """Body of a record of a cycle."""
    text = json.dumps(about, sort_keys=True).encode()
    return b"".join((np.array([len(text)], "<i4").tobytes(), text, *(array.tobytes() for array in arrays)))


def _unpack(body: bytes | memoryview) -> tuple[dict[str, object], memoryview]:
    size = int(np.frombuffer(body, "<i4", 1)[0]) if len(body) >= _INT32 else -1
    if size < 0 or len(body) < _INT32 + size:
        raise ValueError(f"a body of {len(body)} bytes does not hold {size} bytes of JSON")
    about = json.loads(bytes(body[_INT32 : _INT32 + size]))
    if not isinstance(about, dict):
        raise ValueError("a cycle's record begins with a JSON object")  # noqa: TRY004 - a body that does not fit
    return about, memoryview(body)[_INT32 + size :]


def pack_discharge(
    cut: Cut, currency: str, amount: Int64s, potential: tuple[Int32s, Int64s] | None, proposer: str
) -> bytes:
    """Body of a DISCHARGE record.

    Parameters
    ----------
    amount : int64[n]
        To discharge of each obligation in `cut`, 0 or more.
    potential
        Accounts and their potentials, which prove that no set-off is larger; None: no such claim.
    """
    some = np.flatnonzero(amount)
    accounts, values = potential if potential is not None else (np.zeros(0, np.int32), np.zeros(0, np.int64))
    about: dict[str, object] = {
        "cycle": cut.cycle,
        "currency": currency,
        "proposer": proposer,
        "certified": potential is not None,
        "obligations": len(some),
        "accounts": len(accounts),
    }
    chosen = cut.obligation[some].astype("<i4")
    return pack(about, chosen, amount[some].astype("<i8"), accounts.astype("<i4"), values.astype("<i8"))
