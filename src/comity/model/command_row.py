"""Commands as people write them: rows of commands.csv.

A row has the fields of a command as text: amounts in major units, instants as
times of the business date if wanted, lists with any spaces. `command_of_row`
turns it into the canonical `Command`, or says everything that is wrong with it.

`phase` is not written by people: the schedule gives it.
"""

from collections.abc import Mapping
from datetime import date

from comity.errors import Fault, InvalidRequest
from comity.model.amount import parse_minor
from comity.model.command import Command
from comity.model.command_shape import SHAPES
from comity.model.instant import format_instant, is_canonical_date, parse_instant
from comity.model.plain import describe

COLUMNS = ("instant", "command", "participant", "currency", "target", "amount", "value")
"""Columns of commands.csv; the first two are never empty."""

_WRITTEN = tuple(name for name in SHAPES if name != "phase")


def command_of_row(
    row: Mapping[str, str], place: tuple[str, int], day: date, exponents: Mapping[str, int]
) -> tuple[int, Command]:
    """Read one row of commands.csv.

    Parameters
    ----------
    row
        Text by column; absent columns are empty, columns besides `COLUMNS` are not looked at.
    place
        File and row number, for errors.
    day
        Business date that times of day belong to.
    exponents
        Decimals of every currency of the union, by code.

    Returns
    -------
    instant
        Microseconds since 1970-01-01 UTC; not checked against the business day.
    command
        The command in canonical form.

    Raises
    ------
    InvalidRequest
        With every field of the row that cannot be read.
    """
    reader = _RowReader(row, day, exponents)
    instant = reader.instant("instant")
    command = reader.command()
    if reader.faults or command is None:
        raise InvalidRequest(fault.at(*place, fault.column) for fault in reader.faults)
    return instant, command


class _RowReader:
    """Reads the cells of one row; of each column the first fault is kept."""

    def __init__(self, row: Mapping[str, str], day: date, exponents: Mapping[str, int]) -> None:
        self.row = row
        self.day = day
        self.exponents = exponents
        self.faults: list[Fault] = []
        self.unread: set[str] = set()
        """Columns that cannot be read because of a fault in another one."""

    def cell(self, column: str) -> str:
        return self.row.get(column, "")

    def fault(self, column: str, expected: str, found: str) -> None:
        if column not in self.unread and all(fault.column != column for fault in self.faults):
            self.faults.append(Fault("", 0, column, expected, found))

    def faults_of(self, bad: InvalidRequest, column: str = "") -> None:
        for fault in bad.faults:
            self.fault(column or fault.column.removesuffix("_minor"), fault.expected, fault.found)

    def instant(self, column: str) -> int:
        try:
            return parse_instant(self.cell(column), self.day)
        except InvalidRequest as bad:
            self.faults_of(bad, column)
            return 0

    def command(self) -> Command | None:
        name = self.cell("command")
        if name not in _WRITTEN:
            self.fault("command", f"one of {', '.join(_WRITTEN)}", describe(name))
            return None
        currency = self.currency()
        amount = self.amount(name)
        value = self.value(SHAPES[name].value.removesuffix("?"))
        target = self.cell("target")
        if SHAPES[name].target.startswith("pair"):
            target = _listed(target)
        if SHAPES[name].target == "currency" and target not in self.exponents:
            self.fault("target", "a currency of this union", describe(target))
        try:
            return Command(name, self.cell("participant"), currency, target, amount, value)
        except InvalidRequest as bad:
            self.faults_of(bad)
            return None

    def currency(self) -> str:
        text = _listed(self.cell("currency"))
        for code in text.split():
            if code not in self.exponents:
                self.fault("currency", "a currency of this union", describe(code))
        return text

    def amount(self, name: str) -> int | None:
        text = self.cell("amount")
        if text and not SHAPES[name].amount:
            self.fault("amount", f"nothing for {name}", describe(text))
            return None
        return self.minor("amount") if text else None

    def minor(self, column: str) -> int | None:
        """Read an amount in the first currency named; None, with a fault, if that is not possible."""
        codes = self.cell("currency").split()
        if not codes:
            self.fault("currency", "the currency of the amount", "nothing")
        if not codes or codes[0] not in self.exponents:
            self.unread.add(column)
            return None
        try:
            return parse_minor(self.cell(column), self.exponents[codes[0]])
        except InvalidRequest as bad:
            self.faults_of(bad, column)
            return None

    def value(self, kind: str) -> str:
        text = _listed(self.cell("value"))
        if kind == "minor" and text:
            minor = self.minor("value")
            return "" if minor is None else str(minor)
        if kind == "tick" and "." in text:
            return text.rstrip("0")
        if kind == "suspension" and text == "admit":
            return "home admit"
        if kind == "decision" and text and not is_canonical_date(text.split(" ")[0]):
            return f"{self.day.isoformat()} {text}"
        if (kind == "instant" and text) or (kind == "closing" and text not in {"", "hold", "reject"}):
            return self.instant_text(kind)
        return text

    def instant_text(self, kind: str) -> str:
        try:
            return format_instant(parse_instant(self.cell("value"), self.day))
        except InvalidRequest as bad:
            otherwise = "hold, reject, or " if kind == "closing" else ""
            fault = bad.faults[0]
            self.fault("value", otherwise + fault.expected, fault.found)
            return ""


def _listed(text: str) -> str:
    return " ".join(word for word in text.split(" ") if word)
