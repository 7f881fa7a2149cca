"""Status reports: a participant tells by a pacs.002 how payments stand that were passed on to it.

Each payment is found by the message that passed it on, or by its references; of what was not passed on to who asks
nothing is known, whoever's it is. What was said is noted, shown with the payment, and passed on to who sent it
(`comity.gateway.relayed`). A report is taken whole or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.engine.columns import RecordKind
from comity.gateway.creditor_statuses import may_follow
from comity.gateway.notes import CreditorStatus, pack_notes
from comity.gateway.outgoing import passed_on
from comity.gateway.payment_questions import PaymentQuestions, agrees
from comity.gateway.positions import accounts_seen
from comity.iso20022.definitions import name_of
from comity.iso20022.initiating import INITIATION, TRANSFERS
from comity.iso20022.messages.statuses import StatusReport
from comity.iso20022.rules import Breach
from comity.model.reason import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.gateway.gateway import Gateway
    from comity.gateway.inbox import Incoming
    from comity.gateway.payment_questions import Payment
    from comity.iso20022.instructions import Reference
    from comity.iso20022.messages.statuses import TransactionStatus
    from comity.node import Node

_CODE_LENGTH_MAX = 4
_UNKNOWN = "no payment that was passed on to you"
_SEVERAL = "more than one payment: name it by OrgnlUETR, or by the message that passed it on"


class Misreported(Exception):  # noqa: N818 - the name says what happened
    """A report breaks rules by what it says of payments."""

    def __init__(self, breaches: Sequence[Breach]) -> None:
        super().__init__(", ".join(map(str, breaches)))
        self.breaches = breaches


def statuses_in(gateway: Gateway, incoming: Incoming) -> list[CreditorStatus]:
    """Return what a report says, by payment; in a thread that may wait.

    Raises
    ------
    Misreported
        One of its payments was not passed on to its sender, or stands in it twice.
    """
    assert isinstance(incoming.message, StatusReport)
    finder = _Finder(gateway, incoming)
    found: list[CreditorStatus] = []
    breaches: list[Breach] = []
    known: set[tuple[int, int]] = set()
    for number, told in enumerate(incoming.message.told):
        entries = finder.find(told)
        if len(entries) != 1:
            breaches.append(Breach("STS-3", number, "TxInfAndSts", _SEVERAL if entries else _UNKNOWN))
            continue
        (entry,) = entries
        if entry in known:
            breaches.append(Breach("STS-4", number, "TxInfAndSts", "told of before in this message"))
        known.add(entry)
        code = told.reasons[0].code if told.reasons else ""
        found.append(CreditorStatus(*entry, told.status, code[:_CODE_LENGTH_MAX], number))
    if breaches:
        raise Misreported(breaches)
    return found


def check(gateway: Gateway, statuses: Sequence[CreditorStatus]) -> list[CreditorStatus]:
    """Return what is new in a report, from any thread; but in the node's, another report may overtake it.

    Raises
    ------
    Misreported
        A payment would go back.
    """
    known = gateway.memory.statuses
    breaches, new = [], []
    for each in statuses:
        before = known.of((each.sequence, each.row))
        if not may_follow(before, each.status):
            assert before is not None
            breaches.append(Breach("STS-4", each.item, "TxSts", f"{each.status} after {before.status}"))
        elif before is None or (before.status, before.code) != (each.status, each.code):
            new.append(each)
    if breaches:
        raise Misreported(breaches)
    return new


def tell(gateway: Gateway, node: Node, incoming: Incoming, statuses: Sequence[CreditorStatus]) -> int:
    """Note what a report says, and that it was taken; the record that did. In the node's thread; see `check`."""
    node.flush()
    notes = pack_notes([incoming.note, *check(gateway, statuses)])
    ticket = node.submit(RecordKind.TICK, gateway.writer.now(), b"", 0, notes)
    ticket.result()
    return ticket.sequence


class _Finder:
    """Finds the payments that a report is about."""

    def __init__(self, gateway: Gateway, incoming: Incoming) -> None:
        self._gateway = gateway
        self._party = incoming.note.party
        self._own = frozenset(gateway.directory.of.get(self._party, ()))
        seen = accounts_seen(incoming.actor, gateway.directory, self._party)
        self._payments = PaymentQuestions(gateway, incoming.actor, seen, "", "")

    def find(self, told: TransactionStatus) -> set[tuple[int, int]]:
        """Return the record and row of each payment that may be meant: of one, if it is known and named well."""
        words = (told.instruction, told.end_to_end, told.transaction, told.uetr)
        due = passed_on(self._gateway, self._party, told.original_message)
        if due is not None:
            is_meant = _is_of(told, due.reference) and agrees(words, due.reference)
            return {due.entered} if is_meant else set()
        for payments in self._payments.of_anybody(words):
            found = {each.entry for each in payments if self._is_meant(each, told) and agrees(words, each.reference)}
            if found:
                return found
        return set()

    def _is_meant(self, payment: Payment, told: TransactionStatus) -> bool:
        """Whether a payment was passed on to the sender, and is of the message that is named."""
        return (
            bool(payment.reference.message)
            and payment.state is State.STLD
            and payment.creditor in self._own
            and told.original_message in ("", payment.reference.message)
            and _is_of(told, payment.reference)
        )


def _is_of(told: TransactionStatus, reference: Reference) -> bool:
    """Whether a payment was passed on by a message of the name that is named, if one is."""
    name = name_of(reference.name)
    return name_of(told.original_name) in ("", TRANSFERS if name == INITIATION else name)
