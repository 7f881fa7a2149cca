"""Questions to the archive of a closed day, answered by DuckDB.

Amounts are minor units and exact: sums are 128-bit in the database and whole
numbers of any size in Python. *As of* a sequence means with all records up to and
including it applied; as of an instant, with everything final at or before it.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow.dataset as ds

from comity.archive.write import ACCOUNTS, INSTRUCTIONS, RECORDS
from comity.errors import InvariantBroken, NotFound

_LAST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Line:
    """One posting on an account."""

    sequence: int
    """Record that made it final."""
    instant: int
    """Microseconds since 1970-01-01 UTC."""
    id: str
    counterparty: str
    change_minor: int
    """Positive when received, negative when paid."""
    balance_minor: int
    """After it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """An account over a stretch of the log."""

    participant: str
    currency: str
    opening_minor: int
    closing_minor: int
    lines: tuple[Line, ...]
    """In order of becoming final; within one instant, of entry."""


class Archive(AbstractContextManager["Archive"]):
    """The archive in a folder; NotFound if there is none."""

    def __init__(self, folder: Path) -> None:
        for name in (INSTRUCTIONS, ACCOUNTS, RECORDS):
            if not (folder / name).is_file():
                raise NotFound(f"{folder} is no archive: {name} is missing")
        self._database = duckdb.connect(":memory:")
        for view, name in (("instruction", INSTRUCTIONS), ("account", ACCOUNTS), ("record", RECORDS)):
            self._database.register(view, ds.dataset(folder / name))

    def close(self) -> None:
        """Let go of the files."""
        self._database.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def balance(
        self, participant: str, currency: str, *, sequence: int | None = None, instant: int | None = None
    ) -> int:
        """Return the balance of an account as of a record or an instant, or at the end of the day.

        Parameters
        ----------
        participant
            Code of the holder; of a technical account its kind, such as "rounding".
        sequence, instant
            One of them at most; an instant is microseconds since 1970-01-01 UTC.

        Raises
        ------
        NotFound
            If there is no such account.
        """
        account, opening = self._account(participant, currency)
        row = self._database.execute(_CHANGE, [account, account, account, account, *_bounds(sequence, instant)])
        [(change,)] = row.fetchall()
        return opening + int(change)

    def balances(self, *, sequence: int | None = None, instant: int | None = None) -> dict[tuple[str, str], int]:
        """Return the balances of all accounts, by holder and currency, as `balance` does for one."""
        rows = self._database.execute(_BALANCES, [*_bounds(sequence, instant)] * 2).fetchall()
        return {(participant, currency): int(balance) for participant, currency, balance in rows}

    def statement(self, participant: str, currency: str, *, after: int = 0, until: int | None = None) -> Statement:
        """Return the postings on an account by the records after `after` up to and including `until`.

        Raises
        ------
        NotFound
            If there is no such account.
        """
        account, _ = self._account(participant, currency)
        opening = self.balance(participant, currency, sequence=after)
        lines = tuple(self._lines(account, opening, after, _LAST if until is None else until))
        closing = lines[-1].balance_minor if lines else opening
        return Statement(participant, currency, opening, closing, lines)

    def check(self) -> None:
        """Recompute every closing balance from the postings, and add up every currency.

        Raises
        ------
        InvariantBroken
            Names the first account whose closing balance differs, or the first currency whose
            accounts do not sum to zero.
        """
        computed = self.balances()
        stated = self._database.execute("SELECT participant, currency, closing_minor FROM account ORDER BY account")
        for participant, currency, closing in stated.fetchall():
            if computed[participant, currency] != closing:
                found = computed[participant, currency]
                raise InvariantBroken(f"{participant} {currency} closed at {closing}, its postings make {found}")
        for currency in sorted({currency for _, currency in computed}):
            total = sum(balance for (_, code), balance in computed.items() if code == currency)
            if total:
                raise InvariantBroken(f"the accounts in {currency} sum to {total}")

    def _account(self, participant: str, currency: str) -> tuple[int, int]:
        query = "SELECT account, opening_minor FROM account WHERE participant = ? AND currency = ?"
        found = self._database.execute(query, [participant, currency]).fetchone()
        if found is None:
            raise NotFound(f"{participant} has no account in {currency}")
        return int(found[0]), int(found[1])

    def _lines(self, account: int, balance: int, after: int, until: int) -> Iterator[Line]:
        rows = self._database.execute(_LINES, [account, account, account, after, until]).fetchall()
        for sequence, instant, text, debtor, creditor, paid, amount in rows:
            change = -amount if paid else amount
            balance += change
            yield Line(sequence, instant, text or "", creditor if paid else debtor, change, balance)


def _bounds(sequence: int | None, instant: int | None) -> tuple[int, int]:
    if sequence is not None and instant is not None:
        raise ValueError("a balance is as of a sequence or as of an instant, not both")
    return _LAST if sequence is None else sequence, _LAST if instant is None else instant


_CHANGE = """
    SELECT coalesce(sum(CASE WHEN creditor_account = ? THEN amount_minor ELSE 0 END), 0)
        - coalesce(sum(CASE WHEN debtor_account = ? THEN amount_minor ELSE 0 END), 0)
    FROM instruction
    WHERE state = 'STLD' AND (debtor_account = ? OR creditor_account = ?)
        AND final_sequence <= ? AND epoch_us(final_at) <= ?
"""
_BALANCES = """
    WITH change AS (
        SELECT creditor_account AS account, amount_minor::HUGEINT AS amount FROM instruction
        WHERE state = 'STLD' AND final_sequence <= ? AND epoch_us(final_at) <= ?
        UNION ALL
        SELECT debtor_account, -amount_minor::HUGEINT FROM instruction
        WHERE state = 'STLD' AND final_sequence <= ? AND epoch_us(final_at) <= ?
    )
    SELECT account.participant, account.currency, opening_minor + coalesce(sum(change.amount), 0)
    FROM account LEFT JOIN change USING (account)
    GROUP BY account.account, account.participant, account.currency, opening_minor
    ORDER BY account.account
"""
_LINES = """
    SELECT final_sequence, epoch_us(final_at), id, debtor, creditor, debtor_account = ? AS paid, amount_minor
    FROM instruction
    WHERE state = 'STLD' AND (debtor_account = ? OR creditor_account = ?) AND final_sequence > ? AND final_sequence <= ?
        AND amount_minor > 0
    ORDER BY final_at, final_sequence, slot
"""
