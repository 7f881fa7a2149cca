"""From the elements of a document to typed values, in one pass.

Each element is looked at once: its tag leads to the field that it fills, or to the tags that matter
below it; an element that no field names is passed over with all that it holds. The way is compiled
once per struct and namespace.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from comity.iso20022.table import Group, Money, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from comity.iso20022.table import Field

_G = TypeVar("_G", bound=Group)

BELOW, MONEY, TEXTS, GROUP, GROUPS = range(5)
"""What an element that is not a text is: parent of others, an amount, or fields of its own; the plural is repeated."""

Tags = dict[str, "int | tuple[int, int, Any]"]
"""What stands below an element, by tag: the number of the field that a text fills; else what it is, the number of its
field, and the tags below it or the plan of its struct."""


class Plan(NamedTuple):
    """How a struct is read."""

    group: type[Group]
    tags: Tags
    defaults: list[Any]
    repeated: tuple[int, ...]
    """Numbers of the fields that are repeated."""


def read(element: _Element, group: type[_G]) -> _G:
    """Read the fields of a struct from its element, whose namespace is that of all fields."""
    tag = element.tag
    found = _read(element, plan_of(group, tag[: tag.index("}") + 1]))
    assert isinstance(found, group)
    return found


def passed_over(element: _Element, group: type[Group]) -> Iterator[str]:
    """Yield the elements of a struct that `read` passes over because no field names them, each by its path."""
    namespace = element.tag[: element.tag.index("}") + 1]
    return _unread(element, plan_of(group, namespace).tags, len(namespace))


def _unread(element: _Element, tags: Tags, start: int) -> Iterator[str]:
    for child in element:
        name, step = child.tag[start:], tags.get(child.tag)
        if step is None:
            yield name
        elif isinstance(step, tuple) and step[2] is not None:
            below = step[2].tags if isinstance(step[2], Plan) else step[2]
            yield from (f"{name}/{path}" for path in _unread(child, below, start))


def _read(element: _Element, plan: Plan) -> Group:
    group, tags, defaults, repeated = plan
    values = defaults.copy()
    for number in repeated:
        values[number] = []
    _walk(element, tags, values)
    for number in repeated:
        values[number] = tuple(values[number])
    return group(*values)


def _walk(element: _Element, tags: Tags, values: list[Any]) -> None:
    for child in element[:]:  # a list of them is made in half the time that an iterator takes
        step = tags.get(child.tag)
        if step is None:
            continue
        if isinstance(step, int):
            values[step] = child.text or ""
            continue
        kind, number, below = step
        if kind == BELOW:
            _walk(child, below, values)
        elif kind == GROUP:
            values[number] = _read(child, below)
        elif kind == MONEY:
            values[number] = Money((child.text or "").strip(), child.get("Ccy", ""))
        else:
            values[number].append(_read(child, below) if kind == GROUPS else child.text or "")


@cache
def plan_of(group: type[Group], namespace: str) -> Plan:
    """Compile the reading of a struct whose elements are in a namespace, written "{...}"."""
    tags: Tags = {}
    fields = fields_of(group)
    for number, field in enumerate(fields):
        for path in field.at.paths:
            level = tags
            for name in path[:-1]:
                step = level.setdefault(namespace + name, (BELOW, -1, {}))
                assert isinstance(step, tuple), f"{group.__name__}.{field.name} stands below a text"
                level = step[2]
            last = namespace + path[-1]
            assert last not in level, f"{group.__name__}.{field.name} stands where another field does"
            level[last] = _step(number, field, namespace)
    repeated = tuple(number for number, field in enumerate(fields) if field.shape.many)
    return Plan(group, tags, [field.default for field in fields], repeated)


def _step(number: int, field: Field, namespace: str) -> int | tuple[int, int, Any]:
    holds, many = field.shape
    if issubclass(holds, Group):
        return (GROUPS if many else GROUP, number, plan_of(holds, namespace))
    if issubclass(holds, Money):
        return (MONEY, number, None)
    return (TEXTS, number, None) if many else number
