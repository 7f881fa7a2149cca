import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from comity.iso20022.header import Header
from comity.iso20022.instructions import payments
from comity.iso20022.messages import MESSAGES
from comity.iso20022.messages.parties import Agent, Party, Reason
from comity.iso20022.messages.payments import Covered
from comity.iso20022.messages.statuses import StatusReport, TransactionStatus
from comity.iso20022.messages.trades import TradeParties
from comity.iso20022.parsing import Parser
from comity.iso20022.reading import read
from comity.iso20022.rules import RULES, Breach, asked, broken, strange
from comity.iso20022.table import Message, Money
from tests.iso20022.test_initiating import BROKEN as INITIATIONS
from tests.iso20022.worked import (
    CHINA,
    INDIA,
    LEI,
    RUSSIA,
    UETR,
    USAGE,
    between_institutions,
    covering,
    header,
    item,
    returned,
    trade,
    transfer,
)

OTHER_UETR = "00000000-0000-4000-8000-000000000001"
SECOND = {"instruction": "I-9", "uetr": OTHER_UETR}


def _rules(message: Message, head: Header | None = None, version: str = "pacs.008.001.08") -> list[str]:
    return [breach.rule for breach in broken(message, head, version, USAGE)]


def report(**item: Any) -> StatusReport:  # noqa: ANN401 - fields of a status
    return StatusReport(message="S-1", items=(TransactionStatus(**item),) if item else ())


GOOD: dict[str, Callable[[], Message]] = {
    "a payment": transfer,
    "two payments": lambda: transfer(item(), item(**SECOND), total=Money("2501.00", "CNY")),
    "agents of the group": lambda: transfer(
        item(instructing=None, instructed=None), instructing=Agent(bic=CHINA), instructed=Agent(bic=RUSSIA)
    ),
    "an institution without a BIC": lambda: transfer(item(instructing=Agent(member="CN-17"))),
    "more zeros than the currency has decimals": lambda: transfer(item(amount=Money("1.50000", "CNY"))),
    "times": lambda: transfer(item(earliest="08:00:00Z", until="17:30:00.5+03:00")),
    "a name with a joiner": lambda: transfer(
        item(debtor=Party(name="\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"))
    ),
    "an institution's payment": between_institutions,
    "a cover": covering,
    "a return": returned,
    "a trade": trade,
    "a report": lambda: report(status="ACCC", uetr=UETR),
    "a rejection": lambda: report(status="RJCT", uetr=UETR, reasons=(Reason(code="AC04"),)),
}

BROKEN: dict[str, tuple[Callable[[], Message], list[str]]] = {
    "reference begins with a slash": (lambda: transfer(item(end_to_end="/E")), ["IDS-1"]),
    "reference ends with a slash": (lambda: transfer(item(transaction="E/")), ["IDS-1"]),
    "reference with two slashes": (lambda: transfer(item(instruction="A//B")), ["IDS-1"]),
    "reference ends with a space": (lambda: transfer(message="M-1 "), ["IDS-1"]),
    "reference in another script": (lambda: transfer(item(end_to_end="Э-1")), ["IDS-1"]),
    "reference with a line feed": (lambda: transfer(item(end_to_end="E\n")), ["IDS-1"]),
    "payment without a reference": (lambda: transfer(item(instruction="")), ["IDS-2"]),
    "return without a reference": (
        lambda: replace(returned(), items=(replace(returned().items[0], instruction=""),)),
        ["IDS-2"],
    ),
    "payment without a UETR": (lambda: transfer(item(uetr="")), ["IDS-3"]),
    "the same reference twice": (lambda: transfer(item(), item(uetr=OTHER_UETR)), ["IDS-4"]),
    "the same UETR twice": (lambda: transfer(item(), item(instruction="I-9", uetr=UETR)), ["IDS-4"]),
    "wrong number of payments": (lambda: transfer(count="2"), ["CNT-1"]),
    "wrong sum": (lambda: transfer(total=Money("1250.51", "CNY")), ["CNT-2"]),
    "sum in another currency": (lambda: transfer(total=Money("1250.50", "RUB")), ["CNT-2"]),
    "no instructed agent": (lambda: transfer(item(instructed=None)), ["AGT-1"]),
    "an agent without a code": (lambda: transfer(item(instructed=Agent(lei=LEI))), ["AGT-1"]),
    "pays itself": (lambda: transfer(item(instructed=Agent(bic=CHINA))), ["AGT-1"]),
    "pays its own head office": (lambda: transfer(item(instructed=Agent(bic=f"{CHINA}XXX"))), ["AGT-1"]),
    "agent said twice": (lambda: transfer(instructing=Agent(bic=CHINA)), ["AGT-2"]),
    "date said twice": (lambda: transfer(date="2026-03-02"), ["AGT-2"]),
    "settles elsewhere": (lambda: transfer(method="INDA"), ["MTD-1"]),
    "gold": (lambda: transfer(item(amount=Money("1", "XAU"))), ["CCY-1"]),
    "a currency that is not settled": (lambda: transfer(item(amount=Money("1", "USD"))), ["CCY-1"]),
    "too many decimals": (lambda: transfer(item(amount=Money("1.505", "CNY"))), ["AMT-1"]),
    "a decimal of a yen": (lambda: between_institutions(amount=Money("1.5", "JPY")), ["AMT-1"]),
    "no date": (lambda: transfer(item(date="")), ["DAT-1"]),
    "a date with an offset": (lambda: transfer(item(date="2026-03-02+03:00")), ["DAT-1"]),
    "a time without an offset": (lambda: transfer(item(until="17:00:00")), ["DAT-2"]),
    "midnight at the end": (lambda: transfer(item(reject_at="24:00:00Z")), ["DAT-2"]),
    "a BIC of no country": (lambda: transfer(item(debtor_agent=Agent(bic="BKCHZYBJ"))), ["BIC-1"]),
    "a BIC of a customer of no country": (
        lambda: transfer(item(debtor=Party(name="A", bic="BKCHZYBJ"))),
        ["BIC-1"],
    ),
    "an LEI with wrong digits": (lambda: transfer(item(creditor=Party(name="A", lei=f"{LEI[:-1]}8"))), ["LEI-1"]),
    "an IBAN with wrong digits": (lambda: transfer(item(debtor_iban="GB29NWBK60161331926818")), ["IBAN-1"]),
    "a name with a control character": (lambda: transfer(item(debtor=Party(name="A\x85B"))), ["CHR-1"]),
    "a name that reads backwards": (lambda: transfer(item(debtor=Party(name="A\u202eB"))), ["CHR-1"]),
    "remittance that ends with a space": (lambda: transfer(item(remittance=("A", "B "))), ["CHR-1"]),
    "an address without a town": (lambda: transfer(item(debtor=Party(name="A", country="CN"))), ["ADR-1"]),
    "an address of lines alone": (lambda: transfer(item(creditor=Party(name="A", lines=("B",)))), ["ADR-1"]),
    "an address of three lines": (
        lambda: transfer(item(creditor=Party(name="A", town="B", country="CN", lines=("C", "D", "E")))),
        ["ADR-2"],
    ),
    "an address within a cover": (
        lambda: between_institutions(
            covered=Covered(debtor=Party(name="A", country="IN"), creditor=Party(bic="SBININBB"))
        ),
        ["ADR-1"],
    ),
    "a cover of nobody's payment": (
        lambda: between_institutions(covered=Covered(debtor=Party(lei=LEI), creditor=Party(residence="IN"))),
        ["COV-1"],
    ),
    "a trade with oneself": (lambda: trade(counterparty=TradeParties(submitting=CHINA)), ["PVP-1"]),
    "a trade with one's own head office": (
        lambda: trade(counterparty=TradeParties(submitting=f"{CHINA}XXX")),
        ["PVP-1"],
    ),
    "a trade of one currency": (lambda: trade(bought=Money("1", "CNY")), ["PVP-1"]),
    "a report of nothing": (report, ["STS-1"]),
    "a report without a status": (lambda: report(status="", uetr=UETR), ["STS-2"]),
    "a report of a status that no receiver gives": (lambda: report(status="ACTC", uetr=UETR), ["STS-2"]),
    "a rejection without a reason": (lambda: report(status="RJCT", uetr=UETR), ["STS-2"]),
    "a trade without payment versus payment": (lambda: trade(against_payment="false"), ["PVP-1"]),
    "a trade of a currency that is not settled": (lambda: trade(sold=Money("1", "USD")), ["CCY-1"]),
}

HEADERS = {
    "another version": (header(definition="pacs.008.001.09"), ["HDR-1"]),
    "another message": (header(reference="M-2"), ["HDR-2"]),
    "another sender": (header(sender=INDIA), ["HDR-3"]),
    "a BIC of no country": (replace(header(), receiver="COMTZYZZ"), ["BIC-1", "HDR-6"]),
    "another receiver": (replace(header(), receiver=RUSSIA), ["HDR-6"]),
    "nobody as receiver": (replace(header(), receiver_member=""), ["HDR-6"]),
    "a receiver of an LEI": (replace(header(), receiver_member="", receiver_lei=LEI), ["HDR-6"]),
}

SENDERS: dict[str, tuple[Message, Header | None, list[str]]] = {
    "no header": (transfer(), None, ["HDR-4"]),
    "a header of somebody else": (transfer(), header(sender=INDIA), ["HDR-5"]),
    "a header of nobody": (transfer(), header(sender=""), ["HDR-5"]),
    "a header of an LEI that nobody has": (
        transfer(),
        replace(header(sender=""), sender_lei=LEI),
        ["HDR-5"],
    ),
    "the other side's trade": (trade(trading=TradeParties(submitting=RUSSIA)), header(), ["PVP-2"]),
}
BY_WHO_KNOWS = {"AGT-3", "IDS-5", "INI-3", "STS-3", "STS-4", "SIG-1", "SIG-2", "SIG-3", "SIG-4", "SIG-5"}
"""Rules about who takes part, what was sent or said before, signatures, or what becomes of it: asked by who knows."""
OF_SERVICES: dict[str, tuple[Callable[[], Message], str, list[str]]] = {
    "a cover": (covering, "swift.cbprplus.cov.03", []),
    "a cover that is not called one": (covering, "swift.cbprplus.03", ["COV-2"]),
    "a cover of another service": (covering, "union.of.nobody", []),
    "a cover of no service": (covering, "", []),
    "a payment": (between_institutions, "swift.cbprplus.03", []),
    "a payment that is called a cover": (between_institutions, "swift.cbprplus.cov.03", ["COV-2"]),
    "an advice": (between_institutions, "swift.cbprplus.adv.03", ["COV-2"]),
}


@pytest.mark.parametrize("case", GOOD)
def test_message_of_the_rules_breaks_none(case: str) -> None:
    assert _rules(GOOD[case]()) == []


@pytest.mark.parametrize("case", BROKEN)
def test_message_breaks_the_rule_that_it_breaks(case: str) -> None:
    made, expected = BROKEN[case]
    assert _rules(made()) == expected


@pytest.mark.parametrize("case", HEADERS)
def test_header_breaks_the_rule_that_it_breaks(case: str) -> None:
    head, expected = HEADERS[case]
    assert _rules(transfer(), head) == expected
    assert _rules(transfer(), header()) == []


@pytest.mark.parametrize("case", OF_SERVICES)
def test_service_of_the_header_tells_covers_from_other_payments(case: str) -> None:
    made, service, rules = OF_SERVICES[case]
    head = replace(header("pacs.009.001.08", "M-2", INDIA), service=service)
    assert _rules(made(), head, "pacs.009.001.08") == rules


def test_head_office_is_sender_with_and_without_its_branch() -> None:
    assert _rules(transfer(), header(sender=f"{CHINA}XXX")) == []


def test_code_that_is_no_bic_has_no_head_office() -> None:
    message = transfer(item(instructing=Agent(member="CN-XXX")))
    assert _rules(message, replace(header(sender=""), sender_member="CN-")) == ["HDR-3"]


def test_every_rule_is_broken_by_a_case() -> None:
    tried = {rule for cases in (BROKEN, HEADERS) for _, rules in cases.values() for rule in rules}
    tried |= {rule for cases in (SENDERS, OF_SERVICES) for _, _, rules in cases.values() for rule in rules}
    tried |= {rule for _, _, found in INITIATIONS.values() for rule, _ in found}
    assert tried == set(RULES) - BY_WHO_KNOWS


@pytest.mark.parametrize("case", SENDERS)
def test_message_breaks_a_rule_by_who_sends_it(case: str) -> None:
    message, head, expected = SENDERS[case]
    assert [breach.rule for breach in strange(message, head, CHINA, USAGE)] == expected
    assert strange(trade(), header(sender=f"{CHINA}XXX"), CHINA, USAGE) == []


def test_what_is_broken_was_asked() -> None:
    for made, expected in BROKEN.values():
        assert asked(made(), None, "pacs.008.001.08").issuperset(expected)
    for head, expected in HEADERS.values():
        assert asked(transfer(), head, "pacs.008.001.08").issuperset(expected)
    for message, sent, expected in SENDERS.values():
        assert asked(message, sent, message.name).issuperset(expected)


def test_rule_about_what_a_message_has_not_is_not_asked() -> None:
    of_payment = asked(transfer(), header(), "pacs.008.001.08")
    assert {"IDS-3", "HDR-3", "CNT-1"} <= of_payment
    assert not {"CNT-2", "PVP-1", "IBAN-1"} & of_payment
    assert "IDS-3" not in asked(transfer(), header(), "pacs.008.001.07")
    assert "CNT-2" in asked(transfer(item(), total=Money("1.00", "CNY")), None, "pacs.008.001.08")
    assert asked(transfer(), None, "pacs.008.001.08").isdisjoint({"HDR-1", "HDR-2", "HDR-3", "HDR-5"})


def test_agents_and_senders_are_known_by_their_leis() -> None:
    usage = dataclasses.replace(USAGE, leis={LEI: CHINA})
    message = transfer(item(instructing=Agent(lei=LEI)))
    head = replace(header(sender=""), sender_lei=LEI)
    assert broken(message, head, "pacs.008.001.08", usage) == []
    assert strange(message, head, CHINA, usage) == []
    assert payments(message, usage).columns["debtor"] == [CHINA]
    pays_itself = transfer(item(instructed=Agent(lei=LEI)))
    assert [breach.rule for breach in broken(pays_itself, None, "pacs.008.001.08", usage)] == ["AGT-1"]


def test_instructed_agent_that_the_union_does_not_know_is_named_with_its_rule() -> None:
    union = dataclasses.replace(USAGE, participants=frozenset({CHINA, RUSSIA}))
    assert broken(transfer(), None, "pacs.008.001.08", union) == []
    head_office = transfer(item(instructed=Agent(bic=f"{RUSSIA}XXX")))
    assert broken(head_office, None, "pacs.008.001.08", union) == []
    stranger = transfer(item(), item(**SECOND, instructed=Agent(bic=INDIA)))
    (breach,) = broken(stranger, None, "pacs.008.001.08", union)
    assert (breach.rule, breach.item, breach.found, breach.code) == ("AGT-3", 1, INDIA, "RC04")
    assert "AGT-3" in asked(stranger, None, "pacs.008.001.08")


def test_uetr_is_not_asked_of_a_version_without_one() -> None:
    assert _rules(transfer(item(uetr="")), version="pacs.008.001.07") == []


def test_breach_says_which_payment_and_where() -> None:
    message = transfer(item(), item(**SECOND, creditor=Party(name="A", lei=LEI[::-1])))
    assert broken(message, None, "pacs.008.001.08", USAGE) == [Breach("LEI-1", 1, "Cdtr/Id/OrgId/LEI", repr(LEI[::-1]))]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("cbprplus_pacs008_sample_bic_mismatch.xml", "HDR-3"),
        ("violators/pacs008_credit_transfer_sample__violates_pacs.008-R41_commodity_currency_XAU.xml", "CCY-1"),
        ("violators/pacs002_status_report_sample__violates_pacs.002-R5_msgdefidr_mismatch.xml", "HDR-1"),
        ("violators/camt052_account_report_sample__violates_camt.052-R4_msgdefidr_mismatch.xml", "HDR-1"),
        ("violators/camt054_credit_notification_sample__violates_camt.054-R20_slash_in_instrid.xml", "IDS-1"),
    ],
)
def test_violation_of_the_market_is_found(name: str, rule: str, parser: Parser, samples: Path) -> None:
    parsed = parser.parse((samples / "cbpr-2025-chains" / name).read_bytes())
    assert parsed.header is not None
    message = read(parsed.content, MESSAGES[parsed.name])
    assert rule in {breach.rule for breach in broken(message, read(parsed.header, Header), parsed.version, USAGE)}
