"""Comity settles trade between countries in their own currencies.

The functions here are the whole of it for most uses; each imports what it needs
when it is called, so that `import comity` costs nothing::

    result = comity.run("examples/two-countries")
    answer = comity.offset("accounts.csv", "payments.csv", rule="fifo")
    cleared = comity.clear("obligations.csv", mode="existing")
    converted = comity.auction("orders.csv", reference="rates.csv")
    node = comity.open("node.log", genesis)
    east = comity.connect("http://127.0.0.1:8080", key="sandbox-eastcnbj")

What they return is described where it is defined: `comity.day` for days and
queues, `comity.node` for a node, `comity.model` for values, `comity.errors` for
what they raise. `comity.union` holds clearing unions: quota accounts, charges,
pools, official rates, the funded-session test and the imbalance forecast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from fractions import Fraction
    from os import PathLike
    from types import ModuleType

    from comity import union
    from comity.client import Client
    from comity.client.signing import Signer
    from comity.day.auction.outcome import Auction
    from comity.day.auction.run import Rates
    from comity.day.clearing import Clearing
    from comity.day.offsetting import Offsetting
    from comity.day.read import Day
    from comity.day.result import DayResult
    from comity.day.sources import Source
    from comity.model.union import Genesis
    from comity.node import Node

__all__ = ["auction", "clear", "connect", "offset", "open", "run", "union"]


if not TYPE_CHECKING:  # a checker that saw this would take any name for a module

    def __getattr__(name: str) -> ModuleType:
        """Import `comity.union` when it is first asked for."""
        if name != "union":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return import_module("comity.union")


def run(day: Day | str | PathLike[str]) -> DayResult:
    """Settle a day, read or in a folder, on a log in memory; see `comity.day.run.run`.

    Raises
    ------
    InvalidRequest
        With every fault of the day's files.
    NotFound
        There is no such folder.
    """
    from os import fspath

    from comity.day.read import Day
    from comity.day.run import run as settle

    return settle(day if isinstance(day, Day) else fspath(day))


def offset(
    accounts: Source, queue: Source, pvp: Source | None = None, limits: Source | None = None, *, rule: str = "fifo"
) -> Offsetting:
    """Find what of a queue settles together; see `comity.day.offsetting.offset`.

    Examples
    --------
    >>> accounts = [{"participant": name, "currency": "CNY", "opening": "0"} for name in "AB"]
    >>> queue = [
    ...     {"id": "1", "debtor": "A", "creditor": "B", "currency": "CNY", "amount": "5.00"},
    ...     {"id": "2", "debtor": "B", "creditor": "A", "currency": "CNY", "amount": "5.00"},
    ... ]
    >>> offset(accounts, queue).value_minor
    {'CNY': 1000}
    """
    from comity.day.offsetting import offset as search

    return search(accounts, queue, pvp, limits, rule)


def clear(obligations: Source, *, mode: str = "existing") -> Clearing:
    """Discharge as much as possible of a table of obligations; see `comity.day.clearing.clear`.

    Examples
    --------
    >>> ring = [
    ...     {"id": "1", "debtor": "A", "creditor": "B", "currency": "CNY", "amount": "3.00", "due": "2026-03-02"},
    ...     {"id": "2", "debtor": "B", "creditor": "C", "currency": "CNY", "amount": "2.00", "due": "2026-03-02"},
    ...     {"id": "3", "debtor": "C", "creditor": "A", "currency": "CNY", "amount": "1.00", "due": "2026-03-02"},
    ... ]
    >>> clear(ring).discharged.tolist()
    [100, 100, 100]
    """
    from comity.day.clearing import clear as set_off

    return set_off(obligations, mode)


def auction(
    orders: Source,
    reference: Rates | None = None,
    bands: Source | None = None,
    *,
    ties: str = "time",
    tolerance: str | Fraction = "1e-6",
    on: date | None = None,
) -> Auction:
    """Convert orders, all pairs together, at one price per currency; see `comity.day.auction.run.auction`.

    Examples
    --------
    >>> rows = [
    ...     {"id": "1", "participant": "A", "sell": "JPY", "buy": "KRW", "amount": "1000", "limit": "1/2"},
    ...     {"id": "1", "participant": "B", "sell": "KRW", "buy": "JPY", "amount": "1500", "limit": "1/2"},
    ... ]
    >>> auction([{**row, "instant": "10:00:00"} for row in rows]).bought.tolist()
    [1500, 1000]
    """
    from comity.day.auction.run import auction as convert

    return convert(orders, reference, bands, ties=ties, tolerance=tolerance, on=on)


def connect(url: str, key: str | Signer = "", headers: Mapping[str, str] | None = None) -> Client:
    """Return a client of the server at a URL, for whom an API key is, or a key that signs; see `comity.client`.

    Nothing is sent yet; `headers` go with every request. It needs what serving needs: `pip install comity[serve]`.
    """
    from comity.client import Client

    return Client(url, key, headers=headers)


def open(path: str | PathLike[str], genesis: Genesis | None = None) -> Node:  # noqa: A001 - as files are opened
    """Open a node on the log at `path`, and recover what it holds.

    Parameters
    ----------
    path
        A log in one SQLite file; snapshots are kept in a folder beside it.
    genesis
        Begins the log if there is none yet.

    Raises
    ------
    NotFound
        There is no log, and no genesis to begin one with.
    Conflict
        There is a log already, and a genesis was given.
    LogLocked
        Another process holds the log.
    LogCorrupt
        A record is not what was written.
    """
    from pathlib import Path

    from comity.errors import Conflict, NotFound
    from comity.log.snapshots import Snapshots
    from comity.log.sqlite import SqliteLog
    from comity.node import Node

    file = Path(path)
    if genesis is None and not file.exists():
        raise NotFound(f"{file} does not exist; give a genesis to begin a log")
    if genesis is not None and file.exists() and file.stat().st_size:
        raise Conflict(f"{file} exists; open it without a genesis")
    snapshots = Snapshots(file.with_name(file.name + ".snapshots"))
    log = SqliteLog(file)
    try:
        return Node.recover(log, snapshots) if genesis is None else Node.create(log, genesis, snapshots)
    except BaseException:
        log.close()
        raise
