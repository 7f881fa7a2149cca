"""The gateway's own key: with it heads of the log and webhooks are signed.

Ed25519 signatures are the same each time, so a signature over what nobody else is ever given serves as a
secret that need not be stored: that is how secrets of webhooks are made, also where the key never leaves a device.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Protocol, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from comity.errors import EnvironmentFailed

if TYPE_CHECKING:
    from pathlib import Path

_OTHERS = 0o077
_SECRET = b"comity secret 1\0"


class Signer(Protocol):
    """An Ed25519 key, wherever it is kept."""

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the signature over a message, 64 bytes; EnvironmentFailed if the key cannot be used."""
        ...


class FileKey:
    """A key in a file that only its owner may read."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @classmethod
    def new(cls) -> Self:
        """Make a key that stands nowhere."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read the key in a file (PKCS#8, PEM), or make one there.

        Raises
        ------
        EnvironmentFailed
            The file cannot be used, holds no Ed25519 key, or others may read it.
        """
        try:
            if not path.exists():
                _write(path, Ed25519PrivateKey.generate())
            if path.stat().st_mode & _OTHERS:
                raise EnvironmentFailed(f"{path} may be read by others than its owner")
            key = load_pem_private_key(path.read_bytes(), None)
        except (OSError, ValueError, TypeError) as error:
            raise EnvironmentFailed(f"{path} cannot be used as a key: {error}") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise EnvironmentFailed(f"{path} holds no Ed25519 key")
        return cls(key)

    def sign(self, message: bytes) -> bytes:
        """Return the signature over a message, 64 bytes."""
        return self._key.sign(message)


def secret_of(signer: Signer, name: str) -> bytes:
    """Return the secret of a name, 32 bytes; the same for ever while the key is the same."""
    return hashlib.sha256(signer.sign(_SECRET + name.encode())).digest()


def _write(path: Path, key: Ed25519PrivateKey) -> None:
    """Write a key durably, so that it is there whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
