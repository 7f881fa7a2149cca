"""The head of the report of a day that has only obligations, and the sentence on obligations of any other."""

from comity.report.charts.ranges import strip
from comity.report.measure import Measure
from comity.report.section import money
from comity.report.sections.headline import tile
from comity.report.text import count, counted, joined, percent
from comity.statistics.figures import Figures


def sentence(figures: Figures) -> str:
    """Say in a sentence or two what became of the obligations."""
    outcomes = figures.obligations.outcomes
    items = sum(one.items for one in outcomes)
    codes = {one.currency for one in outcomes}
    told = (
        f"{counted(len(figures.setting.members), 'member')} cleared {counted(items, 'obligation')} "
        f"in {counted(len(codes), 'currency', 'currencies')}."
    )
    return " ".join([told, *_parts(figures), *_others(figures)])


def _parts(figures: Figures) -> list[str]:
    """Say what became of what the cycles took in."""
    set_off, paid, left, owed = _sums(figures)
    if not owed:
        return ["No clearing cycle took in any of them."]
    several = sum(one.gross_minor > 0 for one in figures.clearing) > 1
    weighed = ", each currency weighing the same" if several and not Measure.of_owed(figures).in_units else ""
    told = (
        f"Of the value that fell due{weighed}, {percent(set_off, owed)} was set off without money, "
        f"{percent(paid, owed)} was paid, and {percent(left, owed)} is left."
    )
    return [told]


def _others(figures: Figures) -> list[str]:
    """Say how many were rejected, cancelled, or fall due later."""
    words = (("RJTD", "rejected"), ("CAND", "cancelled"), ("WHSD", "not due yet"))
    told = [f"{count(number)} {word}" for state, word in words if (number := _count(figures, state))]
    return [f"{joined(told)}."] if told else []


def _count(figures: Figures, state: str) -> int:
    return sum(one.items for one in figures.obligations.outcomes if one.state == state)


def _sums(figures: Figures) -> tuple[float, float, float, float]:
    """Return what was set off, paid and left, and all of it, each currency as the measure weighs it."""
    measure = Measure.of_owed(figures)
    sums = [
        measure.total((one.currency, getattr(one, name)) for one in figures.clearing)
        for name in ("discharged_minor", "settled_minor", "left_minor")
    ]
    return sums[0], sums[1], sums[2], sum(sums)


def tiles(figures: Figures) -> str:
    """Return the headline tiles."""
    measure = Measure.of_owed(figures)
    set_off, paid, left, owed = _sums(figures)
    pairs = measure.total((one.currency, one.bilateral_minor) for one in figures.clearing)
    ended = sum(one.items for one in figures.obligations.outcomes if one.ended)
    items = sum(one.items for one in figures.obligations.outcomes)
    cycles = max((one.cycles for one in figures.clearing), default=0)
    certified = all(one.certified for one in figures.clearing)
    used = {code: minor for code, minor in _used(figures).items() if minor}
    shown = [money(figures.setting, code, minor) for code, minor in sorted(used.items())]
    notes = (
        ("Set off", set_off, "s-multilateral", f"needed no money; pair by pair it would be {percent(pairs, owed)}"),
        ("Paid", paid, "s-gross", "one by one, or as nets over the clearing account"),
        ("Left", left, "s-wait", "due, and still owed at the end of the day"),
    )
    parts = [
        tile(name, percent(value, owed), strip([(kind, value)], percent(value, owed), owed), note)
        for name, value, kind, note in notes
    ]
    parts += [
        tile(
            "Obligations ended",
            percent(ended, items),
            strip([("s-settled", ended)], percent(ended, items), items),
            f"{count(ended)} of {counted(items, 'obligation')}, whole",
        ),
        tile(
            "Clearing cycles",
            str(cycles),
            "",
            ("every set-off is proved to be the largest" if certified else "not every set-off is proved the largest")
            if cycles
            else "none was held",
        ),
        tile("Money used", shown[0] if shown else "none", "", _others_used(shown)),
    ]
    return f'<div class="tiles">{"".join(parts)}</div>'


def _others_used(shown: list[str]) -> str:
    also = f"; also {', '.join(shown[1:4])}" if shown[1:] else ""
    more = f" and {len(shown) - 4} more" if shown[4:] else ""
    return f"how far balances fell below their opening, added up{also}{more}"


def _used(figures: Figures) -> dict[str, int]:
    """Return the liquidity used per currency, as the summary states it."""
    blocks = figures.summary.get("currencies")
    if not isinstance(blocks, dict):
        return {}
    return {code: int(block.get("liquidity_used_minor", 0)) for code, block in blocks.items()}
