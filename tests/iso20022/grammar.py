"""What a schema says, whatever its types are called: two schemas with equal grammars accept the same documents."""

from dataclasses import dataclass

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"
BUILT_IN = "xs:"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place, as a path of elements, where two grammars differ."""

    path: str
    ours: object
    theirs: object


class Grammar:
    """The types of one schema by name."""

    def __init__(self, text: bytes) -> None:
        self.root = etree.fromstring(text)
        self.types = {str(node.get("name")): node for node in self.root if node.tag != f"{XS}element"}
        self.elements = [node for node in self.root if node.tag == f"{XS}element"]

    def simple(self, name: str) -> object:
        """What a simple type restricts and how, patterns and values in any order."""
        if name.startswith(BUILT_IN):
            return name, frozenset()
        (restriction,) = self.types[name]
        base, facets = str(restriction.get("base")), [(str(node.tag), str(node.get("value"))) for node in restriction]
        inherited = self.simple(base)
        assert isinstance(inherited, tuple)
        return inherited[0], frozenset(facets) | inherited[1]

    def is_simple(self, name: str) -> bool:
        return name.startswith(BUILT_IN) or self.types[name].tag == f"{XS}simpleType"


def differences(ours: Grammar, theirs: Grammar) -> list[Difference]:
    """Every place where two schemas differ, starting at the element that both begin with."""
    found: list[Difference] = []
    seen: set[tuple[str, str]] = set()
    assert [node.get("name") for node in ours.elements] == [node.get("name") for node in theirs.elements]
    waiting = [(str(ours.elements[0].get("type")), str(theirs.elements[0].get("type")), "")]
    while waiting:
        mine, yours, path = waiting.pop()
        if (mine, yours) in seen:
            continue
        seen.add((mine, yours))
        if ours.is_simple(mine) or theirs.is_simple(yours):
            simple = [g.simple(n) if g.is_simple(n) else "complex" for g, n in ((ours, mine), (theirs, yours))]
            if simple[0] != simple[1]:
                found.append(Difference(path, *simple))
            continue
        (my_content,), (your_content,) = ours.types[mine], theirs.types[yours]
        shapes = [_shape(ours, my_content), _shape(theirs, your_content)]
        if shapes[0] != shapes[1]:
            found.append(Difference(path, *shapes))
            continue
        pairs = zip(my_content.iter(f"{XS}element"), your_content.iter(f"{XS}element"), strict=True)
        waiting += [(str(a.get("type")), str(b.get("type")), f"{path}/{a.get('name')}") for a, b in pairs]
    return found


def _shape(grammar: Grammar, content: etree._Element) -> object:
    """What stands where in a complex type, but for the types of its elements."""
    if content.tag == f"{XS}simpleContent":
        (extension,) = content
        attributes = [(a.get("name"), a.get("use"), grammar.simple(str(a.get("type")))) for a in extension]
        return "text", grammar.simple(str(extension.get("base"))), attributes
    occurs = (content.get("minOccurs", "1"), content.get("maxOccurs", "1"))
    inner = [
        (
            node.get("name"),
            node.get("minOccurs", "1"),
            node.get("maxOccurs", "1"),
            node.get("namespace"),
            node.get("processContents"),
        )
        if node.tag in {f"{XS}element", f"{XS}any"}
        else _shape(grammar, node)
        for node in content
    ]
    if occurs == ("1", "1") and len(inner) == 1 and content[0].tag != f"{XS}element":
        return inner[0]  # a sequence of one choice is that choice
    return str(content.tag), occurs, inner
