"""Rules that let a payment pass others: greedy, best, exact.

**greedy** keeps what `fifo` keeps and adds what can join it
(`comity.solvers.kernels.join`).

**best** searches a second set besides: the divisible relaxation says who pays
whom how much (`comity.solvers.relaxation`), whole payments fill it arc by arc,
the oldest first (`kernels.fill`), a repair pulls in and drops what fits until
everything holds (`kernels.mend`), and what can join is added. In each group of
currencies that bundles or limits tie, the set of larger score is proposed, the
greedy one if they are equal; beyond `GREEDY_MAX` items, fifo's in place of the
greedy one, to which what can join is added once it is chosen.

**exact** goes on from the answer of best, in at most `ITEMS_MAX` items, by branch and
bound (`kernels.exact`) over at most `NODES_MAX` nodes.

The *score* of a set is the sum over currencies of its value as a share of what
waits in that currency; in one currency the larger score is the larger value.
No rate is needed, and no currency counts more because its unit is small.

No urgent or high item on its own is passed by another item on its own of the
same payer, except where `fifo` itself lets it, under a cap; nor one that `PASSED_MAX`
later payments of its payer have passed already. PvP legs and linked
payments neither stop others nor are stopped. See decision 0017.
"""

from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.offsetting import OffsettingProblem
from comity.errors import Fault, InvalidRequest
from comity.model.reason import Priority
from comity.solvers.kernels import caps, exact, fifo, fill, join, mend, whole
from comity.solvers.kernels.book import Book, kept, open_book
from comity.solvers.relaxation import Relaxation, relax

PASSED_MAX: Final = 100
"""Later payments of its payer that may pass a payment in passes; then it stops them, as an urgent one does."""
ITEMS_MAX: Final = 200
"""What exact searches; more is refused."""
NODES_MAX: Final = 100_000
"""Nodes of the search tree of exact, all groups together."""
GREEDY_MAX: Final = 50_000
"""Up to so many items, best compares with greedy; searching that as well would cost as much again."""
_WORK: Final = 24
"""How many items repair and joining may look at, per item of the problem."""
_WORK_LEAST: Final = 1_000_000
_TRIAL_MAX: Final = 1 + join.PULLED_MAX + 128
"""Items of one trial: bundles have up to 64."""
_SHARE: Final = 1 << 28
"""Where currencies are tied, exact counts in such parts of what waits in a currency."""


class Found(NamedTuple):
    """A set that holds, by item; the bound per currency; whether no set scores more."""

    keep: NDArray[np.bool_]
    bound_minor: NDArray[np.int64]
    proved: bool


class _Given(NamedTuple):
    """A problem, and what all searches need of it."""

    problem: OffsettingProblem
    currencies: int
    blocks: NDArray[np.bool_]
    """By row: an urgent or high item on its own."""
    first: NDArray[np.int32]
    """First row of each account, then the number of rows."""
    group: NDArray[np.int32]
    """By currency: its group."""
    work: int


def greedy(problem: OffsettingProblem, currencies: int) -> NDArray[np.bool_]:
    """Return what fifo keeps, and what can join."""
    book = open_book(problem)
    return kept(_add(_given(problem, book, currencies), _fifo(problem, book)))


def best(problem: OffsettingProblem, currencies: int) -> Found:
    """Return the better of the flow-guided set and the greedy one, group by group."""
    book = open_book(problem)
    given = _given(problem, book, currencies)
    return _best(given, book, relax(problem, book, currencies))


def search(problem: OffsettingProblem, currencies: int) -> Found:
    """Return the set of largest score that the rule exact finds.

    Raises
    ------
    InvalidRequest
        If there are more than `ITEMS_MAX` items.
    """
    items = len(problem.slot)
    if items > ITEMS_MAX:
        raise InvalidRequest([Fault("", 0, "queue", f"at most {ITEMS_MAX} items for the rule exact", f"{items}")])
    book = open_book(problem)
    given = _given(problem, book, currencies)
    relaxation = relax(problem, book, currencies)
    found = _best(given, book, relaxation)
    keep, proved, nodes = found.keep.copy(), True, NODES_MAX
    for group in np.unique(given.group).tolist():
        better, nodes = _improve(given, keep, group, nodes)
        keep = keep if better is None else better
        proved = proved and nodes >= 0
    return Found(keep, relaxation.bound_minor, proved)


def _given(problem: OffsettingProblem, book: Book, currencies: int) -> _Given:
    items, accounts = len(problem.slot), len(problem.room)
    blocks = np.empty(items, np.bool_)
    blocks[book.place] = _stops(problem)
    first = np.zeros(accounts + 1, np.int32)
    first[1:] = np.cumsum(np.bincount(problem.account, minlength=accounts))
    return _Given(problem, currencies, blocks, first, groups(problem, currencies), max(_WORK * items, _WORK_LEAST))


def _stops(problem: OffsettingProblem) -> NDArray[np.bool_]:
    """Return which items may not be passed: urgent and high ones, and those that were passed too often."""
    stops: NDArray[np.bool_] = (problem.bundle < 0) & (
        (problem.priority < Priority.NORMAL) | (problem.passed >= PASSED_MAX)
    )
    return stops


def groups(problem: OffsettingProblem, currencies: int) -> NDArray[np.int32]:
    """Return for each currency the lowest one to which bundles and limits tie it."""
    parent = np.arange(currencies, dtype=np.int32)
    bundles = int(problem.bundle.max(initial=-1)) + 1
    if bundles or len(problem.space):
        first_of_limit = np.full(len(problem.space), -1, np.int32)
        whole.tie_currencies(problem, parent, np.full(bundles, -1, np.int32), first_of_limit)
    return np.array([whole.root(parent, c) for c in range(currencies)], np.int32)


# Searching a set


def _fifo(problem: OffsettingProblem, book: Book) -> Book:
    ring = fifo.all_accounts(len(book.account))
    fifo.run(book, ring, caps.none())
    fifo.run(book, ring, caps.exceeded(problem, book))
    return book


def _add(given: _Given, book: Book) -> Book:
    """Add what can join the set that the book keeps."""
    join.run(book, given.blocks, given.first, _lists(given, book), given.work)
    return book


def _lists(given: _Given, book: Book) -> join.Search:
    items, accounts = len(book.amount), len(book.account)
    search = join.Search(
        head=np.full(accounts, -1, np.int32),
        after=np.empty(items, np.int32),
        gate=np.full(accounts, items, np.int32),
        trial=np.empty(_TRIAL_MAX, np.int32),
        cursor=np.empty(accounts, np.int32),
        stamp=np.empty(accounts, np.int64),
    )
    join.open_search(book, given.blocks, search)
    return search


def _best(given: _Given, book: Book, relaxation: Relaxation) -> Found:
    """Choose between the flow-guided and the greedy set; `book` keeps everything before."""
    guided = kept(_add(given, _guided(given, book, relaxation)))
    other = _fifo(given.problem, open_book(given.problem))
    if len(guided) <= GREEDY_MAX:
        _add(given, other)
    keep = _better(given, kept(other), guided)
    if len(guided) > GREEDY_MAX and not np.array_equal(keep, guided):
        keep = kept(_add(given, _book_of(given.problem, keep)))
    return Found(keep, relaxation.bound_minor, proved=False)


def _book_of(problem: OffsettingProblem, keep: NDArray[np.bool_]) -> Book:
    """Return a book that keeps these items only."""
    book = open_book(problem)
    fill.keep_only(book, keep)
    return book


def _guided(given: _Given, book: Book, relaxation: Relaxation) -> Book:
    """Fill the flow with whole items, then repair."""
    _fill(given, book, relaxation)
    lists = _lists(given, book)
    ring = fifo.all_accounts(len(book.account))
    mend.run(book, ring, caps.none(), lists, given.blocks, given.first, given.work)
    mend.run(book, ring, caps.exceeded(given.problem, book), lists, given.blocks, given.first, given.work)
    return book


def _fill(given: _Given, book: Book, relaxation: Relaxation) -> None:
    left, space = relaxation.flow.copy(), given.problem.space.copy()
    if len(space):
        fill.plan(book, relaxation.order, relaxation.arc, left, space)
    broken = np.zeros(len(book.start) - 1, np.bool_)
    fill.run(book, relaxation.order, relaxation.arc, given.blocks, left, space, broken)


# Comparing sets


def _better(given: _Given, one: NDArray[np.bool_], other: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return per group of currencies the set of larger score, `one` where they are equal."""
    problem = given.problem
    currency = problem.currency[problem.account]
    waiting = _values(given, np.ones(len(one), np.bool_))
    gain = [b - a for a, b in zip(_values(given, one), _values(given, other), strict=True)]
    score = [Fraction(0)] * given.currencies
    for c in range(given.currencies):
        if waiting[c]:
            score[int(given.group[c])] += Fraction(gain[c], waiting[c])
    takes = np.array([score[int(given.group[c])] > 0 for c in range(given.currencies)], np.bool_)
    return np.where(takes[currency], other, one) if len(one) else one


def _values(given: _Given, keep: NDArray[np.bool_]) -> list[int]:
    """Return the value kept of each currency; what waits in one sums to less than 2^62."""
    values = np.zeros(given.currencies, np.int64)
    np.add.at(values, given.problem.currency[given.problem.account[keep]], given.problem.amount[keep])
    return [int(value) for value in values]


# Exact


def _improve(given: _Given, keep: NDArray[np.bool_], group: int, nodes: int) -> tuple[NDArray[np.bool_] | None, int]:
    """Search one group of currencies for a better set; return it, if there is one, and the nodes left."""
    problem = given.problem
    currency = problem.currency[problem.account]
    mine = given.group[currency] == group
    tied = len(np.unique(currency[mine])) > 1
    score = _scores(problem, mine) if tied else problem.amount
    chosen = np.flatnonzero(mine)
    if not len(chosen) or nodes < 0:
        return None, nodes
    book = open_book(problem)
    units, numbers = _units(given, book, chosen, score)
    best_score = int(score[keep & mine].sum())
    scratch = _scratch(given, units, chosen)
    found, nodes = exact.run(book, units, scratch, best_score, int(tied), nodes)
    if found == best_score:
        return None, nodes
    better = keep.copy()
    better[chosen] = scratch.best[numbers] > 0
    return better, nodes


def _scores(problem: OffsettingProblem, mine: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return each item's part of what waits in its currency, in parts of `_SHARE`, rounded down."""
    currency = problem.currency[problem.account]
    waiting = {c: int(problem.amount[mine & (currency == c)].sum()) for c in np.unique(currency[mine]).tolist()}
    parts = [
        int(amount) * _SHARE // waiting[c] if c in waiting else 0
        for amount, c in zip(problem.amount.tolist(), currency.tolist(), strict=True)
    ]
    return np.array(parts, np.int64)


def _units(
    given: _Given, book: Book, chosen: NDArray[np.int64], score: NDArray[np.int64]
) -> tuple[exact.Units, NDArray[np.int64]]:
    """Return the units of some items by falling score, then place, and the unit of each item."""
    problem = given.problem
    places: dict[tuple[bool, int], list[int]] = {}
    for item in chosen.tolist():
        bundle = int(problem.bundle[item])
        places.setdefault((bundle >= 0, bundle if bundle >= 0 else item), []).append(item)
    members = sorted(places.values(), key=lambda items: (-int(score[items].sum()), items[0]))
    unit = {item: number for number, items in enumerate(members) for item in items}
    listed = np.array([item for items in members for item in items])
    accounts = np.unique(np.concatenate([problem.account[listed], problem.creditor[listed]]))
    tied = [problem.limit_out, problem.limit_in, problem.cap_a, problem.cap_b, problem.holding]
    limits = np.unique(np.concatenate([column[listed] for column in tied]))
    units = exact.Units(
        start=np.cumsum([0, *map(len, members)], dtype=np.int32),
        member=book.place[listed],
        payer=np.searchsorted(accounts, problem.account[listed]).astype(np.int32),
        payee=np.searchsorted(accounts, problem.creditor[listed]).astype(np.int32),
        amount=problem.amount[listed],
        score=score[listed],
        behind=np.array([_ahead(problem, items, unit) for items in members], np.int32),
        account=accounts.astype(np.int32),
        limit=limits[limits >= 0].astype(np.int32),
    )
    return units, np.array([unit[item] for item in chosen.tolist()])


def _ahead(problem: OffsettingProblem, items: list[int], unit: dict[int, int]) -> int:
    """Return the unit that may not be passed: the last urgent or high item on its own ahead of this one."""
    item = items[0]
    if problem.bundle[item] >= 0:
        return -1
    mine = (problem.account[:item] == problem.account[item]) & (problem.bundle[:item] < 0)
    ahead = np.flatnonzero(mine & _stops(problem)[:item])
    return unit[int(ahead[-1])] if len(ahead) else -1


def _scratch(given: _Given, units: exact.Units, chosen: NDArray[np.int64]) -> exact.Scratch:
    problem, count = given.problem, len(units.start) - 1
    classes = np.zeros((3, len(problem.room)), np.bool_)
    classes[problem.fund[chosen], problem.account[chosen]] = True
    reserved = np.where(classes[0], 0, np.where(classes[1], problem.urgent, problem.urgent + problem.high))
    scratch = exact.Scratch(
        state=np.zeros(count, np.int8),
        trail=np.empty(count, np.int32),
        branch=np.empty(count, np.int32),
        reach=(problem.room - reserved)[units.account],
        open_debit=np.zeros(len(units.account), np.int64),
        open_score=np.zeros(len(units.account), np.int64),
        best=np.zeros(count, np.int8),
    )
    np.add.at(scratch.reach, units.payee, units.amount)
    np.add.at(scratch.open_debit, units.payer, units.amount)
    np.add.at(scratch.open_score, units.payer, units.score)
    return scratch
