"""Answers: the message that belongs to a message, made of what its record did.

An answer follows from the message and from what stands in the log, so it is not kept: who sends the same again
is told the same. Its reference is the place in the log from which it follows, that of a refusal the
message's hash.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from comity.gateway.authority import UNION
from comity.gateway.correlation import HEADER, LATEST
from comity.iso20022.header import Business, Header
from comity.iso20022.instructions import reference_to
from comity.iso20022.messages.administration import Acknowledged, Acknowledgement
from comity.iso20022.messages.orders import Handling, Receipt
from comity.iso20022.messages.orders import Outcome as OutcomeTold
from comity.iso20022.messages.parties import Agent
from comity.iso20022.messages.parties import Reason as Told
from comity.iso20022.messages.statuses import CancellationRequest, GroupStatus, StatusReport, TransactionStatus
from comity.iso20022.messages.trades import Trade, TradeAmendment, TradeCancellation, TradeDetails, TradeStatus
from comity.iso20022.refusal import REFERENCE_UNKNOWN
from comity.iso20022.replies import reasons_of, rejected_payments, rejection, resolution, rule_rejection, status
from comity.iso20022.replies import rejected as rejected_payment
from comity.iso20022.rules import REFUSED, Payments
from comity.model.instant import format_instant
from comity.model.participant import is_bic
from comity.model.reason import Reason, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from comity.errors import Fault, InvalidRequest
    from comity.gateway.correlation import Versions
    from comity.gateway.instructions import Standing
    from comity.iso20022.instructions import Reference
    from comity.iso20022.refusal import MessageRefused
    from comity.iso20022.rules import Breach, Payment
    from comity.iso20022.table import Message

AGENT = Agent(member=UNION)
"""The union, as messages name it."""
REFERENCE_LENGTH_MAX = 35

_CODES = {
    "debtor": "RC03",
    "creditor": "RC04",
    "amount": "AM12",
    "currency": "AM03",
    "date": "DT01",
    "earliest": "DT01",
    "latest": "DT01",
}
"""Reason of a fault by its column: invalid identifier of the debtor's or the creditor's institution, and so on."""
_OTHER_FAULT, _NOT_AUTHORISED = "FF01", "AG01"
_TAKEN = "ACTC"
"""Status of a message that follows its schema and its rules, and was noted."""
_FINAL = "What has settled stays settled: return the money by a pacs.004."
_LINE_MAX = 105
_TRADES = {State.UMAC: "UMTC", State.STLD: "STLD", State.RJTD: "RJCT", State.CAND: "RSCD"}
_MATCHED = "FMTC"
_OWN_TRADES = {State.PCAN, State.NONE}
"""States that the list of codes has no word for."""


class Answer(NamedTuple):
    """A message and its header, which says the version of the message."""

    header: Header
    message: Message
    header_version: str
    about: Header | None = None
    """Header of what it answers."""


class Letter(NamedTuple):
    """What an answer repeats of a message, whatever it said."""

    party: str
    """Who sent it."""
    digest: str
    instant: int
    """When it came."""
    versions: Versions
    """In which its sender speaks."""
    header: Header | None = None
    header_version: str = ""
    """Empty if it has none."""

    @property
    def at(self) -> str:
        """When it came, RFC 3339."""
        return format_instant(self.instant)

    @property
    def own(self) -> str:
        """Reference of an answer that nothing in the log gives one."""
        return self.digest[:REFERENCE_LENGTH_MAX]

    def answer(self, message: Message, reference: str, created: str, sequence: int = LATEST) -> Answer:
        """Answer it, in the versions that its sender speaks.

        Parameters
        ----------
        sequence
            Of the record from which the answer follows; without one none does.
        """
        made = addressed(message, self.header, self.party, reference, created, self.versions, sequence)
        return made._replace(header_version=self.header_version or made.header_version)


class Outcome(NamedTuple):
    """What became of a message that was taken."""

    sequence: int
    """Of its record, 0 in a dry run."""
    first: int
    instant: int
    """Of the record."""
    results: Sequence[np.void] | NDArray[np.void]
    """RESULT[n]: those of its rows."""
    answers: Sequence[dict[str, str]] = ()
    """Those to its commands; none if others have to approve them."""
    standings: Sequence[Standing] = ()
    """Of commands that cancel: how what each named stands."""
    entered: Mapping[int, str] = MappingProxyType({})
    """Our references of payments that had entered before, by row of the record."""


def agent_of(party: str) -> Agent:
    """Name a participant as messages do."""
    return Agent(bic=party) if is_bic(party) else Agent(member=party)


def header_of(definition: str, about: Header | None, party: str, reference: str, created: str) -> Header:
    """Return the header of a message of the union.

    Parameters
    ----------
    definition
        Its version.
    about
        Header of the message that it answers, None if there is none.
    party
        Code of who it is for; what answers is addressed as its sender calls itself.
    """
    related: tuple[Business, ...] = ()
    if about is not None and about.sender and about.receiver:
        related = (
            Business(about.sender, about.receiver, about.reference, about.definition, about.service, about.created),
        )
    if about is None or not (about.sent_by or about.sender_lei):
        agent = agent_of(party)
        about = Header(sender=agent.bic, sender_member=agent.member)
    return Header(
        sender_member=UNION,
        receiver=about.sender,
        receiver_member=about.sender_member,
        receiver_lei=about.sender_lei,
        receiver_organisation=about.sender_organisation,
        reference=reference,
        definition=definition,
        created=created,
        related=related,
    )


def addressed(
    message: Message,
    about: Header | None,
    party: str,
    reference: str,
    created: str,
    versions: Versions,
    sequence: int = LATEST,
) -> Answer:
    """Put a message under a header of the union, both as a party spoke them at a record; see `header_of`."""
    definition, header_version = (versions.written(party, name, sequence) for name in (message.name, HEADER))
    return Answer(header_of(definition, about, party, reference, created), message, header_version, about)


def _refusing(message: Message, letter: Letter) -> Answer:
    return letter.answer(message, letter.own, letter.at)


def unreadable(refused: MessageRefused, letter: Letter) -> Answer:
    """Refuse bytes that are no message of a schema that is taken."""
    return _refusing(rejection(refused, letter.at), letter)


def broken(message: Message, breaches: Sequence[Breach], letter: Letter) -> Answer:
    """Refuse a message that breaks usage rules."""
    if isinstance(message, Payments):
        return rejected(message, reasons_of(breaches), letter)
    reference = letter.header.reference if letter.header else getattr(message, "message", "")
    return _refusing(rule_rejection(breaches, reference or REFERENCE_UNKNOWN, letter.at), letter)


def rejected(message: Payments, reasons: Mapping[int, tuple[Told, ...]], letter: Letter) -> Answer:
    """Refuse payments, none of which is taken: why, by number of the payment, -1 of the message."""
    return _refusing(rejected_payments(message, _definition(message, letter), reasons, letter.own, letter.at), letter)


def faulty(message: Message, error: InvalidRequest, letter: Letter) -> Answer:
    """Refuse a message, other than payments, that names what is not in the union, or says what no instruction can."""
    return _refused(message, _OTHER_FAULT, str(error.faults[0]), letter)


def reasons_of_faults(faults: Iterable[Fault]) -> dict[int, tuple[Told, ...]]:
    """Say what is wrong with rows, by row from 0; of -1 what is with all of them."""
    found: dict[int, list[Told]] = {}
    for fault in faults:
        found.setdefault(fault.row - 1, []).append(_faulty(fault))
    return {row: tuple(reasons) for row, reasons in found.items()}


def forbidden(message: Message, why: str, letter: Letter) -> Answer:
    """Refuse a message whose sender may not ask for what it says."""
    if not isinstance(message, Payments):
        return _refused(message, _NOT_AUTHORISED, why, letter)
    return rejected(message, {-1: (Told(code=_NOT_AUTHORISED, lines=(line_of(why),)),)}, letter)


def carried_out(
    message: Message,
    references: Sequence[Reference],
    refused: Mapping[int, tuple[Told, ...]],
    outcome: Outcome,
    letter: Letter,
) -> Answer:
    """Answer a message that was taken: every row, or every command, with what became of it.

    Parameters
    ----------
    references
        By row.
    refused
        Why a payment is no row, by its number in the message.
    """
    own = reference_of(outcome.sequence, outcome.first)
    created = format_instant(outcome.instant)
    if isinstance(message, Payments):
        items = iter(_told(references, outcome, created))
        definition = _definition(message, letter)
        payments: Sequence[Payment] = message.items
        every = [
            rejected_payment(reference_to(message, definition, payment), refused[number])
            if number in refused
            else next(items)
            for number, payment in enumerate(payments)
        ]
        reply: Message = _report(message, every, own, letter, created)
    elif isinstance(message, Trade | TradeAmendment):
        reply = trade_status(own, message.reference, own, State(int(outcome.results[0]["state"])), created)
    elif isinstance(message, TradeCancellation) and outcome.answers:
        reply = _trade_stands(message, outcome.standings[0], outcome.answers[0]["reason"], own, created)
    elif isinstance(message, CancellationRequest) and outcome.answers:
        told = [
            (standing.state, Reason[answer["why"]] if answer["why"] else Reason.NONE)
            for standing, answer in zip(outcome.standings, outcome.answers, strict=True)
        ]
        reply = resolution(message, own, created, (AGENT, agent_of(letter.party)), told)
    elif isinstance(message, StatusReport):
        reply = _acknowledgement(message, own, created, letter)
    else:
        reply = _receipt(message, outcome.answers, own, created, letter)
    return letter.answer(reply, own, created, outcome.sequence or LATEST)


def stands(message: TradeAmendment | TradeCancellation, standing: Standing, letter: Letter) -> Answer:
    """Refuse to change a side of a PvP, which stands as it does."""
    why = (Reason.INVALID if standing.state else Reason.UNKNOWN).code
    return _refusing(_trade_stands(message, standing, why, letter.own, letter.at), letter)


def trade_status(own: str, reference: str, matching: str, state: State, created: str, why: str = "") -> TradeStatus:
    """Say how a side of a PvP stands.

    Parameters
    ----------
    own
        Reference of the message.
    reference, matching
        Of the side: its sender's, and ours.
    why
        Code of the reason for which it was not changed.
    """
    word = state.name if state in _OWN_TRADES else ""
    return TradeStatus(own, reference, matching, "" if word else _TRADES.get(state, _MATCHED), word, why, created)


def trade_details(trade: Trade | TradeAmendment, own: str, matching: str, state: State, created: str) -> TradeDetails:
    """Say how a side of a PvP stands, and what its sender said of it; see `trade_status`."""
    return TradeDetails(
        matching=matching,
        status=_TRADES.get(state, _MATCHED),
        instant=created,
        traded=trade.traded,
        message=own,
        reference=trade.reference,
        common=trade.common,
        split="false",
        against_payment="true",
        trading=trade.trading,
        counterparty=trade.counterparty,
        bought=trade.bought,
        sold=trade.sold,
        date=trade.date,
        rate=trade.rate,
    )


def _trade_stands(
    message: TradeAmendment | TradeCancellation, standing: Standing, why: str, own: str, created: str
) -> TradeStatus:
    """Say how the side stands that a message names, and why it was not changed if it was not."""
    named = message.cancelled if isinstance(message, TradeCancellation) else message.amended
    matching = reference_of(*standing.entry) if standing.state else message.matching or REFERENCE_UNKNOWN
    return trade_status(own, named or message.reference, matching, standing.state, created, why)


def reference_of(sequence: int, first: int) -> str:
    """Return our reference of what a record did: record and row, as in events."""
    return f"{sequence}.{first}"


def _told(references: Sequence[Reference], outcome: Outcome, created: str) -> Iterator[TransactionStatus]:
    """Say what became of each row."""
    for row, (reference, result) in enumerate(zip(references, outcome.results, strict=True), outcome.first):
        state, why = State(int(result["state"])), Reason(int(result["reason"]))
        settled_at = created if state is State.STLD and not result["repeated"] else ""
        own = outcome.entered.get(row) or reference_of(outcome.sequence, row)
        yield status(reference, state, why, own=own, settled_at=settled_at)


def _report(
    message: Payments, items: Sequence[TransactionStatus], own: str, letter: Letter, created: str
) -> StatusReport:
    """Make the pacs.002 of payments of which some entered at least."""
    words = {item.status for item in items}
    group = GroupStatus(
        original_message=message.message,
        original_name=_definition(message, letter),
        original_created=message.created,
        original_count=message.count,
        status=words.pop() if len(words) == 1 else "PART",
    )
    return StatusReport(message=own, created=created, groups=(group,), items=tuple(items))


def outcomes_of(answers: Sequence[dict[str, str]]) -> tuple[OutcomeTold, ...]:
    """Say of each command that it was carried out, or why not."""
    return tuple(
        OutcomeTold("RJCT", code=answer["reason"], lines=(line_of(f"{answer['why']} {answer['detail']}"),))
        if answer["why"]
        else OutcomeTold("ACSC")
        for answer in answers
    )


def _receipt(message: Message, answers: Sequence[dict[str, str]], own: str, created: str, letter: Letter) -> Receipt:
    """Make the camt.025 of commands: done, refused by the rulebook, or waiting for others to approve."""
    return _receipt_of(message, outcomes_of(answers) or (OutcomeTold("ACTC"),), own, created, letter)


def _acknowledgement(report: StatusReport, own: str, created: str, letter: Letter) -> Acknowledgement:
    """Make the admi.007 of a report by a receiver, of which there is nothing to tell but that it was taken."""
    words = _FINAL if any(each.status == REFUSED for each in report.told) else ""
    item = Acknowledged(report.message, _definition(report, letter), _TAKEN, created, words)
    return Acknowledgement(own, created, (item,))


def _refused(message: Message, code: str, words: str, letter: Letter) -> Answer:
    outcome = OutcomeTold("RJCT", code=code, lines=(line_of(words),))
    return _refusing(_receipt_of(message, (outcome,), letter.own, letter.at, letter), letter)


def _receipt_of(message: Message, outcomes: tuple[OutcomeTold, ...], own: str, created: str, letter: Letter) -> Receipt:
    assert letter.header is not None
    handling = Handling(letter.header.reference, _definition(message, letter), outcomes=outcomes)
    return Receipt(own, created, (handling,))


def _definition(message: Message, letter: Letter) -> str:
    return letter.header.definition if letter.header else message.name


def _faulty(fault: Fault) -> Told:
    words = f"{fault.column}: expected {fault.expected}, found {fault.found}"
    return Told(code=_CODES.get(fault.column, _OTHER_FAULT), lines=(line_of(words),))


def line_of(text: str) -> str:
    """Cut a text to a line of a message, and show what has no place in one as a question mark."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_LINE_MAX]).strip()
