"""`comity forecast`: from a trade table and a quota, when each corridor breaks."""

from collections.abc import Sequence
from pathlib import Path

from comity.cli.summary import show
from comity.day.imbalance import forecast_trade, write_forecast
from comity.day.write import check_free, staged
from comity.report.imbalance import write_imbalance_report
from comity.report.write import FILE


def forecast_imbalances(
    trade: Path,
    members: Sequence[str],
    quota: str,
    out: Path,
    *,
    warn_at: str,
    ahead: int,
    by_month: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Write forecast.csv, members.csv, summary.json and a report to `out`, and print the summary."""
    check_free(out.absolute(), force=force)
    answer = forecast_trade(trade, members, quota, warn_at=warn_at, ahead=ahead)
    with staged(out, force=force) as folder:
        write_forecast(answer, folder, by_month=by_month)
        write_imbalance_report(answer, folder)
    summary = answer.summary()
    if not as_json:
        summary = {name: "none" if figure is None else figure for name, figure in summary.items()}
        summary |= {"written": str(out), "report": str(out / FILE)}
    show(summary, as_json=as_json)
