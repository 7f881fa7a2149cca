"""Closed days as Parquet, and what can be asked of them.

An archive is a folder made from the engine at the end of a day and the records
of its log: `instructions.parquet` (one row per instruction, transfers included),
`accounts.parquet` (opening and closing) and `records.parquet`. Every posting is an
instruction, so the balance of any account as of any moment is its opening plus
what it received less what it paid up to then, exactly.
"""

from comity.archive.query import Archive, Line, Statement
from comity.archive.write import write_archive

__all__ = ["Archive", "Line", "Statement", "write_archive"]
