"""Questions about payments: how they stand (pacs.028, camt.005), found by what their senders called them.

A payment is found by its UETR, by the message that it came in, by its `EndToEndId` among those of whoever asks, or by
the id under which they entered it. One that has ended and left the engine is found in what records did; by its id
alone it is not, since that would mean to read the log.

What waits is told as pacs.002 tells it, and to its payer alone what for.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from comity.errors import NotFound
from comity.gateway.answers import agent_of, reference_of
from comity.gateway.authority import may_see
from comity.gateway.instructions import LIMIT_MAX, Filter, find, find_all, search
from comity.iso20022.instructions import PRIORITIES, Reference
from comity.iso20022.messages.parties import Reason as Told
from comity.iso20022.messages.questions import (
    BusinessError,
    PaymentAnswer,
    PaymentCriteria,
    PaymentStanding,
    PaymentState,
)
from comity.iso20022.messages.statuses import GroupStatus, StatusReport
from comity.iso20022.replies import TOLD, UNKNOWN, creditor_status, status, told_of
from comity.iso20022.table import Money
from comity.model.instant import date_of, format_instant
from comity.model.reason import InstructionKind, Priority, Reason, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from comity.gateway.actor import Actor
    from comity.gateway.gateway import Gateway
    from comity.gateway.instructions import Rows
    from comity.gateway.notes import Received
    from comity.iso20022.messages.questions import PaymentQuestion
    from comity.iso20022.messages.statuses import StatusQuestion, StatusRequest, TransactionStatus

ITEMS_MAX = LIMIT_MAX
"""Payments of an answer."""
_FINAL = "FINL"
_ANY = ("", "", "", "")
_REFERENCES = ("messages", "transactions", "uetrs", "end_to_ends")
"""Fields of criteria that name payments."""
CRITERIA_MAX = 10
PAGES_MAX = 64
"""Parts of the day that one search looks at."""
PENDING = "PDNG"
"""State, to those who are not told what a payment waits for."""
_CODES = {word: code for code, word in reversed(PRIORITIES.items())}
_UNKNOWN = BusinessError(own="NOT_FOUND", words="no such payment that you may see")
_NOTHING = BusinessError(own="NOT_FOUND", words="no payment of this kind that you may see")
_TOO_MANY = BusinessError(own="TOO_MANY", words=f"more than {ITEMS_MAX}: ask by date, by state or by reference")


class Payment(NamedTuple):
    """A payment as it stands."""

    reference: Reference
    """By which words its message knew it; its id alone if it came otherwise."""
    id: str
    entry: tuple[int, int]
    state: State
    reason: Reason
    is_payer: bool
    """Whether who asks may see the account that it debits."""
    debtor: int = -1
    """Account; -1 of what never became an instruction."""
    creditor: int = -1
    amount: int = 0
    """Minor units."""
    priority: int = 0
    date: int = 0
    final: int = 0
    """Instant at which it ended."""

    @property
    def told(self) -> str:
        """The state that is told."""
        return self.state.name if self.state.is_final or (self.is_payer and self.state in TOLD) else PENDING


class PaymentQuestions:
    """Answers questions of one actor; in a thread that may wait.

    Parameters
    ----------
    seen
        Accounts that the actor may see.
    own, created
        Reference of the answer, and when it is made.
    """

    def __init__(self, gateway: Gateway, actor: Actor, seen: Sequence[int], own: str, created: str) -> None:
        self._gateway = gateway
        self._actor = actor
        self._seen = frozenset(seen)
        self._own = own
        self._created = created
        self._head = gateway.memory.changes.last

    def statuses(self, question: StatusRequest) -> StatusReport:
        """Answer a pacs.028: one status of each payment that it names, or of each in the messages that it names."""
        groups: list[GroupStatus] = []
        whole = question.groups[0].original_message if len(question.groups) == 1 else ""
        named = question.items[: ITEMS_MAX + 1]
        items = [told for item in named for told in self._answered(item, item.original_message or whole)]
        for asked in () if question.items else question.groups:
            rows = self._of_message(asked.original_message) if len(items) <= ITEMS_MAX else []
            items += [status for row in rows for status in self._told_of(row)]
            reasons = () if rows else (Told(code=UNKNOWN),)
            groups.append(GroupStatus(asked.original_message, asked.original_name, reasons=reasons))
        if len(items) > ITEMS_MAX:
            message, name = question.message, question.name
            if question.groups:
                message, name = question.groups[0].original_message, question.groups[0].original_name
            reason = Told(own=_TOO_MANY.own, lines=(f"more than {ITEMS_MAX} payments: ask for fewer at a time",))
            groups, items = [GroupStatus(message, name, reasons=(reason,))], []
        return StatusReport(self._own, self._created, groups=tuple(groups), items=tuple(items))

    def _told_of(self, payment: Payment) -> Iterator[TransactionStatus]:
        """Yield how a payment stands, and what its receiver said of it."""
        yield _status_of(payment)
        said = self._gateway.memory.statuses.of(payment.entry)
        if said is not None:
            reasons = (Told(code=said.code),) if said.code else ()
            by = agent_of(self._gateway.directory.holder(payment.creditor))
            yield creditor_status(payment.reference, said.status, reasons, by, own=reference_of(*payment.entry))

    def _answered(self, item: StatusQuestion, message: str) -> list[TransactionStatus]:
        """Say how what an item names stands; all of it that is known must agree with what is named."""
        words = (item.instruction, item.end_to_end, item.transaction, item.uetr)
        if message:
            candidates = self._of_message(message, words)
        elif item.uetr:
            candidates = self._by_uetr(item.uetr)
        elif name := item.instruction or item.transaction:
            candidates = self._by_id(name)
        else:
            candidates = self._by_end(item.end_to_end)
        found = next((each for each in candidates if agrees(words, each.reference, each.id)), None)
        if found is not None:
            return [replace(told, status_id=item.request) for told in self._told_of(found)]
        unknown = told_of(Reference(item.original_name, item.original_message, *words), "", (Told(code=UNKNOWN),))
        return [replace(unknown, status_id=item.request)]

    def found(self, question: PaymentQuestion) -> PaymentAnswer:
        """Answer a camt.005: the payments that meet one of its criteria, all today's if it has none."""
        wanted = question.criteria or (PaymentCriteria(),)
        payments: dict[tuple[int, int], PaymentStanding] = {}
        unknown: list[PaymentStanding] = []
        is_long = len(wanted) > CRITERIA_MAX or sum(len(_names(criteria)) for criteria in wanted) > ITEMS_MAX
        for criteria in () if is_long else wanted:
            names = _names(criteria)
            for word, field in names:
                known = self._by_word(word, field)
                unknown += [] if known else [_not_found(word, field)]
                payments |= {each.entry: self._standing(each) for each in known if _meets(each, criteria)}
            searched = [] if names else self._searched(criteria)
            payments |= {each.entry: self._standing(each) for each in searched or ()}
            is_long = searched is None or len(payments) + len(unknown) > ITEMS_MAX
            if is_long:
                break
        if is_long:
            return PaymentAnswer(self._own, self._created, question.message, errors=(_TOO_MANY,))
        told = (*payments.values(), *unknown)
        return PaymentAnswer(self._own, self._created, question.message, told, () if told else (_NOTHING,))

    def _by_word(self, word: str, field: str) -> list[Payment]:
        match field:
            case "messages":
                return self._of_message(word)
            case "uetrs":
                return self._by_uetr(word)
            case "transactions":
                return self._by_id(word)
            case _:
                return self._by_end(word)

    def of_anybody(self, words: tuple[str, str, str, str]) -> Iterator[list[Payment]]:
        """Yield the payments that who asks may see with one of these references, whoever sent them; see `agrees`."""
        instruction, end_to_end, transaction, uetr = words
        if uetr:
            yield self._by_uetr(uetr)
        for name in dict.fromkeys((instruction, transaction)):
            if name:
                found = self._gateway.writer.call(partial(find_all, name=name)).result()
                yield [each for rows in found for each in self._told(rows)]
        if end_to_end:
            known = self._gateway.memory.correlation
            senders = self._gateway.directory.participants
            ends = [end for party in senders for end in known.find_all_by_end(party, end_to_end)]
            yield [each for end in ends for each in self._entered(end.sequence, end.row)]

    def _by_uetr(self, uetr: str) -> list[Payment]:
        """Return the payments with a UETR that who asks may see: of whoever sent it, as a rule one."""
        known = self._gateway.memory.correlation
        found = []
        for party in self._gateway.directory.participants:
            entered = known.find(party, uetr)
            if entered is not None:
                found += self._entered(entered.sequence, entered.row)
        return found

    def _by_end(self, end_to_end: str) -> list[Payment]:
        entered = self._gateway.memory.correlation.find_by_end(self._actor.party, end_to_end)
        return self._entered(entered.sequence, entered.row) if entered else []

    def _by_id(self, name: str) -> list[Payment]:
        rows = self._in_engine(self._actor.party, name)
        return [] if rows is None else list(self._told(rows))

    def _of_message(self, message: str, words: tuple[str, str, str, str] = _ANY) -> list[Payment]:
        """Return the payments of a message that who asks sent, one more than an answer holds at most.

        Parameters
        ----------
        words
            Only those that are known by all of these; see `agrees`.
        """
        sent = self._gateway.memory.correlation.messages.find(self._actor.party, message)
        note = None if sent is None else self._gateway.texts.said(sent.sequence).message(sent.first)
        if sent is None or note is None:
            return []
        every = range(note.first, note.first + len(note.references))
        rows = [row for row in every if agrees(words, note.reference(row))]
        return [each for row in rows[: ITEMS_MAX + 1] for each in self._entered(sent.sequence, row)]

    def _entered(self, sequence: int, row: int) -> list[Payment]:
        """Return what entered with a row of a record, as it stands now or ended; nothing if it may not be seen."""
        note = self._gateway.texts.said(sequence).message(row)
        assert note is not None, "only what came as a message is remembered by its words"
        reference = note.reference(row)
        rows = self._in_engine(note.party, reference.instruction or reference.transaction)
        if rows is None or _entry(rows) != (sequence, row):
            rows = self._gateway.past.ended(sequence, row, self._head)
        return list(self._told(rows)) if rows is not None else self._refused(note, sequence, row)

    def _in_engine(self, party: str, name: str) -> Rows | None:
        try:
            return self._gateway.writer.call(lambda node: find(node, party, name)).result()
        except NotFound:
            return None

    def _refused(self, note: Received, sequence: int, row: int) -> list[Payment]:
        """Return what never became an instruction, by the answer to its row."""
        done = self._gateway.changes.done(sequence)
        if done is None or not may_see(self._actor, note.party, self._gateway.directory):
            return []
        result = done.results[row]
        state, reason = State(int(result["state"])), Reason(int(result["reason"]))
        reference = note.reference(row)
        return [Payment(reference, reference.instruction, (sequence, row), state, reason, is_payer=True)]

    def _told(self, rows: Rows) -> Iterator[Payment]:
        """Yield the payments among rows that who asks may see, in words."""
        table = {name: column.tolist() for name, column in rows.table.items()}
        for index, kind in enumerate(table["kind"]):
            debtor, creditor = table["debtor"][index], table["creditor"][index]
            if kind != InstructionKind.PAYMENT or self._seen.isdisjoint((debtor, creditor)):
                continue
            sequence, row = table["entry_sequence"][index], table["entry_row"][index]
            said = self._gateway.texts.said(sequence)
            note, name = said.message(row), said.words(row).id
            reference = Reference("", "", name, "", "", "") if note is None else note.reference(row)
            yield Payment(
                reference,
                name,
                (sequence, row),
                State(table["state"][index]),
                Reason(table["reason"][index]),
                debtor in self._seen,
                debtor,
                creditor,
                table["amount"][index],
                table["priority"][index],
                table["date"][index],
                table["final"][index],
            )

    def _searched(self, criteria: PaymentCriteria) -> list[Payment] | None:
        """Return the payments of the day that meet criteria, None if there are more than an answer holds."""
        wanted = Filter(self._seen, (InstructionKind.PAYMENT,), _states(criteria))
        after, found = "", list[Payment]()
        for _ in range(PAGES_MAX):
            page = partial(search, wanted=wanted, after=after, limit=ITEMS_MAX)
            rows = self._gateway.writer.call(page).result()
            found += [each for each in self._told(rows) if _meets(each, criteria)]
            after = rows.next
            if len(found) > ITEMS_MAX:
                return None
            if not after:
                return found
        return None

    def _standing(self, payment: Payment) -> PaymentStanding:
        """Say how a payment stands."""
        directory, reference = self._gateway.directory, payment.reference
        is_known = payment.debtor >= 0
        waits = "" if payment.state.is_final else payment.told
        own = waits if waits in (PENDING, State.WHSD.name) else ""
        reason = payment.reason.code if payment.is_payer else ""
        state = PaymentState(
            waiting="" if own else waits,
            final="" if waits else payment.told,
            own=own,
            instant=format_instant(payment.final) if payment.final and not waits else "",
            reasons=(reason,) if reason else (),
        )
        said, states = self._gateway.memory.statuses.of(payment.entry), [state]
        if said is not None:
            codes = (said.code,) if said.code else ()
            states.append(PaymentState(own=said.status, instant=format_instant(said.instant), reasons=codes))
        side, amount = "", Money()
        if is_known:
            side = "DBIT" if payment.is_payer else "CRDT"
            amount = Money(directory.format(payment.amount, payment.debtor), directory.currency[payment.debtor])
        return PaymentStanding(
            uetr=reference.uetr,
            reference="" if reference.uetr else payment.id,
            side=side,
            message=reference.message,
            states=tuple(states),
            amount=amount,
            priority=_CODES[Priority(payment.priority).name.lower()] if is_known and payment.is_payer else "",
            transaction=reference.transaction,
            date=date_of(payment.date).isoformat() if is_known else "",
            end_to_end=reference.end_to_end,
        )


def _status_of(payment: Payment) -> TransactionStatus:
    """Say in a pacs.002 how a payment stands; to its payer alone why, and what it waits for."""
    settled_at = format_instant(payment.final) if payment.state is State.STLD else ""
    own = reference_of(*payment.entry)
    told = status(payment.reference, payment.state, payment.reason, own=own, settled_at=settled_at)
    if payment.is_payer:
        return told
    return replace(told, reasons=(), status=told.status if payment.state.is_final else PENDING)


def agrees(words: tuple[str, str, str, str], known: Reference, name: str = "") -> bool:
    """Whether a payment is known by all words of a question: InstrId, EndToEndId, TxId and UETR, some of them empty."""
    instruction, end_to_end, transaction, uetr = words
    ids = {instruction, transaction} - {""}
    return ids <= {known.instruction, known.transaction, name} and (
        end_to_end in ("", known.end_to_end) and uetr in ("", known.uetr)
    )


def _names(criteria: PaymentCriteria) -> list[tuple[str, str]]:
    """Return the references that criteria name, each with the field in which it stands."""
    return [(word, field) for field in _REFERENCES for word in getattr(criteria, field)]


def _not_found(word: str, field: str) -> PaymentStanding:
    uetr = word if field == "uetrs" else ""
    return PaymentStanding(uetr=uetr, reference="" if uetr else word, errors=(_UNKNOWN,))


def _meets(payment: Payment, criteria: PaymentCriteria) -> bool:
    """Whether date and state of a payment are among those asked for."""
    if criteria.dates and date_of(payment.date).isoformat() not in criteria.dates:
        return False
    words = {*criteria.waiting, *criteria.final, *criteria.either}
    return not words or not words.isdisjoint((payment.told, _FINAL if payment.state.is_final else PENDING))


def _states(criteria: PaymentCriteria) -> tuple[State, ...]:
    """Return the states that a payment may be in to be told in one of those asked for; none: any."""
    waits = bool(criteria.waiting) or PENDING in criteria.either
    ended = {*criteria.final} | ({state.name for state in State} if _FINAL in criteria.either else set())
    return tuple(state for state in State if state and (state.name in ended if state.is_final else waits))


def _entry(rows: Rows) -> tuple[int, int]:
    return int(rows.table["entry_sequence"][0]), int(rows.table["entry_row"][0])
