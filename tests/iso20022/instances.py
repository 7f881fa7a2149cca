"""Documents made by chance from a schema, and changed by chance: what two schemas are held to the same verdict on."""

import random
import re._constants as kinds  # type: ignore[import-not-found]  # the standard library's parser of patterns
import re._parser as patterns  # type: ignore[import-not-found]
from collections.abc import Callable
from copy import deepcopy

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"
_TEXTS = {
    "string": "Text 1",
    "boolean": "true",
    "date": "2026-03-02",
    "dateTime": "2026-03-02T10:00:00Z",
    "time": "10:00:00Z",
    "gYear": "2026",
    "gYearMonth": "2026-03",
    "base64Binary": "AAAA",
    "decimal": "1",
}
_STRANGE = (
    "",
    " ",
    "x" * 400,
    "-1",
    "1e5",
    "0.123456789012",
    "1234567890123456789.5",
    "é",
    "2026-13-45",
    "TRUE",
    "\t1 ",
)


class Instances:
    """Makes documents of one schema; the same seed makes the same documents."""

    def __init__(self, schema: bytes, seed: int) -> None:
        root = etree.fromstring(schema)
        self.space = str(root.get("targetNamespace"))
        self.types = {str(node.get("name")): node for node in root if node.tag != f"{XS}element"}
        (self.top,) = (node for node in root if node.tag == f"{XS}element")
        self.chance = random.Random(seed)

    def document(self, *, often: float = 0.25) -> etree._Element:
        """A valid document; elements that may be absent are there this often."""
        root = etree.Element(f"{{{self.space}}}{self.top.get('name')}", nsmap={None: self.space})
        self._fill(root, str(self.top.get("type")), often, 0)
        return root

    def mutant(self, document: etree._Element) -> etree._Element:
        """The same document with one to three changes, most of which make it invalid."""
        changed = deepcopy(document)
        for _ in range(self.chance.randint(1, 3)):
            nodes = [node for node in changed.iter() if node is not changed]
            if nodes:
                self.chance.choice(_CHANGES)(self.chance, self.chance.choice(nodes))
        return changed

    def _fill(self, element: etree._Element, kind: str, often: float, depth: int) -> None:
        node = self.types.get(kind)
        if node is None or node.tag == f"{XS}simpleType":
            element.text = self._text(kind)
            return
        (content,) = node
        if content.tag == f"{XS}simpleContent":
            element.text = self._text(str(content[0].get("base")))
            for attribute in content[0]:
                element.set(str(attribute.get("name")), self._text(str(attribute.get("type"))))
            return
        self._content(element, content, often, depth)

    def _content(self, element: etree._Element, content: etree._Element, often: float, depth: int) -> None:
        particles = [self.chance.choice(list(content))] if content.tag == f"{XS}choice" else list(content)
        for particle in particles:
            if particle.tag == f"{XS}any":
                space = str(particle.get("namespace")).replace("##any", "urn:anything")
                etree.SubElement(element, f"{{{space}}}Any")
            elif particle.tag != f"{XS}element":
                self._content(element, particle, often, depth)
            else:
                least, most = int(particle.get("minOccurs", "1")), particle.get("maxOccurs", "1")
                wanted = max(least, int(self.chance.random() < often / (1 + depth / 4)))
                if wanted and most != "1" and self.chance.random() < often:
                    wanted += 1 if most == "unbounded" or int(most) > wanted else 0
                for _ in range(wanted):
                    child = etree.SubElement(element, f"{{{self.space}}}{particle.get('name')}")
                    self._fill(child, str(particle.get("type")), often, depth + 1)

    def _text(self, kind: str) -> str:
        if kind.startswith("xs:"):
            return _TEXTS[kind[3:]]
        (restriction,) = self.types[kind]
        base = str(restriction.get("base"))
        facets: dict[str, list[str]] = {}
        for facet in restriction:
            facets.setdefault(str(facet.tag).removeprefix(XS), []).append(str(facet.get("value")))
        if base == "xs:decimal":
            return self.chance.choice(["0", "1", "1.5"] if facets.get("fractionDigits") != ["0"] else ["0", "17"])
        if base != "xs:string":
            return _TEXTS[base[3:]]
        return self._string(facets)

    def _string(self, facets: dict[str, list[str]]) -> str:
        if "enumeration" in facets:
            return self.chance.choice(facets["enumeration"])
        if "pattern" in facets:
            return self._matching(patterns.parse(facets["pattern"][0]))
        if "length" in facets:
            return "x" * int(facets["length"][0])
        return "Some text of a field"[: int(facets.get("maxLength", ["20"])[0])]

    def _matching(self, parsed: object) -> str:
        """A text that matches a pattern of the standard."""
        made = []
        for kind, value in parsed:  # type: ignore[attr-defined]
            if kind is kinds.LITERAL:
                made.append(chr(value))
            elif kind is kinds.IN:
                option, of = self.chance.choice([item for item in value if item[0] is not kinds.NEGATE])
                made.append(chr(of if option is kinds.LITERAL else self.chance.randint(*of)))
            elif kind is kinds.MAX_REPEAT:
                least, most, inner = value
                made += [self._matching(inner) for _ in range(self.chance.randint(least, min(int(most), least + 3)))]
            elif kind is kinds.SUBPATTERN:
                made.append(self._matching(value[-1]))
            elif kind is kinds.BRANCH:
                made.append(self._matching(self.chance.choice(value[1])))
            elif kind is kinds.ANY:
                made.append("x")
            else:
                raise NotImplementedError(kind)
        return "".join(made)


def _drop(_: random.Random, node: etree._Element) -> None:
    node.getparent().remove(node)


def _double(_: random.Random, node: etree._Element) -> None:
    node.addnext(deepcopy(node))


def _swap(_: random.Random, node: etree._Element) -> None:
    other = node.getnext()
    if other is not None:
        other.addnext(node)


def _rename(chance: random.Random, node: etree._Element) -> None:
    space = etree.QName(node).namespace
    node.tag = f"{{{space}}}{chance.choice(['Cd', 'Prtry', 'Id', 'Nm', 'Othr', 'Xyz', 'Amt', 'Dt', 'DtTm'])}"


def _set_text(chance: random.Random, node: etree._Element) -> None:
    node.text = chance.choice(_STRANGE)


def _change_text(chance: random.Random, node: etree._Element) -> None:
    text = node.text or ""
    at = chance.randint(0, len(text))
    node.text = text[:at] + chance.choice("0Za-+. :é") + text[at + chance.randint(0, 1) :]


def _change_attributes(chance: random.Random, node: etree._Element) -> None:
    if node.attrib and chance.random() < 0.5:
        node.attrib.clear()
    else:
        node.set("Ccy", chance.choice(["EUR", "eur", "EURO", "XX", ""]))


def _move(chance: random.Random, node: etree._Element) -> None:
    others = list(node.getroottree().getroot().iter())
    target = chance.choice(others)
    if target is not node and node not in target.iterancestors():
        target.append(node)


def _change_space(_: random.Random, node: etree._Element) -> None:
    node.tag = f"{{urn:other}}{etree.QName(node).localname}"


def _empty(_: random.Random, node: etree._Element) -> None:
    for child in list(node):
        node.remove(child)
    node.text = None


_CHANGES: tuple[Callable[[random.Random, etree._Element], None], ...] = (
    *(_drop, _double, _swap, _rename, _set_text, _change_text, _change_text, _change_attributes),
    *(_move, _change_space, _empty),
)
