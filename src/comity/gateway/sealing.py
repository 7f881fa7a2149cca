"""Sealing: secrets that the gateway has to know again, written so that the log alone does not tell them.

The secret of a code of the minute cannot be kept as a hash. It is sealed (AES-256-GCM), together with the hash of
the password, under a key that stands in a file of its own and never in the log: who has read the log has
nothing to try passwords against. If the file is lost, people sign in with passkeys, or are enrolled again.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from comity.errors import EnvironmentFailed
from comity.gateway.chance import draw
from comity.gateway.private import private_file

if TYPE_CHECKING:
    from pathlib import Path

FILE = "sealing.key"
"""In the gateway's folder, mode 600; a copy belongs where backups of the log are not."""
_KEY_SIZE, _NONCE_SIZE = 32, 12


class Sealer:
    """Seals and opens texts; each belongs to somebody, and opens for nobody else."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def at(cls, folder: Path) -> Sealer:
        """Use the key in a folder, drawn if there is none; EnvironmentFailed if it cannot be used."""
        key = private_file(folder / FILE, lambda: draw(_KEY_SIZE))
        if len(key) != _KEY_SIZE:
            raise EnvironmentFailed(f"{folder / FILE} is no key of {_KEY_SIZE} bytes")
        return cls(key)

    def seal(self, text: str, about: str) -> str:
        """Seal a text that belongs to `about`; base64."""
        nonce = draw(_NONCE_SIZE)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), about.encode())).decode()

    def open(self, sealed: str, about: str) -> str | None:
        """Return the text, None if it was sealed under another key or for somebody else."""
        data = base64.b64decode(sealed)
        try:
            return self._cipher.decrypt(data[:_NONCE_SIZE], data[_NONCE_SIZE:], about.encode()).decode()
        except (InvalidTag, ValueError):
            return None
