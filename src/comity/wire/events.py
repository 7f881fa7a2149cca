"""Events: what records did, as those whom it concerns are told."""

from __future__ import annotations

from typing import Literal

import msgspec

from comity.wire.answers import Why


class InstructionLeft(msgspec.Struct, frozen=True, omit_defaults=True):
    """An instruction as a record left it."""

    id: str
    """As its sender wrote it; empty for what a record made by itself."""
    kind: str
    """payment, pvp, transfer, obligation, net, order or conversion."""
    state: str
    """PDNG where what it waits for is the payer's affair."""
    debtor: str
    creditor: str
    currency: str
    amount: str
    """What it moves once it is settled; of an obligation or an order what is left of it."""
    entered: str
    """Record and row by which it entered: `sequence.row`."""
    date: str = ""
    priority: str = ""
    how: str = ""
    reason: Why | None = None
    purpose: str = ""


class CommandCarried(msgspec.Struct, frozen=True, omit_defaults=True):
    """A command, and what became of it."""

    command: str
    state: str
    """STLD carried out, RJTD refused."""
    participant: str = ""
    currency: str = ""
    target: str = ""
    amount: str = ""
    value: str = ""
    reason: Why | None = None
    detail: str = ""


class Passed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step of offsetting, of a clearing cycle or of an auction, and what became of it."""

    step: str
    """settle_together, cut, discharge, pay_obligations, open_call, extend_call, close_call or clear_auction."""
    accepted: bool
    settled: int = 0
    """Instructions that it settled, discharged or took in."""
    about: dict[str, str | int | bool | list[str]] = {}
    """What the record says of itself: cycle, currencies, rule, proposer, ..."""
    refused: str = ""
    """Why, to those who see all accounts."""


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one record did to one thing; one of the last three fields is there, as `type` says."""

    id: str
    """`sequence.index`: stable, the same for everyone who is told of it."""
    previous: str
    """Cursor before it in this stream: of an event, of a heartbeat, or the one asked for."""
    type: Literal["instruction", "command", "step"]
    at: str
    """Instant of the record."""
    business_date: str
    instruction: InstructionLeft | None = None
    command: CommandCarried | None = None
    step: Passed | None = None


class Events(msgspec.Struct, frozen=True):
    """Events after a cursor, in order."""

    events: list[Event]
    next: str
    """Cursor to go on from: everything up to it has been told."""
    through: int
    """Record up to which there is nothing more now; below the last event's if more follows at once."""
