"""Writes report.html into the folder of a settled day's results."""

from pathlib import Path

from comity.report.measure import Measure
from comity.report.page import page
from comity.report.section import Section
from comity.report.sections import (
    auctions,
    clearing,
    corridor,
    currencies,
    cycles,
    delay,
    exceptions,
    flow,
    headline,
    liquidity,
    method,
    ordered,
    owed,
    queue,
    queues,
)
from comity.statistics.figures import Figures, read_figures
from comity.statistics.setting import Setting

FILE = "report.html"


def write_report(out: Path, day: Path | Setting) -> Path:
    """Write the report of the results in `out`.

    Parameters
    ----------
    out
        Folder with instructions.parquet, balances.csv, cycles.csv and summary.json.
    day
        The union, or the folder of the day to read it from.

    Returns
    -------
    Path
        The report, written beside and renamed.

    Raises
    ------
    NotFound
        If a file that is needed is missing.
    """
    setting = day if isinstance(day, Setting) else Setting.from_folder(day)
    text = render(read_figures(out, setting))
    target = out / FILE
    beside = out / f".{FILE}.part"
    beside.write_text(text, encoding="utf-8", newline="\n")
    return beside.replace(target)


def render(figures: Figures) -> str:
    """Return the report as HTML."""
    others = [head for each, head in ((figures.obligations, owed), (figures.orders, ordered)) if each]
    told = [head.sentence(figures) for head in others]
    if figures.pays_nothing:
        tiles = "".join(head.tiles(figures) for head in others)
        sections = [*_cleared(figures), *_converted(figures), *_exceptions(figures), method.section(figures)]
        return page(figures, " ".join(told), tiles, sections, headline.proof(figures))
    measure = Measure.of_figures(figures)
    sections = [
        flow.section(figures, measure),
        liquidity.section(figures, measure),
        queue.section(figures, measure),
        queues.section(figures, measure),
        corridor.section(figures, measure),
        delay.section(figures, measure),
        cycles.section(figures, measure),
        *_cleared(figures),
        *_converted(figures),
        currencies.section(figures),
        *_exceptions(figures),
        method.section(figures),
    ]
    sentence = " ".join([headline.sentence(figures, measure), *told])
    return page(figures, sentence, headline.tiles(figures, measure), sections, headline.proof(figures))


def _cleared(figures: Figures) -> list[Section]:
    return [clearing.section(figures)] if figures.clearing or figures.obligations else []


def _converted(figures: Figures) -> list[Section]:
    return [auctions.section(figures)] if figures.auctions or figures.orders else []


def _exceptions(figures: Figures) -> list[Section]:
    return [exceptions.section(figures)] if figures.exceptions else []
