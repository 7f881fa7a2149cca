"""People, keys and sessions, as they are asked for and as they stand."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from comity.wire.answers import ID_PATTERN
from comity.wire.authority import Asked
from comity.wire.instructions import Code, InstantText

Role = Literal[
    "reader",
    "sender",
    "approver",
    "member-operator",
    "member-approver",
    "union-operator",
    "union-approver",
    "compliance-officer",
    "auditor",
]
Name = Annotated[str, msgspec.Meta(pattern=ID_PATTERN, description="unique in this gateway")]
Roles = Annotated[list[Role], msgspec.Meta(min_length=1, max_length=9)]
Operation = Annotated[str, msgspec.Meta(max_length=64)]
Label = Annotated[str, msgspec.Meta(max_length=64)]
Flow = Annotated[str, msgspec.Meta(max_length=64)]
Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Code6 = Annotated[str, msgspec.Meta(pattern="^[0-9]{6}$", description="code of the minute")]
KeyKind = Literal["api-key", "signature", "certificate", "message-certificate"]


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What a key proves itself by, unless it is a secret that is drawn here."""

    public_key: Annotated[str, msgspec.Meta(max_length=64)] | msgspec.UnsetType = msgspec.UNSET
    """Of a key that signs: the 32 bytes of an Ed25519 public key, base64."""
    certificate: Annotated[str, msgspec.Meta(max_length=16_384)] | msgspec.UnsetType = msgspec.UNSET
    """Of kind certificate and message-certificate: PEM. Its public key is pinned: a renewed one of it is the same."""


class KeyAsked(Proof, frozen=True, kw_only=True):
    """A key for a machine; it answers to the person who asks."""

    kind: KeyKind = "api-key"
    roles: Roles
    expires_at: InstantText
    operations: Annotated[list[Operation], msgspec.Meta(max_length=64)] = msgspec.field(default_factory=list)
    """If any: the only ones it is for."""
    label: Label = ""


class RotationAsked(Proof, frozen=True, kw_only=True):
    """Another key in place of one."""

    expires_at: InstantText
    overlap_s: Annotated[int, msgspec.Meta(ge=0, le=604_800)] = 0
    """Seconds for which the old one is still good."""


class Key(msgspec.Struct, frozen=True, omit_defaults=True):
    """A key as it stands; never its secret."""

    id: str
    """Also the `keyid` of requests that it signs."""
    kind: KeyKind
    person: str
    party: str
    roles: list[str]
    expires_at: str
    sequence: int
    """Record of the log that enrolled it."""
    operations: list[str] = msgspec.field(default_factory=list)
    label: str = ""
    fingerprint: str = ""
    """Of a certificate: SHA-256 of its SubjectPublicKeyInfo; of kind signature: the public key; hexadecimal."""
    replaces: str = ""


class KeyIssued(msgspec.Struct, frozen=True, omit_defaults=True):
    """A new key."""

    key: Key
    secret: str = ""
    """Of an API key, the only time it is shown: the same request sent again does not show it."""
    dry_run: bool = False


class KeyRevoked(msgspec.Struct, frozen=True, omit_defaults=True):
    """A key is worth nothing any more."""

    id: str
    sequence: int
    dry_run: bool = False


class PersonAsked(Asked, frozen=True, kw_only=True):
    """A person to be known, or known otherwise; another person has to approve it.

    What they will prove themselves by comes from them, as the public part of it: nobody else ever
    holds a secret by which they could be taken for them.
    """

    name: Name
    party: Code
    roles: Annotated[list[Role], msgspec.Meta(max_length=8)]
    """None: they have left, and so have their keys and sessions."""
    subject: Annotated[str, msgspec.Meta(max_length=255)] = ""
    """Who they are at the provider of identities (`sub` of OIDC), if they sign in there."""
    public_key: Annotated[str, msgspec.Meta(max_length=64)] | msgspec.UnsetType = msgspec.UNSET
    """An Ed25519 public key of theirs, base64, by which they sign requests until it expires a year from now."""


class PersonKnown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person as they stand."""

    name: str
    party: str
    roles: list[str]
    """None: they have left."""
    subject: str = ""


class Me(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who asks, as the gateway knows them."""

    id: str
    person: str
    party: str
    roles: list[str]
    operations: list[str] = msgspec.field(default_factory=list)


class SessionKnown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A session of the person who asks."""

    id: str
    began_at: str
    seen_at: str
    """When its last request came."""
    own: bool = False
    """Whether this very request came with it."""


class PasskeyAsking(msgspec.Struct, frozen=True):
    """What a device is asked, for `navigator.credentials`."""

    flow: str
    """To be sent back with the answer, within five minutes; it is taken once."""
    options: dict[str, Any]
    """`publicKey` of WebAuthn, in its JSON form."""


class PasskeyAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a device answered."""

    flow: Flow
    credential: dict[str, Any]
    """`PublicKeyCredential` of WebAuthn, in its JSON form."""
    label: Label = ""
    """For a new one."""


class PasskeyKnown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A passkey of a person."""

    id: str
    label: str = ""
    sequence: int = 0


class CodeAsking(msgspec.Struct, frozen=True):
    """A new secret for codes of the minute (TOTP), shown once."""

    flow: str
    secret: str
    """Base32."""
    uri: str
    """The same, as applications read it."""


class PasswordAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A password to sign in with from now on, and a code to show that the secret was taken in."""

    flow: Flow
    password: Secret
    code: Code6


class PasswordAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A password and a code, to sign in with."""

    person: Name
    password: Secret
    code: Code6


class Done(msgspec.Struct, frozen=True):
    """It is done, by this record."""

    sequence: int
