"""The reference rates that the rates of a day make, with what two people decide on them.

Every source is trusted in the order in which it first stands in rates.csv, and as far as any other.
"""

from collections.abc import Sequence
from datetime import date

from comity.day.standing import Rate
from comity.errors import InvalidRequest
from comity.union import Decision, Reference, SourceRule, reference
from comity.union.quotes import TOLERANCE, Quote


def reference_of(
    rates: Sequence[Rate], age_max_days: int, day: date, decisions: Sequence[Decision] = ()
) -> Reference | None:
    """Return the reference rates of a business date; None without rates.

    Raises
    ------
    InvalidRequest
        If a decision takes a source that has no rate of its pair.
    """
    if not rates:
        return None
    quotes = [Quote(rate.date, rate.base, rate.quote, rate.rate, rate.source) for rate in rates]
    rules = [SourceRule(source, age_max_days, TOLERANCE) for source in dict.fromkeys(quote.source for quote in quotes)]
    return reference(quotes, rules, day, decisions)


def can_be_taken(rates: Sequence[Rate], age_max_days: int, decision: Decision) -> bool:
    """Whether the rates have one of the decision's source for its pair; that a pair stays stopped needs none."""
    if not decision.source:
        return True
    if decision.source not in {rate.source for rate in rates}:
        return False
    try:
        reference_of(rates, age_max_days, decision.day, [decision])
    except InvalidRequest:
        return False
    return True
