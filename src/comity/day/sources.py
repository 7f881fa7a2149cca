"""Where a table of a tool comes from: a file, or something held in memory.

Tools that need no day take each of their tables as a path, an Arrow table, a
NumPy structured array or rows. All of them are read as a file would be, so that
the same content has the same meaning and the same faults.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from comity.day.faults import Faults
from comity.day.tables import Shape, Table, read_table, table_of
from comity.errors import Fault, InvalidRequest, NotFound

Rows: TypeAlias = Iterable[Mapping[str, str | int]]
Source: TypeAlias = str | Path | pa.Table | np.ndarray | Rows
"""A CSV or Parquet file; or an Arrow table, a structured array or rows with the same columns."""


def read_source(source: Source, name: str, shape: Shape, faults: Faults, *, nothing: bool = False) -> Table | None:
    """Read a table from wherever it is; None, with the faults reported, if there is no reading it.

    With `nothing` a CSV file of no bytes is a table without rows.

    Raises
    ------
    NotFound
        If `source` is a path without a file.
    EnvironmentFailed
        If the operating system refuses to read the file.
    InvalidRequest
        If `source` is none of what a table can be, or a column in memory mixes types.
    """
    if isinstance(source, str | Path):
        path = Path(source)
        if not path.is_file():
            raise NotFound(f"no file {path}: expected the table of {name}")
        if nothing and path.name.lower().endswith(".csv") and not path.stat().st_size:
            return table_of(path.name, _as_arrow((), name, shape), shape, faults)
        return read_table(path, shape, faults)
    return table_of(name, _as_arrow(source, name, shape), shape, faults)


def name_of(source: Source, name: str) -> str:
    """Name of a table in faults: that of its file, or `name` if it is held in memory."""
    return Path(source).name if isinstance(source, str | Path) else name


def _as_arrow(source: pa.Table | np.ndarray | Rows, name: str, shape: Shape) -> pa.Table:
    """Make an Arrow table of what is held in memory; floats stay floats, and are refused on reading."""
    if isinstance(source, pa.Table):
        return source
    if isinstance(source, np.ndarray):
        columns = {column: source[column].tolist() for column in source.dtype.names or ()}
    else:
        rows = _as_rows(source, name)
        present = [column for column in shape.known if any(column in row for row in rows)] if rows else shape.required
        columns = {column: [row.get(column) for row in rows] for column in present}
    return pa.table({column: _array(cells, name, column) for column, cells in columns.items()})


def _as_rows(source: object, name: str) -> list[Mapping[str, str | int]]:
    """Return rows, one mapping for each; InvalidRequest if that is not what they are."""
    expected = "a path, an Arrow table, a structured array or rows"
    if not isinstance(source, Iterable):
        raise InvalidRequest([Fault(name, 0, "", expected, repr(source))])
    rows = list(source)
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise InvalidRequest([Fault(name, number, "", "columns by name", repr(row))])
    return rows


def _array(cells: list[object], name: str, column: str) -> pa.Array:
    if not cells:
        return pa.array([], pa.large_string())
    try:
        return pa.array(cells)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise InvalidRequest(
            [Fault(name, 0, column, "cells of one type, text or whole numbers", str(error))]
        ) from error
