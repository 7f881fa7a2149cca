"""The schemas of ISO 20022 messages, made when the package is built.

The registration authority publishes XML schemas that we do not ship
(decision 0030). Two packages publish the same message definitions as Python
dataclasses under the MIT licence: pyiso20022 and python-iso20022. This module
reads their source, without running it, and writes one schema per message
version in our own arrangement: types are named by what they restrict, in the
order in which they are met. The schemas go into one archive that stands beside
the code that reads it and is part of the wheel.

hatchling runs `SchemasHook` for a wheel and for an editable installation; by
hand it is `python hatch_build.py`.

What the dataclasses do not say is stated here and tested against the published
schemas: which types are choices, which choices may be empty, and what a period
or a text is that was a date.
"""

import ast
import importlib.util
import os
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOM = Path(__file__).resolve().parent / "src" / "comity" / "iso20022"
DEFINITIONS = ROOM / "definitions.toml"
ARCHIVE = ROOM / "schemas.zip"

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
SIMPLE = {
    "str": "string",
    "bool": "boolean",
    "Decimal": "decimal",
    "XmlDate": "date",
    "XmlDateTime": "dateTime",
    "XmlTime": "time",
    "XmlPeriod": "gYear",
    "bytes": "base64Binary",
}
FACETS = {
    "min_length": "minLength",
    "max_length": "maxLength",
    "length": "length",
    "pattern": "pattern",
    "min_inclusive": "minInclusive",
    "total_digits": "totalDigits",
    "fraction_digits": "fractionDigits",
}
CHOICES = {"CashAccountType2", "CashBalanceAvailabilityDate1"}
"""Types that are choices without being called so; every type whose name ends in "Choice" is one."""
OPTIONAL = {"CdtTrfMndt", "CtrPtyMktInfrstrctrTxId", "DrctDbtMndt"}
"""Elements that may be absent although they are chosen."""
MONTHS = {"FctvDt", "XpryDt"}
"""Elements that hold a period of a month; every other period is a year."""
UTC_PATTERN = ".*Z"
"""Pattern that only instants have; a field that has it is a text in the dataclass."""


@dataclass(frozen=True, slots=True)
class Member:
    """One field of a dataclass: an element, an attribute, a wildcard or the text."""

    type: str
    many: bool
    facts: dict[str, Any]


@dataclass(slots=True)
class Definition:
    """The dataclasses and enumerations of one message version."""

    members: dict[str, list[Member]] = field(default_factory=dict)
    values: dict[str, list[str]] = field(default_factory=dict)
    bases: dict[str, str] = field(default_factory=dict)
    roots: list[str] = field(default_factory=list)
    """Classes that have a namespace: the last is the document."""


class SchemasHook(BuildHookInterface):  # type: ignore[type-arg]
    """Writes the archive of schemas before the wheel is packed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Write the archive and have it packed, though git does not know it."""
        write_archive(ARCHIVE)
        build_data["artifacts"].append(ARCHIVE.relative_to(self.root).as_posix())


def write_archive(path: Path) -> None:
    """Write the schemas of every version in `DEFINITIONS` to one archive; same input, same bytes."""
    made = path.with_suffix(f".{os.getpid()}")
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for message in messages():
            entry = zipfile.ZipInfo(f"{message}.xsd", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, schema(message))
    made.replace(path)


def messages() -> Iterator[str]:
    """Yield every message version that is shipped, "pacs.008.001.08" and so on."""
    with DEFINITIONS.open("rb") as file:
        for name, facts in tomllib.load(file).items():
            for version in facts["versions"]:
                yield f"{name}.001.{version:02}"


def schema(message: str) -> str:
    """Return the XML schema of a message version."""
    return _Writer(message, _read(_source(message))).text()


def _source(message: str) -> Path:
    family, name = message[:4], message.replace(".", "_")
    for package, file in (("pyiso20022", f"{name}.py"), ("python_iso20022", "models.py")):
        found = importlib.util.find_spec(package)
        if found is None or not found.submodule_search_locations:
            raise ModuleNotFoundError(f"{package} is needed to build the schemas")
        path = Path(found.submodule_search_locations[0], family, name, file)
        if path.exists():
            return path
    raise FileNotFoundError(f"neither pyiso20022 nor python-iso20022 defines {message}")


def _read(path: Path) -> Definition:
    definition = Definition()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.endswith("enums"):
            names = {alias.name for alias in node.names}
            module = Path(*node.module.split(".")[1:]).with_suffix(".py")
            (package,) = (folder for folder in path.parents if folder.name == "python_iso20022")
            values = _read(package / module).values
            definition.values |= {name: values[name] for name in names}
        elif isinstance(node, ast.ClassDef):
            _read_class(node, definition)
    return definition


def _read_class(node: ast.ClassDef, definition: Definition) -> None:
    bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
    if "Enum" in bases:
        assigned = [item.value for item in node.body if isinstance(item, ast.Assign)]
        definition.values[node.name] = [str(value.value) for value in assigned if isinstance(value, ast.Constant)]
        return
    if bases:
        definition.bases[node.name] = bases[0]
    if any("namespace = " in ast.unparse(item) for item in node.body if isinstance(item, ast.ClassDef)):
        definition.roots.append(node.name)
    definition.members[node.name] = [_member(item) for item in node.body if isinstance(item, ast.AnnAssign)]


def _member(node: ast.AnnAssign) -> Member:
    assert isinstance(node.value, ast.Call)
    (metadata,) = (keyword.value for keyword in node.value.keywords if keyword.arg == "metadata")
    assert isinstance(metadata, ast.Dict)
    facts = {_value(key): _value(value) for key, value in zip(metadata.keys, metadata.values, strict=True)}
    names = [name.id for name in ast.walk(node.annotation) if isinstance(name, ast.Name)]
    (type_name,) = set(names) - {"list", "List", "Optional"}
    return Member(type_name, bool({"list", "List"} & set(names)), facts)


def _value(node: ast.expr | None) -> Any:  # noqa: ANN401 - a literal
    if isinstance(node, ast.Call):  # Decimal("0")
        return _value(node.args[0])
    assert isinstance(node, ast.Constant)
    return node.value


class _Writer:
    """Writes the types of a definition that its document reaches, each once."""

    def __init__(self, message: str, definition: Definition) -> None:
        self.message = message
        self.definition = definition
        self.names: dict[str, str] = {}
        """Name of each simple type in the schema, by what it restricts."""
        self.complex: dict[str, str] = {}

    def text(self) -> str:
        root = self.definition.roots[-1]
        document = "AppHdr" if self.message.startswith("head.") else "Document"
        self._type(root)
        types = [f'<xs:simpleType name="{name}">{body}</xs:simpleType>' for body, name in self.names.items()]
        space = quoteattr(NAMESPACE + self.message)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns={space} targetNamespace={space} '
            'elementFormDefault="qualified">\n'
            + "\n".join([f'<xs:element name="{document}" type="{root}"/>', *self.complex.values(), *types])
            + "\n</xs:schema>\n"
        )

    def _members(self, name: str) -> list[Member]:
        inherited = self.definition.bases.get(name, "")
        own = self.definition.members[name]
        return [*self._members(inherited), *own] if inherited in self.definition.members else own

    def _type(self, name: str) -> str:
        """Write a complex type, once; return its name."""
        if name not in self.complex:
            self.complex[name] = ""  # a type may hold itself
            members = self._members(name)
            texts = [member for member in members if "type" not in member.facts]
            self.complex[name] = self._extension(name, members, texts[0]) if texts else self._content(name, members)
        return name

    def _extension(self, name: str, members: list[Member], text: Member) -> str:
        attributes = "".join(
            f'<xs:attribute name="{member.facts["name"]}" type="{self._of(member)}"'
            + (' use="required"/>' if member.facts.get("required") else "/>")
            for member in members
            if member.facts.get("type") == "Attribute"
        )
        return (
            f'<xs:complexType name="{name}"><xs:simpleContent><xs:extension base="{self._of(text)}">{attributes}'
            "</xs:extension></xs:simpleContent></xs:complexType>"
        )

    def _content(self, name: str, members: list[Member]) -> str:
        suffix = "".join(part.capitalize() for part in self.message.split("."))
        plain = name.removesuffix(suffix)
        choice = plain.endswith("Choice") or plain in CHOICES
        kind = "choice" if choice else "sequence"
        inner = "".join(self._particle(member, choice=choice) for member in members)
        return f'<xs:complexType name="{name}"><xs:{kind}>{inner}</xs:{kind}></xs:complexType>'

    def _particle(self, member: Member, *, choice: bool) -> str:
        facts = member.facts
        if facts["type"] == "Wildcard":
            contents = facts.get("process_contents", "lax")
            return f'<xs:any namespace="{facts["namespace"]}" processContents="{contents}"/>'
        least = facts.get("min_occurs", 0) if member.many else int(facts.get("required", False))
        least = max(least, 1) if choice and facts["name"] not in OPTIONAL else least
        most = facts.get("max_occurs", "unbounded") if member.many else 1
        occurs = (f' minOccurs="{least}"' if least != 1 else "") + (f' maxOccurs="{most}"' if most != 1 else "")
        return f'<xs:element name="{facts["name"]}" type="{self._of(member)}"{occurs}/>'

    def _of(self, member: Member) -> str:
        """Return the name of a member's type, which is written if it was not yet."""
        if member.type in self.definition.members:
            return self._type(member.type)
        if member.type in self.definition.values:
            facets = [("enumeration", value) for value in self.definition.values[member.type]]
            return self._simple("string", facets)
        base = SIMPLE[member.type]
        if base == "gYear" and member.facts["name"] in MONTHS:
            base = "gYearMonth"
        elif member.facts.get("pattern") == UTC_PATTERN:
            base = "dateTime"
        return self._simple(base, [(FACETS[key], value) for key, value in member.facts.items() if key in FACETS])

    def _simple(self, base: str, facets: list[tuple[str, Any]]) -> str:
        if not facets:
            return f"xs:{base}"
        inner = "".join(f"<xs:{name} value={quoteattr(str(value))}/>" for name, value in facets)
        body = f'<xs:restriction base="xs:{base}">{inner}</xs:restriction>'
        return self.names.setdefault(body, f"T{len(self.names) + 1}")


if __name__ == "__main__":
    write_archive(ARCHIVE)
    print(f"{ARCHIVE}: {ARCHIVE.stat().st_size:,} bytes", file=sys.stderr)  # noqa: T201
