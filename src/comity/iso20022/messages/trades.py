"""Trades of two currencies that settle payment versus payment.

They are entered (fxtr.014), amended (fxtr.015) and cancelled (fxtr.016), and it is told how they stand (fxtr.008,
fxtr.017).
"""

from typing import Annotated, ClassVar

from comity.iso20022.messages.parties import Text
from comity.iso20022.table import At, Group, Message, Money


class TradeParties(Group, frozen=True):
    """One side of a trade."""

    submitting: Annotated[Text, At("SubmitgPty/AnyBIC/AnyBIC|SubmitgPty/PtyId/AnyBIC/AnyBIC", "who enters it")] = ""
    party: Annotated[Text, At("TradPty/AnyBIC/AnyBIC|TradPty/PtyId/AnyBIC/AnyBIC", "who trades, if another")] = ""

    @property
    def code(self) -> str:
        """Whose accounts the trade settles on."""
        return self.party or self.submitting


class Trade(Message, frozen=True):
    """Enters one side of a trade."""

    name: ClassVar[str] = "fxtr.014"
    element: ClassVar[str] = "FXTradInstr"

    traded: Annotated[Text, At("TradInf/TradDt", "date of the trade")] = ""
    reference: Annotated[Text, At("TradInf/OrgtrRef", "reference of this side")] = ""
    common: Annotated[Text, At("TradInf/CmonRef", "reference that both sides know")] = ""
    against_payment: Annotated[Text, At("TradInf/PmtVrssPmtInd", "true: payment versus payment")] = ""
    trading: Annotated[TradeParties | None, At("TradgSdId", "this side")] = None
    counterparty: Annotated[TradeParties | None, At("CtrPtySdId", "the other side")] = None
    bought: Annotated[Money, At("TradAmts/TradgSdBuyAmt/Amt", "what this side gets")] = Money()
    sold: Annotated[Money, At("TradAmts/TradgSdSellAmt/Amt", "what this side pays")] = Money()
    date: Annotated[Text, At("TradAmts/SttlmDt", "business date")] = ""
    rate: Annotated[Text, At("AgrdRate/XchgRate", "rate agreed")] = ""
    unit: Annotated[Text, At("AgrdRate/UnitCcy", "currency of which one unit costs the rate")] = ""
    quoted: Annotated[Text, At("AgrdRate/QtdCcy", "currency in which it costs that")] = ""


class TradeAmendment(Message, frozen=True):
    """Replaces one side of a trade that is not yet matched."""

    name: ClassVar[str] = "fxtr.015"
    element: ClassVar[str] = "FXTradInstrAmdmnt"

    traded: Annotated[Text, At("TradInf/TradDt", "date of the trade")] = ""
    reference: Annotated[Text, At("TradInf/OrgtrRef", "reference of this side")] = ""
    matching: Annotated[Text, At("TradInf/MtchgSysRef/MtchgSysUnqRef", "our reference of the trade")] = ""
    amended: Annotated[Text, At("TradInf/MtchgSysRef/RltdRef", "OrgtrRef of what is replaced")] = ""
    common: Annotated[Text, At("TradInf/CmonRef", "reference that both sides know")] = ""
    against_payment: Annotated[Text, At("TradInf/PmtVrssPmtInd", "true: payment versus payment")] = ""
    trading: Annotated[TradeParties | None, At("TradgSdId", "this side")] = None
    counterparty: Annotated[TradeParties | None, At("CtrPtySdId", "the other side")] = None
    bought: Annotated[Money, At("TradAmts/TradgSdBuyAmt/Amt", "what this side gets")] = Money()
    sold: Annotated[Money, At("TradAmts/TradgSdSellAmt/Amt", "what this side pays")] = Money()
    date: Annotated[Text, At("TradAmts/SttlmDt", "business date")] = ""
    rate: Annotated[Text, At("AgrdRate/XchgRate", "rate agreed")] = ""


class TradeCancellation(Message, frozen=True):
    """Withdraws one side of a trade."""

    name: ClassVar[str] = "fxtr.016"
    element: ClassVar[str] = "FXTradInstrCxl"

    traded: Annotated[Text, At("TradInf/TradDt", "date of the trade")] = ""
    reference: Annotated[Text, At("TradInf/OrgtrRef", "reference of the wish")] = ""
    matching: Annotated[Text, At("TradInf/MtchgSysRef/MtchgSysUnqRef", "our reference of the trade")] = ""
    cancelled: Annotated[Text, At("TradInf/MtchgSysRef/RltdRef", "OrgtrRef of what is withdrawn")] = ""
    reason: Annotated[Text, At("TradInf/AmdOrCclRsn", "why")] = ""
    trading: Annotated[TradeParties | None, At("TradgSdId", "this side")] = None
    counterparty: Annotated[TradeParties | None, At("CtrPtySdId", "the other side")] = None
    bought: Annotated[Money, At("TradAmts/TradgSdBuyAmt/Amt", "what this side was to get")] = Money()
    sold: Annotated[Money, At("TradAmts/TradgSdSellAmt/Amt", "what this side was to pay")] = Money()
    date: Annotated[Text, At("TradAmts/SttlmDt", "business date")] = ""


class TradeStatus(Message, frozen=True):
    """Says how a trade stands."""

    name: ClassVar[str] = "fxtr.008"
    element: ClassVar[str] = "FXTradStsNtfctn"

    message: Annotated[Text, At("TradData/MsgId", "reference of the message")] = ""
    reference: Annotated[Text, At("TradData/OrgtrRef", "OrgtrRef of the side that is told")] = ""
    matching: Annotated[Text, At("TradData/MtchgSysUnqRef", "our reference of the trade")] = ""
    status: Annotated[Text, At("TradData/CurSts/StsCd/Cd", "UMTC waits, FMTC matched, STLD, RJCT, RSCD cancelled")] = ""
    own: Annotated[
        Text, At("TradData/CurSts/StsCd/Prtry", "PCAN the other side has to agree to cancel it, NONE there is none")
    ] = ""
    why: Annotated[Text, At("TradData/CurSts/SubStsCd", "why it is not otherwise: code of the external list")] = ""
    instant: Annotated[Text, At("TradData/CurStsDtTm", "since when")] = ""


class TradeDetails(Message, frozen=True):
    """Says how a trade stands, and what it is."""

    name: ClassVar[str] = "fxtr.017"
    element: ClassVar[str] = "FXTradStsAndDtlsNtfctn"

    matching: Annotated[Text, At("StsDtls/MtchgSysUnqRef", "our reference of the trade")] = ""
    status: Annotated[Text, At("StsDtls/CurSts/StsCd/Cd", "UMTC waits, FMTC matched, STLD, RJCT, RSCD cancelled")] = ""
    own: Annotated[Text, At("StsDtls/CurSts/StsCd/Prtry", "status of our own, where the list has none")] = ""
    instant: Annotated[Text, At("StsDtls/CurStsDtTm", "since when")] = ""
    traded: Annotated[Text, At("TradInf/TradDt", "date of the trade")] = ""
    message: Annotated[Text, At("TradInf/MsgId", "reference of the message")] = ""
    reference: Annotated[Text, At("TradInf/OrgtrRef", "OrgtrRef of the side that is told")] = ""
    common: Annotated[Text, At("TradInf/CmonRef", "reference that both sides know")] = ""
    split: Annotated[Text, At("TradInf/SpltTradInd", "always false: trades are not split")] = ""
    against_payment: Annotated[Text, At("TradInf/PmtVrssPmtInd", "true: payment versus payment")] = ""
    trading: Annotated[TradeParties | None, At("TradgSdId", "the side that is told")] = None
    counterparty: Annotated[TradeParties | None, At("CtrPtySdId", "the other side")] = None
    bought: Annotated[Money, At("TradAmts/TradgSdBuyAmt/Amt", "what the side gets")] = Money()
    sold: Annotated[Money, At("TradAmts/TradgSdSellAmt/Amt", "what the side pays")] = Money()
    date: Annotated[Text, At("TradAmts/SttlmDt", "business date")] = ""
    rate: Annotated[Text, At("AgrdRate/XchgRate", "rate agreed")] = ""
