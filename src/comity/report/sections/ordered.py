"""The head of the report of a day that only converts, and the sentence on orders of any other."""

from comity.report.charts.ranges import strip
from comity.report.conversion import furthest
from comity.report.measure import Measure
from comity.report.sections.headline import tile
from comity.report.text import count, counted, joined, percent
from comity.statistics.auctions import CLEARED
from comity.statistics.figures import Figures

_ENDS = (("RJTD", "rejected"), ("CAND", "expired or withdrawn"), ("PSTL", "still in the book"), ("SSPD", "held"))


def sentence(figures: Figures) -> str:
    """Say in a sentence or two what became of the orders."""
    orders = figures.orders
    codes = {one.currency for one in orders.outcomes}
    told = (
        f"{counted(len(figures.setting.members), 'member')} placed {counted(orders.items, 'order')} "
        f"to sell {counted(len(codes), 'currency', 'currencies')}."
    )
    return " ".join([told, _sold(figures), *_others(figures)])


def _sold(figures: Figures) -> str:
    cleared = sum(one.status == CLEARED for one in figures.auctions)
    if not cleared:
        return "No auction was held." if not figures.auctions else "Nothing was converted."
    sold, offered = sums(figures)
    several = len(figures.orders.offered_minor) > 1
    weighed = ", each currency weighing the same" if several and not Measure.of_offered(figures).in_units else ""
    return (
        f"Of the value that was offered{weighed}, {percent(sold, offered)} was sold in "
        f"{counted(cleared, 'auction')}, at one price per currency."
    )


def _others(figures: Figures) -> list[str]:
    told = [f"{count(number)} {word}" for state, word in _ENDS if (number := figures.orders.count(state))]
    return [f"{joined(told)}."] if told else []


def sums(figures: Figures) -> tuple[float, float]:
    """Return what was sold and what was offered, each currency as the measure weighs it."""
    measure, orders = Measure.of_offered(figures), figures.orders
    return measure.total(orders.sold_minor.items()), measure.total(orders.offered_minor.items())


def tiles(figures: Figures) -> str:
    """Return the headline tiles."""
    sold, offered = sums(figures)
    orders = figures.orders
    filled, partly = orders.count("STLD"), sum(one.partly for one in orders.outcomes)
    cleared = [one for one in figures.auctions if one.status == CLEARED]
    alone, joint = shares(figures)
    parts = [
        tile(
            "Sold",
            percent(sold, offered),
            strip([("s-auction", sold)], percent(sold, offered), offered),
            "of the value that orders offered; rejected orders do not count",
        ),
        tile(
            "Orders filled",
            percent(filled, orders.items),
            strip([("s-settled", filled), ("s-wait", partly)], percent(filled, orders.items), orders.items),
            f"{count(filled)} of {counted(orders.items, 'order')} whole, {count(partly)} in part",
        ),
        tile(
            "Auctions that cleared",
            count(len(cleared)),
            "",
            f"of {count(len(figures.auctions))} whose call closed",
        ),
        tile(
            "Only together",
            percent(max(0.0, joint - alone), joint),
            strip([("s-auction", max(0.0, joint - alone))], percent(max(0.0, joint - alone), joint), joint),
            "of what was sold is more than separate books for each pair would have converted",
        ),
        _furthest_tile(figures),
        _rounding_tile(figures),
    ]
    return f'<div class="tiles">{"".join(parts)}</div>'


def shares(figures: Figures) -> tuple[float, float]:
    """Return what pair books would have converted, and what the joint auctions did, each auction by its value."""
    measure = Measure.of_offered(figures)
    alone = joint = 0.0
    for one in figures.auctions:
        together, apart = one.conversion.books.joint_share, one.conversion.books.alone_share
        if together and apart is not None:
            value = measure.total((code, each.sold_minor) for code, each in one.conversion.currencies.items())
            joint += value
            alone += value * float(apart / together)
    return alone, joint


def _furthest_tile(figures: Figures) -> str:
    gaps = [worst for one in figures.auctions if (worst := furthest(one.conversion)) is not None]
    if not gaps:
        return tile("Furthest from official", "–", "", "no currency with an official level traded")  # noqa: RUF001 - a dash for nothing to tell
    off, code = max(gaps)
    return tile("Furthest from official", f"{float(100 * off):.2f}%", "", f"{code}, against its official level")


def _rounding_tile(figures: Figures) -> str:
    kept = sum(each.surplus_minor for one in figures.auctions for each in one.conversion.currencies.values())
    fills = sum(one.conversion.fills for one in figures.auctions)
    note = (
        f"sold and not paid out, over {counted(fills, 'fill')}: payouts are whole minor units, of which one can be "
        "worth several of another currency"
    )
    return tile("Kept by rounding", counted(kept, "minor unit"), "", note)
