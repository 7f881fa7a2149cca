"""`comity auction`: the orders of a file, cleared at one price per currency."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from comity.cli.summary import show_table
from comity.day.auction.outcome import Auction
from comity.day.auction.pair_books import pair_books
from comity.day.auction.run import auction
from comity.day.lines import write_lines
from comity.day.write import check_free, staged, write_json
from comity.model.amount import format_minor
from comity.model.currency import CURRENCIES
from comity.report.auction import write_auction_report


def clear_orders(
    orders: Path,
    out: Path,
    *,
    reference: Sequence[Path],
    bands: Path | None,
    ties: str,
    tolerance: str,
    on: date | None,
    age_max_days: int,
    force: bool,
    as_json: bool,
) -> None:
    """Write fills.csv, prices.json, summary.json and report.html to `out`, and print the summary."""
    check_free(out.absolute(), force=force)
    answer = auction(orders, reference or None, bands, ties=ties, tolerance=tolerance, on=on, age_max_days=age_max_days)
    books = pair_books(answer)
    summary = {**answer.summary(), **books.summary()}
    with staged(out, force=force) as folder:
        write_lines(folder / "fills.csv", answer.fills())
        write_json(folder / "prices.json", answer.prices)
        write_json(folder / "summary.json", summary)
        write_auction_report(answer, books, folder)
    figures = {
        "status": answer.status,
        **{state: count for state, count in _states(answer).items() if count},
        "joint share": books.summary()["joint_share"] or "none",
        "pair books share": books.summary()["pair_books_share"] or "none",
        "report": out / "report.html",
    }
    show_table(_lines(answer), summary, figures, as_json=as_json)


def _states(answer: Auction) -> dict[str, int]:
    states = answer.summary()["states"]
    assert isinstance(states, dict)
    return states


def _lines(answer: Auction) -> list[tuple[str, ...]]:
    """Return a line per currency for the terminal: its rate in the one of most value, and amounts in major units."""
    measure = answer.by_value[0] if answer.by_value else ""
    lines: list[tuple[str, ...]] = [("", f"in {measure}" if measure else "price", "offered", "sold", "surplus", "")]
    offered, sold = answer.offered_minor, answer.volume_minor
    for code in answer.prices:
        rate = answer.rate(code, measure) if measure else None
        exponent = CURRENCIES[code].exponent
        amounts = (format_minor(each[code], exponent) for each in (offered, sold, answer.surplus_minor))
        note = "not traded" if code in answer.not_traded else ""
        lines.append((code, "none" if rate is None else f"{float(rate):.6g}", *amounts, note))
    return lines
