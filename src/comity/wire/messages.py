"""Messages of ISO 20022 that wait for a participant."""

from __future__ import annotations

import msgspec


class Waiting(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message for a participant, as it follows from what a record did."""

    id: str
    """Its reference: number of the record, and place among what that changed."""
    definition: str
    """Its version: "pacs.008.001.08". A payment that says what this has no room for is sent as it came."""
    at: str
    """Instant of the record."""
    message: str
    """Reference of the message by which the instruction entered."""
    instruction: str = ""
    """`InstrId` there."""
    uetr: str = ""


class Messages(msgspec.Struct, frozen=True):
    """A part of the messages for a participant."""

    items: list[Waiting]
    after: str
    """Cursor to go on from."""
    through: int
    """Record up to which there is nothing more for now."""


class Erased(msgspec.Struct, frozen=True):
    """What is kept no more: a message, or what a payment says of customers."""

    participant: str
    """Who sent it."""
    message: str
    """Its reference; of a payment its id."""
    sequence: int
    """Record that says so."""
