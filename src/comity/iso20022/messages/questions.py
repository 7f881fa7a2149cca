"""Questions to the system and its answers.

They are about accounts (camt.003, 004), payments (camt.005, 006), limits (camt.009, 010), the business day
(camt.018, 019) and reservations (camt.046, 047).
"""

from typing import Annotated, ClassVar

from comity.iso20022.messages.parties import Agent, Text
from comity.iso20022.table import At, Group, Message, Money


class AccountCriteria(Group, frozen=True):
    """Which accounts are asked about."""

    accounts: Annotated[tuple[Text, ...], At("AcctId/EQ/Othr/Id|AcctId/EQ/IBAN", "accounts")] = ()
    currencies: Annotated[tuple[Text, ...], At("Ccy", "currencies")] = ()


class AccountQuestion(Message, frozen=True):
    """Asks how accounts stand."""

    name: ClassVar[str] = "camt.003"
    element: ClassVar[str] = "GetAcct"

    message: Annotated[Text, At("MsgHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("MsgHdr/CreDtTm", "when it was made")] = ""
    criteria: Annotated[tuple[AccountCriteria, ...], At("AcctQryDef/AcctCrit/NewCrit/SchCrit", "which; none: all")] = ()


class AccountBalance(Group, frozen=True):
    """A balance of an account, or what waits."""

    amount: Annotated[Text, At("Amt", "decimal text, never negative")] = ""
    side: Annotated[Text, At("CdtDbtInd", "CRDT or DBIT")] = ""
    kind: Annotated[Text, At("Tp/Cd", "OPNG opening, CRRT current, AVLB available, BLCK blocked, PDNG waiting")] = ""
    own: Annotated[Text, At("Tp/Prtry", "CREDIT_LIMIT: how far below zero it may be")] = ""
    status: Annotated[Text, At("Sts", "STLD settled, PDNG waiting")] = ""
    count: Annotated[Text, At("NbOfPmts", "number of payments in it")] = ""


class BusinessError(Group, frozen=True):
    """Why something that was asked for is not told."""

    code: Annotated[Text, At("Err/Cd", "code of the external list")] = ""
    own: Annotated[Text, At("Err/Prtry", "code of our own")] = ""
    words: Annotated[Text, At("Desc", "in words")] = ""


class AccountStanding(Group, frozen=True):
    """How one account stands."""

    account: Annotated[Text, At("AcctId/Othr/Id|AcctId/IBAN", "account")] = ""
    currency: Annotated[Text, At("AcctOrErr/Acct/Ccy", "its currency")] = ""
    servicer: Annotated[Agent | None, At("AcctOrErr/Acct/Svcr", "issuer of the currency")] = None
    balances: Annotated[tuple[AccountBalance, ...], At("AcctOrErr/Acct/MulBal", "balances")] = ()
    errors: Annotated[tuple[BusinessError, ...], At("AcctOrErr/BizErr", "why it is not told")] = ()


class AccountAnswer(Message, frozen=True):
    """Tells how accounts stand."""

    name: ClassVar[str] = "camt.004"
    element: ClassVar[str] = "RtrAcct"

    message: Annotated[Text, At("MsgHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("MsgHdr/CreDtTm", "when it was made")] = ""
    question: Annotated[Text, At("MsgHdr/OrgnlBizQry/MsgId", "MsgId of the question")] = ""
    accounts: Annotated[tuple[AccountStanding, ...], At("RptOrErr/AcctRpt", "accounts")] = ()
    errors: Annotated[tuple[BusinessError, ...], At("RptOrErr/OprlErr", "why nothing is told")] = ()


class PaymentCriteria(Group, frozen=True):
    """Which payments are asked about."""

    messages: Annotated[tuple[Text, ...], At("PmtSch/MsgId", "MsgId of payments")] = ()
    waiting: Annotated[tuple[Text, ...], At("PmtSch/Sts/PmtInstrSts/PdgSts", "states that wait")] = ()
    final: Annotated[tuple[Text, ...], At("PmtSch/Sts/PmtInstrSts/FnlSts", "final states")] = ()
    either: Annotated[tuple[Text, ...], At("PmtSch/Sts/PmtInstrSts/PdgAndFnlSts", "PDNG any that waits, FINL any")] = ()
    transactions: Annotated[tuple[Text, ...], At("PmtSch/TxId|PmtSch/PmtId/TxId", "id of payments")] = ()
    uetrs: Annotated[tuple[Text, ...], At("PmtSch/UETR|PmtSch/PmtId/UETR", "UETR of payments")] = ()
    dates: Annotated[tuple[Text, ...], At("PmtSch/IntrBkSttlmDt", "business dates")] = ()
    end_to_ends: Annotated[tuple[Text, ...], At("PmtSch/EndToEndId", "EndToEndId of payments")] = ()


class PaymentQuestion(Message, frozen=True):
    """Asks how payments stand."""

    name: ClassVar[str] = "camt.005"
    element: ClassVar[str] = "GetTx"

    message: Annotated[Text, At("MsgHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("MsgHdr/CreDtTm", "when it was made")] = ""
    criteria: Annotated[tuple[PaymentCriteria, ...], At("TxQryDef/TxCrit/NewCrit/SchCrit", "which; none: all")] = ()


class PaymentState(Group, frozen=True):
    """A state that a payment is in."""

    waiting: Annotated[Text, At("Cd/Pdg", "code of a state that waits")] = ""
    final: Annotated[Text, At("Cd/Fnl", "code of a final state")] = ""
    own: Annotated[Text, At("Cd/Prtry", "state of our own, where the lists have none")] = ""
    instant: Annotated[Text, At("DtTm/DtTm", "since when")] = ""
    reasons: Annotated[tuple[Text, ...], At("Rsn/Prtry", "codes of reasons")] = ()


class PaymentStanding(Group, frozen=True):
    """How one payment stands."""

    uetr: Annotated[Text, At("PmtId/UETR", "UETR of the payment")] = ""
    reference: Annotated[Text, At("PmtId/PrtryId", "id of the payment, where it has no UETR")] = ""
    side: Annotated[Text, At("TxOrErr/Tx/CdtDbtInd", "CRDT in, DBIT out")] = ""
    message: Annotated[Text, At("TxOrErr/Tx/Pmt/MsgId", "MsgId of the payment")] = ""
    states: Annotated[tuple[PaymentState, ...], At("TxOrErr/Tx/Pmt/Sts", "its state")] = ()
    amount: Annotated[Money, At("TxOrErr/Tx/Pmt/IntrBkSttlmAmt/AmtWthCcy", "amount")] = Money()
    priority: Annotated[Text, At("TxOrErr/Tx/Pmt/Prty/Cd", "URGT, HIGH or NORM")] = ""
    transaction: Annotated[Text, At("TxOrErr/Tx/Pmt/TxId", "TxId of the payment")] = ""
    date: Annotated[Text, At("TxOrErr/Tx/Pmt/IntrBkSttlmDt", "business date")] = ""
    end_to_end: Annotated[Text, At("TxOrErr/Tx/Pmt/EndToEndId", "EndToEndId of the payment")] = ""
    errors: Annotated[tuple[BusinessError, ...], At("TxOrErr/BizErr", "why it is not told")] = ()


class PaymentAnswer(Message, frozen=True):
    """Tells how payments stand."""

    name: ClassVar[str] = "camt.006"
    element: ClassVar[str] = "RtrTx"

    message: Annotated[Text, At("MsgHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("MsgHdr/CreDtTm", "when it was made")] = ""
    question: Annotated[Text, At("MsgHdr/OrgnlBizQry/MsgId", "MsgId of the question")] = ""
    payments: Annotated[tuple[PaymentStanding, ...], At("RptOrErr/BizRpt/TxRpt", "payments")] = ()
    errors: Annotated[tuple[BusinessError, ...], At("RptOrErr/OprlErr", "why nothing is told")] = ()


class LimitCriteria(Group, frozen=True):
    """Which limits are asked about."""

    counterparties: Annotated[
        tuple[Text, ...],
        At(
            "BilLmtCtrPtyId/FinInstnId/BICFI|BilLmtCtrPtyId/FinInstnId/ClrSysMmbId/MmbId",
            "the other side of bilateral limits",
        ),
    ] = ()
    kinds: Annotated[tuple[Text, ...], At("CurLmtTp/Cd", "BILI bilateral, MULT multilateral")] = ()
    account: Annotated[Text, At("AcctId/Othr/Id|AcctId/IBAN", "account")] = ""
    currency: Annotated[Text, At("LmtCcy", "currency")] = ""


class LimitQuestion(Message, frozen=True):
    """Asks which limits are set."""

    name: ClassVar[str] = "camt.009"
    element: ClassVar[str] = "GetLmt"

    message: Annotated[Text, At("MsgHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("MsgHdr/CreDtTm", "when it was made")] = ""
    criteria: Annotated[tuple[LimitCriteria, ...], At("LmtQryDef/LmtCrit/NewCrit/SchCrit", "which; none: all")] = ()


class LimitStanding(Group, frozen=True):
    """One limit, how far it is used."""

    counterparty: Annotated[Agent | None, At("LmtId/BilLmtCtrPtyId", "the other side of a bilateral limit")] = None
    kind: Annotated[Text, At("LmtId/Tp/Cd", "BILI bilateral, MULT multilateral")] = ""
    account: Annotated[Text, At("LmtId/AcctId/Othr/Id|LmtId/AcctId/IBAN", "account")] = ""
    amount: Annotated[Money, At("LmtOrErr/Lmt/Amt/AmtWthCcy", "limit")] = Money()
    status: Annotated[Text, At("LmtOrErr/Lmt/Sts", "ENAB in force")] = ""
    used: Annotated[Money, At("LmtOrErr/Lmt/UsdAmt/AmtWthCcy", "how much of it is used")] = Money()
    used_side: Annotated[Text, At("LmtOrErr/Lmt/UsdAmtCdtDbtInd", "DBIT used, CRDT more came in than went out")] = ""
    remaining: Annotated[Money, At("LmtOrErr/Lmt/RmngAmt/AmtWthCcy", "room that it leaves")] = Money()


class LimitAnswer(Message, frozen=True):
    """Tells which limits are set."""

    name: ClassVar[str] = "camt.010"
    element: ClassVar[str] = "RtrLmt"

    message: Annotated[Text, At("MsgHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("MsgHdr/CreDtTm", "when it was made")] = ""
    question: Annotated[Text, At("MsgHdr/OrgnlBizQry/MsgId", "MsgId of the question")] = ""
    limits: Annotated[tuple[LimitStanding, ...], At("RptOrErr/BizRpt/CurLmt", "limits")] = ()
    errors: Annotated[tuple[BusinessError, ...], At("RptOrErr/OprlErr", "why nothing is told")] = ()


class DayCriteria(Group, frozen=True):
    """Which day is asked about."""

    date: Annotated[Text, At("SysDt", "business date")] = ""
    currencies: Annotated[tuple[Text, ...], At("SysCcy", "currencies")] = ()


class DayQuestion(Message, frozen=True):
    """Asks how the business day runs."""

    name: ClassVar[str] = "camt.018"
    element: ClassVar[str] = "GetBizDayInf"

    message: Annotated[Text, At("MsgHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("MsgHdr/CreDtTm", "when it was made")] = ""
    criteria: Annotated[tuple[DayCriteria, ...], At("BizDayInfQryDef/Crit/NewCrit/SchCrit", "which; none: today")] = ()


class DayEvent(Group, frozen=True):
    """One event of the day."""

    code: Annotated[Text, At("Tp/Cd", "code of the external list")] = ""
    own: Annotated[Text, At("Tp/Prtry/Id", "phase of the day")] = ""
    scheduled: Annotated[Text, At("SchdldTm", "when it is due")] = ""
    happened: Annotated[Text, At("FctvTm", "when it happened")] = ""


class Closure(Group, frozen=True):
    """A time without settlement."""

    first: Annotated[Text, At("Prd/DtTmRg/FrDtTm", "from")] = ""
    last: Annotated[Text, At("Prd/DtTmRg/ToDtTm", "to")] = ""
    code: Annotated[Text, At("Rsn/Cd", "BHOL holiday, NOOP not in operation")] = ""


class DayOfCurrency(Group, frozen=True):
    """The day of one currency."""

    currency: Annotated[Text, At("SysCcy", "currency")] = ""
    opens: Annotated[Text, At("SsnPrd/FrTm", "time at which it opens")] = ""
    closes: Annotated[Text, At("SsnPrd/ToTm", "time at which it closes")] = ""
    events: Annotated[tuple[DayEvent, ...], At("Evt", "phases")] = ()
    closures: Annotated[tuple[Closure, ...], At("ClsrInf", "times without settlement")] = ()


class DayStanding(Group, frozen=True):
    """The day of the union."""

    system: Annotated[Text, At("SysId/MktInfrstrctrId/Prtry", "the union")] = ""
    date: Annotated[Text, At("BizDayOrErr/BizDayInf/SysDt/Dt", "business date")] = ""
    status: Annotated[Text, At("BizDayOrErr/BizDayInf/SysSts/Sts/Cd", "ACTV open, CLSG closes, CLSD closed")] = ""
    currencies: Annotated[tuple[DayOfCurrency, ...], At("BizDayOrErr/BizDayInf/SysInfPerCcy", "currencies")] = ()


class DayAnswer(Message, frozen=True):
    """Tells how the business day runs; once a day, to everybody, it is the calendar."""

    name: ClassVar[str] = "camt.019"
    element: ClassVar[str] = "RtrBizDayInf"

    message: Annotated[Text, At("MsgHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("MsgHdr/CreDtTm", "when it was made")] = ""
    question: Annotated[Text, At("MsgHdr/OrgnlBizQry/MsgId", "MsgId of the question")] = ""
    days: Annotated[tuple[DayStanding, ...], At("RptOrErr/BizRpt", "the day")] = ()
    errors: Annotated[tuple[BusinessError, ...], At("RptOrErr/OprlErr", "why nothing is told")] = ()


class ReservationCriteria(Group, frozen=True):
    """Which reservations are asked about."""

    kinds: Annotated[tuple[Text, ...], At("CurRsvatnTp/Cd", "UPAR urgent, HPAR high")] = ()
    account: Annotated[Text, At("AcctId/Othr/Id|AcctId/IBAN", "account")] = ""


class ReservationQuestion(Message, frozen=True):
    """Asks what is reserved."""

    name: ClassVar[str] = "camt.046"
    element: ClassVar[str] = "GetRsvatn"

    message: Annotated[Text, At("MsgHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("MsgHdr/CreDtTm", "when it was made")] = ""
    criteria: Annotated[
        tuple[ReservationCriteria, ...], At("RsvatnQryDef/RsvatnCrit/NewCrit/SchCrit", "which; none: all")
    ] = ()


class ReservationStanding(Group, frozen=True):
    """One reservation."""

    kind: Annotated[Text, At("RsvatnId/Tp/Cd", "UPAR urgent, HPAR high")] = ""
    account: Annotated[Text, At("RsvatnId/AcctId/Othr/Id|RsvatnId/AcctId/IBAN", "account")] = ""
    amount: Annotated[Money, At("RsvatnOrErr/Rsvatn/Amt/AmtWthCcy", "amount")] = Money()
    status: Annotated[Text, At("RsvatnOrErr/Rsvatn/Sts/Cd", "ENAB in force")] = ""


class ReservationAnswer(Message, frozen=True):
    """Tells what is reserved."""

    name: ClassVar[str] = "camt.047"
    element: ClassVar[str] = "RtrRsvatn"

    message: Annotated[Text, At("MsgHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("MsgHdr/CreDtTm", "when it was made")] = ""
    question: Annotated[Text, At("MsgHdr/OrgnlBizQry/MsgId", "MsgId of the question")] = ""
    reservations: Annotated[tuple[ReservationStanding, ...], At("RptOrErr/BizRpt/CurRsvatn", "reservations")] = ()
    errors: Annotated[tuple[BusinessError, ...], At("RptOrErr/OprlErr", "why nothing is told")] = ()
