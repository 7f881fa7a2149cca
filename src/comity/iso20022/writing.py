"""From typed values to a document, in the order of the fields.

A field that the version's schema does not know is left out, and of several paths the first that it
knows is taken. An element in which nothing would stand is not written. What is written is not held
against its schema here: every message that is sent has a test that does, in every version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from msgspec.structs import astuple

from comity.iso20022 import header as head
from comity.iso20022.outline import Outline
from comity.iso20022.schemas import NAMESPACE
from comity.iso20022.table import Group, Money, fields_of

if TYPE_CHECKING:
    from comity.iso20022.header import Header
    from comity.iso20022.schemas import Schemas
    from comity.iso20022.table import Field, Message


class _Step(NamedTuple):
    """An element to be written."""

    opening: str
    closing: str
    field: int
    """Number of the field that stands in it; -1 if it holds other elements of the same struct."""
    below: list[_Step]


class Writer:
    """Writes messages in the versions of the schemas that are given; one per thread."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._plans: dict[tuple[str, tuple[str, ...]], list[_Step]] = {}

    def document(self, message: Message, version: str) -> str:
        """Write the element `Document` of a message in a version of it.

        Raises
        ------
        NotFound
            If there is no schema of the version.
        """
        out: list[str] = []
        _write(message, self.steps(type(message), version, (message.element,)), out)
        element, space = message.element, NAMESPACE + version
        return f'<Document xmlns="{space}"><{element}>{"".join(out)}</{element}></Document>'

    def header(self, header: Header, version: str = head.VERSION) -> str:
        """Write the element `AppHdr`."""
        out: list[str] = []
        _write(header, self.steps(type(header), version, ()), out)
        return f'<AppHdr xmlns="{NAMESPACE}{version}">{"".join(out)}</AppHdr>'

    def message(self, header: Header, message: Message, version: str, header_version: str = head.VERSION) -> bytes:
        """Write a message as it is sent: header and document in one envelope."""
        return envelope(self.header(header, header_version), self.document(message, version))

    def steps(self, group: type[Group], version: str, path: tuple[str, ...]) -> list[_Step]:
        """Compile the writing of a struct that stands at a path of a version."""
        key = (version, path)
        found = self._plans.get(key)
        if found is None:
            outline = Outline(self._schemas.text(version))
            found = self._plans[key] = _steps(group, outline, path)
        return found


def envelope(header: str, document: str) -> bytes:
    """Put a header and a document into one file."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Envelope>{header}{document}</Envelope>\n'.encode()


def write_group(group: Group, steps: list[_Step]) -> str:
    """Write the elements of a struct by steps from `Writer.steps`."""
    out: list[str] = []
    _write(group, steps, out)
    return "".join(out)


def _steps(group: type[Group], outline: Outline, path: tuple[str, ...]) -> list[_Step]:
    steps: list[_Step] = []
    for index, field in enumerate(fields_of(group)):
        at = next((names for names in field.at.paths if outline.knows((*path, *names))), None)
        if at is not None:
            _place(steps, at, index, _below(field, outline, (*path, *at)))
    return steps


def _below(field: Field, outline: Outline, path: tuple[str, ...]) -> list[_Step]:
    holds = field.shape.holds
    return _steps(holds, outline, path) if issubclass(holds, Group) else []


def _place(steps: list[_Step], path: tuple[str, ...], index: int, below: list[_Step]) -> None:
    """Add a field: within the element written last where both share it, else after it."""
    name = path[0]
    if len(path) == 1:
        steps.append(_Step(f"<{name}", f"</{name}>", index, below))
        return
    if not steps or steps[-1].field >= 0 or steps[-1].opening != f"<{name}":
        steps.append(_Step(f"<{name}", f"</{name}>", -1, []))
    _place(steps[-1].below, path[1:], index, below)


def _write(group: Group, steps: list[_Step], out: list[str]) -> None:
    _write_values(astuple(group), steps, out)


def _write_values(values: tuple[object, ...], steps: list[_Step], out: list[str]) -> None:
    for opening, closing, index, below in steps:
        if index < 0:
            out.append(f"{opening}>")
            before = len(out)
            _write_values(values, below, out)
            _close(closing, before, out)
            continue
        value = values[index]
        if not value:
            continue
        if value.__class__ is str:
            out.append(f"{opening}>{_escaped(value)}{closing}")
        elif isinstance(value, Money):
            out.append(f'{opening} Ccy="{value.currency}">{value.text}{closing}')
        else:
            for item in value if isinstance(value, tuple) else (value,):
                if isinstance(item, Group):
                    out.append(f"{opening}>")
                    before = len(out)
                    _write(item, below, out)
                    _close(closing, before, out)
                else:
                    out.append(f"{opening}>{_escaped(str(item))}{closing}")


def _close(closing: str, before: int, out: list[str]) -> None:
    """Close an element, or take it back if nothing stands in it."""
    if len(out) == before:
        del out[-1]
    else:
        out.append(closing)


def _escaped(text: str) -> str:
    return escape(text) if "&" in text or "<" in text or ">" in text else text
