"""The timekeeper: a day happens by itself, in its order, and survives a restart."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Event

import msgspec
import numpy as np
import pytest

from comity.day.read import Day
from comity.day.union_file import Auctions, Passes
from comity.engine.columns import RecordKind
from comity.engine.kernels.layout import CUR_PHASE, TODAY
from comity.errors import Conflict
from comity.gateway.clock import SetClock
from comity.gateway.gateway import Gateway
from comity.gateway.notes import CalendarSet
from comity.gateway.orders import order_batch
from comity.gateway.payments import payment_batch
from comity.gateway.plan import plain_day
from comity.gateway.sandbox import advance
from comity.model.command import Command
from comity.model.instant import date_of, days_of, format_instant, parse_instant
from comity.model.reason import Phase, State
from comity.model.union import Genesis
from comity.node import Node
from comity.node.calls import CallTerms
from comity.wire.instructions import Order, Payment
from tests.gateway.union import small_union

DAY = date(2021, 12, 15)


def at(time: str, day: str = "2021-12-15") -> int:
    return parse_instant(f"{day}T{time}:00Z")


def plan(genesis: Genesis) -> Day:
    return replace(plain_day(genesis), passes=Passes("fifo", at=(9 * 3_600_000_000,)))


def opened(folder: Path | None, time: str, day: str = "2021-12-15") -> tuple[Gateway, SetClock]:
    clock = SetClock(at(time, day))
    union = small_union()
    return (Gateway.open(folder, union, clock, plan) if folder else Gateway.in_memory(union, clock, plan)), clock


def phase(gateway: Gateway) -> str:
    return gateway.writer.call(lambda node: (gateway.writer.now(), node.engine.phase)[1]).result()


def state(gateway: Gateway, name: str) -> State:
    def read(node: Node) -> State:
        return State(int(node.engine.table(np.array([node.engine.find("ALFACNBJ", name)]))["state"][0]))

    return gateway.writer.call(read).result()


def pay(gateway: Gateway, name: str, amount: str = "1.00", **more: str) -> State:
    plain = {"id": name, "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": amount, **more}
    entered = gateway.writer.enter("ALFACNBJ", payment_batch(msgspec.convert(plain, Payment), gateway.directory))
    return State(int(entered.result().results[0]["state"]))


@pytest.mark.parametrize(
    ("time", "expected"),
    [("00:30", "liquidity"), ("01:00", "open"), ("16:00", "customer_cutoff"), ("17:30", "final_clearing")],
)
def test_phase_is_what_the_schedule_says(time: str, expected: str) -> None:
    gateway, clock = opened(None, "00:00")
    advance(gateway, clock, at(time)).result()
    assert phase(gateway) == expected
    gateway.close()


def test_days_follow_one_another_and_each_begins_at_its_midnight() -> None:
    gateway, clock = opened(None, "00:00")
    advance(gateway, clock, at("01:30", "2021-12-18")).result()
    today = gateway.writer.call(lambda node: int(node.engine.state.g[TODAY])).result()
    assert (today, phase(gateway)) == (days_of(date(2021, 12, 18)), "open")
    gateway.close()


def test_item_becomes_eligible_at_its_instant_and_expires_after_its_last() -> None:
    gateway, clock = opened(None, "00:00")
    advance(gateway, clock, at("02:00")).result()
    assert pay(gateway, "later", earliest="2021-12-15T03:00:00Z") == State.WHSD
    assert pay(gateway, "dear", "9000.00", latest="2021-12-15T04:00:00Z") == State.PSTL
    advance(gateway, clock, at("03:00")).result()
    assert state(gateway, "later") == State.STLD
    advance(gateway, clock, at("04:00")).result()
    assert state(gateway, "dear") == State.PSTL
    advance(gateway, clock, at("04:01")).result()
    assert state(gateway, "dear") == State.RJTD
    gateway.close()


def test_instruction_at_the_cut_off_is_late_although_nobody_moved_the_phase() -> None:
    gateway, clock = opened(None, "00:00")
    advance(gateway, clock, at("15:59")).result()
    assert pay(gateway, "in-time") == State.STLD
    clock.advance(60_000_000)
    assert pay(gateway, "late") == State.RJTD
    gateway.close()


def test_day_goes_on_where_it_was_after_a_restart(tmp_path: Path) -> None:
    gateway, clock = opened(tmp_path, "01:59")
    advance(gateway, clock, at("02:00")).result()
    gateway.close()
    gateway, clock = opened(tmp_path, "02:01")
    assert phase(gateway) == "open"
    assert pay(gateway, "p1") == State.STLD
    advance(gateway, clock, at("02:30")).result()
    assert phase(gateway) == "open"
    gateway.close()


def test_extension_holds_also_after_a_restart(tmp_path: Path) -> None:
    gateway, clock = opened(tmp_path, "14:59")
    advance(gateway, clock, at("15:00")).result()
    refused = Command("extend", target="customer_cutoff", value=format_instant(at("14:00")))
    later = Command("extend", target="customer_cutoff", value=format_instant(at("16:45")))
    gateway.give([refused, later]).result()
    gateway.close()
    gateway, clock = opened(tmp_path, "15:01")
    advance(gateway, clock, at("16:44")).result()
    assert pay(gateway, "still") == State.STLD
    advance(gateway, clock, at("16:45")).result()
    assert pay(gateway, "late") == State.RJTD
    gateway.close()


def test_cut_off_that_an_outage_swallowed_is_extended_by_its_length(tmp_path: Path) -> None:
    gateway, clock = opened(tmp_path, "15:49")
    advance(gateway, clock, at("15:50")).result()
    gateway.close()
    gateway, clock = opened(tmp_path, "16:10")
    assert pay(gateway, "saved") == State.STLD
    advance(gateway, clock, at("16:19")).result()
    assert pay(gateway, "still") == State.STLD
    advance(gateway, clock, at("16:20")).result()
    assert pay(gateway, "late") == State.RJTD
    gateway.close()


def test_day_long_past_ends_and_that_of_the_clock_begins(tmp_path: Path) -> None:
    gateway, _ = opened(tmp_path, "10:00", "2021-12-20")
    today = gateway.writer.call(lambda node: (gateway.writer.now(), int(node.engine.state.g[TODAY]))[1]).result()
    assert (today, phase(gateway)) == (days_of(date(2021, 12, 20)), "open")
    assert pay(gateway, "p1") == State.STLD
    gateway.close()


def test_record_shows_life_once_a_minute_while_a_day_is_under_way(tmp_path: Path) -> None:
    gateway, clock = opened(tmp_path, "01:59")
    advance(gateway, clock, at("02:00")).result()
    before = gateway.writer.call(lambda node: node.head.sequence).result()
    clock.advance(10 * 60_000_000)
    gateway.writer.call(lambda _: gateway.writer.now()).result()
    beats = gateway.writer.call(lambda node: node.head.sequence).result() - before
    assert beats == 10
    gateway.close()


def test_state_is_saved_once_the_business_date_has_turned(tmp_path: Path) -> None:
    gateway, clock = opened(tmp_path, "01:59")
    advance(gateway, clock, at("20:00")).result()
    assert list((tmp_path / "snapshots").iterdir()) == []
    advance(gateway, clock, at("00:00", "2021-12-16")).result()
    waited = Event()
    while not list((tmp_path / "snapshots").glob("*.snapshot")) and clock.now() < at("00:05", "2021-12-16"):
        waited.wait(0.01)
        clock.advance(1_000_000)
    assert len(list((tmp_path / "snapshots").glob("*.snapshot"))) == 1
    gateway.close()


def test_offsetting_takes_place_at_its_time() -> None:
    gateway, clock = opened(None, "00:00")
    advance(gateway, clock, at("02:00")).result()
    held = replace(small_union(), entry_offsetting=False)
    gateway.close()
    clock = SetClock(at("00:00"))
    gateway = Gateway.in_memory(held, clock, plan)
    advance(gateway, clock, at("02:00")).result()
    assert pay(gateway, "there", "5000.00") == State.PSTL
    back = {"id": "back", "debtor": "BETACNBJ", "creditor": "ALFACNBJ", "currency": "CNY", "amount": "5000.00"}
    gateway.writer.enter("BETACNBJ", payment_batch(msgspec.convert(back, Payment), gateway.directory)).result()
    assert state(gateway, "there") == State.PSTL
    advance(gateway, clock, at("09:00")).result()
    assert state(gateway, "there") == State.STLD
    gateway.close()


def test_every_currency_reaches_the_end() -> None:
    gateway, clock = opened(None, "00:00")
    advance(gateway, clock, at("18:00")).result()
    phases = gateway.writer.call(lambda node: node.engine.state.currencies[:, CUR_PHASE].tolist()).result()
    assert phases == [Phase.END, Phase.END]
    gateway.close()


def closed(gateway: Gateway, currency: str, *holidays: str, weekend: bool = False) -> None:
    note = CalendarSet(currency, ("saturday", "sunday") if weekend else (), holidays, "2021-12-16")
    gateway.note([note]).result()


def today(gateway: Gateway) -> str:
    return gateway.writer.call(lambda node: date_of(node.engine.date).isoformat()).result()


def test_date_on_which_no_currency_settles_is_no_business_day(tmp_path: Path) -> None:
    gateway, clock = opened(tmp_path, "00:00")
    for currency in ("CNY", "RUB"):
        closed(gateway, currency, "2021-12-20", weekend=True)
    advance(gateway, clock, at("12:00", "2021-12-19")).result()
    assert (today(gateway), phase(gateway)) == ("2021-12-17", "end")
    gateway.close()
    gateway, clock = opened(tmp_path, "12:00", "2021-12-20")
    assert (today(gateway), phase(gateway)) == ("2021-12-17", "end")
    advance(gateway, clock, at("02:00", "2021-12-21")).result()
    assert (today(gateway), phase(gateway)) == ("2021-12-21", "open")
    gateway.close()


def test_currency_that_is_closed_never_opens_and_the_others_settle() -> None:
    gateway, clock = opened(None, "00:00")
    closed(gateway, "CNY", "2021-12-16")
    advance(gateway, clock, at("02:00", "2021-12-16")).result()
    assert pay(gateway, "shut") != State.STLD
    assert pay(gateway, "open", currency="RUB", debtor="GAMARUMM", creditor="DELTRUMM") == State.STLD
    advance(gateway, clock, at("18:00", "2021-12-16")).result()
    assert state(gateway, "shut") == State.RJTD
    advance(gateway, clock, at("02:00", "2021-12-17")).result()
    assert pay(gateway, "next day") == State.STLD
    gateway.close()


def test_calendar_set_in_the_evening_counts_for_the_day_after() -> None:
    gateway, clock = opened(None, "00:00")
    advance(gateway, clock, at("20:00")).result()
    for currency in ("CNY", "RUB"):
        closed(gateway, currency, "2021-12-16")
    advance(gateway, clock, at("02:00", "2021-12-16")).result()
    assert today(gateway) == "2021-12-15"
    advance(gateway, clock, at("02:00", "2021-12-17")).result()
    assert today(gateway) == "2021-12-17"
    gateway.close()


def with_call(genesis: Genesis) -> Day:
    hour = 3_600_000_000
    drawn = CallTerms(window_us=600_000_000)
    auctions = Auctions(at=(11 * hour, 12 * hour), call_us=hour // 2, held=drawn, seed="ab" * 16)
    return replace(plain_day(genesis), auctions=auctions)


def ended(gateway: Gateway) -> list[tuple[str, str]]:
    outcomes = gateway.changes.outcomes([RecordKind.CLOSE_CALL, RecordKind.CLEAR_AUCTION], 0, 9)
    return [(RecordKind(each.kind).name, each.refused) for each in outcomes]


@pytest.mark.parametrize("again", ["11:50", "12:30", "13:30"])
def test_call_that_was_open_is_taken_up_and_closes_at_the_instant_drawn(tmp_path: Path, again: str) -> None:
    clock = SetClock(at("10:00"))
    gateway = Gateway.open(tmp_path, small_union(), clock, with_call)
    advance(gateway, clock, at("11:45")).result()
    assert ended(gateway) == [("CLOSE_CALL", ""), ("CLEAR_AUCTION", "")]
    order = {"id": "o1", "participant": "ALFACNBJ", "sell": "CNY", "buy": "RUB", "amount": "100.00", "limit": "9"}
    batch = order_batch(msgspec.convert(order, Order), gateway.directory)
    gateway.writer.enter("ALFACNBJ", batch).result()
    gateway.close()
    clock = SetClock(at(again))
    gateway = Gateway.open(tmp_path, None, clock, with_call)
    advance(gateway, clock, at("14:00")).result()
    assert ended(gateway) == [("CLOSE_CALL", ""), ("CLEAR_AUCTION", "")] * 2
    last = gateway.changes.last_outcome(RecordKind.CLEAR_AUCTION)
    assert last is not None
    done = gateway.changes.done(last.sequence)
    assert done is not None
    assert at("12:00") < done.instant <= at("12:10")
    gateway.close()


def test_union_that_says_otherwise_than_the_log_is_refused(tmp_path: Path) -> None:
    gateway, _ = opened(tmp_path, "00:00")
    gateway.close()

    def other(genesis: Genesis) -> Day:
        raise Conflict(f"not {genesis.name}")

    with pytest.raises(Conflict):
        Gateway.open(tmp_path, None, SetClock(at("01:00")), other)
    gateway, _ = opened(tmp_path, "00:00")  # the log was let go
    gateway.close()
