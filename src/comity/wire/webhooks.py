"""Webhooks, as they are asked for and as they stand."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Signature = Literal["hmac", "ed25519"]


class WebhookWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where events are to be sent to."""

    url: Annotated[str, msgspec.Meta(min_length=8, max_length=2_048, description="https, a public address")]
    signature: Signature = "hmac"


class Rotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a secret is replaced."""

    overlap_s: Annotated[int, msgspec.Meta(ge=0, le=604_800, description="seconds that both secrets sign")] = 86_400


class ReplayWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Records whose events are to be sent again, both included."""

    first: Annotated[int, msgspec.Meta(ge=1, lt=2_147_483_648)]
    last: Annotated[int, msgspec.Meta(ge=1, lt=2_147_483_648)]


class WebhookShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A webhook as it stands."""

    id: str
    url: str
    signature: Signature
    state: Literal["active", "failing", "stopped", "removed"]
    sent: str
    """Cursor up to which events were taken."""
    failures: int = 0
    due: str = ""
    """When it is tried again."""
    generation: int = 0
    key: str = ""
    """Public key that verifies, `whpk_` and base64."""
    secret: str = ""
    """`whsec_` and base64; only when it is new."""
    dry_run: bool = False


class DeliveryTried(msgspec.Struct, frozen=True, omit_defaults=True):
    """One attempt to deliver."""

    at: str
    message: str
    """The `webhook-id`."""
    events: int
    attempt: int
    status: int
    """Of HTTP; 0 if there was no answer."""
    outcome: str
