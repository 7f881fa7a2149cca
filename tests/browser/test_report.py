"""The report in a browser: quiet, without network, and fitting every screen."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.day.folder import run_folder
from comity.report import write_report
from comity.statistics.setting import Setting
from tests.browser.chromium import BINARY, Page, browser
from tests.statistics.synthetic import synthetic_day

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BINARY is None, reason="no Chromium is installed"),
]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SCREENS = {"wide": 1200, "tablet": 820, "phone": 390, "narrow phone": 320}
TOO_SMALL = """
[...document.querySelectorAll('svg.chart text')].filter(text => {
  const box = text.getBoundingClientRect();
  return box.width > 0 && box.height < 8;
}).length
"""
OUTSIDE = """
[...document.querySelectorAll('svg.chart text')].filter(text => {
  const box = text.getBoundingClientRect(), own = text.ownerSVGElement.getBoundingClientRect();
  return box.width > 0 && (box.left < own.left - 1.5 || box.right > own.right + 1.5);
}).map(text => text.textContent).join('; ')
"""
CONTRAST = """
(() => {
  const level = colour => colour.match(/[0-9.]+/g).slice(0, 3).map(Number).map(part => part / 255)
    .map(part => part <= .03928 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [.2126, .7152, .0722][place], 0);
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (colour !== 'rgba(0, 0, 0, 0)') return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const names = 'h1, h2, h3, p, a, span, small, th, td, summary, dt, dd, li, figcaption';
  const shown = [...document.querySelectorAll(names)];
  return Math.min(...shown.filter(one => one.getClientRects().length).map(one => {
    const [low, high] = [level(getComputedStyle(one).color), level(ground(one))].sort((a, b) => a - b);
    return (high + .05) / (low + .05);
  }));
})()
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    day = synthetic_day(tmp_path_factory.mktemp("day"), 3000, 2)
    return write_report(day.out, day.setting)


@pytest.fixture(scope="module", params=["clearing-day", "auction-day"])
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of an example: a day of obligations alone, and one that pays and converts, with calls."""
    day = tmp_path_factory.mktemp("example") / "day"
    shutil.copytree(EXAMPLES / request.param, day)
    if request.param == "auction-day":
        with (day / "union.toml").open("a", encoding="utf-8") as settings:
            settings.write('call = "30min"\nindicative = "10min"\nrandom_close = "60s"\n')
    out = day.parent / "out"
    run_folder(day, out)
    return write_report(out, Setting.from_folder(day))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("screen", SCREENS)
def test_report_is_quiet_and_fits_the_screen(page: Page, report: Path, screen: str, *, dark: bool) -> None:
    page.complaints.clear()
    page.requests.clear()
    page.show(report, SCREENS[screen], dark=dark, phone="phone" in screen)

    assert page.ask("document.documentElement.scrollWidth") == SCREENS[screen]
    assert page.ask("document.fonts.size") == 0
    assert page.ask(TOO_SMALL) == 0
    assert page.ask(OUTSIDE) == ""
    assert page.complaints == []
    assert page.requests == [report.as_uri()]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("screen", SCREENS)
def test_report_of_an_example_is_quiet_and_fits_the_screen(
    page: Page, example: Path, screen: str, *, dark: bool
) -> None:
    page.complaints.clear()
    page.requests.clear()
    page.show(example, SCREENS[screen], dark=dark, phone="phone" in screen)
    page.ask("document.querySelectorAll('summary').forEach(one => one.click())")

    assert page.ask("document.documentElement.scrollWidth") == SCREENS[screen]
    assert page.ask(TOO_SMALL) == 0
    assert page.ask(OUTSIDE) == ""
    contrast = page.ask(CONTRAST)
    assert isinstance(contrast, float)
    assert contrast >= 4.5
    assert page.complaints == []
    assert page.requests == [example.as_uri()]


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground(page: Page, report: Path, *, dark: bool) -> None:
    page.show(report, 1200, dark=dark)
    contrast = page.ask(CONTRAST)

    assert isinstance(contrast, float)
    assert contrast >= 4.5


def test_dark_and_light_have_grounds_of_their_own(page: Page, report: Path) -> None:
    grounds = []
    for dark in (False, True):
        page.show(report, 1200, dark=dark)
        grounds.append(page.ask("getComputedStyle(document.body).backgroundColor"))

    assert grounds == ["rgb(247, 246, 243)", "rgb(16, 21, 28)"]


def test_one_drawing_of_each_chart_is_shown(page: Page, report: Path) -> None:
    count = "[...document.querySelectorAll('.{}')].filter(one => one.getClientRects().length).length"
    page.show(report, 1200)
    wide = page.ask(count.format("wide")), page.ask(count.format("narrow"))
    page.show(report, 390, phone=True)
    narrow = page.ask(count.format("wide")), page.ask(count.format("narrow"))

    assert wide == (4, 0)
    assert narrow == (0, 4)


def test_tables_open_without_a_script(page: Page, report: Path) -> None:
    page.show(report, 1200)
    page.ask("document.querySelectorAll('summary').forEach(one => one.click())")

    assert page.ask("[...document.querySelectorAll('details')].every(one => one.open)") is True
    assert page.ask("document.documentElement.scrollWidth") == 1200


def test_numbers_under_the_pointer_are_shown(page: Page, report: Path) -> None:
    page.show(report, 1200)
    page.ask("document.querySelector('#flow .h').scrollIntoView({block: 'center', behavior: 'instant'})")
    box = page.ask(
        "(b => [b.x + b.width / 2, b.y + b.height / 2])(document.querySelector('#flow .hit').getBoundingClientRect())"
    )
    assert isinstance(box, list)
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=box[0], y=box[1])

    assert page.ask("getComputedStyle(document.querySelector('#flow .tip')).display") == "inline"


def test_injected_script_is_stopped_by_the_policy(page: Page, report: Path, tmp_path: Path) -> None:
    spoiled = tmp_path / "spoiled.html"
    text = report.read_text(encoding="utf-8")
    spoiled.write_text(text.replace("</main>", "<script>document.title = 'broken'</script></main>"), encoding="utf-8")
    page.show(spoiled, 1200)

    assert page.ask("document.title") != "broken"
