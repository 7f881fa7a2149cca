"""What an auction asks of orders beyond their own terms: lots, ticks, and demands of members.

A *lot* is what the amounts of orders that sell one currency for another have to be
multiples of, a *tick* what their limits have to be multiples of. Both bind at entry,
and a lot when an order is amended; what stands already stays as it is, and a fill may
be of any amount.

A member may *demand* that no participant of another takes part in the component of its
currency. At the close of the call, for a demand of X against Y: without the orders of
participants of Y, the currencies that orders connect with that of X are its component;
every order of Y that sells or buys one of them sits out. Each demand is judged by all
orders that could stand in the book, whatever other demands keep out of it, so their
order means nothing. What several keep out together can only make a component smaller.
"""

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.answer import Answer, done, refused
from comity.engine.kernels.layout import (
    AMOUNT,
    LOT_MINOR,
    OWNER,
    PARTIES,
    R_PAYEE,
    R_SLOT,
    REASON_SHIFT,
    STATUS,
    TICK_DENOMINATOR,
    TICK_NUMERATOR,
)
from comity.engine.kernels.operations import set_lot
from comity.engine.kernels.state import Int64s
from comity.engine.words import LOW_20, LOW_32
from comity.model.amount import format_minor
from comity.model.command import Command
from comity.model.reason import Reason

if TYPE_CHECKING:
    from comity.engine.core import Engine


class Lot(NamedTuple):
    """What orders that sell one currency for another have to be multiples of."""

    lot_minor: int = 0
    """Minor units of what is sold; 0: any amount."""
    tick: Fraction = Fraction(0)
    """Major units bought per major unit sold; 0: any limit."""


class Excluded(NamedTuple):
    """What one member's demand kept out of an auction's book."""

    member: str
    """Who demands it."""
    other: str
    """The member whose participants' orders sat out."""
    orders: int
    offered: list[tuple[str, int]]
    """Currency, and how many minor units of it they might have sold; currencies of none are left out."""


class MarketCommands:
    """Carries out commands about what auctions ask of orders."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def lot(self, _row: int, command: Command) -> Answer:
        """Set or remove the lot of an ordered pair of currencies."""
        pair, refusal = self._pair(command)
        if refusal is not None:
            return refusal
        if command.amount_minor is not None and command.amount_minor <= 0:
            return refused(Reason.AMOUNT_NOT_POSITIVE, "a lot above 0, or none to remove it")
        set_lot(self._engine.state, pair, LOT_MINOR, command.amount_minor or 0)
        return done("set" if command.amount_minor else "removed")

    def tick(self, _row: int, command: Command) -> Answer:
        """Set or remove the tick of an ordered pair of currencies."""
        pair, refusal = self._pair(command)
        if refusal is not None:
            return refusal
        s, accounts = self._engine.state, self._engine.accounts
        sell, buy = divmod(pair, len(accounts.currencies))
        tick = Fraction(command.value or 0) * Fraction(10) ** (accounts.exponents[buy] - accounts.exponents[sell])
        set_lot(s, pair, TICK_NUMERATOR, tick.numerator)
        set_lot(s, pair, TICK_DENOMINATOR, tick.denominator if tick else 0)
        return done("set" if tick else "removed")

    def exclude(self, _row: int, command: Command) -> Answer:
        """Note a member's demand that no participant of another takes part in its component."""
        demand = self._demand(command)
        if command.participant == command.target:
            return refused(Reason.INVALID, "a member demands nothing against itself")
        notes = self._engine.notes
        notes.exclusions = sorted([*(each for each in notes.exclusions if each != demand), demand])
        return done("in force at the close of each call")

    def include(self, _row: int, command: Command) -> Answer:
        """Withdraw such a demand."""
        demand, notes = self._demand(command), self._engine.notes
        if demand not in notes.exclusions:
            return refused(Reason.UNKNOWN, f"{command.participant} demands nothing against {command.target}")
        notes.exclusions = [each for each in notes.exclusions if each != demand]
        return done("withdrawn")

    def _demand(self, command: Command) -> list[str]:
        """Return who demands something against whom; NotFound if one is no member."""
        for member in command.members:
            self._engine.accounts.member_index(member)
        return list(command.members)

    def _pair(self, command: Command) -> tuple[int, Answer | None]:
        """Return where a pair stands in the table of lots, and why it is none, if so."""
        accounts = self._engine.accounts
        sell, buy = accounts.currency_index(command.currency), accounts.currency_index(command.target)
        if sell == buy:
            return -1, refused(Reason.CURRENCY, "another currency than is sold")
        return sell * len(accounts.currencies) + buy, None


def lot_of(engine: "Engine", sell: int, buy: int) -> Lot:
    """Return what orders that sell one currency for another have to be multiples of, by the currencies' indexes."""
    s, exponents = engine.state, engine.accounts.exponents
    lot, above, below = s.lots[sell * len(exponents) + buy].tolist()
    shift = Fraction(10) ** (exponents[sell] - exponents[buy])
    return Lot(lot, Fraction(above, below) * shift if above else Fraction(0))


def off_lot(engine: "Engine", parties: int, amount: int) -> str:
    """Say which lot an order between these accounts misses with an amount; empty if none."""
    sell, buy = _currencies(engine, parties)
    lot = lot_of(engine, sell, buy).lot_minor
    return _told(engine, parties, Reason.LOT) if lot and amount % lot else ""


def why_off(engine: "Engine", slot: int) -> str:
    """Say which lot or tick an order was rejected for, as they are now; empty if for neither."""
    s = engine.state
    reason = int(s.rows[slot, STATUS]) >> REASON_SHIFT & 0xFF
    return _told(engine, int(s.rows[slot, PARTIES]), Reason(reason)) if reason in (Reason.LOT, Reason.TICK) else ""


def _told(engine: "Engine", parties: int, reason: Reason) -> str:
    """Say of which lot or tick the orders of a pair are multiples; empty if it has been removed."""
    sell, buy = _currencies(engine, parties)
    codes, found = engine.accounts.currencies, lot_of(engine, sell, buy)
    pair = f"of orders that sell {codes[sell]} for {codes[buy]}"
    if reason == Reason.LOT and found.lot_minor:
        return f"the amounts {pair} are multiples of {format_minor(found.lot_minor, engine.accounts.exponents[sell])}"
    if reason == Reason.TICK and found.tick:
        return f"the limits {pair} are multiples of {_decimal(found.tick)}"
    return ""


def _decimal(tick: Fraction) -> str:
    """Return a decimal fraction as text."""
    places = 0
    while tick.denominator > 1:
        tick, places = tick * 10, places + 1
    return format_minor(tick.numerator, places)


def _currencies(engine: "Engine", parties: int) -> tuple[int, int]:
    owner = engine.state.accounts[:, OWNER]
    return int(owner[parties >> 32]) & LOW_20, int(owner[parties & LOW_32]) & LOW_20


def leave_out_excluded(engine: "Engine", stays: NDArray[np.bool_]) -> list[Excluded]:
    """Leave out of a book what members' demands keep out of it; `stays` is changed, over all orders of the table.

    An order is one of a member if its owner is at home there, or whom it pays.
    """
    s, accounts = engine.state, engine.accounts
    if not engine.notes.exclusions:
        return []
    index = np.flatnonzero(stays)
    rows = s.orders[index]
    slots = rows[:, R_SLOT]
    pays, gets = s.rows[slots, PARTIES] >> 32, s.rows[slots, PARTIES] & LOW_32
    paid = np.where(rows[:, R_PAYEE] > 0, rows[:, R_PAYEE] - 1, gets)
    home, currency = s.accounts[:, OWNER] >> 20 & LOW_20, s.accounts[:, OWNER] & LOW_20
    sell, buy, amount = currency[pays], currency[gets], s.rows[slots, AMOUNT]
    found = []
    for member, other in engine.notes.exclusions:
        theirs = (home[pays] == accounts.member_index(other)) | (home[paid] == accounts.member_index(other))
        own = np.array([engine.issuer_of(code) == member for code in accounts.currencies], np.bool_)
        inside = _component(own, sell[~theirs], buy[~theirs])
        out = theirs & (inside[sell] | inside[buy])
        if out.any():
            offered = [(accounts.currencies[i], int(amount[out & (sell == i)].sum())) for i in np.unique(sell[out])]
            found.append(Excluded(member, other, int(np.count_nonzero(out)), offered))
            stays[index[out]] = False
    return found


def _component(inside: NDArray[np.bool_], sell: Int64s, buy: Int64s) -> NDArray[np.bool_]:
    """Return which currencies orders connect with those `inside`, in whichever direction."""
    count = len(inside)
    one, other = np.divmod(np.unique(sell * count + buy), count)
    while True:
        touched = inside[one] | inside[other]
        wider = inside.copy()
        wider[one[touched]] = wider[other[touched]] = True
        if (wider == inside).all():
            return inside
        inside = wider


def excluded_of(auction: dict[str, object]) -> tuple[Excluded, ...]:
    """Return what demands kept out of the auction under way, from its notes."""
    plain = auction.get("excluded", [])
    assert isinstance(plain, list)
    return tuple(
        Excluded(member, other, orders, [(code, minor) for code, minor in offered])
        for member, other, orders, offered in plain
    )
