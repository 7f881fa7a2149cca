"""The table of currencies is the standard's."""

import iso4217
import pytest

from comity.errors import InvalidRequest
from comity.model.currency import CURRENCIES, WITHOUT_MINOR_UNIT, currency

STANDARD = {entry.code: entry for entry in iso4217.Currency}


def test_table_holds_every_currency_with_a_minor_unit() -> None:
    ours = {(found.code, found.numeric, found.exponent) for found in CURRENCIES.values()}
    theirs = {(entry.code, entry.number, entry.exponent) for entry in STANDARD.values() if entry.exponent is not None}
    assert ours == theirs


def test_codes_without_minor_unit_are_the_rest() -> None:
    assert set(WITHOUT_MINOR_UNIT) == set(STANDARD) - set(CURRENCIES)


def test_every_currency_stands_under_its_code() -> None:
    assert all(code == found.code for code, found in CURRENCIES.items())


@pytest.mark.parametrize(("code", "exponent"), [("JPY", 0), ("CNY", 2), ("KWD", 3), ("CLF", 4)])
def test_exponent_is_that_of_the_minor_unit(code: str, exponent: int) -> None:
    assert currency(code).exponent == exponent


@pytest.mark.parametrize(
    ("code", "found"),
    [("XAU", r"XAU \(gold\)"), ("XXX", r"XXX \(no currency\)"), ("cny", "'cny'"), ("", "''"), ("DEM", "'DEM'")],
)
def test_code_without_money_is_refused(code: str, found: str) -> None:
    with pytest.raises(InvalidRequest, match=f"expected an ISO 4217 currency with a minor unit, found {found}"):
        currency(code)
