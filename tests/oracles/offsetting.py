"""Offsetting rules on plain lists: fifo, all-or-nothing, partial, greedy, and the greatest set by trial.

They work on a `Problem`, the same numbers as `comity.engine.offsetting.OffsettingProblem`
as lists of Python integers, and return the indexes of the items kept.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import combinations

from comity.engine.offsetting import BILATERAL, CORRIDOR, HOLDING, MULTILATERAL, OffsettingProblem

PASSED_MAX = 100
PAYER_LIMITS = (BILATERAL, MULTILATERAL)


@dataclass(frozen=True, slots=True)
class Problem:
    """See `OffsettingProblem` for every column."""

    account: list[int]
    creditor: list[int]
    amount: list[int]
    priority: list[int]
    fund: list[int]
    bundle: list[int]
    limit_out: list[int]
    limit_in: list[int]
    binds: list[bool]
    passed: list[int]
    cap_a: list[int]
    cap_b: list[int]
    holding: list[int]
    room: list[int]
    urgent: list[int]
    high: list[int]
    currency: list[int]
    space: list[int]
    kind: list[int]

    @classmethod
    def from_arrays(cls, arrays: OffsettingProblem) -> "Problem":
        """Copy the columns into lists."""
        return cls(**{each.name: getattr(arrays, each.name).tolist() for each in fields(cls)})

    def stops(self, item: int) -> bool:
        """Return whether nothing of its payer may pass the item: it is urgent, high, or was passed a hundred times."""
        return self.priority[item] < HIGHEST_PASSED or self.passed[item] >= PASSED_MAX

    def fellows(self, item: int) -> list[int]:
        """Return the items that share the item's fate, itself included."""
        bundle = self.bundle[item]
        return [item] if bundle < 0 else [each for each, other in enumerate(self.bundle) if other == bundle]

    # What a set of items does

    def money_slack(self, account: int, kept: Iterable[int]) -> int:
        """Return what the account has to spare at the end; below zero: it ends short."""
        kept = list(kept)
        paid = [sum(self.amount[i] for i in kept if self.account[i] == account and self.fund[i] == f) for f in range(3)]
        got = sum(self.amount[i] for i in kept if self.creditor[i] == account)
        room = self.room[account] + got - sum(paid)
        urgent = self.urgent[account] - min(self.urgent[account], paid[0])
        high = self.high[account] - min(self.high[account], paid[1])
        demands = (room, room - urgent, room - urgent - high)
        return min((slack for slack, used in zip(demands, paid, strict=True) if used), default=0)

    def limit_slack(self, constraint: int, kept: Iterable[int]) -> int:
        """Return what is left under a payer's limit; 0 if it binds none of the items kept."""
        kept = list(kept)
        out = [self.amount[i] for i in kept if self.limit_out[i] == constraint]
        back = sum(self.amount[i] for i in kept if self.limit_in[i] == constraint)
        bound = any(self.limit_out[i] == constraint and self.binds[i] for i in kept)
        return self.space[constraint] - sum(out) + back if bound else 0

    def cap_excess(self, constraint: int, kept: Iterable[int]) -> list[int]:
        """Return the kept items that count in a corridor or holding cap if it is exceeded, else nothing."""
        kept = list(kept)
        if self.kind[constraint] == CORRIDOR:
            counted = [i for i in kept if constraint in (self.cap_a[i], self.cap_b[i])]
            relief = 0
        else:
            counted = [i for i in kept if self.holding[i] == constraint]
            holders = {self.creditor[i] for i in counted}
            relief = sum(self.amount[i] for i in kept if self.account[i] in holders)
        exceeded = sum(self.amount[i] for i in counted) - relief > self.space[constraint]
        return counted if counted and exceeded else []

    def limits_of(self, account: int) -> set[int]:
        """Return the payer's limits in which the account's items count."""
        mine = {c for a, c in zip(self.account, self.limit_out, strict=True) if a == account and c >= 0}
        return {c for c in mine if self.kind[c] in PAYER_LIMITS}

    def slack(self, account: int, kept: Iterable[int]) -> int:
        """Return the least of the account's slacks of money and of its own limits."""
        kept = list(kept)
        limits = (self.limit_slack(each, kept) for each in self.limits_of(account))
        return min((self.money_slack(account, kept), *limits))

    def caps(self) -> Iterator[int]:
        """Yield the corridor and holding caps, lowest index first."""
        return (c for c, kind in enumerate(self.kind) if kind in (CORRIDOR, HOLDING))

    def holds(self, kept: Iterable[int]) -> bool:
        """Whether the items can settle together: bundles whole, no account short, no limit or cap exceeded."""
        chosen = set(kept)
        whole = all(chosen.issuperset(self.fellows(item)) for item in chosen)
        money = all(self.slack(account, chosen) >= 0 for account in range(len(self.room)))
        return whole and money and not any(self.cap_excess(each, chosen) for each in self.caps())


def fifo(problem: Problem) -> set[int]:
    """Drop the last item of whoever would end short, then what exceeds a cap; repeat until nothing changes."""
    kept = set(range(len(problem.amount)))
    dirty = list(range(len(problem.room)))
    while True:
        while dirty:
            account = dirty[0]
            if problem.slack(account, kept) >= 0:
                dirty.pop(0)
                continue
            last = max(item for item in kept if problem.account[item] == account)
            dirty += [each for each in _drop(problem, kept, last) if each not in dirty]
        item = _over_a_cap(problem, kept)
        if item is None:
            return kept
        dirty = _drop(problem, kept, item)


def all_or_nothing(problem: Problem) -> set[int]:
    """Per group of currencies that bundles tie: everything if it holds, else nothing."""
    kept: set[int] = set()
    for group in _currency_groups(problem):
        items = {item for item in range(len(problem.amount)) if _currency(problem, item) in group}
        if problem.holds(items):
            kept |= items
    return kept


def partial(problem: Problem) -> set[int]:
    """Drop the last item of lowest priority of the account that would end shortest; then as `fifo` for caps."""
    kept = set(range(len(problem.amount)))
    while True:
        shortest = min(range(len(problem.room)), key=lambda account: problem.slack(account, kept), default=None)
        if shortest is not None and problem.slack(shortest, kept) < 0:
            item: int | None = max(item for item in kept if problem.account[item] == shortest)
        else:
            item = _over_a_cap(problem, kept)
        if item is None:
            return kept
        _drop(problem, kept, item)


def best(problem: Problem) -> set[int]:
    """Try every subset; return the one of largest value (few items only)."""
    holding = filter(problem.holds, _subsets(problem))
    return max(holding, key=lambda subset: sum(problem.amount[item] for item in subset))


def most_of_each_currency(problem: Problem) -> dict[int, int]:
    """Try every subset; return the largest value of each currency that some set settles (few items only)."""
    most = dict.fromkeys(problem.currency, 0)
    for subset in _subsets(problem):
        if problem.holds(subset):
            for currency in most:
                value = sum(problem.amount[item] for item in subset if _currency(problem, item) == currency)
                most[currency] = max(most[currency], value)
    return most


def passes_none(problem: Problem, kept: set[int]) -> bool:
    """Whether no item on its own is kept behind an urgent or high one of its payer that is not."""
    return all(_may_join(problem, kept, item) for item in kept)


def exact_score(problem: Problem) -> int:
    """Try every subset that passes nothing urgent; return the largest score (few items only)."""
    found = (subset for subset in _subsets(problem) if problem.holds(subset) and passes_none(problem, subset))
    return max(score(problem, subset) for subset in found)


def score(problem: Problem, kept: set[int]) -> int:
    """Return the value kept, or of currencies that are tied the sum of shares of what waits, in parts of 2^28."""
    total = 0
    for group in _currency_groups(problem):
        for item in kept:
            if _currency(problem, item) not in group:
                continue
            amount, currency = problem.amount[item], _currency(problem, item)
            waiting = sum(each for n, each in enumerate(problem.amount) if _currency(problem, n) == currency)
            total += amount if len(group) == 1 else (amount << 28) // waiting
    return total


def greedy(problem: Problem) -> set[int]:
    """Keep what fifo keeps; then let in, in queue order, what holds with the items that it pulls in."""
    kept = fifo(problem)
    added = True
    while added:
        added = False
        for item in range(len(problem.amount)):
            if item in kept or item != problem.fellows(item)[0] or not _may_join(problem, kept, item):
                continue
            came = _pulled_in(problem, kept, item)
            added = added or bool(came)
            kept |= came
    return kept


PULLED_MAX = 32


def _pulled_in(problem: Problem, kept: set[int], item: int) -> set[int]:
    """Return the item with what it pulls in, nothing if that does not hold."""
    came, pulled, served = problem.fellows(item), 0, 0
    tried: dict[int, int] = {}
    if _over_caps_of(problem, kept, came, came):
        return set()
    while served < len(came):
        account = problem.account[came[served]]
        while problem.slack(account, kept | set(came)) < 0:
            waiting = (
                each
                for each in range(tried.get(account, -1) + 1, len(problem.amount))
                if problem.creditor[each] == account and each not in kept and each not in came
            )
            other = next((each for each in waiting if _may_join(problem, kept, each)), None)
            pulled += 1
            if other is None or pulled > PULLED_MAX:
                return set()
            tried[account] = other
            came += problem.fellows(other)
            if _over_caps_of(problem, kept, came, problem.fellows(other)):
                return set()
        served += 1
    return set(came) if problem.holds(kept | set(came)) else set()


def _over_caps_of(problem: Problem, kept: set[int], came: list[int], new: list[int]) -> bool:
    """Whether a cap is exceeded in which one of the new items counts."""
    caps = {c for item in new for c in (problem.cap_a[item], problem.cap_b[item], problem.holding[item]) if c >= 0}
    return any(problem.cap_excess(each, kept | set(came)) for each in caps)


def _may_join(problem: Problem, kept: set[int], item: int) -> bool:
    """Whether every urgent or high item on its own ahead of this one, on its own too, is kept."""
    if problem.bundle[item] >= 0:
        return True
    ahead = (each for each in range(item) if problem.account[each] == problem.account[item])
    return all(each in kept for each in ahead if problem.bundle[each] < 0 and problem.stops(each))


HIGHEST_PASSED = 2
"""Normal: what may be passed."""


def _subsets(problem: Problem) -> Iterator[set[int]]:
    items = range(len(problem.amount))
    return (set(subset) for size in range(len(items) + 1) for subset in combinations(items, size))


def greatest_prefixes(problem: Problem) -> set[int]:
    """Try every choice of one prefix per account; return the union of all that hold (few items only).

    Without caps the choices that hold form a lattice, so their union holds and
    is what the FIFO rule must find.
    """
    queues = [[i for i, a in enumerate(problem.account) if a == each] for each in range(len(problem.room))]
    choices: list[set[int]] = [set()]
    for queue in queues:
        choices = [chosen | set(queue[:size]) for chosen in choices for size in range(len(queue) + 1)]
    return set().union(*filter(problem.holds, choices))


def _drop(problem: Problem, kept: set[int], item: int) -> list[int]:
    """Drop an item with its fellows; return the accounts this may leave short."""
    gone = problem.fellows(item)
    kept.difference_update(gone)
    return list(dict.fromkeys(account for i in gone for account in (problem.account[i], problem.creditor[i])))


def _over_a_cap(problem: Problem, kept: set[int]) -> int | None:
    """Return the item of latest (priority, order) in the first cap that is exceeded."""
    excess = next(filter(None, (problem.cap_excess(each, kept) for each in problem.caps())), None)
    return max(excess, key=lambda item: (problem.priority[item], item)) if excess else None


def _currency(problem: Problem, item: int) -> int:
    return problem.currency[problem.account[item]]


def _currency_groups(problem: Problem) -> list[set[int]]:
    """Return the currencies of the problem, joined where a bundle spans them."""
    groups: list[set[int]] = []
    for item in range(len(problem.amount)):
        tied = {_currency(problem, each) for each in problem.fellows(item)}
        joined = [group for group in groups if group & tied]
        groups = [group for group in groups if not group & tied] + [tied.union(*joined)]
    return groups
