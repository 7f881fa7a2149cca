"""Usage rules: what is asked of a message beyond its schema.

Each rule has an id, under which it stands in the reference and in every answer that tells of it, and
a code of the ISO external status-reason list, which pacs.002 carries. What holds for a kind of value
wherever it stands (BIC, LEI, IBAN, reference, text, address) is looked up by the field's path; what
holds for a message as a whole is asked here by name.

Sources: the CBPR+ usage guidelines for references, addresses and the header; ISO 9362, 17442 and
13616 through python-stdnum; the rulebook for currencies, dates and agents.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs
from msgspec.structs import astuple
from stdnum import bic, iban, lei

from comity.iso20022.messages.initiation import Initiation
from comity.iso20022.messages.parties import Agent, Party
from comity.iso20022.messages.payments import (
    CustomerTransfer,
    CustomerTransfers,
    InstitutionTransfer,
    InstitutionTransfers,
    Return,
    Returns,
)
from comity.iso20022.messages.statuses import StatusReport
from comity.iso20022.messages.trades import Trade, TradeAmendment, TradeCancellation
from comity.iso20022.table import Group, Message, Money, fields_of
from comity.model.participant import institution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from comity.iso20022.header import Header
    from comity.iso20022.usage import Usage

Payments = CustomerTransfers | InstitutionTransfers | Returns
Payment = CustomerTransfer | InstitutionTransfer | Return


class Rule(NamedTuple):
    """A usage rule: what it asks, and the reason that is given where it is broken."""

    text: str
    code: str


RULES = {
    "HDR-1": Rule("`MsgDefIdr` of the header is the version of the document.", "FF01"),
    "HDR-2": Rule("`BizMsgIdr` of the header is the `MsgId` of the document, where it has one.", "FF01"),
    "HDR-3": Rule("The sender of the header is the instructing agent of every payment.", "AGNT"),
    "HDR-4": Rule("A message that is sent to the union has a header.", "FF01"),
    "HDR-5": Rule("The sender of the header is the participant that sends it.", "AGNT"),
    "HDR-6": Rule("The receiver of the header is the union.", "AGNT"),
    "IDS-1": Rule(
        "A reference has letters, digits, spaces and `/ - ? : ( ) . , ' +` alone; it neither begins nor ends with a "
        "space or `/`, and has no `//`.",
        "FF01",
    ),
    "IDS-2": Rule("A payment has `InstrId` or `TxId`, a return `RtrId`.", "FF01"),
    "IDS-3": Rule("A payment has a `UETR`, in the versions that have one.", "FF01"),
    "IDS-4": Rule("No two payments of a message have the same reference or the same `UETR`.", "DU03"),
    "IDS-5": Rule("A sender gives a reference to one message alone; the same message may come again.", "DU01"),
    "SIG-1": Rule("A message is signed where the channel by which it comes demands that.", "DS0A"),
    "SIG-2": Rule(
        'A signature is XMLDSig in `Sgntr`: one reference, `URI=""`; enveloped signature, then exclusive C14N; '
        "ECDSA or RSA-PSS, SHA-256, 384 or 512; and one certificate.",
        "DS0B",
    ),
    "SIG-3": Rule("The certificate is enrolled for somebody who sends messages of the sender.", "DS0H"),
    "SIG-4": Rule("The certificate is in time.", "DS0D"),
    "SIG-5": Rule("The signature is that of the certificate's key over the whole message.", "DS0B"),
    "CNT-1": Rule("`NbOfTxs` is the number of payments.", "AM18"),
    "CNT-2": Rule(
        "The total, if given, is the sum of the amounts, in their one currency; `CtrlSum` of a pain.001, whatever they "
        "are in.",
        "AM10",
    ),
    "AGT-1": Rule("Instructing and instructed agent are given, in the group or in every payment, and differ.", "AGNT"),
    "AGT-2": Rule("What the group says of agents and date, no payment says again.", "FF01"),
    "AGT-3": Rule("The instructed agent is a participant of the union.", "RC04"),
    "MTD-1": Rule("`SttlmMtd` is CLRG: it settles in the union.", "FF01"),
    "CCY-1": Rule("The currency of an amount is one that the union settles.", "AM03"),
    "AMT-1": Rule("An amount has no more decimals than its currency.", "AM12"),
    "DAT-1": Rule("Every payment has one business date, its own or the group's, without an offset from UTC.", "DT01"),
    "DAT-2": Rule("A time has seconds, at most six decimals, and Z or an offset from UTC.", "DT01"),
    "BIC-1": Rule("A BIC is one: its country exists.", "RC01"),
    "LEI-1": Rule("The check digits of an LEI are right.", "BE16"),
    "IBAN-1": Rule("The check digits of an IBAN are right, and it is as long as its country's.", "AC01"),
    "CHR-1": Rule(
        "A text has printable characters and joiners alone, and neither begins nor ends with a space.", "FF01"
    ),
    "ADR-1": Rule("An address names town and country.", "BE04"),
    "ADR-2": Rule("An address has at most two lines beside its town and country.", "BE04"),
    "INI-1": Rule("The debtor's agent of every payment of a pain.001 is the participant that sends it.", "AGNT"),
    "INI-2": Rule("A pain.001 asks for transfers (`TRF`), and for no more than 2,000.", "FF01"),
    "INI-3": Rule("What a pain.001 says of a payment may stand in a pacs.008, and nothing is missing there.", "FF01"),
    "COV-1": Rule(
        "A payment of an institution that covers a customer's (`UndrlygCstmrCdtTrf`) says who pays and who is paid: by "
        "name, BIC or LEI.",
        "FF01",
    ),
    "COV-2": Rule(
        "A `BizSvc` of CBPR+ says `cov` of a pacs.009 if, and only if, it covers a customer's payment; it never says "
        "`adv`, since an advice settles nothing.",
        "FF01",
    ),
    "PVP-1": Rule("A trade settles payment versus payment, between two parties, in two currencies.", "FF01"),
    "PVP-2": Rule("A side of a trade is entered, amended and withdrawn by the participant whose side it is.", "AGNT"),
    "STS-1": Rule(
        "A pacs.002 from a participant tells how 1 to 500 payments stand: each in a `TxInfAndSts`, or, if there is "
        "none, by the message by which each was passed on, in an `OrgnlGrpInfAndSts`.",
        "FF01",
    ),
    "STS-2": Rule(
        "Of every payment it says, or its one group says for it, `PDNG`, `ACSP`, `ACSC`, `ACCC` or `RJCT`; the last "
        "with a reason.",
        "FF01",
    ),
    "STS-3": Rule(
        "It is about payments that were passed on as messages to its sender; what it says of one agrees with what was "
        "passed on, and names one alone.",
        "NOOR",
    ),
    "STS-4": Rule(
        "No payment goes back: `PDNG`, `ACSP`, `ACSC`, `ACCC` follow in this order, `RJCT` follows the first two "
        "alone, and nothing follows `ACCC` or `RJCT`. The same may be said again, but not twice in one message.",
        "FF01",
    ),
}
"""Every rule by its id, in the order of the reference."""

ADDRESS_LINES_MAX = 2
_FIRST_WITH_UETR = ".001.08"
_CBPR = "swift.cbprplus."
WISHES_MAX = 2_000
"""Payments of a pain.001: as many as another message has room for."""
_TRANSFER = "TRF"
CREDITOR_STATUSES = ("PDNG", "ACSP", "ACSC", "ACCC")
"""What the receiver of a payment may say of it, in the order in which that may follow; and `REFUSED`."""
REFUSED = "RJCT"
REPORTED_MAX = 500
"""Payments of a pacs.002 from a participant."""


class Breach(NamedTuple):
    """A rule that a message breaks."""

    rule: str
    item: int
    """Number of the payment, from 0; -1 if the message as a whole breaks it."""
    place: str
    """Path of the field, from the message or payment."""
    found: str

    @property
    def code(self) -> str:
        """Reason that pacs.002 gives."""
        return RULES[self.rule].code

    def __str__(self) -> str:
        return f"{self.rule}: {RULES[self.rule].text} {self.place}: {self.found}"


def broken(message: Message, header: Header | None, version: str, usage: Usage) -> list[Breach]:
    """Find the rules that a message breaks.

    Parameters
    ----------
    header
        Its header, None if it came without one.
    version
        Its version.

    Returns
    -------
    list
        In the order of the message's fields for what holds of values, then of the message as a whole.
    """
    found: list[Breach] = []
    of_all = structs.replace(message, blocks=()) if isinstance(message, Initiation) else message
    if not _is_sound(of_all):
        _look(of_all, "", -1, found)
    if isinstance(message, Payments):
        found += _of_payments(message, version, usage)
    elif isinstance(message, Initiation):
        found += _of_initiation(message, header, usage)
    elif isinstance(message, Trade | TradeAmendment):
        found += _of_trade(message, usage)
    elif isinstance(message, StatusReport):
        found += _of_statuses(message)
    if header is not None:
        if not _is_sound(header):
            _look(header, "AppHdr", -1, found)
        found += _of_header(message, header, version, usage)
    return found


def asked(message: Message, header: Header | None, version: str) -> frozenset[str]:
    """Return the ids of the rules that are asked of a message, broken or not, by `broken` and `strange`.

    Parameters
    ----------
    header
        Its header, None if it came without one.
    version
        Its version.
    """
    rules = {"HDR-4"}
    _ask(structs.replace(message, blocks=()) if isinstance(message, Initiation) else message, rules)
    if header is not None:
        _ask(header, rules)
        rules |= {"HDR-1", "HDR-5", "HDR-6"}
        rules |= {"HDR-2"} if getattr(message, "message", "") else set()
    if isinstance(message, Payments):
        rules |= {"AGT-1", "AGT-2", "AGT-3", "AMT-1", "CCY-1", "CNT-1", "DAT-1", "IDS-2", "IDS-4", "MTD-1"}
        rules |= {"HDR-3"} if header is not None else set()
        rules |= {"CNT-2"} if message.total else set()
        rules |= {"IDS-3"} if _has_uetr(message, version) else set()
        if isinstance(message, InstitutionTransfers):
            rules |= {"COV-1"} if any(item.covered for item in message.items) else set()
            rules |= {"COV-2"} if header is not None and header.service.startswith(_CBPR) else set()
    elif isinstance(message, Initiation):
        rules |= {"CNT-1", "INI-2"}
        rules |= {"INI-1"} if header is not None else set()
        rules |= {"CNT-2"} if message.sum else set()
    elif isinstance(message, Trade | TradeAmendment):
        rules |= {"AMT-1", "CCY-1", "DAT-1", "PVP-1", "PVP-2"}
    elif isinstance(message, StatusReport):
        rules |= {"STS-1", "STS-2"}
    return frozenset(rules)


def strange(message: Message, header: Header | None, sender: str, usage: Usage) -> list[Breach]:
    """Find the rules that a message breaks by who sends it.

    Parameters
    ----------
    header
        Its header, None if it came without one.
    sender
        Code of the participant that is known to send it.
    """
    if header is None:
        return [Breach("HDR-4", -1, "AppHdr", "none")]
    if usage.agent(header.sent_by, header.sender_lei) != sender:
        found = header.sent_by or header.sender_lei or "none"
        return [Breach("HDR-5", -1, "AppHdr/Fr", f"{found}, sent by {sender}")]
    trades = Trade | TradeAmendment | TradeCancellation
    side = message.trading.code if isinstance(message, trades) and message.trading else sender
    if usage.participant(side) != sender:
        return [Breach("PVP-2", -1, "TradgSdId", f"{side}, sent by {sender}")]
    return []


# What holds of values, wherever they stand.

_REFERENCE = re.compile(r"(?![ /])(?!.*//)[0-9A-Za-z/\-?:().,'+ ]+(?<![ /])")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")
_JOINERS = dict.fromkeys((0x200C, 0x200D))
"""Persian, Urdu and the scripts of India are written with them, though nothing is printed for them alone."""
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class _Asked(NamedTuple):
    """A field of a struct that a rule is about, or that holds others which may be."""

    field: int
    """Number of the field."""
    path: str
    rule: str
    """Empty if the field holds others."""
    holds: Callable[[str], bool]
    many: bool
    counted: bool
    """Whether it holds the payments of a message, which breaches are counted by."""


def _is_text(text: str) -> bool:
    return (text.isprintable() or text.translate(_JOINERS).isprintable()) and text == text.strip()


def _is_reference(text: str) -> bool:
    return _REFERENCE.fullmatch(text) is not None


def _is_time(text: str) -> bool:
    return _TIME.fullmatch(text.strip()) is not None


@lru_cache(maxsize=1 << 16)
def _is_bic(code: str) -> bool:
    return bool(bic.is_valid(code))


@lru_cache(maxsize=1 << 16)
def _is_lei(code: str) -> bool:
    return bool(lei.is_valid(code))


@lru_cache(maxsize=1 << 12)
def _is_iban(code: str) -> bool:
    return bool(iban.is_valid(code))


_CHECKS: dict[str, tuple[str, Callable[[str], bool]]] = {
    **dict.fromkeys(("BICFI", "AnyBIC"), ("BIC-1", _is_bic)),
    **dict.fromkeys(("LEI",), ("LEI-1", _is_lei)),
    **dict.fromkeys(("IBAN",), ("IBAN-1", _is_iban)),
    **dict.fromkeys(("Nm", "TwnNm", "AdrLine", "Ustrd", "AddtlInf"), ("CHR-1", _is_text)),
    **dict.fromkeys(("TillTm", "FrTm", "RjctTm", "CLSTm"), ("DAT-2", _is_time)),
    **dict.fromkeys(
        (
            *("MsgId", "BizMsgIdr", "InstrId", "EndToEndId", "TxId", "RtrId", "StsReqId", "CxlId", "PmtInfId"),
            *("OrgnlMsgId", "OrgnlInstrId", "OrgnlEndToEndId", "OrgnlTxId", "OrgtrRef", "CmonRef"),
        ),
        ("IDS-1", _is_reference),
    ),
}
"""Rule and check of a value, by the element in which it stands."""


@cache
def _asked(group: type[Group]) -> tuple[_Asked, ...]:
    """The fields of a struct that rules are about."""
    asked = []
    for number, field in enumerate(fields_of(group)):
        path = field.at.path.split("|")[0]
        check = _CHECKS.get(path.rsplit("/", 1)[-1])
        if issubclass(field.shape.holds, Group):
            check = ("", _is_text)
        if check is not None:
            counted = field.name == "items" and issubclass(group, Message)
            asked.append(_Asked(number, path, *check, field.shape.many, counted))
    return tuple(asked)


def _look(group: Group, place: str, item: int, found: list[Breach]) -> None:
    """Add the breaches of the values of a struct, and of what it holds."""
    values = astuple(group)
    for number, path, rule, holds, many, counted in _asked(type(group)):
        value = values[number]
        if not value:
            continue
        if rule and not many:
            if not holds(value):
                found.append(Breach(rule, item, _at(place, path), ascii(value)[:80]))
        elif rule:
            found.extend(Breach(rule, item, _at(place, path), ascii(text)[:80]) for text in value if not holds(text))
        elif not many:
            _look(value, _at(place, path), item, found)
        else:
            for count, inner in enumerate(value):
                if counted:
                    _look(inner, "", count, found)
                else:
                    _look(inner, f"{_at(place, path)}[{count + 1}]", item, found)
    if isinstance(group, Party):
        found.extend(Breach(rule, item, f"{place}/PstlAdr", what) for rule, what in _address(group))


def _is_sound(group: Group) -> bool:
    """Whether no value in a struct breaks a rule. Of most messages that is true, and says all."""
    values = astuple(group)
    for number, _, rule, holds, many, _ in _asked(group.__class__):
        value = values[number]
        if not value:
            continue
        check = holds if rule else _is_agent_sound if value.__class__ is Agent else _is_sound
        if not (all(map(check, value)) if many else check(value)):
            return False
    return not isinstance(group, Party) or not any(_address(group))


@lru_cache(maxsize=1 << 14)
def _is_agent_sound(agent: Agent) -> bool:
    return _is_sound(agent)


def _ask(group: Group, rules: set[str]) -> None:
    """Add the rules about the values of a struct, and of what it holds."""
    values = astuple(group)
    for number, _, rule, _, many, _ in _asked(type(group)):
        value = values[number]
        if not value:
            continue
        if rule:
            rules.add(rule)
        else:
            for inner in value if many else (value,):
                _ask(inner, rules)
    if isinstance(group, Party) and (group.town or group.country or group.lines):
        rules |= {"ADR-1", "ADR-2"}


def _at(place: str, path: str) -> str:
    return f"{place}/{path}" if place else path


def _address(party: Party) -> Iterator[tuple[str, str]]:
    """Yield the rules that an address breaks, and what was found."""
    if not (party.town or party.country or party.lines):
        return
    if not (party.town and party.country):
        yield "ADR-1", f"town {party.town!a}, country {party.country!a}"
    if len(party.lines) > ADDRESS_LINES_MAX:
        yield "ADR-2", f"{len(party.lines)} lines"


# What holds of a message as a whole.


def _of_header(message: Message, header: Header, version: str, usage: Usage) -> Iterator[Breach]:
    if header.definition != version:
        yield Breach("HDR-1", -1, "AppHdr/MsgDefIdr", header.definition)
    own = getattr(message, "message", "")
    if own and header.reference != own:
        yield Breach("HDR-2", -1, "AppHdr/BizMsgIdr", f"{header.reference}, MsgId {own}")
    if header.sent_to != usage.union:
        yield Breach("HDR-6", -1, "AppHdr/To", header.sent_to or header.receiver_lei or "none")
    if isinstance(message, Payments):
        sender = usage.agent(header.sent_by, header.sender_lei)
        items: tuple[Payment, ...] = message.items
        for number, item in enumerate(items):
            agent = item.instructing or message.instructing
            if agent is not None and institution(usage.agent(agent.code, agent.lei)) != institution(sender):
                yield Breach("HDR-3", number, "InstgAgt", f"{agent.code or agent.lei}, sender {sender}")
    if isinstance(message, InstitutionTransfers) and header.service.startswith(_CBPR):
        words = header.service.split(".")
        for number, payment in enumerate(message.items):
            if ("cov" in words) != (payment.covered is not None) or "adv" in words:
                found = f"{header.service}, {'a cover' if payment.covered else 'no cover'}"
                yield Breach("COV-2", number, "AppHdr/BizSvc", found)


def _of_payments(message: Payments, version: str, usage: Usage) -> Iterator[Breach]:
    if message.method != "CLRG":
        yield Breach("MTD-1", -1, "GrpHdr/SttlmInf/SttlmMtd", message.method)
    if not message.count.isdigit() or int(message.count) != len(message.items):
        yield Breach("CNT-1", -1, "GrpHdr/NbOfTxs", f"{message.count}, {len(message.items)} payments")
    if message.total and not _is_sum(message.total, message.items):
        yield Breach("CNT-2", -1, "GrpHdr/TtlIntrBkSttlmAmt", f"{message.total.text} {message.total.currency}")
    has_uetr = _has_uetr(message, version)
    references: set[str] = set()
    items: tuple[Payment, ...] = message.items
    for number, item in enumerate(items):
        yield from _of_agents(message, item, number, usage)
        yield from _of_amount(item.amount, number, usage)
        date = item.date or message.date
        if not _DATE.fullmatch(date):
            yield Breach("DAT-1", number, "IntrBkSttlmDt", date or "none")
        if item.date and message.date:
            yield Breach("AGT-2", number, "IntrBkSttlmDt", item.date)
        yield from _of_references(item, number, references, has_uetr=has_uetr)
        if isinstance(item, InstitutionTransfer) and item.covered:
            for party, place in ((item.covered.debtor, "Dbtr"), (item.covered.creditor, "Cdtr")):
                if party is None or not (party.name or party.bic or party.lei):
                    yield Breach("COV-1", number, f"UndrlygCstmrCdtTrf/{place}", "nobody")


def _has_uetr(message: Payments, version: str) -> bool:
    return not isinstance(message, Returns) and version >= f"{message.name}{_FIRST_WITH_UETR}"


def _of_references(item: Payment, number: int, known: set[str], *, has_uetr: bool) -> Iterator[Breach]:
    if isinstance(item, Return):
        own, place, unique = item.instruction, "RtrId", {item.instruction}
    else:
        own, place = item.instruction or item.transaction, "PmtId"
        unique = {own, item.uetr}
        if has_uetr and not item.uetr:
            yield Breach("IDS-3", number, "PmtId/UETR", "none")
    if not own:
        yield Breach("IDS-2", number, place, "none")
    if twice := (unique & known) - {""}:
        yield Breach("IDS-4", number, place, min(twice))
    known |= unique


def _of_agents(message: Payments, item: Payment, number: int, usage: Usage) -> Iterator[Breach]:
    given, group = (item.instructing, item.instructed), (message.instructing, message.instructed)
    agents = [one or other for one, other in zip(given, group, strict=True)]
    codes = [usage.agent(agent.code, agent.lei) if agent else "" for agent in agents]
    if not all(codes) or institution(codes[0]) == institution(codes[1]):
        yield Breach("AGT-1", number, "InstgAgt, InstdAgt", f"{codes[0] or 'none'}, {codes[1] or 'none'}")
    elif usage.participants and not usage.knows(codes[1]):
        yield Breach("AGT-3", number, "InstdAgt", codes[1])
    if any(one and other for one, other in zip(given, group, strict=True)):
        yield Breach("AGT-2", number, "InstgAgt, InstdAgt", "in the group and in the payment")


def _of_amount(amount: Money, number: int, usage: Usage) -> Iterator[Breach]:
    exponent = usage.currencies.get(amount.currency)
    if exponent is None:
        yield Breach("CCY-1", number, "IntrBkSttlmAmt", amount.currency)
    elif len(amount.text.partition(".")[2].rstrip("0")) > exponent:
        yield Breach("AMT-1", number, "IntrBkSttlmAmt", f"{amount.text} {amount.currency}")


def _is_sum(total: Money, items: tuple[Payment, ...]) -> bool:
    if {item.amount.currency for item in items} != {total.currency}:
        return False
    return sum((Decimal(item.amount.text) for item in items), Decimal()) == Decimal(total.text)


def _of_initiation(message: Initiation, header: Header | None, usage: Usage) -> Iterator[Breach]:
    """What holds of the message itself; its payments are held against the rules as a pacs.008 has them."""
    items = [(block, item) for block in message.blocks for item in block.items]
    if not message.count.isdigit() or int(message.count) != len(items):
        yield Breach("CNT-1", -1, "GrpHdr/NbOfTxs", f"{message.count}, {len(items)} payments")
    if message.sum and sum((Decimal(item.amount.text or 0) for _, item in items), Decimal()) != Decimal(message.sum):
        yield Breach("CNT-2", -1, "GrpHdr/CtrlSum", message.sum)
    if len(items) > WISHES_MAX:
        yield Breach("INI-2", -1, "PmtInf/CdtTrfTxInf", f"{len(items)} payments")
    for number, (block, _) in enumerate(items):
        if block.method != _TRANSFER:
            yield Breach("INI-2", number, "PmtInf/PmtMtd", block.method)
        agent = block.debtor_agent
        found = usage.agent(agent.code, agent.lei) if agent else ""
        if header is not None and (not found or found != usage.agent(header.sent_by, header.sender_lei)):
            yield Breach("INI-1", number, "PmtInf/DbtrAgt", found or "none")


def _of_trade(trade: Trade | TradeAmendment, usage: Usage) -> Iterator[Breach]:
    for amount in (trade.sold, trade.bought):
        yield from _of_amount(amount, -1, usage)
    if not _DATE.fullmatch(trade.date):
        yield Breach("DAT-1", -1, "TradAmts/SttlmDt", trade.date)
    sides = [side.code if side else "" for side in (trade.trading, trade.counterparty)]
    if not all(sides) or institution(sides[0]) == institution(sides[1]):
        yield Breach("PVP-1", -1, "TradgSdId, CtrPtySdId", " and ".join(side or "none" for side in sides))
    if trade.sold.currency == trade.bought.currency:
        yield Breach("PVP-1", -1, "TradAmts", f"{trade.sold.currency} twice")
    if trade.against_payment in {"false", "0"}:
        yield Breach("PVP-1", -1, "TradInf/PmtVrssPmtInd", trade.against_payment)


def _of_statuses(report: StatusReport) -> Iterator[Breach]:
    """What holds of a pacs.002 whoever sends it; which payments it is about is not known here."""
    told = report.told
    if not 0 < len(told) <= REPORTED_MAX:
        yield Breach("STS-1", -1, "TxInfAndSts", f"{len(told)} payments")
    for number, each in enumerate(told):
        if each.status not in (*CREDITOR_STATUSES, REFUSED):
            yield Breach("STS-2", number, "TxSts" if report.items else "GrpSts", each.status or "none")
        elif each.status == REFUSED and not any(reason.code or reason.own for reason in each.reasons):
            yield Breach("STS-2", number, "StsRsnInf/Rsn", "none")
