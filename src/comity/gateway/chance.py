"""Chance: the one place that draws it, for secrets that nobody may guess.

What is drawn here never decides how anything settles; where the log has to hold it, it holds a hash.
"""

from __future__ import annotations

import secrets  # noqa: TID251 - keys, challenges and sessions have to be beyond guessing

KEY_PREFIX = "comity_"
"""How every API key begins, so that one left lying about is recognised by those who search for such."""


def draw(size: int) -> bytes:
    """Return so many bytes of chance."""
    return secrets.token_bytes(size)


def draw_text() -> str:
    """Return 256 bits of chance as 43 characters that may stand in a URL."""
    return secrets.token_urlsafe(32)


def draw_key() -> str:
    """Return a new API key, of 256 bits."""
    return KEY_PREFIX + draw_text()


def draw_id() -> str:
    """Return a new id of 16 hexadecimal digits: no secret, and not met twice."""
    return secrets.token_hex(8)
