"""What is said back: that a message was refused, what became of its payments or of a wish to cancel some.

The words are those of the engine (`comity.model.reason`), told as the standard tells them. Two things
are never told: why a payment is held, which is for screening alone to know, and another
participant's limits, which a state would give away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from comity.iso20022.instructions import reference_to
from comity.iso20022.messages.administration import Rejection
from comity.iso20022.messages.parties import Agent, Reason
from comity.iso20022.messages.statuses import (
    CancellationDetails,
    CancellationOutcome,
    CancellationReason,
    GroupStatus,
    Resolution,
    StatusReport,
    TransactionStatus,
)
from comity.iso20022.refusal import Refusal
from comity.model.reason import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from comity.iso20022.instructions import Reference
    from comity.iso20022.messages.statuses import CancellationRequest, Underlying
    from comity.iso20022.refusal import MessageRefused
    from comity.iso20022.rules import Breach, Payments
    from comity.model.reason import Reason as Why

STATUSES = {
    State.PSTL: "ACSP",
    State.SMLR: "PDNG",
    State.RMLR: "PDNG",
    State.SRBL: "PDNG",
    State.UMAC: "PDNG",
    State.SSPD: "PDNG",
    State.PCAN: "PDNG",
    State.WHSD: "ACCP",
    State.STLD: "ACSC",
    State.RJTD: "RJCT",
    State.CAND: "RJCT",
}
"""Status in pacs.002 by the state of an instruction, as the external list means them. ACCP: every check of who sent it,
who is named in it and what it says was passed, and its time has not come. ACSP: it is in process, and lacks nothing
but money. PDNG: something about it has still to be found good. ACTC, that a message follows its schema and its usage
rules, says less than any of these, so no instruction is told to be in it."""

CANCELLED = "DS02"
"""Reason that pacs.002 gives for what its sender cancelled: order cancelled."""
UNKNOWN = "NOOR"
"""Reason that camt.029 gives where there is no such payment: no original transaction received."""

TOLD = {State.PSTL, State.SMLR, State.WHSD, State.UMAC}
"""States that wait for something of the sender's own."""
_LINE_MAX = 105
_TEXT_MAX = 350
_DATA_MAX = 20_000


def rejection(refused: MessageRefused, instant: str) -> Rejection:
    """Make the admi.002 that answers what is not a message of a schema.

    Parameters
    ----------
    instant
        When it was refused, RFC 3339.
    """
    place = refused.faults[0][0] if refused.faults else ""
    lines = [f"{where}: {what}" for where, what in refused.faults]
    return Rejection(
        reference=refused.reference,
        code=refused.refusal.value,
        instant=instant,
        place=_safe(place, _TEXT_MAX),
        words=_safe(refused.found or refused.refusal.value, _TEXT_MAX),
        data=_safe("\n".join(lines), _DATA_MAX) if refused.refusal is Refusal.NOT_OF_SCHEMA else "",
    )


def rule_rejection(breaches: Sequence[Breach], reference: str, instant: str) -> Rejection:
    """Make the admi.002 that answers a message which is no payment and breaks usage rules."""
    first = breaches[0]
    return Rejection(
        reference=reference,
        code=first.rule,
        instant=instant,
        place=_safe(first.place, _TEXT_MAX),
        words=_safe(str(first), _TEXT_MAX),
        data=_safe("\n".join(map(str, breaches)), _DATA_MAX),
    )


def reasons_of(breaches: Sequence[Breach]) -> dict[int, tuple[Reason, ...]]:
    """Say which rules are broken, by number of the payment; of -1 those that the message as a whole breaks."""
    found: dict[int, list[Reason]] = {}
    for breach in breaches:
        found.setdefault(breach.item, []).append(_broken(breach))
    return {number: tuple(reasons) for number, reasons in found.items()}


def rejected_payments(
    message: Payments, definition: str, reasons: Mapping[int, tuple[Reason, ...]], own: str, created: str
) -> StatusReport:
    """Make the pacs.002 that answers payments of which none is taken.

    Parameters
    ----------
    definition
        Version of the message.
    reasons
        Why, by number of the payment, -1 of the message.
    own
        Reference of the answer.
    created
        When it is made, RFC 3339.
    """
    group = GroupStatus(
        original_message=message.message, original_name=definition, status="RJCT", reasons=reasons.get(-1, ())
    )
    items = [
        rejected(reference_to(message, definition, message.items[number]), reasons[number])
        for number in sorted(reasons)
        if number >= 0
    ]
    return StatusReport(message=own, created=created, groups=(group,), items=tuple(items))


def rejected(reference: Reference, reasons: tuple[Reason, ...]) -> TransactionStatus:
    """Say of a payment why there is no instruction."""
    return told_of(reference, "RJCT", reasons)


def status_report(own: str, created: str, items: Sequence[TransactionStatus]) -> StatusReport:
    """Make a pacs.002 of what became of payments."""
    return StatusReport(message=own, created=created, items=tuple(items))


def status(reference: Reference, state: State, why: Why, *, own: str = "", settled_at: str = "") -> TransactionStatus:
    """Say what became of a payment.

    Parameters
    ----------
    reference
        How its message knew it.
    own
        Our reference of it.
    settled_at
        Instant of settlement, RFC 3339; empty unless it has settled.
    """
    reasons: tuple[Reason, ...] = ()
    if state is State.CAND:
        reasons = (Reason(code=CANCELLED),)
    elif why.code:
        reasons = (Reason(code=why.code, lines=(why.name,)),)
    elif state in TOLD:
        reasons = (Reason(own=state.name),)
    return structs.replace(told_of(reference, STATUSES[state], reasons), settled_at=settled_at, reference=own)


def creditor_status(
    reference: Reference, word: str, reasons: tuple[Reason, ...], by: Agent, *, own: str, accepted: str = ""
) -> TransactionStatus:
    """Say what the receiver of a payment says of it.

    Parameters
    ----------
    by
        The receiver.
    own
        Our reference of it.
    accepted
        When the receiver took it, by its own word.
    """
    return structs.replace(told_of(reference, word, reasons), accepted=accepted, reference=own, instructing=by)


def told_of(reference: Reference, word: str, reasons: tuple[Reason, ...]) -> TransactionStatus:
    """Say a word of a payment, and why, under the words by which a message knew it."""
    return TransactionStatus(
        original_message=reference.message,
        original_name=reference.name,
        instruction=reference.instruction,
        end_to_end=reference.end_to_end,
        transaction=reference.transaction,
        uetr=reference.uetr,
        status=word,
        reasons=reasons,
    )


def resolution(
    request: CancellationRequest,
    own: str,
    created: str,
    agents: tuple[Agent, Agent],
    outcomes: Sequence[tuple[State, Why]],
) -> Resolution:
    """Make the camt.029 that answers a wish to cancel.

    Parameters
    ----------
    agents
        Who answers; and who asked, by whatever name the union knows it if it does not say itself.
    outcomes
        State that each payment of the wish is in now, in its order, NONE if there is none, and why it was not
        cancelled.
    """
    union, asker = agents
    if request.assigner is not None and (request.assigner.code or request.assigner.lei):
        asker = request.assigner
    rest = iter(outcomes)
    details = tuple(_details(underlying, rest) for underlying in request.underlying)
    assert next(rest, None) is None, "as many outcomes as payments"
    words = {_cancelled(state) for state, _ in outcomes}
    return Resolution(
        message=own,
        created=created,
        assigner=union,
        assignee=asker,
        case=request.case,
        case_creator=asker if request.case else None,
        status=words.pop() if len(words) == 1 else "PDCR" if "PDCR" in words else "PECR",
        details=details,
    )


def _details(underlying: Underlying, outcomes: Iterator[tuple[State, Why]]) -> CancellationDetails:
    """Say what became of the cancellations of one message, and of that message if all of it was meant."""
    told = []
    for item, (state, why) in zip(underlying.items, outcomes, strict=False):
        word = _cancelled(state)
        told.append(
            CancellationOutcome(
                status_id=item.request,
                original_message=item.original_message or underlying.original_message,
                original_name=item.original_name or underlying.original_name,
                instruction=item.instruction,
                end_to_end=item.end_to_end,
                transaction=item.transaction,
                uetr=item.uetr,
                status={"CNCL": "ACCR"}.get(word, word),
                reasons=(_not_cancelled(state, why),) if word == "RJCR" else (),
            )
        )
    assert len(told) == len(underlying.items), "as many outcomes as payments"
    if underlying.whole not in {"true", "1"}:
        return CancellationDetails(items=tuple(told))
    words = {each.status for each in told}
    return CancellationDetails(
        group=underlying.group,
        original_message=underlying.original_message,
        original_name=underlying.original_name,
        count=str(len(told)),
        status=words.pop() if len(words) == 1 else "PACR",
        items=tuple(told),
    )


def _cancelled(state: State) -> str:
    """CNCL cancelled, PDCR when the other party must agree, RJCR when it is too late."""
    return {State.CAND: "CNCL", State.PCAN: "PDCR"}.get(state, "RJCR")


def _not_cancelled(state: State, why: Why) -> CancellationReason:
    if state is State.NONE:
        return CancellationReason(code=UNKNOWN, lines=(why.name,))
    return CancellationReason(own=state.name, lines=(why.name,))


def _broken(breach: Breach) -> Reason:
    return Reason(code=breach.code, lines=(_safe(f"{breach.rule} {breach.place}: {breach.found}", _LINE_MAX),))


def _safe(text: str, most: int) -> str:
    """Cut a text to its place, and show what is no character of XML as a question mark."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text[:most]).strip()
