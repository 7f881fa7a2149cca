"""Enrolments: the notes that say who is known, and by what they prove it.

None of them holds a secret: of a key there is a hash, a public key or a fingerprint, and what
cannot be had without a secret is sealed, see `comity.gateway.sealing`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

CredentialKind = Literal["api-key", "signature", "certificate", "message-certificate"]
"""A secret that is shown; an Ed25519 key that signs requests (RFC 9421); a client certificate of TLS; a certificate by
whose key messages of ISO 20022 are signed (XMLDSig)."""


class Person(msgspec.Struct, frozen=True, tag_field="type", tag="person", omit_defaults=True):
    """A person is known from now on, or known otherwise than before."""

    name: str
    """Unique; ids of actors are made of it."""
    party: str
    """Participant or member they act for; `union` for the union itself."""
    roles: tuple[str, ...]
    """None once they have left."""
    by: str
    """Actor who enrolled them; `console` for whoever runs the machine."""
    subject: str = ""
    """Who they are at the provider of identities (the `sub` of OIDC); empty if they do not sign in there."""


class Credential(msgspec.Struct, frozen=True, tag_field="type", tag="credential", omit_defaults=True):
    """Something by which a machine proves that it acts for a person."""

    id: str
    kind: CredentialKind
    proof: str
    """Hexadecimal: SHA-256 of the API key, the public key, or SHA-256 of the certificate's SubjectPublicKeyInfo."""
    person: str
    party: str
    roles: tuple[str, ...]
    """What it may do at most; it may never do more than the person."""
    by: str
    expires: int
    """Instant from which it is worth nothing."""
    operations: tuple[str, ...] = ()
    """If any: the only ones it is for."""
    label: str = ""
    replaces: str = ""
    """Id of the credential that it takes over from."""


class Revoked(msgspec.Struct, frozen=True, tag_field="type", tag="revoked", omit_defaults=True):
    """A credential or passkey is worth nothing any more."""

    id: str
    by: str
    at: int = 0
    """Instant from which; 0: at once."""


class Passkey(msgspec.Struct, frozen=True, tag_field="type", tag="passkey", omit_defaults=True):
    """A passkey (WebAuthn) by which a person signs in."""

    id: str
    credential: str
    """As the authenticator names it, base64url."""
    person: str
    public: str
    """Its public key (COSE), base64url."""
    count: int
    """How often it says it was used."""
    label: str = ""


class Password(msgspec.Struct, frozen=True, tag_field="type", tag="password"):
    """A person signs in with a password and a code of the minute (TOTP) from now on."""

    person: str
    sealed: str
    """The hash of one and the secret of the other, see `comity.gateway.sealing`; empty: no more."""


class SignedIn(msgspec.Struct, frozen=True, tag_field="type", tag="signed-in", omit_defaults=True):
    """A person has signed in."""

    person: str
    how: Literal["passkey", "password", "oidc"]
    id: str = ""
    """Of the passkey."""
    counter: int = 0
    """How often the passkey says it was used, or the minute's number of the code: neither is taken again."""


class SignInEnded(msgspec.Struct, frozen=True, tag_field="type", tag="sign-in-ended"):
    """A person is signed out, and what they signed in with is worth nothing any more; their machines' keys stay."""

    person: str
    by: str


Enrolment = Person | Credential | Revoked | Passkey | Password | SignedIn | SignInEnded
