"""Commands, approvals and deeds: who asks for what, who has to agree, and what was done."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from comity.wire.answers import Why
from comity.wire.instructions import AmountText, Code, Currency, Entered, InstantText, PriorityWord, Pvp

COMMANDS_MAX = 100
Cell = Annotated[str, msgspec.Meta(max_length=140)]
Reason = Annotated[str, msgspec.Meta(max_length=200, description="why, for whoever approves and for the audit")]
Word = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,20}$")]
MemberCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]
Pair = Annotated[tuple[MemberCode, ...], msgspec.Meta(min_length=2, max_length=2)]
Service = Literal["payment", "pvp", "clearing", "conversion"]


class CommandRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A command with the columns of commands.csv; see the reference of commands. Instants are RFC 3339."""

    command: Word
    participant: Cell = ""
    currency: Cell = ""
    target: Cell = ""
    amount: Cell = ""
    """Decimal text in major units."""
    value: Cell = ""


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What everything that may need an approval has in common."""

    reason: Reason = ""
    expires: InstantText | msgspec.UnsetType = msgspec.UNSET
    """Until when it can be approved, if somebody has to; a day from now if absent, a week at most."""


class Commands(Asked, frozen=True, kw_only=True):
    """Commands that are carried out in one record, in order; if one of them needs consent all wait for it."""

    commands: Annotated[list[CommandRow], msgspec.Meta(min_length=1, max_length=COMMANDS_MAX)]


class LimitAsked(Asked, frozen=True, kw_only=True):
    """A limit or cap to set, change or remove."""

    kind: Literal["bilateral", "multilateral", "corridor", "holding"]
    currency: Currency
    participant: Code | msgspec.UnsetType = msgspec.UNSET
    """Payer, holder or member; whoever asks if absent."""
    counterparty: Cell = ""
    amount: AmountText | None = None
    """None removes it."""


class ReservationAsked(Asked, frozen=True, kw_only=True):
    """What urgent or high payments alone may use of an account of whoever asks."""

    currency: Currency
    priority: Literal["urgent", "high"]
    amount: AmountText


class AgreementAsked(Asked, frozen=True, kw_only=True):
    """Services between two members in currencies, and a cap per day in the first of these."""

    members: Pair
    currencies: Annotated[list[Currency], msgspec.Meta(min_length=1, max_length=64)]
    services: Annotated[list[Service], msgspec.Meta(min_length=1, max_length=4)]
    cap: AmountText | msgspec.UnsetType = msgspec.UNSET


class PhaseAsked(Asked, frozen=True, kw_only=True):
    """The next phase of the business day, of all currencies or one."""

    phase: Word
    currency: Cell = ""


class ExtensionAsked(Asked, frozen=True, kw_only=True):
    """A later cut-off."""

    cutoff: Literal["customer_cutoff", "interbank_cutoff", "end"]
    until: InstantText
    currency: Cell = ""


class ClosingAsked(Asked, frozen=True, kw_only=True):
    """What is closed: a participant or its account, a currency, or a corridor between two members."""

    participant: Cell = ""
    currency: Cell = ""
    members: Pair | msgspec.UnsetType = msgspec.UNSET
    how: Cell = "hold"
    """hold, reject, or the instant until which what waits runs off."""


class OpeningAsked(Asked, frozen=True, kw_only=True):
    """What is opened again: exactly what was closed."""

    participant: Cell = ""
    currency: Cell = ""
    members: Pair | msgspec.UnsetType = msgspec.UNSET


class PriorityAsked(Asked, frozen=True, kw_only=True):
    """Another priority of a waiting instruction."""

    priority: PriorityWord


class PlaceAsked(Asked, frozen=True, kw_only=True):
    """Another place of a waiting instruction among those of its priority."""

    place: Literal["front", "end"]


class QuorumAsked(Asked, frozen=True, kw_only=True):
    """How many people of the party that asks have to approve what needs its consent, besides whoever asks for it."""

    count: Annotated[int, msgspec.Meta(ge=1, le=9)]


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why something is rejected."""

    reason: Reason = ""


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one command."""

    command: str
    state: Literal["DONE", "RJTD"]
    """Of the command, not of what it is about: DONE, or RJTD if it was refused."""
    reason: Why | None = None
    detail: str = ""


class Given(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of commands that were carried out."""

    sequence: int
    answers: list[Answer]
    needs: dict[str, int] = {}
    """Of a dry run: how many people of each party would have to approve first."""
    dry_run: bool = False


class ProposedChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One part of what waits for approval."""

    before: str
    """What it replaces, as it stood when it was asked for; if that changes it cannot be carried out."""
    after: str
    command: CommandRow | None = None


class Approval(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was asked for, and who has to agree."""

    id: str
    state: Literal["open", "carried", "rejected", "withdrawn", "expired", "stale"]
    operation: str
    asked_by: str
    party: str
    reason: str
    expires_at: str
    changes: list[ProposedChange]
    needs: dict[str, int]
    """How many people of each party, none of them the one who asks."""
    missing: dict[str, int] = {}
    approved_by: list[str] = []
    ended_by: str = ""
    ended_reason: str = ""
    ended_at: int = 0
    """Number of the record that ended it; if it was carried out, the one that has its effect."""
    answers: list[Answer] = []
    pvp: Pvp | None = None
    """Entered by one side for both once the other has approved."""
    entered: Entered | None = None
    """What became of the PvP."""


class QuorumOf(msgspec.Struct, frozen=True):
    """How many people of a party have to approve, besides whoever asks."""

    party: str
    count: int


class Deed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What somebody privileged did, or read."""

    sequence: int
    at: str
    actor: str
    operation: str
    about: str = ""
    before: str = ""
    after: str = ""
    reason: str = ""
    approved_by: str = ""
