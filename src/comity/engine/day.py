"""Commands about the business day: phases, cut-offs, reconciliation, overnight credit, the next day.

Phases come in their order. A phase without a currency moves every currency that
has no schedule of its own; start, liquidity, accrual and end move all. At a
cut-off new items are late from the instant on; what waits is rejected when time
moves past it, so that offsetting at the cut-off still counts.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from comity.engine.answer import Answer, done, refused
from comity.engine.genesis import EPOCH, set_date
from comity.engine.kernels.layout import (
    BALANCE,
    CUR_PHASE,
    CUR_STATE,
    CUR_SWEEP,
    CURRENCY_HELD,
    CURRENCY_HOLIDAY,
    FLAGS,
    IS_ISSUER,
    IS_TECHNICAL,
    NOW,
    OPEN_AT,
    OWNER,
    SWEEP_ALL,
    SWEEP_AT,
    SWEEP_CUSTOMER,
    TODAY,
)
from comity.engine.kernels.limits import available
from comity.engine.kernels.operations import recount, start_lanes, transfer
from comity.engine.kernels.passing import sweep
from comity.engine.kernels.release import release
from comity.engine.orders import end_day, expire, open_currencies
from comity.engine.rollover import roll
from comity.engine.words import LOW_20
from comity.model.command import Command
from comity.model.instant import DAY_US
from comity.model.reason import Phase, Reason

if TYPE_CHECKING:
    from comity.engine.core import Engine
    from comity.engine.liquidity import LiquidityCommands
    from comity.engine.permissions import PermissionCommands


OF_THE_UNION = frozenset({Phase.START, Phase.LIQUIDITY, Phase.FINAL_CLEARING, Phase.ACCRUAL, Phase.END})
CUTOFF_PHASES = {
    "customer_cutoff": Phase.CUSTOMER_CUTOFF,
    "interbank_cutoff": Phase.INTERBANK_CUTOFF,
    "end": Phase.END,
}


class DayCommands:
    """Carries out commands about the day."""

    def __init__(self, engine: "Engine", permissions: "PermissionCommands", liquidity: "LiquidityCommands") -> None:
        self._engine = engine
        self._permissions = permissions
        self._liquidity = liquidity

    def begin(self) -> None:
        """Set up holidays and schedules of the genesis."""
        engine = self._engine
        genesis = engine.genesis
        engine.notes.own_phases = sorted(genesis.currency_schedules)
        engine.notes.opened = [genesis.business_date.isoformat()]
        for index, code in enumerate(engine.accounts.currencies):
            schedule = genesis.currency_schedules.get(code, genesis.schedule)
            engine.state.currencies[index, CUR_STATE] = CURRENCY_HOLIDAY if schedule.closed else 0

    def phase(self, row: int, command: Command) -> Answer:
        """Enter the next phase; a later date starts the next business day."""
        phase = Phase[command.value.upper()]
        engine = self._engine
        if phase == Phase.START and (engine.state.currencies[:, CUR_PHASE] != Phase.START).any():
            if (engine.state.currencies[:, CUR_PHASE] != Phase.END).any():
                return refused(Reason.INVALID, "the business day before has not ended")
            if engine.state.g[NOW] // DAY_US <= engine.state.g[TODAY]:
                return refused(Reason.INVALID, "the next business day begins on a later date")
            self._next_day()
        moved = self._currencies(command.currency, phase)
        if not moved:
            return refused(Reason.INVALID, f"{command.value} does not follow the present phase")
        stopped = self._hold_stopped(moved, phase)
        if not moved:
            return refused(Reason.CLOSED, stopped)
        engine.state.currencies[moved, CUR_PHASE] = phase
        match phase:
            case Phase.LIQUIDITY:
                self._repay_loans(row, moved)
                self._liquidity.serve_standing(row, moved)
            case Phase.OPEN:
                engine.state.g[OPEN_AT] = engine.state.g[NOW]
                open_currencies(engine)
            case Phase.CUSTOMER_CUTOFF:
                self._sweep_later(moved, SWEEP_CUSTOMER)
            case Phase.INTERBANK_CUTOFF:
                self._sweep_later(moved, SWEEP_ALL)
            case Phase.FINAL_CLEARING | Phase.END:
                self._reject_rest(moved)
                end_day(engine, moved if phase == Phase.END else [])
            case Phase.ACCRUAL:
                self._reject_rest(moved)
                self._lend_overnight(row, moved)
        return done(f"{command.value}, but {stopped}" if stopped else command.value)

    def extend(self, _row: int, command: Command) -> Answer:
        """Agree to a later cut-off; the schedule is the node's, this is its authority in the log."""
        phase = CUTOFF_PHASES[command.target]
        currencies = self._engine.state.currencies
        codes = [command.currency] if command.currency else self._engine.accounts.currencies
        indexes = [self._engine.accounts.currency_index(code) for code in codes]
        if (currencies[indexes, CUR_PHASE] >= phase).any():
            return refused(Reason.LATE, f"{command.target} has passed")
        if command.value_instant <= int(self._engine.state.g[NOW]):
            return refused(Reason.DATE_OUTSIDE_WINDOW, "a new time ahead")
        return done(f"{command.target} at {command.value}")

    def reconcile(self, _row: int, command: Command) -> Answer:
        """The issuer says what its books hold for others; a difference stops its currency's next opening."""
        engine = self._engine
        account = engine.accounts.issuer(command.currency)
        if engine.accounts.participant[account] != command.participant:
            return refused(Reason.NOT_AUTHORISED, f"{command.participant} does not issue {command.currency}")
        difference = (command.amount_minor or 0) + int(engine.state.accounts[account, BALANCE])
        notes = engine.notes
        index = engine.accounts.currency_index(command.currency)
        if not difference:
            engine.state.currencies[index, CUR_STATE] &= ~CURRENCY_HELD
        notes.differences[command.currency] = difference
        notes.stopped = [code for code in notes.stopped if code != command.currency]
        if difference:
            notes.stopped = sorted([*notes.stopped, command.currency])
            return done(f"differs by {difference} minor units: {command.currency} will not open until it agrees")
        return done("books agree")

    def _currencies(self, currency: str, phase: Phase) -> list[int]:
        """Return the indexes of currencies that this phase command moves forward."""
        engine = self._engine
        codes = [currency] if currency else engine.accounts.currencies
        if not currency and phase not in OF_THE_UNION:
            codes = [code for code in codes if code not in engine.notes.own_phases]
        indexes = [engine.accounts.currency_index(code) for code in codes]
        return [i for i in indexes if phase > engine.state.currencies[i, CUR_PHASE] or phase == Phase.START]

    def _hold_stopped(self, moved: list[int], phase: Phase) -> str:
        """Keep currencies whose books do not agree from opening: take them out of `moved`, and say which."""
        codes = [self._engine.accounts.currencies[i] for i in moved]
        stopped = [code for code in codes if code in self._engine.notes.stopped]
        if phase != Phase.OPEN or not stopped:
            return ""
        for code in stopped:
            self._engine.state.currencies[self._engine.accounts.currency_index(code), CUR_STATE] |= CURRENCY_HELD
        moved[:] = [i for i, code in zip(moved, codes, strict=True) if code not in stopped]
        return f"books do not agree: {' '.join(stopped)}"

    def _sweep_later(self, moved: list[int], what: int) -> None:
        s = self._engine.state
        s.currencies[moved, CUR_SWEEP] = np.maximum(s.currencies[moved, CUR_SWEEP], what)
        s.g[SWEEP_AT] = s.g[NOW]

    def _reject_rest(self, moved: list[int]) -> None:
        """Reject what still waits for today; after the last cut-off nothing is left open but what screening holds."""
        s = self._engine.state
        s.currencies[moved, CUR_SWEEP] = SWEEP_ALL
        sweep(s)
        release(s)

    def _lend_overnight(self, row: int, moved: list[int]) -> None:
        """An account below zero becomes an overnight loan of its issuer, to be repaid at the next opening."""
        engine = self._engine
        s = engine.state
        for account in range(len(engine.accounts)):
            short = -int(s.accounts[account, BALANCE])
            if int(s.accounts[account, OWNER]) & LOW_20 not in moved:
                continue
            if short > 0 and not s.accounts[account, FLAGS] & (IS_ISSUER | IS_TECHNICAL):
                issuer = engine.accounts.issuer(engine.accounts.currency[account])
                transfer(s, issuer, account, short, np.zeros(4, np.int64), row)
                engine.notes.loans[str(account)] = engine.notes.loans.get(str(account), 0) + short

    def _repay_loans(self, row: int, moved: list[int]) -> None:
        """Take overnight loans back as far as there is room, credit included; the rest stays lent."""
        engine = self._engine
        s = engine.state
        due = [text for text in engine.notes.loans if int(s.accounts[int(text), OWNER]) & LOW_20 in moved]
        for text in sorted(due, key=int):
            owed = engine.notes.loans.pop(text)
            amount = min(owed, int(available(s, int(text), 0)))
            issuer = engine.accounts.issuer(engine.accounts.currency[int(text)])
            if amount > 0:
                transfer(s, int(text), issuer, amount, np.zeros(4, np.int64), row)
            if owed > amount:
                engine.notes.loans[text] = owed - amount

    def _next_day(self) -> None:
        """Begin the business date of the present instant: forget what lies outside the window of identities."""
        engine = self._engine
        today = int(engine.state.g[NOW]) // DAY_US
        day = EPOCH + timedelta(days=today)
        engine.notes.opened = [*engine.notes.opened, day.isoformat()][-(engine.genesis.id_days_back + 1) :]
        set_date(engine.state, day, engine.genesis, date.fromisoformat(engine.notes.opened[0]))
        notes = engine.notes
        notes.cuts = {}
        notes.auction, notes.call, notes.decisions = {}, {}, {}
        kept = roll(engine.state, [int(slot) for slot in notes.payouts])
        notes.payouts = {str(kept[int(slot)]): deadline for slot, deadline in notes.payouts.items()}
        expire(engine)
        engine.state.currencies[:, CUR_STATE] &= ~CURRENCY_HOLIDAY
        self._permissions.renew(day)
        recount(engine.state, today)
        start_lanes(engine.state)
