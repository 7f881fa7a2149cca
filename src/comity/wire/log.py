"""The log, as it is shown and proven to those who take part; hashes and signatures are hexadecimal."""

from __future__ import annotations

from typing import Any

import msgspec


class SignedHead(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a log ends, and the root over all of it."""

    size: int
    """Records: the sequence of the last one."""
    root: str
    """Of the Merkle tree over the records' hashes: see decision 0027."""
    hash: str
    """Of the last record, which chains all before it."""
    at: str
    """Instant of the last record."""
    instant: int
    """The same, microseconds since 1970-01-01 UTC: what is signed."""
    key: str = ""
    """Public Ed25519 key of the gateway, empty if it has none."""
    signature: str = ""
    """Over what `comity.log.tree.head_bytes` makes of size, root, hash and instant."""


class RecordHeader(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record without what it says."""

    sequence: int
    kind: str
    at: str
    count: int
    """Instructions or commands."""
    epoch: int
    rulebook: int
    hash: str
    previous: str
    length: int
    """Bytes of body and note."""
    header: str
    """Its 160 bytes as stored."""
    digest_of: int = 0
    digest: str = ""


class RecordRead(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record and what it says."""

    header: RecordHeader
    body: Any
    """Commands and steps as JSON; rows of instructions as objects by column, hashes left out."""
    rows_left_out: int = 0
    """Rows beyond those shown; the record's bytes have all."""
    note: Any = None
    """What the gateway wrote beside it."""


class Inclusion(msgspec.Struct, frozen=True):
    """Proof that a record is in the log."""

    sequence: int
    hash: str
    """Of the record: over its header, body and note."""
    path: list[str]
    """From the record's leaf to the root, lowest first."""
    head: SignedHead


class Consistency(msgspec.Struct, frozen=True):
    """Proof that one head continues an older one."""

    old: int
    """Size of the log at the older head."""
    path: list[str]
    head: SignedHead
