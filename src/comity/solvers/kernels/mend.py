"""Repair: whoever would end short pulls in what fits, else drops what fits best.

Accounts are served in the ring of `fifo`. The account at the front, being short,
looks at the items that pay it and are not kept: of those whose payer has the
money to spare and which exceed nothing, the smallest that covers the need comes
in, else the largest; an item that was dropped once does not come in again. If
there is none, the account drops, among its kept items, the one whose loss is
least: its amount, and what its payee would then be short of. What covers the
need comes before what does not; if none covers it, the largest goes; among
equals the youngest.

An urgent or high item on its own is dropped only when no other item on its own
stands behind it; if a cap drops one, the items on their own behind it go too. An
account outside limits of its own drops what counts in them, for the need of the
limit. When the work is used up, the last kept item goes, as in `fifo`. An item
comes in at most once, so the end is reached.
"""

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import inlined, lean
from comity.solvers.kernels import caps
from comity.solvers.kernels.book import (
    BROKEN,
    BUNDLE,
    NET,
    OUT,
    PAYEE,
    PAYER,
    SLACK,
    Book,
    exceeds_cap,
    is_exceeded,
    is_short,
    last_item,
    margin,
    put_back,
    remove,
)
from comity.solvers.kernels.fifo import Ring, append
from comity.solvers.kernels.join import Search

_NONE = (1 << 63) - 1


@lean
def run(
    book: Book,
    ring: Ring,
    lists: caps.Lists,
    search: Search,
    blocks: NDArray[np.bool_],
    first: NDArray[np.int32],
    work: int,
) -> None:
    """Pull and drop items until no account is short and no cap of `lists` is exceeded.

    Parameters
    ----------
    search
        What may be pulled: `head`, `after`; `gate` is written.
    blocks : bool[n]
        By row: an urgent or high item on its own.
    first : int32[m + 1]
        First row of each account.
    work : int
        How many items may be looked at before every drop is that of `fifo`.
    """
    pulls = len(lists.head) == 0
    while True:
        i = -1
        while ring.ends[1] > 0 and i < 0:
            a = ring.place[ring.ends[0]]
            if not is_short(book.account, a):
                _leave(ring, a)
                continue
            i = last_item(book, a)
            if work > 0:
                if pulls and book.account[a, BROKEN] == 0:
                    pulled, looked = _pull(book, search, a)
                    work -= looked
                    if pulled:
                        i = -1
                        continue
                work -= i - first[a]
                i = _fittest(book, blocks, first[a], i)
        if i < 0:
            i = caps.latest(book, lists)
        if i < 0:
            return
        bundle = book.item[i, BUNDLE]
        start, stop = (0, 1) if bundle < 0 else (book.start[bundle], book.start[bundle + 1])
        for place in range(start, stop):
            _drop(book, ring, i if bundle < 0 else book.member[place])
        if blocks[i]:
            payer = book.item[i, PAYER]
            search.gate[payer] = min(search.gate[payer], i)
            for j in range(i + 1, first[payer + 1]):
                if book.keep[j] and book.item[j, BUNDLE] < 0:
                    _drop(book, ring, j)


@inlined
def _drop(book: Book, ring: Ring, i: int) -> None:
    remove(book, i)
    append(ring, book.item[i, PAYER])
    append(ring, book.item[i, PAYEE])


@inlined
def _leave(ring: Ring, a: int) -> None:
    front = ring.ends[0]
    ring.inside[a] = False
    ring.ends[0] = front + 1 if front + 1 < len(ring.place) else 0
    ring.ends[1] -= 1


@lean
def _pull(book: Book, search: Search, a: int) -> tuple[bool, int]:
    """Let in the item that fits the need of account `a` best; whether there is one, and how many were looked at."""
    need = -margin(book.account, a)
    chosen, before, best = -1, -1, 0
    looked, previous, j = 0, -1, search.head[a]
    while j >= 0:
        looked += 1
        amount = book.amount[j]
        better = best < amount if best < need else need <= amount < best
        if better and book.item[j, BUNDLE] < 0 and j < search.gate[book.item[j, PAYER]] and _can_come(book, j):
            chosen, before, best = j, previous, amount
        previous, j = j, search.after[j]
    if chosen < 0:
        return False, looked
    put_back(book, chosen)
    if before < 0:
        search.head[a] = search.after[chosen]
    else:
        search.after[before] = search.after[chosen]
    return True, looked


@inlined
def _can_come(book: Book, j: int) -> bool:
    """Whether the payer of item `j` can spare it and no cap is exceeded by it."""
    payer = book.item[j, PAYER]
    if book.account[payer, BROKEN] > 0 or book.account[payer, NET] < book.amount[j]:
        return False
    put_back(book, j)
    fits = not is_short(book.account, payer) and not exceeds_cap(book, j)
    remove(book, j)
    return fits


@lean
def _fittest(book: Book, blocks: NDArray[np.bool_], low: int, last: int) -> int:
    """Return the item that a short account gives up, first for its limits; `last` is the last that it keeps."""
    need = -margin(book.account, book.item[last, PAYER])
    limited = book.account[book.item[last, PAYER], BROKEN] > 0
    chosen, least, largest = last, _NONE, 0
    behind = False
    for i in range(last, low - 1, -1):
        if not book.keep[i] or (blocks[i] and behind):
            continue
        behind = behind or book.item[i, BUNDLE] < 0
        amount = book.amount[i]
        if limited:
            c = book.tied[i, OUT]
            if c < 0 or not is_exceeded(book.limit, c):
                continue
            need = -book.limit[c, SLACK]
        if amount >= need:
            spare = max(margin(book.account, book.item[i, PAYEE]), 0)
            loss = amount if amount <= spare else amount + (amount - spare)
            if loss < least:
                least, chosen = loss, i
        elif least == _NONE and amount > largest:
            largest, chosen = amount, i
    return chosen
