"""Codes by which institutions are known: BIC, and the union's own.

Only the shape is checked here, because shape is what the standards define
without a register: a BIC (ISO 9362) is four letters or digits of the party,
two letters of its country, two of its location, and perhaps three of a branch.
Whether such an institution exists is asked at the edge.

A participant's code in a union is its BIC or any other text without spaces,
because lists of codes are separated by spaces.
"""

import re

CODE_LENGTH_MAX = 35
"""Longest code of a participant and longest id, in characters."""
HEAD_OFFICE = "XXX"
"""Branch of a BIC that is the head office."""

_BIC_LENGTH_MAX = 11
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_MEMBER = re.compile(r"[A-Z]{2}")


def is_bic(code: str) -> bool:
    """Whether `code` has the shape of a BIC, of 8 or 11 characters."""
    return _BIC.fullmatch(code) is not None


def institution(code: str) -> str:
    """Return a code without the branch of a head office: a BIC of 8 characters names what it does with XXX behind it.

    A code of another shape, or of another branch, is as it was.
    """
    return code.removesuffix(HEAD_OFFICE) if len(code) == _BIC_LENGTH_MAX and is_bic(code) else code


def is_code(text: str) -> bool:
    """Whether `text` can name a participant: 1 to `CODE_LENGTH_MAX` printable characters without a space."""
    return 0 < len(text) <= CODE_LENGTH_MAX and text.isprintable() and " " not in text


def is_member_code(text: str) -> bool:
    """Whether `text` has the shape of an ISO 3166-1 alpha-2 code."""
    return _MEMBER.fullmatch(text) is not None


def is_id(text: str) -> bool:
    """Whether `text` can be the id of an instruction: 1 to `CODE_LENGTH_MAX` printable characters, not all spaces."""
    return 0 < len(text) <= CODE_LENGTH_MAX and text.isprintable() and not text.isspace()
