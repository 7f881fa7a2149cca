"""The reference simulator of the case `eight`: three banks, one currency, whole ticks of time.

Each tick: the payment that arrives joins the queue; the queue is scanned in
order of arrival, again and again until a scan settles nothing; then, if asked
for, one offsetting pass settles the set of largest value for which no balance
ends below zero. Under FIFO a payment may settle gross only if its sender has no
earlier one waiting; a pass may take any payment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations


@dataclass(frozen=True, slots=True)
class Arrival:
    """A payment that arrives at tick `tick`."""

    tick: int
    debtor: str
    creditor: str
    amount: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Value settled, and the delay indicator: value times wait, over value times longest wait."""

    settled: int
    delay: Fraction


class Simulator:
    """One day.

    Parameters
    ----------
    ticks
        The day ends at this tick; what has not settled has waited until then.
    bypass
        Whether a later payment of a sender may settle before an earlier one.
    netting
        `none`; `bilateral`: a pass looks at each pair of banks alone; `multilateral`: at all.
    """

    def __init__(self, balances: dict[str, int], ticks: int, *, bypass: bool, netting: str) -> None:
        self.balances = dict(balances)
        self.ticks = ticks
        self.bypass = bypass
        self.netting = netting
        self.queue: list[Arrival] = []
        self.settled_at: dict[Arrival, int] = {}

    def run(self, arrivals: Sequence[Arrival]) -> Outcome:
        """Let a whole day pass."""
        for tick in range(self.ticks):
            self.queue += [each for each in arrivals if each.tick == tick]
            while self._scan(tick):
                pass
            self._settle(max(map(self._best_set, self._groups()), key=_value, default=()), tick)
        waited = sum(each.amount * (self.settled_at.get(each, self.ticks) - each.tick) for each in arrivals)
        longest = sum(each.amount * (self.ticks - each.tick) for each in arrivals)
        return Outcome(sum(each.amount for each in self.settled_at), Fraction(waited, longest))

    def _scan(self, tick: int) -> bool:
        """Settle gross what can be, in order of arrival; return whether anything did."""
        settled = False
        stopped: set[str] = set()
        for payment in list(self.queue):
            if payment.debtor not in stopped and self.balances[payment.debtor] >= payment.amount:
                self._settle([payment], tick)
                settled = True
            elif not self.bypass:
                stopped.add(payment.debtor)
        return settled

    def _groups(self) -> Iterator[list[Arrival]]:
        if self.netting == "bilateral":
            for pair in combinations(sorted(self.balances), 2):
                yield [each for each in self.queue if {each.debtor, each.creditor} == set(pair)]
        elif self.netting == "multilateral":
            yield list(self.queue)

    def _best_set(self, group: Sequence[Arrival]) -> Sequence[Arrival]:
        """Try every subset; return the one of largest value that leaves no balance below zero."""
        subsets = (subset for size in range(len(group) + 1) for subset in combinations(group, size))
        return max(filter(self._holds, subsets), key=_value)

    def _holds(self, subset: Sequence[Arrival]) -> bool:
        end = dict(self.balances)
        for each in subset:
            end[each.debtor] -= each.amount
            end[each.creditor] += each.amount
        return min(end.values()) >= 0

    def _settle(self, payments: Sequence[Arrival], tick: int) -> None:
        for each in payments:
            self.balances[each.debtor] -= each.amount
            self.balances[each.creditor] += each.amount
            self.settled_at[each] = tick
            self.queue.remove(each)


def _value(payments: Sequence[Arrival]) -> int:
    return sum(each.amount for each in payments)
