"""Conformance: what a message is found to be, what a participant has shown, and the certificate of it."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Result: TypeAlias = Literal["passed", "failed", "not-applicable"]


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where something is wrong, and what stands there."""

    place: str
    """Path of an element; empty for a message that cannot be read."""
    found: str
    item: int = 0
    """Number of the payment, from 1; absent if it is the message as a whole."""


class RuleResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """A usage rule, and how a message stands to it."""

    rule: str
    result: Result
    asks: str
    code: str
    """Reason that would be given."""
    places: list[Place] = msgspec.field(default_factory=list)
    """Where it is broken."""


class Report(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a message is found to be; nothing was entered."""

    accepted: bool
    """Whether it would be carried out, as far as can be told without doing it."""
    why: str
    """If not: why, in a few words."""
    definition: str
    """Its version; empty if it could not be found."""
    reference: str
    """Its `BizMsgIdr`, or what could be found of it."""
    refusal: str
    """Code in admi.002 if it cannot be read or does not follow its schema; else empty."""
    schema: list[Place]
    """Where it does not follow its schema, or why it cannot be read."""
    rules: list[RuleResult]
    """Every usage rule, in the order of the reference; none if it cannot be read."""
    answer: str = ""
    """The message by which it would be refused."""


class Passed(msgspec.Struct, frozen=True):
    """By what a case was passed."""

    at: str
    message: str
    """Reference of the message."""
    definition: str
    """Its version."""


class Case(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that a participant has to show, and whether it has."""

    case: str
    asks: str
    passed: Passed | None = None


class Standing(msgspec.Struct, frozen=True):
    """How a participant stands in the suite."""

    participant: str
    suite: int
    """Version of the suite."""
    complete: bool
    cases: list[Case]


class Certificate(msgspec.Struct, frozen=True):
    """A participant has passed the suite."""

    participant: str
    union: str
    suite: int
    """Version of the suite."""
    software: str
    """Version of Comity against which it was passed."""
    issued_at: str
    cases: list[Case]
    key: str
    """Public Ed25519 key of the gateway, hexadecimal."""
    signature: str = ""
    """Hexadecimal, over what `certificate_bytes` makes of all else."""


def certificate_bytes(certificate: Certificate) -> bytes:
    """Return what is signed of a certificate: a mark, and its JSON without spaces, its signature empty."""
    unsigned = msgspec.structs.replace(certificate, signature="")
    return b"comity conformance 1\0" + msgspec.json.encode(unsigned)
