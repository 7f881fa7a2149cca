"""Plain values: what JSON can hold, and reading them strictly into model values.

A record of the log, a request and a file of settings all arrive as plain
values: text, whole numbers, true and false, lists, and objects with text keys.
`read` turns them into a frozen dataclass by its annotations. Nothing is
guessed: an unknown key, a missing key without default, a number as text, true
as 1 or a number with a fraction is a fault, and all faults are reported
together. Text holds no control characters. A fault's column is the path of the value, such as
`accounts[3].opening_minor`.

Annotations understood: `str`, `int`, `bool`, `date`, `X | None`,
`tuple[X, ...]`, `tuple[X, Y]`, `dict[str, X]`, and dataclasses of these.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from functools import cache
from types import NoneType, UnionType
from typing import TypeVar, cast, get_args, get_origin, get_type_hints
from unicodedata import category

from comity.errors import Fault, InvalidRequest

INTEGER_MAX = 2**63 - 1
"""Largest magnitude of a whole number."""

T = TypeVar("T")


def read(kind: type[T], plain: object, name: str) -> T:
    """Build the dataclass `kind` from plain values.

    Parameters
    ----------
    kind
        A dataclass whose annotations are of the kinds named above.
    plain
        What `json.loads` returned; tuples are taken for lists.
    name
        Name of the request or file in errors.

    Raises
    ------
    InvalidRequest
        With every place where `plain` is not a `kind`.
    """
    reader = _Reader(name)
    value = reader.value(kind, plain, "")
    if reader.faults:
        raise InvalidRequest(reader.faults)
    return cast("T", value)


@cache
def _hints(kind: type) -> dict[str, object]:
    """Return the types of a dataclass's fields; looking them up costs more than reading a record."""
    return get_type_hints(kind)


class _Reader:
    """Reads one request; a place with a fault reads as None."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[Fault] = []

    def fault(self, path: str, expected: str, plain: object) -> object:
        """Note a fault; what could not be read is None."""
        self.faults.append(Fault(self.name, 0, path, expected, describe(plain)))
        return None

    def value(self, kind: object, plain: object, path: str) -> object:
        if isinstance(kind, type) and is_dataclass(kind):
            return self.record(kind, plain, path)
        origin = get_origin(kind)
        if origin is UnionType:
            return self.optional(kind, plain, path)
        if origin is tuple:
            return self.sequence(get_args(kind), plain, path)
        if origin is dict:
            return self.table(get_args(kind)[1], plain, path)
        if kind is date:
            return self.date(plain, path)
        return self.scalar(kind, plain, path)

    def record(self, kind: type, plain: object, path: str) -> object:
        if not isinstance(plain, Mapping):
            return self.fault(path, "an object", plain)
        hints = _hints(kind)
        known = {part.name: part for part in fields(kind)}
        before = len(self.faults)
        for key in plain:
            if key not in known:
                self.faults.append(Fault(self.name, 0, _join(path, str(key)), f"one of {', '.join(known)}", "this key"))
        values: dict[str, object] = {}
        for key, part in known.items():
            if key in plain:
                values[key] = self.value(hints[key], plain[key], _join(path, key))
            elif part.default is MISSING and part.default_factory is MISSING:
                self.faults.append(Fault(self.name, 0, _join(path, key), "a value", "no such key"))
        return None if len(self.faults) > before else kind(**values)

    def optional(self, kind: object, plain: object, path: str) -> object:
        if plain is None:
            return None
        (present,) = (part for part in get_args(kind) if part is not NoneType)
        return self.value(present, plain, path)

    def sequence(self, kinds: tuple[object, ...], plain: object, path: str) -> object:
        if not isinstance(plain, list | tuple):
            return self.fault(path, "a list", plain)
        each = kinds if kinds[-1] is not Ellipsis else kinds[:1] * len(plain)
        if len(each) != len(plain):
            return self.fault(path, f"a list of {len(each)}", plain)
        return tuple(
            self.value(kind, item, f"{path}[{i}]") for i, (kind, item) in enumerate(zip(each, plain, strict=True))
        )

    def table(self, kind: object, plain: object, path: str) -> object:
        if not isinstance(plain, Mapping) or not all(isinstance(key, str) for key in plain):
            return self.fault(path, "an object", plain)
        return {key: self.value(kind, item, _join(path, key)) for key, item in plain.items()}

    def date(self, plain: object, path: str) -> object:
        try:
            if isinstance(plain, str) and len(plain) == len("2021-12-15"):
                return date.fromisoformat(plain)
        except ValueError:
            pass
        return self.fault(path, "a date YYYY-MM-DD", plain)

    def scalar(self, kind: object, plain: object, path: str) -> object:
        if kind is str and isinstance(plain, str) and is_clean(plain):
            return plain
        if kind is bool and isinstance(plain, bool):
            return plain
        if kind is int and isinstance(plain, int) and not isinstance(plain, bool) and abs(plain) <= INTEGER_MAX:
            return plain
        return self.fault(path, _EXPECTED[kind], plain)


def is_clean(text: str) -> bool:
    """Whether `text` has no control character (NUL, line end) and no half of a surrogate pair."""
    return text.isprintable() or not any(category(letter) in {"Cc", "Cs"} for letter in text)


def describe(plain: object) -> str:
    """Say what a plain value is, short enough for an error."""
    if isinstance(plain, Mapping):
        return "an object"
    if isinstance(plain, list | tuple):
        return f"a list of {len(plain)}"
    if plain is None or isinstance(plain, bool):
        return {None: "null", True: "true", False: "false"}[plain]
    text = repr(plain)
    return text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "..."


_SHOWN_MAX = 60

_EXPECTED: dict[object, str] = {
    str: "text without control characters",
    bool: "true or false",
    int: "a whole number within 64 bits",
}


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
