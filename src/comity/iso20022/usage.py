"""What a message has to agree with besides its schema: the union in which it is to settle."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from comity.model.currency import CURRENCIES
from comity.model.participant import HEAD_OFFICE, institution, is_bic


@dataclass(frozen=True, slots=True)
class Usage:
    """What of a union the messages depend on.

    Attributes
    ----------
    currencies
        Decimals of the minor unit, by the code of each currency that is settled.
    participants
        Codes by which participants are known in the union; none: whom payments name is not looked at.
    issuers
        Code of the issuer, by currency.
    leis
        Codes by LEI, of those participants that alone have theirs.
    union
        Code of the union.
    """

    currencies: Mapping[str, int]
    participants: Collection[str] = frozenset()
    issuers: Mapping[str, str] = field(default_factory=dict)
    leis: Mapping[str, str] = field(default_factory=dict)
    union: str = "union"

    @classmethod
    def of(
        cls, currencies: Collection[str], participants: Collection[str] = (), issuers: Mapping[str, str] | None = None
    ) -> "Usage":
        """Return the usage of a union of these currencies; KeyError if one is no currency."""
        exponents = {code: CURRENCIES[code].exponent for code in currencies}
        return cls(exponents, frozenset(participants), issuers or {})

    def participant(self, code: str) -> str:
        """Return the code by which the union knows an institution: a BIC of 8 characters is its head office."""
        if self.knows(code) or not is_bic(code):
            return code
        short = institution(code)
        other = short if short != code else code + HEAD_OFFICE
        return other if self.knows(other) else code

    def agent(self, code: str, lei: str) -> str:
        """Return the code by which the union knows an institution that is named by a code, or by its LEI alone."""
        return self.participant(code) if code else self.leis.get(lei, "")

    def knows(self, code: str) -> bool:
        """Whether the union knows an institution by this code."""
        return code in self.participants or code in self.issuers.values()
