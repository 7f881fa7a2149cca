"""Commands as they are asked for: rows of text, read against a union and its business day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from comity.errors import Fault, InvalidRequest
from comity.model.command import Command
from comity.model.command_row import command_of_row
from comity.model.plain import describe, is_clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from comity.engine import Engine
    from comity.gateway.directory import Directory

_BEFORE_ALL = "00:00"


def commands_of_rows(rows: Sequence[Mapping[str, str]], engine: Engine, directory: Directory) -> list[Command]:
    """Read commands; times without a date are of the union's business date.

    Parameters
    ----------
    rows
        Text by column of commands.csv, but for the instant.

    Raises
    ------
    InvalidRequest
        With every cell that cannot be read, or names what the union does not have; rows count from 1.
    """
    day = date.fromisoformat(engine.notes.opened[-1])
    commands: list[Command] = []
    faults: list[Fault] = []
    for number, row in enumerate(rows, 1):
        try:
            command = _command(row, number, day, directory)
        except InvalidRequest as bad:
            faults += bad.faults
        else:
            commands.append(command)
            faults += (each.at("", number, each.column) for each in strangers(command, directory))
    if faults:
        raise InvalidRequest(faults)
    return commands


def _command(row: Mapping[str, str], number: int, day: date, directory: Directory) -> Command:
    unclean = [
        Fault("", number, column, "printable text", describe(cell))
        for column, cell in row.items()
        if not is_clean(cell)
    ]
    if unclean:
        raise InvalidRequest(unclean)
    if row["command"] == "phase":  # no row of a day has it: there the timetable gives it
        try:
            return Command("phase", currency=row.get("currency", ""), value=row.get("value", ""))
        except InvalidRequest as bad:
            raise InvalidRequest(fault.at("", number, fault.column) for fault in bad.faults) from None
    return command_of_row({**row, "instant": _BEFORE_ALL}, ("", number), day, directory.exponents)[1]


def strangers(command: Command, directory: Directory) -> list[Fault]:
    """Return what a command names and the union does not have."""
    faults: list[Fault] = []
    if command.participant and command.participant not in directory.participants:
        faults.append(Fault("", 0, "participant", "a participant of this union", describe(command.participant)))
    faults += (
        Fault("", 0, "target", "members of this union", describe(code))
        for code in command.members
        if code not in directory.members
    )
    faults += (
        Fault("", 0, "currency", "a currency of this union", describe(code))
        for code in command.currencies
        if code not in directory.currencies
    )
    if not faults:
        faults += (
            Fault("", 0, column, f"a participant with an account in {currency}", describe(owner))
            for owner, currency in command.accounts
            for column in ["participant" if owner == command.participant else "target"]
            if (owner, currency) not in directory.accounts
        )
    return faults
