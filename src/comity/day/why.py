"""Why an obligation stays after a set-off, and what would end it.

*What it would displace.* One more unit of it can be discharged if something owed
by its creditor comes back to its debtor: through obligations that have something
left, or by taking back what was discharged of others. The cheapest such way is a
shortest path in the residual graph, where the potentials make every step cost 0
or more. What it costs less what the obligation is worth is how many units fewer
the whole would discharge: 0 if the choice between them was free. A way lets only
so much through; what stays beyond it goes the next cheapest way, which costs as
much or more, and what no way lets through is left to money.

*What money would do.* What is left of all obligations goes round nowhere, else
it would have been discharged. So money that comes in passes each obligation once:
to end what is left of one, with nobody else worse off, takes as much money as is
left, in one account, never less. It need not be the debtor's: put in where a chain
of obligations begins that leads to the debtor, it ends all of them on its way.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from heapq import heappop, heappush

import numpy as np
import pyarrow.compute as pc

from comity.day.clearing import Clearing, CurrencyClearing
from comity.errors import Fault, InvalidRequest

_Graph = dict[int, dict[int, int]]
"""Amount from each place to each other."""
_Step = tuple[int, int, bool]
"""From, to, and whether it takes back what ended from the second to the first."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what stays, every unit of it for the same reason.

    Attributes
    ----------
    amount_minor
        How much of it, minor units.
    loss
        Units fewer that would end in all for each unit of it that did; None if none can without money.
    displaced
        Debtor and creditor of what would be discharged less then.
    """

    amount_minor: int
    loss: int | None
    displaced: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Why:
    """Why one obligation stays.

    Attributes
    ----------
    id, currency, debtor, creditor
        Of the obligation.
    amount_minor, discharged_minor
        What it was, and what ended of it, minor units.
    worth
        What the potentials say of discharging one unit: below 0 it is left in every best answer.
    rest
        What stays, in the order in which it would cost least to discharge it; empty if nothing does.
    chain
        Who would pay whom in turn if what is left came as money to the first; empty if nothing is left.
    """

    id: str
    currency: str
    debtor: str
    creditor: str
    amount_minor: int
    discharged_minor: int
    worth: int
    rest: tuple[Part, ...]
    chain: tuple[str, ...]

    @property
    def injection_minor(self) -> int:
        """The least money that ends it with nobody else worse off."""
        return self.amount_minor - self.discharged_minor

    @property
    def released_minor(self) -> int:
        """What that money ends along the chain, this obligation included."""
        return self.injection_minor * max(0, len(self.chain) - 1)

    def plain(self) -> dict[str, object]:
        """Return the block `why` of the JSON."""
        return {**asdict(self), "injection_minor": self.injection_minor, "released_minor": self.released_minor}


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
    places = block.participants
    chain = _chain(left, debtor, creditor, need) if need else []
    return Why(
        id=name,
        currency=block.currency,
        debtor=places[debtor],
        creditor=places[creditor],
        amount_minor=int(given.amount[row]),
        discharged_minor=discharged,
        worth=_worth(block, debtor, creditor),
        rest=tuple(_parts(block, _Residual(block, left, ended), (debtor, creditor), (need, discharged))),
        chain=tuple(places[place] for place in chain),
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


class _Residual:
    """What can still be discharged and taken back, and prices at which no step costs less than 0.

    Both change on the way. A step goes from a debtor to a creditor of whom something
    is left, or from a creditor to a debtor of whom something ended, to take it back.
    """

    def __init__(self, block: CurrencyClearing, left: _Graph, ended: _Graph) -> None:
        self._block = block
        self._left = {one: dict(others) for one, others in left.items()}
        self._ended: _Graph = {}
        for debtor, creditors in ended.items():
            for creditor, amount in creditors.items():
                self._ended.setdefault(creditor, {})[debtor] = amount
        self._price: dict[int, int] = {}
        self._floor = 0
        """Price of every place that no search has reached."""

    def withhold(self, debtor: int, creditor: int, amount: int) -> None:
        """Let nobody take back so much of what ended between two."""
        _change(self._ended, creditor, debtor, -amount)

    def cheapest(self, start: int, goal: int) -> tuple[int, list[_Step]] | None:
        """Find the cheapest way by Dijkstra's search, and what a unit on it costs; the steps from `goal` back."""
        best = {start: 0}
        before: dict[int, _Step] = {}
        waiting = [(0, start)]
        while waiting:
            cost, place = heappop(waiting)
            if place == goal:
                self._reprice(best, cost)
                return self._at(goal) - self._at(start), list(_back(before, start, goal))
            if cost > best[place]:
                continue
            for step, length in self._steps(place):
                other = step[1]
                if other not in best or cost + length < best[other]:
                    best[other], before[other] = cost + length, step
                    heappush(waiting, (cost + length, other))
        return None

    def push(self, steps: list[_Step], most: int) -> int:
        """Discharge and take back along a way as much as it lets through, `most` at most; return how much."""
        amount = min([most, *((self._ended if back else self._left)[one][other] for one, other, back in steps)])
        for one, other, back in steps:
            _change(self._ended if back else self._left, one, other, -amount)
            _change(self._left if back else self._ended, other, one, amount)
        return amount

    def _steps(self, place: int) -> Iterator[tuple[_Step, int]]:
        """Yield the steps from a place with what they cost at the present prices, 0 or more."""
        for other in self._left.get(place, ()):
            yield (place, other, False), self._at(place) - self._at(other) - _worth(self._block, place, other)
        for other in self._ended.get(place, ()):
            yield (place, other, True), self._at(place) - self._at(other) + _worth(self._block, other, place)

    def _at(self, place: int) -> int:
        return self._price.get(place, self._floor)

    def _reprice(self, best: dict[int, int], most: int) -> None:
        """Add the cost of reaching each place, `most` at most, so that what is pushed can be taken back at 0."""
        for place in best.keys() | self._price.keys():
            self._price[place] = self._at(place) + min(best.get(place, most), most)
        self._floor += most


def _change(graph: _Graph, one: int, other: int, amount: int) -> None:
    """Add to the amount from one place to another; 0 is no entry."""
    others = graph.setdefault(one, {})
    others[other] = others.get(other, 0) + amount
    if not others[other]:
        del others[other]


def _back(before: dict[int, _Step], start: int, goal: int) -> Iterator[_Step]:
    at = goal
    while at != start:
        yield before[at]
        at = before[at][0]


def _parts(
    block: CurrencyClearing, residual: _Residual, pair: tuple[int, int], amounts: tuple[int, int]
) -> Iterator[Part]:
    """Divide what stays of an obligation by what it would cost to discharge it, the cheapest first.

    `pair` is its debtor and creditor, `amounts` what stays and what ended of it. To take itself back is no
    way for it; to take back others of its pair is one.
    """
    (debtor, creditor), (need, discharged) = pair, amounts
    residual.withhold(debtor, creditor, discharged)
    places, worth = block.participants, _worth(block, debtor, creditor)
    loss, amount = 0, 0
    displaced: dict[tuple[int, int], int] = {}
    while need:
        way = residual.cheapest(creditor, debtor)
        if amount and (way is None or way[0] - worth != loss):
            yield Part(amount, loss, _named(places, displaced))
            amount, displaced = 0, {}
        if way is None:
            yield Part(need, None, ())
            return
        loss = way[0] - worth
        pushed = residual.push(way[1], need)
        for one, other, back in way[1]:
            taken = (other, one) if back else (one, other)
            displaced[taken] = displaced.get(taken, 0) + (pushed if back else -pushed)
        amount, need = amount + pushed, need - pushed
    if amount:
        yield Part(amount, loss, _named(places, displaced))


def _named(places: tuple[str, ...], displaced: dict[tuple[int, int], int]) -> tuple[tuple[str, str], ...]:
    """Name debtor and creditor of what is discharged less."""
    return tuple((places[one], places[other]) for (one, other), taken in displaced.items() if taken > 0)


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
