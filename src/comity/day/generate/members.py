"""Members of a generated union: who issues the currency of which country."""

from collections.abc import Sequence
from dataclasses import dataclass

from comity.day.generate.countries import EURO_MEMBER, code_of, countries
from comity.errors import Fault, InvalidRequest


@dataclass(frozen=True, slots=True)
class Union:
    """Countries of a generated day and the members that issue their currencies."""

    countries: tuple[str, ...]
    member: dict[str, str]
    """Member by country: itself, or the issuer of a currency that it shares."""

    @property
    def currencies(self) -> tuple[str, ...]:
        """Currency of every member, in the order of members."""
        return tuple(dict.fromkeys(countries()[code].currency for code in self.countries))

    @property
    def members(self) -> tuple[str, ...]:
        """Codes of all members."""
        return tuple(dict.fromkeys(self.member[code] for code in self.countries))

    def name(self, member: str) -> str:
        """Name of a member: its country's, or the currency area's."""
        return "Euro area" if member == EURO_MEMBER else countries()[member].name

    def currency(self, member: str) -> str:
        """Currency that a member issues."""
        return self.currencies[self.members.index(member)]


def union_of(codes: Sequence[str]) -> Union:
    """Return the union of countries given by code or name, in their order.

    Countries that share a currency share a member: EU for the euro, otherwise the first of them.

    Raises
    ------
    InvalidRequest
        If a country is unknown or stands there twice, or there are fewer than two.
    """
    found = [code_of(code.strip()) for code in codes]
    faults = [
        Fault("generate", 0, "members", "countries by ISO 3166-1 code", repr(code))
        for code, known in zip(codes, found, strict=True)
        if not known
    ]
    if not faults and len(set(found)) != len(found):
        faults.append(Fault("generate", 0, "members", "each country once", " ".join(codes)))
    if not faults and len(found) < 2:  # noqa: PLR2004 - trade takes two
        faults.append(Fault("generate", 0, "members", "two countries or more", " ".join(codes)))
    if faults:
        raise InvalidRequest(faults)
    issuer: dict[str, str] = {"EUR": EURO_MEMBER}
    for code in found:
        issuer.setdefault(countries()[code].currency, code)
    return Union(tuple(found), {code: issuer[countries()[code].currency] for code in found})
