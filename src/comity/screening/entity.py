"""Parties: one model for who is listed and who is asked about.

It follows the vocabulary of FollowTheMoney, as far as screening needs it, so that every list and every question look
the same to the matcher.
"""

from enum import StrEnum

import msgspec


class Schema(StrEnum):
    """What kind of party it is. `LEGAL_ENTITY` is a person or an organisation: it is not known which."""

    PERSON = "Person"
    ORGANIZATION = "Organization"
    VESSEL = "Vessel"
    AIRPLANE = "Airplane"
    LEGAL_ENTITY = "LegalEntity"

    def may_be(self, other: "Schema") -> bool:
        """Whether a party of the one kind can be a party of the other."""
        if self == other:
            return True
        return Schema.LEGAL_ENTITY in (self, other) and not {self, other} & {Schema.VESSEL, Schema.AIRPLANE}


SCHEMATA = {
    "Person": Schema.PERSON,
    "Organization": Schema.ORGANIZATION,
    "Company": Schema.ORGANIZATION,
    "PublicBody": Schema.ORGANIZATION,
    "Vessel": Schema.VESSEL,
    "Airplane": Schema.AIRPLANE,
    "LegalEntity": Schema.LEGAL_ENTITY,
}
"""Schemata of FollowTheMoney that name a party, and what each is here."""


class Identifier(msgspec.Struct, frozen=True, order=True, gc=False):
    """A number or code that one party has.

    Attributes
    ----------
    kind
        imo, bic, lei, inn, ogrn, passport, mmsi, national (a person's number), registration (an organisation's),
        tax, or other.
    value
        Capital letters and digits alone.
    country
        Who issued it, ISO 3166-1 alpha-2; empty if not known.
    """

    kind: str
    value: str
    country: str = ""


class Entity(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """A party, listed or asked about; what is known of one is looked up by it, so it keeps its hash.

    Attributes
    ----------
    id
        As its list numbers it; unique within the list.
    schema
        What kind of party it is.
    names
        Names it is known under, in any script.
    weak_names
        Names that many have, or that are doubtful: a nickname, an acronym.
    identifiers
        Its numbers and codes.
    birth_dates
        Days, months or years of birth that come into question: "1970-01-23", "1970-01", "1970".
    countries
        ISO 3166-1 alpha-2 codes of nationality, registration, residence or flag.
    programmes
        Under which programmes it is listed.
    """

    id: str
    schema: Schema
    names: tuple[str, ...]
    weak_names: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    birth_dates: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
