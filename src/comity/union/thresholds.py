"""Thresholds on quotas, with early warning.

A level is a share of the quota; it is reached when the size of the cumulative
position is that share or more, for creditors and debtors alike. The quota is
exhausted by the first period that leaves the position *beyond* it. When that
will be is said for one plain assumption: that every further period moves the
position by the average of the last few.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from comity.union.checks import ratio, refusal, whole
from comity.union.quota import QuotaAccount

LEVELS = (Fraction(1, 2), Fraction(3, 4), Fraction(9, 10), Fraction(1))
"""Shares of the quota at which somebody should know."""

WINDOW = 3
"""Periods whose average change is taken for the trend, unless said otherwise."""


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """How a member stands against its quota.

    Attributes
    ----------
    member
        Its code.
    position_minor, quota_minor
        Minor units of the unit of account.
    level
        The highest level reached, a share of the quota; None below the lowest.
    periods_left
        Periods until the position lies beyond the quota at the present trend, 0 if it does; None if never.
    """

    member: str
    position_minor: int
    quota_minor: int
    level: Fraction | None
    periods_left: int | None


def early_warning(account: QuotaAccount, levels: Sequence[Fraction] = LEVELS, window: int = WINDOW) -> EarlyWarning:
    """Say which level an account has reached and when its quota is exhausted.

    Parameters
    ----------
    account
        With the history from which the trend is taken.
    levels
        Shares of the quota, in any order.
    window
        Latest periods whose average is the trend, 1 or more; all if there are fewer.

    Examples
    --------
    >>> from comity.union.scales import EPU_1950
    >>> account = QuotaAccount("FR", 100, EPU_1950).apply("1951-01", -30).apply("1951-02", -25)
    >>> warning = early_warning(account)
    >>> warning.level, warning.periods_left
    (Fraction(1, 2), 2)
    """
    position, quota = account.position_minor, account.quota_minor
    change = trend([each.net_minor for each in account.history], window)
    left = periods_until_beyond(position, change, quota)
    return EarlyWarning(account.member, position, quota, level_reached(position, quota, levels), left)


def level_reached(position_minor: int, quota_minor: int, levels: Sequence[Fraction] = LEVELS) -> Fraction | None:
    """Return the highest of the levels that a position has reached; None if none, or if it is zero."""
    whole("position_minor", position_minor)
    whole("quota_minor", quota_minor, 0)
    for place, level in enumerate(levels):
        ratio(f"levels[{place}]", level)
    reached = [level for level in levels if position_minor and abs(position_minor) >= level * quota_minor]
    return max(reached, default=None)


def trend(nets_minor: Sequence[int], window: int = WINDOW) -> Fraction:
    """Return the average of the last `window` net positions, all if there are fewer; 0 if there are none."""
    if window < 1:
        raise refusal("window", "1 or more", str(window))
    last = nets_minor[-window:]
    return Fraction(sum(last), len(last)) if last else Fraction(0)


def periods_until_beyond(position_minor: int, change_minor: Fraction, limit_minor: int) -> int | None:
    """Return after how many periods the size of a position is above a limit; 0 if it is, None if never.

    Parameters
    ----------
    position_minor
        Where it stands, of either sign.
    change_minor
        By how much each period moves it; it may first lead through zero.
    limit_minor
        0 or more.

    Examples
    --------
    >>> periods_until_beyond(-70, Fraction(-15), 100), periods_until_beyond(-70, Fraction(15), 100)
    (3, 12)
    """
    if abs(position_minor) > limit_minor:
        return 0
    if not change_minor:
        return None
    way = limit_minor - position_minor if change_minor > 0 else limit_minor + position_minor
    return way // abs(change_minor) + 1
