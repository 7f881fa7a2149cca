"""Reports, statements and notices of any length (camt.052, 053, 054), written as their entries come.

A statement is written entry by entry into a file; what stands in memory is one entry. The balances
and sums, which the standard wants before the entries, are known to whoever keeps the books.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.iso20022.messages.accounts import Entry, Notice, Notices, Report, Reports, Statement, Statements
from comity.iso20022.schemas import NAMESPACE
from comity.iso20022.writing import write_group

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

    from comity.iso20022.writing import Writer

OfAccount = Report | Statement | Notice
"""What is told of one account."""
PARTS: dict[type[Reports | Statements | Notices], tuple[type[OfAccount], str]] = {
    Reports: (Report, "Rpt"),
    Statements: (Statement, "Stmt"),
    Notices: (Notice, "Ntfctn"),
}
"""What a message holds for each account, and the element in which it stands."""
_BUFFER = 1 << 18


def write_statements(
    file: BinaryIO,
    writer: Writer,
    version: str,
    heading: Reports | Statements | Notices,
    statements: Iterable[tuple[OfAccount, Iterable[Entry]]],
    header: str = "",
) -> None:
    """Write a camt.053, or a camt.052 or camt.054, with any number of statements and entries.

    Parameters
    ----------
    heading
        The message without its statements.
    statements
        Each without its entries, and they beside it.
    header
        The element `AppHdr`, if the file has one.
    """
    top = (heading.element,)
    kind, name = PARTS[type(heading)]
    steps = writer.steps(kind, version, (*top, name))
    of_entry = writer.steps(Entry, version, (*top, name, "Ntry"))
    opening = '<?xml version="1.0" encoding="UTF-8"?>\n' + (f"<Envelope>{header}" if header else "")
    group = write_group(heading, writer.steps(type(heading), version, top))
    parts = [f'{opening}<Document xmlns="{NAMESPACE}{version}"><{top[0]}>{group}']
    size = 0
    for statement, entries in statements:
        parts.append(f"<{name}>{write_group(statement, steps)}")
        for entry in entries:
            text = f"<Ntry>{write_group(entry, of_entry)}</Ntry>"
            parts.append(text)
            size += len(text)
            if size > _BUFFER:
                file.write("".join(parts).encode())
                parts, size = [], 0
        parts.append(f"</{name}>")
    parts.append(f"</{top[0]}></Document>" + ("</Envelope>" if header else "") + "\n")
    file.write("".join(parts).encode())
