"""Commands about who may pay whom: limits, agreements, closing, suspension, settings."""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from comity.engine.answer import Answer, done, refused
from comity.engine.clearing import end_with_ties
from comity.engine.corridors import Corridors, new_constraint
from comity.engine.kernels.clearing import set_hold
from comity.engine.kernels.entry import holds_of
from comity.engine.kernels.hashing import hash_of, insert
from comity.engine.kernels.layout import (
    BILATERAL,
    BUNDLE_KIND,
    BUNDLE_PVP,
    BYPASS_NORMAL,
    CONSTRAINTS,
    CUR_STATE,
    CURRENCY_RUN_OFF,
    ENTRY_OFFSETTING,
    HAS_HOLDING,
    HAS_LIMITS,
    HELD_BY_CLOSING,
    HELD_BY_HOME,
    HELD_BY_ISSUER,
    HOLD_IN,
    HOLD_IN_ISSUER,
    HOLD_OUT,
    HOLD_OUT_ISSUER,
    HOLDING,
    HOLDING_CAP,
    HOLDS,
    INFINITE,
    IS_CLOSED,
    LIMIT_PAIRS,
    LISTED,
    MULTILATERAL,
    MULTILATERAL_KIND,
    O_CUT,
    O_HOLDS,
    O_SLOT,
    OBLIGATIONS,
    ORDERS,
    PARTIES,
    R_BOOK,
    R_PAYEE,
    R_SLOT,
    ROWS,
    SPACE_KIND,
    SPACE_OTHER,
    SPACE_OWNER,
    STATUS,
    TODAY,
)
from comity.engine.kernels.operations import (
    hold,
    mark_all,
    recount,
    regroup,
    set_flag,
    set_limit,
    unhold,
)
from comity.engine.kernels.orders import end_order, may_convert, may_pay
from comity.engine.kernels.passing import pass_time, reject
from comity.engine.kernels.release import release
from comity.engine.kernels.settlement import bundle_of, side_of
from comity.engine.words import LOW_32
from comity.model.command import Command
from comity.model.reason import Reason, State

if TYPE_CHECKING:
    from comity.engine.core import Engine

IS_SET = True


class PermissionCommands:
    """Carries out commands about limits, corridors and holds."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._corridors = Corridors(engine)

    def begin(self) -> None:
        """Set up the corridors and limits of the genesis."""
        self._corridors.begin()
        for limit in self._engine.genesis.limits:
            self._write_limit(limit.kind, limit.debtor, limit.creditor, limit.currency, limit.amount_minor)

    def limit(self, _row: int, command: Command) -> Answer:
        """Set, change or remove a limit or cap; lowering one under its use undoes nothing."""
        amount = INFINITE if command.amount_minor is None else command.amount_minor
        if amount < 0:
            return refused(Reason.AMOUNT_NOT_POSITIVE, "a limit of 0 or more")
        account = self._write_limit(command.value, command.participant, command.target, command.currency, amount)
        s = self._engine.state
        if s.g[ROWS]:
            recount(s, s.g[TODAY])
            regroup(s, account)
        mark_all(s)
        return done("removed" if amount == INFINITE else "set")

    def agreement(self, _row: int, command: Command) -> Answer:
        """Open a corridor between two members for services and currencies."""
        if command.amount_minor is not None and command.amount_minor < 0:
            return refused(Reason.AMOUNT_NOT_POSITIVE, "a cap of 0 or more")
        a, b = command.members
        known = self._engine.accounts
        for member in (a, b):
            known.member_index(member)
        for currency in command.currencies:
            known.currency_index(currency)
        caps = [None if i else command.amount_minor for i in range(len(command.currencies))]
        for currency, cap in zip(command.currencies, caps, strict=True):
            self._corridors.agree(a, b, currency, tuple(command.value.split()))
            self._engine.notes.agreements.append([a, b, currency, command.value, "" if cap is None else str(cap)])
            if cap is not None:
                self._corridors.cap(a, b, currency, cap, self._corridors.spare_caps())
        self._reapply()
        s = self._engine.state
        if s.g[ROWS]:
            recount(s, s.g[TODAY])
            regroup(s, -1)
        mark_all(s)
        return done("in force")

    def close(self, _row: int, command: Command) -> Answer:
        """Close a participant, a currency, or a corridor: new items are refused from now on."""
        self._check_names(command)
        self._shut(command, is_closed=True)
        scope: dict[str, str | int] = {
            "participant": command.participant,
            "currency": command.currency,
            "target": command.target,
            "until": command.value_instant,
        }
        self._engine.notes.closings.append(scope)
        if command.value == "reject":
            self._reject_affected(scope)
        elif command.value == "hold":
            for slot in self._affected(scope):
                if not self._is_matched_pvp(slot):
                    hold(self._engine.state, slot, HELD_BY_CLOSING)
            for index in self._owed(scope, in_cut=False):
                set_hold(self._engine.state, index, HELD_BY_CLOSING, True)  # noqa: FBT003 - a kernel
        release(self._engine.state)
        return done(f"closed: {command.value}")

    def reopen(self, _row: int, command: Command) -> Answer:
        """Lift a closing; what it held goes on at its place."""
        notes = self._engine.notes
        same = (command.participant, command.currency, command.target)
        left = [c for c in notes.closings if (c["participant"], c["currency"], c["target"]) != same]
        if len(left) == len(notes.closings):
            return refused(Reason.UNKNOWN, "nothing of this scope is closed")
        notes.closings = left
        self._shut(command, is_closed=False)
        self._reapply()
        holding = [closing for closing in left if not closing["until"]]
        still = {slot for closing in holding for slot in self._affected(closing)}
        for slot in self._waiting():
            if slot not in still:
                unhold(self._engine.state, slot, HELD_BY_CLOSING)
        self._unhold_owed(holding)
        mark_all(self._engine.state)
        return done("open")

    def end_run_offs(self, instant: int) -> None:
        """Reject what is left of run-offs that ended before `instant`, each at its own end and after all else there."""
        closings = self._engine.notes.closings
        for closing in sorted(closings, key=lambda each: int(each["until"])):
            until = int(closing["until"])
            if 0 < until < instant:
                pass_time(self._engine.state, max(until, self._engine.now), True)  # noqa: FBT003 - a kernel
                self._reject_affected(closing, spare_matched=True)
                closing["until"] = 0

    def suspend(self, _row: int, command: Command) -> Answer:
        """Hold a participant's outgoing items, and incoming ones unless its home member admits them."""
        self._check_names(command)
        authority, _, admit = command.value.partition(" ")
        notes = self._engine.notes
        held = notes.suspensions.setdefault(command.participant, [])
        if authority not in held:
            held.append(authority)
        if authority == "home":
            others = [code for code in notes.admitted if code != command.participant]
            notes.admitted = sorted([*others, command.participant]) if admit else others
        self._apply_suspension(command.participant)
        return done("suspended")

    def resume(self, _row: int, command: Command) -> Answer:
        """Lift one authority's suspension; the other's stays."""
        notes = self._engine.notes
        held = notes.suspensions.get(command.participant, [])
        if command.value not in held:
            return refused(Reason.INVALID, f"{command.value} does not suspend {command.participant}")
        held.remove(command.value)
        if not held:
            del notes.suspensions[command.participant]
            notes.admitted = [code for code in notes.admitted if code != command.participant]
        self._apply_suspension(command.participant)
        return done("lifted")

    def set(self, _row: int, command: Command) -> Answer:
        """Switch bilateral offsetting on entry, or bypass in the normal class, on or off."""
        column = ENTRY_OFFSETTING if command.target == "entry_offsetting" else BYPASS_NORMAL
        self._engine.state.g[column] = command.value == "true"
        mark_all(self._engine.state)
        return done(f"{command.target} is {command.value}")

    def _check_names(self, command: Command) -> None:
        """Raise NotFound for a participant or a member that the union does not have."""
        accounts = self._engine.accounts
        if command.participant:
            accounts.participant_index(command.participant)
        for member in command.members:
            accounts.member_index(member)

    def _write_limit(self, kind: str, debtor: str, creditor: str, currency: str, amount: int) -> int:
        """Write a limit; return the account whose queue it rules, -1 for all."""
        if kind == "corridor":
            index = self._corridors.own_cap(debtor, creditor, currency)
            set_limit(self._engine.state, index, amount)
            return -1
        account = self._engine.account(debtor, currency)
        s = self._engine.state
        if kind == "holding":
            index = int(s.accounts[account, HOLDING]) - 1
            index = index if index >= 0 else new_constraint(self._engine, HOLDING_CAP, account, -1)
            self._engine.state.accounts[account, HOLDING] = index + 1
            set_flag(self._engine.state, account, HAS_HOLDING, IS_SET)
            set_limit(self._engine.state, index, amount)
            return -1
        other = self._engine.account(creditor, currency) if kind == "bilateral" else -1
        index = self._find_constraint(BILATERAL if other >= 0 else MULTILATERAL_KIND, account, other)
        set_limit(self._engine.state, index, amount)
        set_flag(self._engine.state, account, HAS_LIMITS, IS_SET)
        return account

    def _find_constraint(self, kind: int, owner: int, other: int) -> int:
        s = self._engine.state
        rows = s.constraints[: s.g[CONSTRAINTS]]
        same = (rows[:, SPACE_KIND] == kind) & (rows[:, SPACE_OWNER] == owner) & (rows[:, SPACE_OTHER] == other)
        found = np.flatnonzero(same)
        if len(found):
            return int(found[0])
        index = new_constraint(self._engine, kind, owner, other)
        s = self._engine.state
        if kind == BILATERAL:
            insert(s, LIMIT_PAIRS, hash_of(s, owner, other), index)
        else:
            s.accounts[owner, MULTILATERAL] = index + 1
        return index

    def _shut(self, command: Command, *, is_closed: bool) -> None:
        engine = self._engine
        if command.participant:
            accounts = [engine.account(command.participant, command.currency)] if command.currency else None
            for account in accounts or engine.accounts.of(command.participant):
                set_flag(engine.state, account, IS_CLOSED, is_closed)
        elif command.target:
            a, b = command.members
            currencies = [command.currency] if command.currency else engine.accounts.currencies
            for currency in currencies:
                self._corridors.shut(a, b, currency, is_closed=is_closed)
        else:
            index = engine.accounts.currency_index(command.currency)
            if is_closed:
                engine.state.currencies[index, CUR_STATE] |= CURRENCY_RUN_OFF
            else:
                engine.state.currencies[index, CUR_STATE] &= ~CURRENCY_RUN_OFF

    def renew(self, day: date) -> None:
        """Begin a business day with the agreements that are in force on it, and what is closed still closed."""
        self._corridors.renew(day)
        self._reapply()
        self.hold_carried()

    def _reapply(self) -> None:
        """Close again what closings that remain still close."""
        for closing in self._engine.notes.closings:
            participant, currency, target = (str(closing[key]) for key in ("participant", "currency", "target"))
            self._shut(Command("close", participant, currency, target), is_closed=True)

    def _reject_affected(self, scope: dict[str, str | int], *, spare_matched: bool = False) -> None:
        for slot in self._affected(scope):
            if spare_matched and self._is_matched_pvp(slot):
                continue
            if int(self._engine.state.rows[slot, STATUS]) & 0xFF < State.STLD:
                reject(self._engine.state, slot, Reason.CLOSED_BY_OPERATOR)
        s = self._engine.state
        for index in self._owed(scope, in_cut=not spare_matched):
            if int(s.rows[s.obligations[index, O_SLOT], STATUS]) & 0xFF < State.STLD:
                end_with_ties(self._engine, index, State.RJTD, Reason.CLOSED_BY_OPERATOR)
        for index in self._ordered(scope):
            end_order(s, index, State.RJTD, Reason.CLOSED_BY_OPERATOR)
        release(s)

    def _owed(self, scope: dict[str, str | int], *, in_cut: bool) -> list[int]:
        """Return the indexes of open obligations within the scope of a closing; those of a cut only if asked for."""
        s = self._engine.state
        rows = s.obligations[: s.g[OBLIGATIONS]]
        state = s.rows[rows[:, O_SLOT], STATUS] & 0xFF
        open_ = np.flatnonzero((state < State.STLD) & (in_cut | (rows[:, O_CUT] == 0)))
        within = set(self._within(scope, rows[open_, O_SLOT].tolist()))
        return [index for index in open_.tolist() if int(rows[index, O_SLOT]) in within]

    def _ordered(self, scope: dict[str, str | int]) -> list[int]:
        """Return the indexes of open orders in no book within the scope of a closing, or that may convert no more."""
        s = self._engine.state
        rows = s.orders[: s.g[ORDERS]]
        state = s.rows[rows[:, R_SLOT], STATUS] & 0xFF
        open_ = np.flatnonzero((state < State.STLD) & (rows[:, R_BOOK] == 0)).tolist()
        return [index for index in open_ if self._covers_order(scope, *self._accounts_of_order(index))]

    def _accounts_of_order(self, index: int) -> tuple[int, int, int]:
        """Return the account that pays, the one that gets, and the payee, the one that gets if none is named."""
        s = self._engine.state
        pays, gets = self._parties(int(s.orders[index, R_SLOT]))
        payee = int(s.orders[index, R_PAYEE]) - 1
        return pays, gets, payee if payee >= 0 else gets

    def _covers_order(self, scope: dict[str, str | int], pays: int, gets: int, payee: int) -> bool:
        """Whether a closing covers an order by what it sells or buys or by its parties, or it may convert no more."""
        s, accounts = self._engine.state, self._engine.accounts
        currency = str(scope["currency"])
        if scope["target"]:
            return not may_convert(s, pays, gets) or not may_pay(s, pays, payee)
        mine = [account for account in (pays, gets, payee) if currency in ("", accounts.currency[account])]
        owners = {accounts.participant[account] for account in mine}
        return bool(mine) and (not scope["participant"] or scope["participant"] in owners)

    def hold_carried(self) -> None:
        """Hold what a cycle has left over and a closing covers that came while it stood in the cut."""
        for closing in self._engine.notes.closings:
            if not closing["until"]:
                for index in self._owed(closing, in_cut=False):
                    set_hold(self._engine.state, index, HELD_BY_CLOSING, True)  # noqa: FBT003 - a kernel

    def _unhold_owed(self, left: list[dict[str, str | int]]) -> None:
        """Lift the hold of obligations that no closing in `left` covers, run-offs under way apart."""
        s = self._engine.state
        still = {index for closing in left for index in self._owed(closing, in_cut=True)}
        for index in np.flatnonzero(s.obligations[: s.g[OBLIGATIONS], O_HOLDS] & HELD_BY_CLOSING).tolist():
            open_ = int(s.rows[s.obligations[index, O_SLOT], STATUS]) & 0xFF < State.STLD
            if open_ and index not in still:
                set_hold(s, index, HELD_BY_CLOSING, False)  # noqa: FBT003 - a kernel

    def _affected(self, scope: dict[str, str | int]) -> list[int]:
        """Return what is queued, gathered or warehoused within the scope of a closing, in order of entry."""
        return self._within(scope, self._waiting())

    def _within(self, scope: dict[str, str | int], slots: list[int]) -> list[int]:
        """Return which of these instructions lie within the scope of a closing."""
        accounts = self._engine.accounts
        participant, currency, target = (str(scope[key]) for key in ("participant", "currency", "target"))
        pair = set(target.split())
        affected = []
        for slot in slots:
            debtor, creditor = self._parties(slot)
            owners = (accounts.participant[debtor], accounts.participant[creditor])
            homes = {accounts.home(owner) for owner in owners}
            fits = not participant or participant in owners
            fits = fits and (not currency or accounts.currency[debtor] == currency)
            if fits and (not pair or homes == pair):
                affected.append(slot)
        return affected

    def _waiting(self) -> list[int]:
        s = self._engine.state
        listed = s.listed[: s.g[LISTED]]
        return sorted(listed[s.rows[listed, STATUS] & 0xFF < State.STLD].tolist())

    def _parties(self, slot: int) -> tuple[int, int]:
        parties = int(self._engine.state.rows[slot, PARTIES])
        return parties >> 32, parties & LOW_32

    def _is_matched_pvp(self, slot: int) -> bool:
        s = self._engine.state
        bundle = int(bundle_of(s, slot))
        return bundle >= 0 and int(s.bundles[bundle, BUNDLE_KIND]) == BUNDLE_PVP

    def _apply_suspension(self, participant: str) -> None:
        """Set the flags of a participant's accounts, and hold or free what waits accordingly."""
        engine = self._engine
        notes = engine.notes
        held = notes.suspensions.get(participant, [])
        admits = participant in notes.admitted
        for account in engine.accounts.of(participant):
            issuer = engine.issuer_of(engine.accounts.currency[account])
            flags = (
                (HOLD_OUT, "home" in held),
                (HOLD_IN, "home" in held and not admits),
                (HOLD_OUT_ISSUER, issuer in held),
                (HOLD_IN_ISSUER, issuer in held and not admits),
            )
            for flag, is_on in flags:
                set_flag(engine.state, account, flag, is_on)
        notes.has_holds = bool(notes.suspensions)
        for slot in self._waiting():
            self._follow_suspension(slot)
        release(engine.state)

    def _follow_suspension(self, slot: int) -> None:
        s = self._engine.state
        if int(s.rows[slot, STATUS]) & 0xFF >= State.STLD:
            return
        wanted = int(holds_of(s, *self._parties(slot)))
        side = int(side_of(s, slot))
        present = int(s.sides[side, HOLDS]) if side >= 0 else 0
        for bit in (HELD_BY_HOME, HELD_BY_ISSUER):
            if wanted & bit and not present & bit:
                hold(s, slot, bit)
            elif present & bit and not wanted & bit:
                unhold(s, slot, bit)
