"""Shapes: what a value that is not of the type of its field is, in words.

msgspec checks every body, and says in one line of text what it met and where. Here that line becomes a fault: where,
what was expected and what was found. What it found is in the line only where the kind of value is wrong; where
the value breaks a bound the fault says that it does.
"""

from __future__ import annotations

import re
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from comity.wire.answers import (
    AMOUNT_PATTERN,
    COUNTRY_PATTERN,
    CURRENCY_PATTERN,
    DATE_PATTERN,
    ID_PATTERN,
    INSTANT_PATTERN,
    Fault,
)

_PLACED = re.compile(r"(.*?)(?: - at `(?:key in )?\$(.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_WORD = re.compile(r"Invalid enum value (.*)")
_OTHER = re.compile(r"Expected `([^`]*)`, got `([^`]*)`")
_LENGTH = re.compile(r"Expected `([^`]*)` of length (<=|>=|==) (\d+)")
_BOUND = re.compile(r"Expected `([^`]*)` (<=|>=) (-?\d+)")
_FORM = re.compile(r"Expected `str` matching regex (.*)", re.DOTALL)
_KINDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
_FORMS = {
    AMOUNT_PATTERN: "an amount as text, such as 12.50: up to 18 digits, and up to 4 behind a point",
    COUNTRY_PATTERN: "a country of ISO 3166, such as CN",
    CURRENCY_PATTERN: "a currency of ISO 4217, such as CNY",
    DATE_PATTERN: "a date YYYY-MM-DD",
    INSTANT_PATTERN: "an instant with seconds and Z or an offset, such as 2026-03-01T09:00:00Z",
    ID_PATTERN: "1 to 35 printable ASCII characters, no space at either end",
}
_MOST = {"<=": "at most", ">=": "at least", "==": "exactly"}


def fault_of(message: str, pointer: str = "", kind: Any = None) -> Fault:  # noqa: ANN401 - any type
    """Return the fault that a message of msgspec tells.

    Parameters
    ----------
    pointer
        Where the value stands in the body: a JSON pointer; empty for the whole of it.
    kind
        Type of the whole body, for the words that a field takes.
    """
    placed = _PLACED.fullmatch(message)
    assert placed is not None
    what, place = placed.groups()
    at = pointer + pointer_of(place or "")
    if found := _MISSING.fullmatch(what):
        return Fault(f"{at}/{found[1]}", "a value", "none")
    if found := _UNKNOWN.fullmatch(what):
        return Fault(f"{at}/{found[1]}", "no field of this name", "one")
    if found := _WORD.fullmatch(what):
        return Fault(at, "one of " + ", ".join(_words(kind, at.split("/")[1:])), found[1])
    if found := _OTHER.fullmatch(what):
        return Fault(at, _kinds(found[1]), _kinds(found[2]))
    return Fault(at, *_bound(what))


def pointer_of(path: str) -> str:
    """Return the JSON pointer of a path as msgspec writes it, such as `.commands[0].value`."""
    return re.sub(r"\[(\d+|\.\.\.)\]", r"/\1", path.replace(".", "/").replace("[///]", "[...]"))


def _bound(what: str) -> tuple[str, str]:
    if found := _FORM.fullmatch(what):
        known = {repr(pattern): words for pattern, words in _FORMS.items()}
        return known.get(found[1], f"text of the form {found[1]}"), "text of another form"
    if found := _LENGTH.fullmatch(what):
        kind, relation, length = found.groups()
        unit = "characters" if kind == "str" else "items"
        return f"{_kinds(kind)} of {_MOST[relation]} {length} {unit}", "more" if relation == "<=" else "fewer"
    if found := _BOUND.fullmatch(what):
        kind, relation, bound = found.groups()
        return f"{_kinds(kind)} of {_MOST[relation]} {bound}", "more" if relation == "<=" else "less"
    return "JSON in UTF-8", what


def _words(kind: Any, path: list[str]) -> list[str]:  # noqa: ANN401 - any type
    """Return the words that a type takes, or the type of what stands at a path in it."""
    if get_origin(kind) is Literal:
        return [str(word) for word in get_args(kind) if word]
    if not path or not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        inner = path[1:] if get_origin(kind) in (list, tuple) else path
        return [word for each in get_args(kind) for word in _words(each, inner)]
    return _words(get_type_hints(kind).get(path[0]), path[1:])


def _kinds(names: str) -> str:
    return " or ".join(_KINDS.get(name, name) for name in names.split(" | "))
