"""The test of a funded PvP session: a participant may be short in one currency if the others cover it.

Inside such a session accounts start at zero, and PvP trades move money between
them before it was paid in. Before each trade, three things are tested for both
sides as the trade would leave them (CLS Bank's settlement risk tests; Committee
on Payment and Settlement Systems, Progress in reducing foreign exchange
settlement risk, 2008):

* *net value*: long positions less their haircut cover short ones with theirs on
  top: sum of long x (1 - haircut) - short x (1 + haircut) is not below zero;
* *short position limit*: no currency is short by more than its limit;
* *aggregate short position limit*: all shorts together stay within one limit.

A trade that fails is skipped and tried again after others have settled.
Positions are worth whole minor units of the unit of account, haircuts exact.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from comity.union.checks import ratio, refusal, whole


class Failing(Enum):
    """Which test fails first; `NONE` if all hold."""

    NONE = "none"
    NET_VALUE = "net value"
    SHORT_LIMIT = "short position limit"
    SHORT_TOTAL_LIMIT = "aggregate short position limit"


@dataclass(frozen=True, slots=True)
class SessionRules:
    """Haircuts and limits.

    Attributes
    ----------
    haircuts
        By currency, 0 to 1.
    short_limits_minor
        Most that a participant may be short by in a currency; a currency without one has none.
    short_total_limit_minor
        Most that its shorts may be together; None for no limit.
    """

    haircuts: Mapping[str, Fraction]
    short_limits_minor: Mapping[str, int] | None = None
    short_total_limit_minor: int | None = None

    def __post_init__(self) -> None:
        for currency, haircut in self.haircuts.items():
            ratio(f"haircuts[{currency}]", haircut, most=1)
        for currency, limit in (self.short_limits_minor or {}).items():
            whole(f"short_limits[{currency}]", limit, 0)
        if self.short_total_limit_minor is not None:
            whole("short_total_limit_minor", self.short_total_limit_minor, 0)

    def net_value(self, positions_minor: Mapping[str, int]) -> Fraction:
        """Return the value of positions after haircuts, exactly.

        Parameters
        ----------
        positions_minor
            Worth of the position in each currency: above 0 long, below 0 short.

        Raises
        ------
        InvalidRequest
            If a currency has no haircut.

        Examples
        --------
        >>> rules = SessionRules({"EUR": Fraction(5, 100), "JPY": Fraction(6, 100)})
        >>> rules.net_value({"EUR": 100, "JPY": -90})
        Fraction(-2, 5)
        """
        total = Fraction(0)
        for currency, position in positions_minor.items():
            whole(f"positions[{currency}]", position)
            if currency not in self.haircuts:
                raise refusal("positions", f"one of {', '.join(self.haircuts)}", repr(currency))
            haircut = self.haircuts[currency]
            total += position * (1 - haircut if position > 0 else 1 + haircut)
        return total

    def test(self, positions_minor: Mapping[str, int]) -> Failing:
        """Return the first test that a participant's positions fail.

        Examples
        --------
        >>> rules = SessionRules({"EUR": Fraction(5, 100), "JPY": Fraction(6, 100)}, {"JPY": 80})
        >>> rules.test({"EUR": 100, "JPY": -80}), rules.test({"EUR": 100, "JPY": -81})
        (<Failing.NONE: 'none'>, <Failing.SHORT_LIMIT: 'short position limit'>)
        """
        if self.net_value(positions_minor) < 0:
            return Failing.NET_VALUE
        shorts = {currency: -position for currency, position in positions_minor.items() if position < 0}
        limits = self.short_limits_minor or {}
        if any(short > limits[currency] for currency, short in shorts.items() if currency in limits):
            return Failing.SHORT_LIMIT
        total = self.short_total_limit_minor
        return Failing.SHORT_TOTAL_LIMIT if total is not None and sum(shorts.values()) > total else Failing.NONE


@dataclass(frozen=True, slots=True)
class SessionTrade:
    """A PvP trade by what its legs are worth, minor units of the unit of account, above 0 each."""

    id: str
    seller: str
    buyer: str
    sold_currency: str
    sold_minor: int
    bought_currency: str
    bought_minor: int

    def __post_init__(self) -> None:
        whole("sold_minor", self.sold_minor, 1)
        whole("bought_minor", self.bought_minor, 1)
        if self.seller == self.buyer or self.sold_currency == self.bought_currency:
            raise refusal("trade", "two participants and two currencies", f"{self.id} within one")


Positions = Mapping[str, Mapping[str, int]]
"""By participant and currency."""


@dataclass(frozen=True, slots=True)
class SessionResult:
    """What came of a queue: ids in the order in which they settled, ids left over, positions at the end."""

    settled: tuple[str, ...]
    recycled: tuple[str, ...]
    positions_minor: Positions


def settle_session(trades: Sequence[SessionTrade], positions_minor: Positions, rules: SessionRules) -> SessionResult:
    """Settle what may settle of a queue: in its order, again and again until a round settles nothing.

    Parameters
    ----------
    trades
        The queue.
    positions_minor
        Worth of what each participant has paid in, by currency; who is not named has nothing.
    rules
        Tested for both sides of a trade as it would leave them.

    Examples
    --------
    >>> rules = SessionRules({"EUR": Fraction(5, 100), "JPY": Fraction(6, 100)})
    >>> trade = SessionTrade("1", "A", "B", "JPY", 90, "EUR", 100)
    >>> settle_session([trade], {"B": {"EUR": 100}}, rules).recycled
    ('1',)
    """
    twice = sorted(name for name, count in Counter(trade.id for trade in trades).items() if count > 1)
    if twice:
        raise refusal("trades", "every id once", f"{twice[0]} again")
    now = {participant: dict(own) for participant, own in positions_minor.items()}
    settled: list[str] = []
    waiting = list(trades)
    while True:
        left = []
        for trade in waiting:
            after = _after(trade, now)
            if any(rules.test(own) is not Failing.NONE for own in after.values()):
                left.append(trade)
            else:
                now |= after
                settled.append(trade.id)
        if len(left) == len(waiting):
            return SessionResult(tuple(settled), tuple(trade.id for trade in left), now)
        waiting = left


def _after(trade: SessionTrade, positions: Mapping[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """Return the positions of the two sides after a trade."""
    after = {side: dict(positions.get(side, {})) for side in (trade.seller, trade.buyer)}
    for side, currency, amount in (
        (trade.seller, trade.sold_currency, -trade.sold_minor),
        (trade.seller, trade.bought_currency, trade.bought_minor),
        (trade.buyer, trade.sold_currency, trade.sold_minor),
        (trade.buyer, trade.bought_currency, -trade.bought_minor),
    ):
        after[side][currency] = after[side].get(currency, 0) + amount
    return after
