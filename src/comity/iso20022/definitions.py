"""Which messages are spoken, in which versions, from `definitions.toml`."""

import tomllib
from importlib import resources
from types import MappingProxyType
from typing import NamedTuple

_NAME_LENGTH = 8


class Definition(NamedTuple):
    """The versions of one message, such as "pacs.008.001.08"."""

    versions: tuple[str, ...]
    """Those that are read."""
    writes: tuple[str, ...]
    """Those that are written, the usual one first; none of a message that is only read."""

    @property
    def usual(self) -> str:
        """Version that is written unless its receiver speaks another."""
        return self.writes[0]


def name_of(version: str) -> str:
    """Return what a message is called in all its versions: "pacs.008" of "pacs.008.001.08"."""
    return version[:_NAME_LENGTH]


def _load() -> dict[str, Definition]:
    text = resources.files(__package__).joinpath("definitions.toml").read_text(encoding="utf-8")
    found = {}
    for name, facts in tomllib.loads(text).items():
        lists = [tuple(f"{name}.001.{version:02}" for version in facts.get(key, ())) for key in Definition._fields]
        found[name] = Definition(*lists)
    return found


DEFINITIONS = MappingProxyType(_load())
"""By the name that a message has in all its versions: "pacs.008"."""
