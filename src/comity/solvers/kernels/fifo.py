"""The FIFO-respecting rule of Bech and Soramaki (2001), with bundles, payers' limits and caps.

All accounts stand in a ring, in index order. The account at its front drops
the last kept item of its queue, again and again, until it is no longer short;
then it leaves. Payer and payee of a dropped item are appended, in this order,
unless they stand in the ring already. A bundle is dropped whole, its items in
queue order. When the ring is empty and a cap is exceeded, one item goes as
`caps` says, and the ring is served again.

Without bundles and caps the answer is the unique greatest set and the order
does not matter; with them the order is part of the rule (decision 0011).

Each item is removed at most once and appends at most two accounts, so a pass
costs O(n + m), and O(log k) more for each item dropped by a cap.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import inlined, lean
from comity.solvers.kernels import caps
from comity.solvers.kernels.book import BUNDLE, PAYEE, PAYER, Book, is_short, last_item, remove


class Ring(NamedTuple):
    """Accounts to be served, first come first served, each at most once."""

    place: NDArray[np.int32]
    """m."""
    inside: NDArray[np.bool_]
    """m."""
    ends: NDArray[np.int64]
    """Two numbers: the place of the front, and how many stand in the ring."""


def all_accounts(accounts: int) -> Ring:
    """Return a ring in which every account stands, in index order."""
    return Ring(np.arange(accounts, dtype=np.int32), np.ones(accounts, np.bool_), np.array([0, accounts]))


@lean
def run(book: Book, ring: Ring, lists: caps.Lists) -> None:
    """Drop items until no account is short and no cap of `lists` is exceeded."""
    while True:
        i = _next(book, ring)
        if i < 0:
            i = caps.latest(book, lists)
        if i < 0:
            return
        bundle = book.item[i, BUNDLE]
        start, stop = (0, 1) if bundle < 0 else (book.start[bundle], book.start[bundle + 1])
        for place in range(start, stop):
            j = i if bundle < 0 else book.member[place]
            remove(book, j)
            append(ring, book.item[j, PAYER])
            append(ring, book.item[j, PAYEE])


@inlined
def append(ring: Ring, a: int) -> None:
    """Let account `a` stand at the end of the ring, unless it stands in it already."""
    if ring.inside[a]:
        return
    place = ring.ends[0] + ring.ends[1]
    size = len(ring.place)
    ring.place[place - size if place >= size else place] = a
    ring.inside[a] = True
    ring.ends[1] += 1


@inlined
def _next(book: Book, ring: Ring) -> int:
    """Return the item that the first short account in the ring drops, -1 if the ring is served."""
    while ring.ends[1] > 0:
        front = ring.ends[0]
        a = ring.place[front]
        if is_short(book.account, a):
            return last_item(book, a)
        ring.inside[a] = False
        ring.ends[0] = front + 1 if front + 1 < len(ring.place) else 0
        ring.ends[1] -= 1
    return -1
