"""What a gateway's union is made of, and what its days are like: read from the union's folder.

The folder is a day's without its instructions: union.toml, members.csv, participants.csv,
accounts.csv, and limits.csv, agreements.csv, rates.csv and bands.csv if there are any. The
genesis begins the log and never changes; when offsetting, clearing and auctions
take place is read at every start.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from comity.day.entries import no_entries
from comity.day.read import Day, read_day
from comity.engine.columns import OBLIGATION, ORDER, PAYMENT, PVP
from comity.errors import Fault, InvalidRequest

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from comity.model.union import Genesis

_ENTRIES = ("payments", "pvp", "obligations", "orders", "commands")


def read_union(folder: Path) -> Day:
    """Read a union and the settings of its days.

    Raises
    ------
    InvalidRequest
        With every fault of its files; a file of instructions is one.
    NotFound
        There is no such folder.
    """
    day = read_day(folder)
    faults = [
        Fault(path.name, 0, "", "no instructions: a live union takes them over its API", "a file of them")
        for path in sorted(folder.iterdir())
        if path.name.split(".")[0] in _ENTRIES
    ]
    if day.auctions is not None and day.auctions.call_us and not day.auctions.seed:
        faults.append(
            Fault("union.toml", 0, "auction.seed", "a secret from which the closes of calls are drawn", "none")
        )
    if faults:
        raise InvalidRequest(faults)
    return day


def plain_day(genesis: Genesis) -> Day:
    """Return days of a union in which nothing but phases is due."""
    return Day(
        genesis,
        no_entries("payments.csv", PAYMENT),
        no_entries("pvp.csv", PVP),
        no_entries("obligations.csv", OBLIGATION),
        no_entries("orders.csv", ORDER),
    )


def at_date(day: Day, business_date: date) -> Day:
    """Return the same on another business date.

    The closes of its calls are drawn from a seed of that date and its times: what was revealed says nothing of others.
    """
    turned = replace(day, genesis=replace(day.genesis, business_date=business_date))
    if day.auctions is None or not day.auctions.seed:
        return turned
    seed = " ".join((day.auctions.seed, f"{business_date:%Y%m%d}", *map(str, day.auctions.at)))
    return replace(turned, auctions=replace(day.auctions, seed=seed))
