"""Tranche scales: what part of a cumulative position is settled in the asset, and what stays credit.

A schedule divides the quota into tranches. Of the part of the position that
lies in a tranche a share is settled in the named asset (gold, in the European
Payments Union); the rest is credit. Shares are of the part *in* the tranche, so
the cumulative amount is a sum over tranches, and nothing jumps at their edges.
A scale has two schedules, for debtors and for creditors; where they differ the
union's fund bridges the difference, and needs a capital to begin with.

Positions are whole minor units of the unit of account, shares exact fractions.
"""

from dataclasses import dataclass
from fractions import Fraction

from comity.model.amount import Rounding, round_minor
from comity.union.checks import ratio, refusal, whole


@dataclass(frozen=True, slots=True)
class Tranche:
    """A slice of the quota and the share of it that is settled in the asset.

    Attributes
    ----------
    up_to
        Where the slice ends, as a share of the quota, above 0; it begins where the one before ends.
    share
        Part of the slice settled in the asset, 0 to 1.
    """

    up_to: Fraction
    share: Fraction

    def __post_init__(self) -> None:
        ratio("up_to", self.up_to)
        ratio("share", self.share, most=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The tranches of one side, in rising order, and the share beyond the last of them.

    InvalidRequest if the tranches do not rise.

    Examples
    --------
    >>> Schedule.of("20/0 100/50", beyond=50).settled(60, 100)
    Fraction(20, 1)
    """

    tranches: tuple[Tranche, ...]
    beyond: Fraction

    def __post_init__(self) -> None:
        ratio("beyond", self.beyond, most=1)
        low = Fraction(0)
        for place, tranche in enumerate(self.tranches):
            if tranche.up_to <= low:
                raise refusal(f"tranches[{place}].up_to", f"more than {low}", str(tranche.up_to))
            low = tranche.up_to

    @classmethod
    def of(cls, text: str, beyond: int) -> "Schedule":
        """Read tranches as the literature prints them: `up to % of quota/% settled`, apart by spaces.

        Parameters
        ----------
        text
            Whole per cents, such as "20/0 100/50".
        beyond
            Share settled beyond the last tranche, per cent.
        """
        tranches = []
        for place, word in enumerate(text.split()):
            up_to, _, share = word.partition("/")
            if not (up_to.isdecimal() and share.isdecimal()):
                raise refusal(f"tranches[{place}]", "two whole per cents such as 20/0", repr(word))
            tranches.append(Tranche(Fraction(int(up_to), 100), Fraction(int(share), 100)))
        return cls(tuple(tranches), Fraction(beyond, 100))

    def settled(self, size_minor: int, quota_minor: int) -> Fraction:
        """Return what of a position is settled in the asset, in all, exactly.

        Parameters
        ----------
        size_minor
            Size of the cumulative position, 0 or more.
        quota_minor
            The member's quota, 0 or more; with a quota of 0 everything lies beyond.
        """
        whole("size_minor", size_minor, 0)
        whole("quota_minor", quota_minor, 0)
        low, total = Fraction(0), Fraction(0)
        for tranche in self.tranches:
            high = tranche.up_to * quota_minor
            total += tranche.share * max(Fraction(0), min(Fraction(size_minor), high) - low)
            low = high
        return total + self.beyond * max(Fraction(0), size_minor - low)


@dataclass(frozen=True, slots=True)
class Scale:
    """What debtors pay and creditors receive in the asset, by their cumulative positions."""

    name: str
    debtor: Schedule
    creditor: Schedule

    def asset(self, position_minor: int, quota_minor: int, rounding: Rounding = Rounding.HALF_EVEN) -> int:
        """Return what a member has received in the asset over all periods; negative is paid.

        The cumulative amount is rounded, never a period's part of it: so what is
        settled depends on where a position stands and not on how it got there.

        Parameters
        ----------
        position_minor
            Cumulative position: above 0 a creditor's, below 0 a debtor's.
        quota_minor
            The member's quota, 0 or more.
        rounding
            Applied to the size of the amount, alike for both sides.

        Examples
        --------
        >>> [EPU_1950.asset(position, 100) for position in (-120, -60, 60)]
        [-60, -12, 20]
        """
        whole("position_minor", position_minor)
        side, sign = (self.creditor, 1) if position_minor > 0 else (self.debtor, -1)
        return sign * round_minor(side.settled(abs(position_minor), quota_minor), rounding)


EPU_1950 = Scale(
    "EPU 1950",
    debtor=Schedule.of("20/0 40/20 60/40 80/60 100/80", beyond=100),
    creditor=Schedule.of("20/0 100/50", beyond=50),
)
"""European Payments Union, agreement of 19 September 1950, article 11.

Beyond its quota a debtor paid wholly in gold; a creditor's excess was settled by decision, half in
gold for Belgium-Luxembourg on 30 June 1952 (Managing Board, second annual report, Paris 1952).
"""

EPU_1952 = Scale(
    "EPU 1952",
    debtor=Schedule.of("10/0 20/20 40/30 60/40 80/50 100/70", beyond=100),
    creditor=Schedule.of("20/0 100/50", beyond=50),
)
"""The same from 1 July 1952: debtors pay earlier, the whole quota again 40 % (Kaplan and Schleiminger 1989)."""
