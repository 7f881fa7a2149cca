"""The United Nations Security Council Consolidated List (XML, `CONSOLIDATED_LIST`)."""

import re
from collections.abc import Iterator

from lxml import etree

from comity.errors import Fault
from comity.screening.countries import country_code
from comity.screening.entity import Entity, Identifier, Schema
from comity.screening.identifiers import identifier
from comity.screening.lists.parts import dates_between, distinct, split_names
from comity.screening.lists.sanctions_list import SanctionsList, refused
from comity.screening.lists.source import Source, elements, local, text_at, texts

ROOT = "CONSOLIDATED_LIST"
_NAMES = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_WEAK = frozenset({"low"})
_BIC = re.compile(r"\b(?:SWIFT|BIC)[^A-Z0-9]{1,12}((?=[A-Z]{6})[A-Z0-9]{8}(?:[A-Z0-9]{3})?)\b")
_IMO = re.compile(r"\bIMO\D{0,14}(\d{7})\b")


def read_un(source: Source) -> SanctionsList:
    """Read the list; the version is when it was generated.

    Raises
    ------
    InvalidRequest
        With every fault of the file.
    """
    parts = elements(source, "INDIVIDUAL", "ENTITY")
    made = next(parts).get("dateGenerated", "")
    faults: list[Fault] = []
    entities = [entity for part in parts if (entity := _entity(source.file, part, faults)) is not None]
    if faults:
        raise refused(source.file, faults, entities)
    return SanctionsList("UN", made, made[:10], source.digest(), tuple(entities))


def _entity(file: str, part: etree._Element, faults: list[Fault]) -> Entity | None:
    kind = local(part)
    reference = text_at(part, "REFERENCE_NUMBER")
    name = " ".join(text for field in _NAMES if (text := text_at(part, field)))
    for field, found in (("REFERENCE_NUMBER", reference), ("FIRST_NAME", name)):
        if not found:
            faults.append(Fault(file, part.sourceline or 0, field, "text", "nothing"))
    if not reference or not name:
        return None
    names, weak = split_names(name, person=kind == "INDIVIDUAL")
    names += texts(part, "NAME_ORIGINAL_SCRIPT")
    for alias in (child for child in part if local(child) == f"{kind}_ALIAS"):
        more, doubtful = split_names(text_at(alias, "ALIAS_NAME"), person=kind == "INDIVIDUAL")
        if text_at(alias, "QUALITY").lower() in _WEAK:
            weak += more + doubtful
        else:
            names += more
            weak += doubtful
    comments = text_at(part, "COMMENTS1")
    vessel = kind == "ENTITY" and bool(_IMO.search(comments)) and "vessel" in comments.lower()
    return Entity(
        reference,
        Schema.PERSON if kind == "INDIVIDUAL" else Schema.VESSEL if vessel else Schema.ORGANIZATION,
        distinct(names),
        distinct(weak, names),
        tuple(sorted(set(_identifiers(part, comments)))),
        distinct(date for born in part if local(born) == "INDIVIDUAL_DATE_OF_BIRTH" for date in _dates(born)),
        distinct(country_code(text) for text in _countries(part, kind)),
        distinct([text_at(part, "UN_LIST_TYPE")]),
    )


def _countries(part: etree._Element, kind: str) -> list[str]:
    return texts(part, "NATIONALITY/VALUE") + texts(part, f"{kind}_ADDRESS/COUNTRY")


def _dates(born: etree._Element) -> list[str]:
    approximate = text_at(born, "TYPE_OF_DATE") == "APPROXIMATELY"
    first, last = text_at(born, "FROM_YEAR"), text_at(born, "TO_YEAR")
    if first.isdecimal() and last.isdecimal():
        return dates_between(int(first), int(last))
    exact = text_at(born, "DATE") or text_at(born, "YEAR")
    if approximate and exact[:4].isdecimal():
        return dates_between(int(exact[:4]) - 1, int(exact[:4]) + 1)
    return [exact[:10]] if exact[:4].isdecimal() else []


def _identifiers(part: etree._Element, comments: str) -> Iterator[Identifier]:
    for document in (child for child in part if local(child) == "INDIVIDUAL_DOCUMENT"):
        named = f"{text_at(document, 'TYPE_OF_DOCUMENT')} {text_at(document, 'TYPE_OF_DOCUMENT2')}".lower()
        kind = "passport" if "pas" in named else "national"
        country = country_code(text_at(document, "ISSUING_COUNTRY") or text_at(document, "COUNTRY_OF_ISSUE"))
        found = identifier(kind, text_at(document, "NUMBER"), country)
        if found is not None:
            yield found
    for kind, pattern in (("bic", _BIC), ("imo", _IMO)):
        for match in pattern.finditer(comments):
            found = identifier(kind, match[1])
            if found is not None:
                yield found
