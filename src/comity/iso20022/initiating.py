"""Payments that a customer asks its institution for (pain.001), made into payments between institutions (pacs.008).

The customer's institution sends its message as it got it. Each payment that it asks for becomes one of a pacs.008:
what the two messages share is copied word for word, so that nothing that the customer said to whom it pays is lost;
what is meant for the debtor's institution alone goes no further. The same message always becomes the same payments.
"""

from __future__ import annotations

import hashlib
from copy import deepcopy
from typing import TYPE_CHECKING

from lxml import etree

from comity.iso20022.parsing import BOUNDS, Parsed
from comity.iso20022.refusal import REFERENCE_UNKNOWN, MessageRefused, Refusal
from comity.iso20022.schemas import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from comity.iso20022.schemas import Schemas

INITIATION, TRANSFERS = "pain.001", "pacs.008"
VERSIONS = {
    "pain.001.001.08": "pacs.008.001.08",
    "pain.001.001.09": "pacs.008.001.08",
    "pain.001.001.10": "pacs.008.001.09",
    "pain.001.001.11": "pacs.008.001.10",
    "pain.001.001.12": "pacs.008.001.12",
}
"""Version that the payments are made in: the one that describes parties, accounts and so on as theirs does."""

_MESSAGE, _ITEM, _BLOCK = "FIToFICstmrCdtTrf", "CdtTrfTxInf", "PmtInf"
_SHARED = "SLEV"
"""Charges where nothing is said of them: as the service level has it."""
_BEFORE = ("ChrgBr", "MndtRltdInf")
_AFTER = (
    *("UltmtDbtr", "InitgPty", "Dbtr", "DbtrAcct", "DbtrAgt", "DbtrAgtAcct", "CdtrAgt", "CdtrAgtAcct", "Cdtr"),
    *("CdtrAcct", "UltmtCdtr", "InstrForCdtrAgt", "Purp", "RgltryRptg", "Tax", "RltdRmtInf", "RmtInf", "SplmtryData"),
)
"""Elements that both messages have, in their order in a pacs.008; the agents who settle stand between the two."""


def transfers(parsed: Parsed, digest: str) -> Parsed:
    """Make the pacs.008 of a pain.001, in the version of `VERSIONS`; not held against its schema, see `unfit`.

    Parameters
    ----------
    digest
        SHA-256 of what was sent, hexadecimal: of it come the UETRs of payments that have none.

    Raises
    ------
    MessageRefused
        What is said once for many payments would be too much, said of each.
    """
    source = _Source(parsed)
    root = source.make("Document")
    made = source.add(root, _MESSAGE)
    head = source.add(made, "GrpHdr")
    group = source.child(parsed.content, "GrpHdr")
    assert group is not None
    for name in ("MsgId", "CreDtTm"):
        source.copy(head, name, group)
    rows = list(source.rows())
    source.add(head, "NbOfTxs", str(len(rows)))
    source.add(source.add(head, "SttlmInf"), "SttlmMtd", "CLRG")
    for number, (block, row) in enumerate(rows):
        item = source.add(made, _ITEM)
        source.references(item, row, f"{digest}/{number}")
        source.copy(item, "PmtTpInf", row, block)
        amount = source.child(row, "Amt", "InstdAmt")
        if amount is not None:
            source.add(item, "IntrBkSttlmAmt", amount.text or "").set("Ccy", amount.get("Ccy", ""))
        date = source.child(block, "ReqdExctnDt", "Dt")
        if date is not None:
            source.add(item, "IntrBkSttlmDt", date.text or "")
        for name in _BEFORE:
            if not source.copy(item, name, row, block) and name == "ChrgBr":
                source.add(item, name, _SHARED)
        source.copy_as(item, "InstgAgt", source.child(block, "DbtrAgt"))
        source.copy_as(item, "InstdAgt", source.child(row, "CdtrAgt"))
        for name in _AFTER:
            source.copy(item, name, row, block, group)
    etree.cleanup_namespaces(root)
    version = VERSIONS[parsed.version]
    text = etree.tostring(root, encoding="unicode").replace(f"{NAMESPACE}{parsed.version}", f"{NAMESPACE}{version}", 1)
    return Parsed(version, etree.fromstring(text, _PARSER), "", None)


def payments_of(parsed: Parsed, digest: str) -> Parsed:
    """Return the message that has the payments of one: itself, but of a pain.001 the pacs.008 made of it."""
    return transfers(parsed, digest) if parsed.name == INITIATION else parsed


def unfit(parsed: Parsed, numbers: Collection[int], schemas: Schemas) -> list[int]:
    """Return which of these payments of a pacs.008 from `transfers` say what stands in no pacs.008."""
    if schemas.is_valid(parsed.document, parsed.version):
        return []
    head, *items = parsed.content
    alone = ((number, _alone_in(parsed, head, items[number])) for number in numbers)
    return [number for number, document in alone if not schemas.is_valid(document, parsed.version)]


def _alone_in(parsed: Parsed, head: etree._Element, item: etree._Element) -> etree._Element:
    """Return a document like another, of one of its payments."""
    document = etree.Element(parsed.document.tag)
    etree.SubElement(document, parsed.content.tag).extend((_alone(head), _alone(item)))
    return document


class _Source:
    """Finds and copies elements of one namespace."""

    def __init__(self, parsed: Parsed) -> None:
        self._content = parsed.content
        self._left = BOUNDS.tags // 2
        self._space = str(etree.QName(parsed.content).namespace)

    def make(self, name: str) -> etree._Element:
        return etree.Element(f"{{{self._space}}}{name}", nsmap={None: self._space})

    def add(self, parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
        found = etree.SubElement(parent, f"{{{self._space}}}{name}")
        found.text = text
        return found

    def child(self, element: etree._Element, *path: str) -> etree._Element | None:
        return element.find("/".join(f"{{{self._space}}}{name}" for name in path))

    def rows(self) -> Iterator[tuple[etree._Element, etree._Element]]:
        """Yield each payment with its block, which says who pays when."""
        for block in self._content.iterchildren(f"{{{self._space}}}{_BLOCK}"):
            for row in block.iterchildren(f"{{{self._space}}}{_ITEM}"):
                yield block, row

    def copy(self, into: etree._Element, name: str, *places: etree._Element) -> bool:
        """Copy all elements of a name from the first of the places that has some; whether there are any."""
        for place in places:
            found = place.findall(f"{{{self._space}}}{name}")
            if found:
                self._extend(into, found)
                return True
        return False

    def copy_as(self, into: etree._Element, name: str, element: etree._Element | None) -> None:
        """Copy what stands in an element into one of another name."""
        if element is not None:
            self._extend(self.add(into, name), element)

    def _extend(self, into: etree._Element, elements: Iterable[etree._Element]) -> None:
        for element in elements:
            self._left -= sum(1 for _ in element.iter())
            if self._left < 0:
                raise MessageRefused(
                    Refusal.TOO_LARGE, f"more than {BOUNDS.tags // 2:,} elements, said of each payment"
                )
            into.append(_alone(element))

    def references(self, into: etree._Element, row: etree._Element, seed: str) -> None:
        """Write the references of a payment: those of the customer, and a UETR if it has none."""
        given = {name: self.child(row, "PmtId", name) for name in ("InstrId", "EndToEndId", "UETR")}
        words = {name: "" if element is None else element.text or "" for name, element in given.items()}
        if words["EndToEndId"] != REFERENCE_UNKNOWN:
            words["InstrId"] = words["InstrId"] or words["EndToEndId"]
        words["UETR"] = words["UETR"] or _uetr(seed)
        made = self.add(into, "PmtId")
        for name, text in words.items():
            if text:
                self.add(made, name, text)


def _alone(element: etree._Element) -> etree._Element:
    copied = deepcopy(element)
    copied.tail = None
    return copied


def _uetr(seed: str) -> str:
    """Return a UETR that follows from a text, with version and variant of one that was drawn."""
    text = hashlib.sha256(seed.encode()).hexdigest()
    variant = "89ab"[int(text[16], 16) % 4]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
