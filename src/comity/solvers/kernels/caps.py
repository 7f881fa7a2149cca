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
from comity.engine.offsetting import MULTILATERAL, OffsettingProblem
from comity.solvers.kernels import heap
from comity.solvers.kernels.book import KIND, Book, is_exceeded

COLUMNS = 3  # cap_a, cap_b, holding


class Lists(NamedTuple):
    """The items of each cap as a chain, latest first; entry 3 i + column is item i of the problem in that column."""

    head: NDArray[np.int32]
    """k: first entry of each cap, -1 none; no place at all while caps are not looked at."""
    after: NDArray[np.int32]
    """3 n: the next entry of the same cap, -1 none; read only."""


def none() -> Lists:
    """Return lists that let every cap pass."""
    return Lists(np.empty(0, np.int32), np.empty(0, np.int32))


def exceeded(problem: OffsettingProblem, book: Book) -> Lists:
    """List the kept items of all caps if one is exceeded."""
    if not _note_exceeded(book):
        return none()
    lists = Lists(np.full(len(book.limit), -1, np.int32), np.empty(COLUMNS * len(book.place), np.int32))
    _chain(problem, book, lists)
    return lists


@lean
def latest(book: Book, lists: Lists) -> int:
    """Return the item that the exceeded cap of lowest index drops, -1 if none is exceeded; O(log k) amortised."""
    if len(lists.head) == 0:
        return -1
    c = heap.first(book.over)
    while c >= 0:
        if is_exceeded(book.limit, c):
            entry = lists.head[c]
            lists.head[c] = lists.after[entry]
            row: int = book.place[entry // COLUMNS]
            if book.keep[row]:
                return row
        else:
            heap.take_out(book.over, c)
            c = heap.first(book.over)
    return -1


@lean
def _note_exceeded(book: Book) -> bool:
    """Put the caps that are exceeded into the heap; whether there are any."""
    for c in range(len(book.limit)):
        if book.limit[c, KIND] > MULTILATERAL and is_exceeded(book.limit, c):
            heap.put(book.over, c, c)
    return bool(heap.first(book.over) >= 0)


@lean
def _chain(problem: OffsettingProblem, book: Book, lists: Lists) -> None:
    for i in range(len(book.place)):
        if book.keep[book.place[i]]:
            for column in range(COLUMNS):
                c = problem.cap_a[i] if column == 0 else problem.cap_b[i] if column == 1 else problem.holding[i]
                if c >= 0:
                    lists.after[COLUMNS * i + column] = lists.head[c]
                    lists.head[c] = COLUMNS * i + column
