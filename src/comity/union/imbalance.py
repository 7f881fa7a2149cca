"""Imbalance forecast: from a trade table and a quota, when each corridor breaks.

In every period each member sells to and buys from each other. If all of it is
paid in the partner's currency and nothing else moves, what one sells more than
it buys piles up as a balance that the other owes. The *cumulative imbalance* of
a corridor is that pile since the first period. It *breaks* in the first period
that leaves it beyond the quota, and *warns* in the first that leaves it at a
share of the quota or more.

Beyond the data nothing is known. Asked to look ahead, the forecast carries the
average of the last `window` periods forward unchanged, and says no more than
what would follow from that.

The same is done per member, over all partners together: that is where a
clearing union would stand, in which balances with one partner pay for another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from comity.model.amount import Rounding, round_minor
from comity.union.checks import ratio, refusal, whole
from comity.union.period import Period
from comity.union.thresholds import trend

WARN_AT = Fraction(3, 4)
WINDOW = 12
PERIODS_MAX = 1200
"""Periods from the first of the data to the last looked at: a century of months."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What a member sold to another in a period, minor units, 0 or more."""

    exporter: str
    importer: str
    period: Period
    value_minor: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """One corridor, or one member, against its quota.

    Attributes
    ----------
    name
        Members of the corridor in alphabetical order with a hyphen, or the member.
    cumulative_minor
        At the end of the data: above 0 the first named is owed, below 0 it owes.
    quota_minor
        0 or more.
    warning_period, breaking_period
        First period that leaves the position at the warning share or more; beyond the quota. None if no
        period that was looked at does.
    path_minor
        The position after each period of the forecast, those ahead included and rounded half to even.
    """

    name: str
    cumulative_minor: int
    quota_minor: int
    warning_period: Period | None
    breaking_period: Period | None
    path_minor: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """All corridors and all members, by name.

    Attributes
    ----------
    periods
        Every period from the first of the data to the last looked at.
    data_periods
        How many of them the data cover; the rest is carried forward.
    corridors
        Pairs between which anything was sold.
    members
        Over all partners together, against the same quota.
    """

    periods: tuple[Period, ...]
    data_periods: int
    corridors: tuple[Outlook, ...]
    members: tuple[Outlook, ...]


def forecast(
    flows: Iterable[Flow],
    members: Sequence[str],
    quota_minor: int,
    *,
    warn_at: Fraction = WARN_AT,
    ahead: int = 0,
    window: int = WINDOW,
) -> Forecast:
    """Find when each corridor between members breaks its quota.

    Parameters
    ----------
    flows
        In any order, periods of one kind; flows of others than members are left out. A period without
        flows between the first and the last is a period without trade.
    members
        Two or more, each once.
    quota_minor
        The same for every corridor and for every member, 0 or more.
    warn_at
        Share of the quota, 0 to 1.
    ahead
        How many periods to look beyond the data, 0 or more.
    window
        Periods whose average is carried forward, 1 or more; all if there are fewer.

    Raises
    ------
    InvalidRequest
        If a figure is out of range, periods are of two kinds or more than `PERIODS_MAX`, or no member
        trades with another.

    Examples
    --------
    >>> def sold(seller, buyer, period, value):
    ...     return Flow(seller, buyer, Period.parse(period), value)
    >>> flows = [sold("RU", "IN", "2023-01", 50), sold("IN", "RU", "2023-01", 10), sold("RU", "IN", "2023-02", 40)]
    >>> (corridor,) = forecast(flows, ["IN", "RU"], 100, ahead=2).corridors
    >>> corridor.cumulative_minor, str(corridor.warning_period), str(corridor.breaking_period)
    (-80, '2023-02', '2023-03')
    """
    _check(members, quota_minor, warn_at, ahead)
    known = frozenset(members)
    among = [flow for flow in flows if flow.exporter != flow.importer and {flow.exporter, flow.importer} <= known]
    periods = _periods(among)
    if len(periods) + ahead > PERIODS_MAX:
        found = f"{periods[0]} to {periods[-1]} and {ahead} ahead"
        raise refusal("period", f"at most {PERIODS_MAX} periods in all", found)
    by_corridor: dict[str, list[int]] = {}
    by_member = {member: [0] * len(periods) for member in sorted(members)}
    for flow in among:
        whole("value_minor", flow.value_minor, 0)
        first, second = sorted((flow.exporter, flow.importer))
        nets = by_corridor.setdefault(f"{first}-{second}", [0] * len(periods))
        place = flow.period.number - periods[0].number
        nets[place] += flow.value_minor if flow.exporter == first else -flow.value_minor
        by_member[flow.exporter][place] += flow.value_minor
        by_member[flow.importer][place] -= flow.value_minor
    looked_at = tuple(periods[0].later(place) for place in range(len(periods) + ahead))
    limits = _Limits(quota_minor, warn_at * quota_minor, looked_at, window)
    return Forecast(looked_at, len(periods), limits.outlooks(by_corridor), limits.outlooks(by_member))


def _check(members: Sequence[str], quota_minor: int, warn_at: Fraction, ahead: int) -> None:
    if len(set(members)) != len(members) or len(members) < 2:  # noqa: PLR2004 - a corridor has two ends
        raise refusal("members", "two or more, each once", ", ".join(members) or "none")
    whole("quota_minor", quota_minor, 0)
    whole("ahead", ahead, 0)
    ratio("warn_at", warn_at, most=1)


def _periods(flows: Sequence[Flow]) -> tuple[Period, ...]:
    kinds = sorted({flow.period.kind for flow in flows})
    if not kinds:
        raise refusal("members", "members that trade with each other", "no such trade")
    if len(kinds) > 1:
        found = ", ".join(kind.name.lower() for kind in kinds)
        raise refusal("period", "periods of one kind", found)
    first, last = min(flow.period for flow in flows), max(flow.period for flow in flows)
    return tuple(first.later(place) for place in range(last.number - first.number + 1))


@dataclass(frozen=True, slots=True)
class _Limits:
    quota_minor: int
    warning_minor: Fraction
    periods: tuple[Period, ...]
    window: int

    def outlooks(self, nets: Mapping[str, Sequence[int]]) -> tuple[Outlook, ...]:
        return tuple(self._outlook(name, nets[name]) for name in sorted(nets))

    def _outlook(self, name: str, nets: Sequence[int]) -> Outlook:
        known = [Fraction(position) for position in accumulate(nets)]
        change = trend(nets, self.window)
        ahead = [known[-1] + place * change for place in range(1, len(self.periods) - len(known) + 1)]
        path = [*known, *ahead]
        warning = self._first(place for place, at in enumerate(path) if at and abs(at) >= self.warning_minor)
        breaking = self._first(place for place, at in enumerate(path) if abs(at) > self.quota_minor)
        rounded = tuple(round_minor(at, Rounding.HALF_EVEN) for at in path)
        return Outlook(name, rounded[len(known) - 1], self.quota_minor, warning, breaking, rounded)

    def _first(self, places: Iterable[int]) -> Period | None:
        place = next(iter(places), None)
        return None if place is None else self.periods[place]
