"""What is owed in a cycle: the schedule of pay-ins (camt.062) and the net report (camt.088)."""

from typing import Annotated, ClassVar

from comity.iso20022.messages.parties import Text
from comity.iso20022.table import At, Group, Message, Money


class PayIn(Group, frozen=True):
    """One amount that is to be paid in."""

    amount: Annotated[Money, At("Amt", "amount")] = Money()
    deadline: Annotated[Text, At("Ddln", "until when")] = ""


class PayInSchedule(Message, frozen=True):
    """Says what a participant has to pay in, and until when."""

    name: ClassVar[str] = "camt.062"
    element: ClassVar[str] = "PayInSchdl"

    party: Annotated[Text, At("PtyId/AnyBIC/AnyBIC", "BIC of the participant")] = ""
    member: Annotated[Text, At("PtyId/PtyId/PtyNm", "its code in the union, where it has no BIC")] = ""
    message: Annotated[Text, At("RptData/MsgId", "reference of the message")] = ""
    value: Annotated[Text, At("RptData/ValDt", "business date")] = ""
    created: Annotated[Text, At("RptData/DtAndTmStmp", "when it was made")] = ""
    status: Annotated[Text, At("RptData/Tp", "TRIA for trial, OFFI official")] = ""
    kind: Annotated[Text, At("RptData/SchdlTp", "INIT first of the day, RVSD revised")] = ""
    items: Annotated[tuple[PayIn, ...], At("PayInSchdlItm", "amounts")] = ()


class NetObligation(Group, frozen=True):
    """What is paid or received in a currency, net."""

    id: Annotated[Text, At("OblgtnId", "reference of the net")] = ""
    amount: Annotated[Money, At("Amt", "amount, never negative")] = Money()
    participant: Annotated[Text, At("PtcptNetgId/TradPty/AnyBIC/AnyBIC", "BIC of the participant")] = ""
    group: Annotated[Text, At("PtcptNetgId/NetgGrpId", "its code in the union, where it has no BIC")] = ""
    direction: Annotated[Text, At("OblgtnDrctn", "PAYM to be paid, RECE to be received, NONE")] = ""
    counterparty: Annotated[Text, At("CtrPtyNetgId/NetgGrpId", "the cycle")] = ""
    count: Annotated[Text, At("TxsNb", "number of obligations that were paid in it")] = ""


class NetReport(Message, frozen=True):
    """Says what a clearing cycle left to be paid."""

    name: ClassVar[str] = "camt.088"
    element: ClassVar[str] = "NetRpt"

    message: Annotated[Text, At("NetRptData/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("NetRptData/CreDtTm", "when it was made")] = ""
    cut: Annotated[Text, At("NetRptData/NetgCutOffTm", "time of the cut")] = ""
    reported: Annotated[Text, At("NetRptData/RptDt", "date of the report")] = ""
    value: Annotated[Text, At("NetRptData/ValDt", "business date")] = ""
    participant: Annotated[Text, At("NetSvcPtcptId/AnyBIC/AnyBIC", "BIC of the participant")] = ""
    member: Annotated[Text, At("NetSvcPtcptId/PtyId/PtyNm", "its code in the union, where it has no BIC")] = ""
    items: Annotated[tuple[NetObligation, ...], At("NetOblgtn", "nets")] = ()
