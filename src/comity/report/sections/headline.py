"""The head of the report: what kind of day it was, in six numbers and two hashes."""

from comity.report.charts.ranges import strip
from comity.report.measure import Measure
from comity.report.sections.corridor import own_currency
from comity.report.text import count, counted, esc, percent, span
from comity.statistics.figures import Figures

HOWS = (
    ("gross", "s-gross", "one by one"),
    ("bilateral", "s-bilateral", "against each other, on entry"),
    ("multilateral", "s-multilateral", "together, in offsetting passes"),
    ("clearing", "s-clearing", "in clearing"),
    ("auction", "s-auction", "in an auction"),
)
"""Ways of settling: name, class of the style sheet, words."""


def sentence(figures: Figures, measure: Measure) -> str:
    """Say in a sentence how the day went."""
    entered = measure.total((code, figures.flows[code].entered_minor) for code in figures.currencies)
    settled = measure.total((code, figures.flows[code].settled_minor) for code in figures.currencies)
    used, _, upper = liquidity_totals(figures, measure)
    items = sum(outcome.items for outcome in figures.outcomes)
    what = f"worth {measure.tell(entered)} " if measure.in_units else ""
    moved_besides = bool(figures.obligations) and used > upper
    money = f", with {percent(used, upper)} of the money that settling each payment on its own at once would have taken"
    money += ", auctions included" if figures.orders else ""
    return (
        f"{len(figures.setting.members)} members exchanged {counted(items, 'payment leg')} {what}"
        f"in {counted(len(figures.currencies), 'currency', 'currencies')}. "
        f"{percent(settled, entered)} of the value settled{'' if moved_besides else money}."
    )


def tiles(figures: Figures, measure: Measure) -> str:
    """Return the six headline tiles."""
    return f'<div class="tiles">{"".join(_tiles(figures, measure))}</div>'


def _tiles(figures: Figures, measure: Measure) -> list[str]:
    entered = measure.total((code, figures.flows[code].entered_minor) for code in figures.currencies)
    settled = measure.total((code, figures.flows[code].settled_minor) for code in figures.currencies)
    items = sum(outcome.items for outcome in figures.outcomes)
    done = sum(outcome.items for outcome in figures.outcomes if outcome.state == "STLD")
    used, lower, upper = liquidity_totals(figures, measure)
    own, abroad = own_currency(figures, measure)
    delay = delay_indicator(figures, measure)
    return [
        tile(
            "Value settled",
            percent(settled, entered),
            strip([("s-settled", settled)], percent(settled, entered), entered),
            (f"{measure.tell(settled)} of {measure.tell(entered)}; " if measure.in_units else "")
            + f"{count(done)} of {counted(items, 'leg')}",
        ),
        tile(
            "Liquidity used",
            percent(used, upper),
            strip([("s-low", min(lower, used)), ("s-used", max(0.0, used - lower))], percent(used, upper), upper),
            f"{measure.tell(used)} of the upper bound of {measure.tell(upper)}; lower bound {measure.tell(lower)}"
            + ("; what auctions took is in all three" if figures.orders else ""),
        ),
        tile(
            "Delay indicator",
            f"{delay:.3f}",
            strip([("s-wait", delay)], f"{delay:.3f} of 1", 1.0),
            f"0: all settled on arrival, 1: nothing by the cut-off. Median wait of settled legs: {_half(figures)}",
        ),
        _how_tile(figures, measure, settled),
        tile(
            "Partners' own currencies",
            percent(own, abroad),
            strip([("s-own", own)], percent(own, abroad), abroad),
            "of the value settled across borders was in the currency of payer's or payee's country",
        ),
        tile(
            "Turnover of liquidity",
            f"{settled / used:,.1f}×" if used else "–",  # noqa: RUF001 - signs for times and for nothing
            strip([("s-low", used)], f"{percent(used, settled)} of the value settled", settled),
            f"value settled per unit of money used: the money is {percent(used, settled)} of the value",
        ),
    ]


def _how_tile(figures: Figures, measure: Measure, settled: float) -> str:
    shares = [(kind, how_value(figures, measure, name), name) for name, kind, _ in HOWS]
    netted = sum(value for _, value, name in shares if name != "gross")
    told = [f"{name} {percent(value, settled)}" for _, value, name in shares if value]
    return tile(
        "Settled by offsetting",
        percent(netted, settled),
        strip([(kind, value) for kind, value, _ in shares], ", ".join(told)),
        ", ".join(told),
    )


def how_value(figures: Figures, measure: Measure, how: str) -> float:
    """Return the value settled in one way."""
    return measure.total((one.currency, one.value_minor) for one in figures.outcomes if one.how == how)


def liquidity_totals(figures: Figures, measure: Measure) -> tuple[float, float, float]:
    """Return liquidity used, its lower and its upper bound, over all accounts."""
    used = measure.total((one.currency, one.used_minor) for one in figures.liquidity)
    lower = measure.total((one.currency, one.lower_minor) for one in figures.liquidity)
    upper = measure.total((one.currency, one.upper_minor) for one in figures.liquidity)
    return used, lower, upper


def delay_indicator(figures: Figures, measure: Measure) -> float:
    """Return the delay indicator of all currencies together, each leg weighing by its value."""
    waited = measure.total((code, figures.delays[code].weighted) for code in figures.currencies)
    possible = measure.total((code, figures.delays[code].possible) for code in figures.currencies)
    return waited / possible if possible else 0.0


def proof(figures: Figures) -> str:
    """Return the hashes by which the day can be verified."""
    rows = [
        (name, str(figures.summary[key]))
        for key, name in (("digest", "State digest"), ("log_head", "Head of the log"), ("seed", "Seed"))
        if figures.summary.get(key) is not None
    ]
    engine = figures.summary.get("engine")
    if engine is not None:
        rows.append(("Engine", str(engine)))
    terms = "".join(f"<div><dt>{esc(name)}</dt><dd><code>{esc(text)}</code></dd></div>" for name, text in rows)
    return f'<dl class="proof">{terms}</dl>'


def _half(figures: Figures) -> str:
    medians = sorted((figures.delays[code].median, sum(figures.delays[code].items[:-1])) for code in figures.currencies)
    half = sum(items for _, items in medians) / 2
    for median, items in medians:
        half -= items
        if half <= 0:
            return span(median) if median else "none"
    return "none"


def tile(name: str, number: str, bar: str, note: str) -> str:
    """Return one tile; `bar` is HTML."""
    return (
        f'<div class="tile"><p class="kicker">{esc(name)}</p><p class="number">{esc(number)}</p>'
        f'{bar}<p class="note">{esc(note)}</p></div>'
    )
