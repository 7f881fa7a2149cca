"""Taking: one message in, the message that answers it out, by whatever channel it came.

HTTP and the watched folder do no more than carry bytes to `take` and its answer back. A message is carried out once:
its reference is its idempotency key, and stands in the record that carries it out. What is sent again is answered from
the log.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from comity.errors import InvalidRequest, LogError, NotFound
from comity.gateway import status_reports, trade_changes
from comity.gateway.answers import Outcome, faulty, reference_of
from comity.gateway.authority import Forbidden
from comity.gateway.idempotency import Begun, Sent
from comity.gateway.inbox import Declined, Why
from comity.gateway.instructions import standing_of
from comity.gateway.notes import Deed
from comity.gateway.questions import Inquiry, answer
from comity.gateway.status_reports import Misreported
from comity.gateway.trade_changes import SideStands
from comity.gateway.writer import Busy
from comity.iso20022.definitions import DEFINITIONS, name_of
from comity.iso20022.messages.statuses import StatusReport
from comity.iso20022.messages.trades import TradeAmendment, TradeCancellation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from comity.gateway.actor import Actor
    from comity.gateway.batch import Batch
    from comity.gateway.gateway import Gateway
    from comity.gateway.inbox import Incoming
    from comity.gateway.instructions import Standing
    from comity.gateway.notes import CreditorStatus
    from comity.iso20022.header import Header
    from comity.node import Node

_CANCEL = "cancel"


class InFlight(Exception):  # noqa: N818 - the name says what happened
    """The same message is being carried out."""


class Untold(Exception):  # noqa: N818 - the same
    """A message was carried out, and what became of it cannot be read."""


class Taken(NamedTuple):
    """What came of a message."""

    content: bytes
    """The message that answers it."""
    why: Why | None = None
    """Why it was declined, None if it was not."""
    waits: bool = False
    """Whether others have to approve it first."""
    told_before: bool = False
    asks: bool = False
    """Whether it asked, and nothing was carried out."""
    about: Header | None = None
    """Its header, None if it has none that can be read."""
    sequence: int = 0
    """Of the record that carried it out, 0 if none did."""
    in_part: bool = False
    """Whether some of its payments were refused."""

    @property
    def noted(self) -> dict[str, object]:
        """What a journal says of it: which message, how it ended, and where in the log; nothing of what it is about."""
        definition = self.about.definition if self.about is not None else ""
        known = DEFINITIONS.get(name_of(definition))
        said: dict[str, object] = {"message": definition} if known and definition in known.versions else {}
        if self.why is not None:
            return said | {"problem": self.why.name.lower()}
        ends = (
            ("asked", self.asks),
            ("tried", not self.sequence),
            ("repeated", self.told_before),
            ("waits", self.waits),
            ("in-part", self.in_part),
        )
        said["outcome"] = next((word for word, is_so in ends if is_so), "carried-out")
        return said | ({"record": self.sequence} if self.sequence else {})


async def take(
    gateway: Gateway,
    actor: Actor,
    data: bytes,
    carry: Callable[[Incoming], Awaitable[tuple[Outcome, bool]]],
    admit: Callable[[Inquiry], Awaitable[None]],
    *,
    must_sign: bool = False,
) -> Taken:
    """Take a message, and write what answers it.

    Parameters
    ----------
    actor
        Who brings it.
    carry
        Carries it out once it was read: what became of it, and whether that was told before. `carry_out`, or what
        only tries it; it may raise Declined.
    admit
        Called before a message that asks is answered; it may raise what its channel answers.
    must_sign
        Whether it has to be signed.

    Raises
    ------
    EnvironmentFailed
        There are no schemas.
    """
    try:
        incoming = await gateway.inbox.run(
            len(data), lambda desk: desk.take(data, actor, gateway.now(), must_sign=must_sign)
        )
        if isinstance(incoming, Inquiry):
            await admit(incoming)
            return Taken(await _told(gateway, incoming, len(data)), asks=True, about=incoming.letter.header)
        outcome, told_before = await carry(incoming)
    except Declined as declined:
        if gateway.conformance is not None:
            gateway.conformance.refused(actor.party, declined)
        refusal, why = declined.answer, declined.why
        return Taken(await gateway.inbox.run(len(data), lambda desk: desk.write(refusal)), why, about=refusal.about)
    if gateway.conformance is not None and outcome.sequence:  # not in a dry run
        gateway.conformance.carried(incoming, outcome, told_before=told_before)
    reply = incoming.answered(outcome)
    content = await gateway.inbox.run(len(data), lambda desk: desk.write(reply))
    return Taken(
        content,
        waits=incoming.is_given and not outcome.answers,
        told_before=told_before,
        about=incoming.letter.header,
        sequence=outcome.sequence,
        in_part=bool(incoming.refused),
    )


async def carry_out(gateway: Gateway, incoming: Incoming, data: bytes) -> tuple[Outcome, bool]:
    """Carry out a message, once; what became of it, and whether that was told before.

    Raises
    ------
    Declined
        Another message had its reference, or its commands may not be given.
    InFlight, Untold, Busy
        It cannot be told now.
    """
    note, messages = incoming.note, gateway.memory.correlation.messages
    begun = messages.begin(note.party, note.message, note.digest)
    if begun is Begun.IN_FLIGHT:
        raise InFlight("send it again a little later")
    if begun is Begun.OTHER:
        alarm = Deed(incoming.actor.id, "messages.reused", f"{note.party} {note.message}", after=note.digest)
        await asyncio.wrap_future(gateway.note([alarm]))
        raise incoming.used()
    if isinstance(begun, Sent) and isinstance(incoming.message, TradeAmendment):
        finishing = gateway.writer.call(lambda node: trade_changes.finish(gateway, node, incoming))
        return await _outcome(gateway, incoming, await asyncio.wrap_future(finishing), 0), True
    if isinstance(begun, Sent):
        return await _outcome(gateway, incoming, begun.sequence, begun.first), True
    try:
        sequence, first = await _enter(gateway, incoming, data)
    finally:
        messages.end(note.party, note.message)
    return await _outcome(gateway, incoming, sequence, first), False


async def standings(gateway: Gateway, incoming: Incoming) -> list[Standing]:
    """Return how what is to be cancelled stands."""

    def find(node: Node) -> list[Standing]:
        wishes = [each for each in incoming.commands if each.command == _CANCEL]
        return [standing_of(node, each.participant, each.target) for each in wishes]

    return await asyncio.wrap_future(gateway.writer.call(find))


async def reported(gateway: Gateway, incoming: Incoming) -> list[CreditorStatus]:
    """Return what a report says, by payment.

    Raises
    ------
    Declined
        It is about what was not passed on to its sender, or a payment would go back.
    """
    try:
        statuses = await asyncio.to_thread(status_reports.statuses_in, gateway, incoming)
        status_reports.check(gateway, statuses)
    except Misreported as bad:
        raise incoming.misreported(bad.breaches) from None
    return statuses


async def screened(gateway: Gateway, incoming: Incoming, batch: Batch) -> tuple[Batch, dict[str, bytes]]:
    """Screen the rows of a message: the batch that may enter, and what its cases show."""
    screening, parties = gateway.screening, incoming.parties
    if not parties:
        return batch, {}
    return await screening.screened_aside(batch, parties, gateway.now())


async def _enter(gateway: Gateway, incoming: Incoming, data: bytes) -> tuple[int, int]:
    """Keep a message, then append the record that carries it out; the record, and its first row there."""
    note, is_report = incoming.note, isinstance(incoming.message, StatusReport)
    statuses = await reported(gateway, incoming) if is_report else []
    kept = gateway.originals.keep(note.digest, note.party, note.message, incoming.letter.instant, data)
    try:
        if incoming.batch is not None and not incoming.commands:
            return await _enter_rows(gateway, incoming, incoming.batch, kept)
        await kept
        if is_report:
            telling = gateway.writer.call(lambda node: status_reports.tell(gateway, node, incoming, statuses))
            return await asyncio.wrap_future(telling), 0
        return await asyncio.wrap_future(gateway.writer.call(lambda node: _give(gateway, node, incoming))), 0
    except LogError:
        raise  # whether it entered is known once the log is recovered
    except Exception as error:
        is_refused = isinstance(error, InvalidRequest | NotFound | Forbidden | SideStands | Misreported | Busy)
        if is_refused or not isinstance(incoming.message, TradeAmendment):  # a side may have been withdrawn before
            await gateway.originals.discard([note.digest], incoming.letter.instant)
        if isinstance(error, InvalidRequest | NotFound | Forbidden) and incoming.commands:
            raise incoming.declined(error) from None
        if isinstance(error, Misreported):
            raise incoming.misreported(error.breaches) from None
        if isinstance(error, SideStands):
            raise incoming.stood(error) from None
        raise


async def _enter_rows(
    gateway: Gateway, incoming: Incoming, batch: Batch, kept: asyncio.Future[None]
) -> tuple[int, int]:
    """Screen rows and enter them, once their message is kept; the record, and the first row there."""
    try:
        batch, documents = await screened(gateway, incoming, batch)
    finally:
        await kept
    if documents:
        await asyncio.to_thread(gateway.screening.keep, documents, incoming.letter.instant)
    reply = asyncio.get_running_loop().create_future()
    gateway.enter(incoming.note.party, batch, reply)
    entered = await reply
    return entered.sequence, entered.first


def _give(gateway: Gateway, node: Node, incoming: Incoming) -> int:
    if isinstance(incoming.message, TradeAmendment):
        return trade_changes.amend(gateway, node, incoming.actor, incoming)
    if isinstance(incoming.message, TradeCancellation):
        trade_changes.check(node, incoming)
    return gateway.four_eyes.give(node, incoming.actor, incoming.commands, "", 0, [incoming.note])


async def _told(gateway: Gateway, asked: Inquiry, size: int) -> bytes:
    """Return what answers a message that asks."""
    try:
        told = await asyncio.to_thread(answer, gateway, asked)
    except InvalidRequest as bad:
        raise Declined(Why.BROKEN, faulty(asked.message, bad, asked.letter)) from None
    return await gateway.inbox.run(size, lambda desk: desk.write(told))


async def _outcome(gateway: Gateway, incoming: Incoming, sequence: int, first: int) -> Outcome:
    """Return what the record of a message did."""
    done = gateway.changes.done(sequence)
    if done is None:
        raise Untold(f"it was record {sequence}")
    results = done.results[first : first + incoming.note.count]
    of_cancelled = await standings(gateway, incoming) if incoming.is_given else []
    known = gateway.memory.correlation
    entered = {
        first + row: reference_of(before.sequence, before.row)
        for row, reference in enumerate(incoming.references)
        if incoming.batch is not None and results[row]["repeated"]
        if (before := known.find(incoming.note.party, reference.uetr)) is not None
    }
    return Outcome(sequence, first, done.instant, results, done.answers, of_cancelled, entered)
