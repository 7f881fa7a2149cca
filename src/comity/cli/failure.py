"""Errors as people read them: one line each, bad input as a table.

The table has a line per fault: file, row, column, what was expected and what
was found. On a terminal it is set in columns; elsewhere each fault is one line,
so that other programs can read it.
"""

import sys

from comity.errors import FAULTS_MAX, ComityError, InvalidRequest


def show(error: ComityError) -> None:
    """Write `error` to stderr."""
    if not isinstance(error, InvalidRequest):
        sys.stderr.write(f"comity: {error}\n")
        return
    count = f"more than {FAULTS_MAX} faults" if error.more else _count(len(error.faults))
    sys.stderr.write(f"comity: {count} in the input; nothing was written\n")
    if sys.stderr.isatty():
        _table(error)
    else:
        sys.stderr.write(f"{error}\n")


def _count(faults: int) -> str:
    return "1 fault" if faults == 1 else f"{faults} faults"


def _table(error: InvalidRequest) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("file", "row", "column", "expected", "found"):
        table.add_column(heading, justify="right" if heading == "row" else "left", overflow="fold")
    for fault in error.faults:
        table.add_row(fault.file, str(fault.row or ""), fault.column, fault.expected, fault.found)
    Console(stderr=True, markup=False, highlight=False).print(table)
