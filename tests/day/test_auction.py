"""Orders and bands in tables: what they mean to the last digit, and what is refused in which words."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import comity
from comity.day.auction.bands import read_bands
from comity.day.auction.orders import Entry, Orders, read_orders
from comity.day.auction.run import Rates
from comity.day.sources import Source
from comity.engine.auction import RATIO_MAX
from comity.errors import Fault, InvalidRequest, NotFound
from comity.model.currency import CURRENCIES
from comity.model.reason import Reason

Row = dict[str, str]


def order(text: str, name: str = "1", **more: str) -> Row:
    """An order written `JPY>KRW 100 1/2`: sells 100 yen for at least half a won each."""
    pair, amount, limit = text.split()
    sell, buy = pair.split(">")
    row = {"id": name, "instant": "10:00:00", "participant": "A", "sell": sell, "buy": buy, "amount": amount}
    return {**row, "limit": limit, **more}


def read(*rows: Row) -> Orders:
    return read_orders([{**row, "id": str(number)} for number, row in enumerate(rows, 1)])


def faults(source: Source) -> list[Fault]:
    with pytest.raises(InvalidRequest) as raised:
        read_orders(source)
    return list(raised.value.faults)


def fault(**cells: str) -> tuple[str, str]:
    (only,) = faults([{**order("JPY>KRW 100 1/2"), **cells}])
    assert only.row == 1
    return only.column, only.expected


def ratio(text: str) -> Fraction:
    orders = read(order(text))
    numerator, denominator = int(orders.numerator[0]), int(orders.denominator[0])
    exact = Fraction(numerator, denominator)
    assert (exact.numerator, exact.denominator) == (numerator, denominator)
    return exact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("USD>CNY 1 7.1035", Fraction("7.1035")),
        ("USD>JPY 1 151.20", Fraction("1.512")),
        ("JPY>USD 1 0.0066", Fraction("0.66")),
        ("KWD>JPY 1 490", Fraction("0.49")),
        ("JPY>CLF 1 0.00000001", Fraction("0.0001")),
        ("JPY>KRW 1 10/15", Fraction(2, 3)),
        ("JPY>CLF 1 1/3", Fraction(10000, 3)),
        ("CLF>JPY 1 10000/7", Fraction(1, 7)),
        ("JPY>KRW 1 123456789012345.678", Fraction("123456789012345.678")),
        ("JPY>KRW 1 999999999999999999/999999999999999998", Fraction(999999999999999999, 999999999999999998)),
    ],
)
def test_limit_is_an_exact_ratio_of_minor_units_in_lowest_terms(text: str, expected: Fraction) -> None:
    assert ratio(text) == expected


@given(
    st.sampled_from(sorted(CURRENCIES)), st.sampled_from(sorted(CURRENCIES)), st.integers(1, 10**13), st.integers(0, 13)
)
def test_any_decimal_limit_is_read_exactly(sell: str, buy: str, digits: int, places: int) -> None:
    text = f"{digits // 10**places}.{digits % 10**places:0{places}d}" if places else str(digits)
    shift = CURRENCIES[buy].exponent - CURRENCIES[sell].exponent
    assert ratio(f"{sell}>{buy} 1 {text}") == Fraction(text) * Fraction(10) ** shift


@pytest.mark.parametrize("limit", ["0", "0.000", "0/5", "5/0"])
def test_limit_of_nothing_or_of_anything_is_refused(limit: str) -> None:
    assert fault(limit=limit) == ("limit", "a limit in major units of buy per major unit of sell above 0 and finite")


@pytest.mark.parametrize(
    "limit", ["", "-1", "+1", "1e3", "inf", "nan", "1.", ".5", "1/2/3", "1,5", "1.5/2", "0x1", "\u0661"]
)
def test_limit_that_is_no_number_is_refused(limit: str) -> None:
    column, expected = fault(limit=limit)
    assert (column, expected[-34:]) == ("limit", ": a decimal such as 7.1035, or p/q")


@pytest.mark.parametrize("limit", ["0." + "1" * 30, "1" * 30, "1" * 19 + "/3", "3/" + "1" * 30])
def test_limit_of_thirty_digits_is_refused_and_the_cap_named(limit: str) -> None:
    assert fault(limit=limit)[1].endswith("of at most 18 digits, or two numbers of as many")


def test_limit_whose_ratio_in_minor_units_is_beyond_the_cap_is_refused_and_the_cap_named() -> None:
    column, expected = fault(buy="CLF", limit="999999999999999999")
    assert (column, expected[-25:]) == ("limit", f"2^62 - 1 = {RATIO_MAX}"[-25:])
    assert fault(buy="KRW", sell="CLF", limit="1/999999999999999999")[0] == "limit"


@pytest.mark.parametrize(
    ("cells", "column", "expected"),
    [
        ({"sell": "XXX"}, "sell", "a currency of ISO 4217"),
        ({"buy": ""}, "buy", "a currency of ISO 4217"),
        ({"amount": "1.5"}, "amount", "at most 0 decimals (JPY)"),
        ({"amount": "1" * 19}, "amount", "at most 18 digits, in minor units too"),
        ({"amount": "ten"}, "amount", "an amount as decimal text, such as 1234.50"),
        ({"min_fill": "-1"}, "min_fill", "an amount of 0 or more"),
        ({"id": ""}, "id", "1 to 35 characters"),
        ({"id": "x" * 36}, "id", "at most 35 characters"),
        ({"participant": "A "}, "participant", "text without a space before or after it"),
        ({"instant": "noon"}, "instant", "HH:MM:SS[.ffffff] of the business date in UTC, or RFC 3339 with a zone"),
        ({"until": "tomorrow"}, "until", "a date as YYYY-MM-DD"),
    ],
)
def test_row_that_cannot_be_read_is_a_fault(cells: Row, column: str, expected: str) -> None:
    assert fault(**cells) == (column, expected)


def test_every_fault_of_the_table_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("id,instant,participant,sell,buy,amount,limit\n1,10:00,A,JPY,XXX,1,0\n2,10:00,A,JPY,KRW,x,1\n")
    assert [(one.row, one.column, one.found) for one in faults(path)] == [
        (1, "buy", "'XXX' (line 2)"),
        (1, "limit", "'0' (line 2)"),
        (2, "amount", "'x' (line 3)"),
    ]
    with pytest.raises(NotFound):
        read_orders(tmp_path / "none.csv")


def test_what_breaks_a_rule_is_an_outcome_and_not_a_fault() -> None:
    orders = read(
        order("JPY>KRW 100 1"),
        order("JPY>KRW 0 1"),
        order("JPY>KRW -5 1"),
        order("JPY>JPY 5 1"),
        order("JPY>KRW 5 1", min_fill="6"),
        order("JPY>JPY 0 1"),
    )
    assert orders.entry.tolist() == [Entry.STANDS] + [Entry.REJECTED] * 5
    assert [Reason(each).code for each in orders.reason.tolist()] == ["", "AM02", "AM02", "AM03", "NARR", "AM02"]


def test_id_belongs_to_its_participant_and_stands_once() -> None:
    first = order("USD>CNY 100 7")
    rows = [
        first,
        {**first, "amount": "100.00", "limit": "7/1", "instant": "11:00:00"},
        {**first, "amount": "101"},
        {**first, "participant": "B"},
        {**first, "id": "2"},
    ]
    orders = read_orders(rows)
    assert orders.entry.tolist() == [Entry.STANDS, Entry.REPEATED, Entry.REJECTED, Entry.STANDS, Entry.STANDS]
    assert Reason(int(orders.reason[2])) is Reason.DUPLICATE


def test_time_is_by_instant_then_row() -> None:
    times = ["10:00:00.5", "09:59", "10:00:00.5", "10:00:00"]
    assert read(*(order("JPY>KRW 1 1", instant=each) for each in times)).order.tolist() == [2, 0, 3, 1]


def test_times_with_and_without_a_date_have_no_order() -> None:
    rows = [order("JPY>KRW 1 1", "1"), order("JPY>KRW 1 1", "2", instant="2026-03-02T10:00:00Z")]
    assert [(one.row, one.expected) for one in faults(rows)] == [
        (1, "RFC 3339 with a zone, as in other rows of the table")
    ]


def test_order_that_expired_before_the_last_one_came_does_not_stand() -> None:
    rows = [
        order("JPY>KRW 1 1", instant="2026-03-02T10:00:00Z", until="2026-03-02"),
        order("JPY>KRW 1 1", instant="2026-03-02T10:00:00Z", until="2026-03-03"),
        order("JPY>KRW 1 1", instant="2026-03-03T10:00:00Z"),
    ]
    orders = read(*rows)
    assert [Reason(each).code for each in orders.reason.tolist()] == ["TM01", "", ""]


def test_orders_of_a_pair_that_sum_to_more_than_fits_are_refused_and_the_most_named() -> None:
    rows = [order("JPY>KRW 999999999999999999 1", str(number)) for number in range(4)]
    assert len(read_orders(rows)) == 4
    (only,) = faults([*rows, order("JPY>KRW 999999999999999999 1", "5")])
    assert only.expected == "orders that sell JPY for KRW and sum to at most 4611686018427387903"
    assert only.found == "a sum of 4999999999999999995"


def test_orders_come_from_files_arrays_tables_and_rows_alike(tmp_path: Path) -> None:
    rows = [order("USD>CNY 100.50 7.1", "1", min_fill="10"), order("CNY>USD 700 1/8", "2", min_fill="0")]
    table = pa.Table.from_pylist(rows)
    array = np.array([tuple(row.values()) for row in rows], [(name, "U40") for name in rows[0]])
    path = tmp_path / "orders.csv"
    path.write_text("\n".join(",".join(cells) for cells in [list(rows[0]), *(list(row.values()) for row in rows)]))
    for source in (rows, table, array, path):
        orders = read_orders(source)
        assert (orders.currencies, orders.amount.tolist()) == (("CNY", "USD"), [10050, 70000])
        assert (orders.numerator.tolist(), orders.denominator.tolist()) == ([71, 1], [10, 8])
        assert (orders.sell.tolist(), orders.buy.tolist(), orders.least.tolist()) == ([1, 0], [0, 1], [1000, 0])


def test_floats_are_refused() -> None:
    (only,) = faults(pa.table({**{name: ["1"] for name in order("JPY>KRW 1 1")}, "limit": [0.5]}))
    assert (only.column, only.found) == ("limit", "type double")


def test_table_without_rows_is_an_auction_without_orders(tmp_path: Path) -> None:
    empty = tmp_path / "orders.csv"
    empty.write_text("")
    assert len(read_orders(empty)) == 0
    assert len(read_orders([])) == 0


@pytest.mark.parametrize("source", [5, None, 2.5])
def test_what_is_no_table_is_refused_with_what_one_can_be(source: Source) -> None:
    (only,) = faults(source)
    assert only == Fault("orders", 0, "", "a path, an Arrow table, a structured array or rows", repr(source))
    with pytest.raises(InvalidRequest):
        comity.clear(source)


def test_row_that_is_no_mapping_is_refused_by_its_number() -> None:
    (only,) = faults([order("JPY>KRW 100 1/2"), "2"])
    assert (only.row, only.expected, only.found) == (2, "columns by name", "'2'")


@pytest.mark.parametrize("reference", [5, [5], b"rates.csv"])
def test_reference_that_is_no_path_is_refused(reference: Rates) -> None:
    with pytest.raises(InvalidRequest) as raised:
        comity.auction([order("JPY>KRW 100 1/2")], reference)
    assert [each.column for each in raised.value.faults] == ["reference"]


def band(text: str) -> Row:
    a, b, most = text.split()
    return {"a": a, "b": b, "max": most}


def band_faults(*texts: str) -> list[Fault]:
    with pytest.raises(InvalidRequest) as raised:
        read_bands([band(text) for text in texts])
    return list(raised.value.faults)


def test_band_is_an_exact_ratio_of_minor_units() -> None:
    first, second = read_bands([band("USD JPY 151.2"), band("JPY USD 1/140")])
    assert (first.numerator, first.denominator, first.text()) == (189, 125, "151.2")
    assert (second.numerator, second.denominator, second.text()) == (5, 7, "1/140")


def test_faults_of_bands_are_told() -> None:
    found = band_faults("USD USD 1", "USD XXX 1", "USD CNY 0", "EUR CNY 1", "EUR CNY 2")
    assert [(one.row, one.column) for one in found] == [(1, "b"), (2, "b"), (3, "max"), (5, "a")]


def test_bands_that_contradict_one_another_are_named_as_the_circle_they_are() -> None:
    (only,) = band_faults("EUR GBP 1", "USD CNY 7", "CNY EUR 1/8", "EUR USD 1.1")
    assert only.column == "max"
    circle = only.found.split(":")[0].strip("'").split(" <= ")
    assert circle[0] == circle[-1]
    assert " ".join(circle[:-1]) in {"USD CNY EUR", "CNY EUR USD", "EUR USD CNY"}
    assert only.found.split(" (")[0].endswith("would cost at most 0.9625 of itself")


def test_bands_that_just_hold_are_taken() -> None:
    assert len(read_bands([band("USD CNY 7"), band("CNY EUR 1/8"), band("EUR USD 8/7")])) == 3
