"""Liquidity used by each account, against what it could at best and at worst have been.

Of one account over the day: *upper bound*, the largest excess of payments over
receipts so far if everything settled on arrival; *lower bound*, the excess of
payments over receipts of the whole day; *used*, the furthest the balance fell
below its opening. None is below zero, and the bounds count every leg that was
entered, settled or not, and what auctions moved, at the instant of each. The issuer's
own account is no liquidity and counts nowhere.

Where balances.csv states the bounds they are taken from there: what an order sold in
one auction and what in another is in no other file.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from comity.errors import NotFound
from comity.statistics.legs import Legs
from comity.statistics.running import peaks


@dataclass(frozen=True, slots=True)
class Balance:
    """A line of balances.csv, in minor units."""

    opening: int
    inflow: int
    outflow: int
    closing: int
    lowest: int
    kind: str = "settlement"
    """An issuer's own account and the union's technical accounts are no liquidity."""
    bounds: tuple[int, int] | None = None
    """Lower and upper bound of liquidity; None if the file does not state them."""


@dataclass(frozen=True, slots=True)
class Liquidity:
    """Of one settlement account, minor units."""

    participant: str
    currency: str
    opening_minor: int
    used_minor: int
    lower_minor: int
    upper_minor: int


def read_balances(path: Path, exponents: Mapping[str, int]) -> dict[tuple[str, str], Balance]:
    """Read balances.csv, by participant and currency; NotFound if it is not there."""
    if not path.is_file():
        raise NotFound(f"{path} does not exist")
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["participant"], row["currency"]): _balance(row, exponents.get(row["currency"], 2))
            for row in csv.DictReader(file)
        }


def _balance(row: Mapping[str, str], exponent: int) -> Balance:
    opening, inflow, outflow, closing, lowest = (
        minor(row[column], exponent) for column in ("opening", "in", "out", "closing", "lowest")
    )
    stated = [row.get(f"liquidity_{name}_bound") for name in ("lower", "upper")]
    lower, upper = (minor(text or "", exponent) for text in stated)
    bounds = (lower, upper) if None not in stated else None
    return Balance(opening, inflow, outflow, closing, lowest, row.get("kind") or "settlement", bounds)


def minor(text: str, exponent: int) -> int:
    """Return decimal `text` in major units as minor units; ValueError if it has more decimals."""
    scaled = Fraction(text or "0") * Fraction(10**exponent)
    if scaled.denominator != 1:
        raise ValueError(f"{text} has more than {exponent} decimals")
    return scaled.numerator


def liquidity(legs: Legs, balances: Mapping[tuple[str, str], Balance]) -> list[Liquidity]:
    """Return the settlement accounts that any leg or auction touches, in order of participant and currency."""
    width = len(legs.currencies)
    count = len(legs.participants) * width
    debits = legs.debtor.astype(np.int64) * width + legs.currency
    credits_ = legs.creditor.astype(np.int64) * width + legs.currency
    account = np.column_stack([debits, credits_]).ravel()
    amount = np.column_stack([legs.amount, -legs.amount]).ravel()
    upper, _, net = peaks(account, amount, count)
    touched = {
        (legs.participants[index // width], legs.currencies[index % width]): (max(0, net[index]), upper[index])
        for index in np.flatnonzero(np.bincount(account, minlength=count)).tolist()
    }
    stated = {
        key: held.bounds for key, held in balances.items() if held.bounds and (key in touched or any(held.bounds))
    }
    found = []
    for key, (lower, most) in sorted({**touched, **stated}.items()):
        held = balances.get(key, Balance(0, 0, 0, 0, 0))
        if held.kind == "settlement":
            found.append(Liquidity(*key, held.opening, max(0, held.opening - held.lowest), lower, most))
    return found
