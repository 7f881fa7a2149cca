"""Numbers and codes: what kind each is, and whether it can be one."""

import re
from functools import lru_cache

from stdnum import bic, imo, lei
from stdnum.exceptions import ValidationError
from stdnum.ru import inn, ogrn

from comity.screening.entity import Identifier

_KEPT = re.compile("[^0-9A-Z]+")
_LENGTH_MIN = 4
_LENGTH_MAX = 40
_CHECKED = {"imo": imo, "bic": bic, "lei": lei, "inn": inn, "ogrn": ogrn}

KINDS = ("imo", "bic", "lei", "inn", "ogrn", "passport", "national", "registration", "tax", "mmsi", "other")
"""Every kind there is."""
DECISIVE = frozenset({"imo", "bic", "lei", "inn", "ogrn"})
"""Kinds of which the value alone names one party in the world."""
ISSUED = frozenset({"passport", "national", "registration", "tax", "mmsi"})
"""Kinds of which the value names one party of the country that issued it."""


@lru_cache(maxsize=16_384)
def identifier(kind: str, value: str, country: str = "") -> Identifier | None:
    """Return an identifier in its one form, or nothing if the value cannot be one.

    A BIC is its first eight characters: the branch is no other party. A number whose check digit is wrong is kept as
    `other`, so that it is still found if it is given so again.
    """
    bare = _KEPT.sub("", value.upper())
    if kind == "imo":
        bare = bare.removeprefix("IMO")
    if not _LENGTH_MIN <= len(bare) <= _LENGTH_MAX or (not any(letter.isdigit() for letter in bare) and kind != "bic"):
        return None
    if kind in _CHECKED:
        try:
            _CHECKED[kind].validate(bare)
        except ValidationError:
            kind = "other"
        if kind == "bic":
            bare = bare[:8]
    return Identifier(kind, bare, country)


def recognised(value: str) -> tuple[Identifier, ...]:
    """Return what a code without a stated kind can be: every kind whose check digits it passes, else `other`."""
    bare = _KEPT.sub("", value.upper())
    found = [identifier(kind, bare) for kind in _CHECKED if kind != "bic" or not bare.isdecimal()]
    good = tuple(each for each in found if each is not None and each.kind != "other")
    rest = identifier("other", bare)
    return good or ((rest,) if rest is not None else ())
