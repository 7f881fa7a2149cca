"""The state of an instruction, and the reason for it.

Every instruction has exactly one `State`; a final state never changes. A
refusal is a `Reason` in a result, never an exception. Checks run in the order
in which `Reason` lists its members: the first that fails names the outcome.

States that wait carry ISO 20022 pending codes (ExternalStatusReason, sese.024
for SMLR, RMLR and SRBL); WHSD (warehoused) is ours. Reasons carry the code of
the ISO external status-reason list that pacs.002 reports at the edge.
"""

from enum import IntEnum


class State(IntEnum):
    """State of an instruction: below 16 it waits, from 16 on it is final."""

    NONE = 0
    PSTL = 1
    """Waits for money, or behind an item that waits for money."""
    SMLR = 2
    """Has money; the sender's multilateral limit leaves no room."""
    RMLR = 3
    """Has money; the receiver's holding cap leaves no room."""
    SRBL = 4
    """Has money; a bilateral limit or a corridor cap leaves no room."""
    UMAC = 5
    """A PvP without its counterpart, or a linked set not yet complete."""
    SSPD = 6
    """Held: by screening, by a suspension or by a closed corridor."""
    WHSD = 7
    """Warehoused: its date or its earliest instant lies ahead."""
    PCAN = 8
    """A cancellation was asked for that the other party must agree to."""
    STLD = 16
    """Settled: final and irrevocable."""
    RJTD = 17
    """Rejected: it never settled."""
    CAND = 18
    """Cancelled by its sender."""

    @property
    def is_final(self) -> bool:
        """Whether the state can no longer change."""
        return self >= State.STLD


class Reason(IntEnum):
    """Why an instruction was refused or rejected, in order of precedence."""

    NONE = 0
    DATE_OUTSIDE_WINDOW = 1
    """Business date too far back or ahead: refused before the id is looked up."""
    DUPLICATE = 2
    """Same id (or UETR) as an instruction of other content."""
    CLOSED = 3
    """The business day takes no instructions of this kind now."""
    DEBTOR_ACCOUNT = 4
    """The debtor has no such account, or it is closed to debits."""
    CREDITOR_ACCOUNT = 5
    """The creditor has no such account, or it is closed to credits."""
    ACCOUNT_BLOCKED = 6
    """A party is suspended or withdrawn."""
    AMOUNT_NOT_POSITIVE = 7
    """The amount is zero or negative."""
    AMOUNT_TOO_LARGE = 8
    """The amount, or what waits of the currency with it, exceeds the bound."""
    CURRENCY = 9
    """Debtor's and creditor's accounts are in different currencies, or it is closed."""
    CORRIDOR = 10
    """No agreement opens this service in this currency between the members."""
    LATE = 11
    """After the cut-off or the latest instant of the instruction."""
    REGULATORY = 12
    """Refused by screening or by a competent authority."""
    INVALID = 13
    """The command does not apply to what it names."""
    UNKNOWN = 14
    """What the command names does not exist."""
    NOT_AUTHORISED = 15
    """The sender may not give this command."""
    FUNDS = 16
    """Not enough money by cut-off."""
    LIMIT = 17
    """A limit or cap left no room by cut-off."""
    PARTNER = 18
    """The other leg of the PvP, or a member of the linked set, failed."""
    UNMATCHED = 19
    """No counterpart was entered by cut-off."""
    INCOMPLETE = 20
    """The linked set did not get all its members by cut-off."""
    HELD = 21
    """Still held at cut-off."""
    CLOSED_BY_OPERATOR = 22
    """The corridor, currency or participant was closed."""
    NOT_WAITING = 23
    """A proposal: nothing of it still waits."""
    EXPIRED = 24
    """A conversion order: its auction, or its last date, is over."""
    LOT = 25
    """A conversion order: an amount of it is no multiple of the lot of its pair."""
    TICK = 26
    """A conversion order: its limit is no multiple of the tick of its pair."""

    @property
    def code(self) -> str:
        """Code of ISO 20022's external status-reason list; empty for NONE."""
        return _CODES[self]

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed later without being changed."""
        return self in _TRANSIENT


_CODES = {
    Reason.NONE: "",
    Reason.DATE_OUTSIDE_WINDOW: "DT01",
    Reason.DUPLICATE: "AM05",
    Reason.CLOSED: "TM01",
    Reason.DEBTOR_ACCOUNT: "AC04",
    Reason.CREDITOR_ACCOUNT: "AC03",
    Reason.ACCOUNT_BLOCKED: "AC06",
    Reason.AMOUNT_NOT_POSITIVE: "AM02",
    Reason.AMOUNT_TOO_LARGE: "AM12",
    Reason.CURRENCY: "AM03",
    Reason.CORRIDOR: "AG01",
    Reason.LATE: "TM01",
    Reason.REGULATORY: "RR04",
    Reason.INVALID: "NARR",
    Reason.UNKNOWN: "NOOR",
    Reason.NOT_AUTHORISED: "AG01",
    Reason.FUNDS: "AM04",
    Reason.LIMIT: "AM21",
    Reason.PARTNER: "ED05",
    Reason.UNMATCHED: "ED05",
    Reason.INCOMPLETE: "ED05",
    Reason.HELD: "RR04",
    Reason.CLOSED_BY_OPERATOR: "AG01",
    Reason.NOT_WAITING: "NARR",
    Reason.EXPIRED: "TM01",
    Reason.LOT: "AM09",
    Reason.TICK: "NARR",
}

_TRANSIENT = frozenset(
    {
        Reason.CLOSED,
        Reason.ACCOUNT_BLOCKED,
        Reason.AMOUNT_TOO_LARGE,
        Reason.CURRENCY,
        Reason.CORRIDOR,
        Reason.NOT_WAITING,
    }
)


class Priority(IntEnum):
    """Class of a payment; a lower number settles first."""

    URGENT = 0
    HIGH = 1
    NORMAL = 2


class InstructionKind(IntEnum):
    """What a row of the instruction table is."""

    PAYMENT = 0
    PVP = 1
    """One leg of a payment-versus-payment."""
    TRANSFER = 2
    """Pay-in, pay-out, or another posting made by a command."""
    OBLIGATION = 3
    """An amount owed, cleared in cycles; its settled amount is what was paid, not what was set off."""
    NET = 4
    """A net position paid to or from the clearing account."""
    ORDER = 5
    """An order to convert; its settled amount is 0, what it converts stands in instructions of its own."""
    CONVERSION = 6
    """What an auction moves to or from a conversion account."""


class How(IntEnum):
    """How an instruction settled."""

    NONE = 0
    GROSS = 1
    BILATERAL = 2
    MULTILATERAL = 3
    CLEARING = 4
    AUCTION = 5


class Phase(IntEnum):
    """Phases of the business day, in their order."""

    START = 0
    LIQUIDITY = 1
    OPEN = 2
    CUSTOMER_CUTOFF = 3
    INTERBANK_CUTOFF = 4
    FINAL_CLEARING = 5
    ACCRUAL = 6
    END = 7
