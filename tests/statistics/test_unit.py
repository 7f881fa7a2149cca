"""The unit of account is a basket, exact to the last digit."""

from datetime import date
from fractions import Fraction

from comity.statistics.unit import Rate, unit_values

DAY = date(2021, 12, 15)


def rate(base: str, quote: str, cost: str, day: date = DAY) -> Rate:
    return Rate(day, base, quote, Fraction(cost))


def test_basket_of_weights_is_worth_one() -> None:
    values = unit_values(["CNY", "RUB"], {"CNY": "0.5", "RUB": "0.5"}, [rate("CNY", "RUB", "11.5")], DAY)

    assert values is not None
    assert values["CNY"] == Fraction("11.5") * values["RUB"]
    assert (values["CNY"] + values["RUB"]) / 2 == 1


def test_weights_are_equal_where_none_are_given() -> None:
    values = unit_values(["A", "B", "C"], {}, [rate("A", "B", "2"), rate("B", "C", "3")], DAY)

    assert values == {"A": Fraction(18, 10), "B": Fraction(9, 10), "C": Fraction(3, 10)}


def test_rates_are_chained_through_a_currency_outside_the_union() -> None:
    values = unit_values(["A", "B"], {}, [rate("USD", "A", "2"), rate("USD", "B", "8")], DAY)

    assert values is not None
    assert values["A"] == 4 * values["B"]


def test_newest_rate_not_after_the_day_counts() -> None:
    rates = [
        rate("A", "B", "2", date(2021, 12, 13)),
        rate("A", "B", "3", date(2021, 12, 14)),
        rate("A", "B", "9", date(2021, 12, 16)),
    ]
    values = unit_values(["A", "B"], {}, rates, DAY)

    assert values is not None
    assert values["A"] == 3 * values["B"]


def test_currency_that_no_rate_reaches_leaves_no_unit() -> None:
    assert unit_values(["A", "B", "C"], {}, [rate("A", "B", "2")], DAY) is None
    assert unit_values([], {}, [], DAY) is None
