"""The ground of a chart: its frame, its ticks and its axes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from comity.report.text import esc
from comity.statistics.flows import Clock
from comity.statistics.setting import clock

_HOUR = 3_600_000_000
_CHAR = 6.4
"""Width of a character of axis text, pixels."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The drawing area inside an image of `width` by `height` pixels."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float

    @property
    def across(self) -> float:
        """Width of the drawing area."""
        return self.width - self.left - self.right

    @property
    def down(self) -> float:
        """Height of the drawing area."""
        return self.height - self.top - self.bottom

    @property
    def floor(self) -> float:
        """Where the value 0 lies."""
        return self.height - self.bottom

    def x(self, share: float) -> float:
        """Return the place of `share` (0 left, 1 right)."""
        return self.left + share * self.across

    def y(self, share: float) -> float:
        """Return the place of `share` (0 at the floor, 1 at the top)."""
        return self.floor - share * self.down


def ticks(top: float, about: int = 5) -> list[float]:
    """Return round values from 0 to the first that is not below `top`, about `about` of them."""
    if top <= 0:
        return [0.0, 1.0]
    rough = top / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    return [step * place for place in range(math.ceil(top / step - 1e-9) + 1)]


def tick_texts(marks: Sequence[float], divisor: float) -> list[str]:
    """Return `marks` over `divisor`, all to as few decimals as tell them apart."""
    values = [mark / divisor for mark in marks]
    decimals = next((places for places in range(6) if all(_close(value, places) for value in values)), 6)
    return [f"{value:,.{decimals}f}" if value else "0" for value in values]


def _close(value: float, places: int) -> bool:
    return abs(round(value, places) - value) <= abs(value) * 1e-9


def n(value: float) -> str:
    """Return a coordinate to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def svg(width: float, height: float, body: str, label: str, shape: str = "") -> str:
    """Return an image with the text that a screen reader says for it."""
    return (
        f'<svg class="chart {shape}" viewBox="0 0 {n(width)} {n(height)}" role="img" aria-label="{esc(label)}">'
        f"{body}</svg>"
    )


def words(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    """Return a line of text; `text` is escaped here."""
    place = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text class="{kind}" x="{n(x)}" y="{n(y)}"{place}>{esc(text)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a straight line."""
    return f'<line class="{kind}" x1="{n(x1)}" y1="{n(y1)}" x2="{n(x2)}" y2="{n(y2)}"/>'


def value_axis(frame: Frame, marks: Sequence[float], divisor: float, title: str) -> str:
    """Return horizontal rules at `marks`, the last of which is the top, with numbers over `divisor`, and a title."""
    parts = [words(0, 12, title, "unit")]
    for mark, text in zip(marks, tick_texts(marks, divisor), strict=True):
        y = frame.y(mark / marks[-1])
        parts.append(line(frame.left, y, frame.width - frame.right, y, "rule" if mark else "base"))
        parts.append(words(frame.left - 8, y + 4, text, "tick", "end"))
    return "".join(parts)


def time_axis(frame: Frame, steps: Clock) -> str:
    """Return the hours under the frame, as many as there is room for."""
    span = steps.step * steps.count
    room = max(2, int(frame.across / (_CHAR * 9)))
    every = next((hours for hours in (1, 2, 3, 4, 6, 12) if span / _HOUR / hours <= room), 24) * _HOUR
    first = -(-steps.start // every) * every
    parts = []
    for instant in range(first, steps.start + span + 1, every):
        x = frame.x((instant - steps.start) / span)
        parts.append(line(x, frame.floor, x, frame.floor + 5, "base"))
        parts.append(words(x, frame.floor + 19, clock(instant), "tick", "middle"))
    return "".join(parts)


def marker(frame: Frame, steps: Clock, instant: int, text: str) -> str:
    """Return a dashed line at `instant` with a word at its top; nothing if it lies outside."""
    share = (instant - steps.start) / (steps.step * steps.count)
    if not 0 < share < 1:
        return ""
    x = frame.x(share)
    late = share > 0.5  # noqa: PLR2004 - the word stands on the side with more room
    return line(x, frame.top - 12, x, frame.floor, "mark") + words(
        x - 5 if late else x + 5, frame.top - 8, text, "note", "end" if late else "start"
    )
