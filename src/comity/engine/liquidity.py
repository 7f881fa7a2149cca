"""Commands about money: pay-in and pay-out, credit lines, reservations, freezes, standing orders, marks."""

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from comity.engine.answer import Answer, done, refused
from comity.engine.kernels.entry import find_id
from comity.engine.kernels.layout import (
    AMOUNT,
    AMOUNT_MAX,
    BALANCE,
    BLOCKED,
    CREDIT_MAX,
    CUR_PHASE,
    CUR_STATE,
    CURRENCY_HOLIDAY,
    FLAGS,
    HIGH,
    HOLDING,
    IS_CLOSED,
    IS_ISSUER,
    KEY_HI,
    KEYS,
    KIND_SHIFT,
    LIMIT,
    OWNER,
    PARTIES,
    SPACE_LIMIT,
    STATUS,
    URGENT,
)
from comity.engine.kernels.limits import available
from comity.engine.kernels.operations import transfer
from comity.engine.kernels.posting import set_account
from comity.engine.kernels.release import release
from comity.engine.kernels.settlement import mark
from comity.engine.kernels.state import Int64s
from comity.engine.orders import blocked_by_orders
from comity.engine.words import LOW_20
from comity.model.command import Command
from comity.model.reason import InstructionKind, Phase, Reason

if TYPE_CHECKING:
    from comity.engine.core import Engine


Value = TypeVar("Value", int, list[int])


class LiquidityCommands:
    """Carries out commands about money and what bounds it."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def transfer_in(self, row: int, command: Command) -> Answer:
        """The issuer confirms receipt in its own system: one posting debits it and credits the participant."""
        account, amount = self._account(command), command.amount_minor or 0
        refusal = self._refuse_transfer(account, amount, command)
        if refusal is not None:
            return refusal
        s = self._engine.state
        issuer = self._engine.accounts.issuer(command.currency)
        if amount > int(available(s, issuer, 0)):
            return refused(Reason.AMOUNT_TOO_LARGE, "more than an issuer may owe")
        cap = int(s.accounts[account, HOLDING]) - 1
        if cap >= 0 and s.accounts[account, BALANCE] + amount > s.constraints[cap, SPACE_LIMIT]:
            return refused(Reason.LIMIT, "more than the participant may hold")
        return done("paid in", transfer(s, issuer, account, amount, self._key(command), row))

    def transfer_out(self, row: int, command: Command) -> Answer:
        """Debit at once, final here; the issuer confirms one with an id later, and never does a machine re-credit."""
        account, amount = self._account(command), command.amount_minor or 0
        refusal = self._refuse_transfer(account, amount, command)
        if refusal is not None:
            return refusal
        s = self._engine.state
        if amount > int(available(s, account, 2)):
            return refused(Reason.FUNDS, f"{amount - int(available(s, account, 2))} minor units short")
        slot = transfer(s, account, self._engine.accounts.issuer(command.currency), amount, self._key(command), row)
        if not command.target:
            return done("paid out", slot)
        self._engine.notes.payouts[str(slot)] = command.value_instant
        return done("paid out; waits for the issuer's confirmation", slot)

    def confirm_out(self, _row: int, command: Command) -> Answer:
        """The issuer confirms that a pay-out arrived."""
        slot = self._engine.find(command.participant, command.target)
        if str(slot) not in self._engine.notes.payouts:
            return refused(Reason.UNKNOWN, f"no pay-out {command.target!r} of {command.participant} waits", slot)
        del self._engine.notes.payouts[str(slot)]
        return done("confirmed", slot)

    def credit(self, _row: int, command: Command) -> Answer:
        """Set a credit line; below its use it holds down to the use and shrinks with each credit.

        Lines and what is drawn beyond them stay within CREDIT_MAX together, or balances could wrap.
        """
        account, amount = self._account(command), command.amount_minor or 0
        s = self._engine.state
        if s.accounts[account, FLAGS] & IS_ISSUER:
            return refused(Reason.INVALID, "an issuer needs no credit in its own currency")
        mine = s.accounts[:, OWNER] & LOW_20 == s.accounts[account, OWNER] & LOW_20
        others = mine & (s.accounts[:, FLAGS] & IS_ISSUER == 0)
        lent = np.maximum(s.accounts[:, LIMIT], -s.accounts[:, BALANCE])
        others[account] = False
        total = sum(lent[others].tolist()) + max(amount, -int(s.accounts[account, BALANCE]))
        if amount < 0 or total > CREDIT_MAX:
            return refused(Reason.AMOUNT_TOO_LARGE, f"credit lines of 0 to {CREDIT_MAX} together")
        return self._set(account, LIMIT, amount)

    def reserve(self, _row: int, command: Command) -> Answer:
        """Set what a class alone may use; as much of it holds as there is room."""
        if (command.amount_minor or 0) < 0:
            return refused(Reason.AMOUNT_NOT_POSITIVE, "a reservation of 0 or more")
        column = URGENT if command.value == "urgent" else HIGH
        return self._set(self._account(command), column, command.amount_minor or 0)

    def freeze(self, _row: int, command: Command) -> Answer:
        """Block an amount by order of an authority; incoming credits fill what is not there yet."""
        return self._block(command, 1)

    def unfreeze(self, _row: int, command: Command) -> Answer:
        """Lift a freeze, in whole or in part."""
        return self._block(command, -1)

    def standing(self, _row: int, command: Command) -> Answer:
        """Pay in (or out, if negative) the same amount in every liquidity phase; 0 ends it."""
        return self._note(self._engine.notes.standing, command, command.amount_minor or 0)

    def floor(self, _row: int, command: Command) -> Answer:
        """Below the mark, pay in up to the target."""
        if command.value_minor < (command.amount_minor or 0):
            return refused(Reason.INVALID, "a target not below the mark")
        return self._note(self._engine.notes.floors, command, [command.amount_minor or 0, command.value_minor])

    def ceiling(self, _row: int, command: Command) -> Answer:
        """Above the mark, pay out down to the target."""
        if command.value_minor > (command.amount_minor or 0):
            return refused(Reason.INVALID, "a target not above the mark")
        return self._note(self._engine.notes.ceilings, command, [command.amount_minor or 0, command.value_minor])

    def serve_standing(self, row: int, currencies: list[int]) -> None:
        """Carry out standing orders in these currencies, in order of account."""
        rows = self._engine.state.accounts
        for text, amount in sorted(self._engine.notes.standing.items(), key=lambda item: int(item[0])):
            if int(rows[int(text), OWNER]) & LOW_20 in currencies:
                self._move(row, int(text), amount)

    def serve_marks(self, row: int) -> None:
        """Carry out floors and ceilings, in order of account; looked at after every command."""
        notes, rows = self._engine.notes, self._engine.state.accounts
        for text, (mark_minor, target) in sorted(notes.floors.items(), key=lambda item: int(item[0])):
            balance = int(rows[int(text), BALANCE])
            if balance < mark_minor:
                self._move(row, int(text), target - balance)
        for text, (mark_minor, target) in sorted(notes.ceilings.items(), key=lambda item: int(item[0])):
            balance = int(rows[int(text), BALANCE])
            if balance > mark_minor:
                self._move(row, int(text), target - balance)

    def _move(self, row: int, account: int, amount: int) -> None:
        """Pay in or out what a standing instruction asks, as far as there is room; what is closed rests."""
        s = self._engine.state
        currency = int(s.accounts[account, OWNER]) & LOW_20
        phase = int(s.currencies[currency, CUR_PHASE])
        if s.accounts[account, FLAGS] & IS_CLOSED:
            return
        if not Phase.LIQUIDITY <= phase < Phase.END or s.currencies[currency, CUR_STATE] & CURRENCY_HOLIDAY:
            return
        issuer = self._engine.accounts.issuer(self._engine.accounts.currencies[currency])
        amount = max(amount, -int(available(s, account, 2)))
        cap = int(s.accounts[account, HOLDING]) - 1
        if cap >= 0:
            amount = min(amount, max(int(s.constraints[cap, SPACE_LIMIT]) - int(s.accounts[account, BALANCE]), 0))
        if amount > 0:
            transfer(s, issuer, account, min(amount, int(available(s, issuer, 0))), np.zeros(4, np.int64), row)
        elif amount < 0:
            transfer(s, account, issuer, -amount, np.zeros(4, np.int64), row)

    def _refuse_transfer(self, account: int, amount: int, command: Command) -> Answer | None:
        s = self._engine.state
        known = self._answer_known(account, amount, command)
        if known is not None:
            return known
        row = s.currencies[int(s.accounts[account, OWNER]) & LOW_20]
        if row[CUR_PHASE] >= Phase.END or row[CUR_STATE] & CURRENCY_HOLIDAY:
            return refused(Reason.CLOSED, "the currency's day has ended or is a holiday")
        if s.accounts[account, FLAGS] & (IS_ISSUER | IS_CLOSED):
            return refused(Reason.CREDITOR_ACCOUNT, "not a settlement account")
        if amount <= 0:
            return refused(Reason.AMOUNT_NOT_POSITIVE, "an amount above zero")
        if amount > AMOUNT_MAX:
            return refused(Reason.AMOUNT_TOO_LARGE, "at most eighteen digits")
        return None

    def _answer_known(self, account: int, amount: int, command: Command) -> Answer | None:
        """Answer a known id: the first answer again for the same transfer, a refusal for another."""
        s, key = self._engine.state, self._key(command)
        slot = int(find_id(s, KEYS, KEY_HI, key[2], key[3])) if key.any() else -1
        if slot < 0:
            return None
        issuer = self._engine.accounts.issuer(command.currency)
        pair = (issuer, account) if command.command == "transfer_in" else (account, issuer)
        row = s.rows[slot]
        is_same = (row[STATUS] >> KIND_SHIFT) & 15 == InstructionKind.TRANSFER and row[AMOUNT] == amount
        if is_same and row[PARTIES] == pair[0] << 32 | pair[1]:
            return done("repeated", slot)
        return refused(Reason.DUPLICATE, f"{command.target!r} was used before", slot)

    def _key(self, command: Command) -> Int64s:
        key = np.zeros(4, np.int64)
        if command.target:
            key[2:] = self._engine.key_of(command.participant, command.target)
        return key

    def _account(self, command: Command) -> int:
        return self._engine.account(command.participant, command.currency)

    def _set(self, account: int, column: int, value: int) -> Answer:
        s = self._engine.state
        set_account(s, account, column, value)
        mark(s, account)
        release(s)
        return done("set")

    def _block(self, command: Command, sign: int) -> Answer:
        account, amount = self._account(command), command.amount_minor or 0
        blocked = int(self._engine.state.accounts[account, BLOCKED])
        frozen = blocked - blocked_by_orders(self._engine, account)
        if amount <= 0 or frozen + sign * amount < 0:
            return refused(Reason.AMOUNT_NOT_POSITIVE, f"an amount above zero; {frozen} is frozen")
        if blocked + sign * amount > AMOUNT_MAX:
            return refused(Reason.AMOUNT_TOO_LARGE, "at most eighteen digits")
        return self._set(account, BLOCKED, blocked + sign * amount)

    def _note(self, table: dict[str, Value], command: Command, value: Value) -> Answer:
        account = self._account(command)
        if self._engine.state.accounts[account, FLAGS] & IS_ISSUER:
            return refused(Reason.INVALID, "not a settlement account")
        if value in (0, [0, 0]):
            table.pop(str(account), None)
        else:
            table[str(account)] = value
        return done("noted")
