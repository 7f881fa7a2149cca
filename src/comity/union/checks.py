"""What the values of this package may be: whole numbers and exact fractions, never floats."""

from collections.abc import Collection, Mapping
from fractions import Fraction

from comity.errors import Fault, InvalidRequest


def whole(name: str, value: int, least: int | None = None) -> None:
    """Refuse what is not a whole number, or is below `least`.

    Raises
    ------
    TypeError
        If it is a float, a truth value or no number.
    InvalidRequest
        If it is below `least`.
    """
    if not _is_whole(value):
        raise TypeError(f"{name} is a whole number of minor units, not {value!r}")
    if least is not None and value < least:
        raise refusal(name, f"{least} or more", str(value))


def ratio(name: str, value: Fraction | int, least: int = 0, most: int | None = None) -> None:
    """Refuse what is not an exact number from `least` to `most`.

    Raises
    ------
    TypeError
        If it is a float, a truth value or no number.
    InvalidRequest
        If it is outside the range.
    """
    if not (_is_whole(value) or isinstance(value, Fraction)):
        raise TypeError(f"{name} is a Fraction, not {value!r}")
    if value < least or (most is not None and value > most):
        raise refusal(name, f"{least} to {most}" if most is not None else f"{least} or more", str(value))


def same_names(name: str, given: Collection[str], wanted: Collection[str]) -> None:
    """Refuse names other than those wanted; each one that is missing or not known is a fault.

    Raises
    ------
    InvalidRequest
        With every such name.
    """
    missing = [Fault("", 0, f"{name}[{each}]", "a value", "none") for each in wanted if each not in given]
    unknown = [Fault("", 0, name, f"one of {', '.join(wanted)}", repr(each)) for each in given if each not in wanted]
    if missing or unknown:
        raise InvalidRequest([*missing, *unknown])


def balanced(name: str, positions: Mapping[str, int], charged: int = 0) -> None:
    """Refuse positions that do not sum to zero with what was charged: what one member is owed others owe.

    Raises
    ------
    InvalidRequest
        If they do not.
    """
    for member, position in positions.items():
        whole(f"{name}[{member}]", position)
    whole("charges_minor", charged)
    if total := sum(positions.values()) + charged:
        raise refusal(name, "positions that sum to zero", f"a sum of {total}")


def refusal(name: str, expected: str, found: str) -> InvalidRequest:
    """Return the error that says what was expected and what was found, for the caller to raise."""
    return InvalidRequest([Fault("", 0, name, expected, found)])


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
