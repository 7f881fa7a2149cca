"""Who and what there is in a union: codes to the indexes that rows of records hold."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from comity.errors import Fault, InvalidRequest
from comity.gateway.authority import UNION
from comity.iso20022.usage import Usage
from comity.model.amount import format_minor

if TYPE_CHECKING:
    from comity.engine import Engine


class Directory:
    """Tables of a union that never change while a node runs; read from any thread.

    Attributes
    ----------
    participants, members, currencies : dict
        Index by code.
    accounts : dict
        Index of an account by (participant, currency).
    exponents : dict
        Decimals by currency.
    home : dict
        Home member by participant; a member is its own.
    names, leis : dict
        Name and LEI by participant.
    usage : Usage
        What of them messages depend on.
    of : dict
        Accounts by owner.
    owner, currency, kind : list
        By account: code of its owner, empty for a technical account; currency; see `comity.engine.accounts`.
    """

    def __init__(self, engine: Engine) -> None:
        tables = engine.accounts
        if UNION in tables.participants:
            raise InvalidRequest([Fault("genesis", 0, "participants", f"another code than {UNION!r}", UNION)])
        self.participants = {code: index for index, code in enumerate(tables.participants)}
        self.members = {code: index for index, code in enumerate(tables.members)}
        self.currencies = {code: index for index, code in enumerate(tables.currencies)}
        self.exponents = dict(zip(tables.currencies, tables.exponents, strict=True))
        owned = enumerate(zip(tables.participant, tables.currency, strict=True))
        self.accounts = {(owner, currency): index for index, (owner, currency) in owned if owner}
        self.home = {code: tables.home(code) for code in tables.participants}
        self.names = {each.code: each.name for each in engine.genesis.participants}
        self.leis = {each.code: each.lei for each in engine.genesis.participants}
        alone = {lei for lei, count in Counter(self.leis.values()).items() if lei and count == 1}
        by_lei = {lei: code for code, lei in self.leis.items() if lei in alone}
        self.issuers = {currency: tables.participant[tables.issuer(currency)] for currency in tables.currencies}
        self.usage = Usage(self.exponents, self.participants, self.issuers, by_lei, union=UNION)
        self.owner = tables.participant
        self.currency = tables.currency
        self.kind = tables.kind
        self.seed = engine.seed
        self.of: dict[str, list[int]] = {}
        for index, owner in enumerate(tables.participant):
            self.of.setdefault(owner, []).append(index)
        self._exponents = [self.exponents[currency] for currency in tables.currency]
        self._zeros = {exponent: format_minor(0, exponent) for exponent in set(self._exponents)}

    def holder(self, account: int) -> str:
        """Return whose account it is: a code, or for a technical account what it is for."""
        return self.owner[account] or self.kind[account]

    def format(self, minor: int, account: int) -> str:
        """Write minor units of an account's currency as decimal text in major units."""
        exponent = self._exponents[account]
        digits = str(minor)
        if minor > 0 and 0 < exponent < len(digits):
            return f"{digits[:-exponent]}.{digits[-exponent:]}"
        return self._zeros[exponent] if minor == 0 else format_minor(minor, exponent)
