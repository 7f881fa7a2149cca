"""Passkeys (WebAuthn): a person proves themself by a key that never leaves their device.

The device asks them for a finger or a PIN, and signs for our origin alone, so there is nothing to be
guessed or given away. Attestation is not asked for: which make a device is decides nothing here.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from comity.errors import Conflict
from comity.gateway.chance import draw, draw_id
from comity.gateway.enrolments import Passkey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CHALLENGE_SIZE = 32
OF_PERSON_MAX = 10
CREDENTIAL_LENGTH_MAX = 1_400
"""Characters of an id, base64url: WebAuthn allows 1,023 bytes."""
Json = dict[str, Any]


class NotProven(Exception):  # noqa: N818 - the name says what happened
    """An answer of a device is not what was asked for."""


class Passkeys:
    """Asks devices and judges their answers.

    Parameters
    ----------
    origin
        Ours, such as `https://comity.example`.
    """

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._host = urlsplit(origin).hostname or ""

    def ask_new(self, person: str, known: Iterable[Passkey]) -> tuple[bytes, Json]:
        """Return a challenge, and what a device is asked to make a passkey for a person."""
        challenge = draw(CHALLENGE_SIZE)
        options = generate_registration_options(
            rp_id=self._host,
            rp_name="Comity",
            user_name=person,
            user_id=hashlib.sha256(person.encode()).digest(),
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(each.credential)) for each in known],
        )
        return challenge, json.loads(options_to_json(options))

    def new(self, person: str, challenge: bytes, answer: Json, label: str) -> Passkey:
        """Return the passkey that a device has made; NotProven if the answer is not one to the challenge."""
        try:
            made = verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except _BAD as bad:
            raise NotProven(str(bad)) from bad
        name = bytes_to_base64url(made.credential_id)
        if len(name) > CREDENTIAL_LENGTH_MAX:
            raise NotProven("the id is too long")
        return Passkey(draw_id(), name, person, bytes_to_base64url(made.credential_public_key), made.sign_count, label)

    def ask(self) -> tuple[bytes, Json]:
        """Return a challenge, and what a device is asked to sign in; whoever holds it says who they are."""
        challenge = draw(CHALLENGE_SIZE)
        options = generate_authentication_options(
            rp_id=self._host, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
        )
        return challenge, json.loads(options_to_json(options))

    def check(
        self, challenge: bytes, answer: Json, known: Mapping[str, Passkey], counters: Mapping[str, int]
    ) -> tuple[Passkey, int]:
        """Return the passkey that a device has signed with, and how often it says that was used; or NotProven."""
        passkey = known.get(str(answer.get("id")))
        if passkey is None:
            raise NotProven("this passkey is unknown")
        try:
            proven = verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=base64url_to_bytes(passkey.public),
                credential_current_sign_count=counters.get(passkey.id, 0),
                require_user_verification=True,
            )
        except _BAD as bad:
            raise NotProven(str(bad)) from bad
        return passkey, proven.new_sign_count


def check_room(person: str, known: list[Passkey]) -> None:
    """Refuse one passkey more than a person may have, as Conflict."""
    if len(known) >= OF_PERSON_MAX:
        raise Conflict(f"{person} has {OF_PERSON_MAX} passkeys: revoke one first")


_BAD = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)
"""What the package raises for an answer that is not what it should be; some of it is not its own."""
