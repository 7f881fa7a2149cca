"""Participants and accounts, and what these hold."""

from __future__ import annotations

import msgspec


class ParticipantInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who takes part in the union."""

    participant: str
    """BIC or code; of a member its two letters."""
    name: str
    member: str
    """Home member; a member is its own."""
    currencies: tuple[str, ...]
    """In which it has accounts."""
    lei: str = ""
    issues: str = ""
    """Currency that a member issues."""


class Account(msgspec.Struct, frozen=True, omit_defaults=True):
    """An account."""

    participant: str
    """Whose it is; empty for an account of the union itself."""
    currency: str
    kind: str
    """settlement, issuer, clearing, conversion, rounding, charges or pool."""


class Balance(msgspec.Struct, frozen=True):
    """What an account holds."""

    participant: str
    currency: str
    balance: str
    kind: str


class Balances(msgspec.Struct, frozen=True):
    """Balances with all records up to one applied, and none after it."""

    sequence: int
    items: list[Balance]


class Position(msgspec.Struct, frozen=True):
    """What an account holds and may spend, and what it waits for; amounts in major units."""

    participant: str
    currency: str
    kind: str
    opening: str
    """At the start of the business day."""
    balance: str
    lowest: str
    """Least balance of the day."""
    credit_limit: str
    reserve_urgent: str
    reserve_high: str
    blocked: str
    """By orders and legal freezes."""
    available: str
    """What a normal payment may use now."""
    waiting_out: str
    """What waits in queues to be paid."""
    waiting_in: str
    """What waits in queues of others to be received."""


class Positions(msgspec.Struct, frozen=True):
    """Positions as of the last record."""

    sequence: int
    items: list[Position]


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """What moved on an account."""

    sequence: int
    """Record that made it final."""
    at: str
    id: str
    kind: str
    counterparty: str
    amount: str
    """Positive when received, negative when paid."""
    balance: str
    """After it."""


class Statement(msgspec.Struct, frozen=True, omit_defaults=True):
    """An account over a stretch of the log."""

    participant: str
    currency: str
    after: int
    """The records after this one ..."""
    until: int
    """... up to and including this one."""
    opening: str
    closing: str
    items: list[Entry]
    next: str = ""
    """Cursor of what follows: the next statement is after `until`. Empty at the end."""
