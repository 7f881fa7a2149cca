"""Quotes over the gateway: requests and quotes in the words of the API.

Until a quote is accepted nothing is in the log, and a restart forgets what is open: it is
asked for again, and no quote has the number of one before. An acceptance enters both payments in
one record. See `comity.node.quotes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from comity.errors import Conflict, Fault, InvalidRequest, NotFound
from comity.gateway.fields import Fields
from comity.gateway.notes import pack_notes
from comity.model.instant import format_instant
from comity.node.quotes import Quote as NodeQuote
from comity.node.quotes import QuoteDesk, Request
from comity.wire.auctions import Quote, QuoteOffer, QuoteRequest

if TYPE_CHECKING:
    from comity.gateway.directory import Directory
    from comity.gateway.notes import Note
    from comity.gateway.screening.screening import Screening
    from comity.gateway.writer import Writer
    from comity.node import Node


class Quotes:
    """The desk of one gateway; its functions are for the node's thread.

    Parameters
    ----------
    writer
        Gives instants, and runs the node that the desk uses.
    """

    def __init__(self, writer: Writer, directory: Directory, screening: Screening) -> None:
        self._writer = writer
        self._screening = screening
        self._directory = directory
        self._desk: QuoteDesk | None = None

    def request(self, node: Node, asked: QuoteRequest) -> QuoteRequest:
        """Take in a request.

        Raises
        ------
        InvalidRequest
            With every field that is not what it should be.
        """
        fields = Fields(self._directory)
        source, target = fields.currency(asked.source, "source"), fields.currency(asked.target, "target")
        fields.account(asked.debtor, asked.source, "debtor")
        fields.account(asked.creditor, asked.target, "creditor")
        given = [
            0 if text is UNSET else fields.amount(str(text), exponent, column)
            for text, exponent, column in (
                (asked.source_amount, source, "source_amount"),
                (asked.target_amount, target, "target_amount"),
            )
        ]
        fields.check()
        self._of(node).request(Request(asked.name, asked.debtor, asked.creditor, asked.source, asked.target, *given))
        return asked

    def open_requests(self, node: Node, party: str) -> list[QuoteRequest]:
        """Return the requests that a participant may answer, or has made."""
        directory = self._directory
        return [
            QuoteRequest(
                each.name,
                each.debtor,
                each.creditor,
                each.source,
                each.target,
                self._text(each.source_minor, each.debtor, each.source) if each.source_minor else UNSET,
                self._text(each.target_minor, each.creditor, each.target) if each.target_minor else UNSET,
            )
            for each in self._of(node).open_requests()
            if party == each.debtor
            or (
                party != each.creditor
                and all((party, currency) in directory.accounts for currency in (each.source, each.target))
            )
        ]

    def quote(self, node: Node, provider: str, debtor: str, name: str, offer: QuoteOffer) -> Quote:
        """Answer a request.

        Raises
        ------
        InvalidRequest
            The amount or the expiry is not what it should be.
        NotFound
            There is no such request that this participant could answer.
        """
        desk = self._of(node)
        asked = next((each for each in desk.open_requests() if (each.debtor, each.name) == (debtor, name)), None)
        if asked is None:
            raise NotFound(f"{debtor} has no open request {name!r}")
        fields = Fields(self._directory)
        left_open = asked.target if asked.source_minor else asked.source
        amount = fields.amount(offer.amount, fields.currency(left_open, "amount"), "amount")
        expires = fields.instant(offer.expires, "expires")
        fields.check()
        if expires <= self._writer.now():
            raise InvalidRequest([Fault("", 0, "expires", "an instant to come", repr(offer.expires))])
        return self._told(desk.quote(provider, debtor, name, amount, expires))

    def accept(self, node: Node, debtor: str, number: int, notes: list[Note]) -> int:
        """Enter both payments of a quote as one linked set; the record's sequence.

        Raises
        ------
        InvalidRequest
            The quote has expired.
        NotFound
            The debtor has no such quote.
        Conflict
            It names a participant that has a hit: what is to be held cannot be part of a linked set.
        """
        self._check_unheld(node, debtor, number)
        return self._of(node).accept(debtor, number, self._writer.now(), pack_notes(notes)).sequence

    def payments(self, node: Node, debtor: str, number: int) -> bytes:
        """Return the body of the record that an acceptance would append; raises as `accept` does."""
        self._check_unheld(node, debtor, number)
        return self._of(node).payments(debtor, number, self._writer.now())

    def open_quotes(self, node: Node, debtor: str) -> list[Quote]:
        """Return the quotes that a debtor may accept now, oldest first."""
        now = self._writer.now()
        return [self._told(each) for each in self._of(node).open_quotes(debtor) if now < each.expires]

    def _check_unheld(self, node: Node, debtor: str, number: int) -> None:
        for quote in self._of(node).open_quotes(debtor):
            parties = (quote.request.debtor, quote.request.creditor, quote.provider)
            if quote.number == number and self._screening.stops(parties, self._writer.now()):
                raise Conflict(f"quote {number} cannot be accepted now")

    def _of(self, node: Node) -> QuoteDesk:
        if self._desk is None:
            self._desk = QuoteDesk(node, self._writer.now())  # fewer than one a microsecond are given
        return self._desk

    def _told(self, quote: NodeQuote) -> Quote:
        asked = quote.request
        return Quote(
            quote.number,
            asked.name,
            asked.debtor,
            quote.provider,
            asked.source,
            self._text(quote.source_minor, asked.debtor, asked.source),
            asked.target,
            self._text(quote.target_minor, asked.creditor, asked.target),
            format_instant(quote.expires),
        )

    def _text(self, minor: int, party: str, currency: str) -> str:
        return self._directory.format(minor, self._directory.accounts[party, currency])
