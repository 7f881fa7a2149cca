from __future__ import annotations

import dataclasses
import hashlib
import zlib

import pytest

from comity.errors import LogCorrupt, LogError
from comity.log.protocol import Stored
from comity.log.record import HEADER_SIZE, START, Algorithm, Entry, Incomplete, chain_hash, decode, seal
from comity.log.verify import walk
from tests.ports.log_cases import entry


def sealed(count: int, algorithm: Algorithm = Algorithm.SHA256) -> list[bytes]:
    """Stored bytes of the first `count` records of a log."""
    head = START
    records = []
    for number in range(1, count + 1):
        one = entry(number)
        header, head = seal(one, head, 1, algorithm)
        records.append(header + one.body)
    return records


def stored(records: list[bytes]) -> list[Stored]:
    return [Stored(number, data) for number, data in enumerate(records, 1)]


def replaced(record: bytes, offset: int, data: bytes) -> bytes:
    return record[:offset] + data + record[offset + len(data) :]


def test_header_has_its_documented_size_and_fields_in_place() -> None:
    header, _ = seal(Entry(7, -5, b"body", 3, 2, 0, b"d" * 16), START, 9, Algorithm.SHA256)
    assert len(header) == HEADER_SIZE
    assert header[:10] == b"COMITY" + bytes([1, 1, 7, 0])
    assert [int.from_bytes(header[at : at + 8], "little", signed=True) for at in (16, 24, 32, 48, 56)] == [
        1,
        9,
        -5,
        4,
        0,
    ]
    assert header[64:80] == b"d" * 16
    assert header[80:156] == bytes(76)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_record_decodes_to_what_was_sealed(algorithm: Algorithm) -> None:
    data = sealed(3, algorithm)[2]
    record = decode(data, 3)
    assert (record.sequence, record.epoch, record.algorithm) == (3, 1, algorithm)
    assert record.entry == entry(3)


def test_chain_is_the_plain_hash_of_header_and_body() -> None:
    first, second, third = sealed(3)
    assert decode(second, 2).previous == hashlib.sha256(first).digest()
    assert decode(third, 3).previous == hashlib.sha256(second).digest()
    assert chain_hash(Algorithm.BLAKE2B, first[:9], first[9:]) == hashlib.blake2b(first, digest_size=32).digest()


@pytest.mark.parametrize("size", [0, 1, 159])
def test_record_without_whole_header_is_incomplete(size: int) -> None:
    with pytest.raises(Incomplete, match=f"record 1: ends after {size} of 160 bytes of its header"):
        decode(sealed(1)[0][:size], 1)


def test_record_without_whole_body_is_incomplete() -> None:
    with pytest.raises(Incomplete, match="record 1: ends after 39 of 40 bytes of its body"):
        decode(sealed(1)[0][:-1], 1)


def test_record_longer_than_it_says_is_altered() -> None:
    with pytest.raises(LogCorrupt, match="record 1: goes on for 2 bytes after its body"):
        decode(sealed(1)[0] + b"xx", 1)


def test_every_flipped_bit_is_noticed() -> None:
    data = sealed(2)[1]
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(LogCorrupt):
            decode(bytes(flipped), 2)


def test_record_of_another_number_is_altered() -> None:
    with pytest.raises(LogCorrupt, match="record 2: its header says that it is record 1"):
        decode(sealed(1)[0], 2)


def test_field_out_of_range_is_refused() -> None:
    with pytest.raises(LogError, match="record 1 cannot be laid out"):
        seal(dataclasses.replace(entry(1), count=-1), START, 1, Algorithm.SHA256)


def test_walk_yields_records_and_ends_with_their_head() -> None:
    walked = list(walk(stored(sealed(4))))
    assert [record.sequence for record, _ in walked] == [1, 2, 3, 4]
    assert walked[-1][1].hash == hashlib.sha256(sealed(4)[3]).digest()


def test_walk_names_a_record_that_is_missing() -> None:
    records = stored(sealed(4))
    del records[1]
    with pytest.raises(LogCorrupt, match="record 2: is missing; the next one stored is record 3"):
        list(walk(records))


def test_walk_names_a_record_of_another_history() -> None:
    records = sealed(3)
    other, _ = seal(entry(2), START._replace(sequence=1, hash=bytes(32)), 1, Algorithm.SHA256)
    records[1] = other + entry(2).body
    with pytest.raises(LogCorrupt, match="record 2: follows a record of hash 00"):
        list(walk(stored(records)))


@pytest.mark.parametrize(
    ("epochs", "instants", "match"),
    [
        ((2, 1), (5, 5), "record 2: is of epoch 1 after epoch 2"),
        ((0, 1), (5, 5), "record 1: is of epoch 0 after epoch 0"),
        ((1, 1), (5, 4), "record 2: is of instant 4 after instant 5"),
    ],
)
def test_walk_names_what_falls(epochs: tuple[int, int], instants: tuple[int, int], match: str) -> None:
    head = START
    records = []
    for epoch, instant in zip(epochs, instants, strict=True):
        one = Entry(2, instant, b"")
        header, head = seal(one, head, epoch, Algorithm.SHA256)
        records.append(header)
    with pytest.raises(LogCorrupt, match=match):
        list(walk(stored(records)))


def test_walk_refuses_a_digest_of_the_future() -> None:
    header, _ = seal(Entry(2, 1, b"", digest_of=1), START, 1, Algorithm.SHA256)
    with pytest.raises(LogCorrupt, match="record 1: carries the digest of record 1, which comes later"):
        list(walk([Stored(1, header)]))


def test_reserved_bytes_must_be_zero() -> None:
    data = replaced(sealed(1)[0], 120, b"\x01")
    data = replaced(data, 156, zlib.crc32(data[:156]).to_bytes(4, "little"))
    with pytest.raises(LogCorrupt, match="reserved bytes of its header are not zero"):
        decode(data, 1)


@pytest.mark.parametrize(
    ("offset", "match"), [(6, "is of version 9; this program reads version 1"), (7, "names hash algorithm 9")]
)
def test_unknown_version_and_algorithm_are_named(offset: int, match: str) -> None:
    data = replaced(sealed(1)[0], offset, b"\x09")
    data = replaced(data, 156, zlib.crc32(data[:156]).to_bytes(4, "little"))
    with pytest.raises(LogCorrupt, match=match):
        decode(data, 1)
