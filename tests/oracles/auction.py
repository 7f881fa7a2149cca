"""What a valid proposal of a conversion auction is, on plain Python integers and fractions.

An independent reading of the rules: nothing of the engine or the solver is
used but the names of the columns. Slow, and meant to be read.

Surplus: what a currency keeps is less than one minor unit per fill paid in it,
plus, for every pair that could have sold more for it, what one minor unit more
would have paid. Without the second part a book where a dear currency's minor
unit is the only means to balance a cheap one could not trade at all.

An order with a minimum fill may be left out, wherever its limit lies; the others are
judged as if it were not there.
"""

from collections import defaultdict
from fractions import Fraction

from comity.engine.auction import PRICE_MAX, PRICE_MIN, Book, Proposal, Ties

SCORE_UNIT = 1 << 32


class Order:
    """One row of a book, as Python integers."""

    def __init__(self, book: Book, row: int) -> None:
        self.row = row
        self.sell, self.buy = int(book.sell[row]), int(book.buy[row])
        self.amount, self.least = int(book.amount[row]), int(book.least[row])
        self.numerator, self.denominator = int(book.numerator[row]), int(book.denominator[row])
        self.limit = Fraction(self.numerator, self.denominator)
        self.order = int(book.order[row])


def core(book: Book) -> list[set[int]]:
    """For every currency, those in its strongly connected component."""
    to: dict[int, set[int]] = defaultdict(set)
    for sell, buy in zip(book.sell.tolist(), book.buy.tolist(), strict=True):
        to[sell].add(buy)
    reach = []
    for start in range(book.currencies):
        seen, open_ = {start}, [start]
        while open_:
            for other in to[open_.pop()] - seen:
                seen.add(other)
                open_.append(other)
        reach.append(seen)
    return [{b for b in reach[a] if a in reach[b]} for a in range(book.currencies)]


def allocate(orders: list[Order], total: int, ties: Ties) -> dict[int, int]:
    """Share `total` among eligible orders of one pair; fills by row."""
    fills = {order.row: 0 for order in orders}
    left = total
    if ties == Ties.TIME:
        for order in sorted(orders, key=lambda o: (o.limit, o.order)):
            given = min(order.amount, left)
            if given < order.least:
                given = 0
            fills[order.row] = given
            left -= given
        return fills
    for limit in sorted({order.limit for order in orders}):
        sharing = [order for order in orders if order.limit == limit]
        while True:
            given_to = _pro_rata(sharing, left)
            kept = [order for order in sharing if given_to[order.row] >= order.least]
            if len(kept) == len(sharing):
                break
            sharing = kept
        fills.update(given_to)
        left -= sum(given_to.values())
    return fills


def _pro_rata(orders: list[Order], left: int) -> dict[int, int]:
    whole = sum(order.amount for order in orders)
    if left >= whole:
        return {order.row: order.amount for order in orders}
    exact = {order.row: Fraction(order.amount * left, whole) for order in orders}
    given = {row: int(share) for row, share in exact.items()}
    first = sorted(orders, key=lambda o: (given[o.row] - exact[o.row], o.order))
    for order in first[: left - sum(given.values())]:
        given[order.row] += 1
    return given


def surplus(book: Book, proposal: Proposal) -> list[int]:
    """What is sold and not paid, per currency."""
    result = [0] * book.currencies
    for row, sold in enumerate(proposal.sold.tolist()):
        if sold:
            a, b = int(book.sell[row]), int(book.buy[row])
            result[a] += sold
            result[b] -= paid(book, proposal, row)
    return result


def paid(book: Book, proposal: Proposal, row: int) -> int:
    """What one fill pays."""
    sold = int(proposal.sold[row])
    if sold == 0:
        return 0
    return sold * int(proposal.price[book.sell[row]]) // int(proposal.price[book.buy[row]])


def score(book: Book, proposal: Proposal) -> int:
    """Sum over currencies of the share of what is offered that is sold, in units of 2^-32."""
    offered, sold = [0] * book.currencies, [0] * book.currencies
    for a, amount, part in zip(book.sell.tolist(), book.amount.tolist(), proposal.sold.tolist(), strict=True):
        offered[a] += amount
        sold[a] += part
    return sum(SCORE_UNIT * s // o for s, o in zip(sold, offered, strict=True) if o)


def faults(book: Book, proposal: Proposal) -> list[str]:  # noqa: C901, PLR0912 - the rules in one place, in their order
    """Return everything that is wrong with a proposal, empty if it is valid."""
    price, potential = proposal.price.tolist(), proposal.potential.tolist()
    found = [f"price {c}: {p}" for c, p in enumerate(price) if p != 0 and not PRICE_MIN <= p <= PRICE_MAX]
    component = core(book)
    t, whole = book.tolerance
    stands_on = set()
    for band in book.bands:
        if price[band.a] and price[band.b]:
            if price[band.a] * band.denominator > band.numerator * price[band.b]:
                found.append(f"band {band} broken")
            if price[band.a] == band.numerator * price[band.b] // band.denominator:
                stands_on.add((band.b, band.a))
    pairs: dict[tuple[int, int], list[Order]] = defaultdict(list)
    for row in range(len(book.sell)):
        order, sold = Order(book, row), int(proposal.sold[row])
        if not 0 <= sold <= order.amount:
            found.append(f"order {row}: sold {sold} of {order.amount}")
        if order.buy not in component[order.sell] or not price[order.sell] or not price[order.buy]:
            if sold:
                found.append(f"order {row}: sold without a price or outside every cycle")
            continue
        pairs[order.sell, order.buy].append(order)
    room, fills = [0] * book.currencies, [0] * book.currencies
    gap, slack, span = 0, 0, 1 + max(potential, default=0) - min(potential, default=0)
    for (a, b), orders in pairs.items():
        rate = Fraction(price[a], price[b])
        inner = Fraction((price[a] * (whole - t) - 1) // whole, price[b])
        left_out = {order.row for order in orders if order.least and not proposal.sold[order.row]}
        eligible = [order for order in orders if order.limit <= rate and order.row not in left_out]
        must = [order for order in eligible if order.limit <= inner and (a, b) not in stands_on]
        sold_of = {order.row: int(proposal.sold[order.row]) for order in orders}
        found += [f"order {o.row}: outside, sold" for o in orders if o.limit > rate and sold_of[o.row]]
        found += [f"order {o.row}: inside, not full" for o in must if sold_of[o.row] != o.amount]
        total = sum(sold_of.values())
        expected = allocate(eligible, total, book.ties)
        found += [f"order {o.row}: out of turn" for o in eligible if sold_of[o.row] != expected[o.row]]
        low, high = (sum(order.amount for order in some) * price[a] for some in (must, eligible))
        worth = 1 - potential[a] + potential[b]
        gap += max(low * worth, high * worth) - total * price[a]
        slack += span * price[a]
        for order in eligible:
            if sold_of[order.row]:
                fills[b] += 1
                slack += span * price[b]
        if any(order.limit <= rate and sold_of[order.row] < order.amount for order in orders):
            room[b] += price[a] // price[b]
    slack += span * sum(price)
    for c, left in enumerate(surplus(book, proposal)):
        if not 0 <= left <= fills[c] + room[c]:
            found.append(f"currency {c}: surplus {left}, {fills[c]} fills, room {room[c]}")
    if gap > slack:
        found.append(f"value short by {gap}, slack {slack}")
    return found
