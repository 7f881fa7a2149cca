"""Charts whose horizontal axis is the day."""

from collections.abc import Sequence
from dataclasses import dataclass

from comity.report.charts.axes import Frame, line, marker, n, svg, ticks, time_axis, value_axis, words
from comity.report.text import Scale
from comity.statistics.flows import Clock
from comity.statistics.setting import clock

_HITS = 64
_LINE = 17
_CHAR = 6.6


@dataclass(frozen=True, slots=True)
class Series:
    """One value per edge of the day's steps: one more than there are steps."""

    label: str
    kind: str
    """Class of the style sheet."""
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class DayChart:
    """What charts over the day share."""

    steps: Clock
    scale: Scale
    """Of the numbers of the axis and of the boxes."""
    unit: str
    """Title of the value axis."""
    label: str
    """What a screen reader says."""
    marks: Sequence[tuple[int, str]] = ()
    """Instants to mark, with a word each."""

    def frame(self, width: float) -> Frame:
        """Return the frame of an image of `width` pixels."""
        height = 360 if width > 600 else 280  # noqa: PLR2004 - wider than a phone
        return Frame(width, height, 52, 20, 34, 30)

    def lines(self, width: float, series: Sequence[Series]) -> str:
        """Draw each series as a line over a filled area, the first at the back."""
        frame = self.frame(width)
        marks = ticks(max(max(one.values) for one in series))
        parts = [value_axis(frame, marks, self.scale.divisor, self.unit), time_axis(frame, self.steps)]
        for one in series:
            path = _path(frame, one.values, marks[-1])
            parts.append(
                f'<path class="fill {one.kind}" d="{path}L{n(frame.x(1))} {n(frame.floor)}H{n(frame.left)}Z"/>'
            )
            parts.append(f'<path class="line {one.kind}" d="{path}"/>')
        parts += [marker(frame, self.steps, instant, word) for instant, word in self.marks]
        parts.append(self._hits(frame, series))
        return svg(width, frame.height, "".join(parts), self.label)

    def stacked(self, width: float, series: Sequence[Series]) -> str:
        """Draw the series on top of each other, the first at the floor."""
        frame = self.frame(width)
        below = [0.0] * (self.steps.count + 1)
        tops = []
        for one in series:
            below = [low + value for low, value in zip(below, one.values, strict=True)]
            tops.append(below)
        marks = ticks(max(below, default=0.0))
        parts = [value_axis(frame, marks, self.scale.divisor, self.unit), time_axis(frame, self.steps)]
        floor = [0.0] * len(below)
        for one, top in zip(series, tops, strict=True):
            back = _path(frame, floor, marks[-1], reverse=True).replace("M", "L", 1)
            parts.append(f'<path class="band {one.kind}" d="{_path(frame, top, marks[-1])}{back}Z"/>')
            floor = top
        parts += [marker(frame, self.steps, instant, word) for instant, word in self.marks]
        parts.append(self._hits(frame, series[::-1]))
        return svg(width, frame.height, "".join(parts), self.label)

    def bars(self, width: float, series: Sequence[Series], behind: Series | None = None) -> str:
        """Draw one stacked bar per edge; `behind` is drawn as an outline over the same scale."""
        frame = self.frame(width)
        total = [sum(values) for values in zip(*(one.values for one in series), strict=True)]
        limit = behind.values if behind else total
        marks = ticks(max(*total, *limit))
        parts = [value_axis(frame, marks, self.scale.divisor, self.unit), time_axis(frame, self.steps)]
        wide = max(1.0, frame.across / len(total) * 0.72)
        for place in range(len(total)):
            x = frame.x(place / self.steps.count) - wide / 2
            if limit[place] > total[place]:
                parts.append(_bar(x, frame.y(limit[place] / marks[-1]), wide, frame.floor, "ghost"))
            low = 0.0
            for one in series:
                if one.values[place]:
                    high = low + one.values[place]
                    parts.append(_bar(x, frame.y(high / marks[-1]), wide, frame.y(low / marks[-1]), one.kind))
                    low = high
        parts.append(self._hits(frame, [*series, behind] if behind else series))
        return svg(width, frame.height, "".join(parts), self.label)

    def _hits(self, frame: Frame, series: Sequence[Series]) -> str:
        """Invisible columns; the one under the pointer shows its numbers."""
        if frame.width < 600:  # noqa: PLR2004 - a phone has no pointer
            return ""
        every = max(1, -(-self.steps.count // _HITS))
        edges = range(0, self.steps.count + 1, every)
        return "".join(self._hit(frame, series, edge, every) for edge in edges)

    def _hit(self, frame: Frame, series: Sequence[Series], edge: int, every: int) -> str:
        x = frame.x(edge / self.steps.count)
        half = frame.across / self.steps.count * every / 2
        rows = [clock(self.steps.edge(edge))] + [f"{one.label}  {self.scale.plain(one.values[edge])}" for one in series]
        wide = max(len(row) for row in rows) * _CHAR + 20
        left = x + 10 if edge < self.steps.count / 2 else x - 10 - wide
        size = f'width="{n(wide)}" height="{len(rows) * _LINE + 12}"'
        box = f'<rect class="box" x="{n(left)}" y="{n(frame.top)}" {size} rx="4"/>'
        text = "".join(
            words(left + 10, frame.top + 18 + place * _LINE, row, "tip-head" if place == 0 else "tip-row")
            for place, row in enumerate(rows)
        )
        column = (
            f'<rect class="hit" x="{n(x - half)}" y="{n(frame.top)}" width="{n(2 * half)}" height="{n(frame.down)}"/>'
        )
        return f'<g class="h">{column}<g class="tip">{line(x, frame.top, x, frame.floor, "cross")}{box}{text}</g></g>'


def spark(values: Sequence[float], behind: Sequence[float], label: str) -> str:
    """Return a small chart of `values` before `behind`, both scaled by the largest of the two."""
    frame = Frame(180, 64, 1, 1, 4, 3)
    top = max(*values, *behind) or 1.0
    parts = []
    for kind, series in (("s-arrived", behind), ("s-settled", values)):
        path = _path(frame, series, top)
        parts.append(f'<path class="fill {kind}" d="{path}L{n(frame.x(1))} {n(frame.floor)}H{n(frame.left)}Z"/>')
        parts.append(f'<path class="line {kind}" d="{path}"/>')
    parts.append(line(frame.left, frame.floor, frame.width - frame.right, frame.floor, "base"))
    return svg(frame.width, frame.height, "".join(parts), label, "spark")


def _path(frame: Frame, values: Sequence[float], top: float, *, reverse: bool = False) -> str:
    """Return a path through one point per value, equally apart; points on a level run are left out."""
    last = len(values) - 1
    order = range(last, -1, -1) if reverse else range(last + 1)
    points = []
    for place in order:
        level = 0 < place < last and values[place - 1] == values[place] == values[place + 1]
        if not level:
            points.append(f"{n(frame.x(place / max(1, last)))} {n(frame.y(values[place] / top))}")
    return "M" + "L".join(points)


def _bar(x: float, top: float, wide: float, floor: float, kind: str) -> str:
    return f'<rect class="bar {kind}" x="{n(x)}" y="{n(top)}" width="{n(wide)}" height="{n(max(0.5, floor - top))}"/>'
