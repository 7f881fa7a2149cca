"""Signatures of messages for tests, made without the library that verifies them; good ones, and forged ones."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable

Private: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
DSIG = "http://www.w3.org/2000/09/xmldsig#"
ENVELOPED = f"{DSIG}enveloped-signature"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
PSS_SHA256 = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
PSS_SHA512 = "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1"
DIGEST_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
DIGEST_SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
DIGEST_SHA1 = f"{DSIG}sha1"
_HASHES: dict[str, HashAlgorithm] = {
    f"{MORE}ecdsa-sha256": SHA256(),
    f"{MORE}ecdsa-sha384": SHA384(),
    f"{MORE}ecdsa-sha512": SHA512(),
    f"{MORE}ecdsa-sha1": SHA1(),  # noqa: S303 - to be refused
    f"{MORE}rsa-sha256": SHA256(),
    PSS_SHA256: SHA256(),
    PSS_SHA512: SHA512(),
}
_DIGESTS: dict[str, Callable[[bytes], bytes]] = {
    DIGEST_SHA256: lambda data: hashlib.sha256(data).digest(),
    DIGEST_SHA512: lambda data: hashlib.sha512(data).digest(),
    DIGEST_SHA1: lambda data: hashlib.sha1(data).digest(),  # noqa: S324 - to be refused
}


class Form(NamedTuple):
    """How a signature is made."""

    method: str = f"{MORE}ecdsa-sha256"
    digest: str = DIGEST_SHA256
    transforms: tuple[str, ...] = (ENVELOPED, EXCLUSIVE)
    uri: str = ""
    references: int = 1
    canonical: str = EXCLUSIVE
    within: str = ""
    """What stands behind `KeyInfo`."""


USUAL = Form()


def certificate(private: Private, begins: datetime, ends: datetime) -> x509.Certificate:
    """Make a certificate that signs itself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messages")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .sign(private, SHA256())
    )


def around(private: Private, instant: int) -> x509.Certificate:
    """Make one that is in time at an instant, for an hour before and after."""
    at, hour = datetime.fromtimestamp(instant // 1_000_000, UTC), timedelta(hours=1)
    return certificate(private, at - hour, at + hour)


def sign(message: bytes, private: Private, shown: x509.Certificate, form: Form = USUAL) -> bytes:
    """Sign a message in its header."""
    root = etree.fromstring(message)
    header = root[0]
    space = header.tag.rpartition("}")[0] + "}"
    holder = etree.SubElement(header, f"{space}Sgntr")
    data = _canonical(root, form.transforms[-1])
    digest = base64.b64encode(_DIGESTS[form.digest](data)).decode()
    transforms = "".join(f'<Transform Algorithm="{each}"/>' for each in form.transforms)
    reference = (
        f'<Reference URI="{form.uri}"><Transforms>{transforms}</Transforms>'
        f'<DigestMethod Algorithm="{form.digest}"/><DigestValue>{digest}</DigestValue></Reference>'
    )
    text = base64.b64encode(shown.public_bytes(Encoding.DER)).decode()
    holder.append(
        etree.fromstring(
            f'<Signature xmlns="{DSIG}"><SignedInfo><CanonicalizationMethod Algorithm="{form.canonical}"/>'
            f'<SignatureMethod Algorithm="{form.method}"/>{reference * form.references}</SignedInfo>'
            f"<SignatureValue/><KeyInfo><X509Data><X509Certificate>{text}</X509Certificate></X509Data></KeyInfo>"
            f"{form.within}</Signature>"
        )
    )
    signature = holder[0]
    value = _signed(_canonical(signature[0], form.canonical), private, form.method)
    signature[1].text = base64.b64encode(value).decode()
    return bytes(etree.tostring(root))


def _canonical(element: etree._Element, algorithm: str) -> bytes:
    exclusive = algorithm.startswith(EXCLUSIVE)
    comments = algorithm.endswith("WithComments")
    return bytes(etree.tostring(element, method="c14n", exclusive=exclusive, with_comments=comments))


def _signed(data: bytes, private: Private, method: str) -> bytes:
    algorithm = _HASHES[method]
    if isinstance(private, rsa.RSAPrivateKey):
        padding = PKCS1v15() if method.endswith("#rsa-sha256") else PSS(MGF1(algorithm), algorithm.digest_size)
        return private.sign(data, padding, algorithm)
    size = (private.key_size + 7) // 8
    numbers = decode_dss_signature(private.sign(data, ec.ECDSA(algorithm)))
    return b"".join(number.to_bytes(size, "big") for number in numbers)
