"""The reference rates of a day from files: what `comity rates` answers.

Sources are trusted in the order of their files; all have one age limit and one
tolerance. Decisions of two people come from a table of their own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

from comity.day import cells
from comity.day.faults import Faults
from comity.day.rates.sources import Published, read_published
from comity.day.sources import Source, read_source
from comity.day.tables import Shape, quoted
from comity.errors import Fault, InvalidRequest
from comity.model.amount import Rate
from comity.model.currency import CURRENCIES
from comity.model.instant import date_of
from comity.union import OFFICIAL_RULES, Decision, OfficialRule, Pair, Reference, SourceRule, reference
from comity.union.quotes import AGE_MAX_DAYS, TOLERANCE

DECISIONS_SHAPE = Shape(("date", "base", "quote", "source", "first", "second"))

_NAME_LENGTH_MAX = 140


@dataclass(frozen=True, slots=True)
class Official:
    """An official rate by a published rule, or why there is none."""

    base: str
    quote: str
    rule: OfficialRule
    rate: Rate | None
    reason: str


@dataclass(frozen=True, slots=True)
class Fixing:
    """The reference rates of a day and what they were made of.

    Attributes
    ----------
    reference
        Worths, and what is stopped, refused and off.
    published
        What the files say.
    rules
        Of each source, the most trusted first.
    official
        In the order in which they were asked for.
    """

    reference: Reference
    published: Published
    rules: tuple[SourceRule, ...]
    official: tuple[Official, ...]


def fix(
    paths: Iterable[str | Path],
    day: date | None = None,
    *,
    age_max_days: int = AGE_MAX_DAYS,
    tolerance: Fraction = TOLERANCE,
    decisions: Source | None = None,
    official: Sequence[str] = (),
) -> Fixing:
    """Make the reference rates of a day from files.

    Parameters
    ----------
    paths
        Files of published rates, the most trusted first.
    day
        None: the day of the newest quote in the files.
    age_max_days
        A quote older than so many calendar days is refused.
    tolerance
        How far two sources may be apart on a pair.
    decisions
        date, base, quote, source, first, second: two people take a source's rate of a pair for a day.
    official
        Rules and pairs, such as `SML:BRL/ARS`: what one real costs in pesos by that rule.

    Raises
    ------
    InvalidRequest
        With every fault of the files.
    NotFound
        If a file is not there.
    """
    wanted = [_wanted(text) for text in official]
    taken = _decisions(decisions) if decisions is not None else []
    published = read_published(paths, day)
    if day is None:
        day = max((quote.day for quote in published.quotes), default=date.min)
    rules = tuple(SourceRule(source, age_max_days, tolerance) for source in published.sources)
    rates = reference(published.quotes, rules, day, taken)
    return Fixing(rates, published, rules, tuple(_official(rates, *each) for each in wanted))


def _wanted(text: str) -> tuple[OfficialRule, str, str]:
    name, _, pair = text.partition(":")
    base, _, quote = pair.partition("/")
    if name not in OFFICIAL_RULES or not {base, quote} <= CURRENCIES.keys() or base == quote:
        expected = f"a rule and a pair, such as {next(iter(OFFICIAL_RULES))}:BRL/ARS"
        raise InvalidRequest([Fault("", 0, "official", expected, quoted(text))])
    return OFFICIAL_RULES[name], base, quote


def _official(rates: Reference, rule: OfficialRule, base: str, quote: str) -> Official:
    try:
        return Official(base, quote, rule, rule.rate(rates, base, quote), "")
    except InvalidRequest as error:
        return Official(base, quote, rule, None, error.faults[0].found)


def _decisions(source: Source) -> list[Decision]:
    faults, taken = Faults(), []
    if table := read_source(source, "decisions", DECISIONS_SHAPE, faults):
        days, dated = cells.dates(table, "date")
        table.fault_rows(table.text("date").absent, "date", "a date as YYYY-MM-DD")
        index = {code: place for place, code in enumerate(CURRENCIES)}
        for column in ("base", "quote"):
            cells.codes(table, column, index, "a currency of ISO 4217")
        texts = [cells.names(table, column, _NAME_LENGTH_MAX) for column in ("source", "first", "second")]
        for row in range(table.rows):
            pair = Pair.of(table.text("base")[row], table.text("quote")[row])
            day = date_of(int(days[row])) if dated[row] else date.min
            try:
                taken.append(Decision(day, pair, *(text[row] for text in texts)))
            except InvalidRequest as error:
                table.fault(row, "second", error.faults[0].expected)
    faults.raise_if_any()
    return taken
