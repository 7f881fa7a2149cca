"""Judging stored records: checksums, chain, numbers, epochs, instants.

`walk` reads a log from its start and yields each record once it is proven to
follow the one before; the first that does not is named by `LogCorrupt`. What the
records *do* is for `comity.node` to replay.
"""

from collections.abc import Callable, Generator, Iterable

from comity.errors import LogCorrupt
from comity.log.protocol import Stored
from comity.log.record import START, Head, Incomplete, Record, chain_hash, decode


def walk(stored: Iterable[Stored], head: Head = START) -> Generator[tuple[Record, Head], None, None]:
    """Check that records follow `head` and each other; yield each with the head it makes.

    Raises
    ------
    LogCorrupt
        Names the first record that is missing, altered or out of place.
        `Incomplete` if it merely ends too early.
    """
    for sequence, data in stored:
        if sequence != head.sequence + 1:
            raise LogCorrupt(head.sequence + 1, f"is missing; the next one stored is record {sequence}")
        record = decode(data, sequence)
        _check_order(record, head)
        head = _head_of(record, data)
        yield record, head


def last_head(tail: Stored | None, before: Callable[[], Stored]) -> tuple[Head, int]:
    """Head of a log that ends with `tail`; `before` fetches the record before it.

    Returns the head to go on from and the number of the record to cut off first:
    that of `tail` if it is incomplete, else 0. LogCorrupt if the end is altered.
    """
    if tail is None:
        return START, 0
    try:
        return _head_of(decode(tail.data, tail.sequence), tail.data), 0
    except Incomplete:
        if tail.sequence == 1:
            return START, 1
        sequence, data = before()
        try:
            return _head_of(decode(data, sequence), data), tail.sequence
        except Incomplete as error:
            raise LogCorrupt(sequence, f"{error.what}, and another record follows") from None


def _head_of(record: Record, data: bytes) -> Head:
    """Head that a record makes; its hash is over the bytes as stored."""
    return Head(record.sequence, record.epoch, record.entry.instant, chain_hash(record.algorithm, data))


def _check_order(record: Record, head: Head) -> None:
    """Compare what the header says of its place with `head`."""
    sequence, entry = record.sequence, record.entry
    if record.previous != head.hash:
        raise LogCorrupt(sequence, f"follows a record of hash {record.previous.hex()}, not {head.hash.hex()}")
    if record.epoch < max(head.epoch, 1):
        raise LogCorrupt(sequence, f"is of epoch {record.epoch} after epoch {head.epoch}")
    if entry.instant < head.instant:
        raise LogCorrupt(sequence, f"is of instant {entry.instant} after instant {head.instant}")
    if entry.digest_of and entry.digest_of >= sequence:
        raise LogCorrupt(sequence, f"carries the digest of record {entry.digest_of}, which comes later")
