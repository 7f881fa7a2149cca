"""Figures of clearing: what comes again in a later cycle is counted once."""

from pathlib import Path

import pytest

from comity.day.folder import run_folder
from comity.report.write import render
from comity.statistics import read_figures
from comity.statistics.setting import Setting
from tests.day.folders import SETTINGS, write_day

OWED = "id,debtor,creditor,currency,amount,due\n"
CLEARING = SETTINGS + '[clearing]\nat = ["10:00", "12:00", "14:00"]\ncarry_max = 2\n'


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("figures")
    ring = "1,ALFA,BETA,CNY,90,2021-12-15\n2,BETA,GAMA,CNY,80,2021-12-15\n3,GAMA,ALFA,CNY,70,2021-12-15\n"
    rest = "4,GAMA,BETA,CNY,99999,2021-12-15\n5,GAMA,BETA,CNY,1,2021-12-20\n"
    run_folder(write_day(folder / "day", CLEARING, obligations=OWED + ring + rest), folder / "out")
    return folder / "day", folder / "out"


def test_what_is_carried_over_several_cycles_is_left_once(folders: tuple[Path, Path]) -> None:
    day, out = folders
    figures = read_figures(out, Setting.from_folder(day))
    one = next(each for each in figures.clearing if each.currency == "CNY")
    assert one.gross_minor == (90 + 80 + 70 + 99_999) * 100
    assert one.discharged_minor + one.settled_minor + one.left_minor == one.gross_minor
    assert one.certified


def test_report_of_a_day_with_clearing_shows_it(folders: tuple[Path, Path]) -> None:
    day, out = folders
    page = render(read_figures(out, Setting.from_folder(day)))
    assert 'id="clearing"' in page
    assert "of what was owed needed no money" in page
