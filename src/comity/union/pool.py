"""A reserve pool: commitments, access, a free and a conditional part, votes.

Members commit reserves that they keep until another member draws. Each may draw
up to a multiple of its own commitment: a share of that without conditions, the
rest only while the conditions hold (in the arrangement of the BRICS, a programme
of the International Monetary Fund). Part of the votes is equal, the rest follows
commitments.

Source: Treaty for the Establishment of a BRICS Contingent Reserve Arrangement,
Fortaleza, 15 July 2014, articles 2, 3 and 5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from comity.model.amount import Rounding, round_minor
from comity.union.apportion import apportion
from comity.union.checks import ratio, refusal, whole


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a member commits and how much it may draw.

    Attributes
    ----------
    committed_minor
        Minor units, 0 or more.
    multiple
        Access as a multiple of the commitment, 0 or more.
    """

    committed_minor: int
    multiple: Fraction

    def __post_init__(self) -> None:
        whole("committed_minor", self.committed_minor, 0)
        ratio("multiple", self.multiple)


@dataclass(frozen=True, slots=True)
class ReservePool:
    """The members of a pool and its shares.

    Attributes
    ----------
    commitments
        By member, one or more; together above zero.
    free_share
        Share of its access that a member may draw without conditions, 0 to 1.
    equal_votes
        Share of the votes that all members have alike, 0 to 1.

    Examples
    --------
    >>> BRICS_2014.access_minor("CN"), BRICS_2014.free_minor("CN"), BRICS_2014.votes()["CN"]
    (20500000000, 6150000000, Fraction(799, 2000))
    """

    commitments: Mapping[str, Commitment]
    free_share: Fraction
    equal_votes: Fraction

    def __post_init__(self) -> None:
        ratio("free_share", self.free_share, most=1)
        ratio("equal_votes", self.equal_votes, most=1)
        if not self.total_minor:
            raise refusal("commitments", "a sum above zero", "0")

    @property
    def total_minor(self) -> int:
        """All commitments together."""
        return sum(each.committed_minor for each in self.commitments.values())

    def access_minor(self, member: str) -> int:
        """Return the most that a member may have drawn, rounded down."""
        own = self._commitment(member)
        return round_minor(own.committed_minor * own.multiple, Rounding.FLOOR)

    def free_minor(self, member: str) -> int:
        """Return the part of its access that needs no conditions, rounded down."""
        return round_minor(self.access_minor(member) * self.free_share, Rounding.FLOOR)

    def room_minor(self, member: str, drawn_minor: int, *, conditions_hold: bool) -> int:
        """Return what a member may still draw, 0 or more.

        Parameters
        ----------
        member
            Who draws.
        drawn_minor
            What it has drawn and not repaid, 0 or more.
        conditions_hold
            Whether the conditional part is open to it.
        """
        whole("drawn_minor", drawn_minor, 0)
        limit = self.access_minor(member) if conditions_hold else self.free_minor(member)
        return max(0, limit - drawn_minor)

    def providers(self, member: str, amount_minor: int) -> dict[str, int]:
        """Return what each other member provides of a drawing, in proportion to commitments."""
        self._commitment(member)
        others = {code: each.committed_minor for code, each in self.commitments.items() if code != member}
        return dict(zip(others, apportion(amount_minor, list(others.values())), strict=True))

    def votes(self) -> dict[str, Fraction]:
        """Return each member's share of the votes; together they are 1."""
        equal = self.equal_votes / len(self.commitments)
        rest = (1 - self.equal_votes) / self.total_minor
        return {member: equal + rest * each.committed_minor for member, each in self.commitments.items()}

    def _commitment(self, member: str) -> Commitment:
        if member not in self.commitments:
            raise refusal("member", f"one of {', '.join(self.commitments)}", repr(member))
        return self.commitments[member]


BRICS_2014 = ReservePool(
    {
        "CN": Commitment(41_000_000_000, Fraction(1, 2)),
        "BR": Commitment(18_000_000_000, Fraction(1)),
        "RU": Commitment(18_000_000_000, Fraction(1)),
        "IN": Commitment(18_000_000_000, Fraction(1)),
        "ZA": Commitment(5_000_000_000, Fraction(2)),
    },
    free_share=Fraction(30, 100),
    equal_votes=Fraction(5, 100),
)
"""The Contingent Reserve Arrangement, counted in whole US dollars."""
