"""Whole records: rows at several instants, and bodies that cannot be read."""

from collections.abc import Sequence

import numpy as np
import pytest

from comity.engine.columns import PAYMENT, PVP, SIDE, RecordKind, pack, unpack
from comity.model.command import Command
from comity.model.instant import format_instant
from comity.model.reason import Reason, State
from tests.engine.engine_day import EngineDay
from tests.oracles.day import LedgerDay
from tests.oracles.events import Payment, Trade
from tests.scenarios.text import at, read_union

pytestmark = [
    pytest.mark.jit_off,
    # Hashes wrap; compiled code does so in silence.
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),
]

SECOND = 1_000_000
NO_SIDES = np.zeros(0, SIDE)
TWO_MEMBERS = """
participant D RU
account A CNY 0
account B CNY 0
account C CNY 60
account D CNY 0
account A RUB 0
account B RUB 0
account C RUB 0
account D RUB 100
"""


def together(day: EngineDay, kind: RecordKind, entries: Sequence[tuple[int, Payment | Trade]]) -> None:
    """Enter several payments or trades, each at its instant, as one record."""
    dtype = PAYMENT if kind == RecordKind.PAYMENTS else PVP
    begins = entries[0][0]
    rows = np.zeros(len(entries), dtype)
    for i, (instant, entry) in enumerate(entries):
        body = day._payment(entry) if isinstance(entry, Payment) else day._trade(entry)
        rows[i] = unpack(body, dtype)[0][0]
        rows[i]["offset"], rows[i]["text"] = instant - begins, -1
    day._append(kind, begins, pack(rows, NO_SIDES, b""))


def closed_until(days: tuple[EngineDay, LedgerDay], instant: int, until: int) -> None:
    for day in days:
        day.apply(instant, Command("close", target="CN RU", value=format_instant(until)))


@pytest.fixture
def days() -> tuple[EngineDay, LedgerDay]:
    """A union on the engine and on the naive ledger, open."""
    union = read_union(TWO_MEMBERS)
    engine = EngineDay(union)
    engine.open(at("09:00"))
    return engine, LedgerDay(union)


def test_run_off_that_ends_between_two_payments_of_a_record_ends_there(days: tuple[EngineDay, LedgerDay]) -> None:
    engine, ledger = days
    waits = Payment("waits", "A", "D", "CNY", 60)
    for day in days:
        assert day.apply(at("09:00"), waits).state == State.PSTL
    closed_until(days, at("09:01"), at("10:00"))
    small = Payment("small", "C", "B", "CNY", 1)
    fills = Payment("fills", "C", "A", "CNY", 59)
    last = Payment("last", "B", "A", "CNY", 1)
    entries = [(at("10:00") - SECOND, small), (at("10:00") + SECOND, fills), (at("10:00") + 2 * SECOND, last)]
    together(engine, RecordKind.PAYMENTS, entries)
    for instant, payment in entries:
        ledger.apply(instant, payment)
    (outcome,) = engine.outcome("A", "waits")
    assert (outcome.state, outcome.reason, outcome.final) == (State.RJTD, Reason.CLOSED_BY_OPERATOR, at("10:00"))
    for payment in (waits, small, fills, last):
        assert engine.outcome(payment.sender, payment.id) == ledger.outcome(payment.sender, payment.id)


def test_run_off_that_ends_between_two_pvp_of_a_record_ends_there(days: tuple[EngineDay, LedgerDay]) -> None:
    engine, ledger = days
    unmatched = Trade("unmatched", "A", "D", "CNY", 10, "RUB", 9, "seller")
    matched = Trade("matched", "A", "D", "CNY", 60, "RUB", 50)
    for day in days:
        assert day.apply(at("09:00"), unmatched).state == State.UMAC
        day.apply(at("09:00"), matched)
    closed_until(days, at("09:01"), at("10:00"))
    one = Trade("one", "A", "B", "CNY", 1, "RUB", 1, "seller")
    two = Trade("two", "A", "B", "CNY", 2, "RUB", 2, "seller")
    entries = [(at("10:00") - SECOND, one), (at("10:00") + SECOND, two)]
    together(engine, RecordKind.PVPS, entries)
    for instant, trade in entries:
        ledger.apply(instant, trade)
    (outcome,) = engine.outcome("A", "unmatched")
    assert (outcome.state, outcome.reason, outcome.final) == (State.RJTD, Reason.CLOSED_BY_OPERATOR, at("10:00"))
    assert {leg.state for leg in engine.outcome("A", "matched")} == {State.PSTL}
    for trade in (unmatched, matched, one, two):
        assert engine.outcome("A", trade.id) == ledger.outcome("A", trade.id)


def test_run_off_that_ends_before_the_first_row_of_a_record_ends_there(days: tuple[EngineDay, LedgerDay]) -> None:
    engine, ledger = days
    for day in days:
        assert day.apply(at("09:00"), Payment("waits", "A", "D", "CNY", 60)).state == State.PSTL
    closed_until(days, at("09:01"), at("10:00"))
    row, sides, text = unpack(engine._payment(Payment("fills", "C", "A", "CNY", 60)), PAYMENT)
    late = row.copy()
    late["offset"] = 2 * SECOND
    engine._append(RecordKind.PAYMENTS, at("10:00") - SECOND, pack(late, sides, bytes(text)))
    ledger.apply(at("10:00") + SECOND, Payment("fills", "C", "A", "CNY", 60))
    assert engine.outcome("A", "waits") == ledger.outcome("A", "waits")


def sided(**columns: int) -> bytes:
    """Body of one payment that has a side row."""
    row, side = np.zeros(1, PAYMENT), np.zeros(1, SIDE)
    row["debtor"], row["creditor"], row["amount"], row["key"], row["text"] = 0, 1, 1, (7, 7), -1
    for name, value in columns.items():
        side[name] = value
    return pack(row, side, b"")


UNREADABLE = {
    "proposal cut short": (RecordKind.SETTLE_TOGETHER, b"\1"),
    "proposal without slots to the byte": (RecordKind.SETTLE_TOGETHER, b"\2\0\0\0{}\1"),
    "commands that are no list": (RecordKind.COMMANDS, b"7"),
    "commands that are no JSON": (RecordKind.COMMANDS, b"[{"),
    "payments cut short": (RecordKind.PAYMENTS, sided()[:-1]),
    "latest beyond what timers hold": (RecordKind.PAYMENTS, sided(latest=(1 << 60) + 1)),
    "earliest beyond what timers hold": (RecordKind.PAYMENTS, sided(earliest=1 << 62)),
    "kind that is not known": (99, b""),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_body_that_cannot_be_read_leaves_the_engine_untouched(days: tuple[EngineDay, LedgerDay], name: str) -> None:
    kind, body = UNREADABLE[name]
    day, _ = days
    day.apply(at("09:00"), Payment("p", "A", "B", "CNY", 5, latest=at("10:00")))
    day.apply(at("09:00"), Command("close", target="CN RU", value=format_instant(at("10:00"))))
    engine = day.engine
    before = engine.digest(), engine.now, engine.instruction_count, day.outcome("A", "p")
    with pytest.raises(ValueError):  # noqa: PT011 - each kind of body has its own words
        engine.apply(kind, 99, at("11:00"), body)
    assert (engine.digest(), engine.now, engine.instruction_count, day.outcome("A", "p")) == before
    assert engine.digest() == engine.full_digest()
    engine.check()


def test_latest_at_the_greatest_instant_is_taken(days: tuple[EngineDay, LedgerDay]) -> None:
    day, _ = days
    assert day.apply(at("09:00"), Payment("p", "A", "B", "CNY", 5, latest=1 << 60)).state == State.PSTL
    day.apply(at("09:01"), Payment("q", "C", "A", "CNY", 5))
    assert day.outcome("A", "p")[0].state == State.STLD


def test_pvp_between_four_participants_is_refused(days: tuple[EngineDay, LedgerDay]) -> None:
    day, _ = days
    rows, sides, text = unpack(day._trade(Trade("x", "A", "B", "CNY", 1, "RUB", 1)), PVP)
    four = rows.copy()
    four["buyer_pays"], four["seller_gets"] = day._account("D", "RUB"), day._account("C", "RUB")
    (result,) = day._append(RecordKind.PVPS, at("09:00"), pack(four, sides, bytes(text))).results
    assert (result["state"], result["reason"]) == (State.RJTD, Reason.CREDITOR_ACCOUNT)
