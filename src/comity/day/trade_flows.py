"""Trade by period: what each country sold to each other, month by month, from a table of statistics.

Two forms are read, and told apart by their columns: the plain one (exporter,
importer, value, period) and the IMF's Direction of Trade by source and target,
which counts in millions of dollars and is taken in dollars, to the cent. Either may be
CSV, CSV compressed by gzip, or Parquet. Values become whole numbers of the
smallest decimal that any of them has, so that adding them up loses nothing.
"""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from comity.day.faults import Faults
from comity.day.generate.countries import code_of
from comity.day.generate.trade import trade_table, trade_value
from comity.day.tables import GZIP, SUFFIXES, Shape, Table, quoted, suffix_of, table_of
from comity.errors import Fault, InvalidRequest, NotFound
from comity.union import Flow, Period
from comity.union.period import EXPECTED

DECIMALS_MAX = 18
"""Decimals that a value of the plain form may have."""

PLAIN = Shape(("exporter", "importer", "value", "period"), ("currency",))
DOTS = Shape(("countrySource", "countryTarget", "value", "type", "year", "month"))
_MILLION = Decimal(1_000_000)
_CENT = Decimal("0.01")
_DIGITS_MAX = 18
_VALUE = f"a number of 0 or more with at most {_DIGITS_MAX} digits and {DECIMALS_MAX} decimals"


@dataclass(frozen=True, slots=True)
class TradeFlows:
    """What was sold, as whole numbers.

    Attributes
    ----------
    decimals
        One unit of the table is 10 to this power of a flow's minor units.
    flows
        In the order of the file; countries by ISO 3166-1 alpha-2.
    """

    decimals: int
    flows: tuple[Flow, ...]


def read_flows(trade: str | Path | pa.Table, decimals: int = 0) -> TradeFlows:
    """Read a table of trade by period.

    Countries may be given by alpha-2 or alpha-3 code or by English name; rows of
    others (regions, the world) and of a country with itself are left out. Of the
    Direction of Trade, what exporters declared (f.o.b.) is taken.

    Parameters
    ----------
    trade
        CSV (also .csv.gz) or Parquet by suffix, or an Arrow table.
    decimals
        Count in at least so many, 0 or more.

    Raises
    ------
    InvalidRequest
        With every cell that cannot be read; if periods are of several kinds, or values in several currencies.
    NotFound
        If there is no such file.
    """
    faults = Faults()
    table = _table(trade, faults)
    rows = list(_rows(table)) if table is not None else []
    faults.raise_if_any()
    decimals = max([decimals, *(_decimals_of(value) for *_, value in rows)])
    flows = (
        Flow(exporter, importer, period, int(value.scaleb(decimals))) for exporter, importer, period, value in rows
    )
    return TradeFlows(decimals, tuple(flows))


def _table(trade: str | Path | pa.Table, faults: Faults) -> Table | None:
    if not isinstance(trade, pa.Table):
        trade = Path(trade)
        if not trade.is_file():
            raise NotFound(f"no trade table {trade}")
    suffix = suffix_of(trade, faults, (*SUFFIXES, GZIP)) if isinstance(trade, Path) else ""
    if isinstance(trade, Path) and not suffix:
        return None
    shape = DOTS if DOTS.required[0] in _columns(trade, suffix) else PLAIN
    if isinstance(trade, Path) and suffix == GZIP:
        return _read_gzip(trade, shape, faults)
    return trade_table(trade, shape, faults)


def _columns(trade: Path | pa.Table, suffix: str) -> list[str]:
    """Return the names of the columns; none where they cannot be read, which the reader will say."""
    if isinstance(trade, pa.Table):
        return list(trade.column_names)
    try:
        if suffix == ".parquet":
            return list(pq.read_schema(trade).names)
        opened = gzip.open if suffix == GZIP else open
        with opened(trade, "rt", encoding="utf-8-sig", errors="replace") as file:
            return next(csv.reader([file.readline()]), [])
    except (OSError, EOFError, pa.ArrowException):
        return []


def _read_gzip(path: Path, shape: Shape, faults: Faults) -> Table | None:
    texts = pacsv.ConvertOptions(column_types=dict.fromkeys(shape.known, pa.string()))
    try:
        table = pacsv.read_csv(pa.input_stream(path, "gzip"), convert_options=texts)
    except (pa.ArrowException, OSError) as error:
        raise InvalidRequest([Fault(path.name, 0, "", "a complete CSV file in gzip", str(error))]) from error
    return table_of(path.name, table, shape, faults)


def _rows(table: Table) -> Iterator[tuple[str, str, Period, Decimal]]:
    """Yield exporter, importer, period and value of every row between two countries; report what cannot be read."""
    dots = "countrySource" in table.columns
    parties = ("countrySource", "countryTarget") if dots else ("exporter", "importer")
    exporters, importers = (table.text(name).array.to_pylist() for name in parties)
    values, periods = _values(table, dots=dots), _periods(table, dots=dots)
    _check_currency(table)
    declared = table.text("type").array.to_pylist() if dots else ["export"] * table.rows
    for exporter, importer, period, value, kind in zip(exporters, importers, periods, values, declared, strict=True):
        seller, buyer = code_of(exporter), code_of(importer)
        if kind == "export" and period and value is not None and seller and buyer and seller != buyer:
            yield seller, buyer, period, value


def _values(table: Table, *, dots: bool) -> list[Decimal | None]:
    values = [trade_value(text) for text in table.text("value").array.to_pylist()]
    places = [0 if dots or value is None else _decimals_of(value) for value in values]
    wrong = [
        value is None or value.adjusted() >= _DIGITS_MAX or decimals > DECIMALS_MAX
        for value, decimals in zip(values, places, strict=True)
    ]
    table.fault_rows(np.array(wrong, np.bool_), "value", _VALUE)
    if dots and not any(wrong):
        return [(value * _MILLION).quantize(_CENT) for value in values if value is not None]
    return values


def _periods(table: Table, *, dots: bool) -> list[Period | None]:
    if dots:
        years, months = (table.text(name).array.to_pylist() for name in ("year", "month"))
        texts = [f"{year}-{month:0>2}" for year, month in zip(years, months, strict=True)]
    else:
        texts = table.text("period").array.to_pylist()
    known = {text: _period(text) for text in set(texts)}
    periods = [known[text] for text in texts]
    column = "month" if dots else "period"
    table.fault_rows(np.array([period is None for period in periods], np.bool_), column, EXPECTED)
    first = next((period for period in periods if period), None)
    if first:
        other = np.array([period is not None and period.kind != first.kind for period in periods], np.bool_)
        table.fault_rows(other, column, f"a {first.kind.name.lower()}, as in the rows before")
    return periods


def _period(text: str) -> Period | None:
    try:
        return Period.parse(text)
    except InvalidRequest:
        return None


def _check_currency(table: Table) -> None:
    """Report rows in another currency than the first: values that mean different things cannot be added up."""
    currencies = table.text("currency").array.to_pylist()
    wrong = np.array([currency != currencies[0] for currency in currencies], np.bool_)
    table.fault_rows(wrong, "currency", f"{quoted(currencies[0])} as in the first row" if currencies else "")


def _decimals_of(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
