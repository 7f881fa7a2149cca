"""Why an obligation stays after a set-off, and what would end it.

*What it would displace.* One more unit of it can be discharged if something owed
by its creditor comes back to its debtor: through obligations that have something
left, or by taking back what was discharged of others. The cheapest such way is a
shortest path in the residual graph, where the potentials make every step cost 0
or more. What it costs less what the obligation is worth is how many units fewer
the whole would discharge: 0 if the choice between them was free.

*What money would do.* What is left of all obligations goes round nowhere, else
it would have been discharged. So money that comes in passes each obligation once:
to end what is left of one, with nobody else worse off, takes as much money as is
left, in one account, never less. It need not be the debtor's: put in where a chain
of obligations begins that leads to the debtor, it ends all of them on its way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
import pyarrow.compute as pc

from comity.day.clearing import Clearing, CurrencyClearing
from comity.errors import Fault, InvalidRequest

_Graph = dict[int, dict[int, int]]
"""Amount from each place to each other."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why one obligation stays; amounts in minor units.

    Attributes
    ----------
    id, currency, debtor, creditor
        Of the obligation.
    amount, discharged
        What it was, and what ended of it.
    worth
        What the potentials say of discharging one unit: below 0 it is left in every best answer.
    loss
        Units fewer that would end in all for each unit of it that did; None if none can without money.
    displaced
        Debtor and creditor of what would be discharged less then.
    chain
        Who would pay whom in turn if what is left came as money to the first; empty if nothing is left.
    """

    id: str
    currency: str
    debtor: str
    creditor: str
    amount: int
    discharged: int
    worth: int
    loss: int | None
    displaced: tuple[tuple[str, str], ...]
    chain: tuple[str, ...]

    @property
    def injection_minor(self) -> int:
        """The least money that ends it with nobody else worse off."""
        return self.amount - self.discharged

    @property
    def released_minor(self) -> int:
        """What that money ends along the chain, this obligation included."""
        return self.injection_minor * max(0, len(self.chain) - 1)


def explain(cleared: Clearing, name: str) -> Why:
    """Say why the obligation with the id `name` stays, and what would end it.

    Raises
    ------
    InvalidRequest
        If there is no such obligation.
    """
    given = cleared.obligations
    row = pc.index(given.ids, name).as_py()
    if row < 0:
        raise InvalidRequest([Fault("", 0, "why", "the id of an obligation of the table", repr(name))])
    block = cleared.currencies[given.currencies[given.currency[row]]]
    index = {code: place for place, code in enumerate(block.participants)}
    debtor, creditor = (index[given.participants[side[row]]] for side in (given.debtor, given.creditor))
    discharged = int(block.discharged[np.searchsorted(block.rows, row)])
    left, ended = _graphs(cleared, block, index)
    need = int(given.amount[row]) - discharged
    if ended.get(debtor, {}).get(creditor, 0) == discharged:
        ended.get(debtor, {}).pop(
            creditor, None
        )  # to take itself back is no way; to take back others of the pair is one
    worth = _worth(block, debtor, creditor)
    path = _way_back(block, left, ended, creditor, debtor) if need else None
    places = block.participants
    return Why(
        id=name,
        currency=block.currency,
        debtor=places[debtor],
        creditor=places[creditor],
        amount=int(given.amount[row]),
        discharged=discharged,
        worth=worth,
        loss=None if path is None else path.cost - worth,
        displaced=() if path is None else tuple((places[one], places[other]) for one, other in path.displaced),
        chain=tuple(places[place] for place in _chain(left, debtor, creditor, need)) if need else (),
    )


def _graphs(cleared: Clearing, block: CurrencyClearing, index: dict[str, int]) -> tuple[_Graph, _Graph]:
    """Return what is left and what ended between each debtor and creditor."""
    given = cleared.obligations
    place = np.array([index.get(code, -1) for code in given.participants], np.int64)
    count = len(block.participants)
    pair = place[given.debtor[block.rows]] * count + place[given.creditor[block.rows]]
    pairs, which = np.unique(pair, return_inverse=True)
    graphs: list[_Graph] = []
    for amount in (given.amount[block.rows] - block.discharged, block.discharged):
        sums = np.zeros(len(pairs), np.int64)
        np.add.at(sums, which, amount)
        graph: _Graph = {}
        for key, total in zip(pairs[sums > 0].tolist(), sums[sums > 0].tolist(), strict=True):
            graph.setdefault(key // count, {})[key % count] = total
        graphs.append(graph)
    return graphs[0], graphs[1]


def _worth(block: CurrencyClearing, debtor: int, creditor: int) -> int:
    return 1 - int(block.potential[debtor]) + int(block.potential[creditor])


@dataclass(frozen=True, slots=True)
class _Path:
    """A way through the residual graph."""

    cost: int
    displaced: list[tuple[int, int]]
    """Debtor and creditor of every step that takes back."""


def _way_back(block: CurrencyClearing, left: _Graph, ended: _Graph, start: int, goal: int) -> _Path | None:
    """Find the cheapest way from `start` to `goal` by what is left, and against what ended."""
    against: dict[int, list[int]] = {}
    for debtor, creditors in ended.items():
        for creditor in creditors:
            against.setdefault(creditor, []).append(debtor)
    best = {start: 0}
    before: dict[int, tuple[int, bool]] = {}
    waiting = [(0, start)]
    while waiting:
        cost, place = heappop(waiting)
        if place == goal:
            return _Path(cost, list(_taken_back(before, start, goal)))
        if cost > best[place]:
            continue
        steps = [(other, -_worth(block, place, other), False) for other in left.get(place, ())]
        steps += [(other, _worth(block, other, place), True) for other in against.get(place, ())]
        for other, step, taken_back in steps:
            if other not in best or cost + step < best[other]:
                best[other], before[other] = cost + step, (place, taken_back)
                heappush(waiting, (cost + step, other))
    return None


def _taken_back(before: dict[int, tuple[int, bool]], start: int, goal: int) -> Iterator[tuple[int, int]]:
    at = goal
    while at != start:
        place, taken_back = before[at]
        if taken_back:
            yield at, place
        at = place


def _chain(left: _Graph, debtor: int, creditor: int, need: int) -> list[int]:
    """Return the longest chain through an obligation whose every pair has `need` left; what is left has no ring."""
    onward: dict[int, list[int]] = {}
    back: dict[int, list[int]] = {}
    for one, others in left.items():
        for other, amount in others.items():
            if amount >= need:
                onward.setdefault(one, []).append(other)
                back.setdefault(other, []).append(one)
    return [*reversed(_longest(back, debtor)), *_longest(onward, creditor)]


def _longest(steps: dict[int, list[int]], start: int) -> list[int]:
    """Return the longest way from `start`; of several the first by number. Without recursion: chains may be long."""
    length: dict[int, int] = {}
    pending = [start]
    while pending:
        place = pending[-1]
        unknown = [other for other in steps.get(place, ()) if other not in length]
        if unknown:
            pending.extend(unknown)
            continue
        length[place] = 1 + max((length[other] for other in steps.get(place, ())), default=0)
        pending.pop()
    way = [start]
    while following := steps.get(way[-1]):
        way.append(min(following, key=lambda other: (-length[other], other)))
    return way
