"""Official rates between two local currencies, by the rule of the local-currency system.

The central banks of Argentina, Brazil, Paraguay and Uruguay settle trade in
their own currencies (Sistema de Pagos en Monedas Locales, since 2008). Its rate
is the quotient of two official rates against the US dollar, *cut* to five
decimals and then raised to the next multiple of 0.00005.

A system that publishes official rates publishes its rule with them: `OfficialRule`
says through which currency the quotient is taken and how it is rounded.
"""

from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from comity.model.amount import Rate, Rounding, round_minor
from comity.union.checks import ratio, refusal
from comity.union.reference import Reference

DECIMALS = 5
STEP = Fraction(5, 100_000)


def official_rate(reference: Rate, other: Rate, decimals: int = DECIMALS, step: Fraction = STEP) -> Rate:
    """Return how many units of the reference's quote one unit of the other's quote costs.

    Parameters
    ----------
    reference
        Pesos for one US dollar, say.
    other
        Reais for one US dollar (PTAX), say: a rate of the same base.
    decimals
        To which the quotient is cut, 0 or more.
    step
        The rate is the smallest multiple of it that is not below what was cut; above 0.

    Raises
    ------
    InvalidRequest
        If the two have different bases, or nothing is left of the quotient.

    Examples
    --------
    >>> from comity.model.currency import currency
    >>> dollar, peso, real = (currency(code) for code in ("USD", "ARS", "BRL"))
    >>> str(official_rate(Rate.parse("108.88670", dollar, peso), Rate.parse("5.02520", dollar, real)))
    '1 BRL = 21.66815 ARS'
    """
    if reference.base != other.base:
        raise refusal("other", f"a rate of {reference.base}", f"one of {other.base}")
    ratio("step", step)
    if not step or decimals < 0:
        raise refusal("step, decimals", "a step above 0 and 0 decimals or more", f"{step}, {decimals}")
    cross = Fraction(reference.numerator, reference.denominator) * Fraction(other.denominator, other.numerator)
    cut = Fraction(round_minor(cross * 10**decimals, Rounding.FLOOR), 10**decimals)
    exact = step * round_minor(cut / step, Rounding.CEILING)
    if not exact:
        raise refusal("reference", f"a quotient of {Fraction(1, 10**decimals)} or more", str(cross))
    return Rate(exact.numerator, exact.denominator, other.quote, reference.quote)


@dataclass(frozen=True, slots=True)
class OfficialRule:
    """A published rule for official rates.

    Attributes
    ----------
    name
        Under which it is published.
    through
        Code of the currency against which both rates are taken.
    decimals, step
        As `official_rate` has them.
    """

    name: str
    through: str
    decimals: int = DECIMALS
    step: Fraction = STEP

    def rate(self, rates: Reference, base: str, quote: str) -> Rate:
        """Return the official rate of a pair from reference rates: what one unit of `base` costs in `quote`.

        Raises
        ------
        InvalidRequest
            If one of the three pairs is stopped, or a currency has no reference rate.
        """
        if rates.is_stopped(base, quote):
            raise refusal("pair", "a pair that is not stopped", f"{base}/{quote}, which waits for two people")
        reference, other = (rates.rate(self.through, code) for code in (quote, base))
        return official_rate(reference, other, self.decimals, self.step)


SML = OfficialRule("SML", "USD")
"""Of the Sistema de Pagos en Monedas Locales."""

OFFICIAL_RULES = MappingProxyType({rule.name: rule for rule in (SML,)})
"""Published rules by name."""
