"""What a participant tells the system, and the receipt that it gets (camt.025).

It moves liquidity (camt.050), changes (camt.007) or cancels (camt.008) a waiting payment, sets limits (camt.011) and
reservations (camt.048).
"""

from typing import Annotated, ClassVar

from comity.iso20022.messages.parties import Agent, Reason, Text
from comity.iso20022.table import At, Group, Message, Money


class LiquidityTransfer(Message, frozen=True):
    """Moves money between accounts of participants, or in and out of the union."""

    name: ClassVar[str] = "camt.050"
    element: ClassVar[str] = "LqdtyCdtTrf"

    message: Annotated[Text, At("MsgHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("MsgHdr/CreDtTm", "when it was made")] = ""
    instruction: Annotated[Text, At("LqdtyCdtTrf/LqdtyTrfId/InstrId", "reference of the transfer")] = ""
    end_to_end: Annotated[Text, At("LqdtyCdtTrf/LqdtyTrfId/EndToEndId", "reference from end to end")] = ""
    transaction: Annotated[Text, At("LqdtyCdtTrf/LqdtyTrfId/TxId", "reference of the first agent")] = ""
    uetr: Annotated[Text, At("LqdtyCdtTrf/LqdtyTrfId/UETR", "unique reference from end to end")] = ""
    creditor: Annotated[Agent | None, At("LqdtyCdtTrf/Cdtr", "who is credited")] = None
    creditor_account: Annotated[
        Text, At("LqdtyCdtTrf/CdtrAcct/Id/Othr/Id|LqdtyCdtTrf/CdtrAcct/Id/IBAN", "account that is credited")
    ] = ""
    amount: Annotated[Money, At("LqdtyCdtTrf/TrfdAmt/AmtWthCcy|LqdtyCdtTrf/TrfdAmt/AmtWthtCcy", "amount")] = Money()
    debtor: Annotated[Agent | None, At("LqdtyCdtTrf/Dbtr", "who is debited")] = None
    debtor_account: Annotated[
        Text, At("LqdtyCdtTrf/DbtrAcct/Id/Othr/Id|LqdtyCdtTrf/DbtrAcct/Id/IBAN", "account that is debited")
    ] = ""
    date: Annotated[Text, At("LqdtyCdtTrf/SttlmDt", "business date")] = ""


class Modification(Group, frozen=True):
    """One waiting payment, and what is to be different."""

    transaction: Annotated[Text, At("PmtId/TxId|PmtId/LngBizId/TxId|PmtId/ShrtBizId/TxId", "id of the payment")] = ""
    uetr: Annotated[Text, At("PmtId/UETR|PmtId/LngBizId/UETR|PmtId/ShrtBizId/UETR", "UETR of the payment")] = ""
    reference: Annotated[Text, At("PmtId/PrtryId", "id of the payment, in our own form")] = ""
    priority: Annotated[Text, At("NewPmtValSet/Prty/Cd", "URGT, HIGH or NORM")] = ""
    place: Annotated[Text, At("NewPmtValSet/Prty/Prtry", "FRNT to the front of its class, END to its end")] = ""


class ModifyPayments(Message, frozen=True):
    """Changes the class or place of waiting payments."""

    name: ClassVar[str] = "camt.007"
    element: ClassVar[str] = "ModfyTx"

    message: Annotated[Text, At("MsgHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("MsgHdr/CreDtTm", "when it was made")] = ""
    items: Annotated[tuple[Modification, ...], At("Mod", "payments")] = ()


class CancelPayment(Message, frozen=True):
    """Cancels a waiting payment."""

    name: ClassVar[str] = "camt.008"
    element: ClassVar[str] = "CclTx"

    message: Annotated[Text, At("MsgHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("MsgHdr/CreDtTm", "when it was made")] = ""
    transaction: Annotated[Text, At("PmtId/TxId|PmtId/LngBizId/TxId|PmtId/ShrtBizId/TxId", "id of the payment")] = ""
    uetr: Annotated[Text, At("PmtId/UETR|PmtId/LngBizId/UETR|PmtId/ShrtBizId/UETR", "UETR of the payment")] = ""
    reference: Annotated[Text, At("PmtId/PrtryId", "id of the payment, in our own form")] = ""
    reason: Annotated[Reason | None, At("CxlRsn", "why")] = None


class LimitChange(Group, frozen=True):
    """One limit and its new amount."""

    counterparty: Annotated[Agent | None, At("LmtId/Cur/BilLmtCtrPtyId", "the other side of a bilateral limit")] = None
    kind: Annotated[Text, At("LmtId/Cur/Tp/Cd", "BILI bilateral, MULT multilateral")] = ""
    owner: Annotated[Agent | None, At("LmtId/Cur/AcctOwnr", "whose limit it is, if not the sender's")] = None
    account: Annotated[Text, At("LmtId/Cur/AcctId/Othr/Id|LmtId/Cur/AcctId/IBAN", "account")] = ""
    amount: Annotated[Money, At("NewLmtValSet/Amt/AmtWthCcy|NewLmtValSet/Amt/AmtWthtCcy", "new limit")] = Money()


class ModifyLimits(Message, frozen=True):
    """Sets limits."""

    name: ClassVar[str] = "camt.011"
    element: ClassVar[str] = "ModfyLmt"

    message: Annotated[Text, At("MsgHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("MsgHdr/CreDtTm", "when it was made")] = ""
    items: Annotated[tuple[LimitChange, ...], At("LmtDtls", "limits")] = ()


class ModifyReservation(Message, frozen=True):
    """Sets a reservation."""

    name: ClassVar[str] = "camt.048"
    element: ClassVar[str] = "ModfyRsvatn"

    message: Annotated[Text, At("MsgHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("MsgHdr/CreDtTm", "when it was made")] = ""
    kind: Annotated[Text, At("RsvatnId/Cur/Tp/Cd", "UPAR urgent, HPAR high")] = ""
    owner: Annotated[Agent | None, At("RsvatnId/Cur/AcctOwnr", "whose it is, if not the sender's")] = None
    account: Annotated[Text, At("RsvatnId/Cur/AcctId/Othr/Id|RsvatnId/Cur/AcctId/IBAN", "account")] = ""
    amount: Annotated[Money, At("NewRsvatnValSet/Amt/AmtWthCcy|NewRsvatnValSet/Amt/AmtWthtCcy", "amount")] = Money()


class Outcome(Group, frozen=True):
    """What became of a request, or of a part of it."""

    status: Annotated[Text, At("Sts/Cd", "ACTC, ACSC or RJCT")] = ""
    code: Annotated[Text, At("StsRsn/Rsn/Cd", "why, by the external list")] = ""
    own: Annotated[Text, At("StsRsn/Rsn/Prtry", "why, by a code of our own")] = ""
    lines: Annotated[tuple[Text, ...], At("StsRsn/AddtlInf", "in words")] = ()


class Handling(Group, frozen=True):
    """One request, and what became of it."""

    original_message: Annotated[Text, At("OrgnlMsgId/MsgId", "MsgId of the request")] = ""
    original_name: Annotated[Text, At("OrgnlMsgId/MsgNmId", "which message that was")] = ""
    uetr: Annotated[Text, At("OrgnlPmtId/UETR", "UETR of the payment that it was about")] = ""
    outcomes: Annotated[tuple[Outcome, ...], At("ReqHdlg", "what became of it")] = ()


class Receipt(Message, frozen=True):
    """Says what became of requests."""

    name: ClassVar[str] = "camt.025"
    element: ClassVar[str] = "Rct"

    message: Annotated[Text, At("MsgHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("MsgHdr/CreDtTm", "when it was made")] = ""
    items: Annotated[tuple[Handling, ...], At("RctDtls", "requests")] = ()
