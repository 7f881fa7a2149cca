"""From the text of a message to typed values, by the shape that it shares with others.

Machines write messages: those of one sender have the same tags again and again, and differ in what stands between them.
So it is worked out once for each sequence of tags, called a shape, which text fills which field; of the next message
of the shape, texts are picked by number, which takes half of the time in which its elements are walked. Every payment
of a message has a shape of its own.

Whether a message follows its schema is known before: it was parsed whole. What is read here is read from the text that
was parsed, and only where a tag can be nothing else: no comments, no processing instructions, no carriage returns, and
as many `<` as `>`. In a text that a parser accepted each `<` then begins a tag, and each tag has a `>` of its own, so
that none is left to stand in a text or an attribute: the next `>` ends it. Every part between two items has to be one
item and nothing else. Any other message is read from its elements, by `comity.iso20022.reading`, with the same values;
so is an item with an entity.

Not to be shared between threads.
"""

from __future__ import annotations

import re
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from comity.iso20022.header import Header
from comity.iso20022.messages import MESSAGES
from comity.iso20022.reading import BELOW, GROUP, GROUPS, MONEY, plan_of, read
from comity.iso20022.schemas import NAMESPACE
from comity.iso20022.table import Group, Message, Money, fields_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lxml.etree import _Element

    from comity.iso20022.parsing import Parsed
    from comity.iso20022.reading import Plan, Tags
    from comity.iso20022.table import Field

_LENGTH_MAX = 8_192
"""Characters of a part that is worth remembering."""
_SHAPES_MAX = 512
_TAG = re.compile(r'(/?)([A-Za-z][A-Za-z0-9.]*)(?:\s+xmlns="([^"&]*)"|\s+Ccy="([A-Z]{3})")?\s*(/?)')
_DECLARATION = "?xml "
_PARTS_MAX = 2
"""Header and document."""


Unread = tuple[frozenset[str] | None, ...]
"""Names of the elements that no field reads: those of a message but for its items, then those of each item; None where
they were not looked for."""


class Contents(NamedTuple):
    """What a message says."""

    header: Header | None
    message: Message
    unread: Unread


class Shapes:
    """Reads messages, and remembers their shapes."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bool, str], _Program | None] = {}

    def read(self, parsed: Parsed) -> Contents:
        """Read the fields of a message and of its header."""
        kind = MESSAGES[parsed.name]
        items = _items(kind)
        text = parsed.text if _is_plain(parsed.text) else ""
        parts = text.split(f"<{items.at.path}>") if items else [text]
        found = [self._program(part, parsed.version, kind, is_item=number > 0) for number, part in enumerate(parts)]
        programs = [program for program, _ in found if program is not None]
        if [program.goes_on for program in programs] != [True] * (len(parts) - 1) + [False] or "&" in parts[0]:
            return _walked(parsed, kind)
        rows: list[Any] = []
        elements: list[_Element] = []
        for number, program in enumerate(programs[1:], 1):
            assert items is not None
            assert issubclass(items.shape.holds, Group)
            if "&" in parts[number]:  # an entity, which is for the parser to replace
                elements = elements or parsed.content.findall(f"{{{NAMESPACE}{parsed.version}}}{items.at.path}")
                rows.append(read(elements[number - 1], items.shape.holds))
            else:
                rows += program.run(found[number][1], ())
        message, *headers = programs[0].run(found[0][1], tuple(rows))
        assert isinstance(message, kind)
        return Contents(next(iter(headers), None), message, tuple(program.unread for program in programs))

    def _program(
        self, part: str, version: str, kind: type[Message], *, is_item: bool
    ) -> tuple[_Program | None, list[str]]:
        """Return what reads a part, None if the message is to be read from its elements; and its texts."""
        if not part or len(part) > _LENGTH_MAX:
            return None, []
        pieces = part.replace(">", "<").split("<")
        tags = pieces[1::2]
        key = (version, is_item, "<".join(tags))
        try:
            program = self._known[key]
        except KeyError:
            if len(self._known) >= _SHAPES_MAX:
                self._known.clear()
            space, items = f"{{{NAMESPACE}{version}}}", _items(kind)
            made = _of_item(tags, space, items) if is_item and items else _of_message(tags, space, kind)
            program = self._known[key] = made
        return program, pieces[::2]


def _is_plain(text: str) -> bool:
    """Whether every tag of a text that was parsed is what stands between a `<` and the next `>`."""
    special = "<!" in text or "\r" in text or text.find("<?", 1) > 0  # at 0 it declares XML
    return not special and text.count("<") == text.count(">")


def _walked(parsed: Parsed, kind: type[Message]) -> Contents:
    header = None if parsed.header is None else read(parsed.header, Header)
    message = read(parsed.content, kind)
    return Contents(header, message, (None,) * (1 + len(getattr(message, "items", ()))))


@cache
def _items(kind: type[Message]) -> Field | None:
    return next((field for field in fields_of(kind) if field.name == "items"), None)


class _Step(NamedTuple):
    """Makes one value of others."""

    at: int
    """Where in the pool it goes."""
    make: Callable[..., object]
    pick: Callable[[list[Any]], Iterable[object]]
    """Takes from the pool what it is made of."""


class _Program(NamedTuple):
    """Reads the texts of one shape: steps over a pool of values.

    The pool has the texts, the items of the message, the values that the steps make, and at its end constants.
    """

    steps: tuple[_Step, ...]
    rest: tuple[object, ...]
    """Room for what the steps make, then constants."""
    made: tuple[int, ...]
    """Where in the pool that stands which was to be read: message and header, or the item."""
    unread: frozenset[str]
    goes_on: bool
    """Whether the first item, or the next, has to follow."""

    def run(self, texts: list[str], items: tuple[Group, ...]) -> list[Any]:
        """Read texts of the shape."""
        pool: list[Any] = [*texts, items, *self.rest]
        for at, make, pick in self.steps:
            pool[at] = make(*pick(pool))
        return [pool[at] for at in self.made]


class _Node:
    """An element of a shape."""

    __slots__ = ("below", "currency", "name", "text")

    def __init__(self, name: str, text: int, currency: str) -> None:
        self.name = name
        """With its namespace, as "{...}Nm"."""
        self.text = text
        """Number of the text after its tag; -1 if it is empty."""
        self.currency = currency
        self.below: list[_Node] = []

    def names(self) -> Iterator[str]:
        """Yield its name and those below, without namespaces."""
        yield self.name.partition("}")[2]
        for each in self.below:
            yield from each.names()


def _of_item(tags: Sequence[str], space: str, items: Field) -> _Program | None:
    """Compile the reading of one item, by the tags after its opening one; None if that is left to its elements.

    Parameters
    ----------
    tags
        What stands between `<` and `>`.
    space
        Namespace of the document, as "{...}".
    """
    outer, item = _Node("", -1, ""), _Node(space + items.at.path, -1, "")
    left, beyond = _grow(tags, [(outer, ""), (item, space)])
    if left is None or left or outer.below:
        return None
    assert issubclass(items.shape.holds, Group)
    builder = _Builder(len(tags) + 1)
    made = builder.group(item, plan_of(items.shape.holds, space))
    return builder.program([made], builder.unread, goes_on=not beyond)


def _of_message(tags: Sequence[str], space: str, kind: type[Message]) -> _Program | None:
    """Compile the reading of a message and its header, whole or up to its first item; None as of an item."""
    outer = _Node("", -1, "")
    left, beyond = _grow(tags, [(outer, "")])
    top = outer.below
    if len(top) == 1 and top[0].name != f"{space}Document":
        top = top[0].below
    if left is None or beyond or not 1 <= len(top) <= _PARTS_MAX or len(top[-1].below) != 1:
        return None
    content, items = top[-1].below[0], _items(kind)
    item = space + items.at.path if items else ""
    if any(child.name == item for child in content.below) or (left and left[-1] is not content):
        return None
    builder = _Builder(len(tags) + 1)
    made = [builder.group(content, plan_of(kind, space), fields_of(kind).index(items) if left and items else -1)]
    unread = set(builder.unread)
    made += [builder.group(each, plan_of(Header, each.name[: each.name.index("}") + 1])) for each in top[:-1]]
    return builder.program(made, unread, goes_on=bool(left))


def _grow(tags: Sequence[str], open_: list[tuple[_Node, str]]) -> tuple[list[_Node] | None, int]:
    """Add the elements of tags below the last of those that are open, each with its namespace.

    Returns
    -------
    tuple
        Which elements but the first are open at the end, None if one of the tags says more than a name, a namespace or
        a currency; and how many were closed beyond the first.
    """
    beyond = 0
    for number, tag in enumerate(tags):
        if not number and tag.startswith(_DECLARATION):
            continue
        found = _TAG.fullmatch(tag)
        if found is None:
            return None, 0
        closing, name, space, currency, empty = found.groups(default="")
        if closing and len(open_) == 1:
            beyond += 1
        elif closing:
            open_.pop()
        else:
            space = f"{{{space}}}" if space else open_[-1][1]
            node = _Node(space + name, -1 if empty else number + 1, currency)
            open_[-1][0].below.append(node)
            if not empty:
                open_.append((node, space))
    return [node for node, _ in open_[1:]], beyond


class _Builder:
    """Makes the steps of a program, for a pool with so many texts."""

    def __init__(self, texts: int) -> None:
        self._items = texts
        self._steps: list[_Step] = []
        self._constants: list[object] = []
        self.unread: set[str] = set()

    def program(self, made: list[int], unread: set[str], *, goes_on: bool) -> _Program:
        """Return the program that makes these values."""
        rest = (*[None] * len(self._steps), *reversed(self._constants))
        return _Program(tuple(self._steps), rest, tuple(made), frozenset(unread), goes_on)

    def group(self, node: _Node, plan: Plan, cut_at: int = -1) -> int:
        """Make a struct of an element, with the items of the message in one field; where in the pool it stands."""
        slots = [self._constant(default) for default in plan.defaults]
        many: dict[int, list[int]] = {number: [] for number in plan.repeated}
        self._fill(node, plan.tags, slots, many)
        for number, each in many.items():
            slots[number] = self._step(_together, each) if each else self._constant(())
        if cut_at >= 0:
            slots[cut_at] = self._items
        return self._step(plan.group, slots)

    def _fill(self, node: _Node, tags: Tags, slots: list[int], many: dict[int, list[int]]) -> None:
        for child in node.below:
            step = tags.get(child.name)
            if step is None:
                self.unread.update(child.names())
                continue
            text = child.text if child.text >= 0 else self._constant("")
            if isinstance(step, int):
                slots[step] = text
                continue
            kind, number, below = step
            if kind == BELOW:
                self._fill(child, below, slots, many)
            elif kind == GROUP:
                slots[number] = self.group(child, below)
            elif kind == MONEY:
                slots[number] = self._step(_money, [text, self._constant(child.currency)])
            else:
                many[number].append(self.group(child, below) if kind == GROUPS else text)

    def _step(self, make: Callable[..., object], slots: list[int]) -> int:
        at = self._items + 1 + len(self._steps)
        self._steps.append(_Step(at, make, _picking(slots)))
        return at

    def _constant(self, value: object) -> int:
        """Return where a constant stands, counted from the end of the pool."""
        for number, known in enumerate(self._constants):
            if known is value or (value.__class__ is str and known == value):
                return -1 - number
        self._constants.append(value)
        return -len(self._constants)


def _picking(slots: list[int]) -> Callable[[list[Any]], Iterable[object]]:
    if len(slots) == 1:
        (slot,) = slots
        return lambda pool: (pool[slot],)
    return itemgetter(*slots)


def _together(*values: object) -> tuple[object, ...]:
    return values


def _money(text: str, currency: str) -> Money:
    return Money(text.strip(), currency)
