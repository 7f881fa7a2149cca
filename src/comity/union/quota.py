"""Quota accounts: where each member of a clearing union stands, and what it settles each period.

A member's net position of a period, over all others together, adds to its
cumulative position. The scale says how much of the cumulative position is
settled in the asset; settled in a period is the *difference* to the period
before. The rest is credit: a creditor gives it to the union, a debtor takes it
from the union. A position that turns is settled back along the same schedule.

All positions together with the charges account sum to zero in every period, and
so the union's fund holds exactly what its creditors lent less what its debtors
borrowed, on top of its capital and of what it charged. Every amount is in whole
minor units of the unit of account; values are immutable, and `apply` and
`charge` return new ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from comity.model.amount import Rounding
from comity.union.charges import Charges
from comity.union.checks import balanced, refusal, same_names, whole
from comity.union.scales import Scale


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one period did to one account, minor units.

    Attributes
    ----------
    period
        Name of the period, as the union counts them.
    net_minor
        Net position of the period: above 0 a surplus, below 0 a deficit.
    asset_minor
        Asset received in the period; below 0 paid.
    credit_minor
        Credit given to the union in the period, or own borrowing repaid; below 0 credit taken, or own
        lending repaid. `net_minor` is this and `asset_minor` together.
    position_minor, asset_total_minor, credit_total_minor
        The same three since the account began.
    """

    period: str
    net_minor: int
    asset_minor: int
    credit_minor: int
    position_minor: int
    asset_total_minor: int
    credit_total_minor: int


@dataclass(frozen=True, slots=True)
class QuotaAccount:
    """The account of one member.

    Attributes
    ----------
    member
        Its code.
    quota_minor
        0 or more.
    scale
        What is settled in the asset.
    rounding
        Of the cumulative asset settlement.
    history
        One settlement per period, the latest last.

    Examples
    --------
    >>> from comity.union.scales import EPU_1950
    >>> account = QuotaAccount("FR", 100_00, EPU_1950).apply("1950-07", -40_00).apply("1950-08", -20_00)
    >>> account.position_minor, account.history[-1].asset_minor, account.credit_minor
    (-6000, -800, -4800)
    """

    member: str
    quota_minor: int
    scale: Scale
    rounding: Rounding = Rounding.HALF_EVEN
    history: tuple[Settlement, ...] = ()

    def __post_init__(self) -> None:
        whole("quota_minor", self.quota_minor, 0)

    @property
    def position_minor(self) -> int:
        """Cumulative position: above 0 a creditor's, below 0 a debtor's."""
        return self.history[-1].position_minor if self.history else 0

    @property
    def asset_minor(self) -> int:
        """Asset received since the account began; below 0 paid."""
        return self.history[-1].asset_total_minor if self.history else 0

    @property
    def credit_minor(self) -> int:
        """Credit that stands: above 0 lent to the union, below 0 borrowed from it."""
        return self.history[-1].credit_total_minor if self.history else 0

    @property
    def beyond_quota_minor(self) -> int:
        """What of the position lies beyond the quota, 0 or more."""
        return max(0, abs(self.position_minor) - self.quota_minor)

    def apply(self, period: str, net_minor: int) -> "QuotaAccount":
        """Return the account after a period with this net position.

        Raises
        ------
        InvalidRequest
            If the account knows the period already.
        """
        whole(f"nets[{self.member}]", net_minor)
        if any(each.period == period for each in self.history):
            raise refusal("period", "a period that was not settled yet", repr(period))
        position = self.position_minor + net_minor
        asset = self.scale.asset(position, self.quota_minor, self.rounding)
        credit = position - asset
        settlement = Settlement(
            period, net_minor, asset - self.asset_minor, credit - self.credit_minor, position, asset, credit
        )
        return replace(self, history=(*self.history, settlement))


@dataclass(frozen=True, slots=True)
class ClearingUnion:
    """The accounts of all members and the fund between them.

    Attributes
    ----------
    accounts
        By member.
    capital_minor
        What the fund held before the first period, 0 or more (the European Payments Union began with 350
        million dollars of the United States, for its creditors could be paid before its debtors paid).
    charges_minor
        The charges account: what members were charged in all.

    Examples
    --------
    >>> from comity.union.scales import EPU_1950
    >>> union = ClearingUnion.of({"BE": 100, "FR": 100, "GB": 200}, EPU_1950, capital_minor=50)
    >>> union = union.apply("1950-07", {"BE": 60, "FR": -60, "GB": 0})
    >>> union.fund_minor, union.accounts["BE"].credit_minor, union.accounts["FR"].credit_minor
    (42, 40, -48)
    """

    accounts: Mapping[str, QuotaAccount]
    capital_minor: int = 0
    charges_minor: int = 0

    def __post_init__(self) -> None:
        whole("capital_minor", self.capital_minor, 0)
        positions = {member: account.position_minor for member, account in self.accounts.items()}
        balanced("accounts", positions, self.charges_minor)

    @classmethod
    def of(
        cls,
        quotas_minor: Mapping[str, int],
        scale: Scale,
        capital_minor: int = 0,
        rounding: Rounding = Rounding.HALF_EVEN,
    ) -> "ClearingUnion":
        """Return a union before its first period, one account per quota."""
        accounts = {member: QuotaAccount(member, quota, scale, rounding) for member, quota in quotas_minor.items()}
        return cls(accounts, capital_minor)

    @property
    def fund_minor(self) -> int:
        """What the fund holds of the asset; below 0 its capital did not suffice."""
        return self.capital_minor - sum(account.asset_minor for account in self.accounts.values())

    def apply(self, period: str, nets_minor: Mapping[str, int]) -> "ClearingUnion":
        """Return the union after a period.

        Parameters
        ----------
        period
            Its name, new to the union.
        nets_minor
            Net position of every member; together they are zero.

        Raises
        ------
        InvalidRequest
            If a member is missing or unknown, or the positions do not sum to zero.
        """
        same_names("nets", nets_minor, self.accounts)
        balanced("nets", nets_minor)
        return replace(self, accounts=self._after(period, nets_minor))

    def charge(self, period: str, charges: Charges) -> "ClearingUnion":
        """Return the union after an accrual: every member's position less its charge, the charges account more.

        A charge is settled as any other net position is, by the scale.

        Parameters
        ----------
        period
            Name of the accrual, new to the union.
        charges
            What `accrue` gave for all members.

        Raises
        ------
        InvalidRequest
            If a member is missing or unknown.

        Examples
        --------
        >>> from datetime import date
        >>> from comity.union.charges import accrue
        >>> from comity.union.day_count import DayCount
        >>> from comity.union.scales import EPU_1950
        >>> quotas = {"BE": 10_000, "FR": 10_000}
        >>> union = ClearingUnion.of(quotas, EPU_1950).apply("1950", {"BE": 7500, "FR": -7500})
        >>> year = (date(1950, 7, 1), date(1951, 7, 1))
        >>> union = union.charge("1950 charges", accrue({"BE": 7500, "FR": -7500}, quotas, year, DayCount.ACT_365F))
        >>> union.accounts["BE"].position_minor, union.accounts["FR"].position_minor, union.charges_minor
        (7425, -7575, 150)
        """
        same_names("charges", charges.members_minor, self.accounts)
        after = self._after(period, {member: -charge for member, charge in charges.members_minor.items()})
        return replace(self, accounts=after, charges_minor=self.charges_minor + charges.account_minor)

    def _after(self, period: str, nets_minor: Mapping[str, int]) -> dict[str, QuotaAccount]:
        return {member: account.apply(period, nets_minor[member]) for member, account in self.accounts.items()}
