"""`comity clear`: what obligations in a file discharge of one another."""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa

from comity.cli.progress import Bar
from comity.cli.summary import show_clearing
from comity.day.clearing import clear
from comity.day.lines import major_text, write_lines
from comity.day.why import Part, Why, explain
from comity.day.write import check_free, staged, write_json
from comity.model.amount import format_minor
from comity.model.currency import CURRENCIES


def clear_obligations(obligations: Path, mode: str, out: Path, *, why: str | None, force: bool, as_json: bool) -> None:
    """Write discharged.csv, positions.csv, potentials.csv and summary.json to `out`, and print the summary.

    With `why` also print why that obligation stays.
    """
    check_free(out.absolute(), force=force)
    with Bar("clearing") as bar:
        answer = clear(obligations, mode, bar)
    reason = explain(answer, why) if why is not None else None
    with staged(out, force=force) as folder:
        _write_amounts(folder / "discharged.csv", answer.to_arrow())
        _write_amounts(folder / "positions.csv", answer.positions())
        potentials = answer.potentials()
        write_lines(folder / "potentials.csv", _columns(potentials))
        write_json(folder / "summary.json", answer.summary())
    summary = answer.summary()
    if reason is not None and as_json:
        summary["why"] = reason.plain()
    show_clearing(summary, {"written": str(out)}, as_json=as_json)
    if reason is not None and not as_json:
        sys.stdout.write("\n" + "\n".join(_told(reason)) + "\n")


def _told(why: Why) -> list[str]:
    """Say in sentences why an obligation stays."""
    exponent = CURRENCIES[why.currency].exponent
    left, released = (
        f"{why.currency} {format_minor(minor, exponent)}" for minor in (why.injection_minor, why.released_minor)
    )
    name = f"{why.id}, {why.debtor} to {why.creditor}"
    if not why.injection_minor:
        return [f"{name}: discharged in full."]
    ended = f"{format_minor(why.discharged_minor, exponent)} of {format_minor(why.amount_minor, exponent)}"
    begin = f"{name}: {why.currency} {ended} is discharged. {left}" if why.discharged_minor else f"{name}: {left}"
    if len(why.rest) == 1:
        lines = [f"{begin} stays, since {_reason(why, why.rest[0])}"]
    else:
        amounts = [f"{why.currency} {format_minor(part.amount_minor, exponent)}" for part in why.rest]
        parts = zip(amounts, why.rest, strict=True)
        lines = [f"{begin} stays:", *(f"- {amount} of it, since {_reason(why, part)}" for amount, part in parts)]
    lines.append(
        f"With {left} more in the account of {why.chain[0]} it would end, and with no smaller sum unless others lose."
    )
    if len(why.chain) > 2:  # noqa: PLR2004 - the obligation alone
        lines.append(f"That money would go {' to '.join(why.chain)} and end {released} in all.")
    return lines


def _reason(why: Why, part: Part) -> str:
    """Say why a part of what is left of an obligation stays."""
    others = ", ".join(f"{debtor} to {creditor}" for debtor, creditor in part.displaced)
    if part.loss is None:
        more = " more" if len(why.rest) > 1 else ""
        return f"nothing{more} that {why.creditor} owes comes back to {why.debtor}, so only money can end it."
    if part.loss:
        return f"each unit of it that ended would leave {part.loss} more in all: less of {others} would be discharged."
    return f"as much could be discharged with it, but then less of {others}."


def _write_amounts(path: Path, table: pa.Table) -> None:
    """Write a table whose numbers are minor units, in major units."""
    codes = _columns(table)["currency"].dictionary_encode()
    decimals = np.array([CURRENCIES[code].exponent for code in codes.dictionary.to_pylist()] or [0], np.int64)
    exponents = decimals[codes.indices.to_numpy(zero_copy_only=False)] if len(codes) else np.zeros(0, np.int64)
    columns = {
        name: major_text(column.to_numpy(), exponents) if pa.types.is_integer(column.type) else column
        for name, column in _columns(table).items()
    }
    write_lines(path, columns)


def _columns(table: pa.Table) -> dict[str, pa.Array]:
    return {name: table.column(name).combine_chunks() for name in table.column_names}
