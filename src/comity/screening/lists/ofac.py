"""The Specially Designated Nationals list of OFAC in its legacy form: SDN, ADD, ALT and comments, CSV without headings.

Columns are those of OFAC's `dat_spec.txt`; `-0-` stands for nothing. Weak aliases, dates of birth and numbers stand in
the remarks, which go on in the file of comments where they are long.
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from comity.errors import Fault, InvalidRequest
from comity.screening.countries import country_code
from comity.screening.entity import Entity, Identifier, Schema
from comity.screening.identifiers import identifier
from comity.screening.lists.parts import dates_between, day, distinct, split_names
from comity.screening.lists.sanctions_list import SanctionsList, refused
from comity.screening.lists.source import opened, text_of

_COLUMNS = {"sdn": 12, "add": 6, "alt": 5, "comments": 2}
_SCHEMATA = {"individual": Schema.PERSON, "vessel": Schema.VESSEL, "aircraft": Schema.AIRPLANE, "": Schema.ORGANIZATION}
_END = "\x1a"

_QUOTED = re.compile(r"\b[afn]\.k\.a\. '([^']+(?:'[^';]+)*)'")
_BORN = re.compile(r"^(?:alt\. )?DOB (circa )?(.+?)\.?$")
_SPAN = re.compile(r"^(.*\d{4}) to (.*\d{4})$")
_FROM = re.compile(r"^(?:alt\. )?(?:nationality|citizen|Vessel Flag|Former Vessel Flag|Flag) (.+?)\.?$")
_NUMBERED = re.compile(
    r"^(?:alt\. )?(.+?) ([A-Z0-9][A-Z0-9./\- ]*\d[A-Z0-9./\-]*|[A-Z]{6}[A-Z0-9]{2,5})(?: \(([^)]+)\))?"
)
_KINDS = (
    ("imo", "IMO"),
    ("bic", "SWIFT/BIC"),
    ("mmsi", "MMSI"),
    ("lei", "Legal Entity Number"),
    ("passport", "Passport"),
    ("tax", "Tax ID|RUC|NIT|RIF|R.F.C|V.A.T|RTN"),
    ("national", "National ID|Cedula|D.N.I|C.U.R.P|Identification Number|Personal ID|SSN|Citizen|NIE|Identity Card"),
    (
        "registration",
        "Registration|Matricula|Folio|Registry|Company Number|Business|License|Enterprise|D-U-N-S|C.R. No",
    ),
)


@dataclass(slots=True)
class _Row:
    line: int
    cells: list[str]
    aliases: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)


def files_of(folder: Path) -> dict[str, Path]:
    """Return which files of a folder are which: sdn, and of add, alt and comments those that are there.

    Raises
    ------
    InvalidRequest
        If two files could be the same table.
    """
    found: dict[str, Path] = {}
    faults = []
    for path in sorted(folder.iterdir()):
        name = path.name.lower().removesuffix(".gz")
        if not name.endswith(".csv"):
            continue
        stem = name.removesuffix(".csv")
        kind = next((kind for kind in ("comments", "add", "alt", "sdn") if stem.endswith(kind)), "")
        if kind in found:
            faults.append(Fault(str(folder), 0, "", f"one table {kind}", f"{found[kind].name} and {path.name}"))
        elif kind:
            found[kind] = path
    if faults:
        raise InvalidRequest(faults)
    return found


def read_ofac(folder: Path) -> SanctionsList:
    """Read the tables of a folder; the form states no version.

    Raises
    ------
    InvalidRequest
        With every fault of the files.
    """
    files = files_of(folder)
    if "sdn" not in files:
        raise InvalidRequest([Fault(str(folder), 0, "", "a table ending in sdn.csv", "none")])
    faults: list[Fault] = []
    digest = hashlib.sha256()
    tables = {kind: _rows(files[kind], kind, digest, faults) for kind in _COLUMNS if kind in files}
    parties = {row.cells[0]: row for row in tables["sdn"]}
    if len(parties) < len(tables["sdn"]):
        faults.append(Fault(str(files["sdn"]), 0, "ent_num", "each number once", "one twice"))
    if faults:
        raise refused(str(folder), faults, map(_entity, parties.values()))
    orphans = [
        Fault(str(files[kind]), row.line, "ent_num", "the number of a party", row.cells[0])
        for kind in ("add", "alt", "comments")
        for row in tables.get(kind, ())
        if not _joined(kind, row, parties)
    ]
    entities = tuple(_entity(row) for row in parties.values())
    return SanctionsList("OFAC SDN", "", "", digest.hexdigest(), entities, len(orphans), tuple(orphans))


def _rows(path: Path, kind: str, digest: "hashlib._Hash", faults: list[Fault]) -> list[_Row]:
    with opened(path) as source:
        lines = text_of(source).splitlines(keepends=True)
        digest.update(f"{kind}:{source.digest()}\n".encode())
    while lines and not lines[-1].strip(f"{_END} \r\n"):
        lines.pop()
    rows = []
    reader = csv.reader(lines, strict=True)
    try:
        for cells in reader:
            values = ["" if cell.strip() == "-0-" else cell.strip() for cell in cells]
            if len(values) != _COLUMNS[kind] or not values[0].isdecimal():
                faults.append(
                    Fault(
                        str(path), reader.line_num, "", f"{_COLUMNS[kind]} columns, the first a number", _shown(cells)
                    )
                )
                continue
            rows.append(_Row(reader.line_num, values))
    except csv.Error as bad:
        faults.append(Fault(str(path), reader.line_num, "", "a row of CSV to its end", str(bad)))
    return rows


def _shown(cells: list[str]) -> str:
    return repr(",".join(cells)[:60])


def _joined(kind: str, row: _Row, parties: dict[str, _Row]) -> bool:
    """Add a row to its party; say whether it has one."""
    party = parties.get(row.cells[0])
    if party is None:
        return False
    if kind == "alt":
        party.aliases.append(row.cells[3])
    elif kind == "add":
        party.countries.append(row.cells[4])
    else:
        party.cells[11] += row.cells[1]
    return True


def _entity(row: _Row) -> Entity:
    number, name, kind, programme, _, sign, *_, flag, _, remarks = row.cells
    schema = _SCHEMATA.get(kind.lower(), Schema.LEGAL_ENTITY)
    person = schema == Schema.PERSON
    names, weak = split_names(name, person=person)
    for alias in row.aliases:
        more, doubtful = split_names(alias, person=person)
        names += more
        weak += doubtful
    weak += _QUOTED.findall(remarks)
    parts = [part.strip() for part in remarks.split(";")]
    countries = [flag, *row.countries, *(found[1] for part in parts if (found := _FROM.match(part)))]
    identifiers = {each for part in parts for each in _identifier(part)}
    if sign and schema == Schema.VESSEL and (call := identifier("other", sign)) is not None:
        identifiers.add(call)
    return Entity(
        number,
        schema,
        distinct(names),
        distinct(weak, names),
        tuple(sorted(identifiers)),
        distinct(date for part in parts if (found := _BORN.match(part)) for date in _dates(found[2], bool(found[1]))),
        distinct(map(country_code, countries)),
        distinct(programme.replace("[", " ").replace("]", " ").split()),
    )


def _dates(text: str, circa: bool) -> list[str]:  # noqa: FBT001 - read beside the pattern
    span = _SPAN.match(text)
    if span:
        first, last = day(span[1]), day(span[2])
        return dates_between(int(first[:4]), int(last[:4])) if first and last else []
    exact = day(text)
    return dates_between(int(exact[:4]) - 1, int(exact[:4]) + 1) if circa and exact else [exact]


def _identifier(part: str) -> Iterator[Identifier]:
    found = _NUMBERED.match(part)
    if not found:
        return
    label, value, country = found[1], found[2], country_code(found[3] or "")
    kind = next((kind for kind, words in _KINDS if any(word in label for word in words.split("|"))), "")
    if country == "RU" and kind in ("tax", "registration", "national"):
        kind = {10: "inn", 12: "inn", 13: "ogrn"}.get(len(value), kind) if value.isdecimal() else kind
    if "IMO" in value:
        kind, value = "imo", value.rpartition(" ")[2]
    if kind and (each := identifier(kind, value, country)) is not None:
        yield each
