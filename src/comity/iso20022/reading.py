"""From the elements of a document to typed values, in one pass.

Each element is looked at once: its tag leads to the field that it fills, or to the tags that matter
below it; an element that no field names is passed over with all that it holds. The way is compiled
once per struct and namespace.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from comity.iso20022.table import Group, Money, fields_of

if TYPE_CHECKING:
    from lxml.etree import _Element

_G = TypeVar("_G", bound=Group)


class _Kind(IntEnum):
    BELOW = 0
    TEXT = 1
    TEXTS = 2
    MONEY = 3
    GROUP = 4
    GROUPS = 5


class _Step(NamedTuple):
    """What an element fills, by its tag."""

    kind: int
    field: int
    """Number of the field."""
    below: dict[str, _Step]
    plan: _Plan | None


class _Plan(NamedTuple):
    """How a struct is read."""

    group: type[Group]
    steps: dict[str, _Step]
    defaults: list[Any]
    """A list per repeated field, to be copied."""
    repeated: tuple[int, ...]


def read(element: _Element, group: type[_G]) -> _G:
    """Read the fields of a struct from its element, whose namespace is that of all fields."""
    tag = element.tag
    assert isinstance(tag, str)
    found = _read(element, _plan(group, tag[: tag.index("}") + 1]))
    assert isinstance(found, group)
    return found


def _read(element: _Element, plan: _Plan) -> Group:
    values = plan.defaults.copy()
    for index in plan.repeated:
        values[index] = []
    _walk(element, plan.steps, values)
    for index in plan.repeated:
        values[index] = tuple(values[index])
    return plan.group(*values)


def _walk(element: _Element, steps: dict[str, _Step], values: list[Any]) -> None:
    for child in element:
        step = steps.get(child.tag)
        if step is None:
            continue
        kind, index, below, plan = step
        if kind == 0:
            _walk(child, below, values)
        elif kind == 1:
            values[index] = child.text or ""
        elif kind == _Kind.MONEY:
            values[index] = Money((child.text or "").strip(), child.get("Ccy", ""))
        elif kind == _Kind.TEXTS:
            values[index].append(child.text or "")
        elif plan is not None:
            inner = _read(child, plan)
            if kind == _Kind.GROUP:
                values[index] = inner
            else:
                values[index].append(inner)


@cache
def _plan(group: type[Group], namespace: str) -> _Plan:
    """Compile the reading of a struct whose elements are in a namespace, written "{...}"."""
    steps: dict[str, _Step] = {}
    fields = fields_of(group)
    for index, field in enumerate(fields):
        holds, many = field.shape
        plan = None
        if issubclass(holds, Group):
            kind, plan = _Kind.GROUPS if many else _Kind.GROUP, _plan(holds, namespace)
        elif issubclass(holds, Money):
            kind = _Kind.MONEY
        else:
            kind = _Kind.TEXTS if many else _Kind.TEXT
        for path in field.at.paths:
            level = steps
            for name in path[:-1]:
                level = level.setdefault(namespace + name, _Step(_Kind.BELOW, -1, {}, None)).below
            assert namespace + path[-1] not in level, f"{group.__name__}.{field.name} stands where another field does"
            level[namespace + path[-1]] = _Step(kind, index, {}, plan)
    repeated = tuple(index for index, field in enumerate(fields) if field.shape.many)
    return _Plan(group, steps, [field.default for field in fields], repeated)
