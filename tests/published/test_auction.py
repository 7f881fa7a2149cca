"""Cases A1 to A8 of the published auctions, through `comity.auction` and `comity auction`.

A, B, C and D are read as yen, won, dong and Chilean peso, which have no decimals; each order is its own
participant's. Prices compare as ratios, exactly.
"""

import csv
import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

import comity
from comity.day.auction.outcome import Auction

CODES = {"A": "JPY", "B": "KRW", "C": "VND", "D": "CLP"}
Row = dict[str, str]


def orders(text: str) -> list[Row]:
    """Orders written `A>B 1000 @1/2; ...`, one after the other in time."""
    rows = []
    for number, part in enumerate(text.split(";")):
        pair, amount, limit = part.split()
        sell, buy = (CODES[letter] for letter in pair.split(">"))
        row = {"id": f"order {number}", "instant": f"10:00:{number:02}", "participant": f"bank {number}"}
        rows.append({**row, "sell": sell, "buy": buy, "amount": amount, "limit": limit.removeprefix("@")})
    return rows


CASES = {
    "A1": ("A>B 1000 @1/2; B>A 1500 @1/2", "A3 B2", "1000/1500 1500/1000"),
    "A2": ("A>B 1000 @1; A>B 1000 @3/2; B>A 1200 @1/2", "A6 B5", "1000/1200 0/0 1200/1000"),
    "A3": ("A>B 100 @1/100; B>C 200 @1/100; C>A 400 @1/100", "A4 B2 C1", "100/200 200/400 400/100"),
    "A6": (
        "A>B 100 @1/2; B>A 300 @1/4; C>D 50 @1/2; D>C 50 @1/2",
        "A3 B1; C1 D1",
        "100/300 300/100 50/50 50/50",
    ),
    "A7": (
        "A>B 1000 @9/10; B>C 1000 @9/10; C>A 1000 @9/10; B>A 500 @19/20",
        "A20 B19 C19",
        "1000/1052 1000/1000 1000/950 52/49",
    ),
    "A8": (
        "A>B 500 @6/5; A>B 500 @6/5; A>B 500 @6/5; B>A 1200 @1/2",
        "A6 B5",
        "500/600 500/600 0/0 1200/1000",
    ),
}
BAND = [{"a": "JPY", "b": "KRW", "max": "6/5"}]
APART = "A>B 100 @2; B>A 100 @3/5"


def check_prices(prices: dict[str, int | None], expected: str) -> None:
    """Compare prices with markets such as `A3 B2; C1 D1`, each on a scale of its own."""
    for market in expected.split(";"):
        (first, one), *others = [(CODES[word[0]], int(word[1:])) for word in market.split()]
        for code, size in others:
            above, below = prices[first], prices[code]
            assert above is not None
            assert below is not None
            assert Fraction(above, below) == Fraction(one, size)


def fills(answer: Auction) -> str:
    pairs = zip(answer.sold.tolist(), answer.bought.tolist(), strict=True)
    return " ".join(f"{sold}/{bought}" for sold, bought in pairs)


@pytest.mark.parametrize("case", CASES)
def test_published_case_through_python(case: str) -> None:
    text, prices, expected = CASES[case]
    answer = comity.auction(orders(text))
    assert fills(answer) == expected
    check_prices(answer.prices, prices)
    assert answer.status == "cleared"
    assert sum(answer.surplus_minor.values()) == (case == "A7")


@pytest.mark.parametrize("case", CASES)
def test_published_case_through_the_command(case: str, tmp_path: Path) -> None:
    text, prices, expected = CASES[case]
    rows = orders(text)
    with (tmp_path / "orders.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    line = [sys.executable, "-m", "comity.cli", "auction", str(tmp_path / "orders.csv"), "--out", str(tmp_path / "out")]
    answer = subprocess.run(line, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    written = list(csv.DictReader((tmp_path / "out" / "fills.csv").read_text().splitlines()))
    assert " ".join(f"{row['sold']}/{row['bought']}" for row in written) == expected
    assert [row["id"] for row in written] == [row["id"] for row in rows]
    check_prices(json.loads((tmp_path / "out" / "prices.json").read_text()), prices)


def rates(rate: str) -> str:
    return f"date,base,quote,rate,source\n2026-03-02,JPY,KRW,{rate},central bank\n"


@pytest.mark.parametrize(("official", "level"), [("1.9", "19/10"), ("3", "2"), ("1", "5/3"), (None, None)])
def test_a4_pair_without_overlap_has_the_reference_between_its_limits_for_a_level(
    official: str | None, level: str | None, tmp_path: Path
) -> None:
    reference = tmp_path / "rates.csv" if official else None
    if reference and official:
        reference.write_text(rates(official))
    answer = comity.auction(orders(APART), reference)
    assert fills(answer) == "0/0 0/0"
    assert (answer.status, answer.not_traded) == ("no trade", ("JPY", "KRW"))
    if level is None:
        assert answer.prices == {"JPY": None, "KRW": None}
    else:
        gets = answer.rate("JPY", "KRW")
        assert gets is not None
        assert abs(gets / Fraction(level) - 1) < Fraction(1, 2**30)


def test_a5_band_holds_the_price_and_what_it_leaves_in_the_money_is_published() -> None:
    answer = comity.auction(orders("A>B 1000 @1/2; B>A 1500 @1/2"), bands=BAND)
    assert fills(answer) == "1000/1200 1200/1000"
    check_prices(answer.prices, "A6 B5")
    summary = answer.summary()
    assert summary["active_bands"] == [{"a": "JPY", "b": "KRW", "max": "1.2"}]
    assert summary["unfilled"] == [
        {"sell": "KRW", "buy": "JPY", "orders": 1, "amount_minor": 300, "in_the_money_minor": 300}
    ]


def test_a8_equal_limits_share_in_proportion_under_that_rule() -> None:
    text, prices, _ = CASES["A8"]
    answer = comity.auction(orders(text), ties="pro-rata")
    check_prices(answer.prices, prices)
    assert sorted(answer.sold.tolist()) == [333, 333, 334, 1200]
    assert sorted(answer.bought.tolist()) == [399, 399, 400, 1000]
    assert answer.surplus_minor == {"JPY": 0, "KRW": 2}
