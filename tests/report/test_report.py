"""The report is one file that stands alone, whatever the data says."""

import base64
import csv
import hashlib
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pyarrow.parquet as pq
import pytest

from comity.report import write_report
from comity.report.measure import Measure
from comity.report.sections.headline import delay_indicator, liquidity_totals
from comity.report.write import render
from comity.statistics import read_figures
from tests.statistics.synthetic import Synthetic, synthetic_day

HOSTILE = """<script>alert('x')</script>"><img src=x onerror=alert(1)> & "Bank" {curly} \x00\x1b"""
SECTIONS = (*("flow", "liquidity", "queue", "queues", "corridors", "delay", "cycles", "currencies", "method"),)
ALLOWED = frozenset(
    re.findall(
        r"\w+",
        """
        html head meta title style body header main nav footer section figure figcaption div p h1 h2 h3
        ul ol li dl dt dd a b span small code details summary table caption thead tbody tr th td
        svg g path rect line circle text
        """,
    )
)
VOID = frozenset({"meta"})


class Reader(HTMLParser):
    """Collects tags and attributes, and checks that tags close in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Synthetic:
    return synthetic_day(tmp_path_factory.mktemp("day"), 2000, 5)


@pytest.fixture(scope="module")
def html(day: Synthetic) -> str:
    return write_report(day.out, day.setting).read_text(encoding="utf-8")


def hostile(tmp_path: Path) -> Synthetic:
    """A day in which every name tries to be markup."""
    day = synthetic_day(tmp_path / "day", 300)
    setting = day.setting
    return replace(
        day,
        setting=replace(
            setting,
            name=HOSTILE,
            members=dict.fromkeys(setting.members, HOSTILE),
            participants=dict.fromkeys(setting.participants, HOSTILE),
        ),
    )


def downloads(html: str) -> dict[str, list[list[str]]]:
    """The CSV files inside a page, by name."""
    found = re.findall(r'download="([^"]+)" href="data:text/csv;charset=utf-8,([^"]*)"', html)
    texts = {name: unquote(text.replace("&amp;", "&")).removeprefix("\ufeff") for name, text in found}
    return {name: list(csv.reader(io.StringIO(text))) for name, text in texts.items()}


def test_page_is_well_formed_and_of_known_tags(html: str) -> None:
    page = Reader(html)

    assert page.open == []
    assert page.tags <= ALLOWED


def test_page_loads_nothing_and_runs_nothing(html: str) -> None:
    page = Reader(html)

    assert not {name for name in page.attributes if name.startswith("on")}
    assert "style" not in page.attributes
    assert all(link.startswith(("#", "data:text/csv;")) for link in page.links)
    assert "url(" not in html
    assert "@import" not in html


def test_policy_names_the_style_sheet_by_its_hash(html: str) -> None:
    [style] = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert f"default-src 'none'; style-src 'sha256-{digest}'" in html


@pytest.mark.parametrize("section", SECTIONS)
def test_section_is_there_and_can_be_reached(html: str, section: str) -> None:
    assert f'<section id="{section}">' in html
    assert f'<a href="#{section}">' in html


def test_every_chart_says_what_it_shows(html: str) -> None:
    charts = re.findall(r'<svg class="(?:chart|strip)[^>]*>', html)

    assert len(charts) > 20
    assert all(re.search(r'aria-label="[^"]+"', chart) for chart in charts)


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    day = hostile(tmp_path)
    page = Reader(write_report(day.out, day.setting).read_text(encoding="utf-8"))

    assert page.open == []
    assert page.tags <= ALLOWED
    assert not {name for name in page.attributes if name.startswith("on")}
    shown = HOSTILE.replace("\x00", " ").replace("\x1b", " ")
    assert any(shown in text for text in page.text)


def test_hostile_codes_stay_text(tmp_path: Path) -> None:
    day = synthetic_day(tmp_path / "day", 300)
    path = day.out / "instructions.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    for row in rows[::2]:
        row["debtor"], row["reason"] = HOSTILE, '"><b>'
    pq.write_table(type(table).from_pylist(rows, table.schema), path)
    page = Reader(write_report(day.out, day.setting).read_text(encoding="utf-8"))

    assert page.open == []
    assert page.tags <= ALLOWED


def test_formula_in_a_name_is_quoted_in_the_csv(tmp_path: Path) -> None:
    day = synthetic_day(tmp_path / "day", 300)
    setting = replace(day.setting, participants=dict.fromkeys(day.setting.participants, '=cmd|"calc"'))
    rows = downloads(write_report(day.out, setting).read_text(encoding="utf-8"))["liquidity.csv"]

    assert {row[1] for row in rows[1:]} == {'\'=cmd|"calc"'}


def test_downloads_hold_exact_amounts(day: Synthetic, html: str) -> None:
    figures = read_figures(day.out, day.setting)
    rows = downloads(html)["settled-against-arrivals.csv"]
    assert rows[0] == ["from_utc", "to_utc", "currency", "arrived", "settled"]
    for code in figures.currencies:
        settled = sum(int(row[4].replace(".", "")) for row in rows[1:] if row[2] == code)
        assert settled == figures.flows[code].settled_minor


def test_report_of_the_same_day_is_the_same_text(day: Synthetic, html: str) -> None:
    assert write_report(day.out, day.setting).read_text(encoding="utf-8") == html


def test_page_does_not_grow_with_the_number_of_instructions(tmp_path: Path, html: str) -> None:
    day = synthetic_day(tmp_path / "day", 12_000)
    large = write_report(day.out, day.setting).stat().st_size

    assert large < 1_200_000
    assert large < 2 * len(html.encode())


def test_without_rates_currencies_weigh_the_same(tmp_path: Path) -> None:
    day = synthetic_day(tmp_path / "day", 500, with_rates=False)
    figures = read_figures(day.out, day.setting)
    measure = Measure.of_figures(figures)
    total = measure.total((code, figures.flows[code].entered_minor) for code in figures.currencies)
    html = render(figures)

    assert total == pytest.approx(100)
    assert "each currency weighing the same" in html
    assert "UoA" not in html


def test_without_recorded_causes_the_queue_is_told_by_its_fate(tmp_path: Path) -> None:
    day = synthetic_day(tmp_path / "day", 500, recorded=False)
    html = render(read_figures(day.out, day.setting))

    assert "by what became of it later" in html
    assert "Later settled in an offsetting pass" in html


def test_day_without_instructions_has_a_report(tmp_path: Path) -> None:
    day = synthetic_day(tmp_path / "day", 50, recorded=False)
    path = day.out / "instructions.parquet"
    pq.write_table(pq.read_table(path).slice(0, 0), path)
    page = Reader(write_report(day.out, day.setting).read_text(encoding="utf-8"))

    assert page.open == []
    assert "Nothing was entered" in " ".join(page.text)


def test_day_of_one_payment_has_a_report(tmp_path: Path) -> None:
    day = synthetic_day(tmp_path / "day", 50, recorded=False)
    path = day.out / "instructions.parquet"
    pq.write_table(pq.read_table(path).slice(0, 1), path)
    (day.out / "cycles.csv").write_text((day.out / "cycles.csv").read_text(encoding="utf-8").splitlines()[0] + "\n")

    assert Reader(write_report(day.out, day.setting).read_text(encoding="utf-8")).open == []


def test_headline_figures_are_those_of_the_day(day: Synthetic) -> None:
    figures = read_figures(day.out, day.setting)
    measure = Measure.of_figures(figures)
    used, lower, upper = liquidity_totals(figures, measure)

    assert 0 < lower <= upper
    assert used > 0
    assert 0 < delay_indicator(figures, measure) < 1


def test_report_replaces_an_earlier_one_and_leaves_nothing_else(day: Synthetic) -> None:
    write_report(day.out, day.setting)

    assert [path.name for path in day.out.iterdir() if "report" in path.name] == ["report.html"]
