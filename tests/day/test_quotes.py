"""Payments at quoted rates in a day's files: what is a fault, what is an outcome, and what they settle."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from comity.day.folder import run_folder
from comity.day.quotes import COLUMNS, OUTCOMES
from comity.day.read import read_day
from comity.day.run import run
from comity.errors import InvalidRequest
from comity.node import quotes, verify_file
from comity.report.write import write_report
from comity.statistics.setting import Setting
from tests.day.auction_days import write_auction_day
from tests.day.test_run import rows_of

HEADER = "id,instant,step,debtor,creditor,source,target,source_amount,target_amount,provider,amount,expires\n"
ASK = "q1,09:00,request,BANK0,BANK1,JPY,KRW,,1000,,,\n"
OFFER = "q1,09:01,quote,BANK0,,,,,,BANK2,110,09:30\n"
TAKE = "q1,09:02,accept,BANK0,,,,,,BANK2,,\n"


def day_of(folder: Path, *rows: str, **files: str) -> Path:
    return write_auction_day(folder, "", quotes=HEADER + "".join(rows), **files)


def outcomes(out: Path) -> list[tuple[str, str, str]]:
    return [(row["outcome"], row["state"], row["reason"]) for row in rows_of(out / "quotes.csv")]


def balances(out: Path) -> dict[tuple[str, str], str]:
    return {
        (row["participant"], row["currency"]): row["closing"]
        for row in rows_of(out / "balances.csv")
        if row["closing"] != row["opening"] and row["participant"].startswith("BANK")
    }


def test_accepted_quote_settles_both_payments_at_one_instant(tmp_path: Path) -> None:
    run_folder(day_of(tmp_path / "day", ASK, OFFER, TAKE), tmp_path / "out")
    assert outcomes(tmp_path / "out") == [("open", "", ""), ("quoted", "", ""), ("accepted", "STLD", "")]
    assert balances(tmp_path / "out") == {
        ("BANK0", "JPY"): "999890",
        ("BANK2", "JPY"): "1000110",
        ("BANK2", "KRW"): "999000",
        ("BANK1", "KRW"): "1001000",
    }
    rows = pq.read_table(tmp_path / "out" / "instructions.parquet").to_pylist()
    assert [(row["file"], row["row"], row["id"], row["kind"], row["state"], row["amount_minor"]) for row in rows] == [
        ("quotes.csv", 3, "q1/pay", "payment", "STLD", 110),
        ("quotes.csv", 3, rows[1]["id"], "payment", "STLD", 1000),
    ]
    assert rows[0]["final_at"] == rows[1]["final_at"]
    line = rows_of(tmp_path / "out" / "quotes.csv")[2]
    assert tuple(line) == COLUMNS
    assert (line["source_amount"], line["target_amount"], line["payments"]) == (
        "110",
        "1000",
        f"q1/pay {rows[1]['id']}",
    )
    verify_file(tmp_path / "out" / "day.log")


def test_fixed_source_leaves_the_target_to_the_provider(tmp_path: Path) -> None:
    asked = ASK.replace(",,1000,", ",100,,")
    run_folder(day_of(tmp_path / "day", asked, OFFER.replace("110", "950"), TAKE), tmp_path / "out")
    assert balances(tmp_path / "out")["BANK1", "KRW"] == "1000950"
    assert balances(tmp_path / "out")["BANK0", "JPY"] == "999900"


def test_what_cannot_settle_before_the_quote_expires_is_rejected_whole(tmp_path: Path) -> None:
    dear = OFFER.replace(",110,", ",2000000,")
    run_folder(day_of(tmp_path / "day", ASK, dear, TAKE), tmp_path / "out")
    assert outcomes(tmp_path / "out")[2] == ("accepted", "RJTD", "")
    assert balances(tmp_path / "out") == {}
    rows = pq.read_table(tmp_path / "out" / "instructions.parquet").to_pylist()
    assert {(row["state"], row["final_at"].strftime("%H:%M")) for row in rows} == {("RJTD", "09:30")}


@pytest.mark.parametrize(
    ("rows", "place", "reason"),
    [
        ((ASK, OFFER, TAKE.replace("09:02", "09:30")), 2, "before 2021-12-15T09:30:00Z, when the quote expires"),
        ((ASK, OFFER.replace("09:01", "08:00"), TAKE), 0, "no open request 'q1'"),
        ((ASK, OFFER, TAKE.replace("BANK2", "BANK3")), 2, "BANK3 has quoted nothing for 'q1' of BANK0"),
        ((ASK, OFFER.replace("09:30", "09:01")), 1, "expected an instant after 2021-12-15T09:01:00Z"),
        ((ASK, OFFER.replace(",110,", ",0,")), 1, "expected 1 to"),
        ((ASK, OFFER.replace("BANK2", "BANK1")), 1, "expected a third participant"),
        ((ASK.replace("1000", "0"),), 0, "expected one of the two amounts"),
        ((ASK.replace("KRW", "JPY"),), 0, "expected another currency than the source"),
        ((ASK.replace("BANK1", "BANK0"),), 0, "expected another participant"),
        ((ASK, ASK.replace("1000", "2000")), 1, "the id served another request"),
        ((ASK, OFFER, TAKE, OFFER.replace("09:01", "09:03")), 3, "no open request 'q1'"),
        ((ASK, OFFER, TAKE, TAKE), 3, "BANK0 has no quote 1"),
    ],
)
def test_step_that_breaks_a_rule_is_refused_in_words(
    rows: tuple[str, ...], place: int, reason: str, tmp_path: Path
) -> None:
    run_folder(day_of(tmp_path / "day", *rows), tmp_path / "out")
    by_row = outcomes(tmp_path / "out")
    place = next(row for row, each in enumerate(by_row) if each[0] == "refused") if place == 0 else place
    assert by_row[place][0] == "refused"
    assert reason in by_row[place][2]


def test_request_again_is_repeated_even_after_it_was_served_or_refused(tmp_path: Path) -> None:
    wrong = ASK.replace("q1", "q2").replace("1000", "0")
    rows = (ASK, OFFER, TAKE, ASK.replace("09:00", "09:05"), wrong, wrong.replace("09:00", "09:05"))
    run_folder(day_of(tmp_path / "day", *rows), tmp_path / "out")
    assert [each[0] for each in outcomes(tmp_path / "out")] == [
        *("open", "quoted", "accepted", "repeated"),
        *("refused", "repeated"),
    ]


def test_last_quote_of_the_provider_is_the_one_accepted(tmp_path: Path) -> None:
    better = OFFER.replace("110", "105").replace("09:01", "09:01:30")
    other = OFFER.replace("110", "90").replace("BANK2", "BANK3")
    run_folder(day_of(tmp_path / "day", ASK, OFFER, other, better, TAKE), tmp_path / "out")
    assert balances(tmp_path / "out")["BANK0", "JPY"] == "999895"


def test_results_stand_in_the_order_of_the_file(tmp_path: Path) -> None:
    run_folder(day_of(tmp_path / "day", TAKE, OFFER, ASK), tmp_path / "out")
    lines = rows_of(tmp_path / "out" / "quotes.csv")
    assert [(line["row"], line["outcome"]) for line in lines] == [("1", "accepted"), ("2", "quoted"), ("3", "open")]
    assert {line["outcome"] for line in lines} <= set(OUTCOMES)


@pytest.mark.parametrize(
    ("row", "column", "expected", "found"),
    [
        (ASK.replace("request", "ask"), "step", "request, quote or accept", "'ask'"),
        (ASK.replace("BANK0", "NOBODY"), "debtor", "a participant of participants.csv", "'NOBODY'"),
        (ASK.replace("KRW", "USD"), "target", "a currency of members.csv", "'USD'"),
        (ASK.replace("KRW", ""), "target", "a cell, which a row of step request needs", "''"),
        (ASK.replace("1000", "10.5"), "target_amount", "at most 0 decimals (KRW)", "'10.5'"),
        (ASK.replace("1000", ""), "source_amount", "one of source_amount and target_amount", "neither"),
        (ASK.replace(",,1000", ",5,1000"), "source_amount", "one of source_amount and target_amount", "both"),
        (ASK.replace(",,,\n", ",BANK2,,\n"), "provider", "nothing in a row of step request", "'BANK2'"),
        (ASK.replace("09:00", "25:00"), "instant", "HH:MM:SS", "'25:00'"),
        (ASK.replace("q1", "q" * 32), "id", "at most 31 characters", "qqq"),
        (OFFER.replace("q1", "q9"), "id", "the id of a request of this debtor in this file", "'q9'"),
        (OFFER.replace("BANK0", "BANK3"), "id", "the id of a request of this debtor in this file", "'q1'"),
        (OFFER.replace("110", "1.5"), "amount", "at most 0 decimals (JPY)", "'1.5'"),
        (OFFER.replace("09:30", ""), "expires", "a cell, which a row of step quote needs", "''"),
        (OFFER.replace("09:30", "soon"), "expires", "HH:MM:SS", "'soon'"),
        (TAKE.replace("BANK2", ""), "provider", "a cell, which a row of step accept needs", "''"),
        (TAKE.replace(",,\n", ",5,\n"), "amount", "nothing in a row of step accept", "'5'"),
    ],
)
def test_row_that_cannot_be_read_is_a_fault(row: str, column: str, expected: str, found: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest) as bad:
        read_day(day_of(tmp_path, ASK, row))
    (fault,) = bad.value.faults
    assert (fault.file, fault.row, fault.column) == ("quotes.csv", 2, column)
    assert expected in fault.expected
    assert found in fault.found


def test_account_that_a_step_needs_and_nobody_has_is_a_fault(tmp_path: Path) -> None:
    day = day_of(tmp_path, ASK, OFFER, TAKE)
    held = (day / "accounts.csv").read_text().splitlines()
    missing = ("BANK0,JPY", "BANK1,KRW", "BANK2,JPY", "BANK2,KRW")
    (day / "accounts.csv").write_text("\n".join(line for line in held if not line.startswith(missing)) + "\n")
    with pytest.raises(InvalidRequest) as bad:
        read_day(day)
    assert [(fault.row, fault.column) for fault in bad.value.faults] == [
        (1, "debtor"),
        (1, "creditor"),
        (2, "provider"),
        (2, "provider"),
    ]


def test_same_day_makes_the_same_bytes_and_a_report(tmp_path: Path) -> None:
    payments = "id,instant,debtor,creditor,currency,amount\np,09:02,BANK0,BANK2,JPY,999950\n"
    day = day_of(tmp_path / "day", ASK, OFFER, TAKE, payments=payments)
    for name in ("one", "two"):
        run_folder(day, tmp_path / name)
    for name in ("day.log", "quotes.csv", "balances.csv", "summary.json", "instructions.parquet"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert outcomes(tmp_path / "one")[2] == ("accepted", "RJTD", "")
    write_report(tmp_path / "one", Setting.from_folder(day))


def test_quotes_for_a_request_are_bounded_and_what_expired_makes_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotes, "QUOTES_MAX", 2)
    rows = [
        OFFER.replace("09:01", at).replace("BANK2", f"BANK{bank}")
        for bank, at in enumerate(("09:01", "09:02", "09:03"), 2)
    ]
    later = OFFER.replace("09:01", "09:31").replace("09:30", "09:40")
    run_folder(day_of(tmp_path / "day", ASK, *rows, later), tmp_path / "out")
    found = outcomes(tmp_path / "out")
    assert [each[0] for each in found] == ["open", "quoted", "quoted", "refused", "quoted"]
    assert "fewer than 2 that hold for one request" in found[3][2]


def test_auction_of_the_same_instant_comes_after_an_acceptance(tmp_path: Path) -> None:
    take = TAKE.replace("09:02", "12:00")
    result = run(day_of(tmp_path, ASK, OFFER.replace("09:30", "13:00"), take))
    assert result.engine.table()["entered"].tolist() == [result.auctions[0].instant] * 2
