"""The sanctions lists of OFAC in their advanced form (XML, `Sanctions`, ADVANCED_XML.xsd).

Every word in it is a number, resolved through tables at its start; a party is a profile with an identity, whose aliases
are names in parts, one script each. Documents and entries of the list stand apart and refer to identities and profiles.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from comity.errors import Fault
from comity.screening.countries import country_code
from comity.screening.entity import Entity, Identifier, Schema
from comity.screening.identifiers import identifier
from comity.screening.lists.parts import dates_between, distinct
from comity.screening.lists.sanctions_list import SanctionsList, refused
from comity.screening.lists.source import Source, elements, local, text_at

ROOT = "Sanctions"
_KINDS = (
    ("passport", "Passport"),
    ("imo", "Vessel Registration Identification|IMO"),
    ("bic", "SWIFT/BIC"),
    ("lei", "Legal Entity"),
    ("mmsi", "MMSI"),
    ("tax", "Tax ID|RUC|NIT|RIF|R.F.C.|V.A.T."),
    ("national", "National ID|Cedula|D.N.I.|C.U.R.P.|Identification Number|Personal ID|SSN"),
    ("registration", "Registration|Registry|Company Number|Business|License"),
)
_SUBTYPES = {"vessel": Schema.VESSEL, "aircraft": Schema.AIRPLANE}
_TYPES = {"individual": Schema.PERSON, "entity": Schema.ORGANIZATION}
_BIRTH = "Birthdate"
_COUNTRIES = ("Nationality Country", "Citizenship Country", "Nationality of Registration", "Flag")


@dataclass(slots=True)
class _Tables:
    """Names of numbers, by kind and number, and what refers to identities and profiles."""

    values: dict[tuple[str, str], str] = field(default_factory=dict)
    documents: defaultdict[str, list[Identifier]] = field(default_factory=lambda: defaultdict(list))
    locations: dict[str, str] = field(default_factory=dict)
    programmes: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def value(self, kind: str, number: str | None) -> str:
        return self.values.get((kind, number or ""), "")


@dataclass(slots=True)
class _Party:
    profile: str
    entity: Entity
    identities: list[str]


def read_ofac_advanced(source: Source) -> SanctionsList:
    """Read the list; the version is its date of issue.

    Raises
    ------
    InvalidRequest
        With every fault of the file.
    """
    tables = _Tables()
    faults: list[Fault] = []
    parties: list[_Party] = []
    issued = ""
    sections = ("DateOfIssue", "ReferenceValueSets", "Location", "IDRegDocument", "DistinctParty", "SanctionsEntry")
    parts = elements(source, *sections)
    next(parts)
    for part in parts:
        kind = local(part)
        if kind == "DateOfIssue":
            issued = _date(part)
        elif kind == "ReferenceValueSets":
            _values(part, tables)
        elif kind == "Location":
            _location(part, tables)
        elif kind == "IDRegDocument":
            _document(part, tables)
        elif kind == "SanctionsEntry":
            tables.programmes[part.get("ProfileID", "")] += [
                text_at(child, "Comment") for child in part if local(child) == "SanctionsMeasure"
            ]
        else:
            parties += _parties(source.file, part, tables, faults)
    if faults:
        raise refused(source.file, faults, (party.entity for party in parties))
    entities = tuple(_complete(party, tables) for party in parties)
    known = {identity for party in parties for identity in party.identities}
    profiles = {party.profile for party in parties}
    orphans = sum(each not in known for each in tables.documents) + sum(
        each not in profiles for each in tables.programmes
    )
    return SanctionsList("OFAC", issued, issued, source.digest(), entities, orphans)


def _values(part: etree._Element, tables: _Tables) -> None:
    for group in part:
        for value in group:
            kind, number = local(value), value.get("ID", "")
            tables.values[kind, number] = (value.text or "").strip()
            if kind == "PartySubType":
                tables.values["PartyTypeOf", number] = value.get("PartyTypeID", "")


def _location(part: etree._Element, tables: _Tables) -> None:
    for child in part:
        if local(child) == "LocationCountry":
            tables.locations[part.get("ID", "")] = country_code(tables.value("Country", child.get("CountryID")))


def _document(part: etree._Element, tables: _Tables) -> None:
    named = tables.value("IDRegDocType", part.get("IDRegDocTypeID"))
    country = country_code(tables.value("Country", part.get("IssuedBy-CountryID")))
    kind = next((kind for kind, words in _KINDS if any(word in named for word in words.split("|"))), "")
    value = text_at(part, "IDRegistrationNo")
    if country == "RU" and kind in ("tax", "registration", "national") and value.isdecimal():
        kind = {10: "inn", 12: "inn", 13: "ogrn"}.get(len(value), kind)
    found = identifier(kind, value, country) if kind else None
    if found is not None:
        tables.documents[part.get("IdentityID", "")].append(found)


def _parties(file: str, part: etree._Element, tables: _Tables, faults: list[Fault]) -> Iterator[_Party]:
    for profile in (child for child in part if local(child) == "Profile"):
        subtype = profile.get("PartySubTypeID")
        schema = _SUBTYPES.get(tables.value("PartySubType", subtype).lower()) or _TYPES.get(
            tables.value("PartyType", tables.value("PartyTypeOf", subtype)).lower(), Schema.LEGAL_ENTITY
        )
        identities = [child for child in profile if local(child) == "Identity"]
        names, weak = _names(identities)
        if not names and not weak:
            faults.append(Fault(file, profile.sourceline or 0, "DocumentedName", "a name", "none"))
            continue
        dates, countries = _features(profile, tables)
        number = part.get("FixedRef", "") or profile.get("ID", "")
        entity = Entity(
            number, schema, names, weak, birth_dates=dates, countries=countries, programmes=(), identifiers=()
        )
        yield _Party(profile.get("ID", ""), entity, [identity.get("ID", "") for identity in identities])


def _names(identities: list[etree._Element]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names: list[str] = []
    weak: list[str] = []
    for alias in (alias for identity in identities for alias in identity if local(alias) == "Alias"):
        for written in (child for child in alias if local(child) == "DocumentedName"):
            parts = [
                " ".join("".join(value.itertext()).split())
                for part in written
                if local(part) == "DocumentedNamePart"
                for value in part
                if local(value) == "NamePartValue"
            ]
            (weak if alias.get("LowQuality") == "true" else names).append(" ".join(parts))
    return distinct(names), distinct(weak, names)


def _features(profile: etree._Element, tables: _Tables) -> tuple[tuple[str, ...], tuple[str, ...]]:
    dates: list[str] = []
    countries: list[str] = []
    for feature in (child for child in profile if local(child) == "Feature"):
        named = tables.value("FeatureType", feature.get("FeatureTypeID"))
        for part in feature.iter():
            if local(part) == "DatePeriod" and named == _BIRTH:
                dates += _span(part)
            elif local(part) == "VersionLocation" and (named in _COUNTRIES or "Location" in named):
                countries.append(tables.locations.get(part.get("LocationID", ""), ""))
    return distinct(dates), distinct(countries)


def _span(period: etree._Element) -> list[str]:
    ends = [_date(end) for side in period if local(side) in ("Start", "End") for end in side]
    if not ends:
        return []
    first, last = min(ends), max(ends)
    return [first] if first == last or first[:4] == last[:4] else dates_between(int(first[:4]), int(last[:4]))


def _date(part: etree._Element) -> str:
    year, month, day = (text_at(part, name) for name in ("Year", "Month", "Day"))
    if not year.isdecimal():
        return ""
    return f"{year}-{int(month):02}-{int(day):02}" if month.isdecimal() and day.isdecimal() else year


def _complete(party: _Party, tables: _Tables) -> Entity:
    entity = party.entity
    found = {each for identity in party.identities for each in tables.documents.get(identity, ())}
    return Entity(
        entity.id,
        entity.schema,
        entity.names,
        entity.weak_names,
        tuple(sorted(found)),
        entity.birth_dates,
        entity.countries,
        distinct(tables.programmes.get(party.profile, ())),
    )
