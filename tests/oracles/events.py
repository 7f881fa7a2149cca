"""What happens in a day, in the words of the rulebook: the inputs of the naive ledger.

Participants, currencies and ids are text; amounts are minor units; instants are
microseconds since 1970-01-01 UTC, 0 for none.
"""

import datetime as dt
from dataclasses import dataclass

from comity.model.command import Command
from comity.model.reason import Priority


@dataclass(frozen=True, slots=True)
class Payment:
    id: str
    debtor: str
    creditor: str
    currency: str
    amount: int
    priority: Priority = Priority.NORMAL
    interbank: bool = False
    screen: bool = False
    date: dt.date | None = None
    earliest: int = 0
    latest: int = 0
    link: str = ""
    link_size: int = 0
    uetr: int = 0

    @property
    def sender(self) -> str:
        """The instructing participant, who owns the id."""
        return self.debtor


@dataclass(frozen=True, slots=True)
class Trade:
    """One entry of a PvP: `entered_by` is seller, buyer or both (once, signed by both)."""

    id: str
    seller: str
    buyer: str
    sell_currency: str
    sell_amount: int
    buy_currency: str
    buy_amount: int
    entered_by: str = "both"
    priority: Priority = Priority.HIGH
    screen: bool = False
    date: dt.date | None = None
    earliest: int = 0
    latest: int = 0
    reference: str = ""
    uetr: int = 0

    @property
    def sender(self) -> str:
        """The instructing participant, who owns the id."""
        return self.buyer if self.entered_by == "buyer" else self.seller


@dataclass(frozen=True, slots=True)
class Proposal:
    """Settle these together: (sender, id) of each instruction."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Obligation:
    id: str
    debtor: str
    creditor: str
    currency: str
    amount: int
    due: dt.date | None = None
    """None: today."""
    link: str = ""
    screen: bool = False
    uetr: int = 0

    @property
    def sender(self) -> str:
        """The instructing participant, who owns the id."""
        return self.debtor


@dataclass(frozen=True, slots=True)
class Cut:
    """A clearing cycle begins in these currencies."""

    currencies: tuple[str, ...]
    carry_max: int


@dataclass(frozen=True, slots=True)
class Discharge:
    """Discharge so much of each obligation of a currency, (sender, id) and amount, without money."""

    currency: str
    amounts: tuple[tuple[tuple[str, str], int], ...]


@dataclass(frozen=True, slots=True)
class Settlement:
    """Pay these obligations, (sender, id), and end the cycle in these currencies; mode existing or ccp."""

    currencies: tuple[str, ...]
    mode: str
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passes."""


Event = Payment | Trade | Command | Proposal | Obligation | Cut | Discharge | Settlement | Tick

__all__ = [
    "Command",
    "Cut",
    "Discharge",
    "Event",
    "Obligation",
    "Payment",
    "Proposal",
    "Settlement",
    "Tick",
    "Trade",
]
