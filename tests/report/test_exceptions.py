"""What waits for people at the end of a day is in a file and in the report."""

from pathlib import Path

import pytest

from comity.day.folder import run_folder
from comity.report.write import render
from comity.statistics import read_figures
from comity.statistics.setting import Setting
from tests.day.folders import write_day
from tests.day.test_run import rows_of
from tests.report.test_report import ALLOWED, Reader, downloads

HEADER = "instant,command,participant,currency,target,amount,value\n"
PAY_OUTS = (
    "08:00:00,transfer_out,ALFA,CNY,late,1,10:00\n"
    "08:10:00,transfer_out,ALFA,CNY,late,1,10:00\n"
    "08:00:00,transfer_out,BETA,CNY,kept,2,10:00\n"
    "08:00:00,transfer_out,GAMA,CNY,free,3,\n"
    "09:00:00,confirm_out,BETA,CNY,kept,,\n"
)
BOOKS = "09:30:00,reconcile,JP,JPY,,303,\n"


@pytest.fixture
def day(tmp_path: Path) -> Path:
    return write_day(tmp_path / "day", commands=HEADER + PAY_OUTS + BOOKS)


def test_unconfirmed_payout_and_difference_of_books_are_written(day: Path, tmp_path: Path) -> None:
    run_folder(day, tmp_path / "out")
    rows = [tuple(row.values()) for row in rows_of(tmp_path / "out" / "exceptions.csv")]
    assert rows == [
        ("unconfirmed", "ALFA", "CNY", "late", "1.00", "2021-12-15T10:00:00Z"),
        ("difference", "JP", "JPY", "", "3", ""),
    ]


def test_report_tells_what_waits_for_people(day: Path, tmp_path: Path) -> None:
    run_folder(day, tmp_path / "out")
    html = render(read_figures(tmp_path / "out", Setting.from_folder(day)))
    page = Reader(html)
    assert page.open == []
    assert page.tags <= ALLOWED
    assert "1 pay-out and 1 difference wait for people" in html
    assert len(downloads(html)["exceptions.csv"]) == 3


def test_day_without_exceptions_has_no_such_file_and_section(tmp_path: Path) -> None:
    day = write_day(tmp_path / "day")
    run_folder(day, tmp_path / "out")
    assert not (tmp_path / "out" / "exceptions.csv").exists()
    assert 'id="exceptions"' not in render(read_figures(tmp_path / "out", Setting.from_folder(day)))
