"""Tables of a DAY: CSV and Parquet files read as columns of text.

The suffix decides, in small letters or capitals; one that is not known is a fault.
CSV is UTF-8 with a header, RFC 4180; every cell is taken as it stands, and only
the parsers of `comity.day.text` give it a meaning. Parquet columns of text, whole
numbers, decimals, dates and times are turned into the text that CSV would hold;
floats are refused, since an amount that has been one is no longer exact.

Rows are counted as data: 1 is the first after the header. For CSV a fault also
names the line of the file, which is what an editor shows; the two part where
blank lines or quoted line breaks stand.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from comity.day.faults import Faults
from comity.day.text import Bools, Text
from comity.errors import FAULTS_MAX, EnvironmentFailed

SUFFIXES = (".csv", ".parquet")
GZIP = ".csv.gz"
"""Suffix that readers of statistics know besides."""

_PARQUET = b"PAR1"
_NEWLINE, _RETURN = b"\n\r"
_QUOTED = re.compile(rb'(?<![^,\r\n])"[^"]*+(?:""[^"]*+)*+"')
"""A quoted cell; a quote that does not begin its cell is a character like others."""
_CLOSED = re.compile(rb'(?:[^"]++|(?<=[^,\r\n])"|' + _QUOTED.pattern + rb")*+")
"""All of a file, or what comes before a quoted cell without an end."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Columns that a table must and may have."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """All columns, the required ones first."""
        return self.required + self.optional


@dataclass(frozen=True, slots=True)
class Table:
    """A table as columns of text.

    Attributes
    ----------
    file
        Name of the file, as faults show it.
    rows
        Number of data rows.
    columns
        The columns that the file has.
    faults
        Where to report.
    """

    file: str
    rows: int
    columns: dict[str, Text]
    faults: Faults
    raw: bytes | None = None
    """The CSV file itself; None for Parquet."""
    _lines: list[int] = field(default_factory=list)

    def has(self, column: str) -> bool:
        """Whether the file has the column and a value in it."""
        return column in self.columns and bool(self.columns[column].lengths.any())

    def text(self, column: str) -> Text:
        """Return a column; an absent one is empty in every row."""
        if column in self.columns:
            return self.columns[column]
        return Text.of(pa.repeat(pa.scalar("", pa.large_string()), self.rows))

    def fault(self, row: int, column: str, expected: str, found: str | None = None) -> None:
        """Report a fault in a row, counted from 0; the cell itself is what was found unless given."""
        value = found if found is not None else quoted(self.text(column)[row])
        self.faults.add(self.file, row + 1, column, expected, value + self._where(row))

    def fault_rows(self, wrong: Bools, column: str, expected: str) -> None:
        """Report the same fault for all rows of a mask."""
        for row in np.flatnonzero(wrong)[: FAULTS_MAX + 1].tolist():
            self.fault(row, column, expected)

    def _where(self, row: int) -> str:
        if self.raw is None:
            return ""
        if not self._lines:
            self._lines.extend(_line_numbers(self.raw))
        return f" (line {self._lines[row]})" if row < len(self._lines) else ""


def quoted(value: str) -> str:
    """Show a value as found; long ones are cut."""
    limit = 60
    return repr(value) if len(value) <= limit else repr(value[:limit]) + "..."


def suffix_of(path: Path, faults: Faults, known: Sequence[str] = SUFFIXES) -> str:
    """Return the suffix, one of `known`, by which a file is read; report another one and return nothing."""
    name = path.name.lower()
    found = next((suffix for suffix in known if name.endswith(suffix)), "")
    if not found:
        ending = quoted(path.suffix) if path.suffix else "no suffix"
        faults.add(path.name, 0, "", f"a file that ends in {', '.join(known[:-1])} or {known[-1]}", ending)
    return found


def locate(folder: Path, stem: str, faults: Faults) -> Path | None:
    """Find a table of the DAY by its name; None if there is none; two of them are a fault."""
    found = [path for path in (folder / (stem + suffix) for suffix in SUFFIXES) if path.exists()]
    if len(found) > 1:
        faults.add(stem, 0, "", f"one of {stem}.csv and {stem}.parquet", "both")
    return found[0] if found else None


def read_table(path: Path, shape: Shape, faults: Faults) -> Table | None:
    """Read one table.

    Returns
    -------
    Table
        With at least the required columns; None, with the faults reported, if there is no reading it.

    Raises
    ------
    EnvironmentFailed
        If the operating system refuses to read the file.
    """
    suffix = suffix_of(path, faults)
    if not suffix:
        return None
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise EnvironmentFailed(f"cannot read {path}: {error.strerror}") from error
    if suffix != ".parquet":
        return table_in(path.name, raw, shape, faults)
    before = len(faults)
    table = _read_parquet(path.name, raw, shape, faults)
    if table is None or len(faults) > before:
        return None
    columns = {name: Text.of(table.column(name)) for name in table.column_names}
    return Table(path.name, table.num_rows, columns, faults)


def table_in(name: str, raw: bytes, shape: Shape, faults: Faults) -> Table | None:
    """Read the bytes of a CSV file called `name`, which came out of an archive, say; None if there is no reading it."""
    before = len(faults)
    table = _read_csv(name, raw, shape, faults)
    if table is None or len(faults) > before:
        return None
    return Table(name, table.num_rows, {one: Text.of(table.column(one)) for one in table.column_names}, faults, raw)


def header_of(raw: bytes) -> list[str]:
    """Return the columns that the first line of a CSV file names; none if there is no such line."""
    return next(csv.reader(io.StringIO(_first_line(raw).decode("utf-8-sig", "replace"))), [])


def table_of(name: str, table: pa.Table, shape: Shape, faults: Faults) -> Table | None:
    """Take an Arrow table as if it had been read from a Parquet file called `name`."""
    before = len(faults)
    _check_header(name, table.column_names, shape, faults)
    if len(faults) == before:
        table = _as_text(name, table, faults)
    if len(faults) > before:
        return None
    return Table(name, table.num_rows, {column: Text.of(table.column(column)) for column in table.column_names}, faults)


def _check_header(name: str, header: list[str], shape: Shape, faults: Faults) -> None:
    known = ", ".join(shape.known)
    for column in shape.required:
        if column not in header:
            faults.add(name, 0, column, f"a column {column}", "columns " + ", ".join(header))
    for place, column in enumerate(header):
        if column not in shape.known:
            faults.add(name, 0, column, f"one of the columns {known}", quoted(column))
        elif column in header[:place]:
            faults.add(name, 0, column, "each column once", "it twice")


def _read_parquet(name: str, raw: bytes, shape: Shape, faults: Faults) -> pa.Table | None:
    try:
        table = pq.read_table(pa.BufferReader(raw))
    except (pa.ArrowException, OSError, ValueError):
        faults.add(name, 0, "", "a complete Parquet file", _found_instead(raw))
        return None
    before = len(faults)
    _check_header(name, table.column_names, shape, faults)
    return _as_text(name, table, faults) if len(faults) == before else None


def _found_instead(raw: bytes) -> str:
    """Say what stands where a Parquet file should: it begins and ends with four letters."""
    if not raw.startswith(_PARQUET):
        return f"{len(raw)} bytes that do not begin with {_PARQUET.decode()}"
    if len(raw) <= len(_PARQUET) or not raw.endswith(_PARQUET):
        return f"{len(raw)} bytes that do not end with {_PARQUET.decode()}: the file is cut short"
    return f"{len(raw)} bytes between which some are altered or missing"


def _as_text(name: str, table: pa.Table, faults: Faults) -> pa.Table:
    """Turn typed columns into the text that CSV would hold."""
    columns = []
    for column, kind in zip(table.column_names, table.schema.types, strict=True):
        plain = kind.value_type if pa.types.is_dictionary(kind) else kind
        if _is_float_or_other(plain):
            faults.add(name, 0, column, "text, whole numbers, decimals, dates or times (never floats)", f"type {kind}")
            columns.append(pa.nulls(table.num_rows, pa.large_string()))
            continue
        text = table.column(column).cast(pa.large_string())
        if pa.types.is_decimal(plain) and plain.scale > 0:
            text = pc.utf8_rtrim(pc.utf8_rtrim(text, characters="0"), characters=".")
        columns.append(text)
    return pa.table(columns, names=table.column_names)


def _is_float_or_other(kind: pa.DataType) -> bool:
    known = (
        pa.types.is_string(kind),
        pa.types.is_large_string(kind),
        pa.types.is_string_view(kind),
        pa.types.is_integer(kind),
        pa.types.is_decimal(kind),
        pa.types.is_date(kind),
        pa.types.is_time(kind),
        pa.types.is_timestamp(kind),
        pa.types.is_null(kind),
    )
    return not any(known)


def _read_csv(name: str, raw: bytes, shape: Shape, faults: Faults) -> pa.Table | None:
    if not _is_without_nul(name, raw, faults):
        return None
    header = header_of(raw)
    if not header:
        faults.add(name, 0, "", "a header line", "an empty file")
        return None
    if not _is_closed(name, raw, header, faults):
        return None
    before = len(faults)
    _check_header(name, header, shape, faults)
    if len(faults) > before:
        return None
    uneven: list[_Uneven] = []
    try:
        # What is small is read without threads: a program that ends right after would end while they start.
        table = _parse_csv(raw, header, uneven, use_threads=len(raw) > _SMALL)
        if uneven:
            uneven.clear()
            _parse_csv(raw, header, uneven, use_threads=False)
    except pa.ArrowInvalid as error:
        if not _not_utf_8(name, raw, faults):
            faults.add(name, 0, "", "CSV by RFC 4180", quoted(str(error).splitlines()[0]))
        return None
    lines = _line_numbers(raw) if uneven else []
    for row, cells in uneven[: FAULTS_MAX + 1]:
        faults.add(name, row, "", f"{len(header)} cells", f"{cells} (line {lines[row - 1]})")
    return table


class _Uneven(NamedTuple):
    """A row with another number of cells than the header."""

    row: int
    """Row of data, from 1; without meaning if threads parsed it."""
    cells: int


_SMALL = 1 << 20
"""Bytes that are read in a millisecond or two."""


def _parse_csv(raw: bytes, header: list[str], uneven: list[_Uneven], *, use_threads: bool) -> pa.Table:
    """Parse the rows that are as long as the header, all as text, and add the others to `uneven`."""

    def skip(row: pacsv.InvalidRow) -> str:
        uneven.append(_Uneven((row.number or 0) - 1, row.actual_columns))
        return "skip"

    return pacsv.read_csv(
        pa.BufferReader(raw),
        read_options=pacsv.ReadOptions(use_threads=use_threads),
        parse_options=pacsv.ParseOptions(newlines_in_values=b'"' in raw, invalid_row_handler=skip),
        convert_options=pacsv.ConvertOptions(column_types=dict.fromkeys(header, pa.string())),
    )


def _is_without_nul(name: str, raw: bytes, faults: Faults) -> bool:
    """Report a NUL byte, which no text holds."""
    if (place := raw.find(0)) >= 0:
        faults.add(name, *_row_and_column(raw, place), "text", f"a NUL byte (line {_line_at(raw, place)})")
        return False
    return True


def _not_utf_8(name: str, raw: bytes, faults: Faults) -> bool:
    """Report the first byte that is not UTF-8; whether there is one."""
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        found = f"byte 0x{raw[error.start]:02x} (line {_line_at(raw, error.start)})"
        faults.add(name, *_row_and_column(raw, error.start), "text in UTF-8", found)
        return True
    return False


def _line_at(raw: bytes, place: int) -> int:
    return raw.count(b"\n", 0, place) + 1


def _row_and_column(raw: bytes, place: int) -> tuple[int, str]:
    """Row and column of a byte that no CSV reader would accept; near enough where quotes stand before it."""
    line = raw[raw.rfind(b"\n", 0, place) + 1 : place]
    header = _first_line(raw).decode("utf-8-sig", "replace").strip().split(",")
    cell = line.count(b",")
    return _line_at(raw, place) - 1, header[cell] if cell < len(header) else ""


def _is_closed(name: str, raw: bytes, header: list[str], faults: Faults) -> bool:
    """Report a quoted cell without an end: a parser would take all that follows for its text."""
    closed = _CLOSED.match(raw)
    place = closed.end() if closed else 0
    if place == len(raw):
        return True
    line = raw[raw.rfind(b"\n", 0, place) + 1 : place].decode("utf-8", "replace")
    column = len(next(csv.reader([line + "x"]))) - 1
    row = len(_line_numbers(raw[:place] + b"x"))
    named = header[column] if row and column < len(header) else ""
    found = f"none from line {_line_at(raw, place)} to the end of the file"
    faults.add(name, row, named, "a quote that closes the cell", found)
    return False


def _first_line(raw: bytes) -> bytes:
    end = raw.find(b"\n")
    return raw if end < 0 else raw[:end]


def _line_numbers(raw: bytes) -> list[int]:
    """Line of the file on which each data row begins: blank lines and those inside quotes begin none."""
    text = np.frombuffer(raw + b"\n", np.uint8)
    starts = np.append(0, np.flatnonzero(text == _NEWLINE) + 1)[:-1]
    spans = np.array([(-1, 0), *(cell.span() for cell in _QUOTED.finditer(raw))])
    inside = spans[np.searchsorted(spans[:, 0], starts) - 1, 1] > starts
    blank = (text[starts] == _NEWLINE) | (text[starts] == _RETURN)
    lines: list[int] = (np.flatnonzero(~inside & ~blank) + 1).tolist()
    return lines[1:]
