"""The book of a pass: which items are still kept, and what every account and limit then ends with.

It begins with all items kept. `remove` takes out one item and `put_back` undoes
that, each bringing the sums up to date in O(1); `is_short` and `is_exceeded`
answer in O(1) whether an account or a limit holds. So a pass that only removes
is linear.

Items are sorted by payer, in each payer's queue order, so that dropping from the
end of a queue walks memory in sequence instead of waiting for it; and all
columns of an item lie in one row, so that it is read at once. `amount`, `item`
and `tied` are views of these rows. Here, an item's number is its row.

Bounds: |room| and |space| up to 2^61 (an issuer's room up to 2^62), waiting
amounts of a currency together below 2^62, each reservation up to 2^60. Then no
sum formed here leaves the open interval from -2^63 to 2^63.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.kernels import inlined, lean
from comity.engine.offsetting import MULTILATERAL, OffsettingProblem
from comity.solvers.kernels import heap

PAYER = 2  # columns 0 and 1 are the amount
PAYEE = 3
FUND = 4
BUNDLE = 5
ITEM_COLUMNS = 6

OUT = 0  # payer's limit in which the item counts
IN = 1  # payee's limit that it relieves
CAPS = 2  # three columns: two corridor caps and the payee's holding cap
TIED_COLUMNS = 5
BINDS = 5  # whether the limit in OUT binds the item
TIED_WIDTH = 6

NET = 0  # room + credits - debits of what is kept
DEBIT = 1  # three columns, by fund class: debits of what is kept
URGENT = 4
HIGH = 5
LAST = 6  # no kept item of the account stands behind this one
BROKEN = 7  # payer's limits of the account that do not hold
ACCOUNT_COLUMNS = 8

SLACK = 0  # space left over
COUNTED = 1  # amount of kept items that use the space and are bound by it; it must hold while positive
OWNER = 2  # payer of a payer's limit, payee of a holding cap; -1 nobody
KIND = 3
LIMIT_COLUMNS = 4


class Book(NamedTuple):
    """n items, m accounts, k limits, b bundles."""

    keep: NDArray[np.bool_]
    """n."""
    amount: NDArray[np.int64]
    """n, apart by the width of a row; read only."""
    item: NDArray[np.int32]
    """n rows; read only."""
    place: NDArray[np.int32]
    """n: from an item's number in the problem to its row; read only."""
    tied: NDArray[np.int32]
    """n rows, of no width if k is 0; -1: no limit; read only."""
    account: NDArray[np.int64]
    """m rows."""
    holding: NDArray[np.int32]
    """m: the account's holding cap, -1 none; read only."""
    limit: NDArray[np.int64]
    """k rows."""
    start: NDArray[np.int32]
    """b + 1: bundle i has the items `member[start[i]:start[i + 1]]`, in queue order; read only."""
    member: NDArray[np.int32]
    """Items of bundles; read only."""
    over: heap.Heap
    """Caps that may be exceeded, by index."""


def open_book(problem: OffsettingProblem) -> Book:
    """Keep every item; O(n + m + k)."""
    items, accounts, limits = len(problem.slot), len(problem.room), len(problem.space)
    bundles = int(problem.bundle.max(initial=-1)) + 1
    width = ITEM_COLUMNS + (TIED_WIDTH if limits else 0)
    rows = np.empty((items, width // 2), np.int64)
    item = rows.view(np.int32).reshape(items, width)
    book = Book(
        np.ones(items, np.bool_),
        rows[:, 0],
        item,
        np.empty(items, np.int32),
        item[:, ITEM_COLUMNS:],
        np.zeros((accounts, ACCOUNT_COLUMNS), np.int64),
        np.full(accounts, -1, np.int32),
        np.zeros((limits, LIMIT_COLUMNS), np.int64),
        np.zeros(bundles + 1, np.int32),
        np.empty(int(np.count_nonzero(problem.bundle >= 0)), np.int32),
        heap.empty(np.arange(limits)),
    )
    book.account[:, NET] = problem.room
    book.account[:, URGENT] = problem.urgent
    book.account[:, HIGH] = problem.high
    book.limit[:, SLACK] = problem.space
    book.limit[:, OWNER] = -1
    book.limit[:, KIND] = problem.kind
    _sort(problem.account, book.place, np.zeros(accounts + 1, np.int32))
    _pack(problem, book)
    if bundles:
        _gather_bundles(problem.bundle, book)
    if limits:
        _tie(problem, book)
        _add_limits(book)
    _add_items(book)
    _close_limits(book)
    return book


def kept(book: Book) -> NDArray[np.bool_]:
    """Return what is kept, in the order of the problem."""
    return book.keep[book.place]


@lean
def _sort(payer: NDArray[np.int32], place: NDArray[np.int32], stop: NDArray[np.int32]) -> None:
    """Give every item its row, by a counting sort that keeps queue order; `stop` is m + 1 zeros."""
    for i in range(len(payer)):
        stop[payer[i] + 1] += 1
    for a in range(1, len(stop)):
        stop[a] += stop[a - 1]
    for i in range(len(payer)):
        place[i] = stop[payer[i]]
        stop[payer[i]] += 1


@lean
def _pack(problem: OffsettingProblem, book: Book) -> None:
    """Write what every item is."""
    for i in range(len(problem.amount)):
        row = book.place[i]
        book.amount[row] = problem.amount[i]
        book.item[row, PAYER] = problem.account[i]
        book.item[row, PAYEE] = problem.creditor[i]
        book.item[row, FUND] = problem.fund[i]
        book.item[row, BUNDLE] = problem.bundle[i]


@lean
def _tie(problem: OffsettingProblem, book: Book) -> None:
    """Write in which limits and caps every item counts."""
    for i in range(len(problem.amount)):
        row = book.place[i]
        book.tied[row, OUT] = problem.limit_out[i]
        book.tied[row, BINDS] = problem.binds[i]
        book.tied[row, IN] = problem.limit_in[i]
        book.tied[row, CAPS] = problem.cap_a[i]
        book.tied[row, CAPS + 1] = problem.cap_b[i]
        book.tied[row, CAPS + 2] = problem.holding[i]


@lean
def _add_items(book: Book) -> None:
    """Sum debits and credits."""
    account = book.account
    for i in range(len(book.amount)):
        amount, payer = book.amount[i], book.item[i, PAYER]
        account[payer, LAST] = i
        account[payer, NET] -= amount
        account[payer, DEBIT + book.item[i, FUND]] += amount
        account[book.item[i, PAYEE], NET] += amount


@lean
def _gather_bundles(bundle: NDArray[np.int32], book: Book) -> None:
    """List the items of each bundle by a counting sort, which keeps queue order."""
    start = book.start
    for i in range(len(bundle)):
        if bundle[i] >= 0:
            start[bundle[i]] += 1
    for b in range(1, len(start)):
        start[b] += start[b - 1]
    for i in range(len(bundle) - 1, -1, -1):
        if bundle[i] >= 0:
            start[bundle[i]] -= 1
            book.member[start[bundle[i]]] = book.place[i]


@lean
def _add_limits(book: Book) -> None:
    """Count every item in its limits and caps."""
    limit = book.limit
    for i in range(len(book.amount)):
        amount = book.amount[i]
        out, relieved, holding = book.tied[i, OUT], book.tied[i, IN], book.tied[i, CAPS + 2]
        if out >= 0:
            limit[out, OWNER] = book.item[i, PAYER]
            limit[out, SLACK] -= amount
            limit[out, COUNTED] += amount * book.tied[i, BINDS]
        if relieved >= 0:
            limit[relieved, OWNER] = book.item[i, PAYEE]
            limit[relieved, SLACK] += amount
        if holding >= 0:
            limit[holding, OWNER] = book.item[i, PAYEE]
        for column in range(CAPS, TIED_COLUMNS):
            c = book.tied[i, column]
            if c >= 0:
                limit[c, SLACK] -= amount
                limit[c, COUNTED] += amount


@lean
def _close_limits(book: Book) -> None:
    """Let an account's own payments relieve its holding cap, and count its limits that do not hold."""
    account, limit = book.account, book.limit
    for c in range(len(limit)):
        owner = limit[c, OWNER]
        if owner >= 0 and limit[c, KIND] > MULTILATERAL:
            book.holding[owner] = c
            limit[c, SLACK] += account[owner, DEBIT] + account[owner, DEBIT + 1] + account[owner, DEBIT + 2]
        elif owner >= 0 and is_exceeded(limit, c):
            account[owner, BROKEN] += 1


@inlined
def is_exceeded(limit: NDArray[np.int64], c: int) -> bool:
    """Whether limit or cap `c` does not hold; one that nothing uses always holds."""
    return bool(limit[c, COUNTED] > 0 and limit[c, SLACK] < 0)


@inlined
def margin(account: NDArray[np.int64], a: int) -> int:
    """Least of what account `a` has left over each class of money it pays from; 0 if it pays nothing."""
    least: int = account[a, NET]
    urgent = max(account[a, URGENT] - account[a, DEBIT], 0)
    if account[a, DEBIT + 2] > 0:
        return least - urgent - max(account[a, HIGH] - account[a, DEBIT + 1], 0)
    if account[a, DEBIT + 1] > 0:
        return least - urgent
    if account[a, DEBIT] > 0:
        return least
    return 0


@inlined
def is_short(account: NDArray[np.int64], a: int) -> bool:
    """Whether account `a` would end without the money it needs, or outside a limit of its own."""
    return bool(account[a, BROKEN] > 0 or margin(account, a) < 0)


@inlined
def last_item(book: Book, a: int) -> int:
    """Last kept item in the queue of account `a`, which must have one; O(1) amortised."""
    i: int = book.account[a, LAST]
    while not book.keep[i]:
        i -= 1
    book.account[a, LAST] = i
    return i


@inlined
def remove(book: Book, i: int) -> None:
    """Take out item `i` alone; the caller takes out the others of its bundle."""
    amount = book.amount[i]
    payer, payee = book.item[i, PAYER], book.item[i, PAYEE]
    book.keep[i] = False
    book.account[payer, NET] += amount
    book.account[payer, DEBIT + book.item[i, FUND]] -= amount
    book.account[payee, NET] -= amount
    if book.tied.shape[1] > 0:
        _release(book, i, amount, payer, payee)


@inlined
def _release(book: Book, i: int, amount: int, payer: int, payee: int) -> None:
    """Take item `i` out of its limits and caps, and out of what relieves others."""
    limit = book.limit
    out, relieved = book.tied[i, OUT], book.tied[i, IN]
    if out >= 0:
        was = is_exceeded(limit, out)
        limit[out, SLACK] += amount
        limit[out, COUNTED] -= amount * book.tied[i, BINDS]
        if was and not is_exceeded(limit, out):
            book.account[payer, BROKEN] -= 1
    if relieved >= 0:
        was = is_exceeded(limit, relieved)
        limit[relieved, SLACK] -= amount
        if not was and is_exceeded(limit, relieved):
            book.account[payee, BROKEN] += 1
    for column in range(CAPS, TIED_COLUMNS):
        c = book.tied[i, column]
        if c >= 0:
            limit[c, SLACK] += amount
            limit[c, COUNTED] -= amount
    own = book.holding[payer]
    if own >= 0:
        limit[own, SLACK] -= amount
        if is_exceeded(limit, own):
            heap.put(book.over, own, own)


@inlined
def exceeds_cap(book: Book, i: int) -> bool:
    """Whether a cap in which item `i` counts does not hold."""
    exceeded = False
    if book.tied.shape[1] > 0:
        for column in range(CAPS, TIED_COLUMNS):
            c = book.tied[i, column]
            exceeded = exceeded or (c >= 0 and is_exceeded(book.limit, c))
    return exceeded


@inlined
def put_back(book: Book, i: int) -> None:
    """Keep item `i` again, which was removed; what exceeds a cap is not noted in `over`."""
    amount = book.amount[i]
    payer, payee = book.item[i, PAYER], book.item[i, PAYEE]
    book.keep[i] = True
    book.account[payer, NET] -= amount
    book.account[payer, DEBIT + book.item[i, FUND]] += amount
    book.account[payee, NET] += amount
    book.account[payer, LAST] = max(book.account[payer, LAST], i)
    if book.tied.shape[1] > 0:
        _occupy(book, i, amount, payer, payee)


@inlined
def _occupy(book: Book, i: int, amount: int, payer: int, payee: int) -> None:
    """Count item `i` in its limits and caps, and in what relieves others."""
    limit = book.limit
    out, relieved = book.tied[i, OUT], book.tied[i, IN]
    if out >= 0:
        was = is_exceeded(limit, out)
        limit[out, SLACK] -= amount
        limit[out, COUNTED] += amount * book.tied[i, BINDS]
        if not was and is_exceeded(limit, out):
            book.account[payer, BROKEN] += 1
    if relieved >= 0:
        was = is_exceeded(limit, relieved)
        limit[relieved, SLACK] += amount
        if was and not is_exceeded(limit, relieved):
            book.account[payee, BROKEN] -= 1
    for column in range(CAPS, TIED_COLUMNS):
        c = book.tied[i, column]
        if c >= 0:
            limit[c, SLACK] -= amount
            limit[c, COUNTED] += amount
    own = book.holding[payer]
    if own >= 0:
        limit[own, SLACK] += amount
