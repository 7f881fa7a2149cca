"""Subjects of commands: what a command would change, as it stands now.

Who decides on a command looks at this text, and may be asked again if it has become another
one. It is the same for the same state, and is empty where a command adds to what there is
instead of replacing it, such as money paid in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from comity.engine.corridors import SERVICE_BITS
from comity.engine.kernels.layout import (
    AGREED,
    BILATERAL,
    BLOCKED,
    BYPASS_NORMAL,
    CAP_A,
    CAP_B,
    CONSTRAINTS,
    CUR_PHASE,
    ENTRY_OFFSETTING,
    HIGH,
    HOLDING,
    INFINITE,
    LIMIT,
    MULTILATERAL,
    SPACE_KIND,
    SPACE_LIMIT,
    SPACE_OTHER,
    SPACE_OWNER,
    STATUS,
    URGENT,
)
from comity.engine.orders import blocked_by_orders
from comity.model.reason import Phase, State
from comity.union import Pair

if TYPE_CHECKING:
    from collections.abc import Callable

    from comity.engine.core import Engine
    from comity.model.command import Command

NO_LIMIT = "none"


def subject_of(engine: Engine, command: Command) -> str:
    """Return what a command would change, in words and whole minor units; empty if it replaces nothing.

    Raises
    ------
    NotFound
        The command names a participant, member, account or currency that there is not.
    """
    reader = _READERS.get(command.command)
    return reader(engine, command) if reader else ""


def _column(column: int) -> Callable[[Engine, Command], str]:
    def read(engine: Engine, command: Command) -> str:
        return str(int(engine.state.accounts[engine.account(command.participant, command.currency), column]))

    return read


def _reservation(engine: Engine, command: Command) -> str:
    return _column(URGENT if command.value == "urgent" else HIGH)(engine, command)


def _frozen(engine: Engine, command: Command) -> str:
    account = engine.account(command.participant, command.currency)
    return str(int(engine.state.accounts[account, BLOCKED]) - blocked_by_orders(engine, account))


def _limit(engine: Engine, command: Command) -> str:
    s = engine.state
    if command.value == "corridor":
        index = int(_corridor(engine, command.participant, command.target, command.currency)[CAP_A]) - 1
        return _amount(engine, index)
    account = engine.account(command.participant, command.currency)
    if command.value == "holding":
        return _amount(engine, int(s.accounts[account, HOLDING]) - 1)
    if command.value == "multilateral":
        return _amount(engine, int(s.accounts[account, MULTILATERAL]) - 1)
    other = engine.account(command.target, command.currency)
    rows = s.constraints[: s.g[CONSTRAINTS]]
    mine = (rows[:, SPACE_KIND] == BILATERAL) & (rows[:, SPACE_OWNER] == account) & (rows[:, SPACE_OTHER] == other)
    found = np.flatnonzero(mine)
    return _amount(engine, int(found[0]) if len(found) else -1)


def _amount(engine: Engine, constraint: int) -> str:
    limit = INFINITE if constraint < 0 else int(engine.state.constraints[constraint, SPACE_LIMIT])
    return NO_LIMIT if limit == INFINITE else str(limit)


def _corridor(engine: Engine, a: str, b: str, currency: str) -> np.ndarray:
    known = engine.accounts
    at = known.member_index(a) * len(known.members) + known.member_index(b)
    at = at * len(known.currencies) + known.currency_index(currency)
    row: np.ndarray = engine.state.corridors[engine.state.corridor_of[at]]
    return row


def _agreement(engine: Engine, command: Command) -> str:
    said = []
    a, b = command.members
    for currency in command.currencies:
        row = _corridor(engine, a, b, currency)
        services = [name for name, bit in SERVICE_BITS.items() if int(row[AGREED]) & bit]
        said.append(f"{currency}: {' '.join(services) or 'nothing'}, cap {_amount(engine, int(row[CAP_B]) - 1)}")
    return "; ".join(said)


def _closing(engine: Engine, command: Command) -> str:
    scope = (command.participant, command.currency, command.target)
    closings = engine.notes.closings
    return "closed" if any((c["participant"], c["currency"], c["target"]) == scope for c in closings) else "open"


def _suspension(engine: Engine, command: Command) -> str:
    engine.accounts.participant_index(command.participant)
    held = engine.notes.suspensions.get(command.participant, [])
    admits = ", incoming admitted" if command.participant in engine.notes.admitted else ""
    return f"suspended by {' '.join(held)}{admits}" if held else "active"


def _phase(engine: Engine, command: Command) -> str:
    codes = [command.currency] if command.currency else engine.accounts.currencies
    phases = {int(engine.state.currencies[engine.accounts.currency_index(code), CUR_PHASE]) for code in codes}
    return " ".join(Phase(each).name.lower() for each in sorted(phases))


def _setting(engine: Engine, command: Command) -> str:
    column = ENTRY_OFFSETTING if command.target == "entry_offsetting" else BYPASS_NORMAL
    return "true" if engine.state.g[column] else "false"


def _standing(engine: Engine, command: Command) -> str:
    account = engine.account(command.participant, command.currency)
    return str(engine.notes.standing.get(str(account), 0))


def _marks(engine: Engine, command: Command) -> str:
    table = engine.notes.floors if command.command == "floor" else engine.notes.ceilings
    marks = table.get(str(engine.account(command.participant, command.currency)))
    return f"{marks[0]} to {marks[1]}" if marks else NO_LIMIT


def _instruction(engine: Engine, command: Command) -> str:
    slot = engine.find(command.participant, command.target)
    return State(int(engine.state.rows[slot, STATUS]) & 0xFF).name if slot >= 0 else ""


def _lot(engine: Engine, command: Command) -> str:
    lot = engine.lot(command.currency, command.target)
    return str(lot.lot_minor if command.command == "lot" else lot.tick)


def _demand(engine: Engine, command: Command) -> str:
    for member in command.members:
        engine.accounts.member_index(member)
    return "kept out" if list(command.members) in engine.notes.exclusions else "let in"


def _decision(engine: Engine, command: Command) -> str:
    for code in command.currencies:
        engine.accounts.currency_index(code)
    source, *people = engine.notes.decisions.get(str(Pair.of(*command.currencies)), [""])
    return f"{source or 'stopped'}, by {' and '.join(people)}" if people else "undecided"


_READERS: dict[str, Callable[[Engine, Command], str]] = {
    "credit": _column(LIMIT),
    "reserve": _reservation,
    "freeze": _frozen,
    "unfreeze": _frozen,
    "limit": _limit,
    "agreement": _agreement,
    "close": _closing,
    "open": _closing,
    "suspend": _suspension,
    "resume": _suspension,
    "phase": _phase,
    "extend": _phase,
    "set": _setting,
    "standing": _standing,
    "floor": _marks,
    "ceiling": _marks,
    "cancel": _instruction,
    "agree_cancel": _instruction,
    "reprioritise": _instruction,
    "reorder": _instruction,
    "hold": _instruction,
    "release": _instruction,
    "refuse": _instruction,
    "amend": _instruction,
    "lot": _lot,
    "tick": _lot,
    "exclude": _demand,
    "include": _demand,
    "decide": _decision,
}
