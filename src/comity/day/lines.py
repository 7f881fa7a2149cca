"""Whole columns as lines of CSV: the way out for tables of a million rows.

The counterpart of `comity.day.text`: amounts become decimal text by whole
columns, and cells are quoted where RFC 4180 asks for it.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.day.text import Ints, Text

_SPECIAL = '[",\r\n]'


def major_text(minor: Ints, exponents: Ints) -> pa.Array:
    """Write minor units as decimal text in major units, all decimals shown.

    Parameters
    ----------
    minor : int64[n]
        Of either sign.
    exponents : int64[n]
        Decimals of each row's currency.
    """
    text = pa.nulls(len(minor), pa.large_string())
    size = np.abs(minor)
    for places in np.unique(exponents).tolist():
        scale = 10**places
        written = _digits(size // scale)
        if places:
            written = _join(".", written, pc.utf8_lpad(_digits(size % scale), places, "0"))
        text = pc.if_else(pa.array(exponents == places), written, text)
    if np.any(minor < 0):
        text = pc.if_else(pa.array(minor < 0), _join("", "-", text), text)
    return text


def _digits(number: Ints) -> pa.Array:
    return pa.array(number).cast(pa.large_string())


def write_lines(path: Path, columns: Mapping[str, pa.Array]) -> None:
    """Write a table with a header; numbers as they are, text quoted where it must be."""
    cells = [_quoted(column) for column in columns.values()]
    lines = Text.of(_join(",", *cells[:-1], _join("", cells[-1], "\n")))
    with path.open("wb") as file:
        file.write((",".join(columns) + "\n").encode())
        file.write(lines.data[lines.offsets[0] : lines.offsets[-1]].tobytes())


def _join(between: str, *parts: pa.Array | str) -> pa.Array:
    """Join cells of a row."""
    wide = [pa.scalar(part, pa.large_string()) if isinstance(part, str) else part for part in (*parts, between)]
    return pc.binary_join_element_wise(*wide)


def _quoted(column: pa.Array) -> pa.Array:
    text = column.cast(pa.large_string())
    special = pc.match_substring_regex(text, _SPECIAL)
    if not pc.any(special, min_count=0).as_py():
        return text
    doubled = pc.replace_substring(text, '"', '""')
    return pc.if_else(special, _join("", '"', doubled, '"'), text)
