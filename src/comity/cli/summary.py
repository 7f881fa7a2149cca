"""What a command answers on stdout: JSON for programs, lines and a table for people."""

import json
import sys
from collections.abc import Mapping, Sequence

from comity.model.amount import format_minor
from comity.model.currency import CURRENCIES

Figures = Mapping[str, object]

_CLEARING = ("", "participants", "obligations", "gross", "discharged", "remaining", "bilateral", "net", "optimal")
_HEADINGS = ("", "instructions", "settled", "value entered", "value settled", "liquidity used", "upper bound", "delay")


def show(figures: Figures, *, as_json: bool) -> None:
    """Print named figures, one a line, or as one JSON object."""
    if as_json:
        sys.stdout.write(json.dumps(figures, ensure_ascii=False, indent=2) + "\n")
        return
    width = max(len(name) for name in figures)
    for name, figure in figures.items():
        sys.stdout.write(f"{name.replace('_', ' '):<{width}}  {figure}\n")


def show_day(summary: Figures, files: Figures, *, as_json: bool) -> None:
    """Print the summary of a settled day: a line per currency in major units, then where its files are.

    Parameters
    ----------
    summary
        The content of summary.json.
    files
        What was written and where, by name.
    """
    if as_json:
        show(summary, as_json=True)
        return
    blocks = summary["currencies"]
    assert isinstance(blocks, Mapping)
    total = summary["total"]
    assert isinstance(total, Mapping)
    rows = [_row(code, block) for code, block in blocks.items()]
    rows.append(("total", *(f"{total[name]:,}" for name in ("instructions", "settled")), *[""] * 5))
    sys.stdout.write(_aligned([_HEADINGS, *rows]) + "\n")
    show({**files, "log_head": summary["log_head"], "digest": summary["digest"]}, as_json=False)


def show_clearing(summary: Figures, files: Figures, *, as_json: bool) -> None:
    """Print the summary of a clearing: a line per currency in major units, then where its files are."""
    if as_json:
        show(summary, as_json=True)
        return
    blocks = summary["currencies"]
    assert isinstance(blocks, Mapping)
    names = [f"{name}_minor" for name in _CLEARING[3:-1]]
    rows = [
        (
            code,
            *(f"{block[name]:,}" for name in _CLEARING[1:3]),
            *(_exact(int(str(block[name])), code) for name in names),
            "yes" if block["optimal"] else "no",
        )
        for code, block in blocks.items()
    ]
    sys.stdout.write(_aligned([_CLEARING, *rows]) + "\n")
    show(files, as_json=False)


def _exact(minor: int, code: str) -> str:
    """Write an amount of 0 or more in major units with all its decimals, with commas between thousands."""
    whole, point, decimals = format_minor(minor, CURRENCIES[code].exponent).partition(".")
    return f"{int(whole):,}{point}{decimals}"


def show_table(lines: Sequence[Sequence[str]], summary: Figures, files: Figures, *, as_json: bool) -> None:
    """Print lines in columns, the first a heading, then where the files are; or the summary as JSON."""
    if not as_json:
        sys.stdout.write(_aligned(lines) + "\n")
    show(summary if as_json else files, as_json=as_json)


def _row(code: str, block: Mapping[str, object]) -> tuple[str, ...]:
    names = ("value_minor", "settled_value_minor", "liquidity_used_minor", "liquidity_upper_bound_minor")
    amounts = [_major(int(str(block[name])), code) for name in names]
    delay = block["delay_indicator"]
    counts = [f"{block[name]:,}" for name in ("instructions", "settled")]
    return (code, *counts, *amounts, "" if delay is None else f"{float(str(delay)):.3f}")


def _major(minor: int, code: str) -> str:
    """Write an amount in whole major units, what is less left out, with commas between thousands."""
    return f"{minor // 10 ** CURRENCIES[code].exponent:,}"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Set rows in columns, the first to the left and the others to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = (
        "  ".join(cell.ljust(width) if not place else cell.rjust(width) for place, (cell, width) in enumerate(cells))
        for cells in (zip(row, widths, strict=True) for row in rows)
    )
    return "\n".join(line.rstrip() for line in lines) + "\n"
