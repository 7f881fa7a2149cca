"""Caps: what happens when every account holds but a cap is exceeded.

Corridor caps bind several payers at once and holding caps bind receivers, so
dropping the last item of one account cannot cure them. They come after: of the
exceeded caps the one of lowest index drops the latest of its items in queue
order (priority, then place), and the accounts are served again before a cap
drops anything more. An item that a capped account was to pay may exceed that
account's holding cap again when it goes; every step removes an item, so the
end is reached.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import lean
from comity.engine.offsetting import MULTILATERAL
from comity.solvers.kernels import heap
from comity.solvers.kernels.book import CAPS, KIND, TIED_COLUMNS, Book, is_exceeded


class Lists(NamedTuple):
    """The items of each cap, in queue order."""

    item: NDArray[np.int32]
    """All lists, one after the other; empty while caps are not looked at."""
    stop: NDArray[np.int64]
    """k + 1: the list of cap c ends before `item[stop[c]]`; falls as its items are dropped."""


def none() -> Lists:
    """Return lists that let every cap pass."""
    return Lists(np.empty(0, np.int32), np.zeros(1, np.int64))


def exceeded(book: Book) -> Lists:
    """List the kept items of all caps if one is exceeded."""
    stop = np.zeros(len(book.limit) + 1, np.int64)
    items = np.empty(_count(book, stop), np.int32)
    if len(items):
        _list(book, stop, items)
    return Lists(items, stop)


@lean
def latest(book: Book, lists: Lists) -> int:
    """Return the item that the exceeded cap of lowest index drops, -1 if none is exceeded; O(log k) amortised."""
    if len(lists.item) == 0:
        return -1
    c = heap.first(book.over)
    while c >= 0:
        if is_exceeded(book.limit, c):
            lists.stop[c] -= 1
            i: int = lists.item[lists.stop[c]]
            if book.keep[i]:
                return i
        else:
            heap.take_out(book.over, c)
            c = heap.first(book.over)
    return -1


@lean
def _count(book: Book, stop: NDArray[np.int64]) -> int:
    """Note which caps are exceeded; if one is, count the items of cap c in `stop[c + 1]` and return their sum."""
    for c in range(len(book.limit)):
        if book.limit[c, KIND] > MULTILATERAL and is_exceeded(book.limit, c):
            heap.put(book.over, c, c)
    if heap.first(book.over) < 0:
        return 0
    total = 0
    for i in range(len(book.tied)):
        if book.keep[i]:
            for column in range(CAPS, TIED_COLUMNS):
                if book.tied[i, column] >= 0:
                    stop[book.tied[i, column] + 1] += 1
                    total += 1
    return total


@lean
def _list(book: Book, stop: NDArray[np.int64], items: NDArray[np.int32]) -> None:
    """Fill the lists by a counting sort."""
    for c in range(1, len(stop)):
        stop[c] += stop[c - 1]
    for row in book.place:
        if book.keep[row]:
            for column in range(CAPS, TIED_COLUMNS):
                c = book.tied[row, column]
                if c >= 0:
                    items[stop[c]] = row
                    stop[c] += 1
