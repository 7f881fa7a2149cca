"""Clearing of obligations in a table: what it takes, what it gives, what it refuses."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import comity
from comity.day.clearing import Clearing, clear
from comity.day.sources import Source
from comity.errors import Fault, InvalidRequest, NotFound
from comity.solvers.setoff import SUM_MAX

Row = dict[str, str]
HEADER = "id,debtor,creditor,currency,amount,due"
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "clearing" / "obligations.csv"


def owed(*texts: str, currency: str = "JPY") -> list[Row]:
    """Obligations written `A>B 100`, in a currency without decimals, numbered from 1, all due on one day."""
    rows = []
    for number, text in enumerate(texts, 1):
        parties, amount = text.split()
        debtor, creditor = parties.split(">")
        row = {"id": f"{number:03}", "debtor": debtor, "creditor": creditor, "currency": currency, "amount": amount}
        rows.append({**row, "due": "2026-03-02"})
    return rows


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


def faults(source: Source, mode: str = "existing") -> list[Fault]:
    with pytest.raises(InvalidRequest) as raised:
        clear(source, mode)
    return list(raised.value.faults)


def only(answer: Clearing) -> dict[str, object]:
    (block,) = answer.currencies.values()
    return block.summary()


def test_existing_sets_off_what_goes_round_and_nothing_else() -> None:
    answer = clear(owed("A>B 300", "B>C 200", "C>A 100"))
    assert answer.to_arrow().to_pydict() == {
        "id": ["001", "002", "003"],
        "currency": ["JPY"] * 3,
        "amount": [300, 200, 100],
        "discharged": [100, 100, 100],
        "remaining": [200, 100, 0],
    }
    assert answer.positions().to_pydict() == {
        "participant": ["A", "B", "C"],
        "currency": ["JPY"] * 3,
        "payable": [300, 200, 100],
        "receivable": [100, 300, 200],
        "net": [-200, 100, 100],
        "payable_discharged": [100, 100, 100],
        "receivable_discharged": [100, 100, 100],
    }


def test_summary_has_the_fields_of_the_contract() -> None:
    assert only(clear(owed("A>B 300", "B>C 200", "C>A 100"))) == {
        "participants": 3,
        "obligations": 3,
        "gross_minor": 600,
        "discharged_minor": 300,
        "remaining_minor": 300,
        "bilateral_minor": 0,
        "net_minor": 200,
        "dual_bound_minor": 300,
        "optimal": True,
    }


def test_ccp_discharges_everything_and_leaves_nets() -> None:
    answer = clear(owed("A>B 300", "B>C 200", "C>A 100"), "ccp")
    assert answer.discharged.tolist() == [300, 200, 100]
    assert answer.positions().column("net").to_pylist() == [-200, 100, 100]
    assert answer.positions().column("receivable_discharged").to_pylist() == [100, 300, 200]
    block = only(answer)
    assert (block["discharged_minor"], block["remaining_minor"], block["net_minor"]) == (600, 0, 200)
    assert (block["dual_bound_minor"], block["optimal"]) == (600, True)


def bound(rows: list[Row], answer: Clearing) -> int:
    """Sum of what the potentials let each obligation contribute: the certificate, by hand."""
    price = {row["participant"]: row["potential"] for row in answer.potentials().to_pylist()}
    return sum(int(row["amount"]) * max(0, 1 - price[row["debtor"]] + price[row["creditor"]]) for row in rows)


@pytest.mark.parametrize("mode", ["existing", "ccp"])
def test_potentials_prove_the_total_by_hand(mode: str) -> None:
    rows = owed("a>b 5", "b>c 4", "c>a 4", "b>d 3", "d>e 3", "e>a 3", "e>b 9")
    answer = clear(rows, mode)
    assert bound(rows, answer) == answer.discharged.sum() == only(answer)["dual_bound_minor"]


def test_currencies_are_cleared_apart_and_listed_by_code() -> None:
    rows = owed("A>B 3", "B>A 3", currency="USD") + owed("A>B 5", "B>A 2", "C>A 1", currency="CNY")
    rows = [row | {"id": str(place)} for place, row in enumerate(rows)]
    answer = clear(rows)
    assert list(answer.currencies) == ["CNY", "USD"]
    assert answer.currencies["USD"].participants == ("A", "B")
    assert answer.discharged.tolist() == [300, 300, 200, 200, 0]


def test_equal_remainders_go_to_the_earliest_due_then_to_the_first_id() -> None:
    rows = owed("A>B 1", "A>B 1", "A>B 1", "B>A 2")
    assert clear(rows).discharged.tolist() == [1, 1, 0, 2]
    rows[0]["due"] = "2026-03-03"
    assert clear(rows).discharged.tolist() == [0, 1, 1, 2]


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(9)))
def test_answer_does_not_depend_on_the_order_of_rows(order: list[int]) -> None:
    rows = owed("A>B 3", "A>B 3", "A>B 1", "B>A 5", "B>C 4", "C>A 2", "A>C 1", "C>B 7", "D>A 1")
    for place, row in enumerate(rows):
        row["due"] = f"2026-03-{1 + place % 3:02}"
    answer, other = clear(rows), clear([rows[place] for place in order])
    same = {name: answer.discharged[place] for place, name in enumerate(answer.obligations.ids.to_pylist())}
    assert same == dict(zip(other.obligations.ids.to_pylist(), other.discharged.tolist(), strict=True))
    assert answer.positions() == other.positions()
    assert answer.potentials() == other.potentials()


def test_rows_tables_arrays_and_files_give_the_same_answer(tmp_path: Path) -> None:
    rows = owed("A>B 300", "B>C 200", "C>A 100")
    table = pa.Table.from_pylist(rows)
    array = np.array([tuple(row.values()) for row in rows], [(name, "U10") for name in rows[0]])
    csv = written(tmp_path / "owed.csv", *(",".join(row.values()) for row in rows))
    pq.write_table(table, tmp_path / "owed.parquet")
    sources = (rows, iter(rows), table, array, csv, str(csv), tmp_path / "owed.parquet")
    answers = [comity.clear(source).to_arrow().to_pylist() for source in sources]
    assert answers == [answers[0]] * len(sources)


def test_whole_numbers_and_dates_are_read_as_text_would_be() -> None:
    table = pa.table(
        {
            "id": [1, 2],
            "debtor": ["A", "B"],
            "creditor": ["B", "A"],
            "currency": ["JPY", "JPY"],
            "amount": [7, 4],
            "due": np.array(["2026-03-02", "2026-03-03"], "M8[D]"),
        }
    )
    assert clear(table).to_arrow().column("discharged").to_pylist() == [4, 4]


def test_reference_and_link_are_read_and_bind_nothing_here() -> None:
    rows = [row | {"reference": "invoice 7", "link": "L"} for row in owed("A>B 3", "B>A 2")]
    assert clear(rows).discharged.tolist() == [2, 2]


@pytest.mark.parametrize("text", ["", HEADER + "\n"])
def test_file_without_obligations_is_an_empty_cycle(text: str, tmp_path: Path) -> None:
    (tmp_path / "owed.csv").write_text(text)
    answer = clear(tmp_path / "owed.csv")
    assert answer.summary() == {"currencies": {}}
    assert (len(answer.to_arrow()), len(answer.positions()), len(answer.potentials())) == (0, 0, 0)


def test_empty_rows_are_an_empty_cycle() -> None:
    assert clear([]).summary() == {"currencies": {}}


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [
        ("1,A,A,CNY,5,2026-03-02", "creditor", "another participant than the debtor"),
        ("1,A,B,CNY,0,2026-03-02", "amount", "an amount above 0"),
        ("1,A,B,CNY,0.00,2026-03-02", "amount", "an amount above 0"),
        ("1,A,B,CNY,-5,2026-03-02", "amount", "an amount above 0"),
        ("1,A,B,CNY,1.005,2026-03-02", "amount", "at most 2 decimals (CNY)"),
        ("1,A,B,JPY,1.5,2026-03-02", "amount", "at most 0 decimals (JPY)"),
        ("1,A,B,CNY,1234567890123456789,2026-03-02", "amount", "at most 18 digits, in minor units too"),
        ("1,A,B,CNY,12345678901234567,2026-03-02", "amount", "at most 18 digits, in minor units too"),
        ("1,A,B,CNY,1e3,2026-03-02", "amount", "an amount as decimal text, such as 1234.50"),
        ("1,A,B,CNY,,2026-03-02", "amount", "an amount as decimal text, such as 1234.50"),
        ("1,A,B,XAU,5,2026-03-02", "currency", "a currency of ISO 4217"),
        ("1,A,B,,5,2026-03-02", "currency", "a currency of ISO 4217"),
        ("1,A,B,CNY,5,2026-02-30", "due", "a date as YYYY-MM-DD"),
        ("1,A,B,CNY,5,", "due", "a date as YYYY-MM-DD"),
        (",A,B,CNY,5,2026-03-02", "id", "1 to 35 characters"),
        ("1,,B,CNY,5,2026-03-02", "debtor", "1 to 35 characters"),
        ("1,A,,CNY,5,2026-03-02", "creditor", "1 to 35 characters"),
        ("1," + "A" * 36 + ",B,CNY,5,2026-03-02", "debtor", "at most 35 characters"),
    ],
)
def test_row_that_cannot_be_an_obligation_is_refused(line: str, column: str, expected: str, tmp_path: Path) -> None:
    path = written(tmp_path / "owed.csv", "0,A,B,CNY,1,2026-03-02", line)
    (fault,) = faults(path)
    assert (fault.file, fault.row, fault.column, fault.expected) == ("owed.csv", 2, column, expected)


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    lines = ("1,A,A,CNY,0,2026-03-02", "1,A,B,CNY,x,never")
    found = [(fault.row, fault.column) for fault in faults(written(tmp_path / "owed.csv", *lines))]
    assert found == [(1, "amount"), (1, "creditor"), (2, "amount"), (2, "due"), (2, "id")]


@pytest.mark.parametrize(("amount", "content"), [("5", "the same content"), ("6", "other content")])
def test_id_that_stood_before_names_both_rows(amount: str, content: str, tmp_path: Path) -> None:
    lines = ("x,A,B,CNY,5,2026-03-02", "y,A,B,CNY,5,2026-03-02", f"x,A,B,CNY,{amount},2026-03-02")
    (fault,) = faults(written(tmp_path / "owed.csv", *lines))
    assert (fault.row, fault.column, fault.expected) == (3, "id", "each id once")
    assert fault.found == f"'x' again with {content}, first in row 1 (line 4)"


def test_sum_that_does_not_fit_is_refused_with_its_size() -> None:
    rows = owed(*["A>B 999999999999999999"] * 5)
    (fault,) = faults(rows)
    assert fault.expected == f"amounts in JPY that sum to at most {SUM_MAX}"
    assert fault.found == "a sum of 4999999999999999995"


def test_largest_sum_that_fits_is_cleared() -> None:
    rows = owed(*["A>B 999999999999999999"] * 4, f"B>A {SUM_MAX - 4 * 999999999999999999}")
    answer = clear(rows)
    assert only(answer)["gross_minor"] == SUM_MAX
    assert only(answer)["optimal"]


def test_nul_byte_is_refused_with_its_place(tmp_path: Path) -> None:
    path = written(tmp_path / "owed.csv", "1,A\0,B,CNY,5,2026-03-02")
    (fault,) = faults(path)
    assert (fault.row, fault.column) == (1, "debtor")
    assert "NUL" in fault.found


def test_truncated_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "owed.parquet"
    pq.write_table(pa.Table.from_pylist(owed("A>B 1")), path)
    path.write_bytes(path.read_bytes()[:-9])
    (fault,) = faults(path)
    assert (fault.file, fault.expected) == ("owed.parquet", "a complete Parquet file")


def test_floats_are_refused() -> None:
    table = pa.Table.from_pylist(owed("A>B 1"))
    (fault,) = faults(table.set_column(4, "amount", pa.array([1.0])))
    assert (fault.column, fault.found) == ("amount", "type double")


def test_mixed_types_in_a_column_are_refused() -> None:
    (fault,) = faults([{**owed("A>B 1")[0], "amount": 1}, owed("A>B 1")[0]])
    assert (fault.file, fault.column) == ("obligations", "amount")


def test_mode_that_does_not_exist_is_refused() -> None:
    (fault,) = faults(owed("A>B 1"), "gross")
    assert (fault.column, fault.expected) == ("mode", "existing or ccp")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"nothing\.csv"):
        clear(tmp_path / "nothing.csv")


def test_progress_is_told_after_each_currency() -> None:
    told: list[tuple[int, int | None]] = []
    rows = [row | {"id": code} for code in ("CNY", "RUB") for row in owed("A>B 1", currency=code)]
    clear(rows, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_a_million_obligations_of_two_parties_are_shared_to_the_minor_unit() -> None:
    count = 1_000_000
    debtor, creditor = (np.where(np.arange(count) % 2, *pair) for pair in (("B", "A"), ("A", "B")))
    table = pa.table(
        {
            "id": pa.array(np.arange(count)).cast(pa.string()),
            "debtor": debtor,
            "creditor": creditor,
            "currency": pa.repeat("JPY", count),
            "amount": np.where(np.arange(count) % 2, 2, 3),
            "due": pa.repeat("2026-03-02", count),
        }
    )
    answer = clear(table)
    assert only(answer)["discharged_minor"] == only(answer)["bilateral_minor"] == 2 * count
    assert set(answer.discharged[1::2].tolist()) == {2}
    assert answer.discharged[::2].sum() == count


def test_example_loses_nothing_where_netting_pair_by_pair_would() -> None:
    answer = clear(EXAMPLE)
    assert answer.currencies["CNY"].discharged_minor == 3000
    assert answer.currencies["CNY"].bilateral_minor == 800
