"""`comity clear`: what obligations in a file discharge of one another."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from comity.cli.progress import Bar
from comity.cli.summary import show_clearing
from comity.day.clearing import clear
from comity.day.lines import major_text, write_lines
from comity.day.write import check_free, staged, write_json
from comity.model.currency import CURRENCIES


def clear_obligations(obligations: Path, mode: str, out: Path, *, force: bool, as_json: bool) -> None:
    """Write discharged.csv, positions.csv, potentials.csv and summary.json to `out`, and print the summary."""
    check_free(out.absolute(), force=force)
    with Bar("clearing") as bar:
        answer = clear(obligations, mode, bar)
    with staged(out, force=force) as folder:
        _write_amounts(folder / "discharged.csv", answer.to_arrow())
        _write_amounts(folder / "positions.csv", answer.positions())
        potentials = answer.potentials()
        write_lines(folder / "potentials.csv", _columns(potentials))
        write_json(folder / "summary.json", answer.summary())
    show_clearing(answer.summary(), {"written": str(out)}, as_json=as_json)


def _write_amounts(path: Path, table: pa.Table) -> None:
    """Write a table whose numbers are minor units, in major units."""
    codes = _columns(table)["currency"].dictionary_encode()
    decimals = np.array([CURRENCIES[code].exponent for code in codes.dictionary.to_pylist()] or [0], np.int64)
    exponents = decimals[codes.indices.to_numpy(zero_copy_only=False)] if len(codes) else np.zeros(0, np.int64)
    columns = {
        name: major_text(column.to_numpy(), exponents) if pa.types.is_integer(column.type) else column
        for name, column in _columns(table).items()
    }
    write_lines(path, columns)


def _columns(table: pa.Table) -> dict[str, pa.Array]:
    return {name: table.column(name).combine_chunks() for name in table.column_names}
