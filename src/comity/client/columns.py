"""Batches as columns: many payments in one body, each column an array."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from comity.client.calls import Call
from comity.errors import Fault, InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Columns: TypeAlias = "pa.Table | Mapping[str, Sequence[object]]"
ARROW = "application/vnd.apache.arrow.stream"
ROWS_MAX = 8_192
"""Rows of a body."""


def table_of(payments: Columns, party: str) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Return payments as a table; where no debtor is named it is `party`.

    Parameters
    ----------
    payments
        Columns `id`, `creditor`, `currency`, `amount` (decimal text in major units), and any other of a payment.

    Raises
    ------
    InvalidRequest
        The columns are not of one length.
    """
    try:
        table = pa.table(dict(payments)) if isinstance(payments, Mapping) else payments
    except (pa.ArrowInvalid, pa.ArrowTypeError) as bad:
        raise InvalidRequest([Fault("", 0, "", "columns of one length", str(bad))]) from bad
    if "debtor" not in table.column_names:
        table = table.append_column("debtor", pa.array([party] * table.num_rows, pa.string()))
    return table


def calls_of(table: Any, *, dry_run: bool = False) -> Iterator[Call[Any]]:  # noqa: ANN401 - pyarrow has no types
    """Yield a call per body, of `ROWS_MAX` payments at most."""
    params = {"dry_run": "true"} if dry_run else {}
    for first in range(0, table.num_rows, ROWS_MAX):
        sink = pa.BufferOutputStream()
        part = table.slice(first, ROWS_MAX)
        with pa.ipc.new_stream(sink, part.schema) as writer:
            writer.write_table(part.combine_chunks())
        body = sink.getvalue().to_pybytes()
        yield Call("POST", "/v1/payments/batch", object, params, body, ARROW, keyed=not dry_run, read=_read)


def joined(answers: list[Any]) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Return the answers of all bodies as one table: what became of each payment, in their order."""
    return pa.concat_tables(answers) if answers else pa.table({})


def _read(body: bytes) -> Any:  # noqa: ANN401 - pyarrow has no types
    return pa.ipc.open_stream(body).read_all()
