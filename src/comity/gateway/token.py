"""Tokens (PKCS#11): the gateway's own key in a device that signs with it and never gives it away.

An option: `pip install comity[pkcs11]`, and `[token]` in the settings. The key is an Ed25519 pair that the
device has made; `comity.gateway.settings` says where it is.
"""

from __future__ import annotations

from contextlib import ExitStack
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Self

from comity.errors import EnvironmentFailed
from comity.gateway.settings import read_secret

if TYPE_CHECKING:
    from pkcs11 import Attribute, Session

    from comity.gateway.settings import Token

_SIZE: Final = 32
_OCTETS: Final = b"\x04\x20"
"""How DER begins that holds 32 bytes; some devices wrap the point so, others do not."""


class TokenKey:
    """An Ed25519 key in a token; from any thread.

    Attributes
    ----------
    public
        The public key, 32 bytes.
    """

    def __init__(self, session: Session, key: Any, public: bytes) -> None:  # noqa: ANN401 - as below
        self._session = session
        self._key = key
        self._lock = Lock()
        self.public = public

    @classmethod
    def open(cls, token: Token) -> Self:
        """Find the key that the settings name.

        Raises
        ------
        EnvironmentFailed
            The package or the device is missing, the PIN is wrong, or there is no such key.
        """
        try:
            import pkcs11  # noqa: PLC0415 - an extra
        except ModuleNotFoundError as error:
            raise EnvironmentFailed(f"{error.name} is missing: install comity[pkcs11]") from error
        attributes: dict[Attribute, Any] = {
            pkcs11.Attribute.LABEL: token.key,
            pkcs11.Attribute.KEY_TYPE: pkcs11.KeyType.EC_EDWARDS,
        }
        with ExitStack() as ends:
            try:
                device = pkcs11.lib(token.module).get_token(token_label=token.label)
                session = ends.enter_context(device.open(user_pin=read_secret(token.pin_file)))
                private = _one(session, {**attributes, pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}, token)
                public = _one(session, {**attributes, pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PUBLIC_KEY}, token)
                point = bytes(public[pkcs11.Attribute.EC_POINT])
            except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
                what = str(error) or type(error).__name__
                raise EnvironmentFailed(f"token {token.label!r} cannot be used: {what}") from error
            point = point.removeprefix(_OCTETS) if len(point) > _SIZE else point
            if len(point) != _SIZE:
                raise EnvironmentFailed(f"key {token.key!r} in token {token.label!r} is not of Ed25519")
            ends.pop_all()  # the session is the key's from now on
            return cls(session, private, point)

    def sign(self, message: bytes) -> bytes:
        """Return the signature over a message, 64 bytes; EnvironmentFailed if the device does not sign."""
        import pkcs11  # noqa: PLC0415 - an extra

        try:
            with self._lock:
                return bytes(self._key.sign(message, mechanism=pkcs11.Mechanism.EDDSA))
        except pkcs11.PKCS11Error as error:
            raise EnvironmentFailed(f"the token does not sign: {type(error).__name__}") from error

    def close(self) -> None:
        """Let go of the device."""
        self._session.close()


def _one(session: Session, attributes: dict[Attribute, Any], token: Token) -> Any:  # noqa: ANN401 - what a key can do depends on the device
    found = list(session.get_objects(attributes))
    if len(found) != 1:
        raise EnvironmentFailed(f"token {token.label!r} has {len(found)} keys {token.key!r} of a kind, not one")
    return found[0]
