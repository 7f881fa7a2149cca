"""Rows of one kind among the instructions of a day, and exact sums over them.

Rows that repeat an earlier one count nowhere.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_WIDE = pa.decimal128(38)


def read_rows(path: Path, kind: str, names: Sequence[str]) -> pa.Table:
    """Return columns of the rows of a kind, words as plain text, "" for none; empty if the file lacks a column."""
    if not set(names) <= set(pq.read_schema(path).names):
        return pa.table({name: pa.array([], pa.string()) for name in names})
    columns = list(dict.fromkeys((*names, "state")))
    rows = pq.read_table(path, columns=columns, filters=pc.field("kind").cast(pa.string()) == kind)
    rows = rows.filter(pc.not_equal(rows["state"].cast(pa.string()), "repeated"))
    return pa.table({name: _plain(rows[name]) for name in names})


def sums(rows: pa.Table, keys: Sequence[str], amounts: Sequence[str]) -> list[Mapping[str, object]]:
    """Count rows and sum amounts by keys, exactly: 64 bits may not hold a sum of what was rejected.

    A line has the keys, `items`, and a whole number by the name of each amount.
    """
    wide = {name: rows[name].cast(_WIDE) for name in amounts}
    table = pa.table({**{name: rows[name] for name in keys}, **wide})
    found = table.group_by(list(keys)).aggregate([([], "count_all"), *((name, "sum") for name in amounts)])
    return [
        {
            **{name: row[name] for name in keys},
            "items": row["count_all"],
            **{name: int(row[f"{name}_sum"]) for name in amounts},
        }
        for row in found.to_pylist()
    ]


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string()).fill_null("") if pa.types.is_dictionary(column.type) else column
