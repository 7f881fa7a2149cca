"""The end of a clearing union: convertible assets pro rata, what remains bilateral.

When a union ends, its convertible assets reimburse the members that lent to it,
in proportion to their net credits. What they are still owed is owed by the
members that borrowed: the union steps out, and every creditor has a claim on
every debtor, in proportion to its claim and to the debtor's debt. A member that
leaves alone has its credit replaced by claims on, or debts to, every other
member in proportion to their quotas.

Sources: Agreement for the Establishment of a European Payments Union, 19
September 1950, articles 34 to 36 and annex B (paragraphs 4 and 12); Kaplan and
Schleiminger, The European Payments Union (Oxford 1989); Triffin, Europe and the
Money Muddle (Yale 1957). The union of 1950 ended so on 27 December 1958.

Division is by largest remainder; sums are kept to the minor unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from comity.union.apportion import apportion, apportion_claims
from comity.union.checks import refusal, whole
from comity.union.quota import ClearingUnion


@dataclass(frozen=True, slots=True)
class Termination:
    """Who gets what when a union ends, minor units of the unit of account.

    Attributes
    ----------
    assets_minor
        Convertible assets paid to each creditor.
    claims_minor
        Claim of a creditor on a debtor, by (creditor, debtor); claims of 0 are left out.
    capital_minor
        Assets left with whoever gave the capital.
    capital_claims_minor
        Where the union had lent part of its capital: what each debtor owes to whoever gave it.
    """

    assets_minor: Mapping[str, int]
    claims_minor: Mapping[tuple[str, str], int]
    capital_minor: int
    capital_claims_minor: Mapping[str, int]


def terminate(credits_minor: Mapping[str, int], assets_minor: int, capital_minor: int = 0) -> Termination:
    """End a union.

    Parameters
    ----------
    credits_minor
        Net credit of each member: above 0 lent to the union, below 0 borrowed from it.
    assets_minor
        Convertible assets of the fund, 0 or more.
    capital_minor
        Part of them that is not the members' but was given to the fund, 0 or more.

    Raises
    ------
    InvalidRequest
        If the books do not balance: net credits together are the assets less the capital.

    Examples
    --------
    >>> end = terminate({"DE": 80, "IT": 20, "FR": -40, "GB": -30}, assets_minor=30)
    >>> end.assets_minor
    {'DE': 24, 'IT': 6}
    >>> end.claims_minor
    {('DE', 'FR'): 32, ('DE', 'GB'): 24, ('IT', 'FR'): 8, ('IT', 'GB'): 6}
    """
    for member, credit in credits_minor.items():
        whole(f"credits[{member}]", credit)
    whole("assets_minor", assets_minor, 0)
    whole("capital_minor", capital_minor, 0)
    own = assets_minor - capital_minor
    if sum(credits_minor.values()) != own:
        raise refusal("credits", f"a sum of {own}, the assets less the capital", str(sum(credits_minor.values())))
    lent = {member: credit for member, credit in credits_minor.items() if credit > 0}
    owed = {member: -credit for member, credit in credits_minor.items() if credit < 0}
    paid = dict(zip(lent, apportion(max(0, own), list(lent.values())), strict=True))
    left = [credit - paid[member] for member, credit in lent.items()]
    *rows, capital_row = apportion_claims([*left, max(0, -own)], list(owed.values()))
    claims = {
        (creditor, debtor): claim
        for creditor, row in zip(lent, rows, strict=True)
        for debtor, claim in zip(owed, row, strict=True)
        if claim
    }
    of_capital = {debtor: claim for debtor, claim in zip(owed, capital_row, strict=True) if claim}
    return Termination(paid, claims, assets_minor - sum(paid.values()), of_capital)


def terminate_union(union: ClearingUnion) -> Termination:
    """End a union as its accounts stand; see `terminate`. What it charged is kept apart with its capital.

    Raises
    ------
    InvalidRequest
        If the fund is below zero: it has paid out what it did not have, so somebody lent it that, and
        only the union knows who. Enter it as capital first, and those who owe to the union owe to
        whoever gave it.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from comity.union.scales import EPU_1950
    >>> union = ClearingUnion.of({"A": 100, "B": 500}, EPU_1950).apply("1", {"A": 100, "B": -100})
    >>> union.fund_minor
    -40
    >>> end = terminate_union(replace(union, capital_minor=40))
    >>> end.claims_minor, end.capital_claims_minor
    ({('A', 'B'): 60}, {'B': 40})
    """
    if union.fund_minor < 0:
        raise refusal("fund", "0 or more, what it lacks entered as capital of whoever lent it", str(union.fund_minor))
    credits_minor = {member: account.credit_minor for member, account in union.accounts.items()}
    return terminate(credits_minor, union.fund_minor, union.capital_minor + union.charges_minor)


def withdraw(member: str, credit_minor: int, quotas_minor: Mapping[str, int]) -> dict[str, int]:
    """Replace the credit of a member that leaves by bilateral ones, in proportion to the others' quotas.

    Parameters
    ----------
    member
        Who leaves.
    credit_minor
        What it has lent to the union; below 0 borrowed from it.
    quotas_minor
        Quotas of all members.

    Returns
    -------
    dict
        For every other member, what the leaving one now lends to it; below 0 borrows from it.

    Examples
    --------
    >>> withdraw("PT", -100, {"PT": 70, "DE": 300, "FR": 500, "CH": 200})
    {'DE': -30, 'FR': -50, 'CH': -20}
    """
    if member not in quotas_minor:
        raise refusal("member", f"one of {', '.join(quotas_minor)}", repr(member))
    whole("credit_minor", credit_minor)
    others = {other: quota for other, quota in quotas_minor.items() if other != member}
    sign = 1 if credit_minor > 0 else -1
    parts = apportion(abs(credit_minor), list(others.values()))
    return {other: sign * part for other, part in zip(others, parts, strict=True)}
