"""Which elements a schema knows, so that what a version lacks is not written in it."""

from collections.abc import Iterable

from lxml import etree

_XS = "{http://www.w3.org/2001/XMLSchema}"


class Outline:
    """The elements of one schema, below the element that its documents begin with."""

    def __init__(self, schema: bytes) -> None:
        root = etree.fromstring(schema, etree.XMLParser(resolve_entities=False, no_network=True))
        self._types = {
            str(node.get("name")): {str(child.get("name")): str(child.get("type")) for child in node.iter(f"{_XS}element")}
            for node in root.iterchildren(f"{_XS}complexType")
        }
        (document,) = root.iterchildren(f"{_XS}element")
        self._root = str(document.get("type"))

    def knows(self, path: Iterable[str]) -> bool:
        """Whether a path of elements, below `Document` or `AppHdr`, exists."""
        kind = self._root
        for name in path:
            found = self._types.get(kind, {}).get(name)
            if found is None:
                return False
            kind = found
        return True
