"""Messages about messages: refused (admi.002), received (admi.007), and events of the system (admi.004)."""

from typing import Annotated, ClassVar

from comity.iso20022.messages.parties import Text
from comity.iso20022.table import At, Group, Message


class Rejection(Message, frozen=True):
    """Says that a message was not taken."""

    name: ClassVar[str] = "admi.002"
    element: ClassVar[str] = "admi.002.001.01"

    reference: Annotated[
        Text, At("RltdRef/Ref", "BizMsgIdr or MsgId of the message, NOTPROVIDED if none was found")
    ] = ""
    code: Annotated[Text, At("Rsn/RjctgPtyRsn", "what is wrong: a code of refusals or the id of a rule")] = ""
    instant: Annotated[Text, At("Rsn/RjctnDtTm", "when it was refused")] = ""
    place: Annotated[Text, At("Rsn/ErrLctn", "element at which it is wrong")] = ""
    words: Annotated[Text, At("Rsn/RsnDesc", "in words")] = ""
    data: Annotated[Text, At("Rsn/AddtlData", "every fault, one to a line")] = ""


class SystemEvent(Message, frozen=True):
    """Tells an event of the system: a phase, a delay, a suspension."""

    name: ClassVar[str] = "admi.004"
    element: ClassVar[str] = "SysEvtNtfctn"

    code: Annotated[Text, At("EvtInf/EvtCd", "code of the event")] = ""
    parameters: Annotated[tuple[Text, ...], At("EvtInf/EvtParam", "what it is about: date, currency, phase")] = ()
    words: Annotated[Text, At("EvtInf/EvtDesc", "in words")] = ""
    instant: Annotated[Text, At("EvtInf/EvtTm", "when it happened")] = ""


class Acknowledged(Group, frozen=True):
    """One message that was received."""

    original_message: Annotated[Text, At("RltdRef/Ref", "BizMsgIdr or MsgId of the message")] = ""
    original_name: Annotated[Text, At("RltdRef/MsgNm", "which message it was")] = ""
    status: Annotated[Text, At("ReqHdlg/StsCd", "code of what became of it")] = ""
    instant: Annotated[Text, At("ReqHdlg/StsDtTm", "when")] = ""
    words: Annotated[Text, At("ReqHdlg/Desc", "in words")] = ""


class Acknowledgement(Message, frozen=True):
    """Says that messages were received."""

    name: ClassVar[str] = "admi.007"
    element: ClassVar[str] = "RctAck"

    message: Annotated[Text, At("MsgId/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("MsgId/CreDtTm", "when it was made")] = ""
    items: Annotated[tuple[Acknowledged, ...], At("Rpt", "messages")] = ()
