"""The imbalance forecast of a trade table: read, forecast, and written as tables.

The forecast itself is `comity.union.forecast`; here its figures come from a file
and go to files, and members, quota and share from the words of a command.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pyarrow as pa

from comity.day.faults import Faults
from comity.day.generate.countries import code_of
from comity.day.tables import quoted
from comity.day.trade_flows import DECIMALS_MAX, read_flows
from comity.day.write import write_csv, write_json
from comity.model.amount import format_minor
from comity.union import Forecast, Outlook, forecast
from comity.union.period import Period

CORRIDORS = ("corridor", "cumulative", "quota", "warning_period", "breaking_period")
MEMBERS = ("member", *CORRIDORS[1:])
BY_MONTH = ("period", "corridor", "cumulative")

_QUOTA = re.compile(rf"[0-9]{{1,18}}(?:\.([0-9]{{1,{DECIMALS_MAX}}}))?", re.ASCII)
_SHARE = re.compile(r"0(?:\.[0-9]{1,9})?|1(?:\.0{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TradeForecast:
    """What a trade table foretells.

    Attributes
    ----------
    decimals
        One unit of the table is 10 to this power of the forecast's minor units.
    quota_minor
        Of each corridor and each member.
    warn_at
        Share of the quota at which it warns.
    forecast
        All corridors and members.
    """

    decimals: int
    quota_minor: int
    warn_at: Fraction
    forecast: Forecast

    @property
    def ranked(self) -> tuple[Outlook, ...]:
        """Corridors, the first to break foremost, then the first to warn, then the largest."""
        return tuple(sorted(self.forecast.corridors, key=lambda one: (*_order(one), -abs(one.cumulative_minor))))

    @property
    def last_data_period(self) -> Period:
        """The last period that the table covers."""
        return self.forecast.periods[self.forecast.data_periods - 1]

    def major(self, minor: int) -> str:
        """Write minor units in units of the table."""
        return format_minor(minor, self.decimals)

    def summary(self) -> dict[str, object]:
        """Return the figures that sum it up, periods as text; None where nothing breaks."""
        corridors, members = self.forecast.corridors, self.forecast.members
        first = self.ranked[0]
        return {
            "first_period": str(self.forecast.periods[0]),
            "last_period": str(self.last_data_period),
            "looked_to": str(self.forecast.periods[-1]),
            "quota": self.major(self.quota_minor),
            "warn_at": str(self.warn_at),
            "corridors": len(corridors),
            "corridors_warned": sum(one.warning_period is not None for one in corridors),
            "corridors_broken": sum(one.breaking_period is not None for one in corridors),
            "first_to_break": first.name if first.breaking_period else None,
            "first_breaking_period": str(first.breaking_period) if first.breaking_period else None,
            "members": len(members),
            "members_broken": sum(one.breaking_period is not None for one in members),
        }


def forecast_trade(
    trade: str | Path | pa.Table, members: Sequence[str], quota: str, *, warn_at: str = "0.75", ahead: int = 0
) -> TradeForecast:
    """Find when each corridor between members breaks its quota.

    Parameters
    ----------
    trade
        See `comity.day.trade_flows.read_flows`.
    members
        Countries by ISO 3166-1 code, two or more.
    quota
        Decimal text in the units of the table (of the Direction of Trade: dollars).
    warn_at
        Share of the quota at which to warn, decimal text from 0 to 1.
    ahead
        Periods to look beyond the data, carrying the average of the last twelve forward.

    Raises
    ------
    InvalidRequest
        With everything in the request, or in the table, that cannot be read.
    NotFound
        If there is no such file.
    """
    codes = _check(members, quota, warn_at)
    decimals = len(quota.partition(".")[2])
    flows = read_flows(trade, decimals)
    quota_minor = int(quota.replace(".", "")) * 10 ** (flows.decimals - decimals)
    share = Fraction(warn_at)
    answer = forecast(flows.flows, codes, quota_minor, warn_at=share, ahead=ahead)
    return TradeForecast(flows.decimals, quota_minor, share, answer)


def write_forecast(answer: TradeForecast, folder: Path, *, by_month: bool = False) -> None:
    """Write forecast.csv, members.csv and summary.json, and every position of every corridor to by_month.csv."""
    write_csv(folder / "forecast.csv", CORRIDORS, _lines(answer, answer.forecast.corridors))
    write_csv(folder / "members.csv", MEMBERS, _lines(answer, answer.forecast.members))
    write_json(folder / "summary.json", answer.summary())
    if by_month:
        write_csv(folder / "by_month.csv", BY_MONTH, _positions(answer))


def _check(members: Sequence[str], quota: str, warn_at: str) -> list[str]:
    faults = Faults()
    codes = [code_of(member.strip()) for member in members]
    for member, code in zip(members, codes, strict=True):
        if not code:
            faults.add("", 0, "members", "countries by ISO 3166-1 code, such as IN,RU", quoted(member))
    if not _QUOTA.fullmatch(quota):
        faults.add("", 0, "quota", "a decimal number of 0 or more in the units of the table", quoted(quota))
    if not _SHARE.fullmatch(warn_at):
        faults.add("", 0, "warn_at", "a share of the quota from 0 to 1, such as 0.75", quoted(warn_at))
    faults.raise_if_any()
    return codes


def _lines(answer: TradeForecast, outlooks: Iterable[Outlook]) -> Iterator[tuple[str, ...]]:
    for one in outlooks:
        periods = (str(period or "") for period in (one.warning_period, one.breaking_period))
        yield one.name, answer.major(one.cumulative_minor), answer.major(one.quota_minor), *periods


def _positions(answer: TradeForecast) -> Iterator[tuple[str, ...]]:
    for place, period in enumerate(answer.forecast.periods):
        for one in answer.forecast.corridors:
            yield str(period), one.name, answer.major(one.path_minor[place])


def _order(one: Outlook) -> tuple[bool, int, bool, int]:
    """Return what sorts by breaking and then by warning period, what never comes last."""
    breaking, warning = one.breaking_period, one.warning_period
    return breaking is None, breaking.number if breaking else 0, warning is None, warning.number if warning else 0
