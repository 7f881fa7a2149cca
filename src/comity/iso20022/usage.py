"""What a message has to agree with besides its schema: the union in which it is to settle."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from comity.model.currency import CURRENCIES

_HEAD_OFFICE = "XXX"
_PARTY_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Usage:
    """What of a union the messages depend on.

    Attributes
    ----------
    currencies
        Decimals of the minor unit, by the code of each currency that is settled.
    participants
        Codes by which participants are known in the union.
    issuers
        Code of the issuer, by currency.
    """

    currencies: Mapping[str, int]
    participants: Collection[str] = frozenset()
    issuers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, currencies: Collection[str], participants: Collection[str] = (), issuers: Mapping[str, str] | None = None
    ) -> "Usage":
        """Return the usage of a union of these currencies; KeyError if one is no currency."""
        exponents = {code: CURRENCIES[code].exponent for code in currencies}
        return cls(exponents, frozenset(participants), issuers or {})

    def participant(self, code: str) -> str:
        """Return the code by which the union knows an institution: a BIC of 8 characters is its head office."""
        if code in self.participants or not code:
            return code
        other = code + _HEAD_OFFICE if len(code) == _PARTY_LENGTH else code.removesuffix(_HEAD_OFFICE)
        return other if other in self.participants else code
