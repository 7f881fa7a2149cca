"""What a period's trade makes countries owe one another: the importer owes the exporter.

Three forms are read and told apart by their columns: the plain one (exporter,
importer, value, period?, currency?), CEPII's BACI (year, exporter, importer,
value_kusd) and the IMF's Direction of Trade (what exporters declared). Each may
be CSV, CSV in gzip, or Parquet. Values are counted in whole units of the last
decimal that matters: thousands of dollars for BACI, dollars for the Direction
of Trade, the decimals as written, six at most, for the plain form.

Countries are known by ISO 3166-1: alpha-2 where the code is in our table, else
three capital letters as they stand; rows of others (regions, the world) and of a
country with itself are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from comity.day.faults import Faults
from comity.day.generate.countries import code_of
from comity.day.generate.trade import trade_table, trade_value
from comity.day.tables import GZIP, SUFFIXES, Shape, Table, quoted, suffix_of, table_of
from comity.errors import Fault, InvalidRequest, NotFound
from comity.solvers.setoff import SUM_MAX

_PLAIN = Shape(("exporter", "importer", "value"), ("period", "currency"))
_DECIMALS_MAX = 6
_BACI_COLUMNS = {"exporter": "exporter", "importer": "importer", "value_kusd": "value", "period": "period"}
_DOTS_COLUMNS = {"countrySource": "exporter", "countryTarget": "importer", "value": "value", "period": "period"}
_ALPHA_3 = 3
_WORLD = "WLD"
_LISTED_MAX = 5


class Unit(NamedTuple):
    """In what the values of a table are."""

    name: str
    """In words; empty if the table does not say."""
    scale: int
    """Major units of a currency in one unit."""
    decimals: int | None
    """Decimals that are kept; None: those that are written."""


_BACI = Unit("thousand USD", 1000, 0)
_DOTS = Unit("million USD", 1_000_000, 6)


@dataclass(frozen=True, slots=True)
class TradeDebts:
    """Who owes whom how much for the trade of one period, a pair once in each direction.

    Attributes
    ----------
    unit
        Of one unit of the table; `decimals` is a number here.
    period
        As the table names it; empty if it has none.
    countries
        Codes, in their order.
    debtor, creditor
        int32[m]: importer and exporter, as places in `countries`.
    amount
        int64[m]: 1 or more, in units of the last decimal.
    """

    unit: Unit
    period: str
    countries: tuple[str, ...]
    debtor: NDArray[np.int32]
    creditor: NDArray[np.int32]
    amount: NDArray[np.int64]

    @property
    def decimals(self) -> int:
        """How many decimals an amount has in the table's units."""
        return self.unit.decimals or 0


def read_debts(trade: str | Path | pa.Table, period: str = "") -> TradeDebts:
    """Read what one period's trade makes countries owe.

    Parameters
    ----------
    trade
        CSV (also .csv.gz) or Parquet by suffix, or an Arrow table.
    period
        As in the table, or its beginning up to a hyphen: 2017 takes all months of
        2017 together. Needed if the table has several.

    Raises
    ------
    InvalidRequest
        With every cell that cannot be read; if there is no such period, or no choice among several.
    NotFound
        If there is no such file.
    """
    faults = Faults()
    name = "trade" if isinstance(trade, pa.Table) else Path(trade).name
    unit, table = _uniform(trade, period, faults)
    rows, chosen = ([], "") if table is None else _rows(table, period, faults)
    faults.raise_if_any()
    decimals = unit.decimals if unit.decimals is not None else _decimals(value for *_, value in rows)
    return _debts(name, rows, unit._replace(decimals=decimals), chosen)


def _uniform(trade: str | Path | pa.Table, period: str, faults: Faults) -> tuple[Unit, Table | None]:
    """Return the table in the plain form, its values as text, and their unit."""
    if not isinstance(trade, pa.Table) and not Path(trade).is_file():
        raise NotFound(f"no trade table {trade}")
    suffix = "" if isinstance(trade, pa.Table) else suffix_of(Path(trade), faults, (*SUFFIXES, GZIP))
    if not isinstance(trade, pa.Table) and not suffix:
        return Unit("", 1, None), None
    table = trade if isinstance(trade, pa.Table) else _statistics(Path(trade), suffix)
    if table is not None and "value_kusd" in table.column_names:
        plain = _of_period(table, table["year"].cast(pa.string()), period)
        return _BACI, table_of(_name(trade), _renamed(plain, _BACI_COLUMNS), _PLAIN, faults)
    if table is not None and "countrySource" in table.column_names:
        table = table.filter(pc.equal(table["type"], "export"))
        months = pc.utf8_lpad(table["month"].cast(pa.string()), 2, "0")
        plain = _of_period(table, pc.binary_join_element_wise(table["year"].cast(pa.string()), months, "-"), period)
        return _DOTS, table_of(_name(trade), _renamed(plain, _DOTS_COLUMNS), _PLAIN, faults)
    return Unit("", 1, None), trade_table(trade if table is None else table, _PLAIN, faults)


def _name(trade: str | Path | pa.Table) -> str:
    return "trade" if isinstance(trade, pa.Table) else Path(trade).name


def _statistics(path: Path, suffix: str) -> pa.Table | None:
    """Read a file that may be of a public source; None if it is plain CSV, whose reader says more about faults."""
    try:
        if suffix == ".parquet":
            return pq.read_table(path)
        packed = "gzip" if suffix == GZIP else None
        head = pacsv.open_csv(pa.input_stream(path, packed)).schema.names
        if suffix == ".csv" and not {"value_kusd", "countrySource"} & set(head):
            return None
        texts = pacsv.ConvertOptions(column_types=dict.fromkeys(head, pa.string()))
        return pacsv.read_csv(pa.input_stream(path, packed), convert_options=texts)
    except (pa.ArrowException, OSError) as error:
        if suffix == ".csv":
            return None
        raise InvalidRequest([Fault(path.name, 0, "", "a complete table of trade", str(error))]) from error


def _of_period(table: pa.Table, periods: pa.ChunkedArray, period: str) -> pa.Table:
    """Add the column of periods, and leave rows out that are of another one than is asked for."""
    table = table.append_column("period", periods)
    fitting = pc.starts_with(periods, period)
    return table.filter(fitting) if pc.any(fitting).as_py() else table


def _renamed(table: pa.Table, names: dict[str, str]) -> pa.Table:
    """Return the columns that matter under the names of the plain form; floats as the decimals that mean them."""
    missing = pa.nulls(table.num_rows, pa.string())
    found = {new: table[old] if old in table.column_names else missing for old, new in names.items()}
    return pa.table({name: column.cast(pa.string()) for name, column in found.items()})


def _rows(table: Table, period: str, faults: Faults) -> tuple[list[tuple[str, str, Decimal]], str]:
    """Return (importer, exporter, value) of one period, and which it is; report what cannot be read."""
    kept, chosen = _chosen(table, period, faults)
    columns = [table.text(name).array.take(pa.array(kept)).to_pylist() for name in ("exporter", "importer", "value")]
    codes = {name: _code(name) for name in {*columns[0], *columns[1]}}
    rows = []
    for row, exporter, importer, text in zip(kept.tolist(), *columns, strict=True):
        seller, buyer, value = codes[exporter], codes[importer], trade_value(text)
        if value is None:
            table.fault(row, "value", "a number of 0 or more")
        elif seller and buyer and seller != buyer:
            rows.append((buyer, seller, value))
    _check_currency(table, kept)
    return rows, chosen


def _chosen(table: Table, period: str, faults: Faults) -> tuple[NDArray[np.int64], str]:
    """Return the rows of a period and its name."""
    text = table.text("period").array
    known = sorted(pc.unique(text).to_pylist())
    if not period and len(known) <= 1:
        return np.arange(table.rows), "".join(known)
    fitting = [period] if period in known else [each for each in known if each.startswith(f"{period}-")]
    if len({len(each) for each in fitting}) > 1:
        faults.add(table.file, 0, "period", f"months or quarters of {period}", ", ".join(fitting[:3]))
    if not period or not fitting:
        shown = ", ".join(known if len(known) <= _LISTED_MAX else [*known[:2], "...", known[-1]])
        found = quoted(period) if period else "none chosen (--period)"
        faults.add(table.file, 0, "period", f"one of the periods {shown}", found)
    wanted = pc.is_in(text, value_set=pa.array(fitting, pa.large_string()))
    return np.flatnonzero(wanted.to_numpy(zero_copy_only=False)), period


def _code(name: str) -> str:
    code = code_of(name)
    if not code and len(name) == _ALPHA_3 and name.isascii() and name.isalpha() and name.isupper() and name != _WORLD:
        return name
    return code


def _check_currency(table: Table, kept: NDArray[np.int64]) -> None:
    """Report rows in another currency than the first: values that mean different things cannot be added up."""
    if not table.has("currency") or not len(kept):
        return
    first = table.text("currency")[int(kept[0])]
    same = pc.equal(table.text("currency").array.take(pa.array(kept)), first).to_numpy(zero_copy_only=False)
    wrong = np.zeros(table.rows, np.bool_)
    wrong[kept[~same]] = True
    table.fault_rows(wrong, "currency", f"{quoted(first)}, as in the first row of the period")


def _decimals(values: Iterator[Decimal]) -> int:
    exponents = (value.as_tuple().exponent for value in values)
    written = max((-exponent for exponent in exponents if isinstance(exponent, int)), default=0)
    return min(max(written, 0), _DECIMALS_MAX)


def _debts(name: str, rows: list[tuple[str, str, Decimal]], unit: Unit, period: str) -> TradeDebts:
    """Add up the rows of each pair and round the sum to the last decimal, a tie to the even unit; 0 is no debt."""
    sums: dict[tuple[str, str], Decimal] = {}
    for importer, exporter, value in rows:
        sums[importer, exporter] = sums.get((importer, exporter), Decimal(0)) + value
    whole = {
        pair: int(value.scaleb(unit.decimals or 0).to_integral_value(ROUND_HALF_EVEN)) for pair, value in sums.items()
    }
    total = sum(whole.values())
    if total > SUM_MAX:
        most = f"values that sum to at most {SUM_MAX} units of the last decimal"
        raise InvalidRequest([Fault(name, 0, "value", most, f"a sum of {total}")])
    owed = sorted((pair, amount) for pair, amount in whole.items() if amount)
    countries = tuple(sorted({country for pair, _ in owed for country in pair}))
    place = {country: number for number, country in enumerate(countries)}
    return TradeDebts(
        unit,
        period,
        countries,
        np.array([place[importer] for (importer, _), _ in owed], np.int32),
        np.array([place[exporter] for (_, exporter), _ in owed], np.int32),
        np.array([amount for _, amount in owed], np.int64),
    )
