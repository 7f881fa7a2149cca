"""`comity offset`: one pass over a queue in files."""

from pathlib import Path

from comity.cli.summary import show
from comity.day.offsetting import Offsetting, offset
from comity.day.write import check_free, staged, write_csv, write_json
from comity.model.amount import format_minor
from comity.model.currency import CURRENCIES

_AMOUNTS = ("opening", "in", "out", "closing")


def offset_queue(
    accounts: Path,
    queue: Path,
    pvp: Path | None,
    limits: Path | None,
    rule: str,
    out: Path,
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Write settled.csv, balances.csv and summary.json of one pass to `out`."""
    check_free(out.absolute(), force=force)
    answer = offset(accounts, queue, pvp, limits, rule)
    with staged(out, force=force) as folder:
        settled = answer.settled
        write_csv(folder / "settled.csv", settled.column_names, (row.values() for row in settled.to_pylist()))
        write_csv(folder / "balances.csv", answer.balances.column_names, _balances(answer))
        write_json(folder / "summary.json", answer.summary())
    summary = answer.summary()
    if not as_json:
        summary = {name: figure for name, figure in summary.items() if name != "currencies"} | {"written": str(out)}
    show(summary, as_json=as_json)


def _balances(answer: Offsetting) -> list[list[str]]:
    """Return the balances with amounts in major units."""
    lines = []
    for row in answer.balances.to_pylist():
        exponent = CURRENCIES[row["currency"]].exponent
        lines.append([format_minor(row[name], exponent) if name in _AMOUNTS else row[name] for name in row])
    return lines
