"""A sandbox and its clock."""

from __future__ import annotations

from typing import Annotated

import msgspec


class Advance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much time is to pass: one of the two."""

    by: Annotated[str, msgspec.Meta(max_length=16, examples=["300s", "2h"])] = ""
    """A length: a whole number and ms, s, min, h or d."""
    to: Annotated[str, msgspec.Meta(max_length=35, examples=["2021-12-15T16:00:00Z"])] = ""
    """An instant, RFC 3339."""


class Now(msgspec.Struct, frozen=True):
    """Where a sandbox stands."""

    now: str
    phase: str
    """Of the union's day."""
