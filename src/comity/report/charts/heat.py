"""A matrix whose cells are shaded by value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from comity.report.charts.axes import n, svg, words
from comity.report.text import esc

_SHADES = 7
_WIDTH = 380.0
_LEFT = 36.0
_CELL_MAX = 64.0
_TOP = 42.0


@dataclass(frozen=True, slots=True)
class Cell:
    """Shade from 0 to 1, or none; the number in the cell, and what the pointer shows."""

    shade: float | None
    text: str
    title: str


def heat_map(
    names: Sequence[str], cells: Mapping[tuple[str, str], Cell], across: str, down: str, label: str, kind: str
) -> str:
    """Draw a square matrix; keys are (row, column), cells without a key stay empty.

    Parameters
    ----------
    across, down
        What columns and rows are.
    kind
        Class of the style sheet, whose shades q0 to q6 are used.
    """
    size = min(_CELL_MAX, (_WIDTH - _LEFT) / max(1, len(names)))
    small = " small" if size < 30 else ""  # noqa: PLR2004 - four characters need so much
    parts = [words(0, 12, f"{down} ↓  {across} →", "unit")]
    for place, name in enumerate(names):
        middle = (place + 0.5) * size
        parts.append(words(_LEFT + middle, _TOP - 6, name, f"name{small}", "middle"))
        parts.append(words(_LEFT - 8, _TOP + middle + 4, name, f"name{small}", "end"))
    for row, payer in enumerate(names):
        for column, payee in enumerate(names):
            x, y = _LEFT + column * size, _TOP + row * size
            parts.append(_cell(x, y, size, cells.get((payer, payee)), small, own=payer == payee))
    return svg(_WIDTH, _TOP + len(names) * size + 2, "".join(parts), label, f"heat {kind}")


def _cell(x: float, y: float, size: float, cell: Cell | None, small: str, *, own: bool) -> str:
    box = f'x="{n(x + 1)}" y="{n(y + 1)}" width="{n(size - 2)}" height="{n(size - 2)}" rx="2"'
    if cell is None:
        return f'<rect class="none{" own" if own else ""}" {box}/>'
    shade = -1 if cell.shade is None else min(_SHADES - 1, int(cell.shade * _SHADES))
    fill, ink = ("none own", "soft") if shade < 0 else (f"q{shade}", f"on{shade}")
    return (
        f'<g><title>{esc(cell.title)}</title><rect class="{fill}" {box}/>'
        + words(x + size / 2, y + size / 2 + 4, cell.text, f"{ink}{small}", "middle")
        + "</g>"
    )
