"""Fields of requests: text to indexes, minor units, dates and instants, every fault noted."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from comity.engine.auction import RATIO_MAX
from comity.engine.columns import SIDE
from comity.engine.kernels.identity import hash_one
from comity.errors import Fault, InvalidRequest
from comity.model.amount import DIGITS_MAX, parse_minor
from comity.model.instant import days_of, parse_date, parse_instant
from comity.model.plain import is_clean
from comity.model.reason import Priority

if TYPE_CHECKING:
    from comity.gateway.directory import Directory

PRIORITIES = {each.name.lower(): int(each) for each in Priority}
_SIDE = struct.Struct("<qqqqii")
_UNION = -1
_BEFORE_ANY_DATE = -1
assert _SIDE.size == SIDE.itemsize


class Fields:
    """Reads the fields of one request; `check` raises what was wrong with them.

    Attributes
    ----------
    faults
        So far; the column of each is the field.
    """

    __slots__ = ("_directory", "faults")

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self.faults: list[Fault] = []

    def check(self) -> None:
        """Raise InvalidRequest with every field that names nothing in this union, or cannot be read."""
        if self.faults:
            raise InvalidRequest(self.faults)

    def fault(self, column: str, expected: str, found: str) -> None:
        """Note that a field is not what it should be."""
        self.faults.append(Fault("", 0, column, expected, found))

    def account(self, party: str, currency: str, column: str) -> int:
        """Return the account of a participant in a currency; a fault if there is none, -1 if the currency has one."""
        found = self._directory.accounts.get((party, currency), -1)
        if found >= 0:
            return found
        if party not in self._directory.participants:
            self.fault(column, "a participant of this union", repr(party))
        elif currency in self._directory.exponents:
            self.fault(column, f"a participant with an account in {currency}", repr(party))
        return -1

    def currency(self, code: str, column: str) -> int:
        """Return the decimals of a currency; a fault, and -1, if the union does not know it."""
        exponent = self._directory.exponents.get(code, -1)
        if exponent < 0:
            self.fault(column, "a currency of this union", repr(code))
        return exponent

    def amount(self, text: str, exponent: int, column: str) -> int:
        """Return minor units; 0 where the decimals are not known."""
        if exponent < 0:
            return 0
        try:
            return parse_minor(text, exponent)
        except InvalidRequest as bad:
            self.faults += (each.at("", 0, column) for each in bad.faults)
            return 0

    def text(self, text: str, column: str) -> None:
        """Check that text can stand in a message."""
        if text and not is_clean(text):
            self.fault(column, "text without control characters", repr(text))

    def date(self, text: str | UnsetType, column: str) -> int:
        """Return days since 1970-01-01, 0 for none; that day itself, which nobody means, is one before all others."""
        if text is UNSET:
            return 0
        try:
            return days_of(parse_date(str(text))) or _BEFORE_ANY_DATE
        except InvalidRequest as bad:
            self.faults += (each.at("", 0, column) for each in bad.faults)
            return 0

    def instant(self, text: str | UnsetType, column: str) -> int:
        """Return microseconds since 1970-01-01 UTC, 0 for none."""
        if text is UNSET:
            return 0
        try:
            return parse_instant(str(text))
        except InvalidRequest as bad:
            self.faults += (each.at("", 0, column) for each in bad.faults)
            return 0

    def name(self, text: str | UnsetType) -> tuple[int, int]:
        """Return the hash of a name that belongs to the union as a whole, 0 and 0 for none."""
        return (0, 0) if text is UNSET else hash_one(_UNION, str(text), self._directory.seed)

    def ratio(self, text: str, exponents: tuple[int, int], column: str) -> tuple[int, int]:
        """Return a rate between major units as the least ratio between minor units; 1 and 1 where it cannot be read.

        Parameters
        ----------
        text
            A positive decimal, or p/q, of at most 18 digits each.
        exponents
            Decimals of the currency that is counted, and of that per unit of which it is.
        """
        above, _, below = text.partition("/")
        whole, _, decimals = above.partition(".")
        numbers = (whole + decimals, below or "1")
        if not all(each.isascii() and each.isdigit() for each in numbers) or (decimals and below):
            self.fault(column, "a decimal such as 7.1035, or p/q", repr(text))
        elif max(map(len, numbers)) > DIGITS_MAX:
            self.fault(column, f"at most {DIGITS_MAX} digits, or two numbers of as many", repr(text))
        elif not all(map(int, numbers)):
            self.fault(column, "a limit above 0 and finite", repr(text))
        elif min(exponents) >= 0:
            return self._lowest(numbers, len(decimals), exponents, text, column)
        return 1, 1

    def _lowest(
        self, numbers: tuple[str, str], places: int, exponents: tuple[int, int], text: str, column: str
    ) -> tuple[int, int]:
        ratio = Fraction(int(numbers[0]) * 10 ** exponents[0], int(numbers[1]) * 10 ** (places + exponents[1]))
        if max(ratio.numerator, ratio.denominator) > RATIO_MAX:
            self.fault(column, f"a limit whose ratio in minor units has no number above {RATIO_MAX}", repr(text))
            return 1, 1
        return ratio.numerator, ratio.denominator

    def side(
        self,
        date: str | UnsetType,
        earliest: str | UnsetType,
        latest: str | UnsetType,
        link: str | UnsetType = UNSET,
        link_size: int | UnsetType = UNSET,
    ) -> bytes:
        """Return the rare fields of a row as a SIDE; nothing if none is given."""
        if all(each is UNSET for each in (date, earliest, latest, link, link_size)):
            return b""
        if (link is UNSET) != (link_size is UNSET):
            self.fault("link_size", "link and link_size together", "one of them")
        return _SIDE.pack(
            *self.name(link),
            self.instant(earliest, "earliest"),
            self.instant(latest, "latest"),
            self.date(date, "date"),
            0 if isinstance(link_size, UnsetType) else link_size,
        )
