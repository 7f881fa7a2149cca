"""Writing what came of a day: a folder that is there whole, or not at all.

Files are made in a folder beside the target and the folder is renamed once it
is complete, so that an interruption or a full disk leaves the target as it was.
CSV and JSON hold nothing that depends on the machine or the hour: the same day
gives the same bytes. How long it took stands in timing.json alone.
"""

import csv
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from comity.day.auctions import write_auctions
from comity.day.cycles import write_clearing
from comity.day.exceptions import write_exceptions
from comity.day.quotes import write_quotes
from comity.day.result import DayResult
from comity.day.summary import Liquidity, liquidity, summarise
from comity.errors import Conflict, EnvironmentFailed
from comity.model.amount import format_minor
from comity.model.instant import format_instant
from comity.model.reason import State

LOG_FILE = "day.log"

_FOLDER_MODE = 0o755


@contextmanager
def staged(out: str | Path, *, force: bool = False) -> Iterator[Path]:
    """Give a folder to write in that becomes `out` at the end, or is removed after an error.

    Raises
    ------
    Conflict
        If `out` is not an empty folder, and `force` does not replace it.
    EnvironmentFailed
        If the operating system refuses.
    """
    target = Path(out).absolute()
    check_free(target, force=force)
    partial: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
        partial.chmod(_FOLDER_MODE)
        yield partial
        check_free(target, force=force)
        _put_in_place(partial, target)
    except OSError as error:
        raise EnvironmentFailed(f"cannot write {out}: {error.strerror or error}") from error
    finally:
        if partial is not None and partial.exists():
            shutil.rmtree(partial, ignore_errors=True)


def check_free(out: Path, *, force: bool) -> None:
    """Raise Conflict unless `out` is absent, an empty folder, or a folder that `force` replaces."""
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir():
        raise Conflict(f"{out} exists and is no folder")
    if not force and any(out.iterdir()):
        raise Conflict(f"{out} exists and is not empty; --force replaces it")


def _put_in_place(partial: Path, target: Path) -> None:
    if not target.exists():
        partial.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent))
    target.rename(old / target.name)
    partial.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def write_result(result: DayResult, folder: Path) -> dict[str, object]:
    """Write the tables and the summary of a day into a folder; return the summary.

    Writes instructions.parquet, balances.csv, cycles.csv, commands.csv,
    summary.json, waiting.csv and peaks.csv; if there was clearing, what
    `comity.day.cycles` describes; if there were auctions, what `comity.day.auctions`
    does; if there were quotes, quotes.csv; and if something waits for people, exceptions.csv.
    """
    pq.write_table(result.to_arrow(), folder / "instructions.parquet", compression="zstd")
    liquid = liquidity(result)
    write_csv(folder / "balances.csv", _BALANCES, _balances(result, liquid))
    write_csv(folder / "cycles.csv", _CYCLES, _cycles(result))
    write_clearing(result, folder)
    write_auctions(result, folder)
    write_quotes(result, folder)
    write_exceptions(result, folder)
    write_csv(folder / "commands.csv", _COMMANDS, _commands(result))
    result.recorder.write(folder)
    summary = summarise(result, liquid)
    write_json(folder / "summary.json", summary)
    return summary


def write_csv(path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a table with a header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def write_json(path: Path, plain: Mapping[str, object]) -> None:
    """Write an object, two spaces deep, keys in the order given."""
    path.write_text(json.dumps(plain, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


_BALANCES = (
    *("participant", "currency", "opening", "in", "out", "closing", "lowest", "credit_used_max"),
    *("kind", "liquidity_used", "liquidity_lower_bound", "liquidity_upper_bound"),
)
_CYCLES = (
    *("cycle", "at", "kind", "rule", "currency", "items", "value_minor", "bound_minor"),
    *("certified", "proposer", "refused"),
)
_COMMANDS = (
    *("row", "instant", "command", "participant", "currency", "target", "amount_minor", "value"),
    *("state", "reason", "detail"),
)


def _balances(result: DayResult, liquid: Liquidity) -> Iterator[tuple[str, ...]]:
    """Yield one line per account, in the engine's order, amounts in major units."""
    accounts, balances = result.engine.accounts, result.engine.balances()
    exponents = dict(result.day.genesis.currencies)
    flows = _flows(result)
    for index in range(len(accounts)):
        kind, code = accounts.kind[index], accounts.currency[index]
        lowest = int(balances["lowest"][index])
        amounts = (
            int(balances["opening"][index]),
            *(flow[index] for flow in flows),
            int(balances["balance"][index]),
            lowest,
            max(0, -lowest) if kind == "settlement" else 0,
        )
        bounds = (liquid.used[index], liquid.lower[index], liquid.upper[index])
        holder = accounts.participant[index] or kind
        shown = [format_minor(amount, exponents[code]) for amount in amounts]
        yield holder, code, *shown, kind, *(format_minor(amount, exponents[code]) for amount in bounds)


def _flows(result: DayResult) -> tuple[list[int], list[int]]:
    """Return what came in and what went out of every account, transfers included, minor units."""
    table = result.table
    settled = table["state"] == State.STLD
    amount = table["amount"][settled].astype(np.int64)
    flows = []
    for side in ("creditor", "debtor"):
        high, low = np.zeros((2, len(result.engine.accounts)), np.int64)
        account = table[side][settled]
        np.add.at(high, account, amount >> 31)
        np.add.at(low, account, amount & 0x7FFFFFFF)
        flows.append([(above << 31) + below for above, below in zip(high.tolist(), low.tolist(), strict=True)])
    return flows[0], flows[1]


def _cycles(result: DayResult) -> Iterator[tuple[object, ...]]:
    for cycle in result.cycles:
        at = format_instant(cycle.instant)
        figures = (cycle.items, cycle.value_minor, cycle.bound_minor)
        certified = "true" if cycle.value_minor == cycle.bound_minor else "false"
        refused = cycle.refused
        yield cycle.number, at, cycle.kind, cycle.rule, cycle.currency, *figures, certified, cycle.proposer, refused


def _commands(result: DayResult) -> Iterator[tuple[object, ...]]:
    for given in result.given:
        command = given.command.command
        amount = "" if command.amount_minor is None else command.amount_minor
        about = (command.command, command.participant, command.currency, command.target, amount, command.value)
        at = format_instant(given.command.instant)
        yield given.command.number, at, *about, given.state, given.reason, given.detail
