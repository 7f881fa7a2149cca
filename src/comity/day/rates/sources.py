"""Files of published rates: of each source the newest quotes up to a day.

The form of a file is told by its suffix and its columns. Every cell of a file is
checked, whatever its day. Codes that ISO 4217 does not have, or no longer has,
are left out and named: central banks go on listing currencies that have ended.
"""

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity.day import cells
from comity.day.faults import Faults
from comity.day.rates.xml import is_xml, read_xml
from comity.day.standing import rates_of
from comity.day.tables import GZIP, Shape, Table, header_of, quoted, read_table, suffix_of, table_in
from comity.day.text import Bools, Text
from comity.errors import EnvironmentFailed, NotFound
from comity.model.currency import CURRENCIES
from comity.model.instant import is_canonical_date
from comity.union import Quote

ECB = "ECB"
CBA = "CBA"

_BYTES_MAX = 1 << 28
"""A compressed file may hold so much: no table of daily rates is larger."""
_EPOCH = date(1970, 1, 1)
_MONTHS = tuple(
    "January February March April May June July August September October November December".split()  # noqa: SIM905 - read at a glance
)
_WORDED = re.compile(rf"([0-9]{{1,2}}) ({'|'.join(_MONTHS)}) ([0-9]{{4}})")
_SPACES = re.compile(rb",[ \t]+")
"""What the daily form puts after its commas."""
_CBA_SHAPE = Shape(("date", "iso", "amount", "rate_amd"))
_OWN_SHAPE = Shape(("date", "base", "quote", "rate"), ("source",))
_NOT_PUBLISHED = ("", "N/A")
_RATE = "^[0-9]{1,18}([.][0-9]{1,18})?$"
_SUFFIXES = (".csv", GZIP, ".parquet", ".xml", ".zip")


@dataclass(frozen=True, slots=True)
class Published:
    """What files say up to a day.

    Attributes
    ----------
    quotes
        The newest of each source and pair; those of later days are not among them.
    sources
        In the order of the files, those of one file by name.
    left_out
        Codes that are not of ISO 4217.
    """

    quotes: tuple[Quote, ...]
    sources: tuple[str, ...]
    left_out: tuple[str, ...]


def read_published(paths: Iterable[str | Path], day: date | None) -> Published:
    """Read files of published rates.

    Parameters
    ----------
    paths
        Each .zip, .xml, .csv, .csv.gz or .parquet.
    day
        Quotes for later days do not count; None takes all.

    Raises
    ------
    InvalidRequest
        With every fault of all files.
    NotFound
        If a file is not there.
    EnvironmentFailed
        If the operating system refuses to read one.
    """
    faults, quotes, out = Faults(), list[Quote](), set[str]()
    for path in (Path(each) for each in paths):
        found, left_out = _read(path, (day or date.max), faults)
        quotes += found
        out |= left_out
    faults.raise_if_any()
    sources = tuple(dict.fromkeys(quote.source for quote in quotes))
    return Published(tuple(quotes), sources, tuple(sorted(out)))


def _read(path: Path, day: date, faults: Faults) -> tuple[list[Quote], set[str]]:
    if not path.is_file():
        raise NotFound(f"no file {path}: expected published rates")
    suffix = suffix_of(path, faults, _SUFFIXES)
    if suffix == ".parquet":
        return _own(read_table(path, _OWN_SHAPE, faults), day)
    raw = _content(path, suffix, faults) if suffix else None
    if raw is None:
        return [], set()
    if is_xml(raw):
        return read_xml(path.name, raw, day, ECB, faults)
    header = header_of(raw)
    if header[:1] == ["Date"]:
        tight = _SPACES.sub(b",", raw)
        return _ecb(table_in(path.name, tight, Shape(("Date",), tuple(header_of(tight)[1:])), faults), day)
    if "iso" in header:
        return _cba(table_in(path.name, raw, _CBA_SHAPE, faults), day)
    return _own(table_in(path.name, raw, _OWN_SHAPE, faults), day)


def _content(path: Path, suffix: str, faults: Faults) -> bytes | None:
    """Return the bytes of a file, taken out of its archive; None, with the fault reported, if that fails."""
    try:
        if suffix == ".zip":
            return _unzipped(path, faults)
        if suffix == GZIP:
            with gzip.open(path) as file:
                return _bounded(path, file.read(_BYTES_MAX + 1), faults)
        return path.read_bytes()
    except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error, RuntimeError, NotImplementedError) as error:
        faults.add(path.name, 0, "", f"a complete {suffix} file", quoted(str(error)))
    except OSError as error:
        raise EnvironmentFailed(f"cannot read {path}: {error.strerror}") from error
    return None


def _unzipped(path: Path, faults: Faults) -> bytes | None:
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        if len(names) != 1:
            faults.add(path.name, 0, "", "an archive of one file", f"{len(names)} files")
            return None
        with archive.open(names[0]) as file:
            return _bounded(path, file.read(_BYTES_MAX + 1), faults)


def _bounded(path: Path, raw: bytes, faults: Faults) -> bytes | None:
    if len(raw) <= _BYTES_MAX:
        return raw
    faults.add(path.name, 0, "", f"at most {_BYTES_MAX} bytes when unpacked", "more")
    return None


def _ecb(table: Table | None, day: date) -> tuple[list[Quote], set[str]]:
    """Read what one euro costs: a row per day, a column per currency; the daily form has one row, its date in words."""
    if table is None:
        return [], set()
    if not table.rows:
        table.faults.add(table.file, 0, "", "a row of rates for each day", "none")
    table.columns["Date"] = Text.of(pa.array([_plain_date(text) for text in table.text("Date").array.to_pylist()]))
    days, dated = _dates(table, "Date", "a date as YYYY-MM-DD, or as 21 November 2026")
    cells.unique(table, "Date", table.text("Date").array.to_pylist(), "each day")
    quotes, out = [], set()
    for code in (column for column in table.columns if column not in ("Date", "")):
        text = table.text(code)
        empty = _is_in(text, _NOT_PUBLISHED)
        priced = _prices(table, code, empty, "a rate above 0, or N/A")
        if code not in CURRENCIES or code == "EUR":
            out.add(code)
            continue
        row = _newest(days, dated & priced, day)
        if row is not None:
            quotes.append(Quote(_date(days[row]), "EUR", code, Fraction(text[row]), ECB))
    return quotes, out


def _cba(table: Table | None, day: date) -> tuple[list[Quote], set[str]]:
    """Read what a number of units costs in dram; 0 stands for a currency that has ended or was not fixed."""
    if table is None:
        return [], set()
    days, dated = _dates(table, "date")
    codes = table.text("iso").array.dictionary_encode()
    place = codes.indices.to_numpy(zero_copy_only=False)
    names = codes.dictionary.to_pylist()
    amounts, rates = table.text("amount"), table.text("rate_amd")
    counted = _matches(amounts, "^[1-9][0-9]{0,8}$")
    table.fault_rows(~counted, "amount", "a number of units, 1 or more")
    zero = _matches(rates, "^0+([.]0+)?$")
    priced = _prices(table, "rate_amd", zero, "a rate of 0 or more") & counted & dated
    _check_once(table, "iso", days * len(names) + place)
    order = np.lexsort((days, place))
    order = order[priced[order] & (days[order] <= (day - _EPOCH).days)]
    last = np.flatnonzero(np.append(place[order][1:] != place[order][:-1], True)) if len(order) else order
    quotes = []
    for row in order[last].tolist():
        code = names[place[row]]
        if code in CURRENCIES and code != "AMD":
            rate = Fraction(rates[row]) / int(amounts[row])
            quotes.append(Quote(_date(days[row]), code, "AMD", rate, CBA))
    return quotes, {name for name in names if name not in CURRENCIES}


def _own(table: Table | None, day: date) -> tuple[list[Quote], set[str]]:
    """Read a table with the columns of rates.csv; a row without a source has the file's name for one."""
    if table is None:
        return [], set()
    before = len(table.faults)
    rates = rates_of(table)
    keys = zip(*(table.text(name).array.to_pylist() for name in ("source", "date", "base", "quote")), strict=True)
    cells.unique(table, "base", list(keys), "each source, date and pair")
    if len(table.faults) > before:
        return [], set()
    return [
        Quote(each.date, each.base, each.quote, each.rate, each.source or table.file)
        for each in sorted(rates, key=lambda one: one.source or table.file)
        if each.date <= day
    ], set()


def _dates(table: Table, column: str, expected: str = "a date as YYYY-MM-DD") -> tuple[NDArray[np.int64], Bools]:
    days, dated = cells.dates(table, column, expected)
    table.fault_rows(table.text(column).absent, column, expected)
    return days, dated


def _plain_date(text: str) -> str:
    """Write a date such as 21 November 2026 as YYYY-MM-DD; any other text stays as it is."""
    words = _WORDED.fullmatch(text)
    plain = f"{words[3]}-{_MONTHS.index(words[2]) + 1:02}-{words[1]:0>2}" if words else ""
    return plain if is_canonical_date(plain) else text


def _prices(table: Table, column: str, without: Bools, expected: str) -> Bools:
    """Return which cells hold a rate above 0; `without` are those that need not."""
    text = table.text(column)
    good = _matches(text, _RATE) & ~_matches(text, "^[0.]*$")
    table.fault_rows(~good & ~without, column, expected)
    return good


def _matches(text: Text, pattern: str) -> Bools:
    answer: Bools = pc.match_substring_regex(text.array, pattern).to_numpy(zero_copy_only=False)
    return answer


def _is_in(text: Text, words: tuple[str, ...]) -> Bools:
    answer: Bools = pc.is_in(text.array, pa.array(words, pa.large_string())).to_numpy(zero_copy_only=False)
    return answer


def _newest(days: NDArray[np.int64], counts: Bools, day: date) -> int | None:
    rows = np.flatnonzero(counts & (days <= (day - _EPOCH).days))
    return int(rows[np.argmax(days[rows])]) if len(rows) else None


def _check_once(table: Table, column: str, keys: NDArray[np.int64]) -> None:
    """Report rows whose key stood before."""
    first = np.unique(keys, return_index=True)[1]
    again = np.ones(table.rows, np.bool_)
    again[first] = False
    table.fault_rows(again, column, "each currency once a day")


def _date(days: int) -> date:
    return _EPOCH + timedelta(int(days))
