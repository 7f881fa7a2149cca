"""The partial rule: the account that is shortest of all drops its last item, again and again.

It is the extraction rule of TARGET2's partial algorithm (lowest priority, last
entered, of the account with the most negative position). An account's position
is the least of its margins: over each class of money it pays from, and in each
payer's limit of its own that binds. Ties go to the lowest account index. A
bundle is dropped whole. When nobody is short and a cap is exceeded, one item
goes as `caps` says.

Margins below zero stand in a heap; an item changes at most four of them, so a
pass costs O(n log(m + k)). Without bundles and caps the answer is that of `fifo`.
"""

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import inlined, lean
from comity.engine.offsetting import MULTILATERAL
from comity.solvers.kernels import caps, heap
from comity.solvers.kernels.book import (
    BUNDLE,
    IN,
    KIND,
    OUT,
    OWNER,
    PAYEE,
    PAYER,
    SLACK,
    Book,
    is_exceeded,
    last_item,
    margin,
    remove,
)


def shortest_first(book: Book) -> heap.Heap:
    """Return every margin below zero: node a of account a, node m + c of limit c."""
    worst = heap.empty(np.concatenate([np.arange(len(book.account)), book.limit[:, OWNER]]))
    _weigh_all(book, worst)
    return worst


@lean
def run(book: Book, worst: heap.Heap, lists: caps.Lists) -> None:
    """Drop items until no account is short and no cap of `lists` is exceeded."""
    accounts = len(book.account)
    while True:
        node = heap.first(worst)
        if node < 0:
            i = caps.latest(book, lists)
            if i < 0:
                return
        else:
            i = last_item(book, node if node < accounts else book.limit[node - accounts, OWNER])
        bundle = book.item[i, BUNDLE]
        start, stop = (0, 1) if bundle < 0 else (book.start[bundle], book.start[bundle + 1])
        for place in range(start, stop):
            _drop(book, worst, i if bundle < 0 else book.member[place])


@lean
def _weigh_all(book: Book, worst: heap.Heap) -> None:
    for a in range(len(book.account)):
        _weigh_account(book.account, worst, a)
    for c in range(len(book.limit)):
        if book.limit[c, KIND] <= MULTILATERAL:
            _weigh_limit(book.limit, worst, c, len(book.account) + c)


@inlined
def _drop(book: Book, worst: heap.Heap, i: int) -> None:
    """Remove item `i` and weigh again what that changes."""
    remove(book, i)
    _weigh_account(book.account, worst, book.item[i, PAYER])
    _weigh_account(book.account, worst, book.item[i, PAYEE])
    if book.tied.shape[1] > 0:
        for column in (OUT, IN):
            c = book.tied[i, column]
            if c >= 0:
                _weigh_limit(book.limit, worst, c, len(book.account) + c)


@lean
def _weigh_account(account: NDArray[np.int64], worst: heap.Heap, a: int) -> None:
    least = margin(account, a)
    if least < 0:
        heap.put(worst, a, least)
    else:
        heap.take_out(worst, a)


@lean
def _weigh_limit(limit: NDArray[np.int64], worst: heap.Heap, c: int, node: int) -> None:
    if is_exceeded(limit, c):
        heap.put(worst, node, limit[c, SLACK])
    else:
        heap.take_out(worst, node)
