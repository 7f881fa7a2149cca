"""The page of an auction in a browser: quiet, without network, and fitting every screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import comity
from comity.day.auction.pair_books import pair_books
from comity.report.auction import write_auction_report
from tests.browser.chromium import BINARY, Page, browser
from tests.browser.test_report import CONTRAST, OUTSIDE, SCREENS, TOO_SMALL

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BINARY is None, reason="no Chromium is installed"),
]

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "auction"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    answer = comity.auction(EXAMPLE / "orders.csv", EXAMPLE / "rates.csv")
    return write_auction_report(answer, pair_books(answer), tmp_path_factory.mktemp("auction"))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("dark", [False, True])
def test_auction_is_quiet_and_fits_the_screen(page: Page, report: Path, screen: str, *, dark: bool) -> None:
    page.complaints.clear()
    page.requests.clear()
    page.show(report, SCREENS[screen], dark=dark, phone="phone" in screen)

    assert page.ask("document.documentElement.scrollWidth") == SCREENS[screen]
    assert page.ask(TOO_SMALL) == 0
    assert page.ask(OUTSIDE) == ""
    contrast = page.ask(CONTRAST)
    assert isinstance(contrast, float)
    assert contrast >= 4.5
    assert page.complaints == []
    assert page.requests == [report.as_uri()]
