"""What stands in accounts: reports (camt.052), statements (camt.053), notices (camt.054), asked for by camt.060."""

from typing import Annotated, ClassVar

from comity.iso20022.messages.parties import Agent, Text
from comity.iso20022.table import At, Group, Message, Money


class Balance(Group, frozen=True):
    """A balance at an instant."""

    kind: Annotated[Text, At("Tp/CdOrPrtry/Cd", "OPBD opening, CLBD closing, ITBD interim")] = ""
    amount: Annotated[Money, At("Amt", "amount, never negative")] = Money()
    side: Annotated[Text, At("CdtDbtInd", "CRDT if the participant holds it, DBIT if it owes it")] = ""
    date: Annotated[Text, At("Dt/Dt", "business date")] = ""
    instant: Annotated[Text, At("Dt/DtTm", "instant, of an interim balance")] = ""


class Entry(Group, frozen=True):
    """What moved on an account, and the payment that moved it."""

    reference: Annotated[Text, At("NtryRef", "number of the entry")] = ""
    amount: Annotated[Money, At("Amt", "amount")] = Money()
    side: Annotated[Text, At("CdtDbtInd", "CRDT in, DBIT out")] = ""
    status: Annotated[Text, At("Sts/Cd", "BOOK booked, PDNG pending")] = ""
    booked: Annotated[Text, At("BookgDt/DtTm", "instant at which it was booked")] = ""
    booked_on: Annotated[Text, At("BookgDt/Dt", "date on which it was booked")] = ""
    value: Annotated[Text, At("ValDt/Dt", "date from which it counts")] = ""
    servicer: Annotated[Text, At("AcctSvcrRef", "our reference")] = ""
    domain: Annotated[Text, At("BkTxCd/Domn/Cd", "PMNT payments")] = ""
    family: Annotated[Text, At("BkTxCd/Domn/Fmly/Cd", "RRCT received, IRCT issued")] = ""
    subfamily: Annotated[Text, At("BkTxCd/Domn/Fmly/SubFmlyCd", "what kind of payment")] = ""
    own_code: Annotated[Text, At("BkTxCd/Prtry/Cd", "how it settled, in our own words")] = ""
    message: Annotated[Text, At("NtryDtls/TxDtls/Refs/MsgId", "MsgId of the payment")] = ""
    instruction: Annotated[Text, At("NtryDtls/TxDtls/Refs/InstrId", "InstrId of the payment")] = ""
    end_to_end: Annotated[Text, At("NtryDtls/TxDtls/Refs/EndToEndId", "EndToEndId of the payment")] = ""
    uetr: Annotated[Text, At("NtryDtls/TxDtls/Refs/UETR", "UETR of the payment")] = ""
    transaction: Annotated[Text, At("NtryDtls/TxDtls/Refs/TxId", "TxId of the payment")] = ""
    debtor: Annotated[Agent | None, At("NtryDtls/TxDtls/RltdAgts/InstgAgt", "who paid")] = None
    creditor: Annotated[Agent | None, At("NtryDtls/TxDtls/RltdAgts/InstdAgt", "who was paid")] = None


class Report(Group, frozen=True):
    """An account as it stands."""

    id: Annotated[Text, At("Id", "reference of the report")] = ""
    created: Annotated[Text, At("CreDtTm", "instant for which it holds")] = ""
    account: Annotated[Text, At("Acct/Id/Othr/Id|Acct/Id/IBAN", "account")] = ""
    currency: Annotated[Text, At("Acct/Ccy", "its currency")] = ""
    owner: Annotated[Text, At("Acct/Ownr/Id/OrgId/AnyBIC", "BIC of its owner")] = ""
    servicer: Annotated[Agent | None, At("Acct/Svcr", "issuer of the currency")] = None
    balances: Annotated[tuple[Balance, ...], At("Bal", "balances")] = ()
    entries: Annotated[tuple[Entry, ...], At("Ntry", "entries")] = ()


class Statement(Group, frozen=True):
    """An account over a business day."""

    id: Annotated[Text, At("Id", "reference of the statement")] = ""
    number: Annotated[Text, At("ElctrncSeqNb", "number of the statement")] = ""
    created: Annotated[Text, At("CreDtTm", "when it was made")] = ""
    first: Annotated[Text, At("FrToDt/FrDtTm", "instant from which it tells")] = ""
    last: Annotated[Text, At("FrToDt/ToDtTm", "instant to which it tells")] = ""
    account: Annotated[Text, At("Acct/Id/Othr/Id|Acct/Id/IBAN", "account")] = ""
    currency: Annotated[Text, At("Acct/Ccy", "its currency")] = ""
    owner: Annotated[Text, At("Acct/Ownr/Id/OrgId/AnyBIC", "BIC of its owner")] = ""
    servicer: Annotated[Agent | None, At("Acct/Svcr", "issuer of the currency")] = None
    balances: Annotated[tuple[Balance, ...], At("Bal", "opening and closing balance")] = ()
    credits: Annotated[Text, At("TxsSummry/TtlCdtNtries/NbOfNtries", "number of entries in")] = ""
    credited: Annotated[Text, At("TxsSummry/TtlCdtNtries/Sum", "their sum")] = ""
    debits: Annotated[Text, At("TxsSummry/TtlDbtNtries/NbOfNtries", "number of entries out")] = ""
    debited: Annotated[Text, At("TxsSummry/TtlDbtNtries/Sum", "their sum")] = ""
    entries: Annotated[tuple[Entry, ...], At("Ntry", "entries")] = ()


class Notice(Group, frozen=True):
    """Entries of an account, told as they are made."""

    id: Annotated[Text, At("Id", "reference of the notification")] = ""
    created: Annotated[Text, At("CreDtTm", "when it was made")] = ""
    account: Annotated[Text, At("Acct/Id/Othr/Id|Acct/Id/IBAN", "account")] = ""
    currency: Annotated[Text, At("Acct/Ccy", "its currency")] = ""
    owner: Annotated[Text, At("Acct/Ownr/Id/OrgId/AnyBIC", "BIC of its owner")] = ""
    servicer: Annotated[Agent | None, At("Acct/Svcr", "issuer of the currency")] = None
    entries: Annotated[tuple[Entry, ...], At("Ntry", "entries")] = ()


class Reports(Message, frozen=True):
    """Accounts during the day."""

    name: ClassVar[str] = "camt.052"
    element: ClassVar[str] = "BkToCstmrAcctRpt"

    message: Annotated[Text, At("GrpHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("GrpHdr/CreDtTm", "when it was made")] = ""
    question: Annotated[Text, At("GrpHdr/OrgnlBizQry/MsgId", "MsgId of the camt.060 that asked")] = ""
    reports: Annotated[tuple[Report, ...], At("Rpt", "accounts")] = ()


class Statements(Message, frozen=True):
    """Accounts over a day."""

    name: ClassVar[str] = "camt.053"
    element: ClassVar[str] = "BkToCstmrStmt"

    message: Annotated[Text, At("GrpHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("GrpHdr/CreDtTm", "when it was made")] = ""
    question: Annotated[Text, At("GrpHdr/OrgnlBizQry/MsgId", "MsgId of the camt.060 that asked")] = ""
    statements: Annotated[tuple[Statement, ...], At("Stmt", "accounts")] = ()


class Notices(Message, frozen=True):
    """Entries as they are made."""

    name: ClassVar[str] = "camt.054"
    element: ClassVar[str] = "BkToCstmrDbtCdtNtfctn"

    message: Annotated[Text, At("GrpHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("GrpHdr/CreDtTm", "when it was made")] = ""
    notices: Annotated[tuple[Notice, ...], At("Ntfctn", "accounts")] = ()


class Wanted(Group, frozen=True):
    """One report that is asked for."""

    id: Annotated[Text, At("Id", "reference of the question")] = ""
    report: Annotated[Text, At("ReqdMsgNmId", "camt.052, camt.053 or camt.054, perhaps with a version")] = ""
    account: Annotated[Text, At("Acct/Id/Othr/Id|Acct/Id/IBAN", "account")] = ""
    currency: Annotated[Text, At("Acct/Ccy", "its currency")] = ""
    owner: Annotated[Text, At("AcctOwnr/Agt/FinInstnId/BICFI", "BIC of the owner")] = ""
    first: Annotated[Text, At("RptgPrd/FrToDt/FrDt", "first date")] = ""
    last: Annotated[Text, At("RptgPrd/FrToDt/ToDt", "last date")] = ""
    period: Annotated[Text, At("RptgPrd/Tp", "ALLL: all of it, which is what is told")] = ""


class ReportRequest(Message, frozen=True):
    """Asks for accounts."""

    name: ClassVar[str] = "camt.060"
    element: ClassVar[str] = "AcctRptgReq"

    message: Annotated[Text, At("GrpHdr/MsgId", "reference of the message")] = ""
    created: Annotated[Text, At("GrpHdr/CreDtTm", "when it was made")] = ""
    items: Annotated[tuple[Wanted, ...], At("RptgReq", "reports")] = ()
