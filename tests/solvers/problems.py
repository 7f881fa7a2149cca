"""Problems of offsetting: written out as text, or drawn by chance."""

from collections.abc import Mapping

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from comity.engine.offsetting import BILATERAL, CORRIDOR, HOLDING, MULTILATERAL, OffsettingProblem

URGENT, HIGH, NORMAL = range(3)


def one_currency(balances: Mapping[str, int], queue: str) -> OffsettingProblem:
    """Return normal payments of one currency: `A>B 100, B>C 5` in queue order, each account named in `balances`."""
    names = list(balances)
    words = [payment.split() for payment in queue.split(", ")]
    pairs = [tuple(map(names.index, parties.split(">"))) for parties, _ in words]
    return problem(
        account=[payer for payer, _ in pairs],
        creditor=[payee for _, payee in pairs],
        amount=[int(amount) for _, amount in words],
        room=list(balances.values()),
    )


def problem(**columns: list[int]) -> OffsettingProblem:
    """Return a problem; columns not given: normal items without bundle or limit, no reservation, currency 0."""
    items, accounts, limits = len(columns["account"]), len(columns["room"]), len(columns.get("space", []))
    usual = {
        "slot": list(range(items)),
        "priority": [NORMAL] * items,
        "fund": [NORMAL] * items,
        "binds": [True] * items,
        "passed": [0] * items,
        "urgent": [0] * accounts,
        "high": [0] * accounts,
        "currency": [0] * accounts,
        "space": [],
        "kind": [BILATERAL] * limits,
    }
    types = {name: hint.__args__[1].__args__[0] for name, hint in OffsettingProblem.__annotations__.items()}
    filled = {name: columns.get(name, usual.get(name, [-1] * items)) for name in OffsettingProblem._fields}
    return OffsettingProblem(**{name: np.array(values, types[name]) for name, values in filled.items()})


@st.composite
def problems(
    draw: st.DrawFn, *, items_max: int = 12, bundles: bool = True, limits: bool = True, caps: bool = True
) -> OffsettingProblem:
    """Draw a problem of two currencies and two to four accounts in each."""
    accounts = draw(st.integers(2, 4))
    items = draw(st.integers(0, items_max))
    rng = np.random.Generator(np.random.PCG64(draw(st.integers(0, 2**32 - 1))))
    amounts_max = draw(st.sampled_from([2, 9, 10**17]))
    currency = np.repeat(np.arange(2, dtype=np.int32), accounts)
    payer = rng.integers(0, 2 * accounts, items)
    base = payer - payer % accounts
    payee = base + (payer % accounts + rng.integers(1, accounts, items)) % accounts
    priority = np.sort(rng.integers(0, 3, items))
    bundle = rng.integers(0, min(items, 3), items) if bundles and items else np.full(items, -1)
    alone = rng.random(items) < draw(st.sampled_from([0.4, 0.9]))
    bundle = np.where(alone, -1, bundle)
    space, kind, tied = _limits(rng, payer, payee, 2 * accounts, amounts_max, limits=limits, caps=caps)
    fund = np.where((bundle >= 0) | (rng.random(items) < 0.1), NORMAL, priority)
    reservation = amounts_max if draw(st.booleans()) else 0
    return OffsettingProblem(
        slot=rng.permutation(items).astype(np.int32),
        passed=np.where(rng.random(items) < 0.1, 100, 0).astype(np.int32),
        account=payer.astype(np.int32),
        creditor=payee.astype(np.int32),
        amount=rng.integers(1, amounts_max + 1, items),
        priority=priority.astype(np.int8),
        fund=fund.astype(np.int8),
        bundle=bundle.astype(np.int32),
        limit_out=tied[0],
        limit_in=tied[1],
        binds=rng.random(items) < draw(st.sampled_from([0.5, 1])),
        cap_a=tied[2],
        cap_b=tied[3],
        holding=tied[4],
        room=rng.integers(-(amounts_max // 2), draw(st.sampled_from([1, 4])) * amounts_max + 1, 2 * accounts),
        urgent=rng.integers(0, reservation + 1, 2 * accounts),
        high=rng.integers(0, reservation + 1, 2 * accounts),
        currency=currency,
        space=space,
        kind=kind,
    )


def _limits(
    rng: np.random.Generator,
    payer: NDArray[np.int64],
    payee: NDArray[np.int64],
    accounts: int,
    amounts_max: int,
    *,
    limits: bool,
    caps: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int8], list[NDArray[np.int32]]]:
    """Give every account a multilateral limit, one bilateral limit, a holding cap; every currency two corridor caps.

    Which of them an item counts in is drawn, consistently: never in another's limit.
    """
    favourite = (np.arange(accounts) + 1) % accounts
    kinds = [MULTILATERAL] * accounts + [BILATERAL] * accounts + [HOLDING] * accounts + [CORRIDOR] * 4
    space = rng.integers(-(amounts_max // 4) - 1, 3 * amounts_max, len(kinds))
    limited = rng.random(accounts) < 0.5 * limits
    capped = rng.random(accounts) < 0.5 * caps
    none = np.full(len(payer), -1)

    def limit_of(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.where(limited[one], np.where(favourite[one] == other, accounts + one, one), -1)

    corridor = 3 * accounts + 2 * (payer >= accounts // 2)
    tied = [
        limit_of(payer, payee),
        limit_of(payee, payer),
        np.where(rng.random(len(payer)) < 0.5 * caps, corridor, none),
        np.where(rng.random(len(payer)) < 0.3 * caps, corridor + 1, none),
        np.where(capped[payee], 2 * accounts + payee, none),
    ]
    return space, np.array(kinds, np.int8), [column.astype(np.int32) for column in tied]
