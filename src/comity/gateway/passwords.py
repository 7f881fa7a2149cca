"""Passwords and codes of the minute (TOTP): how people sign in who have no passkey at hand.

Both are needed, and neither is told to be the wrong one. Checking costs as much for a name that nobody has.
A code is taken once, also after a restart: the minute's number is noted with the signing in.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from comity.errors import Fault, InvalidRequest
from comity.gateway.chance import draw_text
from comity.gateway.enrolments import Password
from comity.gateway.guessable import is_guessable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from comity.gateway.sealing import Sealer

STEP_US = 30_000_000
STEPS_APART = 1
"""A code of the step before or after is taken as well, for clocks that are apart."""
LENGTH_MIN, LENGTH_MAX = 15, 128
_DIFFERENT_MIN = 6


class _Kept(NamedTuple):
    hash: str
    secret: str


class Passwords:
    """Sets and checks passwords; slow on purpose, so not for the thread that serves."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(draw_text())

    def note(self, person: str, names: Iterable[str], password: str, secret: str) -> Password:
        """Return the note by which a person signs in with a password and the codes of a secret from now on.

        Parameters
        ----------
        names
            Theirs and their party's, which may not stand in it.

        Raises
        ------
        InvalidRequest
            The password is too short, too long or too easily guessed.
        """
        if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
            raise _refused(f"{LENGTH_MIN} to {LENGTH_MAX} characters", f"{len(password)}")
        if len(set(password.casefold())) < _DIFFERENT_MIN or is_guessable(password, (*names, "comity")):
            expected = f"{_DIFFERENT_MIN} different characters, no name of yours or ours, and more than common words"
            raise _refused(expected, "one that is tried first")
        kept = msgspec.json.encode(_Kept(self._hasher.hash(password), secret)).decode()
        return Password(person, self._sealer.seal(kept, person))

    def check(self, person: str, sealed: str, password: str, code: str, now: int) -> int:
        """Return the number of the step whose code this is, 0 if the password or the code is wrong.

        Parameters
        ----------
        sealed
            As noted; empty for a person that has none.
        """
        opened = self._sealer.open(sealed, person) if sealed else None
        kept = msgspec.json.decode(opened, type=_Kept) if opened else _Kept(self._nobody, "")
        try:
            self._hasher.verify(kept.hash, password)
        except (Argon2Error, InvalidHashError):
            return 0
        return step_of(kept.secret, code, now) if kept.secret else 0


def draw_code_secret() -> str:
    """Return a new secret for codes, base32."""
    return pyotp.random_base32()


def code_uri(secret: str, person: str, issuer: str) -> str:
    """Return the URI that an application for codes reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=person, issuer_name=issuer)


def step_of(secret: str, code: str, now: int) -> int:
    """Return the number of the step whose code this is, 0 if it is of none near `now`."""
    generator, step = pyotp.TOTP(secret), now // STEP_US
    found = 0
    for each in range(step - STEPS_APART, step + STEPS_APART + 1):
        if hmac.compare_digest(generator.generate_otp(each), code):
            found = each
    return found


def _refused(expected: str, found: str) -> InvalidRequest:
    return InvalidRequest([Fault("", 0, "password", expected, found)])
