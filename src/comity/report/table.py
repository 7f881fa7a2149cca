"""Tables beside the charts, and the same data as CSV inside the page.

A download is a link to a `data:` address, so that it needs neither a network nor
a script. Text that a spreadsheet would read as a formula is quoted by an apostrophe.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from comity.report.text import counted, esc

Cell = str | int


@dataclass(frozen=True, slots=True)
class Download:
    """A CSV file inside the page."""

    name: str
    """File name, without its suffix; letters, digits and hyphens."""
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def html(self) -> str:
        """Return the link."""
        address = "data:text/csv;charset=utf-8," + quote("\ufeff" + self.text(), safe=" ,:-_.()/")
        return (
            f'<a class="csv" download="{esc(self.name)}.csv" href="{esc(address)}">'
            f"<span aria-hidden='true'>↓</span> CSV <small>{counted(len(self.rows), 'row')}</small></a>"
        )

    def text(self) -> str:
        """Return the file's content."""
        file = io.StringIO()
        lines = csv.writer(file, lineterminator="\r\n")
        lines.writerow(self.header)
        lines.writerows([_harmless(cell) for cell in row] for row in self.rows)
        return file.getvalue()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a header; columns whose head starts with ">" hold numbers and align right."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    marked: bool = False
    """Whether cells are HTML already; otherwise they are escaped here."""

    def html(self) -> str:
        """Return the table in a box that scrolls sideways where the page is narrow."""
        heads = "".join(f'<th scope="col"{_class(head)}>{esc(head.lstrip(">"))}</th>' for head in self.header)
        body = "".join(f"<tr>{self._row(row)}</tr>" for row in self.rows)
        caption = f"<caption>{esc(self.caption)}</caption>" if self.caption else ""
        return (
            f'<div class="scroll" tabindex="0"><table>{caption}<thead><tr>{heads}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )

    def _row(self, row: Sequence[str]) -> str:
        cells = []
        for place, (head, cell) in enumerate(zip(self.header, row, strict=True)):
            tag = 'th scope="row"' if place == 0 else "td"
            content = cell if self.marked else esc(cell)
            cells.append(f"<{tag}{_class(head)}>{content}</{tag[:2]}>")
        return "".join(cells)


def beside(table: Table, download: Download, label: str = "Table") -> str:
    """Return the closed table and the download that stand under a chart."""
    return (
        f'<div class="beside"><details><summary>{esc(label)}</summary>{table.html()}</details>{download.html()}</div>'
    )


def _class(head: str) -> str:
    return ' class="n"' if head.startswith(">") else ""


def _harmless(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell[:1] in ("=", "+", "@", "\t", "\r", "-") and not _number(cell):
        return f"'{cell}"
    return cell


def _number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()
