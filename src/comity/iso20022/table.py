"""The mapping of fields to elements, stated once, where a message is defined.

A message is a `msgspec.Struct` whose fields are annotated with `At`: where in the document a value
stands, and what it means. Reading (`comity.iso20022.reading`), writing (`comity.iso20022.writing`)
and the reference (`comity.iso20022.reference`) all follow from these annotations; nothing else
knows a path.

A path is names of elements with slashes between, from the struct's own element. Versions call some
elements differently: then the path is several, with bars between, and the first that a version's
schema knows is written. Fields stand in the order of the schema, because a document is written in
the order of its fields.

A field holds one of these, by its type:

=====================  ===================================================================
`str`                  the text of the element; empty if it is absent
`Money`                the text of the element and its attribute `Ccy`; falsy if absent
`tuple[str, ...]`      the texts of a repeated element
`Struct | None`        an element with fields of its own, None if it is absent
`tuple[Struct, ...]`   a repeated element with fields of its own
=====================  ===================================================================
"""

import types
from functools import cache
from typing import ClassVar, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec


class At(NamedTuple):
    """Where a field stands and what it means."""

    path: str
    meaning: str

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """Every path that the field may have, in order of preference, as names of elements."""
        return tuple(tuple(path.split("/")) for path in self.path.split("|"))


class Money(NamedTuple):
    """An amount as it stands in a message: decimal text in major units, and a currency code.

    Whether the code is a currency, and the text has no more decimals than it, is for the usage
    rules to say: a message that breaks them can still be read and answered.
    """

    text: str = ""
    currency: str = ""

    def __bool__(self) -> bool:
        return bool(self.text)


class Group(msgspec.Struct, frozen=True, gc=False):
    """Fields below one element of a message."""


class Message(Group, frozen=True):
    """The content of a document: its fields from the element below `Document`."""

    name: ClassVar[str]
    """What the message is called in every version: "pacs.008"."""
    element: ClassVar[str]
    """The element below `Document` that holds it."""


class Shape(NamedTuple):
    """What a field holds: text, money or fields of its own, once or any number of times."""

    holds: type[str | Money | Group]
    many: bool


class Field(NamedTuple):
    """One field of a struct."""

    name: str
    at: At
    shape: Shape
    default: object


@cache
def fields_of(group: type[Group]) -> tuple[Field, ...]:
    """Return the fields of a struct in their order."""
    hints = get_type_hints(group, include_extras=True)
    defaults = group.__struct_defaults__
    assert len(defaults) == len(group.__struct_fields__), f"{group.__name__}: every field may be absent"
    found = []
    for name, default in zip(group.__struct_fields__, defaults, strict=True):
        kind, at = get_args(hints[name])
        assert isinstance(at, At), f"{group.__name__}.{name} says where it stands"
        found.append(Field(name, at, _shape(kind), default))
    return tuple(found)


def _shape(kind: type) -> Shape:
    origin = get_origin(kind)
    if origin is tuple:
        return Shape(get_args(kind)[0], many=True)
    if origin in {Union, types.UnionType}:
        (kind,) = set(get_args(kind)) - {type(None)}
    return Shape(kind, many=False)
