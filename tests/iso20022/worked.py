"""Messages worked out by hand, which tests read, write and break."""

from msgspec.structs import replace

from comity.iso20022.header import Header
from comity.iso20022.messages.parties import Agent, Party, Reason
from comity.iso20022.messages.payments import (
    Covered,
    CustomerTransfer,
    CustomerTransfers,
    InstitutionTransfer,
    InstitutionTransfers,
    Return,
    Returns,
)
from comity.iso20022.messages.trades import Trade, TradeParties
from comity.iso20022.table import Money
from comity.iso20022.usage import Usage

CHINA, RUSSIA, INDIA = "BKCHCNBJ", "VTBRRUMM", "SBININBB"
UNION = "COMTCHZZ"
UETR = "174c245f-2682-4291-ad67-2a41e530cd27"
LEI = "V459EV5XD3WK5MR0HW37"
SCHEMA_ALONE = {"camt.052.001.02", "camt.053.001.02", "camt.054.001.02"}
"""Versions that are held against their schemas but neither read nor written."""
NOW = "2026-03-02T09:00:00Z"
USAGE = Usage.of(["CNY", "RUB", "INR", "JPY"], {CHINA, RUSSIA, INDIA}, {"CNY": "PBOCCNBJ"})


def header(definition: str = "pacs.008.001.08", reference: str = "M-1", sender: str = CHINA) -> Header:
    return Header(sender=sender, receiver_member="union", reference=reference, definition=definition, created=NOW)


def item(**changes: object) -> CustomerTransfer:
    """A payment of 1,250.50 CNY from a customer in Beijing to one in Moscow."""
    made = CustomerTransfer(
        instruction="I-1",
        end_to_end="E-1",
        uetr=UETR,
        amount=Money("1250.50", "CNY"),
        date="2026-03-02",
        charges="SHAR",
        instructing=Agent(bic=CHINA),
        instructed=Agent(bic=RUSSIA),
        debtor=Party(name="Example Trading Company", town="Beijing", country="CN", lei=LEI),
        debtor_account="6222000011112222",
        debtor_agent=Agent(bic=CHINA),
        creditor_agent=Agent(bic=RUSSIA),
        creditor=Party(name="Пример", town="Москва", country="RU"),
        creditor_account="40702810900000000001",
        purpose="GDDS",
        remittance=("Invoice 17", "Contract <A&B>"),
    )
    return replace(made, **changes)


def transfer(*items: CustomerTransfer, **changes: object) -> CustomerTransfers:
    held = items or (item(),)
    made = CustomerTransfers(message="M-1", created=NOW, count=str(len(held)), method="CLRG", items=held)
    return replace(made, **changes)


def between_institutions(**changes: object) -> InstitutionTransfers:
    payment = InstitutionTransfer(
        instruction="I-2",
        end_to_end="E-2",
        uetr=UETR,
        amount=Money("70000", "JPY"),
        date="2026-03-02",
        priority="URGT",
        instructing=Agent(bic=INDIA),
        instructed=Agent(bic=CHINA),
        debtor=Agent(bic=INDIA),
        creditor=Agent(bic=CHINA),
    )
    held = (replace(payment, **changes),)
    return InstitutionTransfers(message="M-2", created=NOW, count="1", method="CLRG", items=held)


def covering() -> InstitutionTransfers:
    agent = Agent(bic=INDIA)
    covered = Covered(
        debtor=Party(name="Debtor"), debtor_agent=agent, creditor_agent=agent, creditor=Party(name="Creditor")
    )
    return between_institutions(covered=covered)


def returned() -> Returns:
    payment = Return(
        instruction="R-1",
        original_message="M-1",
        original_name="pacs.008.001.08",
        original_instruction="I-1",
        end_to_end="E-1",
        uetr=UETR,
        original_amount=Money("1250.50", "CNY"),
        amount=Money("1250.50", "CNY"),
        date="2026-03-03",
        instructing=Agent(bic=RUSSIA),
        instructed=Agent(bic=CHINA),
        reasons=(Reason(code="AC04", lines=("closed",)),),
    )
    return Returns(message="M-3", created=NOW, count="1", method="CLRG", items=(payment,))


def trade(**changes: object) -> Trade:
    """China sells 1,000 CNY to Russia for 12,500 RUB; told by China."""
    made = Trade(
        traded="2026-02-27",
        reference="T-1",
        common="COMMON-1",
        against_payment="true",
        trading=TradeParties(submitting=CHINA),
        counterparty=TradeParties(submitting=RUSSIA),
        bought=Money("12500.00", "RUB"),
        sold=Money("1000.00", "CNY"),
        date="2026-03-02",
        rate="12.5",
    )
    return replace(made, **changes)
