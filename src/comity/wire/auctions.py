"""Auctions, clearing cycles, offsettings, rates and quotes."""

from __future__ import annotations

import msgspec

from comity.wire.instructions import AmountText, Code, Currency, Id, InstantText


class Rate(msgspec.Struct, frozen=True):
    """One major unit of `base` is `rate` major units of `quote`."""

    base: str
    quote: str
    rate: str
    """Exact: a decimal of at most 18 digits, or else p/q."""
    source: str
    """auction: decided by orders; official: what the union's sources say."""
    sequence: int
    """Record that says so."""


class Auction(msgspec.Struct, frozen=True, omit_defaults=True):
    """An auction that is over."""

    auction: int
    sequence: int
    at: str
    status: str
    """cleared or no trade."""
    prices: dict[str, str]
    """Of one minor unit of each currency that traded, whole numbers on the auction's own scale."""
    rates: list[Rate]
    """Of every pair of currencies that traded: exactly consistent."""
    fills: int
    """Orders filled, in full or in part."""
    reason: str = ""
    """Why nothing traded."""


class Fill(msgspec.Struct, frozen=True):
    """What an auction converted for an order."""

    id: str
    participant: str
    sell: str
    buy: str
    sold: str
    bought: str


class Indication(msgspec.Struct, frozen=True):
    """What an auction would do with the orders that stand now; nothing is promised."""

    orders: int
    prices: dict[str, str]
    rates: list[Rate]
    reason: str = ""
    """Why nothing would trade."""


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one proposal of a clearing cycle or an offsetting."""

    sequence: int
    at: str
    step: str
    """cut, discharge, pay or offset."""
    currencies: tuple[str, ...]
    """Empty: all that were open."""
    settled: int
    """Obligations taken into the cut, discharged or paid; instructions settled together."""
    proposer: str = ""
    rule: str = ""
    """Of an offsetting: the rule it followed; of a payment its mode."""
    cycle: int = 0
    value: str = ""
    """Discharged, major units."""
    bound: str = ""
    """No set-off is larger; absent where nothing proves it."""
    refused: str = ""
    """Why it was not applied."""


class QuoteRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Asks providers what a payment across currencies costs: exactly one of the two amounts is given."""

    name: Id
    debtor: Code
    creditor: Code
    source: Currency
    """That the debtor pays in."""
    target: Currency
    """That the creditor is paid in."""
    source_amount: AmountText | msgspec.UnsetType = msgspec.UNSET
    target_amount: AmountText | msgspec.UnsetType = msgspec.UNSET


class QuoteOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A provider's answer to a request."""

    amount: AmountText
    """The amount that the request leaves open."""
    expires: InstantText


class Quote(msgspec.Struct, frozen=True):
    """Both amounts of a payment across currencies, until an instant."""

    quote: int
    name: str
    debtor: str
    provider: str
    source: str
    source_amount: str
    target: str
    target_amount: str
    expires: str


class QuoteLeg(msgspec.Struct, frozen=True, omit_defaults=True):
    """A payment that an acceptance entered."""

    id: str
    state: str
    """As on entry: the first waits for the second."""
    reason: str = ""
    """ISO 20022 external status reason, if it was rejected."""


class QuoteAccepted(msgspec.Struct, frozen=True):
    """The two payments that an acceptance entered as a linked set: the debtor's, then the provider's."""

    sequence: int
    """Record that they entered with; 0 in a dry run."""
    payments: list[QuoteLeg]
