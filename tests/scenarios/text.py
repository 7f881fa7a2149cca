"""Scenarios: a day as a table of text, and what must become of it.

A file holds scenarios, each opened by `== title`. First the union, then the day,
each line an instant, what happens, and after `|` what it is answered; last, after
`end`, what holds then. Amounts are minor units, instants times of the day (UTC)::

    == A payment with money settles at once
    account A CNY 100
    account B CNY 0
    09:00 p1 A>B 60 CNY                  | STLD
    end A CNY 40, B CNY 60, p1 STLD gross 09:00

Members are CN, RU and IN with CNY, RUB and INR, and a participant belongs to CN
unless `participant B RU` says otherwise. More lines of the union::

    union bypass_normal=false entry_offsetting=false corridors=agreements
    phases RUB open=10:00 customer_cutoff=12:00
    account A CNY 100 credit=50 urgent=10 high=5
    limit bilateral A B CNY 50            (multilateral A - CNY, corridor CN RU CNY, holding B - CNY)
    agreement CN RU payment,pvp CNY,RUB from=1 until=5 cap=100:CNY
    holidays 2 3                          (dates on which the union does not open)

and of the day, where `!` is a command (participant, currency, then fields)::

    09:00 p1 A>B 60 CNY urgent interbank screen date=+1 earliest=10:00 latest=11:00 link=L/3 uetr=7
    09:00 x1 A>B 60 CNY for 90 RUB by=seller ref=R normal
    09:01 ! credit A CNY amount=50        | NONE
    09:02 together p1 p2                  | RJTD FUNDS
    09:03 now p1 SRBL, A CNY 40
    1/09:00 tick                          (the next date)
"""

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from comity.model.command import Command
from comity.model.instant import DAY_US, format_instant, midnight, parse_time
from comity.model.reason import Priority
from comity.model.union import Account, Agreement, Genesis, Limit, Member, Participant, Schedule
from tests.oracles.events import Event, Payment, Proposal, Tick, Trade

TODAY = dt.date(2021, 12, 15)
ISSUERS = {"CNY": "CN", "RUB": "RU", "INR": "IN"}
SCHEDULE = Schedule()


class Step(NamedTuple):
    """One line of a day: what happens and its answer, or what must hold."""

    line: str
    instant: int
    event: Event | None
    expected: str
    holds: tuple[str, ...] = ()


@dataclass(slots=True)
class Scenario:
    """A union, its day, and who entered which id."""

    title: str
    genesis: Genesis
    holidays: frozenset[int] = frozenset()
    """Midnights of the dates on which the union stays closed."""
    steps: list[Step] = field(default_factory=list)
    senders: dict[str, str] = field(default_factory=dict)


def read_scenarios(path: Path) -> list[Scenario]:
    """Read all scenarios of a file."""
    blocks = path.read_text(encoding="utf-8").split("\n== ")[1:]
    return [_read_scenario(block.splitlines()) for block in blocks]


def read_union(text: str) -> Genesis:
    """Read the lines of a union alone."""
    return _read_scenario(["", *text.splitlines()]).genesis


def _read_scenario(lines: list[str]) -> Scenario:
    union = _Union()
    scenario = Scenario(lines[0].strip(), union.genesis())
    for line in lines[1:]:
        text = line.partition("#")[0].strip()
        if not text:
            continue
        word = text.split()[0]
        if word == "end":
            scenario.steps.append(Step(text, 0, None, "", _listed(text[3:])))
        elif word[0].isdigit():
            scenario.steps.append(_Reader(text, scenario.senders).step())
        else:
            union.take(text.split())
            scenario.genesis = union.genesis()
            scenario.holidays = frozenset(union.holidays)
    return scenario


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def at(text: str) -> int:
    """Return the instant of a time of the first business date; `2/09:00` is a time two dates later."""
    later, _, time = text.rpartition("/")
    return midnight(TODAY) + int(later or 0) * DAY_US + parse_time(time)


WORDS = frozenset(
    {
        "urgent",
        "high",
        "normal",
        "interbank",
        "screen",
        "date",
        "earliest",
        "latest",
        "link",
        "uetr",
        "by",
        "ref",
        "amount",
        "target",
        "value",
        "yes",
        "credit",
        "cap",
        "from",
        "until",
        "closed",
        "open",
        "customer_cutoff",
        "interbank_cutoff",
        "end",
        "bypass_normal",
        "entry_offsetting",
        "corridors",
    }
)


def _options(words: list[str]) -> dict[str, str]:
    """Read `word` and `name=text` options; a misspelt one is an error."""
    split = (word.partition("=") for word in words)
    given = {name: text if equals else "yes" for name, equals, text in split}
    if not given.keys() <= WORDS:
        raise ValueError(f"no such options: {sorted(given.keys() - WORDS)}")
    return given


class _Union:
    """Gathers the lines that describe the union."""

    def __init__(self) -> None:
        self.members: dict[str, str] = {}
        self.accounts: list[Account] = []
        self.limits: list[Limit] = []
        self.agreements: list[Agreement] = []
        self.holidays: list[int] = []
        self.settings: dict[str, str] = {}
        self.schedules: dict[str, Schedule] = {}

    def take(self, words: list[str]) -> None:
        match words:
            case ["participant", code, member]:
                self.members[code] = member
            case ["account", participant, currency, opening, *rest]:
                self._account(participant, currency, int(opening), _options(rest))
            case ["limit", kind, debtor, creditor, currency, amount]:
                self.limits.append(Limit(kind, debtor, creditor.replace("-", ""), currency, int(amount)))
            case ["agreement", one, other, services, currencies, *rest]:
                self._agreement(one, other, services, currencies, _options(rest))
            case ["holidays", *days]:
                self.holidays += [midnight(TODAY) + int(later) * DAY_US for later in days]
            case ["union", *rest]:
                self.settings.update(_options(rest))
            case ["phases", currency, *rest]:
                times = {name: parse_time(text) for name, text in _options(rest).items() if name != "closed"}
                self.schedules[currency] = replace(SCHEDULE, closed="closed" in rest, **times)
            case _:
                raise ValueError(f"no such line of a union: {' '.join(words)}")

    def _account(self, participant: str, currency: str, opening: int, given: dict[str, str]) -> None:
        self.members.setdefault(participant, "CN")
        credit, urgent, high = (int(given.get(name, "0")) for name in ("credit", "urgent", "high"))
        self.accounts.append(Account(participant, currency, opening, credit, urgent, high))

    def _agreement(self, one: str, other: str, services: str, currencies: str, given: dict[str, str]) -> None:
        cap, _, cap_currency = given.get("cap", "").partition(":")
        self.agreements.append(
            Agreement(
                one,
                other,
                tuple(services.split(",")),
                tuple(currencies.split(",")),
                TODAY + dt.timedelta(days=int(given.get("from", "0"))),
                TODAY + dt.timedelta(days=int(given["until"])) if "until" in given else None,
                int(cap) if cap else None,
                cap_currency,
            )
        )

    def genesis(self) -> Genesis:
        issuers = tuple(Participant(code, code, code) for code in ISSUERS.values())
        others = tuple(Participant(code, member, code) for code, member in self.members.items())
        return Genesis(
            name="Scenario",
            business_date=TODAY,
            currencies=tuple((code, 2) for code in ISSUERS),
            members=tuple(Member(code, currency, code) for currency, code in ISSUERS.items()),
            participants=issuers + others,
            accounts=tuple(self.accounts),
            limits=tuple(self.limits),
            agreements=tuple(self.agreements),
            corridors_open=self.settings.get("corridors") != "agreements",
            entry_offsetting=self.settings.get("entry_offsetting") != "false",
            bypass_normal=self.settings.get("bypass_normal") != "false",
            currency_schedules=self.schedules,
        )


class _Reader:
    """Reads one line of a day."""

    def __init__(self, line: str, senders: dict[str, str]) -> None:
        self.line = line
        self.senders = senders
        happens, _, self.expected = (part.strip() for part in line.partition("|"))
        time, *self.words = happens.split()
        self.instant = at(time)

    def step(self) -> Step:
        match self.words:
            case ["now", *_]:
                return Step(self.line, self.instant, None, "", _listed(self.line.split(" now ", 1)[1]))
            case ["tick"]:
                return self._event(Tick())
            case ["together", *names]:
                return self._event(Proposal(tuple((self.senders[name], name) for name in names)))
            case ["!", name, *rest]:
                return self._event(_command(name, rest))
            case [name, parties, amount, currency, "for", other_amount, other_currency, *rest]:
                given = _options(rest)
                bought = (other_currency, int(other_amount))
                return self._event(_trade(name, parties.split(">"), (currency, int(amount)), bought, given))
            case [name, parties, amount, currency, *rest]:
                return self._event(_payment(name, parties.split(">"), (currency, int(amount)), _options(rest)))
            case _:
                raise ValueError(f"no such line of a day: {self.line}")

    def _event(self, event: Event) -> Step:
        if isinstance(event, Payment | Trade):
            self.senders[event.id] = event.sender
        return Step(self.line, self.instant, event, self.expected)


def _payment(name: str, parties: list[str], money: tuple[str, int], given: dict[str, str]) -> Payment:
    debtor, creditor = parties
    link, _, size = given.get("link", "").partition("/")
    return Payment(
        name,
        debtor,
        creditor,
        currency=money[0],
        amount=money[1],
        priority=_priority(given, Priority.NORMAL),
        interbank="interbank" in given,
        screen="screen" in given,
        date=_date(given),
        earliest=_instant(given, "earliest"),
        latest=_instant(given, "latest"),
        link=link,
        link_size=int(size or 0),
        uetr=int(given.get("uetr", "0")),
    )


def _trade(
    name: str, parties: list[str], sold: tuple[str, int], bought: tuple[str, int], given: dict[str, str]
) -> Trade:
    seller, buyer = parties
    return Trade(
        name,
        seller,
        buyer,
        sell_currency=sold[0],
        sell_amount=sold[1],
        buy_currency=bought[0],
        buy_amount=bought[1],
        entered_by=given.get("by", "both"),
        priority=_priority(given, Priority.HIGH),
        screen="screen" in given,
        date=_date(given),
        earliest=_instant(given, "earliest"),
        latest=_instant(given, "latest"),
        reference=given.get("ref", ""),
        uetr=int(given.get("uetr", "0")),
    )


def _priority(given: dict[str, str], otherwise: Priority) -> Priority:
    return next((each for each in Priority if each.name.lower() in given), otherwise)


def _date(given: dict[str, str]) -> dt.date | None:
    return TODAY + dt.timedelta(days=int(given["date"])) if "date" in given else None


def _instant(given: dict[str, str], name: str) -> int:
    return at(given[name]) if name in given else 0


def _command(name: str, words: list[str]) -> Command:
    bare = [word.replace("-", "", word == "-").replace("+", " ") for word in words if "=" not in word]
    given = _options([word for word in words if "=" in word])
    participant, currency = (*bare, "", "")[:2]
    value = given.get("value", "").replace("+", " ")
    if ":" in value:
        value = format_instant(at(value))
    amount = int(given["amount"]) if "amount" in given else None
    return Command(name, participant, currency, given.get("target", "").replace("+", " "), amount, value)
