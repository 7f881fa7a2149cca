"""A queue in files: waiting payments and PvP trades, and the money of their accounts.

One offsetting pass needs no union and no day. The tables have the columns of a
DAY, less what only a day gives meaning to: an instant may be absent and is not
looked at, for the order of the file is the order of the queue; every account is
there for itself, so corridors, which lie between members, have no caps here.

What could not wait in an engine's queue does not wait here either: an amount of
zero or less, an id that stood before, an incomplete linked set, a PvP entered by
one side only and not by the other. It is read, and it does not settle.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from comity.day import cells
from comity.day.entries import PAYMENTS_SHAPE, PVPS_SHAPE, Book, Clock, Entries, no_entries, read_payments, read_pvps
from comity.day.faults import Faults
from comity.day.sources import Source, name_of, read_source
from comity.day.standing import STEMS, Standing
from comity.day.tables import Shape, Table
from comity.day.text import Text
from comity.engine.columns import PAYMENT, PVP
from comity.model.currency import CURRENCIES
from comity.model.instant import DAY_US
from comity.model.union import Account, Limit, Member, Participant

LIMIT_KINDS = ("bilateral", "multilateral", "holding")

_ACCOUNTS = Shape(("participant", "currency", "opening"), ("credit_limit", "reserve_urgent", "reserve_high"))
_LIMITS = Shape(("kind", "debtor", "currency", "amount"), ("creditor",))
_CODE_LENGTH_MAX = 35
_ANY_TIME = "00:00:00"


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits, and for whose money.

    Attributes
    ----------
    currencies
        Code and exponent of each.
    accounts
        In the order of the file; an account's index is its place.
    limits
        Limits and holding caps.
    payments, pvps
        Entries whose account columns are indexes of `accounts`.
    """

    currencies: tuple[tuple[str, int], ...]
    accounts: tuple[Account, ...]
    limits: tuple[Limit, ...]
    payments: Entries
    pvps: Entries


def read_queue(accounts: Source, queue: Source, pvp: Source | None = None, limits: Source | None = None) -> Queue:
    """Read the tables of one offsetting pass.

    Raises
    ------
    InvalidRequest
        With the faults of all tables.
    NotFound
        If there is no such file.
    """
    faults = Faults()
    standing = Standing(files=dict.fromkeys(STEMS, name_of(accounts, "accounts")))
    if table := read_source(accounts, "accounts", _ACCOUNTS, faults):
        _read_accounts(table, standing)
    book = Book(standing, _matrix(standing), 0)
    if limits is not None and (table := read_source(limits, "limits", _LIMITS, faults)):
        _read_limits(table, standing)
    payments, pvps = no_entries("payments", PAYMENT), no_entries("pvp", PVP)
    clock = Clock(0, 0, DAY_US, 0)
    if table := read_source(queue, "payments", _untimed(PAYMENTS_SHAPE), faults):
        payments = read_payments(_timeless(table), book, clock)
    if pvp is not None and (table := read_source(pvp, "pvp", _untimed(PVPS_SHAPE), faults)):
        pvps = read_pvps(_timeless(table), book, clock)
    faults.raise_if_any()
    currencies = tuple((member.currency, CURRENCIES[member.currency].exponent) for member in standing.members)
    return Queue(currencies, tuple(standing.accounts), tuple(standing.limits), payments, pvps)


def _untimed(shape: Shape) -> Shape:
    required = tuple(column for column in shape.required if column != "instant")
    return Shape(required, ("instant", *shape.optional))


def _timeless(table: Table) -> Table:
    """Give every row the same instant, so that the order of the file stays."""
    same = Text.of(pa.repeat(pa.scalar(_ANY_TIME, pa.large_string()), table.rows))
    return replace(table, columns={**table.columns, "instant": same})


def _read_accounts(table: Table, standing: Standing) -> None:
    holders = cells.names(table, "participant", _CODE_LENGTH_MAX).array.to_pylist()
    codes = table.text("currency").array.to_pylist()
    for row, code in enumerate(codes):
        if code not in CURRENCIES:
            table.fault(row, "currency", "a currency of ISO 4217")
    known = dict.fromkeys(code for code in codes if code in CURRENCIES)
    standing.members.extend(Member("", code, "") for code in known)
    standing.participants.extend(Participant(code, "", "") for code in dict.fromkeys(holders))
    money = np.array([standing.currencies.get(code, -1) for code in codes], np.int64)
    columns = []
    for column in ("opening", "credit_limit", "reserve_urgent", "reserve_high"):
        read = cells.amounts if column == "opening" else cells.optional_amounts
        columns.append(read(table, column, money, standing.exponents, list(known)).tolist())
        if column != "opening":
            table.fault_rows(np.array(columns[-1]) < 0, column, "an amount of 0 or more")
    rows = zip(holders, codes, *columns, strict=True)
    standing.accounts.extend(Account(*row) for row in rows)
    cells.unique(table, "currency", list(zip(holders, codes, strict=True)), "each participant and currency")


def _matrix(standing: Standing) -> np.ndarray:
    holders, currencies = standing.participant_index, standing.currencies
    matrix = np.full((len(holders), len(currencies)), -1, np.int32)
    for place, account in enumerate(standing.accounts):
        if account.currency in currencies:
            matrix[holders[account.participant], currencies[account.currency]] = place
    return matrix


def _read_limits(table: Table, standing: Standing) -> None:
    kind = cells.choices(table, "kind", LIMIT_KINDS, -1)
    table.fault_rows(table.text("kind").absent, "kind", cells.one_of(LIMIT_KINDS))
    codes = table.text("currency").array.to_pylist()
    money = np.array([standing.currencies.get(code, -1) for code in codes], np.int64)
    sure = not standing.is_unsure(table.faults, "accounts")
    file = standing.files["accounts"]
    if sure:
        table.fault_rows(money < 0, "currency", f"a currency of {file} ({', '.join(standing.currencies)})")
    amount = cells.amounts(table, "amount", money, standing.exponents, list(standing.currencies))
    table.fault_rows(amount < 0, "amount", "an amount of 0 or more")
    holders = {(account.participant, account.currency) for account in standing.accounts}
    for row, code in enumerate(codes):
        if kind[row] < 0 or money[row] < 0:
            continue
        word = LIMIT_KINDS[kind[row]]
        debtor, creditor = table.text("debtor")[row], table.text("creditor")[row]
        for column, party in _parties(word, debtor, creditor):
            if sure and (party, code) not in holders:
                table.fault(row, column, f"a participant with an account in {code} in {file}")
        if word != "bilateral" and creditor:
            table.fault(row, "creditor", f"an empty cell: a {word} limit has no creditor")
        standing.limits.append(Limit(word, debtor, creditor, code, int(amount[row])))
    keys = [(each.kind, each.debtor, each.creditor, each.currency) for each in standing.limits]
    cells.unique(table, "kind", keys, "each limit")


def _parties(kind: str, debtor: str, creditor: str) -> Iterator[tuple[str, str]]:
    yield "debtor", debtor
    if kind == "bilateral":
        yield "creditor", creditor
