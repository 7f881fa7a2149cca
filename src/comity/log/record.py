"""A record of the log: a fixed header of 160 bytes, a body of opaque bytes, and perhaps a note.

The body is what happens; the note is what those who let it happen have to say of it: who
asked, under which key, who approved. The engine is never shown a note.

The header chains a record to the one before it: `previous` is the hash over
header, body and note of record n - 1, so the hash of the last record fixes every byte
of the log. Two checksums stand apart from the chain. The one of the header says
whether the lengths can be believed; the one of body and note says whether the bytes
are those that were written. With them a record that ends too early (a write cut
short, `Incomplete`) is told from a record that is all there but altered (rot).

Record n is appended while record n - 1 is being applied, so the youngest state
known by then is that after record n - 2: its digest is what record n carries.

Layout, little-endian, offset and size in bytes::

      0  6  magic "COMITY"         40  4  count of instructions
      6  1  version                44  4  CRC-32 of body and note
      7  1  algorithm of the hash  48  8  length of the body
      8  2  kind                   56  8  digest_of, 0 none
     10  2  zero                   64 16  digest of the state after record digest_of
     12  4  rulebook               80 32  previous hash
     16  8  sequence              112  4  length of the note
     24  8  epoch                 116 40  zero
     32  8  instant               156  4  CRC-32 of the 156 bytes before
"""

import hashlib
import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from comity.errors import LogCorrupt, LogError

HEADER_SIZE = 160
DIGEST_SIZE = 16
HASH_SIZE = 32
VERSION = 1
MAGIC = b"COMITY"
NO_DIGEST = bytes(DIGEST_SIZE)

_FIELDS = struct.Struct("<6sBBHHIQQqIIQQ16s32sI40s")
_CHECKSUM = struct.Struct("<I")
_RESERVED = bytes(40)


class Algorithm(IntEnum):
    """Hash of the chain; both give 32 bytes."""

    SHA256 = 1
    BLAKE2B = 2


class _Fields(NamedTuple):
    """The header as it is laid out, its checksum apart."""

    magic: bytes
    version: int
    algorithm: int
    kind: int
    zero: int
    rulebook: int
    sequence: int
    epoch: int
    instant: int
    instructions: int
    body_crc: int
    length: int
    digest_of: int
    digest: bytes
    previous: bytes
    note_length: int
    reserved: bytes


class Incomplete(LogCorrupt):
    """A record that ends before its header or its body does; at the end of a log it may be cut."""


class Head(NamedTuple):
    """The end of a log: what the next record follows."""

    sequence: int
    """Of the last record; 0 if there is none."""
    epoch: int
    instant: int
    """Microseconds since 1970-01-01 UTC."""
    hash: bytes
    """Over header, body and note of the last record; zeros if there is none."""


START = Head(0, 0, -(1 << 63), bytes(HASH_SIZE))
"""Head of an empty log."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What its writer knows of a record; the log adds its place in the chain."""

    kind: int
    instant: int
    """Microseconds since 1970-01-01 UTC."""
    body: bytes
    count: int = 0
    """Instructions in the body."""
    rulebook: int = 1
    digest_of: int = 0
    """Sequence whose state `digest` covers; 0: none."""
    digest: bytes = NO_DIGEST
    note: bytes = b""
    """Not for the engine: see `comity.gateway.notes`."""


@dataclass(frozen=True, slots=True)
class Record:
    """An entry at its place."""

    sequence: int
    epoch: int
    algorithm: int
    previous: bytes
    entry: Entry


def seal(entry: Entry, head: Head, epoch: int, algorithm: int) -> tuple[bytes, Head]:
    """Place `entry` after `head`: its header, and the head that it makes.

    Reads body and note twice, for the checksum and for the hash; both release the
    interpreter's lock. LogError if a field is out of its range.
    """
    header = encode_header(Record(head.sequence + 1, epoch, algorithm, head.hash, entry))
    return header, Head(head.sequence + 1, epoch, entry.instant, chain_hash(algorithm, header, entry.body, entry.note))


def encode_header(record: Record) -> bytes:
    """Header of `record`, `HEADER_SIZE` bytes; LogError if a field is out of its range."""
    entry = record.entry
    try:
        packed = _FIELDS.pack(
            MAGIC,
            VERSION,
            record.algorithm,
            entry.kind,
            0,
            entry.rulebook,
            record.sequence,
            record.epoch,
            entry.instant,
            entry.count,
            zlib.crc32(entry.note, zlib.crc32(entry.body)),
            len(entry.body),
            entry.digest_of,
            entry.digest,
            record.previous,
            len(entry.note),
            _RESERVED,
        )
    except struct.error as error:
        raise LogError(f"record {record.sequence} cannot be laid out: {error}") from error
    return packed + _CHECKSUM.pack(zlib.crc32(packed))


def chain_hash(algorithm: int, *parts: bytes | memoryview) -> bytes:
    """Hash over `parts`, one after the other."""
    digest = hashlib.sha256() if algorithm == Algorithm.SHA256 else hashlib.blake2b(digest_size=HASH_SIZE)
    for part in parts:
        digest.update(part)
    return digest.digest()


def decode(data: bytes, sequence: int) -> Record:
    """Read the record that is stored as number `sequence`.

    Raises
    ------
    Incomplete
        The bytes end before the header, the body or the note does.
    LogCorrupt
        Anything else that differs from what a writer writes.
    """
    if len(data) < HEADER_SIZE:
        raise Incomplete(sequence, f"ends after {len(data)} of {HEADER_SIZE} bytes of its header")
    fields = _checked_fields(data, sequence)
    if fields.sequence != sequence:
        raise LogCorrupt(sequence, f"its header says that it is record {fields.sequence}")
    rest, length = data[HEADER_SIZE:], fields.length + fields.note_length
    if len(rest) < length:
        raise Incomplete(sequence, f"ends after {len(rest)} of {length} bytes of its body")
    if len(rest) > length:
        raise LogCorrupt(sequence, f"goes on for {len(rest) - length} bytes after its body")
    body_crc = zlib.crc32(rest)
    if body_crc != fields.body_crc:
        raise LogCorrupt(sequence, f"checksum of its body is {body_crc:08x} instead of {fields.body_crc:08x}")
    entry = Entry(
        fields.kind,
        fields.instant,
        rest[: fields.length],
        fields.instructions,
        fields.rulebook,
        fields.digest_of,
        fields.digest,
        rest[fields.length :],
    )
    return Record(sequence, fields.epoch, fields.algorithm, fields.previous, entry)


def _checked_fields(data: bytes, sequence: int) -> _Fields:
    """Unpack the header once its own checksum and its fixed parts hold."""
    if not data.startswith(MAGIC):
        raise LogCorrupt(sequence, f"starts with {data[: len(MAGIC)]!r} instead of {MAGIC!r}")
    stated = _CHECKSUM.unpack_from(data, _FIELDS.size)[0]
    actual = zlib.crc32(memoryview(data)[: _FIELDS.size])
    if stated != actual:
        raise LogCorrupt(sequence, f"checksum of its header is {actual:08x} instead of {stated:08x}")
    fields = _Fields._make(_FIELDS.unpack_from(data))
    if fields.version != VERSION:
        raise LogCorrupt(sequence, f"is of version {fields.version}; this program reads version {VERSION}")
    if fields.algorithm not in tuple(Algorithm):
        raise LogCorrupt(sequence, f"names hash algorithm {fields.algorithm}, which does not exist")
    if fields.zero or fields.reserved != _RESERVED:
        raise LogCorrupt(sequence, "reserved bytes of its header are not zero")
    return fields
