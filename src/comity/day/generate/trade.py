"""Trade tables: what each country sold to each other, from any of several files.

`read_trade` takes the plain form: exporter, importer, value and perhaps period
and currency, values in major units. The others read public sources in the form
in which they are published: CEPII's BACI (thousands of dollars a year) and the
IMF's Direction of Trade (millions of dollars a month), to the cent; that they
count in dollars does not say that anybody pays in dollars. All return `Sale`s;
pairs that stand there repeatedly are added up by who uses them.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from comity.day.faults import Faults
from comity.day.generate.countries import code_of
from comity.day.tables import Shape, Table, read_table, table_of
from comity.errors import Fault, InvalidRequest, NotFound

_SHAPE = Shape(("exporter", "importer", "value"), ("period", "currency"))
_DIGITS_MAX = 24
_CENT = Decimal("0.01")


class Sale(NamedTuple):
    """What a country sold to another."""

    exporter: str
    """ISO 3166-1 alpha-2."""
    importer: str
    value: Decimal
    """Major units, 0 or more."""
    currency: str = ""
    """ISO 4217 of what is paid; empty if the table does not say, and the value is in the numeraire."""


def read_trade(trade: str | Path | pa.Table) -> list[Sale]:
    """Read a trade table: CSV or Parquet by suffix, or an Arrow table.

    Countries may be given by alpha-2 or alpha-3 code or by name; rows of others
    (regions, the world) and of a country with itself are left out.

    Raises
    ------
    InvalidRequest
        If columns or values cannot be read.
    NotFound
        If there is no such file.
    """
    faults = Faults()
    table = trade_table(trade, _SHAPE, faults)
    sales = _sales(table) if table is not None else []
    faults.raise_if_any()
    return sales


def read_baci(path: str | Path, year: int) -> list[Sale]:
    """Read one year of CEPII's BACI: columns year, exporter, importer (alpha-3), value_kusd."""
    table = pq.read_table(path, filters=[("year", "==", year)])
    columns = [table.column(name).to_pylist() for name in ("exporter", "importer", "value_kusd")]
    return _usd(zip(*columns, strict=True), Decimal(1000))


def read_dots(path: str | Path, year: int, month: int, kind: str = "export") -> list[Sale]:
    """Read one month of the IMF's Direction of Trade, as declared by exporters (f.o.b.) or importers (c.i.f.).

    Columns countrySource, countryTarget, value (millions of dollars), type, year, month; by kind `import` the
    source is the importer.
    """
    texts = pacsv.ConvertOptions(column_types={"value": pa.string()})
    table = pacsv.read_csv(path, convert_options=texts)
    chosen = pc.and_(pc.equal(table["year"], year), pc.equal(table["month"], month))
    table = table.filter(pc.and_(chosen, pc.equal(table["type"], kind)))
    source, target = table["countrySource"].to_pylist(), table["countryTarget"].to_pylist()
    exporter, importer = (source, target) if kind == "export" else (target, source)
    return _usd(zip(exporter, importer, table["value"].to_pylist(), strict=True), Decimal(1_000_000))


def _usd(rows: Iterable[Sequence[object]], scale: Decimal) -> list[Sale]:
    sales = []
    for exporter, importer, value in rows:
        seller, buyer = code_of(str(exporter)), code_of(str(importer))
        amount = (Decimal(str(value)) * scale).quantize(_CENT)
        if seller and buyer and seller != buyer and amount > 0:
            sales.append(Sale(seller, buyer, amount))
    return sales


def trade_table(trade: str | Path | pa.Table, shape: Shape, faults: Faults) -> Table | None:
    """Read a table of trade by CSV or Parquet file, or take an Arrow table; None if there is no reading it.

    A column `value` may hold floats, as statistics are published.
    """
    if isinstance(trade, pa.Table):
        return table_of("trade", _decimals(trade), shape, faults)
    path = Path(trade)
    if not path.is_file():
        raise NotFound(f"no trade table {path}")
    if path.name.lower().endswith(".parquet"):
        return _read_parquet(path, shape, faults)
    return read_table(path, shape, faults)


def _read_parquet(path: Path, shape: Shape, faults: Faults) -> Table | None:
    try:
        return table_of(path.name, _decimals(pq.read_table(path)), shape, faults)
    except (pa.ArrowException, OSError) as error:
        raise InvalidRequest([Fault(path.name, 0, "", "a complete Parquet file", str(error))]) from error


def _decimals(table: pa.Table) -> pa.Table:
    """Write values that are floats as the shortest decimals that mean them: statistics are published so."""
    if "value" in table.column_names and pa.types.is_floating(table.schema.field("value").type):
        place = table.column_names.index("value")
        table = table.set_column(place, "value", table["value"].cast(pa.float64()).cast(pa.string()))
    return table


def _sales(table: Table) -> list[Sale]:
    columns = [table.text(name).array.to_pylist() for name in ("exporter", "importer", "value", "currency")]
    sales = []
    for row, (exporter, importer, value, currency) in enumerate(zip(*columns, strict=True)):
        seller, buyer = code_of(exporter), code_of(importer)
        amount = trade_value(value)
        if amount is None:
            table.fault(row, "value", "a number of major units, 0 or more")
        elif seller and buyer and seller != buyer and amount > 0:
            sales.append(Sale(seller, buyer, amount, currency))
    return sales


def trade_value(text: str) -> Decimal | None:
    """Return a value as written; None if it is no number of major units, 0 or more."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    fits = value.is_finite() and value >= 0 and len(value.as_tuple().digits) <= _DIGITS_MAX
    return value if fits and "_" not in text else None
