"""One pass over a queue in files: published cases, what cannot wait, what cannot be read."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import comity
from comity.day.offsetting import Offsetting, offset
from comity.errors import InvalidRequest, NotFound

Row = dict[str, str]


def accounts(**opening: str) -> list[Row]:
    """Accounts in JPY, which has no decimals, by name."""
    return [{"participant": name, "currency": "JPY", "opening": amount} for name, amount in opening.items()]


def queue(*payments: str) -> list[Row]:
    """Payments written `A>B 100`, perhaps with a priority, numbered from 1."""
    rows = []
    for number, text in enumerate(payments, 1):
        parties, amount, *priority = text.split()
        debtor, creditor = parties.split(">")
        row = {"id": str(number), "debtor": debtor, "creditor": creditor, "currency": "JPY", "amount": amount}
        rows.append(row | {"priority": priority[0] if priority else ""})
    return rows


def limit(kind: str, debtor: str, creditor: str, amount: str) -> list[Row]:
    return [{"kind": kind, "debtor": debtor, "creditor": creditor, "currency": "JPY", "amount": amount}]


def settled(answer: Offsetting) -> list[str]:
    ids: list[str] = answer.settled.column("id").to_pylist()
    return ids


def closing(answer: Offsetting) -> list[int]:
    balances: list[int] = answer.balances.column("closing").to_pylist()
    return balances


@pytest.mark.parametrize(
    ("opening", "payments", "ids", "balances"),
    [
        pytest.param({"A": "0", "B": "0", "C": "0"}, ["A>B 100", "B>C 100", "C>A 100"], "123", [0, 0, 0], id="ring"),
        pytest.param({"A": "0", "B": "0", "C": "0"}, ["A>B 100", "B>C 100"], "", [0, 0, 0], id="chain"),
        pytest.param({"A": "0", "B": "0", "C": "0"}, ["A>B 500", "B>C 500", "C>A 500"], "123", [0, 0, 0], id="G1"),
        pytest.param(
            {"A": "0", "B": "300", "C": "0"}, ["A>B 500", "B>C 800", "C>A 700"], "123", [200, 0, 100], id="G2"
        ),
        pytest.param({"A": "0", "B": "299", "C": "0"}, ["A>B 500", "B>C 800", "C>A 700"], "", [0, 299, 0], id="G3"),
        pytest.param(
            {"A": "10", "B": "0", "C": "0"},
            ["A>B 30", "A>C 20", "B>A 25", "C>A 10", "C>B 5"],
            "13",
            [5, 5, 0],
            id="G4",
        ),
        pytest.param({"A": "0", "B": "0", "C": "0"}, ["A>B 100", "A>C 10", "C>A 10", "B>A 5"], "", [0, 0, 0], id="G5"),
    ],
)
def test_published_case_gives_the_published_answer(
    opening: Row, payments: list[str], ids: str, balances: list[int]
) -> None:
    answer = offset(accounts(**opening), queue(*payments))
    assert settled(answer) == list(ids)
    assert closing(answer) == balances


def test_all_or_nothing_settles_nothing_where_fifo_settles_a_part() -> None:
    money, waiting = accounts(A="0", B="0", C="0"), queue("A>B 5", "B>A 5", "C>A 9")
    assert settled(offset(money, waiting, rule="fifo")) == ["1", "2"]
    assert settled(offset(money, waiting, rule="all-or-nothing")) == []


def test_urgent_payment_stands_before_a_normal_one_that_came_first() -> None:
    assert settled(offset(accounts(A="10", B="0"), queue("A>B 10", "A>B 10 urgent"))) == ["2"]


def test_reservation_is_kept_from_normal_payments() -> None:
    money = accounts(A="10", B="0")
    money[0]["reserve_high"] = "1"
    assert settled(offset(money, queue("A>B 10"))) == []
    assert settled(offset(money, queue("A>B 10 high"))) == ["1"]


def test_bilateral_limit_counts_what_comes_back_in_the_same_pass() -> None:
    money, waiting = accounts(A="100", B="100"), queue("A>B 50", "B>A 30")
    assert settled(offset(money, waiting, limits=limit("bilateral", "A", "B", "19"))) == ["2"]
    assert settled(offset(money, waiting, limits=limit("bilateral", "A", "B", "20"))) == ["1", "2"]


def test_limit_does_not_bind_an_urgent_payment() -> None:
    assert settled(offset(accounts(A="9", B="0"), queue("A>B 9 urgent"), limits=limit("multilateral", "A", "", "0")))


def test_holding_cap_bounds_what_the_creditor_ends_with() -> None:
    money = accounts(A="100", B="5")
    assert settled(offset(money, queue("A>B 10"), limits=limit("holding", "B", "", "14"))) == []
    assert settled(offset(money, queue("A>B 10"), limits=limit("holding", "B", "", "15"))) == ["1"]


def test_linked_set_settles_whole_and_only_when_complete() -> None:
    waiting = [row | {"link": "L", "link_size": "2"} for row in queue("A>B 5", "B>A 5")]
    money = accounts(A="0", B="0")
    assert settled(offset(money, waiting)) == ["1", "2"]
    assert settled(offset(accounts(A="5", B="0"), waiting[:1])) == []


def _trade(number: str, by: str, reference: str = "") -> Row:
    return {
        "id": number,
        "seller": "A",
        "buyer": "B",
        "sell_currency": "JPY",
        "sell_amount": "7",
        "buy_currency": "CNY",
        "buy_amount": "0.50",
        "entered_by": by,
        "reference": reference,
    }


def _two_currencies() -> list[Row]:
    yuan = [{"participant": name, "currency": "CNY", "opening": "1.00"} for name in "AB"]
    return accounts(A="7", B="0") + yuan


def test_pvp_settles_both_legs() -> None:
    answer = offset(_two_currencies(), queue(), pvp=[_trade("x", "both")])
    assert settled(answer) == ["x"]
    assert closing(answer) == [0, 7, 150, 50]
    assert answer.value_minor == {"JPY": 7, "CNY": 50}


def test_pvp_entered_by_each_side_settles_once_if_they_agree() -> None:
    both_sides = [_trade("x", "seller", "r1"), _trade("y", "buyer")]
    answer = offset(_two_currencies(), queue(), pvp=both_sides)
    assert settled(answer) == ["x", "y"]
    assert closing(answer) == [0, 7, 150, 50]
    apart = [_trade("x", "seller", "r1"), _trade("y", "buyer", "r2")]
    assert settled(offset(_two_currencies(), queue(), pvp=apart)) == []


def test_repeated_id_and_amount_of_zero_do_not_settle() -> None:
    waiting = [*queue("A>B 5", "A>B 0", "A>B 5")]
    waiting[2]["id"] = "1"
    assert closing(offset(accounts(A="10", B="0"), waiting)) == [5, 5]


def test_arrow_arrays_rows_and_files_give_the_same_answer(tmp_path: Path) -> None:
    money, waiting = accounts(A="10", B="0"), queue("A>B 5", "B>A 1")
    table = pa.Table.from_pylist(waiting)
    array = np.array([tuple(row.values()) for row in waiting], [(name, "U9") for name in waiting[0]])
    file = tmp_path / "payments.csv"
    file.write_text("\n".join([",".join(waiting[0]), *(",".join(row.values()) for row in waiting)]) + "\n")
    answers = [comity.offset(money, source).summary() for source in (waiting, table, array, file, str(file))]
    assert answers == [answers[0]] * 5
    assert answers[0]["value_minor"] == 6


def test_faults_of_all_tables_are_reported_together() -> None:
    with pytest.raises(InvalidRequest) as raised:
        offset(accounts(A="1.5", B="x"), queue("A>Z 5"), limits=limit("corridor", "A", "B", "1"))
    places = [(fault.file, fault.row, fault.column) for fault in raised.value.faults]
    assert ("accounts", 1, "opening") in places
    assert ("accounts", 2, "opening") in places
    assert ("limits", 1, "kind") in places


def test_unknown_account_names_row_and_column() -> None:
    with pytest.raises(InvalidRequest) as raised:
        offset(accounts(A="1", B="0"), queue("A>B 1", "A>Z 5"))
    (fault,) = raised.value.faults
    assert (fault.file, fault.row, fault.column) == ("payments", 2, "creditor")


def _written(path: Path, rows: list[Row]) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]) + "\n")
    return path


def _expected(*sources: Path) -> list[tuple[str, str]]:
    with pytest.raises(InvalidRequest) as raised:
        offset(sources[0], sources[1], limits=sources[2] if len(sources) > 2 else None)
    return [(fault.file, fault.expected) for fault in raised.value.faults]


def test_fault_names_the_file_of_accounts_that_was_given(tmp_path: Path) -> None:
    money = _written(tmp_path / "books.csv", accounts(A="1", B="0"))
    waiting = queue("A>Z 5", "A>B 1", "A>B 1")
    waiting[1]["currency"], waiting[2]["currency"] = "CNY", "XYZ"
    limits = _written(tmp_path / "bounds.csv", [*limit("holding", "Z", "", "1"), *limit("holding", "A", "", "1")])
    limits.write_text(limits.read_text() + "holding,A,,CNY,1\n")
    assert _expected(money, _written(tmp_path / "waits.csv", waiting), limits) == [
        ("bounds.csv", "a participant with an account in JPY in books.csv"),
        ("bounds.csv", "a currency of books.csv (JPY)"),
        ("waits.csv", "a participant of books.csv"),
        ("waits.csv", "a currency of books.csv (JPY)"),
        ("waits.csv", "a currency of ISO 4217"),
    ]


def test_fault_of_the_accounts_makes_none_in_what_names_them(tmp_path: Path) -> None:
    money = [row | {"colour": "red"} for row in accounts(A="1", B="0")]
    files = (_written(tmp_path / "books.csv", money), _written(tmp_path / "waits.csv", queue("A>B 1")))
    limits = _written(tmp_path / "bounds.csv", limit("holding", "A", "", "1"))
    assert [file for file, _ in _expected(*files, limits)] == ["books.csv"]


def test_queues_of_one_name_in_two_folders_are_told_apart(tmp_path: Path) -> None:
    payments = _written(tmp_path / "payments" / "waiting.csv", queue("A>B 5", "B>A 5"))
    trades = _written(tmp_path / "trades" / "waiting.csv", [_trade("x", "both")])
    answer = offset(_two_currencies(), payments, pvp=trades)
    assert sorted(settled(answer)) == ["1", "2", "x"]


def test_float_is_refused() -> None:
    money = pa.table({"participant": ["A"], "currency": ["JPY"], "opening": [0.5]})
    with pytest.raises(InvalidRequest, match="never floats"):
        offset(money, queue())


def test_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"nowhere\.csv"):
        offset(tmp_path / "nowhere.csv", queue())


@pytest.mark.parametrize("rule", ["greedy", "best", "exact"])
def test_small_payment_passes_a_large_one_by_a_rule_that_lets_it(rule: str) -> None:
    waiting = queue("A>B 100", "A>C 10", "C>A 10")
    assert settled(offset(accounts(A="0", B="0", C="0"), waiting, rule=rule)) == ["2", "3"]


def test_queue_longer_than_exact_searches_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="expected at most 200 items for the rule exact, found 201"):
        offset(accounts(A="1", B="0"), queue(*["A>B 1"] * 201), rule="exact")
