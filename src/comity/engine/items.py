"""Commands about one waiting instruction: cancel, re-prioritise, reorder, release, refuse."""

from typing import TYPE_CHECKING

from comity.engine.answer import Answer, done, refused
from comity.engine.kernels.layout import (
    BUNDLE_COUNT,
    BUNDLE_EXPECTED,
    DATE,
    END_KEY,
    FRONT,
    HELD_BY_SCREENING,
    HOLDS,
    ROWS,
    STATUS,
    TODAY,
)
from comity.engine.kernels.operations import (
    ask_cancel,
    cancel_incomplete,
    set_place,
    set_priority,
    unhold,
    withdraw,
)
from comity.engine.kernels.passing import reject
from comity.engine.kernels.release import release
from comity.engine.kernels.settlement import bundle_of, is_payment, side_of
from comity.model.command import Command
from comity.model.reason import Priority, Reason, State

if TYPE_CHECKING:
    from comity.engine.core import Engine
    from comity.engine.permissions import PermissionCommands


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
        if bundle < 0:
            withdraw(s, slot)
            return done("cancelled", slot)
        if s.bundles[bundle, BUNDLE_COUNT] < s.bundles[bundle, BUNDLE_EXPECTED]:
            cancel_incomplete(s, slot)
            return done("cancelled; the rest of its linked set was rejected", slot)
        signed_by_both = self._entered_once(bundle)
        if ask_cancel(s, slot) or signed_by_both:
            withdraw(s, slot)
            return done("cancelled by all parties", slot)
        return done("waits for the other parties to cancel too", slot)

    def reprioritise(self, _row: int, command: Command) -> Answer:
        """Give a waiting instruction another class; its place is kept."""
        slot, refusal = self._waiting(command)
        if refusal is None:
            set_priority(self._engine.state, slot, Priority[command.value.upper()])
        return refusal or done(f"now {command.value}", slot)

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

    def release(self, _row: int, command: Command) -> Answer:
        """Screening found nothing: a held instruction goes on."""
        slot, refusal = self._waiting(command)
        if refusal is not None:
            return refusal
        s = self._engine.state
        if not self._is_screened(slot):
            return refused(Reason.INVALID, "screening does not hold it", slot)
        side = int(side_of(s, slot))
        if s.sides[side, DATE] != 0 and s.sides[side, DATE] < s.g[TODAY]:
            s.sides[side, DATE] = s.g[TODAY]
        unhold(s, slot, HELD_BY_SCREENING)
        return done("released", slot)

    def refuse(self, _row: int, command: Command) -> Answer:
        """Screening refuses a held instruction."""
        slot, refusal = self._waiting(command)
        if refusal is not None:
            return refusal
        if not self._is_screened(slot):
            return refused(Reason.INVALID, "screening does not hold it", slot)
        reject(self._engine.state, slot, Reason.REGULATORY)
        release(self._engine.state)
        return done("refused", slot)

    def _is_screened(self, slot: int) -> bool:
        s = self._engine.state
        side = int(side_of(s, slot))
        return side >= 0 and bool(s.sides[side, HOLDS] & HELD_BY_SCREENING)

    def _entered_once(self, bundle: int) -> bool:
        """Whether both legs of a PvP came in one entry, signed by both sides."""
        s = self._engine.state
        first = int(s.bundles[bundle, 3]) - 1
        last = int(s.bundles[bundle, 4]) - 1
        return bool(s.ids[last, :4].any() == 0) and first != last

    def _waiting(self, command: Command) -> tuple[int, Answer | None]:
        """Return the slot that a command names, and why it cannot be changed, if so."""
        slot = self._engine.find(command.participant, command.target)
        if slot < 0:
            return -1, refused(Reason.UNKNOWN, f"{command.participant} entered no {command.target!r}")
        state = State(int(self._engine.state.rows[slot, STATUS]) & 0xFF)
        if state.is_final:
            return slot, refused(Reason.INVALID, f"it is {state.name}", slot)
        return slot, None
