"""Payments: customers' (pacs.008), institutions' (pacs.009) and returns (pacs.004)."""

from typing import Annotated, ClassVar

from comity.iso20022.messages.parties import Agent, Party, Reason, Text
from comity.iso20022.table import At, Group, Message, Money


class Covered(Group, frozen=True):
    """The customers' payment that an institutions' payment covers."""

    debtor: Annotated[Party | None, At("Dbtr", "customer who pays")] = None
    debtor_agent: Annotated[Agent | None, At("DbtrAgt", "the debtor's institution")] = None
    creditor_agent: Annotated[Agent | None, At("CdtrAgt", "the creditor's institution")] = None
    creditor: Annotated[Party | None, At("Cdtr", "customer who is paid")] = None


class CustomerTransfer(Group, frozen=True):
    """One payment of a pacs.008."""

    instruction: Annotated[Text, At("PmtId/InstrId", "reference from the instructing to the instructed agent")] = ""
    end_to_end: Annotated[Text, At("PmtId/EndToEndId", "reference of the debtor")] = ""
    transaction: Annotated[Text, At("PmtId/TxId", "reference of the first agent")] = ""
    uetr: Annotated[Text, At("PmtId/UETR", "unique reference from end to end")] = ""
    class_asked: Annotated[Text, At("PmtTpInf/InstrPrty", "HIGH or NORM, where SttlmPrty is absent")] = ""
    amount: Annotated[Money, At("IntrBkSttlmAmt", "amount that is settled")] = Money()
    date: Annotated[Text, At("IntrBkSttlmDt", "business date, else that of the group")] = ""
    priority: Annotated[Text, At("SttlmPrty", "URGT urgent, HIGH high, NORM normal")] = ""
    until_cls: Annotated[Text, At("SttlmTmReq/CLSTm", "latest time, as CLS asks for")] = ""
    until: Annotated[Text, At("SttlmTmReq/TillTm", "latest time")] = ""
    earliest: Annotated[Text, At("SttlmTmReq/FrTm", "earliest time")] = ""
    reject_at: Annotated[Text, At("SttlmTmReq/RjctTm", "time at which it is rejected if it still waits")] = ""
    charges: Annotated[Text, At("ChrgBr", "who bears charges")] = ""
    instructing: Annotated[Agent | None, At("InstgAgt", "agent whose account is debited")] = None
    instructed: Annotated[Agent | None, At("InstdAgt", "agent whose account is credited")] = None
    ultimate_debtor: Annotated[Party | None, At("UltmtDbtr", "for whom the debtor pays")] = None
    debtor: Annotated[Party | None, At("Dbtr", "customer who pays")] = None
    debtor_iban: Annotated[Text, At("DbtrAcct/Id/IBAN", "the debtor's account")] = ""
    debtor_account: Annotated[Text, At("DbtrAcct/Id/Othr/Id", "the same, where it has no IBAN")] = ""
    debtor_agent: Annotated[Agent | None, At("DbtrAgt", "the debtor's institution")] = None
    creditor_agent: Annotated[Agent | None, At("CdtrAgt", "the creditor's institution")] = None
    creditor: Annotated[Party | None, At("Cdtr", "customer who is paid")] = None
    creditor_iban: Annotated[Text, At("CdtrAcct/Id/IBAN", "the creditor's account")] = ""
    creditor_account: Annotated[Text, At("CdtrAcct/Id/Othr/Id", "the same, where it has no IBAN")] = ""
    ultimate_creditor: Annotated[Party | None, At("UltmtCdtr", "for whom the creditor is paid")] = None
    purpose: Annotated[Text, At("Purp/Cd|Purp/Prtry", "purpose")] = ""
    remittance: Annotated[tuple[Text, ...], At("RmtInf/Ustrd", "what is paid for, in words")] = ()


class InstitutionTransfer(Group, frozen=True):
    """One payment of a pacs.009."""

    instruction: Annotated[Text, At("PmtId/InstrId", "reference from the instructing to the instructed agent")] = ""
    end_to_end: Annotated[Text, At("PmtId/EndToEndId", "reference of the debtor")] = ""
    transaction: Annotated[Text, At("PmtId/TxId", "reference of the first agent")] = ""
    uetr: Annotated[Text, At("PmtId/UETR", "unique reference from end to end")] = ""
    class_asked: Annotated[Text, At("PmtTpInf/InstrPrty", "HIGH or NORM, where SttlmPrty is absent")] = ""
    amount: Annotated[Money, At("IntrBkSttlmAmt", "amount that is settled")] = Money()
    date: Annotated[Text, At("IntrBkSttlmDt", "business date, else that of the group")] = ""
    priority: Annotated[Text, At("SttlmPrty", "URGT urgent, HIGH high, NORM normal")] = ""
    until_cls: Annotated[Text, At("SttlmTmReq/CLSTm", "latest time, as CLS asks for")] = ""
    until: Annotated[Text, At("SttlmTmReq/TillTm", "latest time")] = ""
    earliest: Annotated[Text, At("SttlmTmReq/FrTm", "earliest time")] = ""
    reject_at: Annotated[Text, At("SttlmTmReq/RjctTm", "time at which it is rejected if it still waits")] = ""
    instructing: Annotated[Agent | None, At("InstgAgt", "agent whose account is debited")] = None
    instructed: Annotated[Agent | None, At("InstdAgt", "agent whose account is credited")] = None
    debtor: Annotated[Agent | None, At("Dbtr", "institution that pays")] = None
    debtor_agent: Annotated[Agent | None, At("DbtrAgt", "the debtor's institution")] = None
    creditor_agent: Annotated[Agent | None, At("CdtrAgt", "the creditor's institution")] = None
    creditor: Annotated[Agent | None, At("Cdtr", "institution that is paid")] = None
    purpose: Annotated[Text, At("Purp/Cd|Purp/Prtry", "purpose")] = ""
    remittance: Annotated[tuple[Text, ...], At("RmtInf/Ustrd", "what is paid for, in words")] = ()
    covered: Annotated[Covered | None, At("UndrlygCstmrCdtTrf", "the payment that is covered: with it this is COV")] = (
        None
    )


class Return(Group, frozen=True):
    """One return of a pacs.004: a payment of its own, in the other direction."""

    instruction: Annotated[Text, At("RtrId", "reference of the return")] = ""
    original_message: Annotated[
        Text, At("OrgnlGrpInf/OrgnlMsgId", "message of the payment, else that of the group")
    ] = ""
    original_name: Annotated[Text, At("OrgnlGrpInf/OrgnlMsgNmId", "which message that was")] = ""
    original_instruction: Annotated[Text, At("OrgnlInstrId", "InstrId of the payment")] = ""
    end_to_end: Annotated[Text, At("OrgnlEndToEndId", "EndToEndId of the payment")] = ""
    transaction: Annotated[Text, At("OrgnlTxId", "TxId of the payment")] = ""
    uetr: Annotated[Text, At("OrgnlUETR", "UETR of the payment")] = ""
    original_amount: Annotated[Money, At("OrgnlIntrBkSttlmAmt", "amount of the payment")] = Money()
    original_date: Annotated[Text, At("OrgnlIntrBkSttlmDt", "date of the payment")] = ""
    amount: Annotated[Money, At("RtrdIntrBkSttlmAmt", "amount that is returned")] = Money()
    date: Annotated[Text, At("IntrBkSttlmDt", "business date, else that of the group")] = ""
    priority: Annotated[Text, At("SttlmPrty", "URGT urgent, HIGH high, NORM normal")] = ""
    charges: Annotated[Text, At("ChrgBr", "who bears charges")] = ""
    instructing: Annotated[Agent | None, At("InstgAgt", "agent whose account is debited")] = None
    instructed: Annotated[Agent | None, At("InstdAgt", "agent whose account is credited")] = None
    reasons: Annotated[tuple[Reason, ...], At("RtrRsnInf", "why it is returned")] = ()


class CustomerTransfers(Message, frozen=True):
    """Payments of customers, from institution to institution."""

    name: ClassVar[str] = "pacs.008"
    element: ClassVar[str] = "FIToFICstmrCdtTrf"

    message: Annotated[Text, At("GrpHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("GrpHdr/CreDtTm", "when it was made")] = ""
    count: Annotated[Text, At("GrpHdr/NbOfTxs", "number of payments")] = ""
    total: Annotated[Money, At("GrpHdr/TtlIntrBkSttlmAmt", "sum of the payments")] = Money()
    date: Annotated[Text, At("GrpHdr/IntrBkSttlmDt", "business date of all of them")] = ""
    method: Annotated[Text, At("GrpHdr/SttlmInf/SttlmMtd", "how it is settled")] = ""
    instructing: Annotated[Agent | None, At("GrpHdr/InstgAgt", "agent whose account is debited")] = None
    instructed: Annotated[Agent | None, At("GrpHdr/InstdAgt", "agent whose account is credited")] = None
    items: Annotated[tuple[CustomerTransfer, ...], At("CdtTrfTxInf", "payments")] = ()


class InstitutionTransfers(Message, frozen=True):
    """Payments of institutions for themselves, or covering a customer's."""

    name: ClassVar[str] = "pacs.009"
    element: ClassVar[str] = "FICdtTrf"

    message: Annotated[Text, At("GrpHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("GrpHdr/CreDtTm", "when it was made")] = ""
    count: Annotated[Text, At("GrpHdr/NbOfTxs", "number of payments")] = ""
    total: Annotated[Money, At("GrpHdr/TtlIntrBkSttlmAmt", "sum of the payments")] = Money()
    date: Annotated[Text, At("GrpHdr/IntrBkSttlmDt", "business date of all of them")] = ""
    method: Annotated[Text, At("GrpHdr/SttlmInf/SttlmMtd", "how it is settled")] = ""
    instructing: Annotated[Agent | None, At("GrpHdr/InstgAgt", "agent whose account is debited")] = None
    instructed: Annotated[Agent | None, At("GrpHdr/InstdAgt", "agent whose account is credited")] = None
    items: Annotated[tuple[InstitutionTransfer, ...], At("CdtTrfTxInf", "payments")] = ()


class Returns(Message, frozen=True):
    """Payments that are given back after they were settled."""

    name: ClassVar[str] = "pacs.004"
    element: ClassVar[str] = "PmtRtr"

    message: Annotated[Text, At("GrpHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("GrpHdr/CreDtTm", "when it was made")] = ""
    count: Annotated[Text, At("GrpHdr/NbOfTxs", "number of returns")] = ""
    total: Annotated[Money, At("GrpHdr/TtlRtrdIntrBkSttlmAmt", "sum of the returns")] = Money()
    date: Annotated[Text, At("GrpHdr/IntrBkSttlmDt", "business date of all of them")] = ""
    method: Annotated[Text, At("GrpHdr/SttlmInf/SttlmMtd", "how it is settled")] = ""
    instructing: Annotated[Agent | None, At("GrpHdr/InstgAgt", "agent whose account is debited")] = None
    instructed: Annotated[Agent | None, At("GrpHdr/InstdAgt", "agent whose account is credited")] = None
    original_message: Annotated[Text, At("OrgnlGrpInf/OrgnlMsgId", "message of the payments")] = ""
    original_name: Annotated[Text, At("OrgnlGrpInf/OrgnlMsgNmId", "which message that was")] = ""
    items: Annotated[tuple[Return, ...], At("TxInf", "returns")] = ()
