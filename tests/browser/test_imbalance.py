"""The page of a forecast in a browser: quiet, without network, and fitting every screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.day.imbalance import TradeForecast
from comity.report.imbalance import write_imbalance_report
from comity.union import Flow, Period, forecast
from comity.union.imbalance import WARN_AT
from tests.browser.chromium import BINARY, Page, browser
from tests.browser.test_report import CONTRAST, OUTSIDE, SCREENS, TOO_SMALL

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BINARY is None, reason="no Chromium is installed"),
]

MEMBERS = ("BR", "CN", "EG", "ID", "IN", "RU", "SA", "US", "ZA")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    start = Period.parse("2015-01")
    flows = [
        Flow(seller, buyer, start.later(month), (place * 7 + number * 5 + month) % 23)
        for place, seller in enumerate(MEMBERS)
        for number, buyer in enumerate(MEMBERS)
        if seller != buyer
        for month in range(60)
    ]
    quota = 150
    answer = TradeForecast(0, quota, WARN_AT, forecast(flows, MEMBERS, quota, ahead=24))
    return write_imbalance_report(answer, tmp_path_factory.mktemp("forecast"))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("dark", [False, True])
def test_forecast_is_quiet_and_fits_the_screen(page: Page, report: Path, screen: str, *, dark: bool) -> None:
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
