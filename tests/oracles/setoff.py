"""Set-off on plain lists: every circulation by trial, and cycles of worth until none is left.

Obligations are (debtor, creditor, amount, weight). With rooms, money is one
more participant, last: it lends each its room, at no worth, and takes back
without end.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

Obligation = tuple[int, int, int, int]


def with_money(obligations: list[Obligation], participants: int, room: list[int] | None) -> list[Obligation]:
    """Return the obligations and the arcs from and to money."""
    if room is None:
        return obligations
    wide = sum(amount for _, _, amount, _ in obligations)
    lent = [(participants, each, min(amount, wide), 0) for each, amount in enumerate(room)]
    return obligations + lent + [(each, participants, wide, 0) for each in range(participants)]


def circulations(obligations: list[Obligation], participants: int) -> Iterator[tuple[int, ...]]:
    """Yield every circulation."""
    for flow in product(*(range(amount + 1) for _, _, amount, _ in obligations)):
        balance = [0] * participants
        for (debtor, creditor, _, _), each in zip(obligations, flow, strict=True):
            balance[debtor] -= each
            balance[creditor] += each
        if not any(balance):
            yield flow


def best_by_trial(obligations: list[Obligation], participants: int) -> int:
    """Return the value of the best circulation, by trying all."""
    return max(value(obligations, flow) for flow in circulations(obligations, participants))


def value(obligations: list[Obligation], flow: tuple[int, ...] | list[int]) -> int:
    """Return the weighted sum of a flow."""
    return sum(weight * each for (_, _, _, weight), each in zip(obligations, flow, strict=True))


def best_by_cycles(obligations: list[Obligation], participants: int) -> list[int]:
    """Return a circulation of largest value: send more round a cycle of positive worth while there is one."""
    flow = [0] * len(obligations)
    while cycle := _worthy_cycle(obligations, flow, participants):
        most = min(obligations[e][2] - flow[e] if forth else flow[e] for e, forth in cycle)
        for e, forth in cycle:
            flow[e] += most if forth else -most
    return flow


def _worthy_cycle(obligations: list[Obligation], flow: list[int], participants: int) -> list[tuple[int, bool]]:
    """Return the steps of a cycle of positive worth, by Bellman and Ford; empty if there is none."""
    best = [0] * participants
    came: list[tuple[int, bool] | None] = [None] * participants
    last = -1
    for _ in range(participants):
        last = -1
        for e, (debtor, creditor, amount, weight) in enumerate(obligations):
            if flow[e] < amount and best[debtor] + weight > best[creditor]:
                best[creditor], came[creditor], last = best[debtor] + weight, (e, True), creditor
            if flow[e] > 0 and best[creditor] - weight > best[debtor]:
                best[debtor], came[debtor], last = best[creditor] - weight, (e, False), debtor
    if last < 0:
        return []
    for _ in range(participants):
        last = _before(obligations, came, last)
    steps, at = [], last
    while True:
        step = came[at]
        assert step is not None
        steps.append(step)
        at = _before(obligations, came, at)
        if at == last:
            return steps


def _before(obligations: list[Obligation], came: list[tuple[int, bool] | None], node: int) -> int:
    step = came[node]
    assert step is not None
    e, forth = step
    return obligations[e][0] if forth else obligations[e][1]


def shares(flow: int, amounts: list[int], order: list[int]) -> list[int]:
    """Split a flow over amounts in proportion, by largest remainder, then by order, then by place."""
    exact = [Fraction(amount * flow, sum(amounts)) for amount in amounts]
    whole = [int(share) for share in exact]
    first = sorted(range(len(amounts)), key=lambda i: (whole[i] - exact[i], order[i], i))
    for i in first[: flow - sum(whole)]:
        whole[i] += 1
    return whole


def bilateral(obligations: list[Obligation]) -> int:
    """Return what netting pair by pair discharges."""
    owed: dict[tuple[int, int], int] = {}
    for debtor, creditor, amount, _ in obligations:
        owed[debtor, creditor] = owed.get((debtor, creditor), 0) + amount
    return sum(min(amount, owed.get((creditor, debtor), 0)) for (debtor, creditor), amount in owed.items())
