"""Questions: messages that ask, answered at once from what stands; nothing of them enters the log.

Who asks is told what the API would tell them: of their own accounts, a member of those of its participants, the union
and its auditors of all. What they may not see is unknown to them, and an answer says of each thing that it is. An
answer is whole or none: what is more than a message should hold is not told in part.

Answers are made in a thread that may wait, and what they need of the node is read in the node's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from msgspec.structs import astuple, replace

from comity.errors import Fault, InvalidRequest, NotFound
from comity.gateway.account_messages import HEADINGS, Stretch, told_account
from comity.gateway.answers import Letter, agent_of
from comity.gateway.business_days import Day, status_of
from comity.gateway.payment_questions import PaymentQuestions
from comity.gateway.positions import accounts_seen, held_now
from comity.iso20022.instructions import LIMITS, RESERVATIONS
from comity.iso20022.messages.accounts import Notices, ReportRequest, Statements
from comity.iso20022.messages.questions import (
    AccountAnswer,
    AccountBalance,
    AccountQuestion,
    AccountStanding,
    BusinessError,
    DayAnswer,
    DayCriteria,
    DayQuestion,
    LimitAnswer,
    LimitCriteria,
    LimitQuestion,
    LimitStanding,
    PaymentAnswer,
    PaymentQuestion,
    ReservationAnswer,
    ReservationQuestion,
    ReservationStanding,
)
from comity.iso20022.messages.statuses import StatusRequest
from comity.iso20022.table import Money
from comity.model.instant import date_of, days_of, parse_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from numpy.typing import NDArray

    from comity.engine.views import Limit
    from comity.gateway.actor import Actor
    from comity.gateway.answers import Answer
    from comity.gateway.gateway import Gateway
    from comity.iso20022.messages.accounts import Wanted
    from comity.iso20022.statements import OfAccount
    from comity.iso20022.table import Group, Message
    from comity.node import Node

Question = (
    StatusRequest
    | AccountQuestion
    | PaymentQuestion
    | LimitQuestion
    | DayQuestion
    | ReservationQuestion
    | ReportRequest
)
OPERATIONS: dict[type[Message], str] = {
    StatusRequest: "instructions.read",
    AccountQuestion: "positions.read",
    PaymentQuestion: "instructions.read",
    LimitQuestion: "positions.read",
    DayQuestion: "calendars.read",
    ReservationQuestion: "positions.read",
    ReportRequest: "statements.read",
}
"""What asking is, as `roles.toml` calls it."""
_ANSWERS: dict[type[Message], type[AccountAnswer | PaymentAnswer | LimitAnswer | DayAnswer | ReservationAnswer]] = {
    AccountQuestion: AccountAnswer,
    PaymentQuestion: PaymentAnswer,
    LimitQuestion: LimitAnswer,
    DayQuestion: DayAnswer,
    ReservationQuestion: ReservationAnswer,
}
"""What answers the questions that have criteria."""
_HARMLESS = frozenset({"ReqTp", "QryTp", "NewQryNm", "SysId", "RtrCrit", "SplmtryData"})
"""Elements of such questions that choose nothing among what is told."""
ITEMS_MAX = 500
"""Accounts, limits, reservations or entries of an answer."""
REPORTS_MAX = 10
"""Accounts of a camt.060."""
UNKNOWN, TOO_MANY, CRITERION = "NOT_FOUND", "TOO_MANY", "CRITERION"
"""Codes of our own for what is not told."""
_BOUND = 10**18
"""An amount of more digits has no place in a message: what an issuer may owe, which is no bound in use."""
_LONG = f"more than {ITEMS_MAX}: ask for fewer at a time"
_NAMED_MAX = 3
"""Accounts that are named where another was asked for."""
_ABOUT_LENGTH_MAX, _WORDS_LENGTH_MAX = 900, 140

_BALANCES = (
    ("OPNG", "opening"),
    ("CRRT", "balance"),
    ("AVLB", "available"),
    ("BLCK", "blocked"),
)
"""Balances of an account, and their columns."""
DAYS_MAX = 31
"""Dates of a camt.018."""
Result = TypeVar("Result")


class Inquiry(NamedTuple):
    """A message that asks."""

    message: Question
    letter: Letter
    actor: Actor
    passed_over: tuple[str, ...] = ()
    """Elements that no field of ours has."""

    @property
    def criteria_unknown(self) -> list[str]:
        """Criteria that it names and nobody here knows: to pass over them would be to tell more than was asked for."""
        if type(self.message) not in _ANSWERS:
            return []
        return [path for path in self.passed_over if not _HARMLESS.intersection(path.split("/"))]

    @property
    def operation(self) -> str:
        """What it asks for."""
        return OPERATIONS[type(self.message)]

    @property
    def about(self) -> str:
        """What is noted of it, where it asks for what is not the asker's own."""
        header = self.letter.header
        reference = f"{header.definition} {header.reference}" if header else self.message.name
        return f"{reference} {' '.join(_words(self.message))}"[:_ABOUT_LENGTH_MAX].strip()


def answer(gateway: Gateway, asked: Inquiry) -> Answer:
    """Answer a question; in a thread that may wait.

    Raises
    ------
    InvalidRequest
        It asks for an account in a way that no message answers.
    Busy
        Too much is asked for at once.
    """
    return _Answering(gateway, asked).answer()


class _Answering:
    """Answers one question."""

    def __init__(self, gateway: Gateway, asked: Inquiry) -> None:
        self._gateway = gateway
        self._asked = asked
        directory = self._directory = gateway.directory
        self._seen = accounts_seen(asked.actor, directory)
        self._names = {self._name(account): account for account in self._seen}
        self._own = f"{gateway.memory.changes.last}-{asked.letter.digest[:20]}"
        """Reference of the answer: the record as of which it is, and the question."""

    def answer(self) -> Answer:
        letter = self._asked.letter
        return letter.answer(self._reply(), self._own, letter.at)

    def _reply(self) -> Message:
        message = self._asked.message
        if unknown := self._asked.criteria_unknown:
            error = BusinessError(own=CRITERION, words=f"not known here: {unknown[0]}"[:_WORDS_LENGTH_MAX])
            return _ANSWERS[type(message)](self._own, self._asked.letter.at, message.message, errors=(error,))
        if isinstance(message, StatusRequest | PaymentQuestion):
            payments = PaymentQuestions(self._gateway, self._asked.actor, self._seen, self._own, self._asked.letter.at)
            return payments.statuses(message) if isinstance(message, StatusRequest) else payments.found(message)
        replies: dict[type[Message], Callable[[Any], Message]] = {
            AccountQuestion: self._accounts,
            LimitQuestion: self._limits,
            ReservationQuestion: self._reservations,
            DayQuestion: self._day,
            ReportRequest: self._reports,
        }
        return replies[type(message)](message)

    def _call(self, function: Callable[[Node], Result]) -> Result:
        """Run a function in the node's thread, and wait for what it returns."""
        return self._gateway.writer.call(function).result()

    def _accounts(self, question: AccountQuestion) -> AccountAnswer:
        chosen: dict[int, None] = {}
        unknown: dict[str, None] = {}
        for criteria in question.criteria:
            unknown |= dict.fromkeys(name for name in criteria.accounts if name not in self._names)
            named = [self._names[name] for name in criteria.accounts if name in self._names]
            chosen |= dict.fromkeys(self._in(criteria.currencies, named if criteria.accounts else self._seen))
        accounts = list(chosen) if question.criteria else self._seen
        if len(accounts) + len(unknown) > ITEMS_MAX or not (accounts or unknown):
            return AccountAnswer(self._own, self._asked.letter.at, question.message, errors=_none_told(accounts))
        columns = self._call(held_now).columns
        told = [self._account(account, columns) for account in accounts]
        told += [AccountStanding(name, errors=(_unknown("account", name),)) for name in unknown]
        return AccountAnswer(self._own, self._asked.letter.at, question.message, tuple(told))

    def _account(self, account: int, columns: dict[str, NDArray[np.int64]]) -> AccountStanding:
        told = [(column, "CRDT", "STLD", code, "") for code, column in _BALANCES]
        told.append(("credit_limit", "CRDT", "STLD", "", "CREDIT_LIMIT"))
        told += [("waiting_out", "DBIT", "PDNG", "PDNG", ""), ("waiting_in", "CRDT", "PDNG", "PDNG", "")]
        balances = []
        for column, side, status, code, own in told:
            minor = int(columns[column][account])
            if abs(minor) < _BOUND:
                amount = self._directory.format(abs(minor), account)
                balances.append(AccountBalance(amount, "DBIT" if minor < 0 else side, code, own, status))
        currency = self._directory.currency[account]
        servicer = agent_of(self._directory.issuers[currency])
        return AccountStanding(self._name(account), currency, servicer, tuple(balances))

    def _limits(self, question: LimitQuestion) -> LimitAnswer:
        wanted = question.criteria or (LimitCriteria(),)
        own = set(self._seen)
        found = [
            each
            for each in self._call(lambda node: node.engine.limits())
            if each.account in own and any(self._meets(each, criteria) for criteria in wanted)
        ]
        if not 0 < len(found) <= ITEMS_MAX:
            return LimitAnswer(self._own, self._asked.letter.at, question.message, errors=_none_told(found))
        told = tuple(map(self._limit, found))
        return LimitAnswer(self._own, self._asked.letter.at, question.message, told)

    def _meets(self, limit: Limit, criteria: LimitCriteria) -> bool:
        kind = "bilateral" if limit.other >= 0 else "multilateral"
        other = self._directory.holder(limit.other) if limit.other >= 0 else ""
        others = {self._participant(code) for code in criteria.counterparties}
        return (
            (not criteria.kinds or kind in {LIMITS.get(each, each) for each in criteria.kinds})
            and (not others or other in others)
            and criteria.account in ("", self._name(limit.account))
            and criteria.currency in ("", self._directory.currency[limit.account])
        )

    def _limit(self, limit: Limit) -> LimitStanding:
        return LimitStanding(
            counterparty=agent_of(self._directory.holder(limit.other)) if limit.other >= 0 else None,
            kind="BILI" if limit.other >= 0 else "MULT",
            account=self._name(limit.account),
            amount=self._money(limit.limit, limit.account),
            status="ENAB",
            used=self._money(abs(limit.used), limit.account),
            used_side="CRDT" if limit.used < 0 else "DBIT",
            remaining=self._money(max(limit.limit - limit.used, 0), limit.account),
        )

    def _reservations(self, question: ReservationQuestion) -> ReservationAnswer:
        columns = self._call(held_now).columns
        told = []
        for account in self._seen:
            for code, kind in RESERVATIONS.items():
                minor = int(columns[f"reserve_{kind}"][account])
                meets = not question.criteria or any(
                    criteria.account in ("", self._name(account)) and code in (criteria.kinds or (code,))
                    for criteria in question.criteria
                )
                if minor and meets:
                    told.append(ReservationStanding(code, self._name(account), self._money(minor, account), "ENAB"))
        if not 0 < len(told) <= ITEMS_MAX:
            return ReservationAnswer(self._own, self._asked.letter.at, question.message, errors=_none_told(told))
        return ReservationAnswer(self._own, self._asked.letter.at, question.message, tuple(told))

    def _day(self, question: DayQuestion) -> DayAnswer:
        wanted = question.criteria or (DayCriteria(),)
        own, at, known = self._own, self._asked.letter.at, self._directory.exponents
        if unknown := [code for asked in wanted for code in asked.currencies if code not in known]:
            errors = tuple(_unknown("currency", code) for code in unknown)
            return DayAnswer(own, at, question.message, errors=errors)
        dates = [_days(asked.date) for asked in wanted]
        days = self._call(lambda node: self._days(node, dates)) if len(dates) <= DAYS_MAX else None
        if days is None:
            error = BusinessError(own=UNKNOWN, words=f"up to {DAYS_MAX} dates, today's or later ones")
            return DayAnswer(own, at, question.message, errors=(error,))
        told = [
            self._gateway.days.standing(day, asked.currencies or known) for day, asked in zip(days, wanted, strict=True)
        ]
        return DayAnswer(own, at, question.message, tuple(told))

    def _days(self, node: Node, dates: list[int]) -> list[Day] | None:
        """Read when the phases of dates are due, of today if one is 0; None if one is over or none."""
        node.flush()
        today, keeper = node.engine.date, self._gateway.keeper
        if any(date and date < today for date in dates):
            return None
        status = status_of(node.engine.phases().values())
        return [
            Day(date, status if date == today else "", None if keeper is None else keeper.hours(date))
            for date in (each or today for each in dates)
        ]

    def _reports(self, question: ReportRequest) -> Message:
        names = {item.report[: len(Statements.name)] for item in question.items}
        name = names.pop()
        if names or name not in HEADINGS:
            found = ", ".join(sorted({name, *names}))
            raise InvalidRequest([Fault("", 0, "ReqdMsgNmId", f"one of {', '.join(HEADINGS)}", found)])
        if len(question.items) > REPORTS_MAX:
            raise InvalidRequest([Fault("", 0, "RptgReq", f"at most {REPORTS_MAX} accounts", str(len(question.items)))])
        parts = [self._report(name, item) for item in question.items]
        if sum(len(part.entries) for part in parts) > ITEMS_MAX:
            words = f"at most {ITEMS_MAX} entries: GET /v1/statements has more"
            raise InvalidRequest([Fault("", 0, "RptgReq", words, "more")])
        about = () if name == Notices.name else (question.message,)
        return HEADINGS[name](self._own, self._asked.letter.at, *about, tuple(parts))  # type: ignore[call-arg]

    def _report(self, name: str, item: Wanted) -> OfAccount:
        """Return an account on a date with its entries, one more than an answer holds at most."""
        owner = self._participant(item.owner) if item.owner else self._asked.actor.party
        account = self._names.get(item.account or f"{owner}-{item.currency}")
        today = self._call(lambda node: node.engine.date)
        date = days_of(parse_date(item.first)) if item.first else today
        if account is None:
            found = item.account or f"{owner} in {item.currency or 'no currency'}"
            raise InvalidRequest([Fault("", 0, "Acct", _one_of(self._names), found)])
        if item.last and item.last != item.first:
            found = f"{item.first or date_of(date).isoformat()} to {item.last}"
            raise InvalidRequest([Fault("", 0, "RptgPrd/FrToDt", "one business date", found)])
        if name == Statements.name and date >= today:
            expected = f"a date before {date_of(today).isoformat()}, today's"
            raise InvalidRequest([Fault("", 0, "RptgPrd", expected, date_of(date).isoformat())])
        try:
            records = self._gateway.past.records(date, self._gateway.memory.changes.last)
        except NotFound:
            expected = f"a business date up to {date_of(today).isoformat()}"
            raise InvalidRequest([Fault("", 0, "RptgPrd", expected, date_of(date).isoformat())]) from None
        told, entries = told_account(name, self._own, self._gateway, Stretch(account, date, records), ITEMS_MAX + 1)
        return replace(told, entries=entries)

    def _in(self, currencies: tuple[str, ...], accounts: Iterable[int]) -> list[int]:
        return [each for each in accounts if not currencies or self._directory.currency[each] in currencies]

    def _name(self, account: int) -> str:
        """Return an account as messages name it."""
        return f"{self._directory.holder(account)}-{self._directory.currency[account]}"

    def _participant(self, code: str) -> str:
        return self._directory.usage.participant(code)

    def _money(self, minor: int, account: int) -> Money:
        return Money(self._directory.format(minor, account), self._directory.currency[account])


def _days(date: str) -> int:
    """Return a date as days since 1970-01-01: 0 if none is given, -1 if it is no date."""
    try:
        return days_of(parse_date(date)) if date else 0
    except InvalidRequest:
        return -1


def _none_told(found: list[int] | list[Limit] | list[ReservationStanding]) -> tuple[BusinessError]:
    """Say why nothing is told: there is too much of it, or nothing."""
    if found:
        return (BusinessError(own=TOO_MANY, words=_LONG),)
    return (BusinessError(own=UNKNOWN, words="nothing of this that you may see"),)


def _one_of(names: Iterable[str]) -> str:
    """Say which accounts there are to be told, as many as a line has room for."""
    listed = list(names)
    more = ", ..." if len(listed) > _NAMED_MAX else ""
    return f"one of {', '.join(listed[:_NAMED_MAX])}{more}"


def _unknown(what: str, name: str) -> BusinessError:
    return BusinessError(own=UNKNOWN, words=f"no {what} {name} that you may see")


def _words(message: Question) -> Iterable[str]:
    """Yield the words by which a message says what it asks for."""
    parts: tuple[Group, ...] = getattr(message, "criteria", ()) or getattr(message, "items", ())
    for part in parts:
        for value in astuple(part):
            if isinstance(value, str):
                yield value
            elif value:
                yield from value
