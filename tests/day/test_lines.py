"""Whole columns as CSV: the same text that amounts have one by one, and cells that can be read back."""

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.day.lines import major_text, write_lines
from comity.model.amount import format_minor

MINOR = st.integers(-(2**62), 2**62)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(MINOR, st.sampled_from([0, 2, 3, 4]))))
def test_columns_of_amounts_are_written_as_single_amounts_are(rows: list[tuple[int, int]]) -> None:
    minor, exponents = (np.array([row[place] for row in rows], np.int64) for place in (0, 1))
    assert major_text(minor, exponents).to_pylist() == [format_minor(*row) for row in rows]


def test_cells_are_quoted_where_they_must_be_and_read_back(tmp_path: Path) -> None:
    cells = ["plain", "a,b", 'say "so"', "", "ü"]
    write_lines(tmp_path / "x.csv", {"id": pa.array(cells), "number": pa.array(range(5))})
    text = (tmp_path / "x.csv").read_text(encoding="utf-8")
    assert text.splitlines()[:3] == ["id,number", "plain,0", '"a,b",1']
    assert [row["id"] for row in csv.DictReader(text.splitlines())] == cells


def test_table_without_rows_is_a_header(tmp_path: Path) -> None:
    write_lines(tmp_path / "x.csv", {"id": pa.array([], pa.string()), "number": pa.array([], pa.int64())})
    assert (tmp_path / "x.csv").read_text() == "id,number\n"
