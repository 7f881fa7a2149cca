"""Published set-offs, through the public interface."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from comity.day.generate.trade import read_baci
from comity.solvers.setoff import SetOff, SetOffProblem, solve


class Case(NamedTuple):
    """What was published: obligations, and what is discharged of each."""

    obligations: str
    discharged: tuple[int, ...]


CASES = {
    "T1": Case("10,20,100; 20,30,100; 30,10,200; 40,30,100", (100, 100, 100, 0)),
    "T2": Case("A,B,300; B,C,200; C,A,100", (100, 100, 100)),
    "T3": Case("a,b,10; b,a,4; b,c,10; c,a,10", (10, 0, 10, 10)),
    "T4": Case("a,b,10; b,c,10; c,a,10; b,a,10; c,b,10", (10, 10, 0, 10, 10)),
    "T5": Case("a,b,5; b,c,4; c,a,4; b,d,3; d,e,3; e,a,3", (5, 2, 2, 3, 3, 3)),
    "T6": Case("a,b,7; b,c,5; a,c,2", (0, 0, 0)),
    "N1": Case("A,B,90; B,A,40; B,C,80; C,A,70; A,C,10; C,D,30; D,A,20; D,B,25", (90, 35, 80, 60, 10, 30, 5, 25)),
    "CN-RU 2021": Case("RU,CN,6756; CN,RU,7932", (6756, 6756)),
}


def set_off(obligations: str) -> tuple[list[str], SetOff]:
    rows = [row.split(",") for row in obligations.split("; ")]
    names = sorted({name for row in rows for name in row[:2]})
    answer = solve(
        SetOffProblem(
            len(names),
            np.array([names.index(row[0]) for row in rows], np.int32),
            np.array([names.index(row[1]) for row in rows], np.int32),
            np.array([int(row[2]) for row in rows], np.int64),
        )
    )
    return names, answer


@pytest.mark.jit_off
@pytest.mark.parametrize("name", CASES)
def test_set_off_discharges_what_was_published(name: str) -> None:
    _, answer = set_off(CASES[name].obligations)
    assert tuple(answer.discharged.tolist()) == CASES[name].discharged
    assert answer.total_minor == answer.bound == sum(CASES[name].discharged)


@pytest.mark.parametrize(
    ("name", "net"),
    [("T2", {"A": -200, "B": 100, "C": 100}), ("N1", {"A": 30, "B": -5, "C": -10, "D": -15})],
)
def test_net_positions_are_as_published(name: str, net: dict[str, int]) -> None:
    names, answer = set_off(CASES[name].obligations)
    assert dict(zip(names, answer.net.tolist(), strict=True)) == net


def test_figures_of_n1_are_as_published() -> None:
    _, answer = set_off(CASES["N1"].obligations)
    assert (answer.gross_minor, answer.bilateral_minor, answer.total_minor) == (365, 100, 335)


def test_china_and_russia_in_2021_keep_1176_of_14688() -> None:
    names, answer = set_off(CASES["CN-RU 2021"].obligations)
    assert (answer.gross_minor, answer.total_minor, answer.remaining_minor) == (14688, 13512, 1176)
    assert answer.net[names.index("CN")] == -1176


def test_brics_of_2017_discharge_what_was_published(shared: Path) -> None:
    members = ["BR", "CN", "IN", "RU", "ZA"]
    sales = [
        sale
        for sale in read_baci(shared / "data/trade/D_baci_bilateral_annual_2000_2017.parquet", 2017)
        if sale.exporter in members and sale.importer in members
    ]
    answer = solve(
        SetOffProblem(
            len(members),
            np.array([members.index(sale.importer) for sale in sales], np.int32),
            np.array([members.index(sale.exporter) for sale in sales], np.int32),
            np.array([round(sale.value / 1000) for sale in sales], np.int64),
        )
    )
    assert answer.gross_minor == 316_104_688
    assert answer.bilateral_minor == 228_271_220
    assert answer.total_minor == answer.bound == 236_754_201
    assert answer.gross_minor - answer.net_debit_minor == 252_321_687
    net = {"BR": 20_429_426, "CN": 40_281_795, "IN": -63_783_001, "RU": 387_223, "ZA": 2_684_557}
    assert dict(zip(members, answer.net.tolist(), strict=True)) == net
