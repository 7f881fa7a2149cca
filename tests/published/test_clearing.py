"""Published set-offs through `comity.clear`, as a member would run them."""

from pathlib import Path

import pytest

import comity
from comity.day.clearing import Clearing, CurrencyClearing
from comity.day.generate.trade import read_baci
from tests.published.test_setoff import CASES

BRICS = ("BR", "CN", "IN", "RU", "ZA")


def cleared(obligations: list[tuple[str, str, int]], mode: str = "existing") -> Clearing:
    """Clear (debtor, creditor, amount) in a currency without decimals."""
    rows = [
        {"id": str(number), "debtor": debtor, "creditor": creditor, "amount": str(amount)}
        for number, (debtor, creditor, amount) in enumerate(obligations)
    ]
    return comity.clear([row | {"currency": "JPY", "due": "2026-03-02"} for row in rows], mode=mode)


def case(name: str, mode: str = "existing") -> Clearing:
    texts = [text.split(",") for text in CASES[name].obligations.split("; ")]
    return cleared([(debtor, creditor, int(amount)) for debtor, creditor, amount in texts], mode)


def net(block: CurrencyClearing) -> dict[str, int]:
    return dict(zip(block.participants, block.net.tolist(), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_clearing_discharges_what_was_published(name: str) -> None:
    answer = case(name)
    assert tuple(answer.discharged.tolist()) == CASES[name].discharged
    assert answer.currencies["JPY"].optimal


@pytest.mark.parametrize("name", CASES)
def test_ccp_discharges_everything_of_a_published_case(name: str) -> None:
    block = case(name, "ccp").currencies["JPY"]
    assert (block.remaining_minor, block.optimal) == (0, True)
    assert block.net_minor == case(name).currencies["JPY"].net_minor


def test_clearing_of_n1_is_as_published() -> None:
    block = case("N1").currencies["JPY"]
    assert (block.gross_minor, block.bilateral_minor, block.discharged_minor) == (365, 100, 335)
    assert net(block) == {"A": 30, "B": -5, "C": -10, "D": -15}


def test_netting_pair_by_pair_first_would_lose_in_t3() -> None:
    block = case("T3").currencies["JPY"]
    assert (block.bilateral_minor, block.discharged_minor) == (8, 30)
    after = cleared([("a", "b", 6), ("b", "c", 10), ("c", "a", 10)]).currencies["JPY"]
    assert block.bilateral_minor + after.discharged_minor == 26


def test_brics_of_2017_are_cleared_as_was_published(shared: Path) -> None:
    sales = read_baci(shared / "data/trade/D_baci_bilateral_annual_2000_2017.parquet", 2017)
    owed = [
        (sale.importer, sale.exporter, round(sale.value / 1000))
        for sale in sales
        if sale.exporter in BRICS and sale.importer in BRICS
    ]
    block = cleared(owed).currencies["JPY"]
    assert (block.gross_minor, block.bilateral_minor, block.discharged_minor) == (316_104_688, 228_271_220, 236_754_201)
    assert block.gross_minor - block.net_minor == 252_321_687
    assert net(block)["IN"] == -63_783_001
