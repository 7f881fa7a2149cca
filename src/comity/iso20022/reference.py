"""The reference of the messages, field by field, written from the mapping itself.

`python -m comity.iso20022.reference > docs/reference/messages.md` renews the page; a test compares it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from comity.iso20022.definitions import DEFINITIONS
from comity.iso20022.header import Header
from comity.iso20022.messages import MESSAGES
from comity.iso20022.outline import Outline
from comity.iso20022.refusal import Refusal
from comity.iso20022.replies import STATUSES
from comity.iso20022.rules import RULES
from comity.iso20022.schemas import Schemas
from comity.iso20022.table import Group, Message, Money, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENING = """\
# Messages

Messages of ISO 20022 that are spoken, field by field. This page is made from the mapping in `comity.iso20022.messages`,
which reading and writing follow too; `python -m comity.iso20022.reference` writes it.

What comes in is a `Document`, or an element of any name that holds an `AppHdr` and a `Document`, in UTF-8, without
document type, CDATA or XInclude. It has at most 16 MiB, 250,000 tags and 2,000 elements within one: room for files of
1,000 payments. It has to follow the schema of its version; what does not is answered with admi.002. Then the usage
rules below hold. A payment that breaks one is refused alone, by RJCT and the code in a pacs.002; a message that breaks
one as a whole is refused with all that it holds.

A path starts below the element of the message. `*` marks what may be repeated. Where versions differ, those that have a
field stand beside it.

## Usage rules

| rule | asks | code |
|---|---|---|
"""


def reference(schemas: Schemas) -> str:
    """Write the page."""
    lines = [_OPENING.rstrip("\n")]
    lines += [f"| {name} | {rule.text} | {rule.code} |" for name, rule in RULES.items()]
    lines += ["", "## Refusals", "", "Codes in admi.002 of what is no message of a schema:", ""]
    lines += [", ".join(f"`{refusal.value}`" for refusal in Refusal) + "."]
    lines += ["", "## States", "", "What pacs.002 says of an instruction:", "", "| state | status |", "|---|---|"]
    lines += [f"| {state.name} | {word} |" for state, word in STATUSES.items()]
    lines += ["", "## The header, head.001", "", *_versions("head.001"), "", *_table(Header, "head.001", (), schemas)]
    for name in sorted(MESSAGES, key=lambda name: (_FAMILIES.index(name[:4]), name)):
        lines += ["", *_message(MESSAGES[name], schemas)]
    return "\n".join(lines) + "\n"


_FAMILIES = ("pacs", "camt", "fxtr", "pain", "admi")


def _message(message: type[Message], schemas: Schemas) -> Iterator[str]:
    assert message.__doc__ is not None
    yield f"## {message.name}, {message.element}"
    yield ""
    yield message.__doc__.splitlines()[0]
    yield ""
    yield from _versions(message.name)
    yield ""
    yield from _table(message, message.name, (message.element,), schemas)


def _versions(name: str) -> Iterator[str]:
    definition = DEFINITIONS[name]
    written = ", ".join(version[-2:] for version in definition.writes)
    yield f"Read: {', '.join(version[-2:] for version in definition.versions)}." + (
        f" Written: {written}; the first, unless its receiver uses another." if written else ""
    )


def _table(group: type[Group], name: str, path: tuple[str, ...], schemas: Schemas) -> Iterator[str]:
    outlines = {version[-2:]: Outline(schemas.text(version)) for version in DEFINITIONS[name].versions}
    yield "| path | what | holds | versions |"
    yield "|---|---|---|---|"
    yield from _rows(group, path, "", outlines)


def _rows(group: type[Group], path: tuple[str, ...], shown: str, outlines: dict[str, Outline]) -> Iterator[str]:
    for field in fields_of(group):
        found = {
            version: next((names for names in field.at.paths if outline.knows((*path, *names))), None)
            for version, outline in outlines.items()
        }
        known = [version for version, names in found.items() if names is not None]
        mark = "*" if field.shape.many else ""
        at = " or ".join(f"`{shown}{one}{mark}`" for one in field.at.path.split("|"))
        yield f"| {at} | {field.at.meaning} | {_holds(field.shape.holds)} | {_some(known, list(outlines))} |"
        if issubclass(field.shape.holds, Group):
            names = next(names for names in found.values() if names is not None)
            inner = {version: outlines[version] for version in known}
            yield from _rows(field.shape.holds, (*path, *names), f"{shown}{'/'.join(names)}{mark}/", inner)


def _holds(holds: type[str | Money | Group]) -> str:
    if issubclass(holds, Group):
        return ""
    return "amount, currency" if issubclass(holds, Money) else "text"


def _some(known: list[str], every: list[str]) -> str:
    if known == every:
        return ""
    later = every[every.index(known[0]) :]
    return f"from {known[0]}" if known == later else ", ".join(known)


if __name__ == "__main__":
    sys.stdout.write(reference(Schemas.open()))
