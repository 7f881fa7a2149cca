"""Messages of ISO 20022 for tests of the API: between the banks of the small union, on its business date."""

from __future__ import annotations

from functools import cache

from msgspec.structs import replace

from comity.iso20022.definitions import DEFINITIONS
from comity.iso20022.header import Header
from comity.iso20022.messages.initiation import Initiation, Wish, WishesOfDebtor
from comity.iso20022.messages.orders import (
    LimitChange,
    LiquidityTransfer,
    Modification,
    ModifyLimits,
    ModifyPayments,
    ModifyReservation,
)
from comity.iso20022.messages.parties import Agent, Party
from comity.iso20022.messages.payments import (
    CustomerTransfer,
    CustomerTransfers,
    InstitutionTransfer,
    InstitutionTransfers,
    Return,
    Returns,
)
from comity.iso20022.messages.statuses import Cancellation, CancellationRequest, Underlying
from comity.iso20022.messages.trades import Trade, TradeAmendment, TradeCancellation, TradeParties
from comity.iso20022.parsing import Parsed, Parser
from comity.iso20022.schemas import Schemas
from comity.iso20022.table import Message, Money
from comity.iso20022.writing import Writer

ALFA, BETA, GAMA = "ALFACNBJ", "BETACNBJ", "GAMARUMM"
AT, DATE = "2021-12-15T01:00:00Z", "2021-12-15"
VERSIONS = {
    "pacs.004": "pacs.004.001.09",
    "pacs.008": "pacs.008.001.08",
    "pacs.009": "pacs.009.001.08",
}


def uetr(number: int) -> str:
    return f"{number:08x}-2682-4291-ad67-2a41e530cd27"


def item(number: int, amount: str = "10.00", **changes: object) -> CustomerTransfer:
    made = CustomerTransfer(
        instruction=f"I-{number}",
        end_to_end=f"E-{number}",
        uetr=uetr(number),
        amount=Money(amount, "CNY"),
        date=DATE,
        charges="SHAR",
        instructing=Agent(bic=ALFA),
        instructed=Agent(bic=BETA),
        debtor=Party(name="Secret Debtor", town="Beijing", country="CN"),
        debtor_account="6222000011112222",
        debtor_agent=Agent(bic=ALFA),
        creditor_agent=Agent(bic=BETA),
        creditor=Party(name="Secret Creditor", town="Shanghai", country="CN"),
        creditor_account="6222000033334444",
        remittance=("Invoice 17",),
    )
    return replace(made, **changes)


def transfers(name: str, *items: CustomerTransfer, **changes: object) -> CustomerTransfers:
    made = CustomerTransfers(message=name, created=AT, count=str(len(items)), method="CLRG", items=items)
    return replace(made, **changes)


def initiation(name: str, *wishes: Wish, **changes: str) -> Initiation:
    block = WishesOfDebtor(
        id="B-1",
        method="TRF",
        date=DATE,
        debtor=Party(name="Secret Debtor", town="Beijing", country="CN"),
        debtor_account="6222000011112222",
        debtor_agent=Agent(bic=ALFA),
        items=wishes,
    )
    asks = Party(name="Secret Group")
    made = Initiation(message=name, created=AT, count=str(len(wishes)), initiating=asks, blocks=(block,))
    return replace(made, **changes)


def wish(number: int, amount: str = "10.00", **changes: object) -> Wish:
    made = Wish(
        end_to_end=f"E-{number}",
        amount=Money(amount, "CNY"),
        creditor_agent=Agent(bic=BETA),
        creditor=Party(name="Secret Creditor", town="Shanghai", country="CN"),
        creditor_account="6222000033334444",
        remittance=("Invoice 17",),
    )
    return replace(made, **changes)


def between_institutions(name: str) -> InstitutionTransfers:
    payment = InstitutionTransfer(
        instruction="N-1",
        end_to_end="E-1",
        uetr=uetr(900),
        amount=Money("5.00", "CNY"),
        date=DATE,
        priority="URGT",
        instructing=Agent(bic=ALFA),
        instructed=Agent(bic=BETA),
        debtor=Agent(bic=ALFA),
        creditor=Agent(bic=BETA),
    )
    return InstitutionTransfers(message=name, created=AT, count="1", method="CLRG", items=(payment,))


def returned(name: str) -> Returns:
    payment = Return(
        instruction="R-1",
        original_message="M-1",
        original_name="pacs.008.001.08",
        original_instruction="I-1",
        end_to_end="E-1",
        uetr=uetr(1),
        original_amount=Money("10.00", "CNY"),
        amount=Money("10.00", "CNY"),
        date=DATE,
        instructing=Agent(bic=BETA),
        instructed=Agent(bic=ALFA),
    )
    return Returns(message=name, created=AT, count="1", method="CLRG", items=(payment,))


def trade(name: str, own: str = ALFA, other: str = GAMA) -> Trade:
    """A side of 100 CNY against 900 RUB, which the bank in China sells."""
    cny, rub = Money("100.00", "CNY"), Money("900.00", "RUB")
    sold, bought = (cny, rub) if own == ALFA else (rub, cny)
    return Trade(
        traded=DATE,
        reference=name,
        against_payment="true",
        trading=TradeParties(submitting=own),
        counterparty=TradeParties(submitting=other),
        bought=bought,
        sold=sold,
        date=DATE,
        rate="9",
    )


def amendment(name: str, amended: str, bought: str = "950.00") -> TradeAmendment:
    """The bank in China asks for more rubles."""
    made = trade(name)
    return TradeAmendment(
        traded=made.traded,
        reference=name,
        amended=amended,
        against_payment="true",
        trading=made.trading,
        counterparty=made.counterparty,
        bought=Money(bought, "RUB"),
        sold=made.sold,
        date=made.date,
        rate="9.5",
    )


def withdrawal(
    name: str, cancelled: str = "", matching: str = "", own: str = ALFA, other: str = GAMA
) -> TradeCancellation:
    made = trade(name, own, other)
    return TradeCancellation(
        traded=DATE,
        reference=name,
        matching=matching,
        cancelled=cancelled,
        trading=made.trading,
        counterparty=made.counterparty,
        bought=made.bought,
        sold=made.sold,
        date=made.date,
    )


def cancellation(name: str, *wanted: Cancellation) -> CancellationRequest:
    return CancellationRequest(
        message=name,
        assigner=Agent(bic=ALFA),
        assignee=Agent(member="union"),
        created=AT,
        underlying=(Underlying(items=wanted),),
    )


def limit(name: str, amount: str = "500.00") -> ModifyLimits:
    change = LimitChange(counterparty=Agent(bic=BETA), kind="BILI", amount=Money(amount, "CNY"))
    return ModifyLimits(message=name, created=AT, items=(change,))


def reservation(name: str) -> ModifyReservation:
    return ModifyReservation(message=name, created=AT, kind="UPAR", amount=Money("7.00", "CNY"))


def reprioritised(name: str, instruction: str) -> ModifyPayments:
    return ModifyPayments(message=name, created=AT, items=(Modification(transaction=instruction, priority="HIGH"),))


def funding(name: str, debtor: str = "CN", creditor: str = ALFA) -> LiquidityTransfer:
    return LiquidityTransfer(
        message=name,
        created=AT,
        instruction="L-1",
        end_to_end="L-1",
        creditor=Agent(member=creditor),
        debtor=Agent(member=debtor),
        amount=Money("9.00", "CNY"),
    )


@cache
def _tools() -> tuple[Parser, Writer]:
    schemas = Schemas.open()
    return Parser(schemas), Writer(schemas)


def written(message: Message, sender: str = ALFA, **changes: str) -> bytes:
    """Write a message as a bank sends it, with its header."""
    return enveloped(message, replace(header_of(message, sender), **changes))


def header_of(message: Message, sender: str = ALFA) -> Header:
    own = getattr(message, "message", "") or getattr(message, "reference", "")
    definition = VERSIONS.get(message.name) or _latest(message.name)
    has_bic = len(sender) == len(ALFA)
    return Header(
        sender=sender if has_bic else "",
        sender_member="" if has_bic else sender,
        receiver_member="union",
        reference=own,
        definition=definition,
        created=AT,
    )


def enveloped(message: Message, header: Header) -> bytes:
    _, writer = _tools()
    return writer.message(header, message, VERSIONS.get(message.name) or _latest(message.name))


def spoken(message: Message, definition: str, sender: str = ALFA, head_version: str = "head.001.001.02") -> bytes:
    """Write a message as a bank sends it that speaks this version."""
    _, writer = _tools()
    return writer.message(replace(header_of(message, sender), definition=definition), message, definition, head_version)


def _latest(name: str) -> str:
    return DEFINITIONS[name].versions[-1]


def parsed(data: bytes) -> Parsed:
    """Read an answer, held against the schemas of its header and its document."""
    parser, _ = _tools()
    return parser.parse(data)
