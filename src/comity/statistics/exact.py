"""Exact sums over the legs of a day, made by DuckDB in 128-bit integers.

Every query sees one table, `leg`, with the columns of `comity.statistics.legs`.
Sums of BIGINT are HUGEINT, which reach Python as whole numbers of any size.
"""

from typing import Self

from comity.statistics.legs import Legs

Row = tuple[int, ...]


class Sums:
    """A private database in memory that holds the legs of one day."""

    def __init__(self, legs: Legs) -> None:
        import duckdb  # noqa: PLC0415 - a gateway imports this room, asks nothing, and would end with complaints of duckdb's

        self._database = duckdb.connect(":memory:")
        self._database.register("leg", legs.table())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def rows(self, query: str, *parameters: int) -> list[Row]:
        """Return the rows of `query`, every value of which is a whole number."""
        found: list[Row] = self._database.execute(query, list(parameters)).fetchall()
        return found
