"""Codes by which institutions are known: BIC, LEI, and the union's own.

Only the shape is checked here, because shape is what the standards define
without a register: a BIC (ISO 9362) is four letters or digits of the party,
two letters of its country, two of its location, and perhaps three of a branch;
an LEI (ISO 17442) is eighteen letters or digits and two check digits. Whether
the check digits fit, and whether such an institution exists, is asked at the
edge.

A participant's code in a union is its BIC or any other text without spaces,
because lists of codes are separated by spaces.
"""

import re
from dataclasses import dataclass

CODE_LENGTH_MAX = 35
"""Longest code of a participant and longest id, in characters."""

_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
_MEMBER = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Bic:
    """A business identifier code of 8 or 11 characters; ValueError if `code` has another shape."""

    code: str

    def __post_init__(self) -> None:
        if not _BIC.fullmatch(self.code):
            raise ValueError(f"expected a BIC of 8 or 11 capital letters and digits, found {self.code!r}")

    def __str__(self) -> str:
        return self.code

    @property
    def country(self) -> str:
        """ISO 3166-1 alpha-2 code of the party's country."""
        return self.code[4:6]

    @property
    def party(self) -> str:
        """The first eight characters, which name the institution without its branch."""
        return self.code[:8]

    @property
    def branch(self) -> str:
        """The branch; XXX is the head office, which eight characters alone mean too."""
        return self.code[8:] or "XXX"


@dataclass(frozen=True, slots=True)
class Lei:
    """A legal entity identifier of 20 characters; ValueError if `code` has another shape."""

    code: str

    def __post_init__(self) -> None:
        if not _LEI.fullmatch(self.code):
            raise ValueError(f"expected an LEI of 18 capital letters and digits and 2 digits, found {self.code!r}")

    def __str__(self) -> str:
        return self.code


def is_code(text: str) -> bool:
    """Whether `text` can name a participant: 1 to `CODE_LENGTH_MAX` printable characters without a space."""
    return 0 < len(text) <= CODE_LENGTH_MAX and text.isprintable() and " " not in text


def is_member_code(text: str) -> bool:
    """Whether `text` has the shape of an ISO 3166-1 alpha-2 code."""
    return _MEMBER.fullmatch(text) is not None


def is_id(text: str) -> bool:
    """Whether `text` can be the id of an instruction: 1 to `CODE_LENGTH_MAX` printable characters, not all spaces."""
    return 0 < len(text) <= CODE_LENGTH_MAX and text.isprintable() and not text.isspace()
