"""Payments and payment-versus-payment, as they are asked for and as they stand."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from comity.wire.answers import (
    AMOUNT_PATTERN,
    COUNTRY_PATTERN,
    CURRENCY_PATTERN,
    DATE_PATTERN,
    ID_PATTERN,
    INSTANT_PATTERN,
    Why,
)

Id = Annotated[str, msgspec.Meta(pattern=ID_PATTERN, description="unique per instructing participant and day")]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=35, description="BIC or code of a participant")]
Currency = Annotated[str, msgspec.Meta(pattern=CURRENCY_PATTERN, description="ISO 4217")]
AmountText = Annotated[str, msgspec.Meta(pattern=AMOUNT_PATTERN, description="decimal text in major units")]
Date = Annotated[str, msgspec.Meta(pattern=DATE_PATTERN, description="business date")]
InstantText = Annotated[str, msgspec.Meta(pattern=INSTANT_PATTERN, description="RFC 3339, UTC")]
InstantGiven = Annotated[str, msgspec.Meta(max_length=35, description="RFC 3339, UTC")]
"""Of an instruction: what is wrong with it is told with all that is wrong with the others, of lines or columns."""
Country = Annotated[str, msgspec.Meta(pattern=COUNTRY_PATTERN, description="ISO 3166-1 alpha-2")]
NumberKind = Literal["imo", "bic", "lei", "inn", "ogrn", "passport", "national", "registration", "tax", "mmsi", "other"]
PriorityWord = Literal["urgent", "high", "normal"]


class CustomerNumber(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A number or code that a customer has."""

    kind: NumberKind
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=60, description="as it is written")]
    country: Country | Literal[""] = ""
    """Who issued it."""


class Customer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who pays or is paid through a participant: screened before the payment enters, and kept outside the log."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=140)]
    country: Country | Literal[""] = ""
    """Of residence or registration."""
    birth_date: Date | msgspec.UnsetType = msgspec.UNSET
    """Of a person."""
    identifiers: Annotated[tuple[CustomerNumber, ...], msgspec.Meta(max_length=8)] = ()


class Payment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A payment in one currency, from an account of the sender."""

    id: Id
    debtor: Code
    creditor: Code
    currency: Currency
    amount: AmountText
    priority: PriorityWord = "normal"
    kind: Literal["customer", "interbank"] = "customer"
    date: Date | msgspec.UnsetType = msgspec.UNSET
    earliest: InstantGiven | msgspec.UnsetType = msgspec.UNSET
    latest: InstantGiven | msgspec.UnsetType = msgspec.UNSET
    link: Id | msgspec.UnsetType = msgspec.UNSET
    link_size: Annotated[int, msgspec.Meta(ge=2, le=64)] | msgspec.UnsetType = msgspec.UNSET
    purpose: Annotated[str, msgspec.Meta(max_length=140)] = ""
    debtor_party: Customer | msgspec.UnsetType = msgspec.UNSET
    """Customer of the debtor for whom it pays."""
    creditor_party: Customer | msgspec.UnsetType = msgspec.UNSET
    """Customer of the creditor whom it is for."""


class Pvp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Payment versus payment: the seller pays one currency, the buyer the other, both or neither.

    Each side enters it for itself, in the same words; it is settled once both have.
    """

    id: Id
    seller: Code
    buyer: Code
    sell_currency: Currency
    sell_amount: AmountText
    buy_currency: Currency
    buy_amount: AmountText
    entered_by: Literal["seller", "buyer", "both"]
    """Whose entry this is. Both: one side enters it for the two; it waits until the other has approved."""
    priority: PriorityWord = "high"
    date: Date | msgspec.UnsetType = msgspec.UNSET
    earliest: InstantGiven | msgspec.UnsetType = msgspec.UNSET
    latest: InstantGiven | msgspec.UnsetType = msgspec.UNSET
    reference: Id | msgspec.UnsetType = msgspec.UNSET
    """Where both sides give one, they must be the same."""


class Obligation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the sender owes, to be set off and paid in clearing cycles."""

    id: Id
    debtor: Code
    creditor: Code
    currency: Currency
    amount: AmountText
    due: Date
    reference: Annotated[str, msgspec.Meta(pattern=ID_PATTERN)] | Literal[""] = ""
    link: Id | msgspec.UnsetType = msgspec.UNSET
    """Name of what ties it to others: they are cleared together or not at all."""


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An order to convert in the next auction."""

    id: Id
    participant: Code
    sell: Currency
    buy: Currency
    amount: AmountText
    """To sell, at most."""
    limit: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,18}(\.[0-9]{1,18}|/[0-9]{1,18})?$")]
    """Least that is bought for one major unit sold, in major units: a decimal or p/q."""
    min_fill: AmountText | msgspec.UnsetType = msgspec.UNSET
    """Sold at least, or nothing."""
    until: Date | msgspec.UnsetType = msgspec.UNSET
    """Last business date; without it the order is good for one auction."""
    creditor: Code | msgspec.UnsetType = msgspec.UNSET
    """Who is paid with what is bought: a cross-currency payment, made as a whole or not at all."""
    target: AmountText | msgspec.UnsetType = msgspec.UNSET
    """What the creditor gets; the rest stays. Without it all that is bought."""


class Amendment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lets an order sell less; it keeps its place in time."""

    amount: AmountText
    """That it may still sell."""


class OrderStanding(msgspec.Struct, frozen=True, omit_defaults=True):
    """An order as it stands."""

    id: str
    participant: str
    sell: str
    buy: str
    state: str
    amount: str
    """Entered, less what was amended away."""
    left: str
    """That it may still sell."""
    sold: str
    bought: str
    blocked: str
    """Set aside on the account that pays."""
    limit: str
    """Least that is bought for one major unit sold: p/q in lowest terms."""
    sequence: int
    row: int
    min_fill: str = ""
    until: str = ""
    creditor: str = ""
    target: str = ""
    reason: Why | None = None
    in_auction: int = 0
    """Number of the auction in whose book it stands: it can neither be cancelled nor changed."""


class Carried(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a change of an instruction."""

    id: str
    state: str
    """As after it: DONE, or RJTD if it was refused."""
    sequence: int
    detail: str = ""
    reason: Why | None = None
    dry_run: bool = False


class Entered(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of an instruction when it entered."""

    id: str
    state: str
    """As on entry: STLD settled, RJTD rejected, others wait; see the reference of states."""
    sequence: int
    """Record of the log that it entered with."""
    row: int
    """Its row in that record."""
    reason: Why | None = None
    repeated: bool = False
    """The same instruction had entered before; `state` is what it has come to."""
    dry_run: bool = False


class CreditorStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the receiver of a payment says of it, which moves no money."""

    status: str
    """PDNG, ACSP, ACSC, ACCC or RJCT."""
    at: str
    code: str = ""
    """Why, by the external list of ISO 20022."""


class Instruction(msgspec.Struct, frozen=True, omit_defaults=True):
    """An instruction as it stands."""

    id: str
    kind: str
    state: str
    debtor: str
    creditor: str
    currency: str
    amount: str
    entered_at: str
    sequence: int
    row: int
    priority: str = ""
    reason: Why | None = None
    how: str = ""
    """gross, bilateral, multilateral, clearing or auction, once settled."""
    final_at: str = ""
    waits_for: str = ""
    """What it lacks now, in words."""
    date: str = ""
    """Business date on which it is to settle."""
    purpose: str = ""
    """As its sender wrote it; of an obligation its reference."""
    creditor_status: CreditorStatus | None = None


class Explanation(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why an instruction waits, and an amount of money that would release it."""

    id: str
    state: str
    why: str
    """What it lacks now."""
    searched: bool
    """Whether an amount was sought: not in a day of too many instructions."""
    participant: str = ""
    """Whose account money would have to reach; empty: no money alone releases it."""
    currency: str = ""
    amount: str = ""
    """With so much more there it settles at once, and with one minor unit less it does not."""
