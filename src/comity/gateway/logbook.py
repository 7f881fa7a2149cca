"""The log, for those who take part: where it ends, what stands in it, and proofs that it does."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from comity.engine.columns import OBLIGATION, ORDER, PAYMENT, PVP, RecordKind, read_json, unpack, unpack_arrays
from comity.errors import Fault, InvalidRequest, NotFound
from comity.gateway.tree import TreeReader
from comity.log.record import HEADER_SIZE, chain_hash, decode
from comity.log.tree import head_bytes
from comity.model.instant import format_instant
from comity.wire.log import Consistency, Inclusion, RecordHeader, RecordRead, SignedHead

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np

    from comity.gateway.feed import Feed
    from comity.gateway.signing import Signer
    from comity.log.protocol import Stored

PAGE_BYTES = 16 << 20
"""Bytes of records that are read for one page of headers."""
ROWS_MAX = 1_000
"""Rows of a record that are shown decoded."""
_ROWS = {
    RecordKind.PAYMENTS: PAYMENT,
    RecordKind.PVPS: PVP,
    RecordKind.OBLIGATIONS: OBLIGATION,
    RecordKind.ORDERS: ORDER,
}
_HIDDEN = frozenset({"text", "pad"})


class Logbook:
    """Reads in the feed's thread, so that one thread reads the log.

    Parameters
    ----------
    tree
        File of the log's tree.
    signer
        Signs heads.
    """

    def __init__(self, feed: Feed, tree: Path, signer: Signer) -> None:
        self._feed = feed
        self._tree = TreeReader(tree)
        self._signer = signer
        self._head = lru_cache(maxsize=16)(self._head_of)

    async def head(self, size: int = 0) -> SignedHead:
        """Return the head that the log had after `size` records, 0 for now; NotFound if it has fewer."""
        return await self._feed.run(lambda: self._head(self._size(size)))

    async def inclusion(self, sequence: int, size: int = 0) -> Inclusion:
        """Prove that a record is in the log of a size; NotFound if there is none."""

        def prove() -> Inclusion:
            whole = self._size(size)
            if not 1 <= sequence <= whole:
                raise NotFound(f"a log of {whole} records has no record {sequence}")
            value = _hash_of(self._stored(sequence))
            path = [each.hex() for each in self._tree.inclusion(sequence - 1, whole)]
            return Inclusion(sequence, value.hex(), path, self._head(whole))

        return await self._feed.run(prove)

    async def consistency(self, old: int, size: int = 0) -> Consistency:
        """Prove that the log of a size continues that of an older one."""

        def prove() -> Consistency:
            whole = self._size(size)
            if not 1 <= old <= whole:
                raise InvalidRequest([Fault("", 0, "old", f"a size from 1 to {whole}", str(old))])
            return Consistency(old, [each.hex() for each in self._tree.consistency(old, whole)], self._head(whole))

        return await self._feed.run(prove)

    async def headers(self, after: int, limit: int) -> tuple[list[RecordHeader], int]:
        """Return headers of records after a sequence, and the last sequence looked at; fewer if records are large."""

        def read() -> tuple[list[RecordHeader], int]:
            found: list[RecordHeader] = []
            size = 0
            for stored in self._feed.entries.log.read(after + 1):
                if stored.sequence > self._feed.through or len(found) >= limit or size > PAGE_BYTES:
                    break
                found.append(_header(stored))
                size += len(stored.data)
            return found, (found[-1].sequence if found else after)

        return await self._feed.run(read)

    async def header(self, sequence: int) -> RecordHeader:
        """Return the header of a record; NotFound if there is none."""
        return await self._feed.run(lambda: _header(self._stored(sequence)))

    async def record(self, sequence: int) -> RecordRead:
        """Return a record and what it says; NotFound if there is none."""
        return await self._feed.run(lambda: _decoded(self._stored(sequence)))

    async def stored(self, sequence: int) -> bytes:
        """Return a record as it is stored; NotFound if there is none."""
        return await self._feed.run(lambda: self._stored(sequence).data)

    def close(self) -> None:
        """Let go of the file; after the feed was closed."""
        self._tree.close()

    def _size(self, size: int) -> int:
        now = self._feed.through
        if size > now:
            raise NotFound(f"the log has {now} records, not {size}")
        return size or now

    def _stored(self, sequence: int) -> Stored:
        if 1 <= sequence <= self._feed.through:
            for stored in self._feed.entries.log.read(sequence):
                if stored.sequence == sequence:
                    return stored
                break
        raise NotFound(f"the log has no record {sequence}")

    def _head_of(self, size: int) -> SignedHead:
        stored = self._stored(size)
        root, last = self._tree.root(size), _hash_of(stored)
        instant = decode(stored.data, size).entry.instant
        signature = self._signer.sign(head_bytes(size, root, last, instant)).hex()
        at = format_instant(instant)
        return SignedHead(size, root.hex(), last.hex(), at, instant, self._signer.public.hex(), signature)


def _hash_of(stored: Stored) -> bytes:
    return chain_hash(decode(stored.data, stored.sequence).algorithm, stored.data)


def _header(stored: Stored) -> RecordHeader:
    record = decode(stored.data, stored.sequence)
    entry = record.entry
    return RecordHeader(
        stored.sequence,
        RecordKind(entry.kind).name.lower(),
        format_instant(entry.instant),
        entry.count,
        record.epoch,
        entry.rulebook,
        _hash_of(stored).hex(),
        record.previous.hex(),
        len(entry.body) + len(entry.note),
        stored.data[:HEADER_SIZE].hex(),
        entry.digest_of,
        entry.digest.hex() if entry.digest_of else "",
    )


def _decoded(stored: Stored) -> RecordRead:
    entry = decode(stored.data, stored.sequence).entry
    note = msgspec.json.decode(entry.note) if entry.note else None
    dtype = _ROWS.get(RecordKind(entry.kind))
    if dtype is not None:
        rows, sides, text = unpack(entry.body, dtype)
        shown = [_row(row, sides, bytes(text)) for row in rows[:ROWS_MAX]]
        return RecordRead(_header(stored), shown, max(len(rows) - ROWS_MAX, 0), note)
    read: Callable[[bytes], Any] = read_json
    if entry.kind not in (RecordKind.GENESIS, RecordKind.COMMANDS):
        read = _said
    return RecordRead(_header(stored), read(entry.body) if entry.body else None, 0, note)


def _said(body: bytes) -> dict[str, Any]:
    about, rest = unpack_arrays(body)
    return {"about": about, "arrays": base64.b64encode(rest).decode()}


def _row(row: np.void, sides: np.ndarray, text: bytes) -> dict[str, Any]:
    plain = {name: row[name].tolist() for name in row.dtype.names or () if name not in _HIDDEN}
    plain["side"] = None
    if "side" in (row.dtype.names or ()) and row["side"] >= 0:
        plain["side"] = {name: sides[row["side"]][name].tolist() for name in sides.dtype.names or ()}
    start = int(row["text"])
    if start >= 0:
        plain["id"], plain["purpose"] = (part.decode() for part in text[start:].split(b"\0", 2)[:2])
    return plain
