"""Checking, without asking anybody, that a log holds a record and continues what it was, and who certified what.

A participant keeps the newest head that it has seen. A log that later leaves something out or changes it
can give no proof that its head continues the one kept. The checks are those of RFC 9162,
sections 2.1.3.2 and 2.1.4.2; the leaves are the records' hashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from comity.errors import ComityError
from comity.log.record import chain_hash, decode
from comity.log.tree import EMPTY, head_bytes, leaf_hash, node_hash
from comity.wire.conformance import certificate_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.wire.conformance import Certificate
    from comity.wire.log import Consistency, Inclusion, SignedHead

_HASH_SIZE = 32


class ProofFailed(ComityError):  # noqa: N818 - what happened
    """What was to be proven is not; says why."""

    exit_code: ClassVar[int] = 1


def check_head(head: SignedHead, key: str) -> None:
    """Check the signature of a head; ProofFailed if it is not by this public key, hexadecimal."""
    _check_signature(
        "head", head.signature, head_bytes(head.size, _hash(head.root), _hash(head.hash), head.instant), key
    )


def check_certificate(certificate: Certificate, key: str) -> None:
    """Check the signature of a certificate; ProofFailed if it is not by this public key, hexadecimal."""
    _check_signature("certificate", certificate.signature, certificate_bytes(certificate), key)


def _check_signature(what: str, signature: str, message: bytes, key: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        raise ProofFailed(f"the {what} is not signed by this key") from None


def check_inclusion(proof: Inclusion, record: bytes | None = None) -> None:
    """Check that a record is in the log that a head stands for.

    Parameters
    ----------
    record
        The record's bytes as stored, if they are at hand: their hash is then checked too.

    Raises
    ------
    ProofFailed
        The record is not proven to be there. Whether the head is the gateway's: see `check_head`.
    """
    if record is not None and record_hash(record, proof.sequence) != proof.hash:
        raise ProofFailed(f"the bytes are not those of record {proof.sequence}")
    index, last = proof.sequence - 1, proof.head.size - 1
    if not 0 <= index <= last:
        raise ProofFailed(f"a log of {proof.head.size} records has no record {proof.sequence}")
    value = leaf_hash(_hash(proof.hash))
    for other in map(_hash, proof.path):
        if last == 0:
            raise ProofFailed("the path is too long")
        if index & 1 or index == last:
            value = node_hash(other, value)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            value = node_hash(value, other)
        index, last = index >> 1, last >> 1
    if last or value != _hash(proof.head.root):
        raise ProofFailed("the path does not lead to the root")


def check_consistency(proof: Consistency, old: SignedHead) -> None:
    """Check that a head continues an older one.

    Parameters
    ----------
    old
        Kept by whoever checks.

    Raises
    ------
    ProofFailed
        It is not proven that everything the older head stood for is still there, unchanged.
    """
    head = proof.head
    if proof.old != old.size or old.size > head.size:
        raise ProofFailed(f"a proof from {proof.old} to {head.size} records says nothing of a head of {old.size}")
    if old.size == head.size:
        if proof.path or old.root != head.root:
            raise ProofFailed("two heads of one size differ")
        return
    if old.size == 0:
        if _hash(old.root) != EMPTY or proof.path:
            raise ProofFailed("an empty log has the root of an empty tree")
        return
    _check_path(list(map(_hash, proof.path)), old, head)


def _check_path(path: Sequence[bytes], old: SignedHead, head: SignedHead) -> None:
    """Fold a path between two sizes, 0 < old < new, to both roots."""
    rest = list(path)
    if old.size & (old.size - 1) == 0:
        rest.insert(0, _hash(old.root))
    if not rest:
        raise ProofFailed("the path is empty")
    index, last = old.size - 1, head.size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    before = after = rest[0]
    for other in rest[1:]:
        if last == 0:
            raise ProofFailed("the path is too long")
        if index & 1 or index == last:
            before, after = node_hash(other, before), node_hash(other, after)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            after = node_hash(after, other)
        index, last = index >> 1, last >> 1
    if last or before != _hash(old.root) or after != _hash(head.root):
        raise ProofFailed("the head does not continue the older one")


def record_hash(record: bytes, sequence: int) -> str:
    """Return the hash of a record as it is stored, hexadecimal; LogCorrupt if it is none of this number."""
    return chain_hash(decode(record, sequence).algorithm, record).hex()


def _hash(text: str) -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != _HASH_SIZE:
        raise ProofFailed(f"a hash has 64 hexadecimal digits, not {text[:70]!r}")
    return value
