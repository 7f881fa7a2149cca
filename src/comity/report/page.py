"""The page around the sections: one HTML file that loads nothing and runs nothing.

Its content security policy forbids every source but the one style sheet in its
head, which is named by its hash. There is no script: tables open as `details`,
numbers under the pointer are shown by the style sheet, downloads are links.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from comity.report.section import Section
from comity.report.text import esc, long_date
from comity.statistics.figures import Figures

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header class="top">
<p class="kicker">{kicker}</p>
<h1>{name}</h1>
<p class="date">{date}</p>
<p class="summary">{sentence}</p>
</header>
<main>
{tiles}
<nav aria-label="Sections">{links}</nav>
{sections}
</main>
<footer>
{footer}
</footer>
</body>
</html>
"""


_VERIFY = """<h2>Verify</h2>
<p>Replaying <code>day.log</code> with <code>comity verify</code> must print the same digest and head.</p>
"""


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands at the head of a page; all of it text."""

    kicker: str
    """What kind of page it is."""
    name: str
    date: str
    """The date or dates it is about, in words."""
    sentence: str
    title: str
    """In the frame of the browser."""


def page(figures: Figures, sentence: str, tiles: str, sections: Sequence[Section], proof: str) -> str:
    """Return the whole page of a settled day; `tiles` and `proof` are HTML, `sentence` is text."""
    day = figures.setting.business_date
    name = figures.setting.name or "Settlement day"
    title = f"{name}, {day.isoformat()}"
    heading = Heading("Report of the settlement day", name, long_date(day), sentence, title)
    return page_of(heading, tiles, sections, _VERIFY + proof)


def page_of(heading: Heading, tiles: str, sections: Sequence[Section], footer: str) -> str:
    """Return a whole page; `tiles` and `footer` are HTML."""
    style = _style()
    return _PAGE.format(
        policy=_policy(style),
        title=esc(heading.title),
        style=style,
        kicker=esc(heading.kicker),
        name=esc(heading.name),
        date=esc(heading.date),
        sentence=esc(heading.sentence),
        tiles=tiles,
        links="".join(f'<a href="#{one.anchor}">{esc(one.kicker)}</a>' for one in sections),
        sections="\n".join(one.html() for one in sections),
        footer=footer,
    )


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _style() -> str:
    return files("comity.report").joinpath("page.css").read_text(encoding="utf-8")
