"""Charts of one line per name: ranges with a dot, bars, and bars of parts."""

from collections.abc import Sequence
from dataclasses import dataclass

from comity.report.charts.axes import Frame, line, n, svg, tick_texts, ticks, words
from comity.report.text import esc

_ROW = 24


@dataclass(frozen=True, slots=True)
class Range:
    """A dot at `value` on a bar from `low` to `high`."""

    name: str
    low: float
    high: float
    value: float
    note: str
    """Stands at the right end of the line."""
    title: str
    """Shown under the pointer."""


def ranges(width: float, rows: Sequence[Range], divisor: float, unit: str, label: str) -> str:
    """Draw one line per range on a common scale from 0, whose numbers are over `divisor`."""
    frame = Frame(width, 52 + len(rows) * _ROW, _names(width, [row.name for row in rows]), 52, 40, 12)
    scale = ticks(max((max(row.high, row.value) for row in rows), default=0.0), 6 if width > 600 else 3)  # noqa: PLR2004 - wider than a phone
    parts = [words(frame.left, 12, unit, "unit")]
    for mark, text in zip(scale, tick_texts(scale, divisor), strict=True):
        x = frame.x(mark / scale[-1])
        parts.append(line(x, frame.top - 6, x, frame.floor, "rule" if mark else "base"))
        parts.append(words(x, frame.top - 12, text, "tick", "middle"))
    parts += [_range(frame, scale[-1], row, frame.top + (place + 0.5) * _ROW) for place, row in enumerate(rows)]
    return svg(width, frame.height, "".join(parts), label)


def _range(frame: Frame, top: float, row: Range, y: float) -> str:
    low, high, value = (frame.x(one / top) for one in (row.low, row.high, row.value))
    dot = "within" if row.value <= row.high else "beyond"
    return (
        f"<g><title>{esc(row.title)}</title>"
        f'<rect class="hover" x="0" y="{n(y - _ROW / 2)}" width="{n(frame.width)}" height="{_ROW}"/>'
        + words(frame.left - 10, y + 4, row.name, "name", "end")
        + f'<rect class="track" x="{n(low)}" y="{n(y - 4)}" width="{n(max(1.0, high - low))}" height="8" rx="2"/>'
        + line(low, y - 7, low, y + 7, "low")
        + line(high, y - 7, high, y + 7, "high")
        + f'<circle class="dot {dot}" cx="{n(value)}" cy="{n(y)}" r="5.5"/>'
        + words(frame.width, y + 4, row.note, "tick", "end")
        + "</g>"
    )


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of parts, each with its class of the style sheet."""

    name: str
    parts: Sequence[tuple[str, float]]
    note: str
    title: str


def bars(width: float, rows: Sequence[Bar], label: str, top: float = 0.0) -> str:
    """Draw one bar per row on a common scale from 0 to the largest, or to `top` if it is larger."""
    frame = Frame(width, 8 + len(rows) * _ROW, _names(width, [row.name for row in rows]), 64, 4, 4)
    most = max((sum(value for _, value in row.parts) for row in rows), default=0.0)
    whole = max(most, top) or 1.0
    body = []
    for place, row in enumerate(rows):
        y = frame.top + (place + 0.5) * _ROW
        body.append(f"<g><title>{esc(row.title)}</title>")
        body.append(words(frame.left - 10, y + 4, row.name, "name", "end"))
        at = 0.0
        for kind, value in row.parts:
            wide = value / whole * frame.across
            if wide:
                x = frame.left + at
                body.append(
                    f'<rect class="bar {kind}" x="{n(x)}" y="{n(y - 7)}" width="{n(max(0.6, wide))}" height="14"/>'
                )
            at += wide
        body.append(words(frame.left + at + 7, y + 4, row.note, "tick") + "</g>")
    body.append(line(frame.left, frame.top, frame.left, frame.floor, "base"))
    return svg(width, frame.height, "".join(body), label)


def strip(parts: Sequence[tuple[str, float]], label: str, whole: float = 0.0) -> str:
    """Return one bar that stretches to the width of its place; `whole` leaves the rest of it empty."""
    total = max(whole, sum(value for _, value in parts)) or 1.0
    at = 0.0
    body = ['<rect class="empty" x="0" y="0" width="100" height="8"/>']
    for kind, value in parts:
        wide = 100 * value / total
        body.append(f'<rect class="bar {kind}" x="{at:.2f}" y="0" width="{wide:.2f}" height="8"/>')
        at += wide
    return (
        f'<svg class="strip" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{esc(label)}">'
        f"{''.join(body)}</svg>"
    )


def _names(width: float, names: Sequence[str]) -> float:
    """Width of the column of names."""
    longest = max((len(name) for name in names), default=0)
    return min(16 + longest * 7.9, width * 0.42)
