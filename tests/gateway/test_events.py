"""Events: gap-free, and enough to have one's balances."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.engine.columns import ORDER, SIDE, RecordKind, pack
from comity.errors import InvalidRequest
from comity.gateway.actor import Actor
from comity.gateway.events import START, WHOLE, Cursor
from comity.gateway.gateway import Gateway
from comity.gateway.payments import payment_batch
from comity.model.command import Command
from comity.model.instant import midnight
from comity.model.union import Genesis
from comity.node.auction import AuctionTerms
from comity.node.clearing import Terms
from tests.engine.strategies import (
    BANKS,
    CURRENCIES,
    MINUTE,
    commands,
    geneses,
    plain_payments,
    special_payments,
    trades,
)
from tests.gateway.folding import GatewayDay, balances, follow
from tests.gateway.test_writer import payment
from tests.gateway.union import KEYS, open_gateway, small_union
from tests.oracles.events import Obligation, Payment, Tick, Trade

AUDITOR = Actor("person:ada", "ada", "audit", frozenset({"auditor"}))

obligations = st.builds(
    Obligation, st.just(""), st.sampled_from(sorted(BANKS)), st.sampled_from(sorted(BANKS)),
    st.sampled_from(sorted(CURRENCIES)), st.integers(1, 12),
)  # fmt: skip
orders = st.tuples(
    st.just("order"), st.sampled_from(sorted(BANKS)), st.booleans(), st.integers(1, 9), st.integers(1, 3)
)
steps = st.one_of(
    plain_payments(),
    plain_payments(),
    special_payments(),
    trades(),
    trades(),
    obligations,
    commands,
    orders,
    st.sampled_from(["cancel", "offset", "clear", "clear ccp", "auction", "later"]),
)


def play(day: GatewayDay, drawn: list[object]) -> None:
    """Let happen what was drawn; what is entered gets an id of its own."""
    now = midnight(day.genesis.business_date) + 130 * MINUTE
    day.open(now)
    entered: list[tuple[str, str]] = []
    for count, step in enumerate(drawn):
        now += MINUTE
        match step:
            case Payment() | Trade() as event:
                entered.append((event.sender, f"i{count}"))
                earliest = now + event.earliest * MINUTE if event.earliest else 0
                latest = now + event.latest * MINUTE if event.latest else 0
                day.apply(now, replace(event, id=f"i{count}", earliest=earliest, latest=latest))
            case Obligation():
                entered.append((step.sender, f"i{count}"))
                day.apply(now, replace(step, id=f"i{count}"))
            case Command():
                day.apply(now, step)
            case tuple():
                enter_order(day, now, f"i{count}", *step[1:])
            case "cancel":
                for owner, name in entered[-2:]:
                    day.apply(now, Command("cancel", owner, target=name))
            case "later":
                now += 120 * MINUTE
                day.open(now)
                day.apply(now, Tick())
            case _:
                work(day, str(step), now)


def enter_order(day: GatewayDay, now: int, name: str, bank: str, sells_roubles: bool, amount: int, rate: int) -> None:  # noqa: FBT001
    row, codes = np.zeros(1, ORDER), sorted(CURRENCIES, reverse=sells_roubles)
    row["pays"], row["gets"] = (day.engine.account(bank, code) for code in codes)
    row["amount"], row["numerator"], row["denominator"] = amount, rate, 2
    row["key"] = day.engine.key_of(bank, name)
    day._apply(RecordKind.ORDERS, now, pack(row, np.zeros(0, SIDE), name.encode() + b"\0\0"))


def work(day: GatewayDay, step: str, now: int) -> None:
    call = day.gateway.writer.call
    codes = tuple(sorted(CURRENCIES))
    if step == "offset":
        call(lambda node: node.offset("fifo", None, max(now, node.engine.now))).result()
    elif step == "auction":
        call(lambda node: node.auction(AuctionTerms(), max(now, node.engine.now))).result()
    else:
        terms = Terms(codes, mode="ccp" if "ccp" in step else "existing")
        call(lambda node: node.clear(terms, max(now, node.engine.now))).result()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(genesis=geneses(), drawn=st.lists(steps, min_size=5, max_size=30))
def test_balances_rebuilt_from_events_are_those_of_the_engine(genesis: Genesis, drawn: list[object]) -> None:
    day = GatewayDay(genesis)
    try:
        play(day, drawn)
        accounts, money = day.engine.accounts, day.engine.balances()
        names = [owner or kind for owner, kind in zip(accounts.participant, accounts.kind, strict=True)]
        keys = list(zip(names, accounts.currency, strict=True))
        opening = dict(zip(keys, money["opening"].tolist(), strict=True))
        closing = dict(zip(keys, money["balance"].tolist(), strict=True))
        assert balances(follow(day.gateway, AUDITOR), day.gateway, opening) == closing
        for bank in BANKS:
            own = {key: minor for key, minor in opening.items() if key[0] == bank}
            actor = Actor("key:x", "x", bank, frozenset({"reader"}))
            rebuilt = balances(follow(day.gateway, actor, limit=3), day.gateway, own)
            assert {key: rebuilt[key] for key in own} == {key: closing[key] for key in own}
    finally:
        day.gateway.close()


def test_fills_of_an_auction_are_told_as_conversions_and_give_the_balances() -> None:
    day = GatewayDay(small_union())
    now = midnight(day.genesis.business_date) + 130 * MINUTE
    day.open(now)
    for name, bank, sells_roubles in (("a", "ALFACNBJ", False), ("g", "GAMARUMM", True)):
        enter_order(day, now, name, bank, sells_roubles, 1_000, 2)
    work(day, "auction", now + MINUTE)
    kinds = [event.instruction.kind for event in follow(day.gateway, AUDITOR) if event.instruction]
    assert kinds.count("conversion") == 4
    assert kinds.count("order") == 4
    for bank in ("ALFACNBJ", "GAMARUMM"):
        actor = Actor("key:x", "x", bank, frozenset({"reader"}))
        money, index = day.engine.balances(), {code: day.engine.account(bank, code) for code in ("CNY", "RUB")}
        opening = {(bank, code): int(money["opening"][at]) for code, at in index.items()}
        rebuilt = balances(follow(day.gateway, actor), day.gateway, opening)
        assert [rebuilt[bank, code] - opening[bank, code] for code in ("CNY", "RUB")] in (
            [-1_000, 1_000],
            [1_000, -1_000],
        )
        assert {code: rebuilt[bank, code] for code in index} == {
            code: int(money["balance"][at]) for code, at in index.items()
        }
    day.gateway.close()


def settled(gateway: Gateway, *names: str) -> list[int]:
    writer = gateway.writer
    batches = [payment_batch(payment(name), gateway.directory) for name in names]
    return [writer.enter("ALFACNBJ", batch).result().sequence for batch in batches]


def test_payment_is_told_to_both_parties_under_the_same_id_and_to_nobody_else() -> None:
    gateway = open_gateway()
    (sequence,) = settled(gateway, "p1")
    told = {name: follow(gateway, actor) for name, actor in KEYS.items()}
    other = follow(gateway, Actor("key:d", "d", "DELTRUMM", frozenset({"reader"})))
    sent, got = (
        [event for event in told[name] if event.type == "instruction"] for name in ("alfa-sender", "beta-sender")
    )
    assert [event.id for event in sent] == [event.id for event in got] == [f"{sequence}.0"]
    assert [event.instruction.id for event in got if event.instruction] == ["p1"]
    assert [event.type for event in other] == ["command"]
    gateway.close()


def test_what_a_payment_waits_for_is_not_told_to_its_payee() -> None:
    gateway = open_gateway()
    gateway.writer.enter("ALFACNBJ", payment_batch(payment("p1", amount="5000.00"), gateway.directory)).result()
    states = [
        [event.instruction.state for event in follow(gateway, KEYS[name]) if event.instruction]
        for name in ("alfa-sender", "beta-sender")
    ]
    assert states == [["PSTL"], ["PDNG"]]
    gateway.close()


def test_refused_command_about_what_is_final_is_told_without_telling_the_instruction_again() -> None:
    gateway = open_gateway()
    settled(gateway, "p1")
    gateway.give([Command("cancel", "ALFACNBJ", target="p1")]).result()
    events = follow(gateway, KEYS["alfa-sender"])
    assert [event.type for event in events] == ["command", "instruction", "command"]
    assert events[-1].command is not None
    assert (events[-1].command.state, events[-1].command.target) == ("RJTD", "p1")
    gateway.close()


def test_transfer_made_by_a_command_is_told_with_its_id() -> None:
    gateway = open_gateway()
    gateway.give([Command("transfer_in", "ALFACNBJ", "CNY", "in1", 500)]).result()
    left = [event.instruction for event in follow(gateway, KEYS["alfa-sender"]) if event.instruction]
    assert [(each.kind, each.id, each.debtor, each.amount) for each in left] == [("transfer", "in1", "CN", "5.00")]
    gateway.close()


@pytest.mark.parametrize("lost", [(), ("changes.sqlite",), ("tree.sqlite",), ("changes.sqlite", "tree.sqlite")])
def test_events_are_the_same_after_a_restart_whatever_derived_file_is_lost(
    tmp_path: Path, lost: tuple[str, ...]
) -> None:
    gateway = open_gateway(tmp_path)
    settled(gateway, "p1", "p2", "p3")
    before = follow(gateway, KEYS["alfa-sender"])
    gateway.close()
    for name in lost:
        (tmp_path / name).unlink()
    gateway = Gateway.open(tmp_path, None, gateway.clock)
    assert follow(gateway, KEYS["alfa-sender"]) == before
    gateway.close()


def test_files_of_another_log_are_made_again(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder, names in ((one, ("p1", "p2")), (other, ("q1", "q2", "q3"))):
        folder.mkdir()
        gateway = open_gateway(folder)
        settled(gateway, *names)
        gateway.close()
    for name in ("changes.sqlite", "tree.sqlite"):
        (other / name).replace(one / name)
    gateway = Gateway.open(one, None, gateway.clock)
    told = [event.instruction.id for event in follow(gateway, KEYS["alfa-sender"]) if event.instruction]
    assert told == ["p1", "p2"]
    settled(gateway, "p3")
    gateway.close()


@pytest.mark.parametrize(("text", "cursor"), [("12", Cursor(12, WHOLE)), ("12.3", Cursor(12, 3)), ("0", START)])
def test_cursor_is_written_as_it_is_read(text: str, cursor: Cursor) -> None:
    assert Cursor.parse(text) == cursor
    assert str(cursor) == text


@pytest.mark.parametrize("text", ["", "x", "1.", ".1", "-1", "1.2.3", "9" * 40, "1\n"])
def test_cursor_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        Cursor.parse(text)
