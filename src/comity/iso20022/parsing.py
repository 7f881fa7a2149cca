"""From bytes to a header and a document, and from nobody's bytes to harm.

Whoever may send a message may send anything. So bytes are bounded and looked at before a parser
sees them: they are UTF-8 without a mark of order or a NUL, declare no other encoding, have no
document type (and so no entities), no CDATA and no XInclude, and have no more tags than a file
of messages needs. The parser then loads nothing, replaces nothing but the five entities of XML and
stops at a depth of 256 elements and a text of ten million characters. Comments and processing
instructions are dropped, so that no text is cut in two by one.

What is sent is a `Document`, or an element of any name that holds an `AppHdr` (head.001) and a
`Document`. Both say by their namespaces which version they are.

Not to be shared between threads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from comity.iso20022.definitions import name_of
from comity.iso20022.refusal import MessageRefused, Refusal
from comity.iso20022.schemas import NAMESPACE

if TYPE_CHECKING:
    from comity.iso20022.schemas import Schemas

_BOMS = (b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe")
_DECLARATION = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)")
_FORBIDDEN = (
    (b"<!DOCTYPE", Refusal.DOCUMENT_TYPE),
    (b"<![CDATA[", Refusal.CDATA),
    (b"http://www.w3.org/2001/XInclude", Refusal.XINCLUDE),
    (b"http://www.w3.org/2003/XInclude", Refusal.XINCLUDE),
)
_SMALL = 16_384
"""What has no more bytes cannot go beyond any bound."""
_PROLOGUE = 256
_CHILDREN_OF_ENVELOPE = 2
_FOUND_LENGTH_MAX = 40


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large what is sent may be."""

    size: int = 16 << 20
    """Bytes."""
    tags: int = 250_000
    """Opening, closing and empty tags; they bound the elements, and so the memory and the faults that can be found."""
    attributes: int = 100_000
    """Equals signs."""
    children: int = 2_000
    """Elements within one: to say where among n of them a fault is takes n steps."""


BOUNDS = Bounds()
"""A file of 1,000 ordinary transactions has about 2 MiB, 150,000 tags, 1,000 attributes and 1,000 children of one."""


class Parsed(NamedTuple):
    """A header and a document that follow their schemas, or did when they were taken."""

    version: str
    """Of the document: "pacs.008.001.08"."""
    document: etree._Element
    """The element `Document`."""
    header_version: str
    """Of the header, empty without one."""
    header: etree._Element | None
    """The element `AppHdr`."""
    text: str = ""
    """What was parsed to all of it, if that is at hand."""

    @property
    def name(self) -> str:
        """What the message is called in every version: "pacs.008"."""
        return name_of(self.version)

    @property
    def content(self) -> etree._Element:
        """The element below `Document`."""
        return self.document[0]


class Parser:
    """Parses messages and holds them against their schemas; one per thread."""

    def __init__(self, schemas: Schemas, bounds: Bounds = BOUNDS) -> None:
        self._schemas = schemas
        self._bounds = bounds
        self._crowded = etree.XPath(f"boolean(//*[{bounds.children + 1}])")
        self._parser = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
            recover=False,
            remove_comments=True,
            remove_pis=True,
            collect_ids=False,
        )

    def parse(self, data: bytes) -> Parsed:
        """Parse a message and validate it.

        Raises
        ------
        MessageRefused
            Says what is wrong; it knows the message's own id where one could be found.
        """
        parsed = self.parse_taken(data)
        for element, of in ((parsed.header, parsed.header_version), (parsed.document, parsed.version)):
            if element is not None:
                self._validate(element, of, data)
        return parsed

    def parse_taken(self, data: bytes) -> Parsed:
        """Parse a message that was taken before: it followed its schema then, whatever the schema says by now.

        Raises
        ------
        MessageRefused
            It is no message.
        """
        text = self._look(data)
        try:
            root = etree.fromstring(data, self._parser)
        except etree.XMLSyntaxError as bad:
            raise MessageRefused(Refusal.NOT_WELL_FORMED, bad.msg or "", data=data) from None
        if len(data) > _SMALL and self._crowded(root):
            raise MessageRefused(Refusal.TOO_LARGE, f"more than {self._bounds.children:,} elements in one", data=data)
        header, document = _parts(root, data)
        version, header_version = _version(document, data), "" if header is None else _version(header, data)
        return Parsed(version, document, header_version, header, text)

    def _validate(self, element: etree._Element, version: str, data: bytes) -> None:
        if version not in self._schemas.versions:
            raise MessageRefused(Refusal.UNKNOWN_MESSAGE, self._unknown(version), data=data)
        faults = self._schemas.faults(element, version)
        if faults:
            raise MessageRefused(Refusal.NOT_OF_SCHEMA, faults[0][1], data=data, version=version, faults=faults)

    def _unknown(self, version: str) -> str:
        """Say which versions of a message are known instead of one."""
        known = sorted(each for each in self._schemas.versions if each.startswith(f"{name_of(version)}."))
        words = f"known are {', '.join(known)}" if known else "no version is known"
        return f"{version[:_FOUND_LENGTH_MAX]}: {words}"

    def _look(self, data: bytes) -> str:
        """Refuse what no parser should see; return the text."""
        if len(data) > self._bounds.size:
            raise MessageRefused(Refusal.TOO_LARGE, f"{len(data):,} bytes, at most {self._bounds.size:,}")
        if data.startswith(_BOMS) or b"\0" in data:
            raise MessageRefused(Refusal.NOT_UTF_8, "a byte order mark or a NUL")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as bad:
            raise MessageRefused(Refusal.NOT_UTF_8, f"byte {bad.start}") from None
        declared = _DECLARATION.match(data[:_PROLOGUE])
        if declared and declared[1].lower() not in {b"utf-8", b"utf8"}:
            raise MessageRefused(Refusal.NOT_UTF_8, f"declared as {declared[1][:20].decode('ascii', 'replace')}")
        for words, refusal in _FORBIDDEN if b"<!" in data or b"XInclude" in data else ():
            if words in data:
                raise MessageRefused(refusal, data=data)
        if len(data) <= _SMALL:
            return text
        tags, attributes = data.count(b"<"), data.count(b"=")
        if tags > self._bounds.tags or attributes > self._bounds.attributes:
            raise MessageRefused(Refusal.TOO_LARGE, f"{tags:,} tags and {attributes:,} attributes", data=data)
        return text


def _parts(root: etree._Element, data: bytes) -> tuple[etree._Element | None, etree._Element]:
    """Find the header, if there is one, and the document."""
    name = _local(root)
    if name == "Document":
        return None, root
    children = root[: _CHILDREN_OF_ENVELOPE + 1]
    names = [_local(child) for child in children]
    if names != ["AppHdr", "Document"]:
        raise MessageRefused(Refusal.NO_DOCUMENT, ", ".join([name, *names]), data=data)
    return children[0], children[1]


def _local(element: etree._Element) -> str:
    return str(element.tag.rpartition("}")[2])


def _version(element: etree._Element, data: bytes) -> str:
    space = element.tag[1:].partition("}")[0] if element.tag[0] == "{" else ""
    if not space.startswith(NAMESPACE):
        raise MessageRefused(Refusal.UNKNOWN_MESSAGE, space or "no namespace", data=data)
    return str(space[len(NAMESPACE) :])
