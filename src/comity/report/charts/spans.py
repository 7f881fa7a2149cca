"""A chart of one bar per name along periods, in bands that follow one another."""

from collections.abc import Sequence
from dataclasses import dataclass

from comity.report.charts.axes import Frame, line, n, svg, words
from comity.report.text import esc

_ROW = 24
_LETTER = 7.9
_STEPS = (1, 2, 3, 4, 6, 12, 24, 36, 48, 60, 120)
"""So many periods lie between two names, so that months start with the same one every year."""
_TICK = 64
"""Room that the name of a period takes, pixels."""


@dataclass(frozen=True, slots=True)
class Spans:
    """Bands of one name."""

    name: str
    bands: Sequence[tuple[str, int, int]]
    """Class of the style sheet, first period, and the one after the last; counted from 0."""
    note: str
    """Stands at the right end of the line."""
    title: str
    """Shown under the pointer."""


def spans(width: float, rows: Sequence[Spans], periods: Sequence[str], known: int, label: str) -> str:
    """Draw one bar per row over the periods; a dashed line follows the first `known` of them if there are more."""
    names = min(16 + max((len(row.name) for row in rows), default=0) * _LETTER, width * 0.42)
    frame = Frame(width, 40 + len(rows) * _ROW, names, 64, 28, 12)
    parts = [_axis(frame, periods)]
    if known < len(periods):
        x = frame.x(known / len(periods))
        parts.append(line(x, frame.top - 6, x, frame.floor, "mark"))
    parts += [_bar(frame, row, len(periods), frame.top + (place + 0.5) * _ROW) for place, row in enumerate(rows)]
    return svg(width, frame.height, "".join(parts), label)


def _axis(frame: Frame, periods: Sequence[str]) -> str:
    room = max(1, int(frame.across / _TICK))
    every = next((step for step in _STEPS if step * room >= len(periods)), len(periods))
    parts = []
    for place in range(0, len(periods), every):
        x = frame.x(place / len(periods))
        parts.append(line(x, frame.top - 6, x, frame.floor, "rule"))
        parts.append(words(x, frame.top - 12, periods[place], "tick"))
    return "".join(parts)


def _bar(frame: Frame, row: Spans, count: int, y: float) -> str:
    parts = [f'<rect class="hover" x="0" y="{n(y - _ROW / 2)}" width="{n(frame.width)}" height="{_ROW}"/>']
    for kind, first, end in row.bands:
        low, high = frame.x(first / count), frame.x(end / count)
        if end > first:
            parts.append(f'<rect class="bar {kind}" x="{n(low)}" y="{n(y - 6)}" width="{n(high - low)}" height="12"/>')
    name = words(frame.left - 10, y + 4, row.name, "name", "end")
    note = words(frame.width, y + 4, row.note, "tick", "end")
    return f"<g><title>{esc(row.title)}</title>{''.join(parts)}{name}{note}</g>"
