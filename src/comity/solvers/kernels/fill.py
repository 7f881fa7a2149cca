"""Filling a divisible flow with whole payments, arc by arc, the oldest first.

An arc is everything that one account has waiting for another. Its items are
taken in queue order as long as they fit into what the arc carries; one that is
too large is passed over. Items of a bundle are taken as if each were alone, and
a bundle of which one is missing goes again as a whole.

An urgent or high item on its own is taken whether it fits or not, since nothing
of its payer may pass it; the repair that follows gives it up only when nothing
behind it is left.
"""

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import lean
from comity.solvers.kernels.book import BUNDLE, Book, remove


@lean
def run(
    book: Book,
    order: NDArray[np.int32],
    arc: NDArray[np.int32],
    blocks: NDArray[np.bool_],
    left: NDArray[np.int64],
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
    broken : bool[bundles], written
        All false.
    """
    for k in range(len(order)):
        i = order[k]
        amount = book.amount[i]
        if blocks[i] or amount <= left[arc[i]]:
            left[arc[i]] -= amount
        elif book.item[i, BUNDLE] < 0:
            remove(book, i)
        else:
            broken[book.item[i, BUNDLE]] = True
    for b in range(len(broken)):
        if broken[b]:
            for place in range(book.start[b], book.start[b + 1]):
                remove(book, book.member[place])
