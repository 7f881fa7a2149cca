"""A day that converts: what of orders and bands is a fault, and what its auctions do."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

import comity
from comity.day.folder import run_folder
from comity.day.read import read_day
from comity.day.result import DayResult
from comity.day.run import run
from comity.errors import InvalidRequest
from comity.node import verify_file
from comity.statistics.figures import read_figures
from comity.statistics.setting import Setting
from tests.day.auction_days import COMMANDS, NOON, orders, write_auction_day
from tests.day.test_run import rows_of

A1 = "A>B 1000 @1/2; B>A 1500 @1/2"
RING = "A>B 100 @1/100; B>C 200 @1/100; C>A 400 @1/100"
SOUND = "1,09:00,BANK0,JPY,KRW,10,1,,\n"


def fills(result: DayResult) -> list[tuple[str, str, int, int, int]]:
    return [
        (row["state"], row["reason"], row["settled_minor"], row["bought_minor"], row["carried_minor"])
        for row in result.to_arrow().to_pylist()
    ]


def rate(result: DayResult, a: str, b: str, auction: int = 0) -> Fraction:
    codes = [code for code, _ in result.day.genesis.currencies]
    proposal = result.auctions[auction].held.proposal
    assert proposal is not None
    return Fraction(*(int(proposal.price[codes.index(code)]) for code in (a, b)))


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        ("1,09:00,NOBODY,JPY,KRW,10,1,,\n", "participant", "participants.csv"),
        ("1,09:00,BANK0,JPY,USD,10,1,,\n", "buy", "currency"),
        ("1,09:00,BANK0,JPY,KRW,10.5,1,,\n", "amount", "at most 0 decimals"),
        ("1,09:00,BANK0,JPY,KRW,10,0,,\n", "limit", "above 0 and finite"),
        ("1,09:00,BANK0,JPY,KRW,10,1/0,,\n", "limit", "above 0 and finite"),
        ("1,09:00,BANK0,JPY,KRW,10,-1,,\n", "limit", "a decimal such as"),
        ("1,09:00,BANK0,JPY,KRW,10,inf,,\n", "limit", "a decimal such as"),
        (f"1,09:00,BANK0,JPY,KRW,10,{'3' * 30},,\n", "limit", "at most 18 digits"),
        ("1,09:00,BANK0,JPY,KRW,10,1,some,\n", "min_fill", "decimal"),
        ("1,09:00,BANK0,JPY,KRW,10,1,,soon\n", "until", "YYYY-MM-DD"),
        ("1,25:00,BANK0,JPY,KRW,10,1,,\n", "instant", "HH:MM:SS"),
        (",09:00,BANK0,JPY,KRW,10,1,,\n", "id", "1 to 35"),
    ],
)
def test_order_that_cannot_be_read_is_a_fault(row: str, column: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest) as bad:
        read_day(write_auction_day(tmp_path, SOUND + row))
    (fault,) = bad.value.faults
    assert (fault.file, fault.row, fault.column) == ("orders.csv", 2, column)
    assert expected in fault.expected


@pytest.mark.parametrize(("target", "creditor"), [("0", "BANK1"), ("-5", "BANK1"), ("5", "")])
def test_target_that_cannot_be_meant_is_a_fault(target: str, creditor: str, tmp_path: Path) -> None:
    day = write_auction_day(tmp_path, SOUND)
    header = "id,instant,participant,sell,buy,amount,limit,creditor,target\n"
    (day / "orders.csv").write_text(f"{header}1,09:00,BANK0,JPY,KRW,10,1,{creditor},{target}\n")
    with pytest.raises(InvalidRequest) as refused:
        read_day(day)
    (fault,) = refused.value.faults
    assert fault.column == "target"


def test_payment_across_currencies_pays_the_target_and_the_rest_to_the_debtor(tmp_path: Path) -> None:
    day = write_auction_day(tmp_path, SOUND)
    header = "id,instant,participant,sell,buy,amount,limit,creditor,target\n"
    rows = "1,09:00,BANK0,JPY,KRW,10,1,BANK2,9\n2,09:01,BANK1,KRW,JPY,12,5/6,,\n"
    (day / "orders.csv").write_text(header + rows)
    run_folder(day, tmp_path / "out")
    (held,) = rows_of(tmp_path / "out" / "auction_pairs.csv")[:1]
    assert (held["sell"], held["sold"]) == ("JPY", "10")
    closing = {
        (row["participant"], row["currency"]): int(row["closing"]) for row in rows_of(tmp_path / "out" / "balances.csv")
    }
    assert closing["BANK2", "KRW"] == 1_000_009
    assert closing["BANK0", "KRW"] == 1_000_000 + int(held["bought"]) - 9
    assert closing["BANK0", "JPY"] == 999_990


def test_account_that_is_missing_on_either_side_is_a_fault(tmp_path: Path) -> None:
    folder = write_auction_day(tmp_path, SOUND + "2,09:00,BANK0,KRW,JPY,10,1,,\n")
    accounts = (folder / "accounts.csv").read_text(encoding="utf-8").replace("BANK0,KRW,1000000,0\n", "")
    (folder / "accounts.csv").write_text(accounts, encoding="utf-8")
    with pytest.raises(InvalidRequest) as bad:
        read_day(folder)
    told = [(fault.row, fault.column, fault.expected) for fault in bad.value.faults]
    wanted = "a participant with an account in KRW in accounts.csv"
    assert told == [(1, "participant", wanted), (2, "participant", wanted)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,09:00,BANK0,JPY,JPY,10,1,,\n", "AM03"),
        ("1,09:00,BANK0,JPY,KRW,0,1,,\n", "AM02"),
        ("1,09:00,BANK0,JPY,KRW,10,1,11,\n", "NARR"),
        ("1,09:00,BANK0,JPY,KRW,10,1,-1,\n", "NARR"),
        ("1,09:00,BANK0,JPY,KRW,10,1,,2021-12-14\n", "TM01"),
        ("1,09:00,BANK0,JPY,KRW,1000001,1,,\n", "AM04"),
    ],
)
def test_order_that_breaks_a_rule_is_an_outcome(row: str, reason: str, tmp_path: Path) -> None:
    assert fills(run(write_auction_day(tmp_path, row))) == [("RJTD", reason, 0, 0, 0)]


@pytest.mark.parametrize(
    ("bands", "column", "found"),
    [
        ("JPY,USD,1\n", "b", "'USD'"),
        ("JPY,JPY,1\n", "b", "'JPY'"),
        ("JPY,KRW,0\n", "max", "'0'"),
        ("JPY,KRW,1\nJPY,KRW,2\n", "a", "first in row 1"),
        ("JPY,KRW,1/2\nKRW,JPY,1\n", "max", "would cost at most 0.5 of itself"),
    ],
)
def test_bands_that_cannot_hold_are_faults(bands: str, column: str, found: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest) as bad:
        read_day(write_auction_day(tmp_path, SOUND, bands="a,b,max\n" + bands))
    (fault,) = bad.value.faults
    assert (fault.file, fault.column) == ("bands.csv", column)
    assert found in fault.found


@pytest.mark.parametrize(
    ("settings", "column"),
    [
        ('at = ["23:00"]\n', "auction.at"),
        ("at = 12\n", "auction.at"),
        ('ties = "lot"\n', "auction.ties"),
        ("tolerance = 0.1\n", "auction.tolerance"),
        ('tolerance = "1"\n', "auction.tolerance"),
        ("participants_min = -1\n", "auction.participants_min"),
        ("reference_max_age_days = true\n", "auction.reference_max_age_days"),
        ("fee = 1\n", "auction.fee"),
    ],
)
def test_settings_that_cannot_be_meant_are_faults(settings: str, column: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest) as bad:
        read_day(write_auction_day(tmp_path, SOUND, settings))
    assert [fault.column for fault in bad.value.faults] == [column]


def test_two_sides_meet_between_their_limits(tmp_path: Path) -> None:
    result = run(write_auction_day(tmp_path, orders(A1)))
    assert rate(result, "JPY", "KRW") == Fraction(3, 2)
    assert fills(result) == [("STLD", "", 1000, 1500, 0), ("STLD", "", 1500, 1000, 0)]
    result.engine.check()


def test_ring_trades_although_no_pair_does_and_the_files_say_so(tmp_path: Path) -> None:
    run_folder(write_auction_day(tmp_path / "day", orders(RING)), tmp_path / "out")
    (held,) = rows_of(tmp_path / "out" / "auctions.csv")
    assert (held["status"], held["open_orders"], held["orders"], held["fills"]) == ("cleared", "3", "3", "3")
    books = rows_of(tmp_path / "out" / "auction_pair_books.csv")
    assert [(row["a"] + row["b"], row["orders"], row["alone"]) for row in books] == [
        ("JPYKRW", "1", "0"),
        ("JPYVND", "1", "0"),
        ("KRWVND", "1", "0"),
    ]
    assert all(row["joint"] == row["offered"] != "0" for row in books)
    traded = {row["currency"]: row["traded"] for row in rows_of(tmp_path / "out" / "auction_prices.csv")}
    assert traded == {"JPY": "true", "KRW": "true", "VND": "true", "CLP": "false"}


def test_value_in_pair_books_is_what_the_pairs_sold_at_the_prices(tmp_path: Path) -> None:
    run_folder(write_auction_day(tmp_path / "day", orders(f"{A1}; B>C 200 @1/100; C>A 400 @1/100")), tmp_path / "out")
    price = {row["currency"]: int(row["price"] or 0) for row in rows_of(tmp_path / "out" / "auction_prices.csv")}
    sold = rows_of(tmp_path / "out" / "auction_pairs.csv")
    books = rows_of(tmp_path / "out" / "auction_pair_books.csv")
    assert sum(int(row["joint"]) for row in books) == sum(int(row["sold"]) * price[row["sell"]] for row in sold)
    (own,) = [row for row in books if (row["a"], row["b"]) == ("JPY", "KRW")]
    assert 0 < int(own["alone"]) <= int(own["offered"])


def test_log_of_a_day_with_auctions_replays_to_its_digest(tmp_path: Path) -> None:
    day = write_auction_day(tmp_path / "day", orders(A1))
    summary = run_folder(day, tmp_path / "out")
    found = verify_file(tmp_path / "out" / "day.log", check_every=1)
    assert found.digest.hex() == summary["digest"]
    assert run_folder(day, tmp_path / "again")["digest"] == summary["digest"]


def test_auction_on_command_needs_no_times(tmp_path: Path) -> None:
    commands = COMMANDS + "11:00,auction,,,,,\n"
    result = run(write_auction_day(tmp_path, orders(A1), "", commands=commands))
    assert [(given.state, given.detail) for given in result.given] == [("STLD", "")]
    assert [row[0] for row in fills(result)] == ["STLD", "STLD"]


def test_auction_with_too_few_participants_is_not_held_and_says_so(tmp_path: Path) -> None:
    commands = COMMANDS + "11:00,auction,,,,,\n"
    day = write_auction_day(tmp_path / "day", orders(A1), NOON + "participants_min = 3\n", commands=commands)
    run_folder(day, tmp_path / "out")
    (given,) = rows_of(tmp_path / "out" / "commands.csv")
    why = "2 participants stand in the book, 3 are needed"
    assert (given["state"], given["detail"]) == ("RJTD", why)
    held = rows_of(tmp_path / "out" / "auctions.csv")
    assert [(row["status"], row["open_orders"], row["refused"]) for row in held] == [("not held", "2", why)] * 2


def test_amended_order_sells_less_and_keeps_its_place(tmp_path: Path) -> None:
    rows = "1,09:00,BANK0,JPY,KRW,1000,1,,\n2,09:01,BANK1,JPY,KRW,1000,1,,\n3,09:02,BANK2,KRW,JPY,900,1,,\n"
    commands = COMMANDS + "10:00,amend,BANK0,JPY,1,600,\n10:00,amend,BANK1,JPY,2,2000,\n"
    result = run(write_auction_day(tmp_path, rows, commands=commands))
    assert [given.state for given in result.given] == ["STLD", "RJTD"]
    bought = [row[3] for row in fills(result)]
    assert bought == [600, 300, 900], "first come, first served, of what each may sell"


def test_amended_order_sold_what_it_sold(tmp_path: Path) -> None:
    rows = "1,09:00,BANK0,JPY,KRW,1000,1,,\n2,09:02,BANK2,KRW,JPY,600,1,,\n"
    result = run(write_auction_day(tmp_path, rows, commands=COMMANDS + "10:00,amend,BANK0,JPY,1,600,\n"))
    assert fills(result)[0] == ("STLD", "", 600, 600, 0)


def test_cancelled_order_takes_no_part_and_frees_its_money(tmp_path: Path) -> None:
    commands = COMMANDS + "11:00,cancel,BANK0,,o0,,\n13:00,cancel,BANK1,,o1,,\n"
    result = run(write_auction_day(tmp_path, orders(A1), commands=commands))
    assert [given.state for given in result.given] == ["STLD", "RJTD"], "the other had expired by then"
    assert [row[:2] for row in fills(result)] == [("CAND", ""), ("CAND", "TM01")]
    assert result.engine.orders()["blocked"].sum() == 0


def test_order_with_a_date_stands_for_the_next_auction(tmp_path: Path) -> None:
    rows = "1,09:00,BANK0,JPY,KRW,10,1,,2021-12-15\n2,13:00,BANK1,KRW,JPY,10,1,,\n"
    result = run(write_auction_day(tmp_path, rows, 'at = ["12:00", "14:00"]\n'))
    assert [each.held.traded for each in result.auctions] == [False, True]
    assert [row[0] for row in fills(result)] == ["STLD", "STLD"]


def test_minimum_fill_is_met_or_nothing_is_sold(tmp_path: Path) -> None:
    rows = "1,09:00,BANK0,JPY,KRW,100,1,60,\n2,09:01,BANK1,KRW,JPY,50,1,,\n"
    assert [row[2] for row in fills(run(write_auction_day(tmp_path, rows)))] == [0, 0]


def test_band_holds_the_rate_and_is_named(tmp_path: Path) -> None:
    rows = "1,09:00,BANK0,JPY,KRW,1000,1/2,,\n2,09:01,BANK1,KRW,JPY,3000,1/3,,\n"
    bands = "a,b,max\nJPY,KRW,6/5\n"
    run_folder(write_auction_day(tmp_path / "day", rows, bands=bands), tmp_path / "out")
    (held,) = rows_of(tmp_path / "out" / "auctions.csv")
    assert held["active_bands"] == "JPY/KRW"
    sold = {row["sell"]: (row["sold"], row["bought"]) for row in rows_of(tmp_path / "out" / "auction_pairs.csv")}
    assert sold["JPY"][0] == "1000"
    assert sold["JPY"][1] in ("1199", "1200")


def rates(*lines: str) -> str:
    return "date,base,quote,rate,source\n" + "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize(
    ("lines", "traded"),
    [
        (("2021-12-15,JPY,KRW,1.5,one", "2021-12-15,JPY,KRW,1.5,two"), True),
        (("2021-12-15,JPY,KRW,1.5,one", "2021-12-15,JPY,KRW,3,two"), False),
        (("2021-12-01,JPY,KRW,1.5,one",), False),
    ],
    ids=["two sources agree", "two sources contradict one another", "too old"],
)
def test_pair_whose_rates_wait_for_people_sits_out(lines: tuple[str, ...], traded: bool, tmp_path: Path) -> None:  # noqa: FBT001 - the outcome
    run_folder(write_auction_day(tmp_path / "day", orders(A1), rates=rates(*lines)), tmp_path / "out")
    (held,) = rows_of(tmp_path / "out" / "auctions.csv")
    stopped = "" if traded else "JPY/KRW"
    assert (held["stopped"], held["open_orders"], held["orders"]) == (stopped, "2", "2" if traded else "0")
    assert held["status"] == ("cleared" if traded else "no trade")


APART = rates("2021-12-15,JPY,KRW,1.5,one", "2021-12-15,JPY,KRW,3,two bank")


@pytest.mark.parametrize(
    ("at", "pair", "source", "people", "reason", "stopped"),
    [
        ("11:00", "JPY KRW", "one", "ana bo", "", ""),
        ("11:00", "KRW JPY", "two bank", "2021-12-15 ana bo", "", ""),
        ("11:00", "JPY KRW", "", "ana bo", "", "JPY/KRW"),
        ("11:00", "JPY KRW", "one", "ana", "AG01", "JPY/KRW"),
        ("11:00", "JPY KRW", "one", "ana ANA", "AG01", "JPY/KRW"),
        ("11:00", "JPY KRW", "one", "2021-12-14 ana bo", "DT01", "JPY/KRW"),
        ("12:01", "JPY KRW", "one", "ana bo", "", "JPY/KRW"),
        ("11:00", "VND KRW", "", "ana bo", "", "JPY/KRW KRW/VND"),
    ],
    ids=[
        "two people take a source",
        "the pair the other way round",
        "two people keep it stopped",
        "one person alone",
        "one person twice",
        "for another day",
        "after the close",
        "another pair",
    ],
)
def test_stopped_pair_trades_once_two_people_take_a_rate(
    at: str, pair: str, source: str, people: str, reason: str, stopped: str, tmp_path: Path
) -> None:
    given = COMMANDS + f"{at},decide,,{pair},{source},,{people}\n"
    run_folder(write_auction_day(tmp_path / "day", orders(A1), rates=APART, commands=given), tmp_path / "out")
    (answer,) = rows_of(tmp_path / "out" / "commands.csv")
    assert answer["reason"] == reason
    (held,) = rows_of(tmp_path / "out" / "auctions.csv")
    assert (held["stopped"], held["status"]) == (stopped, "no trade" if stopped else "cleared")
    verify_file(tmp_path / "out" / "day.log")


def test_decided_rate_is_the_level_of_the_auction(tmp_path: Path) -> None:
    for source, price in (("one", 1.5), ("two bank", 3.0)):
        given = COMMANDS + f"11:00,decide,,JPY KRW,{source},,ana bo\n"
        day = write_auction_day(tmp_path / source, orders(A1), rates=APART, commands=given)
        reference = run(day).auctions[0].terms.reference
        assert reference is not None
        assert reference["JPY"] / reference["KRW"] == price


def test_indications_of_an_open_call_go_by_what_was_decided_until_then(tmp_path: Path) -> None:
    call = NOON + 'call = "30min"\nindicative = "10min"\n'
    given = COMMANDS + "11:45,decide,,JPY KRW,one,,ana bo\n"
    result = run(write_auction_day(tmp_path, orders(A1), call, rates=APART, commands=given))
    assert [sorted(event.prices) for event in result.calls if event.event == "indicated"] == [
        [],
        ["JPY", "KRW"],
        ["JPY", "KRW"],
    ]
    assert result.auctions[0].held.traded


def test_later_decision_on_a_pair_counts(tmp_path: Path) -> None:
    given = COMMANDS + "11:00,decide,,JPY KRW,one,,ana bo\n11:30,decide,,JPY KRW,,,bo cy\n"
    result = run(write_auction_day(tmp_path, orders(A1), rates=APART, commands=given))
    assert result.auctions[0].terms.stopped == (("JPY", "KRW"),)
    (decision,) = result.engine.decisions()
    assert (str(decision.pair), decision.source, decision.first, decision.second) == ("JPY/KRW", "", "bo", "cy")


@pytest.mark.parametrize("source", ["three", "one"])
def test_decision_for_a_source_without_a_rate_of_the_pair_is_a_fault(source: str, tmp_path: Path) -> None:
    known = rates("2021-12-15,JPY,VND,1.5,one", "2021-12-15,JPY,KRW,1,b", "2021-12-15,JPY,KRW,2,c")
    given = COMMANDS + f"11:00,decide,,JPY KRW,{source},,ana bo\n"
    with pytest.raises(InvalidRequest) as refused:
        read_day(write_auction_day(tmp_path, orders(A1), rates=known, commands=given))
    (fault,) = refused.value.faults
    assert (fault.file, fault.row, fault.column, fault.expected) == (
        "commands.csv",
        1,
        "target",
        "a source with a rate of JPY/KRW in rates.csv",
    )


def test_two_rates_of_one_source_for_a_pair_are_a_fault_of_their_row(tmp_path: Path) -> None:
    rates = "date,base,quote,rate,source\n2021-12-15,JPY,KRW,10,a\n2021-12-15,JPY,KRW,11,a\n"
    with pytest.raises(InvalidRequest) as refused:
        read_day(write_auction_day(tmp_path, orders(A1), rates=rates))
    (fault,) = refused.value.faults
    assert (fault.file, fault.row, fault.expected) == ("rates.csv", 2, "each source, date and pair once")


def test_old_rate_is_taken_where_the_union_allows_its_age(tmp_path: Path) -> None:
    old = rates("2021-12-01,JPY,KRW,1.5,one")
    result = run(write_auction_day(tmp_path, orders(A1), NOON + "reference_max_age_days = 14\n", rates=old))
    assert [row[0] for row in fills(result)] == ["STLD", "STLD"]


def test_of_two_own_orders_that_would_trade_the_later_sits_out(tmp_path: Path) -> None:
    rows = "1,09:00,BANK0,JPY,KRW,10,1/2,,\n2,09:01,BANK0,KRW,JPY,10,1/2,,\n3,09:02,BANK1,KRW,JPY,10,1/2,,\n"
    result = run(write_auction_day(tmp_path, rows))
    assert [row[0] for row in fills(result)] == ["STLD", "CAND", "STLD"]
    assert (result.auctions[0].open_orders, result.auctions[0].held.orders) == (3, 2)


DEMANDS = "A>C 10 @1/1; C>A 10 @1/2"
"""Orders of BANK0, at home in JP, and BANK1, at home in KR."""


def test_lots_and_ticks_of_a_day_reject_what_does_not_fit(tmp_path: Path) -> None:
    rows = (
        "1,10:00,BANK0,JPY,KRW,300,1.25,,\n2,10:00,BANK0,JPY,KRW,350,1.25,,\n"
        "3,10:00,BANK0,JPY,KRW,300,1.26,,\n4,08:00,BANK0,JPY,KRW,350,1.26,,\n"
    )
    commands = COMMANDS + "09:00,lot,,JPY,KRW,100,\n09:00,tick,,JPY,KRW,,0.050\n09:00,amend,BANK0,JPY,4,250,\n"
    result = run(write_auction_day(tmp_path, rows, commands=commands))
    assert [row[:2] for row in fills(result)] == [
        ("CAND", "TM01"),
        ("RJTD", "AM09"),
        ("RJTD", "NARR"),
        ("CAND", "TM01"),
    ]
    assert [(given.state, given.reason) for given in result.given] == [("STLD", ""), ("STLD", ""), ("RJTD", "AM09")]
    assert "multiples of 100" in result.given[2].detail


def test_orders_that_a_demand_keeps_out_are_published_with_it(tmp_path: Path) -> None:
    commands = COMMANDS + "09:00,exclude,JP,,KR,,\n13:00,include,JP,,KR,,\n"
    rows = orders(DEMANDS).replace(",,\n", ",,2021-12-15\n")
    day = write_auction_day(tmp_path / "day", rows, 'at = ["12:00", "14:00"]\n', commands=commands)
    run_folder(day, tmp_path / "out")
    first, second = rows_of(tmp_path / "out" / "auctions.csv")
    assert (first["status"], first["open_orders"], first["orders"], first["excluded"]) == (
        "no trade",
        "2",
        "1",
        "JP/KR 1 VND 10",
    )
    assert (second["status"], second["orders"], second["excluded"]) == ("cleared", "2", "")
    assert verify_file(tmp_path / "out" / "day.log", check_every=1).digest


@pytest.mark.parametrize(
    ("command", "column"),
    [
        ("09:00,exclude,BANK0,,KR,,", "participant"),
        ("09:00,exclude,ZZ,,KR,,", "participant"),
        ("09:00,exclude,JP,,ZZ,,", "target"),
        ("09:00,lot,,JPY,USD,5,", "target"),
        ("09:00,lot,,JPY,KRW,0.5,", "amount"),
        ("09:00,tick,,JPY,KRW,,1/3", "value"),
    ],
)
def test_commands_that_name_what_is_not_there_are_faults(command: str, column: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest) as bad:
        read_day(write_auction_day(tmp_path, orders(A1), commands=f"{COMMANDS}{command}\n"))
    assert [fault.column for fault in bad.value.faults] == [column]


def test_hash_of_a_book_is_that_of_the_same_orders_in_an_auction_of_a_table(tmp_path: Path) -> None:
    rows = "2,10:01,BANK1,KRW,JPY,1500,0.5,300,\n1,10:00,BANK0,JPY,KRW,1000,2/4,,\n3,10:01,BANK1,JPY,VND,5,1,,\n"
    day = write_auction_day(tmp_path / "day", rows, NOON + "participants_min = 2\n")
    run_folder(day, tmp_path / "out")
    (held,) = rows_of(tmp_path / "out" / "auctions.csv")
    assert held["order_hash"] == comity.auction(day / "orders.csv").order_hash()


def test_hash_is_of_what_orders_may_still_sell_and_none_where_no_auction_was_held(tmp_path: Path) -> None:
    commands = COMMANDS + "11:00,amend,BANK0,JPY,o0,400,\n"
    run_folder(write_auction_day(tmp_path / "day", orders(A1), commands=commands), tmp_path / "out")
    (held,) = rows_of(tmp_path / "out" / "auctions.csv")
    amended = write_auction_day(tmp_path / "amended", orders(A1.replace("1000", "400", 1)))
    assert held["order_hash"] == comity.auction(amended / "orders.csv").order_hash()
    run_folder(write_auction_day(tmp_path / "few", orders(A1), NOON + "participants_min = 3\n"), tmp_path / "none")
    assert [row["order_hash"] for row in rows_of(tmp_path / "none" / "auctions.csv")] == [""]


def liquidity_of(out: Path) -> dict[tuple[str, str], tuple[str, str, str]]:
    names = ("liquidity_used", "liquidity_lower_bound", "liquidity_upper_bound")
    found = {
        (row["participant"], row["currency"]): (row[names[0]], row[names[1]], row[names[2]])
        for row in rows_of(out / "balances.csv")
    }
    return {account: figures for account, figures in found.items() if any(figure != "0" for figure in figures)}


def test_what_auctions_sell_and_buy_is_in_the_bounds_of_liquidity_at_their_instant(tmp_path: Path) -> None:
    run_folder(write_auction_day(tmp_path / "day", orders(A1)), tmp_path / "out")
    assert liquidity_of(tmp_path / "out") == {
        ("BANK0", "JPY"): ("1000", "1000", "1000"),
        ("BANK1", "KRW"): ("1500", "1500", "1500"),
    }


def test_what_was_bought_counts_for_payments_after_the_auction_and_not_before(tmp_path: Path) -> None:
    header = "id,instant,debtor,creditor,currency,amount\n"
    paid = header + "p,13:00,BANK0,BANK2,KRW,1500\nq,11:00,BANK1,BANK2,JPY,1000\n"
    run_folder(write_auction_day(tmp_path / "day", orders(A1), payments=paid), tmp_path / "out")
    assert liquidity_of(tmp_path / "out") == {
        ("BANK0", "JPY"): ("1000", "1000", "1000"),
        ("BANK1", "JPY"): ("1000", "0", "1000"),
        ("BANK1", "KRW"): ("1500", "1500", "1500"),
    }


def test_bounds_of_the_report_are_those_of_the_summary_on_a_day_that_converts(tmp_path: Path) -> None:
    example = Path(__file__).resolve().parents[2] / "examples" / "auction-day"
    run_folder(example, tmp_path / "out")
    found = read_figures(tmp_path / "out", Setting.from_folder(example)).liquidity
    blocks = json.loads((tmp_path / "out" / "summary.json").read_text())["currencies"]
    for code, block in blocks.items():
        own = [one for one in found if one.currency == code]
        assert block["liquidity_lower_bound_minor"] == sum(one.lower_minor for one in own)
        assert block["liquidity_upper_bound_minor"] == sum(one.upper_minor for one in own)
        assert 0 < block["liquidity_used_minor"] == sum(one.used_minor for one in own)
        assert block["liquidity_used_minor"] <= block["liquidity_upper_bound_minor"]
