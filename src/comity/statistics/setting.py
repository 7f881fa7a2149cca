"""What the figures of a day need to know about its union besides the results.

A `Setting` names the members and participants, the exponents of the currencies,
the instants at which each currency opens, cuts off and ends, and what one major
unit of each currency is worth in the unit of account. It is made from a
`Genesis`, which is what a day was run with, or read from the folder of the day.
"""

import csv
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pyarrow.parquet as pq

from comity.errors import NotFound
from comity.model.currency import CURRENCIES
from comity.model.instant import DAY_US, format_time, midnight, parse_date, parse_time
from comity.model.union import Genesis, Schedule
from comity.statistics.unit import Quoted, Rate, unit_values

_EXPONENT = 2
_MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Hours:
    """Instants of one currency's business day, microseconds since 1970-01-01 UTC."""

    open: int
    cutoff: int
    """The interbank cut-off, up to which delay is counted."""
    end: int


@dataclass(frozen=True, slots=True)
class Setting:
    """Names, exponents, hours and values of a union on one business date."""

    name: str
    business_date: date
    members: Mapping[str, str]
    """Name by member code."""
    member_currency: Mapping[str, str]
    """Currency by member code."""
    home: Mapping[str, str]
    """Member code by participant code."""
    participants: Mapping[str, str]
    """Name by participant code."""
    hours: Mapping[str, Hours]
    """By currency."""
    unit_value: Mapping[str, Fraction] | None = None
    """Units of account per major unit of each currency; None without rates."""
    exponents: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def from_genesis(
        cls, genesis: Genesis, rates: Iterable[Quoted] = (), cutoffs: Mapping[str, int] | None = None
    ) -> "Setting":
        """Describe the union of `genesis`.

        Parameters
        ----------
        rates
            Official rates; values exist if they reach every currency.
        cutoffs
            Interbank cut-offs as they came to be, by currency; else those of the schedule.
        """
        codes = [code for code, _ in genesis.currencies]
        members = {member.code: member.name for member in genesis.members}
        return cls(
            name=genesis.name,
            business_date=genesis.business_date,
            members=members,
            member_currency={member.code: member.currency for member in genesis.members},
            home={member: member for member in members} | {one.code: one.member for one in genesis.participants},
            participants=members | {one.code: one.name for one in genesis.participants},
            hours={code: _hours_of(genesis, code, (cutoffs or {}).get(code)) for code in codes},
            unit_value=unit_values(codes, genesis.unit, tuple(rates), genesis.business_date),
            exponents=dict(genesis.currencies),
        )

    @classmethod
    def from_folder(cls, folder: Path) -> "Setting":
        """Read union.toml, members, participants and rates of the day in `folder`.

        Raises
        ------
        NotFound
            If one of the files is missing.
        """
        path = folder / "union.toml"
        if not path.is_file():
            raise NotFound(f"{path} does not exist")
        union = tomllib.loads(path.read_text(encoding="utf-8"))
        day = parse_date(str(union["business_date"]))
        members = _rows(folder, "members")
        banks = _rows(folder, "participants")
        codes = [row["currency"] for row in members]
        names = {row["member"]: row["name"] for row in members}
        return cls(
            name=str(union.get("name", "")),
            business_date=day,
            members=names,
            member_currency={row["member"]: row["currency"] for row in members},
            home={member: member for member in names} | {row["participant"]: row["member"] for row in banks},
            participants=names | {row["participant"]: row["name"] for row in banks},
            hours={code: _hours(day, _schedule(union.get("phases", {}), code)) for code in codes},
            unit_value=unit_values(
                codes, {code: str(weight) for code, weight in union.get("unit", {}).items()}, _rates(folder), day
            ),
            exponents={code: exponent(code) for code in codes},
        )

    def exponent(self, currency: str) -> int:
        """Decimals of `currency`, 0 to 4; those of ISO 4217 where the union does not say."""
        known = self.exponents.get(currency)
        return exponent(currency) if known is None else known

    def in_units(self, currency: str, minor: int) -> Fraction:
        """Value of `minor` units of `currency` in the unit of account; ValueError without rates."""
        if self.unit_value is None:
            raise ValueError("no rates were given, so nothing has a value in the unit of account")
        return self.unit_value[currency] * Fraction(minor, 10 ** self.exponent(currency))


def exponent(code: str) -> int:
    """Return the decimals of the currency `code`; 2 for a code that is not one."""
    found = CURRENCIES.get(code)
    return _EXPONENT if found is None else found.exponent


def clock(instant: int) -> str:
    """Return the time of day of an instant, to the minute, as HH:MM in UTC."""
    return format_time(instant % DAY_US // _MINUTE_US * _MINUTE_US)


def _hours_of(genesis: Genesis, code: str, cutoff: int | None) -> Hours:
    hours = _hours(genesis.business_date, genesis.currency_schedules.get(code, genesis.schedule))
    return hours if cutoff is None else replace(hours, cutoff=cutoff)


def _hours(day: date, schedule: Schedule) -> Hours:
    start = midnight(day)
    return Hours(start + schedule.open, start + schedule.interbank_cutoff, start + schedule.end)


def _schedule(phases: Mapping[str, object], currency: str) -> Schedule:
    own = phases.get(currency)
    merged = dict(phases) | (own if isinstance(own, dict) else {})
    plain = Schedule()
    return Schedule(
        open=_clock(merged.get("open"), plain.open),
        interbank_cutoff=_clock(merged.get("interbank_cutoff"), plain.interbank_cutoff),
        end=_clock(merged.get("end"), plain.end),
    )


def _clock(text: object, default: int) -> int:
    return parse_time(text) if isinstance(text, str) else default


def _rates(folder: Path) -> tuple[Rate, ...]:
    try:
        rows = _rows(folder, "rates")
    except NotFound:
        return ()
    return tuple(Rate(parse_date(row["date"]), row["base"], row["quote"], Fraction(row["rate"])) for row in rows)


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    table = folder / f"{name}.csv"
    if table.is_file():
        with table.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    table = folder / f"{name}.parquet"
    if table.is_file():
        rows = pq.read_table(table).to_pylist()
        return [{key: "" if value is None else str(value) for key, value in row.items()} for row in rows]
    raise NotFound(f"neither {name}.csv nor {name}.parquet is in {folder}")
