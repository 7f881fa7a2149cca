"""The page around the sections: one HTML file that loads nothing and runs nothing.

Its content security policy forbids every source but the one style sheet in its
head, which is named by its hash. There is no script: tables open as `details`,
numbers under the pointer are shown by the style sheet, downloads are links.
"""

import base64
import hashlib
from collections.abc import Sequence
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
<p class="kicker">Report of the settlement day</p>
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
<h2>Verify</h2>
<p>Replaying <code>day.log</code> with <code>comity verify</code> must print the same digest and head.</p>
{proof}
</footer>
</body>
</html>
"""


def page(figures: Figures, sentence: str, tiles: str, sections: Sequence[Section], proof: str) -> str:
    """Return the whole page; `tiles` and `proof` are HTML, `sentence` is text."""
    style = _style()
    name = figures.setting.name or "Settlement day"
    return _PAGE.format(
        policy=_policy(style),
        title=esc(f"{name}, {figures.setting.business_date.isoformat()}"),
        style=style,
        name=esc(name),
        date=esc(long_date(figures.setting.business_date)),
        sentence=esc(sentence),
        tiles=tiles,
        links="".join(f'<a href="#{one.anchor}">{esc(one.kicker)}</a>' for one in sections),
        sections="\n".join(one.html() for one in sections),
        proof=proof,
    )


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _style() -> str:
    return files("comity.report").joinpath("page.css").read_text(encoding="utf-8")
