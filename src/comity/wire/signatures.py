"""Signatures of HTTP requests (RFC 9421, Ed25519) and digests of their bodies (RFC 9530).

What is signed is a text: a line for each part of the request that is covered, and one that names the parts
and says when, by whose key and under which nonce it was signed. Both sides make the same text from the
request, so nothing that is covered can be changed on the way.

One signature a request, and plain names of parts: what else the RFC knows (parts with parameters, of
responses, several signatures) is refused, so there is one way to read a request.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

INPUT, SIGNATURE, DIGEST = "signature-input", "signature", "content-digest"
"""Headers."""
METHOD, TARGET = "@method", "@target-uri"
INPUT_LENGTH_MAX = 2_048
PARTS_MAX = 16
NONCE_LENGTH_MAX = 64
SIGNATURE_SIZE = 64

_LABEL = r"[a-z*][a-z0-9_.*-]{0,31}"
_INPUT = re.compile(rf"({_LABEL})=(\(((?:\"[@a-z0-9-]{{1,64}}\" ?)*)\)((?:;[^;]+)*))")
_PARAMETER = re.compile(r';([a-z*][a-z0-9_.*-]{0,31})=(?:([0-9]{1,15})|"([\x20\x21\x23-\x5b\x5d-\x7e]{0,128})")')
_SIGNATURE = re.compile(rf"({_LABEL})=:([A-Za-z0-9+/=]{{1,128}}):")
_DIGEST = re.compile(r"([a-z0-9-]{1,16})=:([A-Za-z0-9+/=]{1,128}):")
_HASHES = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


class Unsigned(ValueError):  # noqa: N818 - the name says what happened
    """A signature or digest is not what it should be; the text says what."""


class Signed(NamedTuple):
    """What a request says of its signature; nothing of it is proven yet."""

    parts: tuple[str, ...]
    params: str
    """As it stands in the header: it is signed as well."""
    created: int
    """Seconds since 1970-01-01 UTC."""
    expires: int
    """The same; 0: no end of its own."""
    nonce: str
    keyid: str
    signature: bytes


def read_signed(given: str, signature: str) -> Signed:
    """Read the headers `Signature-Input` and `Signature`.

    Raises
    ------
    Unsigned
        They are not one Ed25519 signature with parts, `created`, `nonce` and `keyid`.
    """
    found = _INPUT.fullmatch(given) if len(given) <= INPUT_LENGTH_MAX else None
    value = _SIGNATURE.fullmatch(signature)
    if found is None or value is None or value[1] != found[1]:
        raise Unsigned("one signature under one label is read, of parts without parameters")
    label_parts = found[3].split(" ") if found[3] else []
    parts = tuple(part.strip('"') for part in label_parts)
    if len(set(parts)) != len(parts) or len(parts) > PARTS_MAX or found[3].endswith(" "):
        raise Unsigned(f"up to {PARTS_MAX} parts are covered, each once")
    numbers, texts = _parameters(found[4])
    created, nonce, keyid = numbers.get("created"), texts.get("nonce", ""), texts.get("keyid", "")
    if created is None or not keyid or not 0 < len(nonce) <= NONCE_LENGTH_MAX:
        raise Unsigned(f"a signature has created, keyid, and a nonce of up to {NONCE_LENGTH_MAX} characters")
    if texts.get("alg", "ed25519") != "ed25519":
        raise Unsigned("signatures are of Ed25519")
    proof = _decoded(value[2])
    if len(proof) != SIGNATURE_SIZE:
        raise Unsigned(f"a signature has {SIGNATURE_SIZE} bytes")
    return Signed(parts, found[2], created, numbers.get("expires", 0), nonce, keyid, proof)


def base_of(parts: Iterable[str], params: str, value_of: Callable[[str], str]) -> bytes:
    """Return the text that is signed (section 2.5 of the RFC).

    Raises
    ------
    Unsigned
        `value_of` does, or a value cannot stand in a line.
    """
    lines = []
    for part in parts:
        value = value_of(part)
        if "\n" in value or "\r" in value:
            raise Unsigned(f"{part} is not one line")
        lines.append(f'"{part}": {value}\n')
    lines.append(f'"@signature-params": {params}')
    try:
        return "".join(lines).encode("ascii")
    except UnicodeEncodeError:
        raise Unsigned("what is covered is ASCII") from None


def params_of(parts: Iterable[str], created: int, nonce: str, keyid: str) -> str:
    """Write the parameters of a signature."""
    covered = " ".join(f'"{part}"' for part in parts)
    return f'({covered});created={created};nonce="{nonce}";keyid="{keyid}";alg="ed25519"'


def digest_of(body: bytes) -> str:
    """Write the header `Content-Digest` of a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def check_digest(given: str, body: bytes) -> None:
    """Compare a body with its `Content-Digest`.

    Raises
    ------
    Unsigned
        It names no hash that we know, or one that is another body's.
    """
    known = 0
    for member in given.split(",")[:PARTS_MAX]:
        found = _DIGEST.fullmatch(member.strip())
        if found is None:
            raise Unsigned("content-digest cannot be read")
        if found[1] in _HASHES:
            known += 1
            if not hmac.compare_digest(_HASHES[found[1]](body).digest(), _decoded(found[2])):
                raise Unsigned("content-digest is that of another body")
    if not known:
        raise Unsigned(f"content-digest is of {' or '.join(_HASHES)}")


def _parameters(text: str) -> tuple[dict[str, int], dict[str, str]]:
    numbers: dict[str, int] = {}
    texts: dict[str, str] = {}
    place = 0
    while place < len(text):
        found = _PARAMETER.match(text, place)
        if found is None or found[1] in numbers or found[1] in texts:
            raise Unsigned("a parameter cannot be read, or stands twice")
        if found[2] is not None:
            numbers[found[1]] = int(found[2])
        else:
            texts[found[1]] = found[3]
        place = found.end()
    return numbers, texts


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise Unsigned("base64 cannot be read") from None
