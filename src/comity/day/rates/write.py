"""Reference rates as files: what holds, what is stopped, what was refused, what is off."""

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from pathlib import Path

from comity.day.rates.fixing import Fixing
from comity.day.write import write_csv, write_json
from comity.model.amount import Rate
from comity.model.currency import currency

_SHARE = Context(prec=6, rounding=ROUND_HALF_EVEN)
_DIGITS = Context(prec=12, rounding=ROUND_HALF_EVEN)


def write_fixing(answer: Fixing, folder: Path) -> dict[str, object]:
    """Write reference.csv, rates.csv, stopped.csv, refused.csv, off.csv, official.csv and summary.json.

    Returns
    -------
    dict
        The content of summary.json.
    """
    rates, summary = answer.reference, summarise(answer)
    write_csv(folder / "reference.csv", ("currency", "price", "base", "rate"), _reference(answer))
    write_csv(
        folder / "rates.csv",
        ("date", "base", "quote", "rate", "source"),
        (
            (one.day, one.base, one.quote, exact(one.rate, one.base, one.quote), one.source)
            for one in (used.quote for used in rates.used)
        ),
    )
    write_csv(
        folder / "stopped.csv",
        ("base", "quote", "reason", "source", "rate", "apart", "tolerance"),
        (
            (*one.pair, one.reason, source, exact(price, *one.pair), share(one.apart), share(one.tolerance))
            for one in rates.stopped
            for source, price in zip(one.sources, one.prices, strict=True)
        ),
    )
    write_csv(
        folder / "refused.csv",
        ("source", "base", "quote", "rate", "date", "age_days", "age_max_days"),
        (
            (one.source, one.base, one.quote, exact(one.rate, one.base, one.quote), one.day, age, most)
            for one, age, most in ((each.quote, each.age_days, each.age_max_days) for each in rates.refused)
        ),
    )
    write_csv(
        folder / "off.csv",
        ("source", "base", "quote", "rate", "date", "implied", "off"),
        (
            (
                one.source,
                one.base,
                one.quote,
                exact(one.rate, one.base, one.quote),
                one.day,
                digits(implied),
                share(off),
            )
            for one, implied, off in ((each.quote, each.implied, each.off) for each in rates.inconsistent)
        ),
    )
    if answer.official:
        write_csv(
            folder / "official.csv",
            ("base", "quote", "rate", "rule", "reason"),
            (
                (one.base, one.quote, one.rate.text() if one.rate else "", one.rule.name, one.reason)
                for one in answer.official
            ),
        )
    write_json(folder / "summary.json", summary)
    return summary


def summarise(answer: Fixing) -> dict[str, object]:
    """Return the content of summary.json."""
    rates = answer.reference
    sources = {
        rule.source: {
            "quotes": sum(one.source == rule.source for one in answer.published.quotes),
            "newest": max(one.day for one in answer.published.quotes if one.source == rule.source).isoformat(),
            "refused": sum(each.quote.source == rule.source for each in rates.refused),
            "in_use": sum(each.quote.source == rule.source for each in rates.used),
            "off_max": share(
                max((abs(each.off) for each in rates.inconsistent if each.quote.source == rule.source), default=None)
            ),
        }
        for rule in answer.rules
    }
    return {
        "date": rates.day.isoformat(),
        "age_max_days": max((rule.age_max_days for rule in answer.rules), default=None),
        "tolerance": share(max((Fraction(rule.tolerance) for rule in answer.rules), default=None)),
        "sources": sources,
        "currencies": list(rates.worth),
        "unreached": list(rates.unreached),
        "stopped": [str(each.pair) for each in rates.stopped],
        "decided": [str(each.quote.pair) for each in rates.used if each.decided],
        "refused": len(rates.refused),
        "left_out": list(answer.published.left_out),
        "official": {f"{one.base}/{one.quote}": one.rate.text() if one.rate else None for one in answer.official},
    }


def _reference(answer: Fixing) -> Iterator[tuple[object, ...]]:
    worth = answer.reference.worth
    first = next(iter(worth), "")
    for code, price in answer.reference.prices().items():
        yield code, price, first, digits(worth[code])


def exact(rate: Fraction, base: str, quote: str) -> str:
    """Write a rate as a decimal if 18 digits hold it, otherwise as p/q."""
    return Rate(rate.numerator, rate.denominator, currency(base), currency(quote)).text()


def digits(rate: Fraction) -> str:
    """Write a rate to twelve digits, for people."""
    return f"{_DIGITS.divide(Decimal(rate.numerator), Decimal(rate.denominator)).normalize(_DIGITS):f}"


def share(part: Fraction | None) -> str:
    """Write a share to six digits; nothing for none."""
    return "" if part is None else f"{_SHARE.divide(Decimal(part.numerator), Decimal(part.denominator)):f}"
