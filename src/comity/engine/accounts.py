"""The directory of accounts: which index stands for which account of whom.

Indexes are dense and fixed by the genesis: the issuer accounts in the order of
members, the settlement accounts in the order of the genesis, then five
technical accounts per currency.
"""

from comity.errors import Fault, InvalidRequest, NotFound
from comity.model.union import Genesis

TECHNICAL = ("clearing", "conversion", "rounding", "charges", "pool")


class Accounts:
    """Static tables of a union, by account index.

    Attributes
    ----------
    participant, currency, kind
        Lists by account index: code of the owner (empty for technical accounts), ISO 4217 code,
        and one of issuer, settlement, clearing, conversion, rounding, charges, pool.
    participants, currencies, members
        Lists of codes, in the order of their indexes.
    """

    def __init__(self, genesis: Genesis) -> None:
        self.currencies = [code for code, _ in genesis.currencies]
        self.exponents = [exponent for _, exponent in genesis.currencies]
        self.members = [member.code for member in genesis.members]
        self.participants = [participant.code for participant in genesis.participants]
        issuers = [(member.code, member.currency) for member in genesis.members]
        settlement = [(account.participant, account.currency) for account in genesis.accounts]
        technical = [("", code) for code in self.currencies for _ in TECHNICAL]
        self.participant = [owner for owner, _ in (*issuers, *settlement, *technical)]
        self.currency = [code for _, code in (*issuers, *settlement, *technical)]
        self.kind = ["issuer"] * len(issuers) + ["settlement"] * len(settlement)
        self.kind += list(TECHNICAL) * len(self.currencies)
        self._home = {participant.code: participant.member for participant in genesis.participants}
        self._home |= {member.code: member.code for member in genesis.members}
        self._participant_index = {code: index for index, code in enumerate(self.participants)}
        self._member_index = {code: index for index, code in enumerate(self.members)}
        self._currency_index = {code: index for index, code in enumerate(self.currencies)}
        self._issuer = {currency: index for index, (_, currency) in enumerate(issuers)}
        self._index = {pair: index for index, pair in enumerate((*issuers, *settlement))}
        if len(self._index) != len(issuers) + len(settlement):
            raise InvalidRequest([Fault("genesis", 0, "accounts", "each account once", "a second one of the same")])

    def __len__(self) -> int:
        """Return the number of accounts, technical ones included."""
        return len(self.participant)

    def index(self, participant: str, currency: str) -> int:
        """Return the index of a participant's account in a currency; KeyError if there is none."""
        return self._index[participant, currency]

    def find(self, participant: str, currency: str) -> int:
        """Return the index of a participant's account in a currency, or -1."""
        return self._index.get((participant, currency), -1)

    def issuer(self, currency: str) -> int:
        """Return the index of a currency's issuer account; NotFound if nobody here issues it."""
        return self._known(self._issuer, currency, "currency")

    def technical(self, currency: str, kind: str) -> int:
        """Return the index of a technical account."""
        first = len(self) - len(TECHNICAL) * len(self.currencies)
        return first + len(TECHNICAL) * self._currency_index[currency] + TECHNICAL.index(kind)

    def home(self, participant: str) -> str:
        """Return the home member of a participant; a member is its own."""
        return self._home[participant]

    def participant_index(self, code: str) -> int:
        """Return the index of a participant; NotFound if there is none."""
        return self._known(self._participant_index, code, "participant")

    def member_index(self, code: str) -> int:
        """Return the index of a member; NotFound if there is none."""
        return self._known(self._member_index, code, "member")

    def currency_index(self, code: str) -> int:
        """Return the index of a currency; NotFound if there is none."""
        return self._known(self._currency_index, code, "currency")

    def of(self, participant: str) -> list[int]:
        """Return the indexes of a participant's accounts."""
        return [index for (owner, _), index in self._index.items() if owner == participant]

    @staticmethod
    def _known(table: dict[str, int], code: str, what: str) -> int:
        if code not in table:
            raise NotFound(f"no {what} {code!r} in this union")
        return table[code]
