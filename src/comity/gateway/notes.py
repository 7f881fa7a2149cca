"""Notes: what the gateway writes beside records, and reads again at recovery.

A note is a JSON list, so that an auditor reads it in the log without us. Each item has
a `type`. The engine never sees a note; what depends on one is decided here, in the order of the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from comity.gateway.enrolments import Credential, Passkey, Password, Person, Revoked, SignedIn, SignInEnded
from comity.iso20022 import header as head
from comity.iso20022.instructions import Reference
from comity.wire.calendars import Weekday  # noqa: TC001 - msgspec reads it
from comity.wire.instructions import Pvp  # noqa: TC001 - the same

if TYPE_CHECKING:
    from collections.abc import Iterable


class Keyed(msgspec.Struct, frozen=True, tag_field="type", tag="keyed"):
    """Rows or commands of this record were sent under an idempotency key."""

    actor: str
    key: str
    fingerprint: str
    """Hexadecimal hash of what was asked."""
    first: int
    """Row or command, from 0."""
    count: int


class Received(msgspec.Struct, frozen=True, tag_field="type", tag="received", omit_defaults=True):
    """A message of ISO 20022 was taken; rows or commands of this record carry it out.

    What it said stands elsewhere (`comity.gateway.originals`): here is only what answers and later messages repeat.
    """

    party: str
    message: str
    """`BizMsgIdr` of its header."""
    definition: str
    """Its version: "pacs.008.001.08"."""
    digest: str
    """SHA-256 of its bytes, hexadecimal."""
    first: int
    """Row or command, from 0."""
    count: int
    references: tuple[tuple[str, str, str, str], ...] = ()
    """`InstrId`, `EndToEndId`, `TxId` and `UETR` by row; none of commands."""
    refused: tuple[int, ...] = ()
    """Numbers of its payments that were refused, from 0 and rising: they are no rows."""
    header: str = head.VERSION
    """Version of its header."""

    screened: int = 0
    """Record that put the lists in force against which it was screened; 0: none were."""

    def number(self, row: int) -> int:
        """Return the number, in the message and from 0, of the payment that a row of the message is."""
        for number in self.refused:
            if number > row:
                break
            row += 1
        return row

    def reference(self, row: int) -> Reference:
        """Return by which words the message knew what entered with a row of the record."""
        return Reference(self.definition, self.message, *self.references[row - self.first])


class CustomersNamed(msgspec.Struct, frozen=True, tag_field="type", tag="customers-named", omit_defaults=True):
    """Payments of this record say which customers they are made for; who these are stands in `originals`."""

    first: int
    """Row, from 0."""
    digests: tuple[str, ...]
    """SHA-256 of what a row says of customers, hexadecimal; empty if it names none."""
    screened: int = 0
    """Record that put the lists in force against which it was screened; 0: none were."""


class CreditorStatus(msgspec.Struct, frozen=True, tag_field="type", tag="creditor-status", omit_defaults=True):
    """The receiver of a payment says, by the message of this record, how it stands with it; it moves no money.

    What it says in words stands in that message alone.
    """

    sequence: int
    """Record by which the payment entered."""
    row: int
    status: str
    """PDNG, ACSP, ACSC, ACCC or RJCT."""
    code: str = ""
    """Why, by the external list."""
    item: int = 0
    """Number of the payment among those that the message tells of, from 0."""


class Deed(msgspec.Struct, frozen=True, tag_field="type", tag="deed", omit_defaults=True):
    """Somebody with a privilege used it, or read what is not their own."""

    actor: str
    operation: str
    about: str = ""
    before: str = ""
    after: str = ""
    reason: str = ""
    approved_by: str = ""


class Shut(msgspec.Struct, frozen=True, tag_field="type", tag="shut", omit_defaults=True):
    """A party closed something, or what was closed is open again."""

    party: str
    is_closed: bool
    participant: str = ""
    currency: str = ""
    target: str = ""


class Proposed(msgspec.Struct, frozen=True, tag_field="type", tag="proposed", omit_defaults=True):
    """Somebody asks for a change that others have to approve; its id is the number of this record."""

    actor: str
    person: str
    party: str
    operation: str
    """What is asked for, in a word."""
    needs: dict[str, int]
    """How many people of each party have to approve, none of them the one who asks."""
    expires: int
    """Instant from which it cannot be approved any more."""
    commands: tuple[dict[str, str | int], ...] = ()
    """Given to the engine once approved."""
    notes: msgspec.Raw = msgspec.Raw(b"[]")
    """Notes written once approved."""
    before: tuple[str, ...] = ()
    """What each change replaces, as it stood when it was asked for."""
    after: tuple[str, ...] = ()
    reason: str = ""
    pvp: Pvp | None = None
    """Entered once approved, by `party` for both of its sides."""


class Approved(msgspec.Struct, frozen=True, tag_field="type", tag="approved"):
    """Somebody approves what was proposed."""

    approval: int
    actor: str
    person: str
    party: str


class Ended(msgspec.Struct, frozen=True, tag_field="type", tag="ended", omit_defaults=True):
    """What was proposed was carried out by this record, or never will be."""

    approval: int
    how: Literal["carried", "rejected", "withdrawn", "expired", "stale"]
    actor: str = ""
    reason: str = ""


class Quorum(msgspec.Struct, frozen=True, tag_field="type", tag="quorum"):
    """From now on so many people of a party have to approve what needs its consent."""

    party: str
    count: int


class CalendarSet(msgspec.Struct, frozen=True, tag_field="type", tag="calendar"):
    """A currency does not settle on these days, from a date on."""

    currency: str
    weekend: tuple[Weekday, ...]
    holidays: tuple[str, ...]
    since: str


class ListLoaded(msgspec.Struct, frozen=True, tag_field="type", tag="list-loaded", omit_defaults=True):
    """An edition of a list of sanctions is in force from now on."""

    party: str
    """Whose list it is: of the union, or of a member."""
    name: str
    file: str
    """SHA-256 of the file that was sent, hexadecimal; it stands beside the log."""
    digest: str
    """SHA-256 of its content, uncompressed, hexadecimal."""
    version: str
    date: str
    count: int
    """Parties in it."""
    orphans: int = 0
    """Rows that belong to no party in it."""


class Matched(msgspec.Struct, frozen=True, omit_defaults=True):
    """A listed party that a party of an instruction may be; of the latter there is nothing that names it."""

    party: str
    """Whose list it is."""
    list: str
    entity: str
    """The listed party, as its list numbers it."""
    record: str
    """SHA-256 of what the list says of it, hexadecimal."""
    score: int
    """0 to 100."""
    role: str
    """What the party is in the instruction: `Dbtr`, `CdtrAgt`."""
    key: str
    """Keyed hash of what the instruction says of the party, hexadecimal."""


class Held(msgspec.Struct, frozen=True, tag_field="type", tag="held", omit_defaults=True):
    """Screening found something, or could not look: a case is open. Its id is this record and the note's place."""

    participant: str
    """Whose instruction it is; the participant itself if there is no `target`."""
    target: str = ""
    """Id of the instruction."""
    entry: str = ""
    """Record and row by which it entered, if that is another record than this."""
    row: int = -1
    """Row of this record, if it entered by it."""
    holds: bool = True
    """Whether the instruction waits for a verdict; else it was final, or there is none."""
    hits: tuple[Matched, ...] = ()
    documents: tuple[str, ...] = ()
    """SHA-256 of what stands beside the log: each party as it was asked about, and what it was like."""
    why: str = ""
    """Why nobody could look, if so."""


class Judged(msgspec.Struct, frozen=True, tag_field="type", tag="judged"):
    """Two people have decided a case."""

    case: str
    verdict: Literal["clear", "block"]
    """Not the listed party, or it is and the instruction must not be carried out."""
    party: str
    reason: str
    by: str
    """Actor who proposed it; who approved it stands in the same record."""


class GoodGuy(msgspec.Struct, frozen=True, tag_field="type", tag="good-guy"):
    """A party is known not to be a listed one, for whoever's list it is; void once either changes."""

    party: str
    """Whose list it is."""
    key: str
    """Keyed hash of the party asked about, hexadecimal."""
    list: str
    entity: str
    record: str
    """SHA-256 of what the list says of the listed party, hexadecimal."""
    expires: int
    """Instant from which it counts no more."""
    case: str
    reason: str


class GoodGuyEnded(msgspec.Struct, frozen=True, tag_field="type", tag="good-guy-ended"):
    """It counts no more; its id is the record that said so and its place there."""

    good_guy: str
    by: str


class Rescreened(msgspec.Struct, frozen=True, tag_field="type", tag="rescreened", omit_defaults=True):
    """What had entered before was screened against the lists in force."""

    lists: int
    """Record that put them in force."""
    through: int
    """Record up to which."""
    messages: int
    """Messages, and payments that named customers."""
    held: int = 0
    reported: int = 0
    """Final ones with a hit."""
    erased: int = 0
    """Those of which nothing is left to screen."""


class WebhookAdded(msgspec.Struct, frozen=True, tag_field="type", tag="webhook-added"):
    """Events are sent to an address; its id is the number of this record."""

    actor: str
    party: str
    roles: list[str]
    url: str
    signature: str


class WebhookRotated(msgspec.Struct, frozen=True, tag_field="type", tag="webhook-rotated"):
    """A webhook has its next secret; the one before counts until an instant."""

    webhook: str
    until: int


class WebhookRemoved(msgspec.Struct, frozen=True, tag_field="type", tag="webhook-removed"):
    """Nothing more is sent to an address."""

    webhook: str


class WebhookReplayed(msgspec.Struct, frozen=True, tag_field="type", tag="webhook-replayed", omit_defaults=True):
    """The events of some records are to be sent again; a webhook that had stopped goes on."""

    webhook: str
    first: int = 1
    last: int = 0


ScreeningNote: TypeAlias = ListLoaded | Held | Judged | GoodGuy | GoodGuyEnded | Rescreened
WebhookNote: TypeAlias = WebhookAdded | WebhookRotated | WebhookRemoved | WebhookReplayed
Note: TypeAlias = (
    Keyed
    | Received
    | CustomersNamed
    | CreditorStatus
    | Deed
    | Shut
    | Proposed
    | Approved
    | Ended
    | Quorum
    | CalendarSet
    | ScreeningNote
    | Person
    | Credential
    | Revoked
    | Passkey
    | Password
    | SignedIn
    | SignInEnded
    | WebhookNote
)

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(list[Note])


def pack_notes(notes: Iterable[Note]) -> bytes:
    """Write notes; nothing for none."""
    listed = list(notes)
    return _ENCODER.encode(listed) if listed else b""


def unpack_notes(note: bytes) -> list[Note]:
    """Read notes.

    Raises
    ------
    ValueError
        They are not what `pack_notes` writes.
    """
    return _DECODER.decode(note) if note else []
