"""Properties of FollowTheMoney: the party that they describe, and those that describe a party.

They are lists of text by name, as in lists of OpenSanctions and in questions in yente's format. Only what screening
compares is read: names, days of birth, countries, identifiers and programmes.
"""

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from comity.screening.countries import country_code
from comity.screening.entity import Entity, Identifier, Schema
from comity.screening.identifiers import identifier
from comity.screening.lists.parts import distinct

_NAMES = ("name", "alias", "previousName")
_WEAK_NAMES = ("weakAlias", "abbreviation")
_NAME_PARTS = ("firstName", "secondName", "middleName", "fatherName", "motherName", "lastName")
_COUNTRIES = ("nationality", "citizenship", "country", "jurisdiction", "mainCountry", "flag", "registrationCountry")
_PROGRAMMES = ("programId", "program")
_IDENTIFIERS = {
    "imoNumber": "imo",
    "mmsi": "mmsi",
    "swiftBic": "bic",
    "leiCode": "lei",
    "innCode": "inn",
    "ogrnCode": "ogrn",
    "passportNumber": "passport",
    "idNumber": "national",
    "registrationNumber": "registration",
    "taxNumber": "tax",
    "vatCode": "tax",
}
_PROPERTIES = {kind: name for name, kind in reversed(_IDENTIFIERS.items())} | {"other": "idNumber"}

READ = frozenset({*_NAMES, *_WEAK_NAMES, *_NAME_PARTS, *_COUNTRIES, *_PROGRAMMES, *_IDENTIFIERS, "birthDate"})
"""Properties that are read; others are passed over."""


def described(name: str, schema: Schema, properties: Mapping[str, Sequence[str]], caption: str = "") -> Entity:
    """Return the party that properties describe.

    Parameters
    ----------
    name
        Its id.
    properties
        Values by property. A party without a name has those that its parts of names make: the first of each, the
        second of each, where there is no second the first.
    caption
        Its name if the properties have none.
    """
    names = _values(properties, _NAMES)
    if not names:
        names = _whole_names(properties) or [caption]
    countries = distinct(country_code(text) for text in _values(properties, _COUNTRIES))
    alone = countries[0] if len(countries) == 1 else ""
    identifiers: set[Identifier] = set()
    for field, kind in _IDENTIFIERS.items():
        found = (identifier(kind, value, alone) for value in properties.get(field, ()))
        identifiers.update(each for each in found if each is not None)
    return Entity(
        name,
        schema,
        distinct(names),
        distinct(_values(properties, _WEAK_NAMES), names),
        tuple(sorted(identifiers)),
        distinct(date[:10] for date in properties.get("birthDate", ()) if date[:4].isdecimal()),
        countries,
        distinct(_values(properties, _PROGRAMMES)),
    )


def describing(party: Entity) -> dict[str, list[str]]:
    """Return the properties that describe a party; an identifier of no known kind becomes an `idNumber`."""
    properties = {
        "name": list(party.names),
        "weakAlias": list(party.weak_names),
        "birthDate": list(party.birth_dates),
        "country": [code.lower() for code in party.countries],
        "program": list(party.programmes),
    }
    for each in party.identifiers:
        properties.setdefault(_PROPERTIES[each.kind], []).append(each.value)
    return {name: values for name, values in properties.items() if values}


def _values(properties: Mapping[str, Sequence[str]], fields: Sequence[str]) -> list[str]:
    return [value for field in fields for value in properties.get(field, ())]


def _whole_names(properties: Mapping[str, Sequence[str]]) -> list[str]:
    parts = [values for field in _NAME_PARTS if (values := properties.get(field))]
    firsts = [values[0] for values in parts]
    rows = zip_longest(*parts)
    return [" ".join(part or first for part, first in zip(row, firsts, strict=True)) for row in rows]
