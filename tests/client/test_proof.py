"""Proofs of the log: right ones hold, and any change to one is noticed."""

import hashlib
from typing import TYPE_CHECKING

import msgspec
import pytest

from comity.client.proof import ProofFailed, check_consistency, check_head, check_inclusion
from comity.gateway.signing import FileKey
from comity.log.tree import EMPTY, Tree, grow, head_bytes, leaf_hash
from comity.wire.log import Consistency, Inclusion, SignedHead

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = range(1, 34)
RECORDS = [hashlib.sha256(b"record %d" % number).digest() for number in range(40)]
KEY = FileKey.new()


def naive_root(leaves: list[bytes]) -> bytes:
    """Return the root as RFC 6962, section 2.1 defines it."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    split = max(1 << power for power in range(10) if 1 << power < len(leaves))
    return hashlib.sha256(b"\1" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def grown() -> Tree:
    nodes: dict[tuple[int, int], bytes] = {}
    for size, record in enumerate(RECORDS):
        for level, number, value in grow(size, leaf_hash(record), lambda *at: nodes[at]):
            assert (level, number) not in nodes
            nodes[level, number] = value
    return Tree(lambda *at: nodes[at])


TREE = grown()


def head(size: int) -> SignedHead:
    root, last = TREE.root(size), RECORDS[size - 1]
    signature = KEY.sign(head_bytes(size, root, last, 1_000))
    return SignedHead(size, root.hex(), last.hex(), "", 1_000, KEY.public.hex(), signature.hex())


def inclusion(sequence: int, size: int) -> Inclusion:
    path = [each.hex() for each in TREE.inclusion(sequence - 1, size)]
    return Inclusion(sequence, RECORDS[sequence - 1].hex(), path, head(size))


def consistency(old: int, size: int) -> Consistency:
    return Consistency(old, [each.hex() for each in TREE.consistency(old, size)], head(size))


def test_root_is_that_of_the_standard() -> None:
    assert TREE.root(0) == EMPTY == naive_root([])
    for size in SIZES:
        assert TREE.root(size) == naive_root(RECORDS[:size])


def test_every_record_is_proven_in_every_size_with_a_logarithm_of_hashes() -> None:
    for size in SIZES:
        for sequence in range(1, size + 1):
            proof = inclusion(sequence, size)
            check_inclusion(proof)
            assert len(proof.path) <= (size - 1).bit_length()


def test_every_size_is_proven_to_continue_every_smaller_one() -> None:
    for size in SIZES:
        for old in range(1, size + 1):
            proof = consistency(old, size)
            check_consistency(proof, head(old))
            assert len(proof.path) <= (size - 1).bit_length() + 1


def other(text: str) -> str:
    return ("0" if text[0] != "0" else "1") + text[1:]


@pytest.mark.parametrize(("sequence", "size"), [(1, 1), (1, 7), (4, 7), (7, 7), (8, 8), (17, 33), (33, 33)])
def test_inclusion_of_which_anything_is_changed_fails(sequence: int, size: int) -> None:
    proof = inclusion(sequence, size)
    change: Callable[..., Inclusion] = msgspec.structs.replace
    wrong = [
        change(proof, hash=other(proof.hash)),
        change(proof, sequence=size + 1),
        change(proof, sequence=0),
        change(proof, path=[*proof.path, proof.hash]),
        change(proof, head=change(proof.head, root=other(proof.head.root))),
        change(proof, hash="ab"),
        *(
            change(proof, path=[*proof.path[:at], other(proof.path[at]), *proof.path[at + 1 :]])
            for at in range(len(proof.path))
        ),
        *([change(proof, path=proof.path[:-1])] if proof.path else []),
        *(change(proof, sequence=at) for at in range(1, size + 1) if at != sequence),
    ]
    for each in wrong:
        with pytest.raises(ProofFailed):
            check_inclusion(each)


@pytest.mark.parametrize(("old", "size"), [(1, 2), (3, 7), (4, 7), (6, 8), (8, 8), (17, 33), (32, 33)])
def test_consistency_of_which_anything_is_changed_fails(old: int, size: int) -> None:
    proof, kept = consistency(old, size), head(old)
    change: Callable[..., Consistency] = msgspec.structs.replace
    forged = msgspec.structs.replace(kept, root=other(kept.root))
    wrong = [
        (proof, forged),
        (proof, head(old - 1) if old > 1 else head(3)),
        (change(proof, head=msgspec.structs.replace(proof.head, root=other(proof.head.root))), kept),
        (change(proof, path=[*proof.path, kept.root]), kept),
        *(
            (change(proof, path=[*proof.path[:at], other(proof.path[at]), *proof.path[at + 1 :]]), kept)
            for at in range(len(proof.path))
        ),
        *([(change(proof, path=proof.path[:-1]), kept)] if proof.path else []),
    ]
    for each, against in wrong:
        with pytest.raises(ProofFailed):
            check_consistency(each, against)


def test_head_is_checked_against_the_key_and_every_field() -> None:
    check_head(head(5), KEY.public.hex())
    change: Callable[..., SignedHead] = msgspec.structs.replace
    for wrong in (
        change(head(5), size=6),
        change(head(5), root=other(head(5).root)),
        change(head(5), hash=other(head(5).hash)),
        change(head(5), instant=1_001),
        change(head(5), signature=other(head(5).signature)),
        change(head(5), signature="zz"),
    ):
        with pytest.raises(ProofFailed):
            check_head(wrong, KEY.public.hex())
    with pytest.raises(ProofFailed):
        check_head(head(5), FileKey.new().public.hex())
