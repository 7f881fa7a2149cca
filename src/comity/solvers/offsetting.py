"""Offsetting: which waiting items can settle together, money moving only at the end.

Each rule searches a set in which every account, limit, cap and bundle holds:

- `fifo`: drop the last item of any account that would end short, repeat
  (Bech and Soramaki, "Gridlock resolution in interbank payment systems",
  Bank of Finland discussion paper 9/2001).
- `all-or-nothing`: everything in a component of tied currencies, or nothing.
- `partial`: as fifo, but the account with the most negative position is
  always served next (the extraction rule of TARGET2).
- `greedy`: fifo, then whatever can join, passing what cannot.
- `best`: guided by the flow of largest value; never worse than greedy and fifo.
- `exact`: the best of all sets, for at most 200 items, bounded by nodes.

For fifo and partial the caps come after: see `comity.solvers.kernels.caps`; for
the last three rules see `comity.solvers.bypass`. A problem of 1e6 items costs
tens of milliseconds with fifo, a second with best.

Examples
--------
A ring without any money: A pays B, B pays C, C pays A.

>>> import numpy as np
>>> none = np.full(3, -1, np.int32)
>>> normal = np.full(3, 2, np.int8)
>>> zero = np.zeros(3, np.int64)
>>> ring = OffsettingProblem(
...     slot=np.arange(3, dtype=np.int32), passed=np.zeros(3, np.int32), account=np.array([0, 1, 2], np.int32),
...     creditor=np.array([1, 2, 0], np.int32), amount=np.array([100, 100, 100]),
...     priority=normal, fund=normal, bundle=none, limit_out=none, limit_in=none,
...     binds=np.ones(3, np.bool_), cap_a=none, cap_b=none, holding=none, room=zero, urgent=zero, high=zero,
...     currency=np.zeros(3, np.int32), space=zero[:0], kind=normal[:0])
>>> proposal = solve(ring, "fifo")
>>> proposal.keep.tolist(), proposal.bound_minor.tolist()
([True, True, True], [300])
"""

from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from comity.engine.offsetting import OffsettingProblem
from comity.errors import Fault, InvalidRequest, InvariantBroken
from comity.solvers import bypass
from comity.solvers.kernels import caps, fifo, partial, shape, whole
from comity.solvers.kernels.book import Book, kept, open_book
from comity.solvers.relaxation import simple_bound

_Number = TypeVar("_Number", bound=np.generic)

RULES: Final = ("fifo", "all-or-nothing", "partial", "greedy", "best", "exact")
BYPASSING: Final = frozenset({"greedy", "best", "exact"})
"""Rules that let a payment pass others of its payer; they ask how often each was passed before."""

_FAULTS = {
    shape.ACCOUNT_UNKNOWN: "an account or its currency that does not exist",
    shape.CURRENCIES_DIFFER: "an item between accounts of two currencies",
    shape.AMOUNT_OUT_OF_RANGE: "an amount below 1, or 2^62 and more waiting in one currency",
    shape.CLASS_UNKNOWN: "a fund class other than 0, 1, 2",
    shape.BUNDLE_UNKNOWN: "a bundle that does not exist",
    shape.LIMIT_UNKNOWN: "a limit that does not exist or is of another kind",
    shape.LIMIT_OF_TWO_ACCOUNTS: "a limit with two owners",
    shape.ROOM_OUT_OF_RANGE: "a room, reservation or space out of range",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a rule proposes to settle together.

    Attributes
    ----------
    keep
        One entry per item of the problem.
    bound_minor
        Per currency index: no set of these items settles more, by any rule.
    rule
        The rule that proposes.
    proved
        Whether exact searched to its end: no set that its rules allow scores more.
    """

    keep: NDArray[np.bool_]
    bound_minor: NDArray[np.int64]
    rule: str
    proved: bool = False


def solve(problem: OffsettingProblem, rule: str = "fifo") -> Proposal:
    """Search a set of items that can settle together.

    The same problem gives the same proposal on every machine. The problem is
    not changed.

    Parameters
    ----------
    problem
        Items in queue order; bounds in `comity.solvers.kernels.book`.
    rule
        One of `RULES`.

    Raises
    ------
    InvalidRequest
        If there is no such rule, or more than `bypass.ITEMS_MAX` items for exact.
    InvariantBroken
        If the problem names what is not in it or exceeds the bounds.
    """
    check_rule(rule)
    fixed = _fixed(problem)
    currencies = int(fixed.currency.max(initial=-1)) + 1
    _examine(fixed, currencies)
    if rule == "best":
        return _proposal(bypass.best(fixed, currencies), rule)
    if rule == "exact":
        return _proposal(bypass.search(fixed, currencies), rule)
    bound, _ = simple_bound(fixed, currencies)
    if rule == "greedy":
        return Proposal(bypass.greedy(fixed, currencies), bound, rule)
    book = open_book(fixed)
    if rule == "all-or-nothing":
        _whole(fixed, book, currencies)
    else:
        _drop(fixed, book, rule)
    return Proposal(kept(book), bound, rule)


def check_rule(rule: str) -> None:
    """Raise InvalidRequest if there is no such rule."""
    if rule not in RULES:
        raise InvalidRequest([Fault("", 0, "rule", "one of " + ", ".join(RULES), repr(rule))])


def usable_rule(problem: OffsettingProblem, rule: str) -> str:
    """Return `rule`, or best in place of exact where more waits than that searches."""
    return "best" if rule == "exact" and len(problem.slot) > bypass.ITEMS_MAX else rule


def _proposal(found: bypass.Found, rule: str) -> Proposal:
    return Proposal(found.keep, found.bound_minor, rule, found.proved)


def _fixed(problem: OffsettingProblem) -> OffsettingProblem:
    """View all arrays as contiguous and read-only, so that kernels are compiled for one signature."""
    return OffsettingProblem._make(_view(array) for array in problem)


def _view(array: NDArray[_Number]) -> NDArray[_Number]:
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def _examine(problem: OffsettingProblem, currencies: int) -> None:
    """Refuse a problem on which compiled code would read what is not there."""
    for group in (problem[:14], problem[14:18], problem[18:]):
        if len({len(array) for array in group}) != 1:
            raise InvariantBroken("offsetting problem: columns of different lengths")
    waiting, owner = np.zeros(currencies, np.int64), np.full(len(problem.space), -1, np.int32)
    fault = shape.examine(problem, waiting, owner)
    if fault != shape.FITS:
        raise InvariantBroken(f"offsetting problem: {_FAULTS[fault]}")


def _whole(problem: OffsettingProblem, book: Book, currencies: int) -> None:
    """Keep what holds as a whole."""
    parent = np.arange(currencies, dtype=np.int32)
    of_limit = np.full(len(problem.space), -1, np.int32)
    whole.tie_currencies(problem, parent, np.full(len(book.start) - 1, -1, np.int32), of_limit)
    whole.run(problem, book, parent, of_limit, np.ones(currencies, np.bool_))


def _drop(problem: OffsettingProblem, book: Book, rule: str) -> None:
    """Remove items until everything holds: money and payers' limits first, then the caps too."""
    if rule == "partial":
        worst = partial.shortest_first(book)
        partial.run(book, worst, caps.none())
        partial.run(book, worst, caps.exceeded(problem, book))
    else:
        ring = fifo.all_accounts(len(book.account))
        fifo.run(book, ring, caps.none())
        fifo.run(book, ring, caps.exceeded(problem, book))
