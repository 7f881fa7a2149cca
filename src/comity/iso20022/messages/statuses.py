"""What became of a payment (pacs.002, asked for by pacs.028), and of the wish to cancel it (camt.056, camt.029)."""

from typing import Annotated, ClassVar

from msgspec.structs import replace

from comity.iso20022.messages.parties import Agent, Reason, Text
from comity.iso20022.table import At, Group, Message, Money


class TransactionStatus(Group, frozen=True):
    """What became of one payment."""

    status_id: Annotated[Text, At("StsId", "reference of this answer")] = ""
    original_message: Annotated[Text, At("OrgnlGrpInf/OrgnlMsgId", "message of the payment")] = ""
    original_name: Annotated[Text, At("OrgnlGrpInf/OrgnlMsgNmId", "which message that was")] = ""
    instruction: Annotated[Text, At("OrgnlInstrId", "InstrId of the payment")] = ""
    end_to_end: Annotated[Text, At("OrgnlEndToEndId", "EndToEndId of the payment")] = ""
    transaction: Annotated[Text, At("OrgnlTxId", "TxId of the payment")] = ""
    uetr: Annotated[Text, At("OrgnlUETR", "UETR of the payment")] = ""
    status: Annotated[Text, At("TxSts", "ACCP, ACSP, PDNG, ACSC, RJCT; of a receiver also ACCC")] = ""
    reasons: Annotated[tuple[Reason, ...], At("StsRsnInf", "why")] = ()
    accepted: Annotated[Text, At("AccptncDtTm", "when it was taken")] = ""
    settled_on: Annotated[Text, At("FctvIntrBkSttlmDt/Dt", "date on which it settled")] = ""
    settled_at: Annotated[Text, At("FctvIntrBkSttlmDt/DtTm", "instant at which it settled")] = ""
    reference: Annotated[Text, At("ClrSysRef", "our reference of the payment")] = ""
    instructing: Annotated[Agent | None, At("InstgAgt", "who answers")] = None
    instructed: Annotated[Agent | None, At("InstdAgt", "who is answered")] = None


class GroupStatus(Group, frozen=True):
    """What became of a message as a whole."""

    original_message: Annotated[Text, At("OrgnlMsgId", "the message")] = ""
    original_name: Annotated[Text, At("OrgnlMsgNmId", "which message it was")] = ""
    original_created: Annotated[Text, At("OrgnlCreDtTm", "when it was made")] = ""
    original_count: Annotated[Text, At("OrgnlNbOfTxs", "number of its payments")] = ""
    status: Annotated[Text, At("GrpSts", "PART, RJCT and so on")] = ""
    reasons: Annotated[tuple[Reason, ...], At("StsRsnInf", "why")] = ()


class StatusReport(Message, frozen=True):
    """What became of payments."""

    name: ClassVar[str] = "pacs.002"
    element: ClassVar[str] = "FIToFIPmtStsRpt"

    message: Annotated[Text, At("GrpHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("GrpHdr/CreDtTm", "when it was made")] = ""
    instructing: Annotated[Agent | None, At("GrpHdr/InstgAgt", "who answers")] = None
    instructed: Annotated[Agent | None, At("GrpHdr/InstdAgt", "who is answered")] = None
    groups: Annotated[tuple[GroupStatus, ...], At("OrgnlGrpInfAndSts", "messages")] = ()
    items: Annotated[tuple[TransactionStatus, ...], At("TxInfAndSts", "payments")] = ()

    @property
    def told(self) -> tuple[TransactionStatus, ...]:
        """Each payment that it tells of: by itself, or, if there is none, as the only one of a message.

        What its one group says holds where a payment says nothing itself.
        """
        groups = [
            TransactionStatus(
                original_message=group.original_message,
                original_name=group.original_name,
                status=group.status,
                reasons=group.reasons,
            )
            for group in self.groups
        ]
        if not self.items or len(groups) != 1:
            return self.items or tuple(groups)
        (group,) = groups
        return tuple(
            replace(
                item,
                original_message=item.original_message or group.original_message,
                original_name=item.original_name or group.original_name,
                status=item.status or group.status,
                reasons=item.reasons or group.reasons,
            )
            for item in self.items
        )


class StatusQuestion(Group, frozen=True):
    """Which payment is asked about."""

    request: Annotated[Text, At("StsReqId", "reference of the question")] = ""
    original_message: Annotated[Text, At("OrgnlGrpInf/OrgnlMsgId", "message of the payment")] = ""
    original_name: Annotated[Text, At("OrgnlGrpInf/OrgnlMsgNmId", "which message that was")] = ""
    instruction: Annotated[Text, At("OrgnlInstrId", "InstrId of the payment")] = ""
    end_to_end: Annotated[Text, At("OrgnlEndToEndId", "EndToEndId of the payment")] = ""
    transaction: Annotated[Text, At("OrgnlTxId", "TxId of the payment")] = ""
    uetr: Annotated[Text, At("OrgnlUETR", "UETR of the payment")] = ""


class OriginalGroup(Group, frozen=True):
    """Which message is asked about."""

    original_message: Annotated[Text, At("OrgnlMsgId", "the message")] = ""
    original_name: Annotated[Text, At("OrgnlMsgNmId", "which message it was")] = ""


class StatusRequest(Message, frozen=True):
    """Asks what became of payments."""

    name: ClassVar[str] = "pacs.028"
    element: ClassVar[str] = "FIToFIPmtStsReq"

    message: Annotated[Text, At("GrpHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("GrpHdr/CreDtTm", "when it was made")] = ""
    instructing: Annotated[Agent | None, At("GrpHdr/InstgAgt", "who asks")] = None
    instructed: Annotated[Agent | None, At("GrpHdr/InstdAgt", "who is asked")] = None
    groups: Annotated[tuple[OriginalGroup, ...], At("OrgnlGrpInf", "messages")] = ()
    items: Annotated[tuple[StatusQuestion, ...], At("TxInf", "payments")] = ()


class Cancellation(Group, frozen=True):
    """Which payment is to be cancelled, or given back if it has settled."""

    request: Annotated[Text, At("CxlId", "reference of the wish")] = ""
    original_message: Annotated[Text, At("OrgnlGrpInf/OrgnlMsgId", "message of the payment")] = ""
    original_name: Annotated[Text, At("OrgnlGrpInf/OrgnlMsgNmId", "which message that was")] = ""
    instruction: Annotated[Text, At("OrgnlInstrId", "InstrId of the payment")] = ""
    end_to_end: Annotated[Text, At("OrgnlEndToEndId", "EndToEndId of the payment")] = ""
    transaction: Annotated[Text, At("OrgnlTxId", "TxId of the payment")] = ""
    uetr: Annotated[Text, At("OrgnlUETR", "UETR of the payment")] = ""
    amount: Annotated[Money, At("OrgnlIntrBkSttlmAmt", "amount of the payment")] = Money()
    date: Annotated[Text, At("OrgnlIntrBkSttlmDt", "date of the payment")] = ""
    reasons: Annotated[tuple[Reason, ...], At("CxlRsnInf", "why")] = ()


class Underlying(Group, frozen=True):
    """Payments of one message that are to be cancelled."""

    group: Annotated[Text, At("OrgnlGrpInfAndCxl/GrpCxlId", "reference of the wish for a whole message")] = ""
    original_message: Annotated[Text, At("OrgnlGrpInfAndCxl/OrgnlMsgId", "the message")] = ""
    original_name: Annotated[Text, At("OrgnlGrpInfAndCxl/OrgnlMsgNmId", "which message it was")] = ""
    whole: Annotated[Text, At("OrgnlGrpInfAndCxl/GrpCxl", "true if all of it is to be cancelled")] = ""
    items: Annotated[tuple[Cancellation, ...], At("TxInf", "payments")] = ()


class CancellationRequest(Message, frozen=True):
    """Asks for payments to be cancelled."""

    name: ClassVar[str] = "camt.056"
    element: ClassVar[str] = "FIToFIPmtCxlReq"

    message: Annotated[Text, At("Assgnmt/Id", "reference of the message")] = ""
    assigner: Annotated[Agent | None, At("Assgnmt/Assgnr/Agt", "who asks")] = None
    assignee: Annotated[Agent | None, At("Assgnmt/Assgne/Agt", "who is asked")] = None
    created: Annotated[Text, At("Assgnmt/CreDtTm", "when it was made")] = ""
    case: Annotated[Text, At("Case/Id", "reference of the case")] = ""
    count: Annotated[Text, At("CtrlData/NbOfTxs", "number of payments")] = ""
    underlying: Annotated[tuple[Underlying, ...], At("Undrlyg", "payments by message")] = ()


class CancellationReason(Group, frozen=True):
    """Why a cancellation was refused."""

    code: Annotated[Text, At("Rsn/Cd", "code of the external list")] = ""
    own: Annotated[Text, At("Rsn/Prtry", "code of our own, where the list has none")] = ""
    lines: Annotated[tuple[Text, ...], At("AddtlInf", "in words")] = ()


class CancellationOutcome(Group, frozen=True):
    """What became of one cancellation."""

    status_id: Annotated[Text, At("CxlStsId", "CxlId of the wish")] = ""
    original_message: Annotated[Text, At("OrgnlGrpInf/OrgnlMsgId", "message of the payment")] = ""
    original_name: Annotated[Text, At("OrgnlGrpInf/OrgnlMsgNmId", "which message that was")] = ""
    instruction: Annotated[Text, At("OrgnlInstrId", "InstrId of the payment")] = ""
    end_to_end: Annotated[Text, At("OrgnlEndToEndId", "EndToEndId of the payment")] = ""
    transaction: Annotated[Text, At("OrgnlTxId", "TxId of the payment")] = ""
    uetr: Annotated[Text, At("OrgnlUETR", "UETR of the payment")] = ""
    status: Annotated[Text, At("TxCxlSts", "ACCR, RJCR or PDCR")] = ""
    reasons: Annotated[tuple[CancellationReason, ...], At("CxlStsRsnInf", "why")] = ()


class CancellationDetails(Group, frozen=True):
    """What became of the cancellations of one message."""

    group: Annotated[Text, At("OrgnlGrpInfAndSts/OrgnlGrpCxlId", "GrpCxlId of the wish for a whole message")] = ""
    original_message: Annotated[Text, At("OrgnlGrpInfAndSts/OrgnlMsgId", "the message, if all of it was meant")] = ""
    original_name: Annotated[Text, At("OrgnlGrpInfAndSts/OrgnlMsgNmId", "which message it was")] = ""
    count: Annotated[Text, At("OrgnlGrpInfAndSts/OrgnlNbOfTxs", "number of its payments that were taken")] = ""
    status: Annotated[Text, At("OrgnlGrpInfAndSts/GrpCxlSts", "ACCR, PACR in part, RJCR or PDCR")] = ""
    items: Annotated[tuple[CancellationOutcome, ...], At("TxInfAndSts", "payments")] = ()


class Resolution(Message, frozen=True):
    """Answers a wish to cancel."""

    name: ClassVar[str] = "camt.029"
    element: ClassVar[str] = "RsltnOfInvstgtn"

    message: Annotated[Text, At("Assgnmt/Id", "reference of the message")] = ""
    assigner: Annotated[Agent | None, At("Assgnmt/Assgnr/Agt", "who answers")] = None
    assignee: Annotated[Agent | None, At("Assgnmt/Assgne/Agt", "who is answered")] = None
    created: Annotated[Text, At("Assgnmt/CreDtTm", "when it was made")] = ""
    case: Annotated[Text, At("RslvdCase/Id", "reference of the case")] = ""
    case_creator: Annotated[Agent | None, At("RslvdCase/Cretr/Agt", "who opened the case")] = None
    status: Annotated[Text, At("Sts/Conf", "CNCL cancelled, RJCR refused, PDCR pending")] = ""
    details: Annotated[tuple[CancellationDetails, ...], At("CxlDtls", "outcomes")] = ()
