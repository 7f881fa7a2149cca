"""Reference rates: one price per currency from several sources, and what is wrong with those.

The service takes quotes and, for every source in order of trust, its rule:

1. Of each source and pair the newest quote for the day or before it counts. One
   that is too old is *refused*.
2. What a source says of a pair is its own quote, or the cross rate along its own
   quotes, taken by base and quote. Two sources further apart than the smaller of
   their tolerances *stop* the pair. So does a quote that is too old, if nothing
   else prices its pair.
3. A stopped pair goes on if two people have decided for one source that day; they may decide that it does not.
4. Rates are joined into one system in this order: decided pairs by code; then
   the quotes of each source in order of trust, by base and quote, those of
   stopped pairs left out. A quote that closes a circle is not needed; how far it
   is from the chain that is there is reported, if it is off at all.

The result holds a worth for every currency of the largest connected group, and
names those outside it. A price in it says nothing about a stopped pair: both of
its currencies may be priced through others, and it stays stopped.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import combinations

from comity.model.amount import Rate
from comity.model.currency import currency
from comity.union.checks import refusal
from comity.union.quotes import Decision, Pair, Quote, SourceRule, newest
from comity.union.worths import Worths, levels


@dataclass(frozen=True, slots=True)
class Refused:
    """A quote that is too old."""

    quote: Quote
    age_days: int
    age_max_days: int

    def __str__(self) -> str:
        return f"{self.age_days} days old, at most {self.age_max_days} allowed"


@dataclass(frozen=True, slots=True)
class Stopped:
    """A pair that waits for two people."""

    pair: Pair
    sources: tuple[str, ...]
    prices: tuple[Fraction, ...]
    """What one unit of the pair's first currency costs in the second, per source."""
    apart: Fraction | None
    """The larger over the smaller, less 1; None if a quote is too old and nothing else prices the pair."""
    tolerance: Fraction | None

    @property
    def reason(self) -> str:
        """`apart` or `stale`."""
        return "stale" if self.apart is None else "apart"


@dataclass(frozen=True, slots=True)
class Used:
    """A rate that holds the system together."""

    quote: Quote
    decided: bool
    """Whether two people decided for it; it may be a cross rate of its source then."""


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """A quote that was not needed and is not what the system says."""

    quote: Quote
    implied: Fraction
    """The rate in the quote's direction along the rates in use."""

    @property
    def off(self) -> Fraction:
        """The quote over what the system says, less 1."""
        return self.quote.rate / self.implied - 1


@dataclass(frozen=True, slots=True)
class Reference:
    """Reference rates of one day.

    Attributes
    ----------
    day
        For which they hold.
    worth
        Of one major unit of each currency, by code, in units of the first.
    used
        Rates that hold the system together, in the order in which they were taken.
    stopped
        Pairs that wait for two people, by code.
    refused
        Quotes that are too old, by source, base and quote.
    inconsistent
        Quotes off what the system says, in the order in which they were met.
    unreached
        Currencies that are quoted and that no rate in use joins to the others.
    """

    day: date
    worth: Mapping[str, Fraction]
    used: tuple[Used, ...]
    stopped: tuple[Stopped, ...]
    refused: tuple[Refused, ...]
    inconsistent: tuple[Inconsistency, ...]
    unreached: tuple[str, ...]

    def prices(self) -> dict[str, int]:
        """Return integer prices of one minor unit on one scale; see `comity.union.worths.levels`."""
        return levels(self.worth)

    def is_stopped(self, one: str, other: str) -> bool:
        """Whether the pair of two currencies waits for two people."""
        pair = Pair.of(one, other)
        return any(each.pair == pair for each in self.stopped)

    def rate(self, base: str, quote: str) -> Rate:
        """Return what one unit of `base` costs in `quote`.

        Raises
        ------
        InvalidRequest
            If the pair is stopped, or one of the two has no worth.
        """
        if self.is_stopped(base, quote):
            raise refusal("pair", "a pair that is not stopped", f"{base}/{quote}, which waits for two people")
        for code in (base, quote):
            if code not in self.worth:
                raise refusal("pair", "currencies with a reference rate", f"{code}, which has none")
        price = self.worth[base] / self.worth[quote]
        return Rate(price.numerator, price.denominator, currency(base), currency(quote))


def reference(
    quotes: Iterable[Quote], rules: Sequence[SourceRule], day: date, decisions: Iterable[Decision] = ()
) -> Reference:
    """Make the reference rates of a day.

    Parameters
    ----------
    quotes
        Those after `day` do not count.
    rules
        One per source, the most trusted first.
    decisions
        Those of other days, and of pairs that do not stop, have no effect.

    Raises
    ------
    InvalidRequest
        If a source has no rule or two, says two things at once, or a decision takes a source that has no rate
        of the pair, or is the second of its pair.
    """
    held = newest(quotes, day)
    by_source = _by_source(held, rules)
    limits = {rule.source: rule.age_max_days for rule in rules}
    refused = tuple(
        Refused(each, each.age_days(day), limits[each.source])
        for each in held
        if each.age_days(day) > limits[each.source]
    )
    stale = {(each.quote.source, each.quote.pair): each.quote for each in refused}
    fresh = {source: [each for each in own if (source, each.pair) not in stale] for source, own in by_source.items()}
    says = {source: _says(own) for source, own in fresh.items()}
    stopped = _apart(says, rules) + _stale(says, refused)
    taken = _decided(stopped, says, stale, [each for each in decisions if each.day == day])
    waiting = tuple(sorted((each for each in stopped if each.pair not in taken), key=lambda each: each.pair))
    decided = [Quote(day, *pair, price, source) for pair, (price, source) in taken.items()]
    rest = [each for own in fresh.values() for each in own if each.pair not in {one.pair for one in stopped}]
    worths, used, inconsistent = _joined(decided, rest)
    worth = worths.largest()
    named = {code for each in held for code in each.pair}
    return Reference(day, worth, used, waiting, refused, inconsistent, tuple(sorted(named - worth.keys())))


def _by_source(held: Iterable[Quote], rules: Sequence[SourceRule]) -> dict[str, list[Quote]]:
    """Return the quotes of each source, in the order of the rules."""
    by_source: dict[str, list[Quote]] = {}
    for rule in rules:
        if rule.source in by_source:
            raise refusal("rules", "one rule for each source", f"two for {rule.source!r}")
        by_source[rule.source] = []
    for each in held:
        if each.source not in by_source:
            raise refusal("rules", f"a rule for {each.source!r}", "none")
        by_source[each.source].append(each)
    return by_source


def _says(own: Sequence[Quote]) -> dict[Pair, Fraction]:
    """Return the price of every pair that one source's quotes give, its own quotes before cross rates."""
    worths = Worths()
    for each in own:
        worths.join(each.pair, each.price)
    codes = sorted({code for each in own for code in each.pair})
    crosses = {Pair(*pair): worths.price(pair) for pair in combinations(codes, 2)}
    return {pair: price for pair, price in crosses.items() if price is not None} | {
        each.pair: each.price for each in own
    }


def _apart(says: Mapping[str, Mapping[Pair, Fraction]], rules: Sequence[SourceRule]) -> list[Stopped]:
    """Return the pairs on which two sources disagree; of several disagreements the largest."""
    tolerance = {rule.source: Fraction(rule.tolerance) for rule in rules}
    found: dict[Pair, Stopped] = {}
    for one, other in combinations(says, 2):
        allowed = min(tolerance[one], tolerance[other])
        for pair in says[one].keys() & says[other].keys():
            prices = (says[one][pair], says[other][pair])
            apart = max(prices) / min(prices) - 1
            held = found.get(pair)
            if apart > allowed and (held is None or held.apart is None or apart > held.apart):
                found[pair] = Stopped(pair, (one, other), prices, apart, allowed)
    return list(found.values())


def _stale(says: Mapping[str, Mapping[Pair, Fraction]], refused: Iterable[Refused]) -> list[Stopped]:
    """Return the pairs of refused quotes that nothing else prices."""
    found: dict[Pair, Stopped] = {}
    for each in refused:
        pair, held = each.quote.pair, found.get(each.quote.pair)
        if any(pair in prices for prices in says.values()):
            continue
        sources = (*(held.sources if held else ()), each.quote.source)
        prices = (*(held.prices if held else ()), each.quote.price)
        found[pair] = Stopped(pair, sources, prices, None, None)
    return list(found.values())


def _decided(
    stopped: Iterable[Stopped],
    says: Mapping[str, Mapping[Pair, Fraction]],
    stale: Mapping[tuple[str, Pair], Quote],
    decisions: Sequence[Decision],
) -> dict[Pair, tuple[Fraction, str]]:
    """Return price and source of the stopped pairs on which two people decided, by code."""
    chosen: dict[Pair, str] = {}
    for each in decisions:
        if chosen.setdefault(each.pair, each.source) != each.source:
            raise refusal("decisions", f"one decision on {each.pair}", "two that differ")
    taken = {}
    for pair in sorted(each.pair for each in stopped):
        source = chosen.get(pair, "")
        if not source:
            continue
        old = stale.get((source, pair))
        price = says.get(source, {}).get(pair, old.price if old is not None else None)
        if price is None:
            raise refusal("decisions", f"a source with a rate of {pair}", repr(source))
        taken[pair] = (price, source)
    return taken


def _joined(
    decided: Sequence[Quote], rest: Sequence[Quote]
) -> tuple[Worths, tuple[Used, ...], tuple[Inconsistency, ...]]:
    """Join the rates in their order; return what came of it, the rates in use, and those that are off."""
    worths, used, off = Worths(), [], []
    for place, each in enumerate((*decided, *rest)):
        implied = worths.join(each.pair, each.price)
        if implied is None:
            used.append(Used(each, place < len(decided)))
        elif implied != each.price:
            off.append(Inconsistency(each, implied if each.base < each.quote else 1 / implied))
    return worths, tuple(used), tuple(off)
