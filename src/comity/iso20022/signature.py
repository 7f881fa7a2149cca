"""Signatures of messages: XMLDSig in the header, over the message as a whole.

A signature stands in `AppHdr/Sgntr` and nowhere else. It has one reference, to the whole message (`URI=""`), from
which the signature itself is left out (the enveloped-signature transform) and which is then written by exclusive C14N;
ECDSA or RSA-PSS, over SHA-256 or longer; and the certificate of its key, in `KeyInfo`, which says whose it may be and
proves nothing. All this is looked at before anything is computed, so that what a signature may refer to, transform or
bring along is not a question of what the verifier can do.

What was verified is what `signed` returns: the message made again from the bytes that were signed. Whoever has checked
a signature reads that, and never the message as it was sent, so nothing that was not signed is read.

Sources: W3C XML Signature Syntax and Processing 1.1, and its Best Practices.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_der_x509_certificate
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.x509 import Certificate

    from comity.iso20022.parsing import Parsed

DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
_D = f"{{{DSIG}}}"
_ENVELOPED = f"{DSIG}enveloped-signature"
_C14N = frozenset({"http://www.w3.org/2001/10/xml-exc-c14n#"})
"""Exclusive, without comments: what is signed depends on nothing that stands around it."""
_METHODS = frozenset(
    {
        *(SignatureMethod.ECDSA_SHA256, SignatureMethod.ECDSA_SHA384, SignatureMethod.ECDSA_SHA512),
        *(SignatureMethod.SHA256_RSA_MGF1, SignatureMethod.SHA384_RSA_MGF1, SignatureMethod.SHA512_RSA_MGF1),
    }
)
_DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
_METHOD_NAMES = frozenset(each.value for each in _METHODS)
_DIGEST_NAMES = frozenset(each.value for each in _DIGESTS)
CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})
RSA_BITS_MIN: Final = 2_048
CERTIFICATE_SIZE_MAX: Final = 16_384
"""Characters of a certificate in a signature."""


class SignatureRefused(Exception):  # noqa: N818 - the name says what happened
    """A message is not signed as it has to be.

    Parameters
    ----------
    rule
        Id of the rule that it breaks.
    found
        In words.
    """

    def __init__(self, rule: str, found: str) -> None:
        super().__init__(rule, found)
        self.rule = rule
        self.found = found


def is_signed(message: Parsed) -> bool:
    """Whether there is a signature in the header, good or not."""
    return message.header is not None and _holder(message.header) is not None


def certificate_of(message: Parsed) -> Certificate:
    """Return the certificate in the signature of a message; nothing is verified by that.

    Raises
    ------
    SignatureRefused
        SIG-1: it is not signed. SIG-2: its signature is not of the one form that is taken.
    """
    text = _text(_look(message).find(f"{_D}KeyInfo/{_D}X509Data/{_D}X509Certificate"))
    if len(text) > CERTIFICATE_SIZE_MAX:
        raise SignatureRefused("SIG-2", "a certificate of more than 16,384 characters")
    try:
        found = load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True))
        found.public_key()  # read only here: a certificate may have a key of a kind that nobody here knows
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        raise SignatureRefused("SIG-2", "no certificate in X509Certificate") from None
    return found


def is_strong(certificate: Certificate) -> bool:
    """Whether the key of a certificate is one by which messages may be signed."""
    key = certificate.public_key()
    if isinstance(key, EllipticCurvePublicKey):
        return key.curve.name in CURVES
    return isinstance(key, RSAPublicKey) and key.key_size >= RSA_BITS_MIN


def signed(message: Parsed, certificate: Certificate, at: datetime) -> bytes:
    """Verify the signature of a message by the key of a certificate, and return what was signed.

    Parameters
    ----------
    certificate
        From `certificate_of`, once it is known whose it is.
    at
        The instant at which the certificate has to be in time.

    Returns
    -------
    bytes
        The message without its signature, to be parsed anew.

    Raises
    ------
    SignatureRefused
        SIG-2: the signature is not of the one form that is taken. SIG-4: the certificate is not in time. SIG-5: the
        signature is not that of the key over this message.
    """
    _look(message)
    assert message.header is not None
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise SignatureRefused("SIG-4", f"{certificate.not_valid_before_utc} to {certificate.not_valid_after_utc}")
    space = message.header.tag.rpartition("}")[0] + "}"
    config = SignatureConfiguration(
        location=f"./{space}AppHdr/{space}Sgntr/",
        expect_references=1,
        signature_methods=_METHODS,
        digest_algorithms=_DIGESTS,
        verification_time=at,
    )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        result = XMLVerifier().verify(
            message.header.getparent(), x509_cert=certificate, parser=parser, expect_config=config
        )
    except (SignXMLException, etree.LxmlError, ValueError, binascii.Error) as bad:
        raise SignatureRefused("SIG-5", type(bad).__name__) from None
    assert not isinstance(result, list), "one reference"
    root = result.signed_xml
    if root is None:
        raise SignatureRefused("SIG-5", "what was signed is not XML")
    empty = root.find(f"{space}AppHdr/{space}Sgntr")  # the schema wants a signature in it
    if empty is None or len(empty):
        raise SignatureRefused("SIG-5", "what was signed is not the message")
    empty.getparent().remove(empty)
    return bytes(etree.tostring(root))


def _holder(header: etree._Element) -> etree._Element | None:
    space = header.tag.rpartition("}")[0] + "}"
    return header.find(f"{space}Sgntr")


def _look(message: Parsed) -> etree._Element:
    """Return the signature of a message; SignatureRefused if it is not of the one form that is taken."""
    holder = None if message.header is None else _holder(message.header)
    if message.header is None or holder is None:
        raise SignatureRefused("SIG-1", "no signature")
    root = message.header.getparent()
    assert root is not None, "a message with a header has an envelope"
    if root.getparent() is not None or len(list(root.iter(f"{_D}Signature"))) != 1 or len(holder) != 1:
        raise SignatureRefused("SIG-2", "not one signature, in the header")
    signature = holder[0]
    for path, names in _FORM.items():
        found = signature.findall(path) if path else [signature]
        if [[child.tag for child in each] for each in found] != [[_D + name for name in names]]:
            raise SignatureRefused(
                "SIG-2", f"expected {', '.join(names) or 'nothing'} in {path.replace(_D, '') or '.'}"
            )
    info = f"{_D}SignedInfo"
    reference = signature.find(f"{info}/{_D}Reference")
    assert reference is not None, "it was looked at"
    asked = (
        ("CanonicalizationMethod", signature.find(f"{info}/{_D}CanonicalizationMethod"), _C14N),
        ("SignatureMethod", signature.find(f"{info}/{_D}SignatureMethod"), _METHOD_NAMES),
        ("DigestMethod", reference.find(f"{_D}DigestMethod"), _DIGEST_NAMES),
        ("Transform 1", reference[0][0], {_ENVELOPED}),
        ("Transform 2", reference[0][1], _C14N),
    )
    for name, element, taken in asked:
        if element is None or len(element) or element.get("Algorithm") not in taken:
            raise SignatureRefused("SIG-2", f"a {name} that is not taken")
    if reference.get("URI") != "":
        raise SignatureRefused("SIG-2", "a reference to a part")
    return signature


_FORM = {
    "": ("SignedInfo", "SignatureValue", "KeyInfo"),
    f"{_D}SignedInfo": ("CanonicalizationMethod", "SignatureMethod", "Reference"),
    f"{_D}SignedInfo/{_D}Reference": ("Transforms", "DigestMethod", "DigestValue"),
    f"{_D}SignedInfo/{_D}Reference/{_D}Transforms": ("Transform", "Transform"),
    f"{_D}KeyInfo": ("X509Data",),
    f"{_D}KeyInfo/{_D}X509Data": ("X509Certificate",),
}
"""What stands in each element of a signature, by its path; nothing else may."""


def _text(element: etree._Element | None) -> str:
    return (element.text or "") if element is not None else ""
