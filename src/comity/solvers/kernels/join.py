"""Adding to a set that holds: an item joins if what it lacks can be pulled in.

Items not kept are tried in queue order, a bundle when its first item's turn
comes. The item is put in; while an account is then short, the first waiting
item in queue order that pays this account and may join comes in too, with its
bundle. If everything holds in the end, all of it stays; if an account has
nothing more to pull, `PULLED_MAX` items came in, or a cap is exceeded as soon as
an item that counts in it is in, all of it goes out again.
Rounds over the queue follow each other until one adds nothing.

An item on its own may join only if every urgent or high item on its own ahead
of it in its payer's queue is kept: nothing passes these.

`work` counts items looked at. It bounds the search without a clock, so the
answer is the same everywhere; what was tried before it ran out stays.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import inlined, lean
from comity.solvers.kernels.book import (
    BUNDLE,
    PAYEE,
    PAYER,
    Book,
    exceeds_cap,
    is_short,
    put_back,
    remove,
)

PULLED_MAX = 32


class Search(NamedTuple):
    """Scratch space, and lists of what may be pulled."""

    head: NDArray[np.int32]
    """m: first item, in queue order, that pays this account and may not be kept yet; -1 none."""
    after: NDArray[np.int32]
    """n: the next one, by row."""
    gate: NDArray[np.int32]
    """m: first urgent or high item on its own that is not kept, by row; n if none."""
    trial: NDArray[np.int32]
    """Items put in by the present trial."""
    cursor: NDArray[np.int32]
    """m: where the present trial goes on looking for items that pay this account."""
    stamp: NDArray[np.int64]
    """m: the trial to which `cursor` belongs."""


@lean
def open_search(book: Book, blocks: NDArray[np.bool_], search: Search) -> None:
    """List what is not kept by payee, in queue order; `head` is all -1, `gate` all n."""
    for k in range(len(book.place) - 1, -1, -1):
        i = book.place[k]
        if book.keep[i]:
            continue
        payer, payee = book.item[i, PAYER], book.item[i, PAYEE]
        search.after[i] = search.head[payee]
        search.head[payee] = i
        if blocks[i]:
            search.gate[payer] = min(search.gate[payer], i)
    search.stamp[:] = -1


@lean
def run(book: Book, blocks: NDArray[np.bool_], first: NDArray[np.int32], search: Search, work: int) -> int:
    """Add what can join; return the work left, 0 or less if it ran out."""
    number, added = 0, 1
    while added > 0 and work > 0:
        added = 0
        for k in range(len(book.place)):
            i = book.place[k]
            if book.keep[i] or not _may_join(book, search, i):
                continue
            if book.item[i, BUNDLE] >= 0 and book.member[book.start[book.item[i, BUNDLE]]] != i:
                continue
            count, used = _try(book, search, i, number)
            number += 1
            work -= used
            if count > 0:
                added += 1
                for t in range(count):
                    _pass_gate(book, blocks, first, search, book.item[search.trial[t], PAYER])
                    _shorten(book, search, book.item[search.trial[t], PAYEE])
            if work <= 0:
                break
    return work


@inlined
def _may_join(book: Book, search: Search, i: int) -> bool:
    return bool(book.item[i, BUNDLE] >= 0 or i <= search.gate[book.item[i, PAYER]])


@inlined
def _pass_gate(book: Book, blocks: NDArray[np.bool_], first: NDArray[np.int32], search: Search, a: int) -> None:
    """Move the gate of account `a` to the next urgent or high item that is not kept."""
    i = search.gate[a]
    while i < first[a + 1] and (book.keep[i] or not blocks[i]):
        i += 1
    search.gate[a] = i if i < first[a + 1] else len(book.amount)


@inlined
def _shorten(book: Book, search: Search, a: int) -> None:
    """Take what is kept by now off the front of the list of what pays account `a`."""
    while search.head[a] >= 0 and book.keep[search.head[a]]:
        search.head[a] = search.after[search.head[a]]


@lean
def _put(book: Book, search: Search, i: int, count: int) -> int:
    """Put in item `i` with its bundle; return how many items the trial has, -1 if they are too many."""
    bundle = book.item[i, BUNDLE]
    start, stop = (0, 1) if bundle < 0 else (book.start[bundle], book.start[bundle + 1])
    if count + stop - start > len(search.trial):
        return -1
    for place in range(start, stop):
        j = i if bundle < 0 else book.member[place]
        put_back(book, j)
        search.trial[count] = j
        count += 1
    return count


@lean
def _try(book: Book, search: Search, i: int, number: int) -> tuple[int, int]:
    """Try to add item `i`; return how many items came in, 0 if none, and the work."""
    count, served, used = _put(book, search, i, 0), 0, 1
    holds = count > 0 and _caps_hold(book, search, 0, count)
    pulled = 0
    while holds and served < count:
        a = book.item[search.trial[served], PAYER]
        while holds and is_short(book.account, a):
            j, looked = _next(book, search, a, number)
            used += looked
            pulled += 1
            more = _put(book, search, j, count) if j >= 0 and pulled <= PULLED_MAX else -1
            holds = more > 0 and _caps_hold(book, search, count, more)
            count = max(count, more)
        served += 1
    holds = holds and _fits(book, search, count) and _caps_hold(book, search, 0, count)
    if holds:
        return count, used + count
    for t in range(count - 1, -1, -1):
        remove(book, search.trial[t])
    return 0, used + max(count, 0)


@inlined
def _next(book: Book, search: Search, a: int, number: int) -> tuple[int, int]:
    """Return the next item that pays account `a` and may come in, -1 if none, and how many were looked at."""
    if search.stamp[a] != number:
        search.stamp[a] = number
        search.cursor[a] = search.head[a]
    j, looked = search.cursor[a], 1
    while j >= 0 and (book.keep[j] or not _may_join(book, search, j)):
        j = search.after[j]
        looked += 1
    search.cursor[a] = search.after[j] if j >= 0 else -1
    return j, looked


@lean
def _fits(book: Book, search: Search, count: int) -> bool:
    """Whether all accounts of the trial hold."""
    for t in range(count):
        i = search.trial[t]
        if is_short(book.account, book.item[i, PAYER]) or is_short(book.account, book.item[i, PAYEE]):
            return False
    return True


@inlined
def _caps_hold(book: Book, search: Search, low: int, high: int) -> bool:
    """Whether no cap is exceeded in which items `low` to `high` of the trial count."""
    exceeded = False
    if book.tied.shape[1] > 0:
        for t in range(low, high):
            exceeded = exceeded or exceeds_cap(book, search.trial[t])
    return not exceeded
