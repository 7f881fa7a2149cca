"""Commands about one waiting instruction: cancel, re-prioritise, reorder, hold, release, refuse."""

from typing import TYPE_CHECKING

import numpy as np

from comity.engine.answer import Answer, done, refused
from comity.engine.clearing import end_with_ties
from comity.engine.genesis import next_weekday
from comity.engine.kernels.admission import set_state
from comity.engine.kernels.bundles import members_of
from comity.engine.kernels.clearing import set_hold
from comity.engine.kernels.layout import (
    AMOUNT,
    BUNDLE_COUNT,
    BUNDLE_EXPECTED,
    BUNDLE_KIND,
    BUNDLE_PVP,
    CANCEL_ASKED,
    COUNTER_PAYER,
    CUR_PHASE,
    DATE,
    END_KEY,
    FRONT,
    HELD_BY_SCREENING,
    HOLDS,
    INTERBANK_BIT,
    KIND_SHIFT,
    O_CUT,
    O_HOLDS,
    O_SLOT,
    OBLIGATIONS,
    OWNER,
    PARTIES,
    R_BLOCKED,
    R_BOOK,
    R_ENTERED,
    R_HOLDS,
    R_PAYEE,
    ROWS,
    STATUS,
    TODAY,
)
from comity.engine.kernels.operations import (
    ask_cancel,
    cancel_incomplete,
    hold,
    set_place,
    set_priority,
    unhold,
    withdraw,
)
from comity.engine.kernels.orders import block, block_again, end_order, lower
from comity.engine.kernels.passing import reject
from comity.engine.kernels.release import release
from comity.engine.kernels.settlement import bundle_of, is_payment, side_of
from comity.engine.market import off_lot
from comity.engine.matching import follow_date
from comity.engine.orders import index_of
from comity.engine.words import LOW_20
from comity.model.command import Command
from comity.model.reason import InstructionKind, Phase, Priority, Reason, State

if TYPE_CHECKING:
    from comity.engine.core import Engine
    from comity.engine.permissions import PermissionCommands


KEY_WORDS = 4
"""Words of both identities of an instruction."""


class ItemCommands:
    """Carries out commands about single instructions, given by who sent them."""

    def __init__(self, engine: "Engine", permissions: "PermissionCommands") -> None:
        self._engine = engine
        self._permissions = permissions

    def cancel(self, _row: int, command: Command) -> Answer:
        """Cancel what is not irrevocable; a complete bundle needs every party."""
        slot, refusal = self._waiting(command)
        if refusal is not None:
            return refusal
        s = self._engine.state
        bundle = int(bundle_of(s, slot))
        if self._is_obligation(slot):
            return self._withdraw_obligation(slot)
        if self._is_order(slot):
            return self._withdraw_order(slot)
        if bundle < 0:
            withdraw(s, slot)
            return done("cancelled", slot)
        if s.bundles[bundle, BUNDLE_COUNT] < s.bundles[bundle, BUNDLE_EXPECTED]:
            cancel_incomplete(s, slot)
            return done("cancelled; the rest of its linked set was rejected", slot)
        return self._ask(slot, command.participant)

    def _withdraw_obligation(self, slot: int) -> Answer:
        index = self._obligation(slot)
        if self._engine.state.obligations[index, O_CUT]:
            return refused(Reason.INVALID, "it stands in the cut of a cycle", slot)
        end_with_ties(self._engine, index, State.CAND, Reason.NONE)
        return done("withdrawn", slot)

    def _withdraw_order(self, slot: int) -> Answer:
        s, index = self._engine.state, index_of(self._engine, slot)
        if s.orders[index, R_BOOK]:
            return refused(Reason.INVALID, "it stands in the book of an auction", slot)
        end_order(s, index, State.CAND, Reason.NONE)
        release(s)
        return done("cancelled", slot)

    def amend(self, _row: int, command: Command) -> Answer:
        """Let an order sell less; it keeps its priority. Any other change is a cancellation and a new order."""
        slot, refusal = self._waiting(command)
        if refusal is not None:
            return refusal
        if not self._is_order(slot):
            return refused(Reason.INVALID, "only an order can be amended", slot)
        s, index, amount = self._engine.state, index_of(self._engine, slot), command.amount_minor or 0
        left = int(s.rows[slot, AMOUNT])
        if int(s.rows[slot, PARTIES]) >> 32 != self._engine.account(command.participant, command.currency):
            return refused(Reason.CURRENCY, f"it does not sell {command.currency}", slot)
        why = self._kept_whole(index)
        if not why and not 0 < amount < left:
            why = f"an amount above zero and below {left}, which it may still sell"
        if why:
            return refused(Reason.INVALID, why, slot)
        off = off_lot(self._engine, int(s.rows[slot, PARTIES]), amount)
        if off:
            return refused(Reason.LOT, off, slot)
        if s.orders[index, R_BLOCKED]:
            block(s, index, amount - left)
        lower(s, index, left - amount)
        s.orders[index, R_ENTERED] -= left - amount
        release(s)
        return done(f"sells {amount} at most", slot)

    def _kept_whole(self, index: int) -> str:
        """Say why an order's amount cannot change; empty if it can."""
        order = self._engine.state.orders[index]
        if order[R_PAYEE]:
            return "a cross-currency payment is made as a whole or not at all"
        return "it stands in the book of an auction" if order[R_BOOK] else ""

    def _obligation(self, slot: int) -> int:
        """Return the index of the obligation that is this instruction."""
        s = self._engine.state
        return int(np.flatnonzero(s.obligations[: s.g[OBLIGATIONS], O_SLOT] == slot)[0])

    def _is_obligation(self, slot: int) -> bool:
        return (int(self._engine.state.rows[slot, STATUS]) >> KIND_SHIFT) & 15 == InstructionKind.OBLIGATION

    def _is_order(self, slot: int) -> bool:
        return (int(self._engine.state.rows[slot, STATUS]) >> KIND_SHIFT) & 15 == InstructionKind.ORDER

    def agree_cancel(self, _row: int, command: Command) -> Answer:
        """Agree to a cancellation that another party of a complete bundle has asked for."""
        s = self._engine.state
        slot = self._party_to(command)
        if slot < 0:
            return refused(Reason.UNKNOWN, f"{command.participant} is party to no {command.target!r} that waits")
        members = self._members(int(bundle_of(s, slot)))
        if not any(s.sides[int(side_of(s, member)), CANCEL_ASKED] for member in members):
            return refused(Reason.INVALID, "no other party has asked to cancel it", slot)
        return self._ask(slot, command.participant)

    def _ask(self, slot: int, participant: str) -> Answer:
        """A participant asks to cancel a bundle, for everything that it pays in it."""
        s = self._engine.state
        mine = set(self._engine.accounts.of(participant))
        everyone = False
        for member in self._members(int(bundle_of(s, slot))):
            if int(s.rows[member, PARTIES]) >> 32 in mine:
                everyone = bool(ask_cancel(s, member))
        if everyone:
            withdraw(s, slot)
            return done("cancelled by all parties", slot)
        return done("waits for the other parties to cancel too", slot)

    def _members(self, bundle: int) -> list[int]:
        s = self._engine.state
        members: list[int] = s.members[: int(members_of(s, bundle))].tolist()
        return members

    def _party_to(self, command: Command) -> int:
        """Return a waiting member of the complete bundle that a participant pays in and somebody entered as this id."""
        engine, s = self._engine, self._engine.state
        mine = set(engine.accounts.of(command.participant))
        for sender in engine.accounts.participants:
            slot = engine.find(sender, command.target)
            bundle = int(bundle_of(s, slot)) if slot >= 0 else -1
            if bundle < 0 or s.bundles[bundle, BUNDLE_COUNT] < s.bundles[bundle, BUNDLE_EXPECTED]:
                continue
            members = self._members(bundle)
            waits = int(s.rows[slot, STATUS]) & 0xFF < State.STLD
            if waits and any(int(s.rows[member, PARTIES]) >> 32 in mine for member in members):
                return slot
        return -1

    def reprioritise(self, _row: int, command: Command) -> Answer:
        """Give a waiting instruction another class; its place is kept."""
        slot, refusal = self._waiting(command)
        if refusal is not None:
            return refusal
        s = self._engine.state
        bundle = int(bundle_of(s, slot))
        if bundle >= 0 and s.bundles[bundle, BUNDLE_COUNT] == s.bundles[bundle, BUNDLE_EXPECTED]:
            return refused(Reason.INVALID, "it is irrevocable", slot)
        if self._is_obligation(slot):
            return refused(Reason.INVALID, "an obligation has no priority", slot)
        if self._is_order(slot):
            return refused(Reason.INVALID, "an order's priority is its limit and its time", slot)
        set_priority(s, slot, Priority[command.value.upper()])
        return done(f"now {command.value}", slot)

    def reorder(self, _row: int, command: Command) -> Answer:
        """Move a plain payment to the front or the end of its class."""
        slot, refusal = self._waiting(command)
        if refusal is not None:
            return refusal
        s = self._engine.state
        if bundle_of(s, slot) >= 0 or not is_payment(s, slot):
            return refused(Reason.INVALID, "only a payment on its own can be reordered", slot)
        if command.value == "front":
            s.g[FRONT] -= 1
            place = int(s.g[FRONT])
        else:
            s.g[END_KEY] = max(int(s.g[END_KEY]) + 1, (int(s.g[ROWS]) - 1 << 20) + 1)
            place = int(s.g[END_KEY])
        set_place(s, slot, place)
        return done(f"moved to the {command.value}", slot)

    def hold(self, _row: int, command: Command) -> Answer:
        """Screening holds an instruction that waits, because a list has changed."""
        slot, refusal = self._waiting(command)
        if refusal is not None:
            return refusal
        s = self._engine.state
        if self._is_screened(slot):
            return refused(Reason.INVALID, "screening holds it already", slot)
        if self._is_obligation(slot):
            return self._hold_obligation(slot)
        if self._is_order(slot):
            return self._hold_order(slot)
        for each in (slot, *self._entered_with(slot)):
            hold(s, each, HELD_BY_SCREENING)
        release(s)
        return done("held", slot)

    def _hold_obligation(self, slot: int) -> Answer:
        s, index = self._engine.state, self._obligation(slot)
        if s.obligations[index, O_CUT]:
            return refused(Reason.INVALID, "it stands in the cut of a cycle", slot)
        set_hold(s, index, HELD_BY_SCREENING, True)  # noqa: FBT003 - a kernel
        return done("held", slot)

    def _hold_order(self, slot: int) -> Answer:
        s, index = self._engine.state, index_of(self._engine, slot)
        if s.orders[index, R_BOOK]:
            return refused(Reason.INVALID, "it stands in the book of an auction", slot)
        block(s, index, -int(s.orders[index, R_BLOCKED]))
        s.orders[index, R_HOLDS] = HELD_BY_SCREENING
        set_state(s, slot, State.SSPD)
        release(s)
        return done("held", slot)

    def release(self, _row: int, command: Command) -> Answer:
        """Screening found nothing: a held instruction goes on."""
        slot, refusal = self._waiting(command)
        if refusal is not None:
            return refusal
        s = self._engine.state
        if not self._is_screened(slot):
            return refused(Reason.INVALID, "screening does not hold it", slot)
        if self._is_obligation(slot):
            set_hold(s, self._obligation(slot), HELD_BY_SCREENING, False)  # noqa: FBT003 - a kernel
            return done("released", slot)
        if self._is_order(slot):
            return self._release_order(slot)
        self._date_again(slot)
        for other in self._entered_with(slot):
            unhold(s, other, HELD_BY_SCREENING)
        unhold(s, slot, HELD_BY_SCREENING)
        return done("released", slot)

    def _release_order(self, slot: int) -> Answer:
        s, index = self._engine.state, index_of(self._engine, slot)
        s.orders[index, R_HOLDS] = 0
        set_state(s, slot, State.PSTL)
        block_again(s)
        return done("released" if s.orders[index, R_BLOCKED] else "released; its amount cannot be set aside now", slot)

    def _entered_with(self, slot: int) -> list[int]:
        """Return the other leg of a PvP that came in one entry: it has no identity of its own."""
        s = self._engine.state
        bundle = int(bundle_of(s, slot))
        if bundle < 0 or s.bundles[bundle, BUNDLE_KIND] != BUNDLE_PVP:
            return []
        return [other for other in self._members(bundle) if not s.ids[other, :KEY_WORDS].any()]

    def _date_again(self, slot: int) -> None:
        """Give what screening held past its cut-off the next open date, and what shares its fate with it."""
        s = self._engine.state
        bundle = int(bundle_of(s, slot))
        fellows = self._members(bundle) if bundle >= 0 else [slot]
        today = int(s.g[TODAY])
        date = next_weekday(today) if any(self._is_past(fellow) for fellow in fellows) else today
        for side in (int(side_of(s, fellow)) for fellow in fellows):
            s.sides[side, DATE] = max(s.sides[side, DATE], date)
        follow_date(s, slot)

    def _is_past(self, slot: int) -> bool:
        """Whether the cut-off of an instruction, the earlier one of a PvP's two currencies, has passed today."""
        s = self._engine.state
        row = s.rows[slot]
        payers = [int(row[PARTIES]) >> 32]
        counter_payer = int(s.sides[int(side_of(s, slot)), COUNTER_PAYER]) - 1
        if counter_payer >= 0:
            payers.append(counter_payer)
        phase = int(s.currencies[s.accounts[payers, OWNER] & LOW_20, CUR_PHASE].max())
        return phase >= (Phase.INTERBANK_CUTOFF if row[STATUS] & INTERBANK_BIT else Phase.CUSTOMER_CUTOFF)

    def refuse(self, _row: int, command: Command) -> Answer:
        """Screening refuses a held instruction."""
        slot, refusal = self._waiting(command)
        if refusal is not None:
            return refusal
        if not self._is_screened(slot):
            return refused(Reason.INVALID, "screening does not hold it", slot)
        if self._is_obligation(slot):
            end_with_ties(self._engine, self._obligation(slot), State.RJTD, Reason.REGULATORY)
        elif self._is_order(slot):
            end_order(self._engine.state, index_of(self._engine, slot), State.RJTD, Reason.REGULATORY)
        else:
            reject(self._engine.state, slot, Reason.REGULATORY)
        release(self._engine.state)
        return done("refused", slot)

    def _is_screened(self, slot: int) -> bool:
        s = self._engine.state
        if self._is_obligation(slot):
            return bool(s.obligations[self._obligation(slot), O_HOLDS] & HELD_BY_SCREENING)
        if self._is_order(slot):
            return bool(s.orders[index_of(self._engine, slot), R_HOLDS] & HELD_BY_SCREENING)
        side = int(side_of(s, slot))
        return side >= 0 and bool(s.sides[side, HOLDS] & HELD_BY_SCREENING)

    def _waiting(self, command: Command) -> tuple[int, Answer | None]:
        """Return the slot that a command names, and why it cannot be changed, if so."""
        slot = self._engine.find(command.participant, command.target)
        if slot < 0:
            return -1, refused(Reason.UNKNOWN, f"{command.participant} entered no {command.target!r}")
        state = State(int(self._engine.state.rows[slot, STATUS]) & 0xFF)
        if state.is_final:
            return slot, refused(Reason.INVALID, f"it is {state.name}", slot)
        return slot, None
