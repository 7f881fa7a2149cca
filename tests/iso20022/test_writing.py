"""Everything that is sent, in every version in which it is written, held against its schema."""

import io
from pathlib import Path

import pytest
import xmlschema
from lxml import etree
from msgspec.structs import replace

from comity.gateway.answers import trade_status
from comity.iso20022.definitions import DEFINITIONS
from comity.iso20022.forwarding import forwarded
from comity.iso20022.header import VERSION, Header
from comity.iso20022.instructions import Reference
from comity.iso20022.messages import MESSAGES
from comity.iso20022.messages.accounts import Balance, Entry, Notice, Notices, Report, Reports, Statement, Statements
from comity.iso20022.messages.administration import Acknowledged, Acknowledgement, SystemEvent
from comity.iso20022.messages.nets import NetObligation, NetReport, PayIn, PayInSchedule
from comity.iso20022.messages.orders import Handling, Outcome, Receipt
from comity.iso20022.messages.parties import Agent, Party
from comity.iso20022.messages.payments import CustomerTransfers
from comity.iso20022.messages.questions import (
    AccountAnswer,
    AccountBalance,
    AccountStanding,
    BusinessError,
    Closure,
    DayAnswer,
    DayEvent,
    DayOfCurrency,
    DayStanding,
    LimitAnswer,
    LimitStanding,
    PaymentAnswer,
    PaymentStanding,
    PaymentState,
    ReservationAnswer,
    ReservationStanding,
)
from comity.iso20022.messages.statuses import Cancellation, CancellationRequest, StatusReport, Underlying
from comity.iso20022.messages.trades import TradeDetails, TradeParties, TradeStatus
from comity.iso20022.parsing import Parser
from comity.iso20022.reading import read
from comity.iso20022.refusal import MessageRefused, Refusal
from comity.iso20022.replies import (
    STATUSES,
    reasons_of,
    rejected_payments,
    rejection,
    resolution,
    rule_rejection,
    status,
    status_report,
)
from comity.iso20022.rules import broken
from comity.iso20022.schemas import Schemas
from comity.iso20022.statements import write_statements
from comity.iso20022.table import Message, Money
from comity.iso20022.writing import Writer
from comity.model.reason import Reason, State
from tests.iso20022.worked import (
    CHINA,
    INDIA,
    NOW,
    RUSSIA,
    UETR,
    UNION,
    USAGE,
    between_institutions,
    covering,
    header,
    item,
    returned,
    trade,
    transfer,
)

REFERENCE = Reference("pacs.008", "M-1", "I-1", "E-1", "", UETR)
CNY = Money("1250.50", "CNY")
ISSUER = Agent(bic="PBOCCNBJ")
BALANCE = Balance(kind="OPBD", amount=CNY, side="CRDT", date="2026-03-02")
ENTRY = Entry(
    reference="1",
    amount=CNY,
    side="DBIT",
    status="BOOK",
    booked=NOW,
    value="2026-03-02",
    servicer="17-4",
    domain="PMNT",
    family="ICDT",
    subfamily="XBCT",
    own_code="GROSS",
    message="M-1",
    instruction="I-1",
    end_to_end="E-1",
    uetr=UETR,
    debtor=Agent(bic=CHINA),
    creditor=Agent(bic=RUSSIA),
)
STATEMENT = Statement(
    id="S-1",
    number="41",
    created=NOW,
    first="2026-03-02T00:00:00Z",
    last="2026-03-02T18:00:00Z",
    account="CHINA-CNY",
    currency="CNY",
    owner=CHINA,
    servicer=ISSUER,
    balances=(BALANCE, replace(BALANCE, kind="CLBD", side="DBIT")),
    credits="0",
    credited="0",
    debits="1",
    debited="1250.50",
    entries=(ENTRY,),
)
WISH = CancellationRequest(
    message="C-1",
    assigner=Agent(bic=CHINA),
    case="CASE-1",
    underlying=(Underlying(items=(Cancellation(request="X-1", original_message="M-1", original_name="pacs.008"),)),),
)


WISH_OF_ALL = replace(
    WISH,
    underlying=(
        Underlying(
            group="G-1",
            original_message="M-1",
            original_name="pacs.008.001.08",
            whole="true",
            items=(Cancellation(instruction="I-1"), Cancellation(instruction="I-2", end_to_end="E-2")),
        ),
    ),
)


def rejected_of_rules(message: CustomerTransfers) -> StatusReport:
    version = "pacs.008.001.08"
    reasons = reasons_of(broken(message, None, version, USAGE))
    return rejected_payments(message, version, reasons, "A-5", NOW)


SENT: dict[str, list[Message]] = {
    "pacs.002": [
        status_report("A-2", NOW, [status(REFERENCE, state, Reason.NONE, own="17-4") for state in STATUSES]),
        status_report("A-3", NOW, [status(REFERENCE, State.RJTD, why) for why in Reason if why]),
        status_report("A-4", NOW, [status(REFERENCE, State.STLD, Reason.NONE, own="17-4", settled_at=NOW)]),
        rejected_of_rules(transfer(count="2")),
        rejected_of_rules(transfer(item(uetr="", date=""))),
    ],
    "pacs.004": [returned()],
    "pacs.008": [transfer(), transfer(item(), item(earliest="08:00:00Z", until="09:00:00Z", priority="HIGH"))],
    "pacs.009": [between_institutions(), covering()],
    "camt.004": [
        AccountAnswer(
            message="A-1",
            created=NOW,
            question="Q-1",
            accounts=(
                AccountStanding(
                    account="CHINA-CNY",
                    currency="CNY",
                    servicer=ISSUER,
                    balances=(AccountBalance(amount="7.50", side="DBIT", kind="CRRT", status="STLD", count="3"),),
                ),
                AccountStanding(account="OTHER", errors=(BusinessError(code="X050", words="no such account"),)),
            ),
        ),
        AccountAnswer(message="A-1", errors=(BusinessError(own="NOT_AUTHORISED"),)),
    ],
    "camt.006": [
        PaymentAnswer(
            message="A-1",
            question="Q-1",
            payments=tuple(
                PaymentStanding(
                    uetr=UETR,
                    side="DBIT",
                    message="M-1",
                    states=(
                        PaymentState(
                            waiting=state.name if not state.is_final and state is not State.WHSD else "",
                            final=state.name if state.is_final else "",
                            own=state.name if state is State.WHSD else "",
                            instant=NOW,
                            reasons=("AM04",),
                        ),
                    ),
                    amount=CNY,
                    priority="URGT",
                    date="2026-03-02",
                    end_to_end="E-1",
                )
                for state in State
                if state
            ),
        ),
        PaymentAnswer(
            message="A-2", payments=(PaymentStanding(reference="I-9", errors=(BusinessError(code="X004"),)),)
        ),
    ],
    "camt.010": [
        LimitAnswer(
            message="A-1",
            limits=(
                LimitStanding(
                    counterparty=Agent(bic=RUSSIA),
                    kind="BILI",
                    account="CHINA-CNY",
                    amount=CNY,
                    status="ENAB",
                    used=CNY,
                ),
                LimitStanding(kind="MULT", amount=CNY, used=CNY, used_side="CRDT", remaining=CNY),
            ),
        )
    ],
    "camt.019": [
        DayAnswer(
            message="A-1",
            days=(
                DayStanding(
                    system="UNION",
                    date="2026-03-02",
                    status="ACTV",
                    currencies=(
                        DayOfCurrency(
                            currency="CNY",
                            opens="01:00:00Z",
                            closes="18:00:00Z",
                            events=(
                                DayEvent(own="OPEN", scheduled=NOW, happened=NOW),
                                DayEvent(own="END", scheduled=NOW),
                            ),
                        ),
                        DayOfCurrency(currency="INR", closures=(Closure(first=NOW, last=NOW, code="BHOL"),)),
                    ),
                ),
            ),
        )
    ],
    "camt.025": [
        Receipt(
            "A-1",
            NOW,
            (
                Handling("M-1", "camt.011.001.08", outcomes=(Outcome("ACSC"),)),
                Handling("M-2", "camt.048.001.07", outcomes=(Outcome("RJCT", code="AG01", lines=("NOT_AUTHORISED",)),)),
            ),
        )
    ],
    "camt.029": [
        *(
            resolution(WISH, "A-1", NOW, (Agent(bic=UNION), Agent(bic=CHINA)), [(state, why)])
            for state, why in ((State.CAND, Reason.NONE), (State.PCAN, Reason.NONE), (State.STLD, Reason.INVALID))
        ),
        *(
            resolution(
                WISH_OF_ALL,
                "A-1",
                NOW,
                (Agent(bic=UNION), Agent(bic=CHINA)),
                [(state, Reason.NONE), (State.CAND, Reason.NONE)],
            )
            for state in (State.CAND, State.STLD)
        ),
    ],
    "camt.047": [
        ReservationAnswer(
            message="A-1",
            reservations=(ReservationStanding(kind="UPAR", account="CHINA-CNY", amount=CNY, status="ENAB"),),
        )
    ],
    "camt.052": [
        Reports(
            message="A-1",
            created=NOW,
            question="Q-1",
            reports=(
                Report(
                    id="R-1",
                    created=NOW,
                    account="CHINA-CNY",
                    currency="CNY",
                    owner=CHINA,
                    servicer=ISSUER,
                    balances=(Balance(kind="ITBD", amount=CNY, side="CRDT", instant=NOW),),
                    entries=(ENTRY,),
                ),
            ),
        )
    ],
    "camt.053": [Statements(message="A-1", created=NOW, statements=(STATEMENT, replace(STATEMENT, entries=())))],
    "camt.054": [
        Notices(
            message="A-1",
            created=NOW,
            notices=(
                Notice(id="N-1", created=NOW, account="CHINA-CNY", currency="CNY", owner=CHINA, entries=(ENTRY,)),
            ),
        )
    ],
    "camt.062": [
        PayInSchedule(
            party=CHINA,
            message="A-1",
            value="2026-03-02",
            created=NOW,
            status="OFFI",
            kind="INIT",
            items=(PayIn(amount=CNY, deadline=NOW),),
        ),
        PayInSchedule(member="CN", message="A-1", value="2026-03-02", created=NOW, status="OFFI", kind="RVSD"),
    ],
    "camt.088": [
        NetReport(
            message="A-1",
            created=NOW,
            cut="14:00:00Z",
            reported="2026-03-02",
            value="2026-03-02",
            participant=CHINA,
            items=(
                NetObligation(
                    id="N-1", amount=CNY, participant=CHINA, direction="PAYM", counterparty="CYCLE-1", count="17"
                ),
            ),
        ),
        NetReport(
            message="A-1",
            created=NOW,
            cut="14:00:00Z",
            reported="2026-03-02",
            value="2026-03-02",
            member="CN",
            items=(NetObligation(id="N-1", amount=CNY, group="CN", direction="NONE", counterparty="cycle 1"),),
        ),
    ],
    "fxtr.008": [
        TradeStatus(message="A-1", reference="T-1", matching="17-4", status="UMTC", instant=NOW),
        TradeStatus(message="A-1", reference="T-1", matching="17-4", own="PCAN"),
        *(
            trade_status("A-1", "T-1", "17.4", state, NOW, why.code)
            for state in State
            for why in (Reason.NONE, Reason.INVALID, Reason.UNKNOWN)
        ),
    ],
    "fxtr.017": [
        TradeDetails(
            matching="17-4",
            status="STLD",
            instant=NOW,
            traded="2026-02-27",
            message="A-1",
            reference="T-1",
            split="false",
            against_payment="true",
            trading=TradeParties(submitting=CHINA),
            counterparty=TradeParties(submitting=RUSSIA),
            bought=trade().bought,
            sold=trade().sold,
            date="2026-03-02",
            rate="12.5",
        )
    ],
    "admi.002": [
        rejection(MessageRefused(Refusal.CDATA, data=b"<MsgId>M-1</MsgId>"), NOW),
        rejection(MessageRefused(Refusal.NOT_OF_SCHEMA, "x\x01" * 300, faults=[("/a", "b" * 500)] * 20), NOW),
        rule_rejection(broken(trade(against_payment="0"), None, "fxtr.014.001.05", USAGE), "T-1", NOW),
    ],
    "admi.004": [SystemEvent(code="PHAS", parameters=("2026-03-02", "CNY", "OPEN"), words="CNY opens", instant=NOW)],
    "admi.007": [
        Acknowledgement(
            message="A-1",
            created=NOW,
            items=(Acknowledged(original_message="M-1", original_name="pacs.008", status="RECE", instant=NOW),),
        )
    ],
}
WRITTEN = [(name, version) for name, definition in DEFINITIONS.items() for version in definition.writes if name in SENT]


def test_every_message_that_is_written_is_tried() -> None:
    written = {name for name, definition in DEFINITIONS.items() if definition.writes}
    assert set(SENT) | {"head.001"} == written
    assert all(isinstance(message, MESSAGES[name]) for name, messages in SENT.items() for message in messages)
    assert all(set(definition.writes) <= set(definition.versions) for definition in DEFINITIONS.values())


@pytest.mark.parametrize(("name", "version"), WRITTEN)
def test_what_is_sent_follows_its_schema(name: str, version: str, parser: Parser, writer: Writer) -> None:
    for message in SENT[name]:
        try:
            parsed = parser.parse(writer.message(header(version), message, version))
        except MessageRefused as refused:
            pytest.fail(f"{refused.faults} {message}")
        if version == DEFINITIONS[name].usual:
            assert read(parsed.content, type(message)) == message


@pytest.mark.parametrize("name", SENT)
def test_another_validator_takes_what_is_sent(name: str, schemas: Schemas, writer: Writer) -> None:
    version = DEFINITIONS[name].usual
    other = xmlschema.XMLSchema(schemas.text(version).decode())
    for message in SENT[name]:
        other.validate(writer.document(message, version))


@pytest.mark.shared
@pytest.mark.parametrize(("name", "version"), WRITTEN)
def test_published_schema_takes_what_is_sent(name: str, version: str, published: Path, writer: Writer) -> None:
    path = published / f"{version}.xsd"
    if not path.exists():
        pytest.skip("no published schema is at hand")
    schema = etree.XMLSchema(etree.parse(path))
    for message in SENT[name]:
        schema.assertValid(etree.fromstring(writer.document(message, version)))


@pytest.mark.parametrize("version", DEFINITIONS["head.001"].writes)
def test_header_is_written_in_every_version(version: str, writer: Writer, schemas: Schemas) -> None:
    head = replace(header(), duplicate="true", service="comity.01")
    element = etree.fromstring(writer.header(head, version))
    assert schemas.faults(element, version) == []
    assert read(element, Header).reference == "M-1"


def test_field_that_a_version_lacks_is_left_out(writer: Writer) -> None:
    (message, *_) = SENT["pacs.002"]
    assert UETR in writer.document(message, "pacs.002.001.10")
    assert UETR not in writer.document(message, "pacs.002.001.09")
    assert DEFINITIONS["head.001"].usual == VERSION


def test_text_that_looks_like_markup_is_text(writer: Writer, parser: Parser) -> None:
    name = 'A & B <Co> "x" ]]>'
    held = item(debtor=Party(name=name))
    document = writer.document(transfer(held), "pacs.008.001.08").encode()
    found = read(parser.parse(document).content, CustomerTransfers).items[0].debtor
    assert found is not None
    assert found.name == name


def test_reason_for_a_hold_is_not_told() -> None:
    assert status(REFERENCE, State.SSPD, Reason.NONE).reasons == ()
    assert status(REFERENCE, State.SRBL, Reason.NONE).reasons == ()
    assert [reason.own for reason in status(REFERENCE, State.PSTL, Reason.NONE).reasons] == ["PSTL"]


def test_rejected_message_names_the_rule_and_the_payment() -> None:
    bad = item(instruction="I-9", uetr="", end_to_end="E-9")
    message = transfer(item(), bad)
    report = rejected_of_rules(message)
    (group,), (payment,) = report.groups, report.items
    assert (group.original_message, group.original_name, group.status) == ("M-1", "pacs.008.001.08", "RJCT")
    assert (payment.instruction, payment.end_to_end, payment.status) == ("I-9", "E-9", "RJCT")
    assert [(reason.code, reason.lines) for reason in payment.reasons] == [("FF01", ("IDS-3 PmtId/UETR: none",))]


def test_several_outcomes_of_a_wish_have_no_one_word() -> None:
    wish = replace(WISH, underlying=(Underlying(items=(Cancellation(request="X-1"), Cancellation(request="X-2"))),))
    told = resolution(
        wish,
        "A-1",
        NOW,
        (Agent(bic=UNION), Agent(bic=CHINA)),
        [(State.CAND, Reason.NONE), (State.STLD, Reason.INVALID)],
    )
    assert told.status == "PECR"
    assert [item.status for item in told.details[0].items] == ["ACCR", "RJCR"]


def test_forwarded_payment_says_what_its_sender_said(parser: Parser, writer: Writer) -> None:
    held = [item(instruction=f"I-{n}", remittance=(f"Invoice {n}",)) for n in range(3)]
    message = transfer(*held, total=Money("3751.50", "CNY"))
    parsed = parser.parse(writer.document(message, "pacs.008.001.08").encode())
    passed = read(parser.parse(forwarded(parsed, 1, "F-1").encode()).content, CustomerTransfers)
    assert passed == replace(message, message="F-1", count="1", total=Money(), items=(held[1],))
    assert len(read(parsed.content, CustomerTransfers).items) == 3


def test_only_payment_is_forwarded_as_it_came(parser: Parser, writer: Writer) -> None:
    for message, version in ((transfer(total=CNY), "pacs.008.001.09"), (covering(), "pacs.009.001.08")):
        parsed = parser.parse(writer.message(header(version), message, version))
        assert read(parser.parse(forwarded(parsed, 0).encode()).content, type(message)) == message


@pytest.mark.shared
def test_what_no_field_of_ours_holds_is_forwarded(parser: Parser, samples: Path) -> None:
    for name in ("pacs.008.max.xml", "pacs.009_cov.max.xml", "pacs.004.max.xml"):
        parsed = parser.parse((samples / "cbpr-2025" / name).read_bytes())
        passed = parser.parse(forwarded(parsed, 0).encode())
        texts = [
            [(etree.QName(node).localname, (node.text or "").strip()) for node in element.iter()]
            for element in (parsed.document, passed.document)
        ]
        assert texts[0] == texts[1]


def test_streamed_statement_is_the_same_message(parser: Parser, writer: Writer) -> None:
    heading = Statements(message="A-1", created=NOW)
    entries = [replace(ENTRY, reference=str(number)) for number in range(1_500)]
    file = io.BytesIO()
    head = writer.header(header("camt.053.001.08"))
    bare = replace(STATEMENT, entries=())
    write_statements(file, writer, "camt.053.001.08", heading, [(bare, iter(entries)), (bare, [])], head)
    found = read(parser.parse(file.getvalue()).content, Statements)
    assert found == replace(heading, statements=(replace(bare, entries=tuple(entries)), bare))


def test_codes_of_limits_of_others_are_not_in_a_status() -> None:
    told = {state: status(REFERENCE, state, Reason.NONE) for state in STATUSES}
    assert {told[state].status for state in (State.RMLR, State.SRBL, State.SSPD)} == {"PDNG"}
    assert INDIA not in repr(told)
