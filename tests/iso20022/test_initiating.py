"""What customers ask for becomes payments between institutions, word for word."""

import hashlib
import re
from pathlib import Path

import pytest
from lxml import etree
from msgspec.structs import replace

from comity.iso20022.forwarding import forwarded, in_version
from comity.iso20022.header import Header
from comity.iso20022.initiating import VERSIONS, transfers, unfit
from comity.iso20022.instructions import payments
from comity.iso20022.messages.initiation import Initiation, Wish, WishesOfDebtor
from comity.iso20022.messages.parties import Agent, Party
from comity.iso20022.messages.payments import CustomerTransfers
from comity.iso20022.parsing import Parsed, Parser
from comity.iso20022.reading import read
from comity.iso20022.refusal import MessageRefused
from comity.iso20022.rules import WISHES_MAX, broken
from comity.iso20022.schemas import Schemas
from comity.iso20022.table import Money
from comity.iso20022.writing import Writer
from tests.iso20022.instances import Instances
from tests.iso20022.worked import CHINA, INDIA, NOW, RUSSIA, UETR, USAGE, header

DIGEST = hashlib.sha256(b"").hexdigest()
FIRST = Wish(
    instruction="I-1",
    end_to_end="E-1",
    uetr=UETR,
    amount=Money("1.50", "CNY"),
    creditor_agent=Agent(bic=RUSSIA),
    creditor=Party(name="Пример", town="Москва", country="RU"),
    creditor_account="40702810900000000001",
    purpose="GDDS",
    remittance=("Invoice 17",),
)
SECOND = replace(FIRST, instruction="", end_to_end="E-2", uetr="", amount=Money("2.25", "CNY"))
BLOCK = WishesOfDebtor(
    id="B-1",
    method="TRF",
    class_asked="HIGH",
    date="2026-03-02",
    debtor=Party(name="Example Trading Company", town="Beijing", country="CN"),
    debtor_account="6222000011112222",
    debtor_agent=Agent(bic=CHINA),
    items=(FIRST, SECOND),
)


def wishes(*blocks: WishesOfDebtor, **changes: str) -> Initiation:
    held = blocks or (BLOCK,)
    count = sum(len(block.items) for block in held)
    asks = Party(name="Example Group")
    made = Initiation(message="P-1", created=NOW, count=str(count), initiating=asks, blocks=held)
    return replace(made, **changes)


def sent(message: Initiation, parser: Parser, writer: Writer, version: str = "pain.001.001.09") -> Parsed:
    return parser.parse(writer.document(message, version).encode())


def rules(message: Initiation, head: Header | None = None) -> list[tuple[str, int]]:
    return [(breach.rule, breach.item) for breach in broken(message, head, "pain.001.001.09", USAGE)]


@pytest.mark.parametrize("version", VERSIONS)
def test_payments_that_customers_ask_for_go_between_their_institutions(
    version: str, parser: Parser, writer: Writer, schemas: Schemas
) -> None:
    parsed = sent(wishes(), parser, writer, version)
    made = transfers(parsed, DIGEST)
    assert unfit(made, [0, 1], schemas) == []
    message = read(made.content, CustomerTransfers)
    assert broken(message, None, made.version, USAGE) == []
    assert (message.message, message.count, message.method) == ("P-1", "2", "CLRG")
    columns = payments(message, USAGE).columns
    assert columns["id"] == ["I-1", "E-2"]
    assert (columns["debtor"], columns["creditor"]) == ([CHINA] * 2, [RUSSIA] * 2)
    assert (columns["amount"], columns["date"]) == (["1.50", "2.25"], ["2026-03-02"] * 2)
    assert (columns["kind"], columns["priority"]) == (["customer"] * 2, ["high"] * 2)
    for row, wish in zip(message.items, (FIRST, SECOND), strict=True):
        assert (row.debtor, row.debtor_account, row.debtor_agent) == (
            BLOCK.debtor,
            "6222000011112222",
            Agent(bic=CHINA),
        )
        assert (row.creditor, row.creditor_account, row.purpose) == (wish.creditor, wish.creditor_account, "GDDS")
        assert (row.remittance, row.end_to_end, row.charges) == (("Invoice 17",), wish.end_to_end, "SLEV")
    assert etree.tostring(transfers(parsed, DIGEST).document) == etree.tostring(made.document)


def test_payment_without_a_uetr_gets_one_of_the_message_and_its_place(parser: Parser, writer: Writer) -> None:
    block = replace(BLOCK, items=(SECOND, replace(SECOND, end_to_end="E-3"), FIRST))
    parsed = sent(wishes(block), parser, writer)
    found = [row.uetr for row in read(transfers(parsed, DIGEST).content, CustomerTransfers).items]
    assert found[2] == UETR
    pattern = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    assert all(map(pattern.fullmatch, found))
    other = read(transfers(parsed, hashlib.sha256(b"1").hexdigest()).content, CustomerTransfers)
    assert len({*found, *(row.uetr for row in other.items)}) == 5


def test_payment_goes_on_in_versions_that_have_room_for_it(parser: Parser, writer: Writer, schemas: Schemas) -> None:
    made = transfers(sent(wishes(), parser, writer), DIGEST)
    came = forwarded(made, 1, "F-1")
    for wanted, expected in (("pacs.008.001.08", "pacs.008.001.08"), ("pacs.008.001.06", "pacs.008.001.08")):
        version, document = in_version(came, made.version, wanted, schemas)
        assert version == expected
        parsed = parser.parse(document.encode())
        assert parsed.version == expected
        assert read(parsed.content, CustomerTransfers).items[0].end_to_end == "E-2"


def test_payment_of_which_something_is_missing_is_unfit_alone(parser: Parser, writer: Writer, schemas: Schemas) -> None:
    nobody = replace(SECOND, creditor=None, creditor_account="")
    made = transfers(sent(wishes(replace(BLOCK, items=(FIRST, nobody))), parser, writer), DIGEST)
    assert unfit(made, [0, 1], schemas) == [1]
    assert unfit(made, [0], schemas) == []


def test_reference_that_nobody_provided_is_no_id(parser: Parser, writer: Writer) -> None:
    block = replace(BLOCK, items=(replace(SECOND, end_to_end="NOTPROVIDED"),))
    made = transfers(sent(wishes(block), parser, writer), DIGEST)
    message = read(made.content, CustomerTransfers)
    assert [breach.rule for breach in broken(message, None, made.version, USAGE)] == ["IDS-2"]


def test_what_is_said_once_cannot_be_made_too_much(parser: Parser, writer: Writer) -> None:
    many = tuple(replace(SECOND, end_to_end=f"E-{n}") for n in range(1_900))
    parsed = sent(wishes(replace(BLOCK, items=many)), parser, writer)
    space = parsed.content.tag.partition("}")[0] + "}"
    (debtor,) = parsed.content.iter(f"{space}Dbtr")
    for number in range(100):
        etree.SubElement(debtor, f"{space}Othr").text = str(number)
    with pytest.raises(MessageRefused, match="TOO_LARGE"):
        transfers(parsed, DIGEST)


BROKEN = {
    "count": (wishes(count="3"), header("pain.001.001.09", "P-1"), [("CNT-1", -1)]),
    "sum": (wishes(sum="3.76"), None, [("CNT-2", -1)]),
    "right sum": (wishes(sum="3.75"), None, []),
    "a cheque": (wishes(replace(BLOCK, method="CHK")), None, [("INI-2", 0), ("INI-2", 1)]),
    "another's customer": (
        wishes(BLOCK, replace(BLOCK, debtor_agent=Agent(bic=INDIA))),
        header("pain.001.001.09", "P-1"),
        [("INI-1", 2), ("INI-1", 3)],
    ),
    "too many": (
        wishes(replace(BLOCK, items=(FIRST,) * (WISHES_MAX + 1))),
        header("pain.001.001.09", "P-1"),
        [("INI-2", -1)],
    ),
    "none wrong": (wishes(), header("pain.001.001.09", "P-1"), []),
}


@pytest.mark.parametrize("case", BROKEN)
def test_initiation_breaks_the_rule_that_it_breaks(case: str) -> None:
    message, head, expected = BROKEN[case]
    assert rules(message, head) == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_whatever_is_asked_for_is_made_or_said_to_be_unfit(version: str, schemas: Schemas) -> None:
    made = Instances(schemas.text(version), seed=7)
    for often in (0.1, 0.3, 0.6):
        document = etree.fromstring(etree.tostring(made.document(often=often)))
        try:
            passed = transfers(Parsed(version, document, "", None), DIGEST)
        except MessageRefused:
            continue
        count = len(read(passed.content, CustomerTransfers).items)
        wrong = unfit(passed, range(count), schemas)
        for number in sorted(set(range(count)) - set(wrong)):
            assert schemas.is_valid(etree.fromstring(forwarded(passed, number, "F-1")), passed.version)


EQUIVALENT = re.compile(
    rb"<(pain:)?EqvtAmt>\s*<(?:pain:)?Amt( Ccy=.[A-Z]{3}.>[0-9.]+)<.*?</(?:pain:)?EqvtAmt>", re.DOTALL
)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("cbpr-2025-chains/pain001_credit_initiation_sample.xml", []),
        ("cbpr-2025/pain.001.max.xml", []),
        ("statements/gs_pain/pain001_001_08.xml", []),
        ("cbpr-2025/pain.001.min.xml", [0]),
    ],
)
def test_initiation_of_the_market_becomes_payments_of_the_schema(
    name: str, wrong: list[int], parser: Parser, schemas: Schemas, samples: Path
) -> None:
    data = EQUIVALENT.sub(rb"<\1InstdAmt\2</\1InstdAmt>", (samples / name).read_bytes())
    made = transfers(parser.parse(data), DIGEST)
    message = read(made.content, CustomerTransfers)
    assert unfit(made, range(len(message.items)), schemas) == wrong, "the last names no creditor's agent"
