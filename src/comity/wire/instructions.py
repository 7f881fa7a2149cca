"""Payments and payment-versus-payment, as they are asked for and as they stand."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from comity.wire.common import AMOUNT_PATTERN, CURRENCY_PATTERN, ID_PATTERN, Why

Id = Annotated[str, msgspec.Meta(pattern=ID_PATTERN, description="unique per instructing participant and day")]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=35, description="BIC or code of a participant")]
Currency = Annotated[str, msgspec.Meta(pattern=CURRENCY_PATTERN, description="ISO 4217")]
AmountText = Annotated[str, msgspec.Meta(pattern=AMOUNT_PATTERN, description="decimal text in major units")]
Date = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$", description="business date")]
InstantText = Annotated[str, msgspec.Meta(min_length=20, max_length=35, description="RFC 3339, UTC")]
PriorityWord = Literal["urgent", "high", "normal"]


class Payment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A payment in one currency, from an account of the sender."""

    id: Id
    debtor: Code
    creditor: Code
    currency: Currency
    amount: AmountText
    priority: PriorityWord = "normal"
    kind: Literal["customer", "interbank"] = "customer"
    date: Date | msgspec.UnsetType = msgspec.UNSET
    earliest: InstantText | msgspec.UnsetType = msgspec.UNSET
    latest: InstantText | msgspec.UnsetType = msgspec.UNSET
    link: Id | msgspec.UnsetType = msgspec.UNSET
    link_size: Annotated[int, msgspec.Meta(ge=2, le=64)] | msgspec.UnsetType = msgspec.UNSET
    purpose: Annotated[str, msgspec.Meta(max_length=140)] = ""


class Entered(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of an instruction when it entered."""

    id: str
    state: str
    """As on entry: STLD settled, RJTD rejected, others wait; see the reference of states."""
    sequence: int
    """Record of the log that it entered with."""
    row: int
    """Its row in that record."""
    reason: Why | None = None
    repeated: bool = False
    """The same instruction had entered before; `state` is what it has come to."""
    dry_run: bool = False


class Instruction(msgspec.Struct, frozen=True, omit_defaults=True):
    """An instruction as it stands."""

    id: str
    kind: str
    state: str
    debtor: str
    creditor: str
    currency: str
    amount: str
    entered_at: str
    sequence: int
    row: int
    priority: str = ""
    reason: Why | None = None
    how: str = ""
    """gross, bilateral, multilateral, clearing or auction, once settled."""
    final_at: str = ""
    waits_for: str = ""
    """What it lacks now, in words."""
