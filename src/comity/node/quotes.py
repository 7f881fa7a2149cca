"""Cross-currency payments at a quoted rate: request, quote, acceptance, and one linked settlement.

A debtor that pays in one currency, to a creditor that is to be paid in another, asks
providers what that costs. A provider's quote holds until it expires. Once the debtor
accepts, two payments enter as a linked set: the debtor pays the provider, the provider
pays the creditor. They settle at one instant or not at all; what has not settled when
the quote expires is rejected as a whole, and nobody has paid anything.

Until acceptance nothing is in the log, and nothing is promised but the quote itself.
The other way, without a provider, is an order with a payee in the next auction.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from comity.engine.columns import INSTANT_MAX, PAYMENT, SIDE, RecordKind, pack
from comity.engine.kernels.identity import hash_one
from comity.errors import Fault, InvalidRequest, NotFound
from comity.model.command import AMOUNT_MAX
from comity.model.instant import format_instant
from comity.model.participant import is_id
from comity.model.reason import Reason, State

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from comity.node.node import Node

NAME_MAX = 31
"""Characters of a request's name: the id of the debtor's payment is made of it."""
REQUESTS_MAX = 100_000
"""Requests kept at a time; the oldest that nobody accepted make room."""
QUOTES_MAX = 64
"""Quotes kept for one request at a time; what has expired makes room."""
_OWN_LINKS = -2
"""Owner under which links are hashed here: a link that somebody names is hashed under another, and joins no quote."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a debtor asks providers: exactly one of the two amounts is given, the other is for them to quote."""

    name: str
    """Unique among the debtor's ids."""
    debtor: str
    creditor: str
    source: str
    """Currency that the debtor pays in."""
    target: str
    """Currency that the creditor is paid in."""
    source_minor: int = 0
    target_minor: int = 0


@dataclass(frozen=True, slots=True)
class Quote:
    """A provider's answer: both amounts, until an instant."""

    number: int
    request: Request
    provider: str
    source_minor: int
    target_minor: int
    expires: int
    """Microseconds since 1970-01-01 UTC; at this instant it holds no more."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of an acceptance, payment by payment: the debtor's, then the provider's."""

    ids: tuple[str, str]
    states: tuple[State, State]
    reasons: tuple[Reason, Reason]
    rows: NDArray[np.void]
    """PAYMENT[2], as they entered."""
    results: NDArray[np.void]
    """RESULT[2], the engine's answers at entry."""
    sequence: int
    """Record with which both entered."""


class QuoteDesk:
    """Requests and quotes that are open, kept in memory: after a restart they are asked for again.

    Parameters
    ----------
    given
        Number after which those of quotes begin: one that no desk before has reached, if numbers may be held from then.
    """

    def __init__(self, node: Node, given: int = 0) -> None:
        self._node = node
        self._requests: dict[tuple[str, str], Request] = {}
        self._quotes: dict[tuple[str, str], dict[int, Quote]] = {}
        self._request_of: dict[int, tuple[str, str]] = {}
        self._count = given

    def request(self, request: Request) -> None:
        """Take in a request.

        Raises
        ------
        InvalidRequest
            With everything that is wrong with it, or if the debtor has one of that name.
        NotFound
            A party has no account in its currency.
        """
        faults = [
            Fault("request", 0, column, expected, found)
            for column, expected, found, fits in (
                ("name", f"an id of 1 to {NAME_MAX} characters", request.name, _is_name(request.name)),
                ("target", "another currency than the source", request.target, request.source != request.target),
                ("creditor", "another participant", request.creditor, request.creditor != request.debtor),
                (
                    "source_minor",
                    f"one of the two amounts, 1 to {AMOUNT_MAX}, the other 0",
                    f"{request.source_minor} and {request.target_minor}",
                    _is_amount(request.source_minor + request.target_minor)
                    and 0 in (request.source_minor, request.target_minor),
                ),
                ("name", "a name that the debtor has not used before", request.name, not self._is_used(request)),
            )
            if not fits
        ]
        if faults:
            raise InvalidRequest(faults)
        self._node.engine.account(request.debtor, request.source)
        self._node.engine.account(request.creditor, request.target)
        if len(self._requests) >= REQUESTS_MAX:
            self._forget(next(iter(self._requests.values())))
        self._requests[self._key(request)] = request
        self._quotes[self._key(request)] = {}

    def open_requests(self) -> tuple[Request, ...]:
        """Return the requests that nobody has accepted a quote for, oldest first."""
        return tuple(self._requests.values())

    def open_quotes(self, debtor: str) -> tuple[Quote, ...]:
        """Return the quotes for a debtor's requests, expired ones too, oldest first."""
        its = (each for (owner, _), quotes in self._quotes.items() if owner == debtor for each in quotes.values())
        return tuple(sorted(its, key=lambda each: each.number))

    def quote(self, provider: str, debtor: str, name: str, amount_minor: int, expires: int, instant: int = 0) -> Quote:
        """Answer a request with the amount that it leaves open.

        `instant` is that of the quote, if it is later than the engine's last event.

        Raises
        ------
        InvalidRequest
            The provider is a party of the payment, the amount or the expiry is out of range, or too many quotes
            for the request hold.
        NotFound
            There is no such request, or the provider lacks an account in one of the currencies.
        """
        request = self._requests.get((debtor, name))
        if request is None:
            raise NotFound(f"{debtor} has no open request {name!r}")
        if provider in (request.debtor, request.creditor):
            raise _refusal("provider", "a third participant", provider)
        if not _is_amount(amount_minor):
            raise _refusal("amount_minor", f"1 to {AMOUNT_MAX}", str(amount_minor))
        now = max(self._node.engine.now, instant)
        if not now < expires <= INSTANT_MAX:
            raise _refusal("expires", f"an instant after {_shown(now)}, up to {_shown(INSTANT_MAX)}", _shown(expires))
        for currency in (request.source, request.target):
            self._node.engine.account(provider, currency)
        self._drop_expired(self._key(request), now)
        if len(self._quotes[self._key(request)]) >= QUOTES_MAX:
            raise _refusal("quotes", f"fewer than {QUOTES_MAX} that hold for one request", str(QUOTES_MAX))
        self._count += 1
        amounts = (request.source_minor or amount_minor, request.target_minor or amount_minor)
        made = Quote(self._count, request, provider, *amounts, expires)
        self._quotes[self._key(request)][made.number] = made
        self._request_of[made.number] = self._key(request)
        return made

    def payments(self, debtor: str, number: int, instant: int) -> bytes:
        """Return the body of the record that an acceptance at an instant would append; raises as `accept` does."""
        quote = self._standing(debtor, number, instant)
        return self._packed(quote, (_debtor_id(quote.request), _provider_id(quote.request)))[1]

    def accept(self, debtor: str, number: int, instant: int, note: bytes = b"") -> Accepted:
        """Enter both payments of a quote as one linked set, in a record with a note.

        Raises
        ------
        InvalidRequest
            The quote has expired.
        NotFound
            The debtor has no such quote.
        """
        quote = self._standing(debtor, number, instant)
        ids = (_debtor_id(quote.request), _provider_id(quote.request))
        self._node.flush()
        rows, body = self._packed(quote, ids)
        entered = self._node.submit(RecordKind.PAYMENTS, instant, body, 2, note)
        self._forget(quote.request)
        results = entered.result().results
        self._node.flush()
        slots = [int(slot) for slot in results["slot"]]
        table = self._node.engine.table(np.array([max(slot, 0) for slot in slots]))
        states = [State(int(table["state"][i] if slots[i] >= 0 else results["state"][i])) for i in range(2)]
        reasons = [Reason(int(table["reason"][i] if slots[i] >= 0 else results["reason"][i])) for i in range(2)]
        return Accepted(ids, (states[0], states[1]), (reasons[0], reasons[1]), rows, results, entered.sequence)

    def _standing(self, debtor: str, number: int, instant: int) -> Quote:
        """Return a quote that holds at an instant."""
        quote = self._quotes.get(self._request_of.get(number, ("", "")), {}).get(number)
        if quote is None or quote.request.debtor != debtor:
            raise NotFound(f"{debtor} has no quote {number}")
        if instant >= quote.expires:
            raise _refusal("instant", f"before {_shown(quote.expires)}, when the quote expires", _shown(instant))
        return quote

    def _forget(self, request: Request) -> None:
        """Drop a request and every quote for it."""
        del self._requests[self._key(request)]
        for number in self._quotes.pop(self._key(request)):
            del self._request_of[number]

    def _drop_expired(self, key: tuple[str, str], now: int) -> None:
        """Drop the quotes for a request that have expired, if there are as many as may be kept."""
        kept = self._quotes[key]
        if len(kept) < QUOTES_MAX:
            return
        for number in [number for number, each in kept.items() if each.expires <= now]:
            del kept[number], self._request_of[number]

    def _packed(self, quote: Quote, ids: tuple[str, str]) -> tuple[NDArray[np.void], bytes]:
        """Return two linked payments that expire with the quote, and the body of their record."""
        engine, request = self._node.engine, quote.request
        legs = (
            (request.debtor, quote.provider, request.source, quote.source_minor),
            (quote.provider, request.creditor, request.target, quote.target_minor),
        )
        rows, sides = np.zeros(2, PAYMENT), np.zeros(2, SIDE)
        text = b""
        for row, (debtor, creditor, currency, amount) in enumerate(legs):
            rows[row]["key"] = engine.key_of(debtor, ids[row])
            rows[row]["amount"] = amount
            rows[row]["debtor"], rows[row]["creditor"] = (engine.account(who, currency) for who in (debtor, creditor))
            rows[row]["flags"], rows[row]["text"], rows[row]["side"] = 2, len(text), row
            text += ids[row].encode() + b"\0\0"
        sides["link"] = hash_one(_OWN_LINKS, f"{request.debtor} {request.name}", engine.seed)
        sides["latest"], sides["link_size"] = quote.expires, 2
        return rows, pack(rows, sides, text)

    def _is_used(self, request: Request) -> bool:
        known = self._node.engine.find(request.debtor, _debtor_id(request)) if _is_name(request.name) else -1
        return self._key(request) in self._requests or known >= 0

    @staticmethod
    def _key(request: Request) -> tuple[str, str]:
        return request.debtor, request.name


def _debtor_id(request: Request) -> str:
    return f"{request.name}/pay"


def _provider_id(request: Request) -> str:
    """Return the id of the provider's payment: debtors may give their requests the same names."""
    return "for-" + hashlib.sha256(f"{request.debtor} {request.name}".encode()).hexdigest()[:28]


def _is_name(text: str) -> bool:
    known: bool = len(text) <= NAME_MAX and is_id(text)
    return known


def _is_amount(minor: int) -> bool:
    return bool(1 <= minor <= AMOUNT_MAX)


def _shown(instant: int) -> str:
    """Write an instant for people; one that no calendar has stays a number."""
    try:
        return format_instant(instant)
    except ValueError:
        return f"{instant} microseconds since 1970"


def _refusal(column: str, expected: str, found: str) -> InvalidRequest:
    return InvalidRequest([Fault("quote", 0, column, expected, found)])
