"""The inbox: from the bytes of a message to what a record takes, or to the message that refuses it.

Everything is decided before anything is kept: bytes are parsed and held against their schema, the usage rules
and who sends them (`comity.iso20022`), and made into rows or commands. What is refused leaves no trace but its
answer, and its reference may be used again.

Parsers and compiled schemas belong to one thread. Small messages are read in the thread that asks, since going to
another takes longer than reading them; large ones in a thread of their own, so that nobody waits for a file.
"""

from __future__ import annotations

import asyncio
import hashlib
import struct
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec
from msgspec import structs

from comity.engine.columns import PAYMENT
from comity.errors import ComityError, Fault, InvalidRequest
from comity.gateway import answers
from comity.gateway.answers import Letter, reasons_of_faults
from comity.gateway.authority import permits, refusal_of
from comity.gateway.authors import authored
from comity.gateway.bulk import BulkReader
from comity.gateway.correlation import RETURN
from comity.gateway.notes import Received
from comity.gateway.originals import digest_of
from comity.gateway.payments import payment_batch
from comity.gateway.pvps import pvp_batch
from comity.gateway.questions import OPERATIONS, Inquiry, Question
from comity.gateway.rows import strangers
from comity.gateway.screening.parties import others_of, parties_of
from comity.iso20022.header import Header
from comity.iso20022.initiating import transfers, unfit
from comity.iso20022.instructions import Order, Reference, commands, in_full, payments, pvp
from comity.iso20022.messages import MESSAGES
from comity.iso20022.messages.initiation import Initiation
from comity.iso20022.messages.payments import CustomerTransfers
from comity.iso20022.messages.statuses import CancellationRequest, StatusReport
from comity.iso20022.messages.trades import Trade, TradeAmendment, TradeCancellation
from comity.iso20022.parsing import Parser
from comity.iso20022.reading import passed_over, read
from comity.iso20022.refusal import MessageRefused, Refusal
from comity.iso20022.replies import reasons_of
from comity.iso20022.rules import Breach, Payments, broken, strange
from comity.iso20022.schemas import Schemas
from comity.iso20022.shapes import Shapes
from comity.iso20022.signature import SignatureRefused
from comity.iso20022.writing import Writer
from comity.wire.instructions import Payment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lxml.etree import _Element

    from comity.gateway.actor import Actor
    from comity.gateway.answers import Answer, Outcome
    from comity.gateway.authors import Authored
    from comity.gateway.batch import Batch
    from comity.gateway.correlation import Correlation
    from comity.gateway.directory import Directory
    from comity.gateway.entries import Entries
    from comity.gateway.identities import Identities
    from comity.gateway.screening.parties import Named
    from comity.gateway.trade_changes import SideStands
    from comity.iso20022.instructions import PaymentColumns
    from comity.iso20022.messages.parties import Reason as Told
    from comity.iso20022.parsing import Parsed
    from comity.iso20022.table import Message
    from comity.model.command import Command
    from comity.model.union import Genesis

_ID_LENGTH_MAX = 35
_DEBTOR = struct.Struct("<i")
_DEBTOR_AT, _UETR_AT = (dict(PAYMENT.fields or {})[name][1] for name in ("debtor", "uetr"))
_UETR_SIZE = 16
SMALL = 16_384
"""Bytes of a message that is read at once."""
TAKEN = frozenset(
    {
        *("pacs.002", "pacs.004", "pacs.008", "pacs.009", "pain.001", "fxtr.014", "fxtr.015", "fxtr.016"),
        *("camt.007", "camt.008", "camt.011", "camt.048", "camt.050", "camt.056"),
        *(question.name for question in OPERATIONS),
    }
)
"""Messages that are carried out or answered."""
_TAKEN = f"what is taken is {', '.join(sorted(TAKEN))}"

Result = TypeVar("Result")


class Why(Enum):
    """Why a message is declined."""

    UNREADABLE = "no message of a schema that is taken"
    BROKEN = "it breaks a usage rule, or names what is not in the union"
    FOREIGN = "who sends it may not"
    USED = "another message had its reference"


class Declined(Exception):  # noqa: N818 - the name says what happened
    """A message is answered and not taken."""

    def __init__(self, why: Why, answer: Answer) -> None:
        super().__init__(why)
        self.why = why
        self.answer = answer


class Incoming(NamedTuple):
    """A message that can be carried out."""

    message: Message
    letter: Letter
    note: Received
    references: tuple[Reference, ...]
    """By row; none of commands."""
    batch: Batch | None
    """Rows to be entered, None of commands and of what is only noted."""
    commands: tuple[Command, ...]
    """Of a side of a PvP that is amended: what withdraws it, before the rows are entered."""
    actor: Actor
    """Who asks for it: who signed it, if it is signed."""
    refused: Mapping[int, tuple[Told, ...]] = MappingProxyType({})
    """Why a payment of the message is no row, by its number from 0."""
    parties: tuple[tuple[Named, ...], ...] = ()
    """Whom each row names, if it names anybody but participants."""

    @property
    def is_given(self) -> bool:
        """Whether it is commands alone."""
        return bool(self.commands) and self.batch is None

    def answered(self, outcome: Outcome) -> Answer:
        """Answer it, once it was carried out."""
        return answers.carried_out(self.message, self.references, self.refused, outcome, self.letter)

    def used(self) -> Declined:
        """Decline it, because another message had its reference."""
        breach = Breach("IDS-5", -1, "AppHdr/BizMsgIdr", "known with another content")
        return Declined(Why.USED, answers.broken(self.message, [breach], self.letter))

    def stood(self, stands: SideStands) -> Declined:
        """Decline it, because the side of a PvP that it names cannot be changed."""
        assert isinstance(self.message, TradeAmendment | TradeCancellation)
        return Declined(Why.BROKEN, answers.stands(self.message, stands.standing, self.letter))

    def misreported(self, breaches: Sequence[Breach]) -> Declined:
        """Decline it, because of what it says of payments."""
        return Declined(Why.BROKEN, answers.broken(self.message, breaches, self.letter))

    def declined(self, error: ComityError) -> Declined:
        """Decline it, because its commands may not be given, or name what is not there."""
        if isinstance(error, InvalidRequest):
            return Declined(Why.BROKEN, answers.faulty(self.message, error, self.letter))
        return Declined(Why.FOREIGN, answers.forbidden(self.message, str(error), self.letter))


class Desk:
    """Reads and writes messages, in one thread.

    Attributes
    ----------
    schemas, parser, writer
        Of this thread.
    usage
        What messages have to agree with.
    known
        What messages said before.
    identities
        By whose certificates they are signed.
    """

    def __init__(
        self,
        schemas: Schemas,
        directory: Directory,
        genesis: Genesis,
        known: Correlation,
        texts: Entries,
        identities: Identities,
    ) -> None:
        self.schemas = schemas
        self.parser = Parser(schemas)
        self._shapes = Shapes()
        self.writer = Writer(schemas)
        self.usage = directory.usage
        self._directory = directory
        self._bulk = BulkReader(directory, genesis)
        self.known = known
        self.identities = identities
        self._texts = texts

    def take(self, data: bytes, bearer: Actor, instant: int, *, must_sign: bool = False) -> Incoming | Inquiry:
        """Read a message, to be carried out or answered.

        Parameters
        ----------
        bearer
            Who brings it.
        instant
            When it came.
        must_sign
            Whether it has to be signed.

        Raises
        ------
        Declined
            It cannot be carried out.
        """
        letter = Letter(bearer.party, digest_of(data), instant, self.known.versions)
        parsed, actor = self._authored(self._parse(data, letter), bearer, letter, must_sign=must_sign)
        header, message, unread = self._shapes.read(parsed)
        letter = letter._replace(header=header, header_version=parsed.header_version)
        foreign = strange(message, header, actor.party, self.usage)
        breaches, content = broken(message, header, parsed.version, self.usage), parsed.content
        if isinstance(message, Initiation):
            message, content, breaches = self._initiated(message, parsed, breaches, letter)
            unread = ()
        if header is None or foreign:
            why = Why.BROKEN if header is None else Why.FOREIGN
            raise Declined(why, answers.broken(message, foreign, letter))
        if any(breach.item < 0 or not isinstance(message, Payments) for breach in breaches):
            raise Declined(Why.BROKEN, answers.broken(message, breaches, letter))
        if refused := _forbidden(message, actor):
            raise Declined(Why.FOREIGN, answers.forbidden(message, refused, letter))
        if isinstance(message, Question):
            return Inquiry(message, letter, actor, tuple(passed_over(parsed.content, type(message))))
        note = Received(
            actor.party, header.reference, parsed.version, letter.digest, 0, 0, header=parsed.header_version
        )
        if isinstance(message, Payments):
            more = others_of(content, message, self._directory, unread)
            return self._of_payments(message, more, reasons_of(breaches), letter, note, actor)
        try:
            return self._made(message, letter, note, actor)
        except InvalidRequest as bad:
            raise Declined(Why.BROKEN, answers.faulty(message, bad, letter)) from None

    def write(self, answer: Answer) -> bytes:
        """Write an answer."""
        return self.writer.message(answer.header, answer.message, answer.header.definition, answer.header_version)

    def _initiated(
        self, message: Initiation, parsed: Parsed, breaches: list[Breach], letter: Letter
    ) -> tuple[CustomerTransfers, _Element, list[Breach]]:
        """Make a pacs.008 of a pain.001, without its payments if all of them are refused, and find what they break."""
        of_all = [breach for breach in breaches if breach.item < 0]
        if of_all:
            return CustomerTransfers(message.message, message.created, message.count), parsed.content, of_all
        try:
            made = transfers(parsed, letter.digest)
        except MessageRefused as bad:
            raise Declined(Why.UNREADABLE, answers.unreadable(bad, letter)) from None
        wanted = read(made.content, CustomerTransfers)
        found = [*breaches, *broken(wanted, None, made.version, self.usage)]
        known = {breach.item for breach in found}
        fit = [number for number in range(len(wanted.items)) if number not in known]
        found += (Breach("INI-3", number, "PmtInf/CdtTrfTxInf", "") for number in unfit(made, fit, self.schemas))
        return wanted, made.content, found

    def _parse(self, data: bytes, letter: Letter) -> Parsed:
        try:
            parsed = self.parser.parse(data)
        except MessageRefused as bad:
            raise Declined(Why.UNREADABLE, answers.unreadable(bad, letter)) from None
        if parsed.name not in TAKEN:
            other = MessageRefused(Refusal.UNKNOWN_MESSAGE, f"{parsed.version} is not taken: {_TAKEN}", data=data)
            raise Declined(Why.UNREADABLE, answers.unreadable(other, letter))
        return parsed

    def _authored(self, parsed: Parsed, bearer: Actor, letter: Letter, *, must_sign: bool) -> Authored:
        """Find who asks for what a message says, and what they wrote."""
        try:
            return authored(parsed, bearer, letter.instant, self.identities, self.parser.parse, must_sign=must_sign)
        except SignatureRefused as bad:
            message = read(parsed.content, MESSAGES[parsed.name])
            if parsed.header is not None:
                letter = letter._replace(header=read(parsed.header, Header), header_version=parsed.header_version)
            breach = Breach(bad.rule, -1, "AppHdr/Sgntr", bad.found)
            raise Declined(Why.FOREIGN, answers.broken(message, [breach], letter)) from None
        except MessageRefused as bad:
            raise Declined(Why.UNREADABLE, answers.unreadable(bad, letter)) from None

    def _of_payments(
        self,
        message: Payments,
        more: list[list[Named]],
        refused: dict[int, tuple[Told, ...]],
        letter: Letter,
        note: Received,
        actor: Actor,
    ) -> Incoming:
        """Make rows of those payments of a message that have no fault of their own; the others alone are refused.

        Which those are follows from the message and the union's genesis, so that it is the same whenever it is sent.

        Raises
        ------
        Declined
            None is left, or something is wrong with all of them.
        """
        while left := [number for number in range(len(message.items)) if number not in refused]:
            kept = message if not refused else structs.replace(message, items=tuple(message.items[n] for n in left))
            made = payments(kept, self.usage)
            try:
                batch = self._rows(made)
            except InvalidRequest as bad:
                found = reasons_of_faults(bad.faults)
                refused |= {left[row] if row >= 0 else row: reasons for row, reasons in found.items()}
                if -1 in refused:
                    break
                continue
            references = tuple(each._replace(name=note.definition) for each in made.references)
            note = structs.replace(_referring(note, references), refused=tuple(sorted(refused)))
            parties = tuple(parties_of(kept, self._directory, [more[number] for number in left]))
            batch = structs.replace(_named_once(batch, references), message=note)
            return Incoming(message, letter, note, references, batch, (), actor, refused, parties)
        raise Declined(Why.BROKEN, answers.rejected(message, refused, letter))

    def _made(self, message: Message, letter: Letter, note: Received, actor: Actor) -> Incoming:
        if isinstance(message, Trade | TradeAmendment):
            references = (Reference(note.definition, note.message, message.reference, message.common, "", ""),)
            note = _referring(note, references)
            batch = pvp_batch(pvp(message, self.usage), self._directory, note.party)
            incoming = Incoming(message, letter, note, references, structs.replace(batch, message=note), (), actor)
            if isinstance(message, Trade):
                return incoming
            wish = TradeCancellation(matching=message.matching, cancelled=message.amended)
            return incoming._replace(commands=tuple(commands(wish, note.party, self.usage, self._finder(note.party))))
        if isinstance(message, StatusReport):
            return Incoming(message, letter, note, (), None, (), actor)
        assert isinstance(message, Order)
        if isinstance(message, CancellationRequest):
            message = in_full(message, lambda reference: self._sent(note.party, reference))
        given = commands(message, note.party, self.usage, self._finder(note.party))
        faults = [fault for command in given for fault in strangers(command, self._directory)]
        if not given:
            faults = [Fault("", 0, message.element, "what it is about, each by its reference", "nothing")]
        if faults:
            raise InvalidRequest(faults)
        return Incoming(message, letter, structs.replace(note, count=len(given)), (), None, tuple(given), actor)

    def _finder(self, party: str) -> Callable[[str], str]:
        """Return what finds the id of a party's instruction by its UETR or our reference of it.

        What nobody knows becomes an id that the engine will not find.
        """

        def find(word: str) -> str:
            entered = self.known.find(party, word)
            return entered.id if entered else f"//{word}"[:_ID_LENGTH_MAX]

        return find

    def _sent(self, party: str, message: str) -> list[Reference]:
        """Return by which words a party knew the payments that it entered by a message."""
        sent = self.known.messages.find(party, message)
        note = self._texts.said(sent.sequence).message(sent.first) if sent else None
        return [note.reference(note.first + row) for row in range(len(note.references))] if note else []

    def _rows(self, made: PaymentColumns) -> Batch:
        """Make rows of payments: of one as of a payment alone, which takes a fraction of what columns do."""
        if len(made) > 1:
            return self._bulk.columns(made.columns).batch
        row = {name: texts[0] for name, texts in made.columns.items() if texts[0]}
        try:
            return payment_batch(msgspec.convert(row, Payment), self._directory)
        except InvalidRequest as bad:
            raise InvalidRequest(fault.at("", 1, fault.column) for fault in bad.faults) from None


class Inbox:
    """Reads and writes the messages of a gateway; used from one event loop.

    Parameters
    ----------
    known
        What messages said before.
    texts
        What records say.
    identities
        By whose certificates messages are signed.

    Attributes
    ----------
    published
        Schemas by which messages are judged in place of those of the package, None if there are none; set before the
        first message.
    """

    def __init__(
        self, directory: Directory, genesis: Genesis, known: Correlation, texts: Entries, identities: Identities
    ) -> None:
        self._directory = directory
        self._genesis = genesis
        self._known = known
        self._texts = texts
        self._identities = identities
        self._desks: tuple[Desk, Desk] | None = None
        self.published: Schemas | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="comity-inbox")

    async def run(self, size: int, work: Callable[[Desk], Result]) -> Result:
        """Work on a message of so many bytes; EnvironmentFailed if there are no schemas."""
        loop = asyncio.get_running_loop()
        if self._desks is None:
            self._desks = await loop.run_in_executor(self._thread, self._open)
        here, there = self._desks
        if size <= SMALL:
            return work(here)
        return await loop.run_in_executor(self._thread, work, there)

    async def new_writer(self) -> Writer:
        """Return a writer for a thread of one's own; EnvironmentFailed if there are no schemas."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: Writer(self.open_schemas()))

    def open_schemas(self) -> Schemas:
        """Return the schemas of messages, for a thread of one's own; EnvironmentFailed if there are none."""
        known = self.published or Schemas.open()
        return Schemas(known.versions, known.text)

    def close(self) -> None:
        """End its thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _open(self) -> tuple[Desk, Desk]:
        of = (self._directory, self._genesis, self._known, self._texts, self._identities)
        here, there = (Desk(self.open_schemas(), *of) for _ in range(2))
        return here, there


def _forbidden(message: Message, actor: Actor) -> str:
    """Say why an actor may not enter instructions or ask, empty if they may; of commands that is known one by one."""
    operation = OPERATIONS.get(type(message), "")
    if isinstance(message, Payments | StatusReport):
        operation = "payments.enter"
    elif isinstance(message, Trade | TradeAmendment):
        operation = "pvp.enter"
    return "" if not operation or permits(actor, operation) else refusal_of(actor, operation)


def _referring(note: Received, references: tuple[Reference, ...]) -> Received:
    words = tuple((each.instruction, each.end_to_end, each.transaction, each.uetr) for each in references)
    return structs.replace(note, count=len(words), references=words)


def _named_once(batch: Batch, references: tuple[Reference, ...]) -> Batch:
    """Let the engine take each UETR once of whoever sends it.

    It is the same on every leg of a payment, so that another participant may send it on; a return has that of what it
    returns.
    """
    if references[0].name.startswith(RETURN):
        return batch
    rows = bytearray(batch.rows)
    for start, reference in zip(range(0, len(rows), PAYMENT.itemsize), references, strict=True):
        if reference.uetr:
            (debtor,) = _DEBTOR.unpack_from(rows, start + _DEBTOR_AT)
            words = hashlib.sha256(f"{debtor} {reference.uetr}".encode()).digest()
            rows[start + _UETR_AT : start + _UETR_AT + _UETR_SIZE] = words[:_UETR_SIZE]
    return structs.replace(batch, rows=bytes(rows))
