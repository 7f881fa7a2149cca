"""Lists of sanctions, cases and verdicts, as they are asked for and as they stand."""

from __future__ import annotations

from typing import Literal

import msgspec

from comity.wire.authority import Asked
from comity.wire.instructions import InstantText, Instruction

CaseState = Literal["open", "clear", "block", "replaced"]


class ListKnown(msgspec.Struct, frozen=True, omit_defaults=True):
    """An edition of a list."""

    party: str
    """Whose list it is: `union`, or the code of a member."""
    name: str
    count: int
    """Parties in it."""
    digest: str
    """SHA-256 of its content, uncompressed, hexadecimal."""
    sequence: int = 0
    """Record that put it in force, 0 if none did yet."""
    version: str = ""
    date: str = ""
    orphans: int = 0
    """Rows that belong to no party in it."""
    in_force: bool = False


class ListLoading(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of an edition that was sent."""

    edition: ListKnown
    added: int
    removed: int
    changed: int
    """Parties, against the edition in force."""
    reasons: list[str] = msgspec.field(default_factory=list)
    """Why another person has to approve it; none: nobody has to."""
    doubts: int = 0
    """Rows that are odd, and were read nevertheless."""
    approval: str = ""
    """Id of the approval that it waits for."""
    dry_run: bool = False


class ListedHit(msgspec.Struct, frozen=True):
    """A listed party that a party of an instruction may be."""

    party: str
    """Whose list it is."""
    list: str
    entity: str
    score: int
    """0 to 100."""
    role: str
    """What the party is in the instruction, as ISO 20022 calls it: `Dbtr`, `CdtrAgt`; `Participant` of itself."""


class ApprovedBy(msgspec.Struct, frozen=True):
    """Who approved a verdict, and when."""

    by: str
    party: str
    at: InstantText


class VerdictGiven(msgspec.Struct, frozen=True):
    """How two people decided."""

    verdict: Literal["clear", "block"]
    party: str
    by: str
    """Who proposed it."""
    at: InstantText
    """When the last approval carried it out."""
    reason: str
    proposed_at: InstantText
    approved_by: list[ApprovedBy]
    """In order."""


class CaseKnown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A case, without what it says of people."""

    id: str
    state: CaseState
    opened_at: InstantText
    participant: str
    """Who entered the instruction, or whom the case is about."""
    parties: list[str]
    """Who has to decide it."""
    holds: bool
    """Whether the instruction waits for the verdict; else it was final when the lists changed, or there is none."""
    instruction: str = ""
    """Id of the instruction; empty of a case about a participant."""
    entry: str = ""
    """Record and row by which the instruction entered."""
    hits: list[ListedHit] = msgspec.field(default_factory=list)
    why: str = ""
    """Why nobody could look, if so."""
    verdict: VerdictGiven | None = None
    ended_at: int = 0
    """Record that ended it."""


class ListedParty(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a party, listed or asked about."""

    id: str
    schema: str
    names: list[str]
    weak_names: list[str]
    identifiers: list[dict[str, str]]
    birth_dates: list[str]
    countries: list[str]
    programmes: list[str]


class ShownHit(msgspec.Struct, frozen=True, omit_defaults=True):
    """A listed party, beside the party that may be it."""

    party: str
    list: str
    digest: str
    """Edition of the list."""
    version: str
    date: str
    entity: ListedParty
    score: int
    asked: str
    """The names that are most alike; empty if a number alone decided."""
    listed: str
    explanation: str


class ShownParty(msgspec.Struct, frozen=True, omit_defaults=True):
    """A party as the instruction has it, and the listed parties that it may be."""

    role: str
    party: ListedParty
    hits: list[ShownHit]


class CaseShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A case with everything that is known of it."""

    case: CaseKnown
    records: list[ShownParty]
    """Both records side by side."""
    instruction: list[Instruction] = msgspec.field(default_factory=list)
    """As it stands, and both legs of a PvP; none if it is long over."""
    history: list[CaseKnown] = msgspec.field(default_factory=list)
    """The last 100 other cases of the same instruction, and of the same party and listed party."""
    erased: int = 0
    """Records that are older than they may be kept."""


class VerdictAsked(Asked, frozen=True, kw_only=True):
    """A verdict, which another person approves; `reason` has to be given."""

    verdict: Literal["clear", "block"]
    good_guy_until: InstantText | msgspec.UnsetType = msgspec.UNSET
    """Of a case that is cleared: up to then the party is known not to be the listed one, unless either changes."""


class GoodGuyKnown(msgspec.Struct, frozen=True):
    """A party that is known not to be a listed one."""

    id: str
    party: str
    """Whose list it is."""
    list: str
    entity: str
    expires: InstantText
    case: str
    """Case by which it was decided."""
    reason: str
