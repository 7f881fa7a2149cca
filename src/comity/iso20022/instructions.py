"""What the engine takes of a message: payments as columns, entries of PvPs, commands.

Asked only of messages that break no rule (`comity.iso20022.rules`). Columns and entries are those of
a day's files and of the API, so that they go the way of every other batch; by which words a message
knew each of them stands beside, because everything that is answered repeats those words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import UNSET, structs

from comity.errors import Fault, InvalidRequest
from comity.iso20022.definitions import name_of
from comity.iso20022.messages.orders import (
    CancelPayment,
    LimitChange,
    LiquidityTransfer,
    ModifyLimits,
    ModifyPayments,
    ModifyReservation,
)
from comity.iso20022.messages.payments import CustomerTransfers, Return
from comity.iso20022.messages.statuses import Cancellation, CancellationRequest
from comity.iso20022.messages.trades import TradeCancellation
from comity.model.amount import parse_minor
from comity.model.command import Command
from comity.model.instant import parse_instant
from comity.model.plain import describe
from comity.wire.instructions import Pvp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from comity.iso20022.messages.parties import Agent
    from comity.iso20022.messages.statuses import Underlying
    from comity.iso20022.messages.trades import Trade, TradeAmendment
    from comity.iso20022.rules import Payment, Payments
    from comity.iso20022.table import Money
    from comity.iso20022.usage import Usage

PRIORITIES = {"URGT": "urgent", "HIGH": "high", "NORM": "normal", "LOWW": "normal"}
"""Class of a payment, by the code that messages have for it."""
COLUMNS = (
    *("id", "debtor", "creditor", "currency", "amount", "priority", "kind"),
    *("date", "earliest", "latest", "purpose"),
)
"""Columns of payments, as in payments.csv."""

LIMITS = {"BILI": "bilateral", "MULT": "multilateral"}
RESERVATIONS = {"UPAR": "urgent", "HPAR": "high"}
"""Kinds of limits and reservations, by the codes that messages have for them."""
_PLACES = {"FRNT": "front", "END": "end"}
_CUSTOMER = "pacs.008"
WHOLE_MAX = 1_000
"""Payments that are cancelled by the reference of their message, at most: more are named one by one."""
_PURPOSE_LENGTH_MAX = 140


class Reference(NamedTuple):
    """By which words a message knew an instruction."""

    name: str
    """Of the message: "pacs.008"."""
    message: str
    """`MsgId`."""
    instruction: str
    """`InstrId`, or `RtrId` of a return."""
    end_to_end: str
    transaction: str
    uetr: str


class PaymentColumns(NamedTuple):
    """The payments of a message, one row each."""

    columns: dict[str, list[str]]
    """Texts by the names of `COLUMNS`; what is not given is empty."""
    references: list[Reference]

    def __len__(self) -> int:
        return len(self.references)


def payments(message: Payments, usage: Usage) -> PaymentColumns:
    """Make columns of the payments of a message, in one pass."""
    customer = isinstance(message, CustomerTransfers)
    rows: list[tuple[str, ...]] = []
    references: list[Reference] = []
    for item in message.items:
        date = item.date or message.date
        if isinstance(item, Return):
            customer = name_of(item.original_name or getattr(message, "original_name", "")) == _CUSTOMER
            asked, earliest, latest, purpose = item.priority, "", "", ""
        else:
            asked = item.priority or item.class_asked
            earliest = f"{date}T{item.earliest}" if item.earliest else ""
            latest = _latest(date, item.reject_at, item.until, item.until_cls)
            purpose = item.purpose[:_PURPOSE_LENGTH_MAX]
        amount = item.amount
        rows.append(
            (
                item.instruction or item.transaction,
                _code(item.instructing or message.instructing, usage),
                _code(item.instructed or message.instructed, usage),
                amount.currency,
                amount_text(amount, usage),
                PRIORITIES.get(asked, "normal"),
                "customer" if customer else "interbank",
                date,
                earliest,
                latest,
                purpose,
            )
        )
        references.append(reference_to(message, message.name, item))
    return _columns(rows, references)


def reference_to(message: Payments, name: str, item: Payment) -> Reference:
    """Return the words by which a message knows one of its payments; `name` is its version, or its name alone."""
    return Reference(name, message.message, item.instruction, item.end_to_end, item.transaction, item.uetr)


def _columns(rows: list[tuple[str, ...]], references: list[Reference]) -> PaymentColumns:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in COLUMNS]
    return PaymentColumns(dict(zip(COLUMNS, columns, strict=True)), references)


def pvp(trade: Trade | TradeAmendment, usage: Usage) -> Pvp:
    """Make an entry of one side of a trade.

    Both sides must say the same of a PvP to be matched, but in a message each speaks of itself. So the seller
    is whoever pays the currency whose code comes first, and the entry says for which of the two it is.
    """
    assert trade.trading is not None
    assert trade.counterparty is not None
    own, other = usage.participant(trade.trading.code), usage.participant(trade.counterparty.code)
    sells = trade.sold.currency < trade.bought.currency
    sold, bought = (trade.sold, trade.bought) if sells else (trade.bought, trade.sold)
    return Pvp(
        id=trade.reference,
        seller=own if sells else other,
        buyer=other if sells else own,
        sell_currency=sold.currency,
        sell_amount=amount_text(sold, usage),
        buy_currency=bought.currency,
        buy_amount=amount_text(bought, usage),
        entered_by="seller" if sells else "buyer",
        date=trade.date,
        reference=trade.common or UNSET,
    )


Order = (
    ModifyPayments
    | CancelPayment
    | CancellationRequest
    | TradeCancellation
    | ModifyLimits
    | ModifyReservation
    | LiquidityTransfer
)


def commands(message: Order, sender: str, usage: Usage, find: Callable[[str], str]) -> list[Command]:
    """Make commands of what a participant tells the system.

    Parameters
    ----------
    sender
        Code of the participant that sent it.
    find
        Returns the id under which an instruction of the sender entered, by its UETR or by our reference of a trade;
        empty if there is none.

    Raises
    ------
    InvalidRequest
        If something in it is no command: a limit or a place of a kind that the rulebook does not know, an
        amount without a currency or in one that is not settled, a transfer that neither comes from an issuer nor
        goes to one.
    """
    match message:
        case ModifyPayments():
            return [
                _reorder(sender, item.transaction or item.reference or find(item.uetr), item.priority, item.place)
                for item in message.items
            ]
        case ModifyLimits():
            return [_limit(item, sender, usage) for item in message.items]
        case ModifyReservation():
            owner, kind = _owner(message.owner, sender, usage), RESERVATIONS.get(message.kind, message.kind)
            return [Command("reserve", owner, message.amount.currency, "", minor(message.amount, usage), kind)]
        case LiquidityTransfer():
            return [_transfer(message, usage)]
        case _:
            return [Command("cancel", sender, target=target) for target in _cancelled(message, find)]


def in_full(message: CancellationRequest, sent: Callable[[str], Sequence[Reference]]) -> CancellationRequest:
    """Name the payments of each message that is to be cancelled as a whole.

    Parameters
    ----------
    sent
        Returns the references of the payments that a message of the sender entered, by its `MsgId`; none if it entered
        none.

    Raises
    ------
    InvalidRequest
        If there are none, or too many; or if it is said that not all of them are meant, and not which.
    """
    underlying = tuple(each if each.items else _in_full(each, sent) for each in message.underlying)
    return structs.replace(message, underlying=underlying)


def _in_full(underlying: Underlying, sent: Callable[[str], Sequence[Reference]]) -> Underlying:
    original, name = underlying.original_message, underlying.original_name
    expected, found = "the payments that are to be cancelled", describe(original)
    if underlying.whole not in {"false", "0"}:
        references = [each for each in sent(original) if each.name.startswith(name_of(name))]
        if 0 < len(references) <= WHOLE_MAX:
            items = tuple(
                Cancellation(
                    instruction=each.instruction,
                    end_to_end=each.end_to_end,
                    transaction=each.transaction,
                    uetr=each.uetr,
                )
                for each in references
            )
            return structs.replace(underlying, items=items, whole="true")
        expected = f"a message by which you entered 1 to {WHOLE_MAX:,} payments"
    raise InvalidRequest([Fault("", 0, "Undrlyg/OrgnlGrpInfAndCxl/OrgnlMsgId", expected, found)])


def _limit(change: LimitChange, sender: str, usage: Usage) -> Command:
    return Command(
        "limit",
        _owner(change.owner, sender, usage),
        change.amount.currency,
        _code(change.counterparty, usage),
        minor(change.amount, usage),
        LIMITS.get(change.kind, change.kind),
    )


def _transfer(message: LiquidityTransfer, usage: Usage) -> Command:
    """Money in, where the debtor is the issuer of the currency, or out, where the creditor is."""
    currency = message.amount.currency
    debtor, creditor = _code(message.debtor, usage), _code(message.creditor, usage)
    issuer = usage.issuers.get(currency, "")
    if not issuer or issuer not in {debtor, creditor}:
        found = f"{debtor or 'nobody'} to {creditor or 'nobody'}"
        raise InvalidRequest([Fault("", 0, "LqdtyCdtTrf", f"the issuer of {currency} as debtor or creditor", found)])
    name, other = ("transfer_in", creditor) if debtor == issuer else ("transfer_out", debtor)
    reference = message.instruction or message.end_to_end
    return Command(name, other, currency, reference, minor(message.amount, usage))


def amount_text(amount: Money, usage: Usage) -> str:
    """Return an amount as our files have it: no sign, no zeros in front, no decimals that the currency lacks."""
    text = amount.text
    if text.isdigit() and text[0] != "0":
        return text
    whole, _, decimals = text.lstrip("+").partition(".")
    if len(decimals) > usage.currencies.get(amount.currency, 0):
        decimals = decimals.rstrip("0")
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{decimals}" if decimals else whole


def minor(amount: Money, usage: Usage) -> int | None:
    """Return an amount in minor units, None if it is not given.

    Raises
    ------
    InvalidRequest
        If it is no amount of its currency, or the union does not settle that.
    """
    if not amount:
        return None
    if amount.currency not in usage.currencies:
        raise InvalidRequest([Fault("", 0, "Ccy", "a currency that the union settles", describe(amount.currency))])
    return parse_minor(amount_text(amount, usage), usage.currencies[amount.currency])


def _code(agent: Agent | None, usage: Usage) -> str:
    return usage.agent(agent.code, agent.lei) if agent else ""


def _owner(agent: Agent | None, sender: str, usage: Usage) -> str:
    return _code(agent, usage) or sender


def _latest(date: str, *times: str) -> str:
    """The earliest of the times after which a payment is no longer wanted, as an instant."""
    given = [f"{date}T{time}" for time in times if time]
    return min(given, key=parse_instant) if len(given) > 1 else "".join(given)


def _reorder(sender: str, target: str, priority: str, place: str) -> Command:
    if priority:
        return Command("reprioritise", sender, target=target, value=PRIORITIES.get(priority, priority))
    return Command("reorder", sender, target=target, value=_PLACES.get(place, place))


def _cancelled(
    message: CancelPayment | CancellationRequest | TradeCancellation, find: Callable[[str], str]
) -> Iterator[str]:
    match message:
        case CancelPayment():
            yield message.transaction or message.reference or find(message.uetr)
        case TradeCancellation():
            yield message.cancelled or find(message.matching)
        case CancellationRequest():
            for underlying in message.underlying:
                for item in underlying.items:
                    yield item.instruction or item.transaction or find(item.uetr)
