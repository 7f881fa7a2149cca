"""Parts that many answers have in common."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

Item = TypeVar("Item")

ID_PATTERN = r"^[\x21-\x7e]([\x20-\x7e]{0,33}[\x21-\x7e])?$(?!\n)"
"""An id: 1 to 35 printable characters, no space at either end. In Python `$` alone would let a line end pass."""
AMOUNT_PATTERN = r"^-?[0-9]{1,18}(\.[0-9]{1,4})?$(?!\n)"
"""A decimal amount in major units; how many decimals a currency has is checked where the currency is known."""
CURRENCY_PATTERN = r"^[A-Z]{3}$(?!\n)"
COUNTRY_PATTERN = r"^[A-Z]{2}$(?!\n)"
DATE_PATTERN = r"^\d{4}-\d{2}-\d{2}$"
INSTANT_PATTERN = r"^[0-9-]{10}[Tt ][0-9:.]{8,15}([Zz]|[+-][0-9:]{5})$(?!\n)"


class Why(msgspec.Struct, frozen=True):
    """Why something was refused or rejected."""

    code: str
    """ISO 20022 external status reason."""
    name: str
    """Our own name of it, finer than the code."""


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One place of a request that is not what it should be."""

    pointer: str
    """JSON pointer (RFC 6901) into the body, or the name of a parameter or header."""
    expected: str
    found: str


PROBLEM_PREFIX = "urn:comity:problem:"
"""What the type of every problem begins with; a word follows."""


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a request was not carried out: RFC 9457."""

    type: str
    """Stable URI of the kind of problem: `urn:comity:problem:` and a word."""
    title: str
    status: int
    detail: str = ""
    code: str = ""
    """ISO 20022 external status reason, where the rulebook refused."""
    reason: str = ""
    """Our own name of that reason."""
    instance: str = ""
    """Id of the request, as in the server's log."""
    faults: tuple[Fault, ...] = ()
    retry_after_s: int = 0


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """A part of a list."""

    items: list[Item]
    next: str = ""
    """Cursor of what follows, empty at the end."""
