"""Credentials: issuing keys to machines, rotating and revoking them.

A key answers to the person who asked for it and is worth at most what they are, so making one
gives nobody more than they have; a key that makes another gives it at most its own scope.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, NamedTuple

from msgspec import UNSET

from comity.errors import Conflict, Fault, InvalidRequest, NotFound
from comity.gateway.authority import OPERATIONS
from comity.gateway.chance import draw_id, draw_key
from comity.gateway.enrolments import Credential, Revoked
from comity.gateway.identities import hash_of
from comity.model.instant import DAY_US, parse_instant
from comity.model.plain import is_clean

if TYPE_CHECKING:
    from comity.gateway.actor import Actor
    from comity.gateway.enrolments import CredentialKind
    from comity.gateway.identities import Held, Identities
    from comity.wire.identities import KeyAsked, Proof, RotationAsked

LIFE_DAYS_MAX = 400
HELD_MAX = 100
"""Credentials of one person; what has expired counts until it is revoked."""
_PUBLIC_KEY_SIZE = 32
_CERTIFICATES = ("certificate", "message-certificate")


class Issued(NamedTuple):
    """A new credential, and the secret that is shown once; empty if there is none."""

    note: Credential
    secret: str


def issue(asked: KeyAsked, actor: Actor, identities: Identities, now: int) -> Issued:
    """Make a credential for the person who asks.

    Raises
    ------
    InvalidRequest
        With every field that cannot be read, or asks for more than the actor has.
    Conflict
        They have too many, or this one is enrolled already.
    """
    faults = _scope_faults(asked, actor)
    secret, proof = _prove(asked.kind, asked, faults)
    expires = _expiry(asked.expires_at, now, faults)
    if faults:
        raise InvalidRequest(faults)
    _make_room(actor, asked.kind, proof, identities)
    note = Credential(
        draw_id(),
        asked.kind,
        proof,
        actor.person,
        actor.party,
        tuple(asked.roles),
        actor.id,
        expires,
        tuple(asked.operations or sorted(actor.operations or ())),
        asked.label,
    )
    return Issued(note, secret)


def rotate(name: str, asked: RotationAsked, actor: Actor, identities: Identities, now: int) -> tuple[Issued, Revoked]:
    """Replace a credential by another of the same scope; for `overlap_s` both are good.

    Raises
    ------
    InvalidRequest
        With every field that cannot be read.
    NotFound
        The actor's person has no such credential.
    Conflict
        They have too many, or the new one is enrolled already.
    """
    old = own(name, actor, identities).note
    faults: list[Fault] = []
    secret, proof = _prove(old.kind, asked, faults)
    expires = _expiry(asked.expires_at, now, faults)
    if not actor.roles.issuperset(old.roles) or not _within(old.operations, actor):
        faults.append(Fault("", 0, "", "a key of no more than you may do yourself", "more"))
    if faults:
        raise InvalidRequest(faults)
    _make_room(actor, old.kind, proof, identities)
    note = Credential(
        draw_id(), old.kind, proof, old.person, old.party, old.roles, actor.id, expires, old.operations, old.label, name
    )
    return Issued(note, secret), Revoked(name, actor.id, now + asked.overlap_s * 1_000_000 if asked.overlap_s else 0)


def own(name: str, actor: Actor, identities: Identities) -> Held:
    """Return a credential of the actor's person; NotFound if there is none."""
    held = identities.held.get(name)
    if held is None or held.note.person != actor.person:
        raise NotFound(f"no key {name!r}")
    return held


def fingerprint_of(certificate: bytes) -> str:
    """Return the SHA-256 of a certificate's SubjectPublicKeyInfo, hexadecimal.

    Parameters
    ----------
    certificate
        DER.

    Raises
    ------
    ValueError
        It is no certificate, or one of a key of unknown kind.
    """
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - only with TLS
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415 - the same
    from cryptography.x509 import load_der_x509_certificate  # noqa: PLC0415 - the same

    try:
        public = load_der_x509_certificate(certificate).public_key()
    except UnsupportedAlgorithm as unknown:
        raise ValueError(str(unknown)) from None
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _scope_faults(asked: KeyAsked, actor: Actor) -> list[Fault]:
    faults = [Fault("", 0, "roles", "roles of yours", repr(role)) for role in asked.roles if role not in actor.roles]
    faults += [
        Fault("", 0, "operations", "operations that you may ask for", repr(operation))
        for operation in asked.operations
        if operation not in OPERATIONS or not _within((operation,), actor)
    ]
    if not is_clean(asked.label):
        faults.append(Fault("", 0, "label", "text without control characters", repr(asked.label)))
    return faults


def _within(operations: tuple[str, ...], actor: Actor) -> bool:
    """Whether a scope asks for nothing outside the actor's own; no operations mean all."""
    return actor.operations is None or (bool(operations) and actor.operations.issuperset(operations))


def _prove(kind: CredentialKind, given: Proof, faults: list[Fault]) -> tuple[str, str]:
    """Return the secret to be shown, if any, and what is kept."""
    if (given.public_key is not UNSET) != (kind == "signature"):
        faults.append(Fault("", 0, "public_key", "one for a key that signs, and for no other", f"kind {kind}"))
    elif (given.certificate is not UNSET) != (kind in _CERTIFICATES):
        faults.append(Fault("", 0, "certificate", f"one for {' and '.join(_CERTIFICATES)} alone", f"kind {kind}"))
    elif given.public_key is not UNSET:
        return "", public_key(given.public_key, faults)
    elif given.certificate is not UNSET:
        return "", _certificate(kind, given.certificate, faults)
    else:
        secret = draw_key()
        return secret, hash_of(secret)
    return "", ""


def public_key(text: str, faults: list[Fault]) -> str:
    """Return an Ed25519 public key in hexadecimal; what is wrong with it goes into `faults`."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - only where requests are signed
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - the same

    try:
        raw = base64.b64decode(text, validate=True)
        Ed25519PublicKey.from_public_bytes(raw)
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        raw = b""
    if len(raw) != _PUBLIC_KEY_SIZE or int.from_bytes(raw, "little") & ~(1 << 255) in _OF_SMALL_ORDER:
        faults.append(Fault("", 0, "public_key", "the 32 bytes of an Ed25519 public key in base64", repr(text[:60])))
    return raw.hex()


def _certificate(kind: CredentialKind, text: str, faults: list[Fault]) -> str:
    from ssl import PEM_cert_to_DER_cert  # noqa: PLC0415 - only with certificates

    from cryptography.x509 import load_der_x509_certificate  # noqa: PLC0415 - the same

    from comity.iso20022.signature import is_strong  # noqa: PLC0415 - the same

    try:
        data = PEM_cert_to_DER_cert(text)
        fingerprint = fingerprint_of(data)
    except ValueError:
        faults.append(Fault("", 0, "certificate", "a certificate in PEM", repr(text[:40])))
        return ""
    if kind == "message-certificate" and not is_strong(load_der_x509_certificate(data)):
        expected = "a key of ECDSA on P-256, P-384 or P-521, or of RSA with 2,048 bits or more"
        faults.append(Fault("", 0, "certificate", expected, "another"))
    return fingerprint


def _expiry(text: str, now: int, faults: list[Fault]) -> int:
    try:
        expires = parse_instant(text)
    except InvalidRequest as bad:
        faults += (each.at("", 0, "expires_at") for each in bad.faults)
        return 0
    if not now < expires <= now + LIFE_DAYS_MAX * DAY_US:
        faults.append(Fault("", 0, "expires_at", f"an instant within {LIFE_DAYS_MAX} days from now", text))
    return expires


def _make_room(actor: Actor, kind: CredentialKind, proof: str, identities: Identities) -> None:
    if actor.person not in identities.people:
        raise Conflict(f"{actor.person} is known only until this gateway ends: enrol them first")
    if len(identities.of(actor.person)) >= HELD_MAX:
        raise Conflict(f"{actor.person} has {HELD_MAX} keys: revoke one first")
    if identities.is_enrolled(kind, proof):
        raise Conflict("this key or certificate is enrolled already")


_OF_SMALL_ORDER = frozenset(
    int.from_bytes(bytes.fromhex(each), "little")
    for each in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)
"""Public keys, without their sign, under which one signature fits many messages; libsodium refuses the same."""
