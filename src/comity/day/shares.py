"""Shares and tolerances as people write them, exactly."""

import re
from fractions import Fraction

from comity.errors import Fault, InvalidRequest

_LENGTH_MAX = 40
_SHARE = re.compile(r"[0-9]+(\.[0-9]+)?([eE]-?[0-9]{1,2})?|[0-9]+/[0-9]*[1-9][0-9]*")


def read_share(name: str, value: str | Fraction) -> Fraction:
    """Return an exact number of 0 or more, written as a decimal, with an exponent, or as p/q.

    Raises
    ------
    InvalidRequest
        If it is something else; `name` says what it was for.

    Examples
    --------
    >>> read_share("tolerance", "1e-6")
    Fraction(1, 1000000)
    """
    if isinstance(value, str) and len(value) <= _LENGTH_MAX and _SHARE.fullmatch(value):
        return Fraction(value)
    if isinstance(value, Fraction) and value >= 0:
        return value
    raise InvalidRequest([Fault("", 0, name, "a number of 0 or more, such as 0.02, 1e-6 or 1/50", repr(str(value)))])
