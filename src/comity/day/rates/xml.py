"""The euro reference rates as XML: a `Cube` per day that holds a `Cube` per currency.

A document type is refused before anything in it is read: without one there are
no entities, so that no file can grow while it is read or name another file.
"""

import re
from datetime import date
from fractions import Fraction
from xml.parsers import expat

from comity.day.faults import Faults
from comity.day.tables import quoted
from comity.errors import InvalidRequest
from comity.model.currency import CURRENCIES
from comity.model.instant import parse_date
from comity.union import Quote

_CUBE = "http://www.ecb.int/vocabulary/2002-08-01/eurofxref Cube"
_RATE = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?")


def is_xml(raw: bytes) -> bool:
    """Whether a file is XML rather than a table: it begins with a tag."""
    return raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


def read_xml(name: str, raw: bytes, day: date, source: str, faults: Faults) -> tuple[list[Quote], set[str]]:
    """Read what one euro costs; return the newest quotes up to `day`, and codes that are not of ISO 4217."""
    reader = _Reader(name, source, faults)
    before = len(faults)
    try:
        reader.parser.Parse(raw, True)  # noqa: FBT003 - expat takes no names
    except expat.ExpatError as error:
        faults.add(name, 0, "", "well-formed XML", f"{expat.ErrorString(error.code)} (line {error.lineno})")
    except _DocumentTypeError as error:
        faults.add(name, 0, "", "XML without a document type", f"one (line {error})")
    if len(faults) == before and not reader.quotes:
        faults.add(name, 0, "", "euro reference rates of the European Central Bank", "none")
    newest: dict[str, Quote] = {}
    for quote in reader.quotes:
        held = newest.get(quote.quote)
        if quote.day <= day and (held is None or held.day < quote.day):
            newest[quote.quote] = quote
    return list(newest.values()), reader.left_out


class _DocumentTypeError(Exception):
    """The file declares one; the text is the line."""


class _Reader:
    """Collects rates while expat reads; a row of a fault is the line of the file."""

    def __init__(self, name: str, source: str, faults: Faults) -> None:
        self.quotes: list[Quote] = []
        self.left_out: set[str] = set()
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = self._refuse
        self._name, self._source, self._faults = name, source, faults
        self._day: date | None = None
        self._seen: set[tuple[date, str]] = set()

    def _refuse(self, *_: object) -> None:
        raise _DocumentTypeError(self.parser.CurrentLineNumber)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag != _CUBE:
            return
        if "time" in attributes:
            self._day = self._date(attributes["time"])
        elif attributes:
            self._rate(attributes.get("currency", ""), attributes.get("rate", ""))

    def _date(self, text: str) -> date | None:
        try:
            return parse_date(text)
        except InvalidRequest:
            self._fault("time", "a date as YYYY-MM-DD", text)
            return None

    def _rate(self, code: str, text: str) -> None:
        good = _RATE.fullmatch(text) and Fraction(text) > 0
        if not good:
            self._fault("rate", "a rate above 0", text)
        if self._day is None:
            self._fault("time", "the day of the rates before them", "")
        elif (self._day, code) in self._seen:
            self._fault("currency", "each currency once a day", code)
        elif code not in CURRENCIES or code == "EUR":
            self.left_out.add(code)
        elif good:
            self._seen.add((self._day, code))
            self.quotes.append(Quote(self._day, "EUR", code, Fraction(text), self._source))

    def _fault(self, column: str, expected: str, found: str) -> None:
        line = self.parser.CurrentLineNumber
        self._faults.add(self._name, line, column, expected, f"{quoted(found)} (line {line})")
