"""From prices in floating point to whole-numbered ones: the exact solution of the active set.

An order that fills in part pins the ratio of two prices to its limit. Currencies
tied together by such orders (one tree of them per group) move as one; the
levels of groups solve the linear balance of what fills in full. The balance is
solved to 256 bits by iterative refinement with exact residuals, and its ratios
are tried as fractions of small numbers: if these balance exactly, prices are
exact. Else prices are rounded to 62 bits, along each tree in the direction in
which the order that pins a ratio still may fill.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.auction import PRICE_MAX, PRICE_MIN, Book
from comity.solvers.auction.curves import Market
from comity.solvers.auction.pricing import Point
from comity.solvers.kernels.auction import supply

BITS = 256
"""Of a balance that is solved without being exact."""
REFINEMENTS = 24
FINE = 1 << 30
"""A whole factor from here on is as good as a fraction."""
SPARE = 1 << 20
"""Room below the largest price, so that rounding up along a tree never passes it."""


class Block(NamedTuple):
    """Currencies whose relative prices are determined."""

    currencies: list[int]
    """As the market numbers them."""
    price: list[int]
    """In lowest terms if exact; else scaled to the largest there is."""
    pins: tuple["Pin", ...] = ()
    """What ties them."""

    def scaled(self, factor: Fraction) -> list[int]:
        """Return whole prices that are about `factor` times as large, at most `PRICE_MAX`, in ratios that hold."""
        whole = int(factor)
        if whole >= FINE or whole == factor:
            return [each * whole for each in self.price]
        return _rounded([each * factor for each in self.price], self.currencies, self.pins)


class Pin(NamedTuple):
    """An order selling `a` for `b` that fills in part: price of a / price of b >= ratio, as near as can be."""

    a: int
    b: int
    ratio: Fraction


def blocks(book: Book, market: Market, point: Point, floors: dict[int, Fraction]) -> list[Block] | None:
    """Price the currencies of a market exactly, block by block; None if the numbers of a block do not fit.

    Parameters
    ----------
    floors
        By pair: the rate of its band, as the least of price of what it sells over price of what it buys.
    """
    n, curves = len(market.currencies), market.curves
    full, mark, weight = _classes(market, point)
    pins = _forest(n, list(_pins(book, market, mark, weight, floors)))
    group, ratio = _groups(n, pins)
    flows: dict[tuple[int, int], Fraction] = {}
    for e in np.flatnonzero(full).tolist():
        a, b = int(curves.sell[e]), int(curves.buy[e])
        if group[a] != group[b]:
            key = group[a], group[b]
            flows[key] = flows.get(key, Fraction(0)) + int(full[e]) * ratio[a]
    result = []
    for members in _connected(max(group) + 1, flows):
        currencies = [c for c in range(n) if group[c] in members]
        guess = [float(np.exp(point.level[group.index(g)])) for g in members]
        level = _balance(members, flows, guess)
        place = {g: i for i, g in enumerate(members)}
        price = _whole([ratio[c] * level[place[group[c]]] for c in currencies], currencies, pins)
        if price is None:
            return None
        result.append(Block(currencies, price, tuple(pin for pin in pins if pin.a in currencies)))
    return result


def is_told_apart(market: Market, point: Point) -> bool:
    """Whether no more orders seem to stand at the rate than there can be: one less than currencies."""
    return int(np.count_nonzero(_classes(market, point)[1] != -1)) < len(market.currencies)


def _classes(market: Market, point: Point) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return what `supply.classify` says."""
    count = len(market.curves.sell)
    full, mark, weight = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count)
    supply.classify(market.curves, point.level, point.mu, full, mark, weight)
    return full, mark, weight


def _pins(
    book: Book, market: Market, mark: NDArray[np.int64], weight: NDArray[np.float64], floors: dict[int, Fraction]
) -> Iterator[Pin]:
    """Yield what pins ratios, the firmest first."""
    curves = market.curves
    for e in sorted(np.flatnonzero(mark != -1).tolist(), key=lambda e: (-weight[e], e)):
        if weight[e] > 0:
            row = market.rows[mark[e]]
            limit = floors[e] if mark[e] < 0 else Fraction(int(book.numerator[row]), int(book.denominator[row]))
            yield Pin(int(curves.sell[e]), int(curves.buy[e]), limit)


def _forest(n: int, pins: list[Pin]) -> list[Pin]:
    """Return the pins that tie currencies not tied yet."""
    parent = list(range(n))

    def root(c: int) -> int:
        while parent[c] != c:
            parent[c] = parent[parent[c]]
            c = parent[c]
        return c

    kept = []
    for pin in pins:
        a, b = root(pin.a), root(pin.b)
        if a != b:
            parent[a] = b
            kept.append(pin)
    return kept


def _groups(n: int, pins: list[Pin]) -> tuple[list[int], list[Fraction]]:
    """Return the group of each currency, and its price relative to the first of its group."""
    group, ratio = [-1] * n, [Fraction(1)] * n
    tied = _neighbours(n, pins)
    count = 0
    for start in range(n):
        if group[start] >= 0:
            continue
        group[start] = count
        open_ = [start]
        while open_:
            c = open_.pop()
            for other, pin in tied[c]:
                if group[other] < 0:
                    group[other] = count
                    ratio[other] = ratio[c] * pin.ratio if other == pin.a else ratio[c] / pin.ratio
                    ratio[other] = _short(ratio[other])
                    open_.append(other)
        count += 1
    return group, ratio


def _short(ratio: Fraction) -> Fraction:
    """Round a fraction that has grown beyond all use."""
    if max(ratio.numerator.bit_length(), ratio.denominator.bit_length()) <= 8 * BITS:
        return ratio
    shift = BITS - ratio.numerator.bit_length() + ratio.denominator.bit_length()
    if shift >= 0:
        return Fraction((ratio.numerator << shift) // ratio.denominator, 1 << shift)
    return Fraction(ratio.numerator // (ratio.denominator << -shift) << -shift)


def _neighbours(n: int, pins: Sequence[Pin]) -> list[list[tuple[int, Pin]]]:
    tied: list[list[tuple[int, Pin]]] = [[] for _ in range(n)]
    for pin in pins:
        tied[pin.a].append((pin.b, pin))
        tied[pin.b].append((pin.a, pin))
    return tied


def _connected(count: int, flows: dict[tuple[int, int], Fraction]) -> list[list[int]]:
    """Return the groups that flows connect, each list in order."""
    near: list[set[int]] = [set() for _ in range(count)]
    for g, h in flows:
        near[g].add(h)
        near[h].add(g)
    seen: set[int] = set()
    result = []
    for start in range(count):
        if start not in seen:
            found, open_ = {start}, [start]
            while open_:
                for other in near[open_.pop()] - found:
                    found.add(other)
                    open_.append(other)
            seen |= found
            result.append(sorted(found))
    return result


def _balance(members: list[int], flows: dict[tuple[int, int], Fraction], guess: list[float]) -> list[Fraction]:
    """Return the levels of groups at which each sells what it is paid; exact if small fractions do.

    Parameters
    ----------
    flows
        By group that sells and group that buys: value at the level 1 of the first.
    guess
        Levels, roughly.
    """
    n = len(members)
    if n == 1:
        return [Fraction(1)]
    place = {g: i for i, g in enumerate(members)}
    common = lcm(*(flow.denominator for (g, _), flow in flows.items() if g in place))
    arcs = [(place[g], place[h], int(flow * common)) for (g, h), flow in flows.items() if g in place]
    largest = max(guess)
    level = [int(each / largest * 2.0**60) << (BITS - 60) or 1 for each in guess]
    level = _refine(level, arcs)
    exact: list[Fraction] = []
    for each in level:
        near = Fraction(each, level[0]).limit_denominator(PRICE_MAX)
        if abs(near * level[0] - each) * (1 << (BITS - 72)) > each:
            break
        exact.append(near)
    if len(exact) == n and not any(_residual([each * common for each in exact], arcs)):
        return exact
    return [Fraction(each, level[0]) for each in level]


def _residual(level: list[Fraction] | list[int], arcs: list[tuple[int, int, int]]) -> list[int]:
    """Return what each group is paid less what it sells."""
    result: list[int] = [0] * len(level)
    for g, h, flow in arcs:
        value = flow * level[g]
        result[g] -= value  # type: ignore[assignment]
        result[h] += value  # type: ignore[assignment]
    return result


def _refine(level: list[int], arcs: list[tuple[int, int, int]]) -> list[int]:
    """Solve the balance by iterative refinement, the first level fixed."""
    n = len(level)
    turnover = sum(flow * level[g] for g, _, flow in arcs) or 1
    system = np.zeros((n, n))
    for g, h, flow in arcs:
        value = flow * level[g] / turnover
        system[g, g] -= value
        system[h, g] += value
    try:
        inverse = np.linalg.inv(system[1:, 1:])
    except np.linalg.LinAlgError:
        return level
    best = turnover
    for _ in range(REFINEMENTS):
        residual = _residual(level, arcs)
        worst = max(map(abs, residual))
        if worst == 0 or worst >= best:
            break
        best = worst
        step = inverse @ np.array([-each / worst for each in residual[1:]])
        level = [
            level[0],
            *(
                each + each * worst * int(part * 2.0**52) // (turnover << 52)
                for each, part in zip(level[1:], step.tolist(), strict=True)
            ),
        ]
    return level


def _whole(price: list[Fraction], currencies: list[int], pins: list[Pin]) -> list[int] | None:
    """Return prices as whole numbers: in lowest terms if they fit, else rounded; None if neither can be."""
    largest, smallest = max(price), min(price)
    if smallest <= 0 or largest > smallest * (PRICE_MAX // PRICE_MIN):
        return None
    if max(max(each.numerator.bit_length(), each.denominator.bit_length()) for each in price) <= 2 * BITS:
        common = lcm(*(each.denominator for each in price))
        whole = [int(each * common) for each in price]
        shared = gcd(*whole)
        whole = [each // shared for each in whole]
        if max(whole) <= PRICE_MAX:
            return whole
    scale = (PRICE_MAX - SPARE) / largest
    return _rounded([each * scale for each in price], currencies, pins)


def _rounded(price: list[Fraction], currencies: list[int], pins: Sequence[Pin]) -> list[int]:
    """Round prices so that every order that pins a ratio may fill."""
    place = {c: i for i, c in enumerate(currencies)}
    inside = [pin._replace(a=place[pin.a], b=place[pin.b]) for pin in pins if pin.a in place]
    tied = _neighbours(len(price), inside)
    result = [0] * len(price)
    for start in sorted(range(len(price)), key=lambda c: -price[c]):
        if result[start]:
            continue
        result[start] = round(price[start])
        open_ = [start]
        while open_:
            c = open_.pop()
            for other, pin in tied[c]:
                if not result[other]:
                    if other == pin.a:
                        result[other] = -(-result[c] * pin.ratio.numerator // pin.ratio.denominator)
                    else:
                        result[other] = result[c] * pin.ratio.denominator // pin.ratio.numerator
                    open_.append(other)
    return result
