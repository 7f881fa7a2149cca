"""The schemas of the messages: which are known, and whether a document follows its own.

The schemas are made when the package is built (`hatch_build.py`, decision 0030) and stand in an
archive beside this module; `Schemas.open(folder)` takes the published ones from a folder instead,
where one stands for a version. A schema is compiled when it is first asked for, in milliseconds.

Not to be shared between threads: a compiled schema keeps the errors of its last document.
"""

from __future__ import annotations

import re
import zipfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from comity.errors import EnvironmentFailed, Fault, InvalidRequest, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
FAULTS_MAX = 20
"""So many faults of a document are told."""

_ARCHIVE = "schemas.zip"
_FOUND_MAX = 300
_PLACE_MAX = 350
_STEP = re.compile(r"\*(?:\[(\d+)\])?")


class Schemas:
    """Schemas by message version, such as "pacs.008.001.08"."""

    def __init__(self, versions: frozenset[str], load: Callable[[str], bytes]) -> None:
        self.versions = versions
        self._load = load
        self._compiled: dict[str, etree.XMLSchema] = {}

    @classmethod
    def open(cls, folder: Path | None = None) -> Schemas:
        """Open the schemas that were built, or those of a folder of `VERSION.xsd` files where it has them.

        Raises
        ------
        EnvironmentFailed
            If the package was not built.
        InvalidRequest
            If the folder has none, or one in it is no schema, or that of another message than its name says: with
            every fault.
        """
        archive = resources.files(__package__).joinpath(_ARCHIVE)
        try:
            with archive.open("rb") as file, zipfile.ZipFile(file) as packed:
                built = {Path(name).stem: packed.read(name) for name in packed.namelist()}
        except FileNotFoundError:
            raise EnvironmentFailed(f"{_ARCHIVE} is missing: the schemas are made when the package is built") from None
        if folder is None:
            return cls(frozenset(built), built.__getitem__)
        files = {path.stem: path for path in folder.glob("*.xsd") if path.stem in built}
        if not files:
            expected = "a folder with schemas of messages that are spoken here, such as pacs.008.001.08.xsd"
            raise InvalidRequest([Fault(str(folder), 0, "", expected, "none")])
        given = {name: path.read_bytes() for name, path in files.items()}
        faults = [fault for name, text in sorted(given.items()) for fault in _schema_faults(text, name, files[name])]
        if faults:
            raise InvalidRequest(faults)
        return cls(frozenset(built), (built | given).__getitem__)

    def text(self, version: str) -> bytes:
        """Return a schema as it stands.

        Raises
        ------
        NotFound
            If the version is not one of `versions`.
        """
        if version not in self.versions:
            raise NotFound(f"no schema of {version}")
        return self._load(version)

    def faults(self, element: etree._Element, version: str) -> list[tuple[str, str]]:
        """Hold a document, or a header, against its schema.

        Returns
        -------
        list of (place, fault)
            Path of the element and what is wrong with it, in the words of the validator; at most
            `FAULTS_MAX`, empty if the document is valid.
        """
        schema = self._schema(version)
        if schema.validate(element):
            return []
        space = f"{{{NAMESPACE}{version}}}"
        return [
            (_named(element, entry.path) if entry.path else "", entry.message.replace(space, "")[:_FOUND_MAX])
            for entry, _ in zip(schema.error_log, range(FAULTS_MAX), strict=False)
        ]

    def is_valid(self, element: etree._Element, version: str) -> bool:
        """Whether a document, or a header, follows its schema."""
        return bool(self._schema(version).validate(element))

    def _schema(self, version: str) -> etree.XMLSchema:
        schema = self._compiled.get(version)
        if schema is None:
            schema = self._compiled[version] = etree.XMLSchema(_parsed(self.text(version)))
        return schema


def _parsed(text: bytes) -> etree._Element:
    return etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))


def _schema_faults(text: bytes, version: str, path: Path) -> list[Fault]:
    try:
        root = _parsed(text)
        if root.getroottree().docinfo.doctype:
            return [Fault(str(path), 0, "", "a schema without a document type", "one with")]
        etree.XMLSchema(root)
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as bad:
        return [Fault(str(path), 0, "", "an XML schema", str(bad)[:_FOUND_MAX])]
    space = root.get("targetNamespace", "")
    expected = NAMESPACE + version
    return [] if space == expected else [Fault(str(path), 0, "targetNamespace", expected, space or "none")]


def _named(element: etree._Element, path: str) -> str:
    """Return the path of a fault with the names of its elements, where the validator writes `*` for each."""
    at, names = element, [etree.QName(element).localname]
    for step in path.split("/")[2:]:
        found = _STEP.fullmatch(step)
        children = list(at.iterchildren("*"))
        number = int(found[1] or 1) if found else 0
        if not 1 <= number <= len(children):
            return path
        at = children[number - 1]
        alike = [child for child in children if child.tag == at.tag]
        names.append(etree.QName(at).localname + (f"[{alike.index(at) + 1}]" if len(alike) > 1 else ""))
    named = "/" + "/".join(names)
    return named if len(named) <= _PLACE_MAX else path
