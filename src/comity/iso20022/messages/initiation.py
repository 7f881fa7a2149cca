"""Payments that customers ask their institution for (pain.001), taken at the edge."""

from typing import Annotated, ClassVar

from comity.iso20022.messages.parties import Agent, Party, Text
from comity.iso20022.table import At, Group, Message, Money


class Wish(Group, frozen=True):
    """One payment that is asked for."""

    instruction: Annotated[Text, At("PmtId/InstrId", "reference for the debtor's institution")] = ""
    end_to_end: Annotated[Text, At("PmtId/EndToEndId", "reference of the debtor")] = ""
    uetr: Annotated[Text, At("PmtId/UETR", "unique reference from end to end")] = ""
    amount: Annotated[Money, At("Amt/InstdAmt", "amount")] = Money()
    creditor_agent: Annotated[Agent | None, At("CdtrAgt", "the creditor's institution")] = None
    creditor: Annotated[Party | None, At("Cdtr", "who is paid")] = None
    creditor_iban: Annotated[Text, At("CdtrAcct/Id/IBAN", "the creditor's account")] = ""
    creditor_account: Annotated[Text, At("CdtrAcct/Id/Othr/Id", "the same, where it has no IBAN")] = ""
    purpose: Annotated[Text, At("Purp/Cd|Purp/Prtry", "purpose")] = ""
    remittance: Annotated[tuple[Text, ...], At("RmtInf/Ustrd", "what is paid for, in words")] = ()


class WishesOfDebtor(Group, frozen=True):
    """Payments that one debtor asks for, on one date."""

    id: Annotated[Text, At("PmtInfId", "reference of the block")] = ""
    method: Annotated[Text, At("PmtMtd", "TRF: transfer")] = ""
    class_asked: Annotated[Text, At("PmtTpInf/InstrPrty", "HIGH or NORM")] = ""
    date: Annotated[Text, At("ReqdExctnDt/Dt", "date on which it is to be done")] = ""
    debtor: Annotated[Party | None, At("Dbtr", "who pays")] = None
    debtor_iban: Annotated[Text, At("DbtrAcct/Id/IBAN", "the debtor's account")] = ""
    debtor_account: Annotated[Text, At("DbtrAcct/Id/Othr/Id", "the same, where it has no IBAN")] = ""
    debtor_agent: Annotated[Agent | None, At("DbtrAgt", "the debtor's institution")] = None
    items: Annotated[tuple[Wish, ...], At("CdtTrfTxInf", "payments")] = ()


class Initiation(Message, frozen=True):
    """Asks an institution for payments."""

    name: ClassVar[str] = "pain.001"
    element: ClassVar[str] = "CstmrCdtTrfInitn"

    message: Annotated[Text, At("GrpHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("GrpHdr/CreDtTm", "when it was made")] = ""
    count: Annotated[Text, At("GrpHdr/NbOfTxs", "number of payments")] = ""
    sum: Annotated[Text, At("GrpHdr/CtrlSum", "sum of the amounts, whatever their currencies")] = ""
    initiating: Annotated[Party | None, At("GrpHdr/InitgPty", "who asks")] = None
    blocks: Annotated[tuple[WishesOfDebtor, ...], At("PmtInf", "payments by debtor and date")] = ()
