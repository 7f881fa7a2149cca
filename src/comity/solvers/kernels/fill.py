"""Filling a divisible flow with whole payments, arc by arc, the oldest first.

An arc is everything that one account has waiting for another. Its items are
taken in queue order as long as they fit into what the arc carries; one that is
too large is passed over, and so is one that exceeds what is left of a limit or
cap, counted as if all else settled as the flow says. Items of a bundle are taken as if each were alone, and
a bundle of which one is missing goes again as a whole.

An urgent or high item on its own is taken whether it fits or not, since nothing
of its payer may pass it; the repair that follows gives it up only when nothing
behind it is left.
"""

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import inlined, lean
from comity.solvers.kernels.book import BINDS, BUNDLE, CAPS, IN, OUT, PAYER, TIED_COLUMNS, Book, remove


@lean
def keep_only(book: Book, chosen: NDArray[np.bool_]) -> None:
    """Remove every item that is not chosen; `chosen` is in the order of the problem."""
    for k in range(len(chosen)):
        if not chosen[k]:
            remove(book, book.place[k])


@lean
def plan(
    book: Book,
    order: NDArray[np.int32],
    arc: NDArray[np.int32],
    left: NDArray[np.int64],
    space: NDArray[np.int64],
) -> None:
    """Add to the space of limits and caps what the flow relieves them by; it is full or one part of each arc.

    `left` is written and restored; items of a currency sum to less than 2^62, so a space stays below 2^63.
    """
    for k in range(len(order)):
        i = order[k]
        relieved, own = book.tied[i, IN], book.holding[book.item[i, PAYER]]
        if relieved >= 0 or own >= 0:
            carried = min(book.amount[i], max(left[arc[i]], 0))
            if relieved >= 0:
                space[relieved] += carried
            if own >= 0:
                space[own] += carried
        left[arc[i]] -= book.amount[i]
    for i in range(len(arc)):
        left[arc[i]] += book.amount[i]


@inlined
def _has_space(book: Book, space: NDArray[np.int64], i: int) -> bool:
    fits = True
    if book.tied.shape[1] > 0:
        amount, out = book.amount[i], book.tied[i, OUT]
        if out >= 0 and book.tied[i, BINDS]:
            fits = space[out] >= amount
        for column in range(CAPS, TIED_COLUMNS):
            c = book.tied[i, column]
            fits = fits and (c < 0 or space[c] >= amount)
    return fits


@inlined
def _use_space(book: Book, space: NDArray[np.int64], i: int) -> None:
    if book.tied.shape[1] > 0:
        for column in (OUT, CAPS, CAPS + 1, CAPS + 2):
            c = book.tied[i, column]
            if c >= 0:
                space[c] -= book.amount[i]


@lean
def run(
    book: Book,
    order: NDArray[np.int32],
    arc: NDArray[np.int32],
    blocks: NDArray[np.bool_],
    left: NDArray[np.int64],
    space: NDArray[np.int64],
    broken: NDArray[np.bool_],
) -> None:
    """Remove what the flow does not carry; all items are kept before.

    Parameters
    ----------
    order : int32[n]
        Rows by payer, payee, queue order.
    arc : int32[n]
        By row.
    blocks : bool[n]
        By row: an urgent or high item on its own.
    left : int64[arcs], written
        What each arc carries; then, what is not filled, below 0 if blocks took more.
        An arc's items sum to less than 2^62, so it stays above -2^62.
    space : int64[limits], written
        What each limit and cap allows, with what the flow relieves: see `plan`.
    broken : bool[bundles], written
        All false.
    """
    for k in range(len(order)):
        i = order[k]
        amount = book.amount[i]
        if blocks[i] or (amount <= left[arc[i]] and _has_space(book, space, i)):
            left[arc[i]] -= amount
            _use_space(book, space, i)
        elif book.item[i, BUNDLE] < 0:
            remove(book, i)
        else:
            broken[book.item[i, BUNDLE]] = True
    for b in range(len(broken)):
        if broken[b]:
            for place in range(book.start[b], book.start[b + 1]):
                remove(book, book.member[place])
