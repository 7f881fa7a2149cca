"""`comity demo`, `run` and `generate`: a day, from its files to its report."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

from comity.cli.progress import Bar
from comity.cli.summary import show, show_day
from comity.day.demo import DAY_FOLDER, run_demo
from comity.day.folder import run_folder
from comity.day.generate import generate
from comity.day.read import read_day
from comity.day.result import DayResult
from comity.day.standing import read_rates
from comity.day.write import LOG_FILE, check_free
from comity.report.write import FILE, write_report
from comity.statistics.setting import Setting
from comity.statistics.unit import Rate


def settle_demo(payments: int, seed: int, out: Path, *, force: bool, as_json: bool) -> None:
    """Make the demo's day, settle it, write it with its results and report to `out`, and print its summary."""
    check_free(out.absolute(), force=force)
    with Bar("settling") as bar:
        summary = run_demo(out, payments, seed, force=force, progress=bar, finish=_report)
    show_day(summary, {"day": out / DAY_FOLDER, "log": out / LOG_FILE, "report": out / FILE}, as_json=as_json)


def settle_folder(day: Path, out: Path, *, force: bool, as_json: bool) -> None:
    """Settle the day in folder `day`, write its results and report to `out`, and print its summary."""
    with Bar("settling") as bar:
        summary = run_folder(day, out, force=force, progress=bar, finish=_report)
    show_day(summary, {"log": out / LOG_FILE, "report": out / FILE}, as_json=as_json)


def generate_day(
    trade: Path,
    members: Sequence[str],
    date: date,
    out: Path,
    *,
    payments: int,
    seed: int,
    rates: Path | None,
    banks: int,
    liquidity: float,
    force: bool,
    as_json: bool,
) -> None:
    """Make a day from a trade table in folder `out`, and print what it holds."""
    generate(
        trade,
        members,
        date,
        payments,
        seed,
        out,
        force=force,
        rates=read_rates(rates) if rates is not None else (),
        banks=banks,
        liquidity=Fraction(str(liquidity)),
    )
    day = read_day(out)
    figures = {
        "day": str(out),
        "members": len(day.genesis.members),
        "participants": len(day.genesis.participants) - len(day.genesis.members),
        "accounts": len(day.genesis.accounts),
        "payments": len(day.payments),
        "pvp": len(day.pvps),
    }
    show(figures, as_json=as_json)


def _report(result: DayResult, folder: Path) -> None:
    day = result.day
    rates = [Rate(each.date, each.base, each.quote, each.rate) for each in day.rates]
    write_report(folder, Setting.from_genesis(day.genesis, rates, result.cutoffs))
