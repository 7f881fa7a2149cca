"""The examples do what their README says, and a generated day keeps its books."""

import csv
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np

import comity
from comity.day.demo import build_demo
from comity.day.generate import generate
from comity.day.quotes import ACCEPT
from comity.day.run import run
from comity.model.reason import InstructionKind, State

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_two_countries_settle_their_day() -> None:
    result = run(EXAMPLES / "two-countries")
    states = {row["id"]: row["state"] for row in result.to_arrow().to_pylist()}
    assert (states["ring-a"], states["ring-b"], states["ring-c"]) == ("STLD", "STLD", "STLD")
    assert (states["too-much"], states["late"]) == ("RJTD", "RJTD")
    result.engine.check()


def test_clearing_day_ends_what_goes_round_and_pays_the_chain_once_money_came() -> None:
    result = run(EXAMPLES / "clearing-day")
    found = {
        row["id"]: (row["state"], row["reason"], row["discharged_minor"], row["settled_minor"], row["cycle"])
        for row in result.to_arrow().to_pylist()
    }
    assert found == {
        "ring-1": ("STLD", "", 70000, 20000, 1),
        "ring-2": ("STLD", "", 70000, 10000, 1),
        "ring-3": ("STLD", "", 70000, 0, 1),
        "pair-1": ("STLD", "", 450000, 150000, 1),
        "pair-2": ("STLD", "", 450000, 0, 1),
        "chain-1": ("STLD", "", 0, 30000, 2),
        "chain-2": ("STLD", "", 0, 30000, 2),
        "too-much": ("PSTL", "", 0, 0, 2),
        "blocked": ("RJTD", "AG01", 0, 0, None),
        "later": ("WHSD", "", 0, 0, None),
    }
    result.engine.check()


def test_quotes_day_pays_at_one_rate_and_leaves_the_rest_where_it_was() -> None:
    result = run(EXAMPLES / "quotes-day")
    assert [(each.step.request.name, each.outcome) for each in result.quotes if each.step.step == ACCEPT] == [
        ("pumps", "accepted"),
        ("steel", "accepted"),
        ("timber", "refused"),
    ]
    assert [row["state"] for row in result.to_arrow().to_pylist()] == ["STLD", "STLD", "RJTD", "RJTD"]
    result.engine.check()


def test_auction_day_converts_in_two_auctions_and_keeps_what_stands_on() -> None:
    result = run(EXAMPLES / "auction-day")
    rows = {row["id"]: row for row in result.to_arrow().to_pylist()}
    found = {
        key: (row["state"], row["reason"], row["settled_minor"], row["bought_minor"], row["carried_minor"])
        for key, row in rows.items()
        if row["kind"] == "order"
    }
    assert found == {
        "c1": ("CAND", "TM01", 568181818, 499999999, 0),
        "b1": ("STLD", "", 500000000, 6845564074, 0),
        "i1": ("CAND", "TM01", 7205176436, 598029644, 0),
        "c2": ("STLD", "", 300000000, 3450000000, 0),
        "r1": ("CAND", "TM01", 3681750000, 320152173, 0),
        "r2": ("STLD", "", 1200000000, 1257202723, 0),
        "i2": ("STLD", "", 1500000000, 1431750000, 0),
        "b2": ("PSTL", "", 12173913, 13999999, 137826087),
        "c3": ("STLD", "", 50000000, 602409638, 0),
        "i3": ("CAND", "TM01", 0, 0, 0),
        "c4": ("STLD", "", 60000000, 52173913, 0),
        "b3": ("STLD", "", 40000000, 46000000, 0),
    }
    assert rows["looms"]["final_at"].hour == 11, "paid from what the auction brought"
    first = result.auctions[0]
    assert (first.open_orders, first.held.orders) == (10, 9), "the later of two own orders sits out"
    assert [len(each.held.found.active) for each in result.auctions if each.held.found] == [1, 0]
    result.engine.check()


def test_every_example_stands_in_their_readme() -> None:
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    names = [folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()]
    assert [name for name in names if f"| `{name}` |" not in text] == []


def test_gridlock_dissolves() -> None:
    folder = EXAMPLES / "gridlock"
    answer = comity.offset(folder / "accounts.csv", folder / "payments.csv")
    assert answer.settled.column("id").to_pylist() == ["ore", "timber", "freight"]
    assert answer.value_minor == {"CNY": 2000}


def test_trade_becomes_a_day_that_pays_it(tmp_path: Path) -> None:
    folder = generate(
        EXAMPLES / "trade" / "trade.csv", ["CN", "RU", "IN"], date(2021, 12, 15), 300, 1, tmp_path / "day"
    )
    paid: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    with (folder / "payments.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            paid[row["creditor"][4:6], row["debtor"][4:6]] += Decimal(row["amount"])
    with (EXAMPLES / "trade" / "trade.csv").open(encoding="utf-8") as file:
        assert paid == {(row["exporter"], row["importer"]): Decimal(row["value"]) for row in csv.DictReader(file)}


def test_demo_keeps_its_books(tmp_path: Path) -> None:
    result = run(build_demo(tmp_path / "demo", 1500))
    result.engine.check()
    rows = result.to_arrow().to_pylist()
    assert {row["state"] for row in rows} <= {"STLD", "RJTD"}
    moved: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row["state"] == "STLD":
            moved[row["debtor"], row["currency"]] -= row["amount_minor"]
            moved[row["creditor"], row["currency"]] += row["amount_minor"]
            if row["counter_amount_minor"]:
                moved[row["creditor"], row["counter_currency"]] -= row["counter_amount_minor"]
                moved[row["debtor"], row["counter_currency"]] += row["counter_amount_minor"]
    table, accounts, balances = result.table, result.engine.accounts, result.engine.balances()
    for slot in np.flatnonzero((table["kind"] == InstructionKind.TRANSFER) & (table["state"] == State.STLD)).tolist():
        for side, sign in (("debtor", -1), ("creditor", 1)):
            account = int(table[side][slot])
            moved[accounts.participant[account], accounts.currency[account]] += sign * int(table["amount"][slot])
    for index in range(len(accounts)):
        if accounts.participant[index]:
            change = int(balances["balance"][index] - balances["opening"][index])
            assert change == moved[accounts.participant[index], accounts.currency[index]]
    for number, slots in result.cycle_slots:
        assert (table["state"][slots] == State.STLD).all()
        value = sum(cycle.value_minor for cycle in result.cycles if cycle.number == number)
        assert sum(table["amount"][slots].tolist()) == value
