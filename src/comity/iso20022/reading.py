"""From the elements of a document to typed values, in one pass.

Each element is looked at once: its tag leads to the field that it fills, or to the tags that matter
below it; an element that no field names is passed over with all that it holds. The way is compiled
once per struct and namespace.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from comity.iso20022.table import Group, Money, fields_of

if TYPE_CHECKING:
    from lxml.etree import _Element

_G = TypeVar("_G", bound=Group)

_BELOW, _MONEY, _TEXTS, _GROUP, _GROUPS = range(5)
"""What an element that is not a text is: parent of others, an amount, or fields of its own; the plural is repeated."""


@dataclass(frozen=True, slots=True)
class _Tags:
    """What stands below an element."""

    texts: dict[str, int] = field(default_factory=dict)
    """Number of the field that a text fills, by its tag."""
    others: dict[str, tuple[int, int, Any]] = field(default_factory=dict)
    """By tag: what it is, the number of its field, and its `_Tags` or `_Plan`."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a struct is read."""

    group: type[Group]
    tags: _Tags
    defaults: list[Any]
    repeated: tuple[int, ...]
    """Numbers of the fields that are repeated."""


def read(element: _Element, group: type[_G]) -> _G:
    """Read the fields of a struct from its element, whose namespace is that of all fields."""
    tag = element.tag
    found = _read(element, _plan(group, tag[: tag.index("}") + 1]))
    assert isinstance(found, group)
    return found


def _read(element: _Element, plan: _Plan) -> Group:
    values = plan.defaults.copy()
    for number in plan.repeated:
        values[number] = []
    _walk(element, plan.tags, values)
    for number in plan.repeated:
        values[number] = tuple(values[number])
    return plan.group(*values)


def _walk(element: _Element, tags: _Tags, values: list[Any]) -> None:
    texts, others = tags.texts, tags.others
    for child in element:
        tag = child.tag
        if tag in texts:
            values[texts[tag]] = child.text or ""
        elif tag in others:
            kind, number, below = others[tag]
            if kind == _BELOW:
                _walk(child, below, values)
            elif kind == _GROUP:
                values[number] = _read(child, below)
            elif kind == _MONEY:
                values[number] = Money((child.text or "").strip(), child.get("Ccy", ""))
            else:
                values[number].append(_read(child, below) if kind == _GROUPS else child.text or "")


@cache
def _plan(group: type[Group], namespace: str) -> _Plan:
    """Compile the reading of a struct whose elements are in a namespace, written "{...}"."""
    tags = _Tags()
    fields = fields_of(group)
    for number, of in enumerate(fields):
        holds, many = of.shape
        below = _plan(holds, namespace) if issubclass(holds, Group) else None
        for path in of.at.paths:
            level = tags
            for name in path[:-1]:
                level = level.others.setdefault(namespace + name, (_BELOW, -1, _Tags()))[2]
            last = namespace + path[-1]
            assert last not in level.texts, f"{group.__name__}.{of.name} stands where another field does"
            assert last not in level.others, f"{group.__name__}.{of.name} stands where another field does"
            if below is not None:
                level.others[last] = (_GROUPS if many else _GROUP, number, below)
            elif issubclass(holds, Money):
                level.others[last] = (_MONEY, number, None)
            elif many:
                level.others[last] = (_TEXTS, number, None)
            else:
                level.texts[last] = number
    repeated = tuple(number for number, of in enumerate(fields) if of.shape.many)
    return _Plan(group, tags, [of.default for of in fields], repeated)
