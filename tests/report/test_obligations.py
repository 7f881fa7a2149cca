"""The report says what became of obligations: those that ended, and those that did not, with the reason."""

import re
from html import unescape
from pathlib import Path

import pytest

from comity.day.folder import run_folder
from comity.report.write import render
from comity.statistics import read_figures
from comity.statistics.setting import Setting
from tests.day.folders import PAYMENT_HEADER, SETTINGS, write_day
from tests.report.test_report import ALLOWED, Reader, downloads

HEADER = "id,debtor,creditor,currency,amount,due\n"
RING = "1,ALFA,BETA,CNY,90,2021-12-15\n2,BETA,GAMA,CNY,90,2021-12-15\n3,GAMA,ALFA,CNY,90,2021-12-15\n"
REST = "4,ALFA,GAMA,CNY,99999,2021-12-15\n5,GAMA,BETA,JPY,7,2021-12-20\n6,BETA,ALFA,JPY,0,2021-12-15\n"
AGAIN = "6,BETA,ALFA,JPY,0,2021-12-15\n"
CLEARING = SETTINGS + '[clearing]\nat = ["10:00"]\n'


def page(folder: Path, settings: str = CLEARING, **files: str) -> str:
    """The report of a day with some files replaced."""
    day = write_day(folder / "day", settings, **files)
    run_folder(day, folder / "out")
    return render(read_figures(folder / "out", Setting.from_folder(day)))


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of a day without payments."""
    return page(tmp_path_factory.mktemp("owed"), payments=PAYMENT_HEADER, obligations=HEADER + RING + REST + AGAIN)


def test_headline_of_a_day_of_obligations_alone_speaks_of_obligations(html: str) -> None:
    text = plain(html)
    assert "4 members cleared 6 obligations in 2 currencies." in text
    assert "Of the value that fell due, 0.3% was set off without money, 0% was paid, and 99.7% is left." in text
    assert "1 rejected and 1 not due yet." in text
    assert "payment leg" not in text
    assert "Nothing was entered" not in text


def test_obligations_that_did_not_end_stand_there_with_their_reason(html: str) -> None:
    rows = downloads(html)["obligations-not-ended.csv"]
    found = {row[0]: (row[4], row[5], row[8]) for row in rows[1:]}
    assert found == {
        "4": ("PSTL", "", "99999.00"),
        "5": ("WHSD", "", "7"),
        "6": ("RJTD", "AM02", "0"),
    }
    text = plain(html)
    assert "Money was missing in the last cycle" in text
    assert "Falls due on a later day" in text
    assert "Rejected Amount not positive AM02 1" in text


def test_page_of_obligations_is_well_formed(html: str) -> None:
    read = Reader(html)
    assert read.open == []
    assert read.tags <= ALLOWED
    assert '<a href="#clearing">' in html


def test_due_obligation_that_no_cycle_took_in_says_so(tmp_path: Path) -> None:
    text = plain(page(tmp_path, SETTINGS, payments=PAYMENT_HEADER, obligations=HEADER + RING))
    assert "No clearing cycle took in any of them." in text
    assert "Left No cycle took it in: none was held" in text


def test_day_on_which_every_obligation_ended_says_so(tmp_path: Path) -> None:
    text = plain(page(tmp_path, payments=PAYMENT_HEADER, obligations=HEADER + RING))
    assert "Every obligation was discharged or paid." in text


def test_day_of_payments_and_obligations_tells_of_both(tmp_path: Path) -> None:
    text = plain(page(tmp_path, obligations=HEADER + RING + REST))
    assert "1 payment leg" in text
    assert "cleared 6 obligations" in text
    assert "Every payment and PvP settled. What became of obligations stands under Clearing ." in text


def test_day_without_obligations_says_nothing_of_them(tmp_path: Path) -> None:
    text = page(tmp_path, SETTINGS)
    assert 'id="clearing"' not in text
    assert "Everything settled." in text
