"""Definitions, and how the figures were made."""

from comity.report.section import Section
from comity.report.text import esc
from comity.statistics.figures import Figures

_TERMS = (
    (
        "Leg",
        (
            "One amount paid by a debtor to a creditor in one currency. A payment is one leg, a payment-versus-payment "
            "two. Instructions that repeat an earlier one, and transfers of money in and out, are not counted."
        ),
    ),
    ("Settled", "Final and irrevocable: posted in central-bank money."),
    (
        "Obligations",
        (
            "Amounts owed that are cleared in cycles stand in the section Clearing and in clearing.csv alone. What "
            "they paid is in the liquidity used, and not in its bounds."
        ),
    ),
    (
        "Orders",
        (
            "Orders to convert stand in the section Conversion auctions and in the tables of auctions alone. They wait "
            "in no queue. What they sold settled by auction, in the currency sold. It is in the liquidity used and "
            "in its bounds, at the instant of each auction: what is sold first, then what is bought."
        ),
    ),
    (
        "Upper bound of liquidity",
        "Per account, the largest excess of payments over receipts if everything settled on arrival.",
    ),
    (
        "Lower bound of liquidity",
        "Per account, payments less receipts of the whole day, never below zero: even perfect offsetting needs it.",
    ),
    ("Liquidity used", "Per account, how far the balance fell below its opening at its lowest."),
    (
        "Delay indicator",
        (
            "Sum over legs of value times waiting time, divided by the same had nothing settled before the interbank "
            "cut-off; legs that did not settle count up to the cut-off."
        ),
    ),
    (
        "Partners' own currencies",
        "Of the value settled between two members, the part in a currency that one of the two issues.",
    ),
    (
        "One by one, bilateral, multilateral",
        (
            "Settled alone; together with payments in the opposite direction at entry; with many others at one "
            "instant in an offsetting pass. Every account and limit holds after each."
        ),
    ),
)


def section(figures: Figures) -> Section:
    """Return the section."""
    terms = "".join(f"<div><dt>{esc(term)}</dt><dd>{esc(words)}</dd></div>" for term, words in _TERMS)
    title = "How these figures are defined"
    return Section("method", "Method", title, _lead(figures), f'<dl class="terms">{terms}{_unit(figures)}</dl>')


def _lead(figures: Figures) -> str:
    return (
        "All figures are computed from the results of the settled day, in whole minor units; only drawing and rounding "
        f"use fractions. Times are UTC on {figures.setting.business_date.isoformat()}. Anyone who holds the log can "
        "replay it and must get the same digest."
    )


def _unit(figures: Figures) -> str:
    if figures.setting.unit_value is None:
        text = (
            "No official rates came with this day. Where currencies are added up, each weighs the same: a value counts "
            "as its share of all value entered in its currency."
        )
    else:
        worth = ", ".join(
            f"1 {code} = {float(value):.4g}"
            for code, value in sorted(figures.setting.unit_value.items())
            if code in figures.currencies
        )
        text = (
            "The basket of the members' currencies, by the weights of the union and the day's official rates, in which "
            f"values of several currencies are added (UoA). It measures and never pays.{worth and f' {worth}.'}"
        )
    return f"<div><dt>Unit of account</dt><dd>{esc(text)}</dd></div>"
