"""`comity rates`: reference rates of a day from several sources."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from comity.cli.summary import show_table
from comity.day.rates.fixing import Fixing, fix
from comity.day.rates.write import share, write_fixing
from comity.day.shares import read_share
from comity.day.write import check_free, staged

_STOPPED_MAX = 10
_SOURCES = ("", "quotes", "newest", "refused", "in use", "largest off")


def fix_rates(
    files: Sequence[Path],
    day: date | None,
    out: Path,
    *,
    age_max_days: int,
    tolerance: str,
    decisions: Path | None,
    official: Sequence[str],
    force: bool,
    as_json: bool,
) -> None:
    """Write what `comity.day.rates.write` describes to `out`, and print it in short."""
    check_free(out.absolute(), force=force)
    answer = fix(
        files,
        day,
        age_max_days=age_max_days,
        tolerance=read_share("tolerance", tolerance),
        decisions=decisions,
        official=official,
    )
    with staged(out, force=force) as folder:
        summary = write_fixing(answer, folder)
    show_table(_lines(summary), summary, _figures(answer, summary, out), as_json=as_json)


def _lines(summary: Mapping[str, object]) -> list[tuple[str, ...]]:
    sources = summary["sources"]
    assert isinstance(sources, Mapping)
    names = ("quotes", "newest", "refused", "in_use", "off_max")
    return [_SOURCES, *((source, *(str(block[name]) or "none" for name in names)) for source, block in sources.items())]


def _figures(answer: Fixing, summary: Mapping[str, object], out: Path) -> dict[str, object]:
    rates = answer.reference
    figures: dict[str, object] = {
        "date": rates.day,
        "currencies": len(rates.worth) if summary["sources"] else f"none: no rate of {rates.day} or before",
        "unreached": " ".join(rates.unreached) or "none",
        "stopped": len(rates.stopped) or "none",
    }
    for each in rates.stopped[:_STOPPED_MAX]:
        why = f"{share(each.apart)} apart" if each.apart is not None else "too old, and no other"
        figures[f"  {each.pair}"] = f"{why}: {', '.join(each.sources)}"
    if len(rates.stopped) > _STOPPED_MAX:
        figures["  and more"] = f"all {len(rates.stopped)} in stopped.csv"
    for one in answer.official:
        figures[f"{one.rule.name} {one.base}/{one.quote}"] = str(one.rate) if one.rate else f"none: {one.reason}"
    return {**figures, "written": out}
