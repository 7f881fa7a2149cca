"""The problem of offsetting: what waits, what money and which limits there are.

An `OffsettingProblem` is a picture of all waiting items that may settle
together, taken at one instant. Solvers read it and propose which items to keep;
the engine verifies a proposal against its own state, never against a picture.

Items stand in queue order: (priority class, place). A set of items can settle
together if every account, constraint and bundle holds at the *end*, receipts
inside the set counted. With debits D_u, D_h, D_n of an account by fund class
and credits C:

    room' = room + C - D_u - D_h - D_n
    U' = U - min(U, D_u)        H' = H - min(H, D_h)
    D_u > 0 demands room' >= 0
    D_h > 0 demands room' - U' >= 0
    D_n > 0 demands room' - U' - H' >= 0

A class that pays nothing demands nothing, so a reservation that is not covered
stops only what it outranks.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BILATERAL = 0
"""A payer's limit against one creditor: space - out + in >= 0 if it binds anything of the payer."""
MULTILATERAL = 1
"""A payer's limit against all creditors without a bilateral one; the same rule."""
CORRIDOR = 2
"""A cap on what flows from one member to another, gross: space - out >= 0."""
HOLDING = 3
"""A cap on what one participant holds of a currency: space - in + out of the account >= 0."""


class OffsettingProblem(NamedTuple):
    """Arrays over n items, m accounts and k constraints; amounts in minor units.

    The sum of all waiting amounts of a currency, with every room and space,
    stays below 2^62.
    """

    slot: NDArray[np.int32]
    """n: the engine's slot of the instruction."""
    passed: NDArray[np.int32]
    """n: payments of its payer that entered later and settled in a pass; 0 where nobody asked for the count."""
    account: NDArray[np.int32]
    """n: account that pays."""
    creditor: NDArray[np.int32]
    """n: account that receives; of the same currency."""
    amount: NDArray[np.int64]
    """n: more than 0."""
    priority: NDArray[np.int8]
    """n: 0 urgent, 1 high, 2 normal."""
    fund: NDArray[np.int8]
    """n: class of money it draws on; always 2 for PvP legs and linked payments."""
    bundle: NDArray[np.int32]
    """n: items of one bundle (0 to b - 1) settle all or none; -1: on its own."""
    limit_out: NDArray[np.int32]
    """n: the payer's limit in which the item counts, -1: none."""
    limit_in: NDArray[np.int32]
    """n: the creditor's limit that the item relieves, -1: none."""
    binds: NDArray[np.bool_]
    """n: whether `limit_out` binds it, as it does normal payments; others only count in it."""
    cap_a: NDArray[np.int32]
    """n: corridor cap in which the item counts, -1: none."""
    cap_b: NDArray[np.int32]
    """n: second corridor cap, -1: none."""
    holding: NDArray[np.int32]
    """n: the creditor's holding cap, -1: none."""
    room: NDArray[np.int64]
    """m: balance + credit limit - blocked; an issuer's is very large."""
    urgent: NDArray[np.int64]
    """m: reservation U for urgent items, at least 0."""
    high: NDArray[np.int64]
    """m: reservation H for high items, at least 0."""
    currency: NDArray[np.int32]
    """m: index of the account's currency."""
    space: NDArray[np.int64]
    """k: limit less what is used."""
    kind: NDArray[np.int8]
    """k: BILATERAL, MULTILATERAL, CORRIDOR or HOLDING."""
