"""The parts of which every section of the report is made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from comity.report.text import Scale, esc
from comity.statistics.setting import Setting

WIDE, NARROW = 960.0, 360.0
"""Widths to which charts over time are drawn, pixels."""


@dataclass(frozen=True, slots=True)
class Section:
    """A finding, what shows it, and the figures behind it."""

    anchor: str
    kicker: str
    """The subject, in a word or two."""
    title: str
    """The finding, as a sentence; escaped when the page is made."""
    lead: str
    """How to read the figure; escaped likewise."""
    body: str
    """HTML."""

    def html(self) -> str:
        """Return the section."""
        return (
            f'<section id="{self.anchor}"><p class="kicker">{esc(self.kicker)}</p>'
            f'<h2>{esc(self.title)}</h2><p class="lead">{esc(self.lead)}</p>{self.body}</section>'
        )


def figure(chart: str, caption: str = "") -> str:
    """Return a chart as a figure."""
    note = f"<figcaption>{esc(caption)}</figcaption>" if caption else ""
    return f"<figure>{chart}{note}</figure>"


def pair(*charts: tuple[str, str]) -> str:
    """Return charts side by side, or below each other where there is no room: (title, chart)."""
    boxes = "".join(f'<div><p class="sub">{esc(title)}</p>{chart}</div>' for title, chart in charts)
    return f'<div class="pair">{boxes}</div>'


def both(draw: Callable[[float], str]) -> str:
    """Return a chart drawn wide and narrow; the style sheet shows one of them."""
    return f'<div class="wide">{draw(WIDE)}</div><div class="narrow">{draw(NARROW)}</div>'


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """Return the key to the colours: (class of the style sheet, text)."""
    items = "".join(
        '<li><svg class="swatch" viewBox="0 0 12 12" aria-hidden="true">'
        f'<rect class="bar {kind}" width="12" height="12" rx="2"/></svg>{esc(text)}</li>'
        for kind, text in entries
    )
    return f'<ul class="legend">{items}</ul>'


def money(setting: Setting, currency: str, minor: int) -> str:
    """Return an amount as "CNY 12.3 bn", rounded to three digits."""
    value = minor / 10 ** setting.exponent(currency)
    return f"{currency} {Scale.for_largest([value]).tell(value)}"
