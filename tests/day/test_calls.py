"""Days whose auctions have calls: when they close, when they are extended, and what the files and the page say."""

import csv
from hashlib import sha256
from pathlib import Path

import pytest

from comity.day.folder import run_folder
from comity.day.union_file import FILE
from comity.engine.orders import closing_instant
from comity.errors import InvalidRequest
from comity.report.write import render
from comity.statistics import read_figures
from comity.statistics.calls import read_calls
from comity.statistics.setting import Setting
from tests.day.auction_days import COMMANDS, NOON, orders, write_auction_day

CALL = NOON + 'call = "30min"\n'
EXTENDS = CALL + 'indicative = "10min"\nextend_by = "5min"\nextend_move = "0.01"\n'
TWO_SIDES = orders("A>B 1000 @2; B>A 2000 @1/3")


def _events(out: Path) -> list[tuple[str, str]]:
    with (out / "auction_calls.csv").open(encoding="utf-8", newline="") as file:
        return list(dict.fromkeys((line["at"][11:19], line["event"]) for line in csv.DictReader(file)))


def test_call_opens_is_indicated_and_closes_at_its_time(tmp_path: Path) -> None:
    day = write_auction_day(tmp_path / "day", TWO_SIDES, CALL + 'indicative = "15min"\n')

    run_folder(day, tmp_path / "out")

    told = ["opened", "indicated", "indicated", "closed"]
    assert _events(tmp_path / "out") == list(zip(["11:30:00", "11:45:00", "12:00:00", "12:00:00"], told, strict=True))


def test_close_is_drawn_from_the_seed_that_the_call_committed_to(tmp_path: Path) -> None:
    seed = "ab" * 16
    day = write_auction_day(tmp_path / "day", TWO_SIDES, CALL + f'random_close = "60s"\nseed = "{seed}"\n')

    run_folder(day, tmp_path / "out")

    (call,) = read_calls(tmp_path / "out")
    own = sha256(f"{seed} 1".encode()).hexdigest()
    assert call.closed == closing_instant(call.earliest, call.earliest + 60_000_000, own)
    assert call.earliest < call.closed <= call.earliest + 60_000_000


def test_call_goes_on_where_a_late_order_moves_the_rates(tmp_path: Path) -> None:
    late = "late,11:55:00,BANK2,KRW,JPY,9000,5/14,,\n"
    day = write_auction_day(tmp_path / "day", TWO_SIDES + late, EXTENDS)

    run_folder(day, tmp_path / "out")

    (call,) = read_calls(tmp_path / "out")
    assert call.extensions == 1
    assert call.closed == call.earliest + 300_000_000
    assert max(move for move in call.moves if move is not None) > 0.01
    html = render(read_figures(tmp_path / "out", Setting.from_folder(day)))
    assert "Of 1 call 1 went on longer; indicated rates moved by" in html


def test_call_closes_at_its_time_where_rates_stay(tmp_path: Path) -> None:
    run_folder(write_auction_day(tmp_path / "day", TWO_SIDES, EXTENDS), tmp_path / "out")

    (call,) = read_calls(tmp_path / "out")
    assert (call.extensions, call.closed) == (0, call.earliest)


def test_auction_on_command_is_refused_while_a_call_is_open_and_says_when_that_closes(tmp_path: Path) -> None:
    commands = COMMANDS + "11:40:00,auction,,,,,\n"
    day = write_auction_day(tmp_path / "day", TWO_SIDES, CALL, commands=commands)

    run_folder(day, tmp_path / "out")

    assert "not before 2021-12-15T12:00:00Z" in (tmp_path / "out" / "commands.csv").read_text()
    assert len((tmp_path / "out" / "auctions.csv").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("settings", "key", "expected"),
    [
        ('at = ["12:00", "12:20"]\ncall = "30min"\n', "auction.call", "12:00 or later, when the call before it"),
        ('at = ["12:00"]\ncall = "13h"\n', "auction.call", "when the day starts"),
        ('at = ["16:59:30"]\ncall = "30min"\nrandom_close = "60s"\n', "auction.at", "last interbank cut-off, 17:00"),
        (CALL + 'extend_by = "5min"\n', "auction.extend_by", "auction.indicative beside it"),
        (CALL + 'indicative = "30min"\nextend_by = "5min"\n', "auction.extend_by", "shorter than the call"),
        (CALL + 'extend_move = "0.01"\n', "auction.extend_move", "auction.extend_by beside it"),
        (CALL + "extensions = 1\n", "auction.extensions", "auction.extend_by beside it"),
    ],
)
def test_calls_that_cannot_be_meant_are_faults(settings: str, key: str, expected: str, tmp_path: Path) -> None:
    day = write_auction_day(tmp_path / "day", TWO_SIDES, settings)

    with pytest.raises(InvalidRequest) as refused:
        run_folder(day, tmp_path / "out")

    (fault,) = refused.value.faults
    assert (fault.file, fault.column) == (FILE, key)
    assert expected in fault.expected


def test_lines_of_a_call_name_the_auction_it_led_to(tmp_path: Path) -> None:
    settings = 'at = ["11:00", "13:00", "15:00"]\ncall = "30min"\nparticipants_min = 2\n'
    rows = orders("A>B 1000 @2; B>A 2000 @1/3") + orders("A>B 1000 @2; B>A 2000 @1/3", "14:00").replace("o", "p")
    run_folder(write_auction_day(tmp_path / "day", rows, settings), tmp_path / "out")
    with (tmp_path / "out" / "auction_calls.csv").open(encoding="utf-8", newline="") as file:
        told = list(dict.fromkeys((line["at"][11:13], line["auction"]) for line in csv.DictReader(file)))
    assert told == [("10", "1"), ("11", "1"), ("12", "0"), ("13", "0"), ("14", "2"), ("15", "2")]


def test_move_after_an_indication_without_trade_is_empty_and_extends_nothing(tmp_path: Path) -> None:
    rows = orders("A>B 1000 @2; B>A 2000 @1/3", "11:55")
    day = write_auction_day(tmp_path / "day", rows, EXTENDS.replace("0.01", "0"))
    run_folder(day, tmp_path / "out")
    (call,) = read_calls(tmp_path / "out")
    assert (call.extensions, call.moves) == (0, [None] * 2)
    html = render(read_figures(tmp_path / "out", Setting.from_folder(day)))
    assert "indicated rates moved" not in html
