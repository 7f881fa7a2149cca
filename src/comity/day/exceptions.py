"""What a day leaves to people: exceptions.csv, and no such file if there is nothing.

A pay-out that its issuer has not confirmed by its deadline, and a currency whose
issuer's books say that others hold another sum than ours do. Amounts are in major
units; of a difference it is what the issuer's books say less what ours do.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from comity.model.amount import format_minor

if TYPE_CHECKING:
    from comity.day.result import DayResult

_COLUMNS = ("kind", "participant", "currency", "id", "amount", "deadline")


def write_exceptions(result: "DayResult", folder: Path) -> None:
    """Write exceptions.csv into a folder, if there are any."""
    from comity.day.write import write_csv  # noqa: PLC0415 - the writer of a day calls this

    rows = [*_unconfirmed(result), *_differences(result)]
    if rows:
        write_csv(folder / "exceptions.csv", _COLUMNS, rows)


def _unconfirmed(result: "DayResult") -> Iterator[tuple[str, ...]]:
    late = set(result.engine.exceptions().unconfirmed)
    exponents = dict(result.day.genesis.currencies)
    for command in (given.command.command for given in result.given if not given.reason):
        if not late:
            return
        if command.command != "transfer_out" or not command.target:
            continue
        slot = result.engine.find(command.participant, command.target)
        if slot in late:
            late.remove(slot)
            amount = format_minor(command.amount_minor or 0, exponents[command.currency])
            yield "unconfirmed", command.participant, command.currency, command.target, amount, command.value


def _differences(result: "DayResult") -> Iterator[tuple[str, ...]]:
    exponents = dict(result.day.genesis.currencies)
    issuers = {member.currency: member.code for member in result.day.genesis.members}
    for code, minor in result.engine.exceptions().differences.items():
        yield "difference", issuers.get(code, ""), code, "", format_minor(minor, exponents[code]), ""
