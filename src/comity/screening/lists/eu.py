"""The consolidated financial sanctions list of the European Union (XML, `export`, FSF 1.1)."""

from collections.abc import Iterator

from lxml import etree

from comity.errors import Fault
from comity.screening.countries import country_code
from comity.screening.entity import Entity, Identifier, Schema
from comity.screening.identifiers import identifier
from comity.screening.lists.parts import dates_between, distinct, split_names
from comity.screening.lists.sanctions_list import SanctionsList, refused
from comity.screening.lists.source import Source, elements, local

ROOT = "export"
_SCHEMATA = {"P": Schema.PERSON, "E": Schema.ORGANIZATION}
_KINDS = {
    "passport": "passport",
    "id": "national",
    "ssn": "national",
    "regnumber": "registration",
    "tax": "tax",
    "fiscalcode": "tax",
    "swiftbic": "bic",
    "imo": "imo",
    "lei": "lei",
    "inn": "inn",
    "ogrn": "ogrn",
}


def read_eu(source: Source) -> SanctionsList:
    """Read the list; the version is the number of the file, or when it was made.

    Raises
    ------
    InvalidRequest
        With every fault of the file.
    """
    parts = elements(source, "sanctionEntity")
    root = next(parts)
    made = root.get("generationDate", "")
    version = root.get("globalFileId", "") or made
    faults: list[Fault] = []
    entities = [entity for part in parts if (entity := _entity(source.file, part, faults)) is not None]
    if faults:
        raise refused(source.file, faults, entities)
    return SanctionsList("EU", version, made[:10], source.digest(), tuple(entities))


def _entity(file: str, part: etree._Element, faults: list[Fault]) -> Entity | None:
    reference = part.get("euReferenceNumber", "") or part.get("logicalId", "")
    code = next((child.get("classificationCode", "") for child in part if local(child) == "subjectType"), "")
    schema = _SCHEMATA.get(code, Schema.LEGAL_ENTITY)
    names: list[str] = []
    weak: list[str] = []
    for alias in (child for child in part if local(child) == "nameAlias"):
        whole = alias.get("wholeName", "") or " ".join(
            text for field in ("firstName", "middleName", "lastName") if (text := alias.get(field, ""))
        )
        more, doubtful = split_names(whole, person=schema == Schema.PERSON)
        weak += doubtful
        if alias.get("strong", "true") == "false":
            weak += more
        else:
            names += more
    for field, found in (("euReferenceNumber", reference), ("nameAlias", names or weak)):
        if not found:
            faults.append(Fault(file, part.sourceline or 0, field, "text", "nothing"))
    if not reference or not (names or weak):
        return None
    codes = [child.get("countryIso2Code", "") for child in part if local(child) in ("citizenship", "address")]
    return Entity(
        reference,
        schema,
        distinct(names),
        distinct(weak, names),
        tuple(sorted(set(_identifiers(part)))),
        distinct(date for child in part if local(child) == "birthdate" for date in _dates(child)),
        distinct(map(country_code, codes)),
        distinct(child.get("programme", "") for child in part if local(child) == "regulation"),
    )


def _dates(born: etree._Element) -> list[str]:
    first, last = born.get("yearRangeFrom", ""), born.get("yearRangeTo", "")
    if first.isdecimal() and last.isdecimal():
        return dates_between(int(first), int(last))
    exact = born.get("birthdate", "") or born.get("year", "")
    if born.get("circa") == "true" and exact[:4].isdecimal():
        return dates_between(int(exact[:4]) - 1, int(exact[:4]) + 1)
    return [exact[:10]] if exact[:4].isdecimal() else []


def _identifiers(part: etree._Element) -> Iterator[Identifier]:
    for child in part:
        if local(child) != "identification":
            continue
        kind = _KINDS.get(child.get("identificationTypeCode", ""), "other")
        country = country_code(child.get("countryIso2Code", ""))
        found = identifier(kind, child.get("number", "") or child.get("latinNumber", ""), country)
        if found is not None:
            yield found
