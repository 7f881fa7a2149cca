"""The client against a sandbox in a process of its own."""

import asyncio

import httpx
import pytest

from comity.client import (
    AsyncClient,
    Client,
    Invalid,
    Missing,
    NotAllowed,
    OutcomeUnknown,
    Overloaded,
    Patience,
    Unreachable,
)
from comity.errors import InvalidRequest, NotFound


def failing(client: Client, kind: str) -> Client:
    client._http.headers["comity-sandbox-fail"] = kind
    return client


def test_payment_settles_and_is_found_by_its_id(east: Client) -> None:
    assert east.pay("p1", "PORTCNSH", "250.00 CNY").state == "STLD"
    (found,) = east.status("p1").items
    assert (found.debtor, found.creditor, found.amount, found.state) == ("EASTCNBJ", "PORTCNSH", "250.00", "STLD")


def test_pvp_settles_once_both_sides_have_entered_it(east: Client, neva: Client) -> None:
    first = east.pvp("fx-1", buyer="NEVARUMM", sell="100.00 CNY", buy="1160.00 RUB")
    assert first.state == "UMAC"
    second = neva.pvp("fx-1", seller="EASTCNBJ", sell="100.00 CNY", buy="1160.00 RUB")
    assert second.state == "STLD"
    held = {each.currency: each.balance for each in east.positions(participant="EASTCNBJ").items}
    assert held == {"CNY": "999900.00", "RUB": "201160.00"}


def test_pvp_proposed_by_one_side_is_entered_once_the_other_approves(url: str, east: Client) -> None:
    waits = east.propose_pvp("fx-1", buyer="NEVARUMM", sell="100.00 CNY", buy="1160.00 RUB")
    with Client(url, "sandbox-nevarumm-approver") as neva:
        done = neva.approve(waits.id)
    assert done.entered is not None
    assert done.entered.state == "STLD"
    assert [leg.state for leg in east.status("fx-1").items] == ["STLD", "STLD"]


@pytest.mark.parametrize("kind", ["busy*2", "rate*1", "in-flight*2", "unknown-outcome*1", "lost*2", "stopped*1"])
def test_call_that_fails_is_sent_again_and_happens_once(east: Client, kind: str) -> None:
    before = east.positions(currency="CNY").items[0].balance
    assert failing(east, kind).pay("p1", "PORTCNSH", "1.00 CNY").state == "STLD"
    after = east.positions(currency="CNY").items[0].balance
    assert float(before) - float(after) == 1.0


@pytest.mark.parametrize(("kind", "error"), [("busy", Overloaded), ("lost", OutcomeUnknown)])
def test_call_that_goes_on_failing_is_given_up(url: str, kind: str, error: type[Exception]) -> None:
    with Client(url, "sandbox-eastcnbj", patience=Patience(10.0, 2)) as client:
        assert client.party == "EASTCNBJ"
        with pytest.raises(error):
            failing(client, kind).pay("p1", "PORTCNSH", "1.00 CNY")


def test_problem_is_an_error_with_its_faults(east: Client) -> None:
    with pytest.raises(Invalid) as bad:
        east.pay("p1", "NOBODY", "1.001 CNY")
    assert isinstance(bad.value, InvalidRequest)
    assert {fault.column for fault in bad.value.faults} == {"/creditor", "/amount"}
    assert bad.value.problem.instance


def test_what_is_not_there_is_not_found(east: Client) -> None:
    with pytest.raises(Missing) as missing:
        east.explain("nothing")
    assert isinstance(missing.value, NotFound)


def test_key_that_nobody_has_is_not_allowed(url: str) -> None:
    with Client(url, "guess") as client, pytest.raises(NotAllowed):
        client.positions()


def test_server_that_is_not_there_is_unreachable() -> None:
    with Client("http://127.0.0.1:9", "k", patience=Patience(1.0, 2)) as client, pytest.raises(Unreachable):
        client.positions()


def test_amount_without_a_currency_is_refused_before_it_is_sent(east: Client) -> None:
    with pytest.raises(InvalidRequest):
        east.pay("p1", "PORTCNSH", "1.00")


def test_dry_run_leaves_no_trace(east: Client) -> None:
    assert east.pay("p1", "PORTCNSH", "1.00 CNY", dry_run=True).dry_run
    with pytest.raises(Missing):
        east.status("p1")


def test_waiting_payment_stands_in_the_queue_and_says_what_it_lacks(east: Client) -> None:
    assert east.pay("big", "PORTCNSH", "9000000.00 CNY").state != "STLD"
    (waiting,) = east.queue("CNY").items
    assert waiting.id == "big"
    assert east.explain("big").currency == "CNY"
    assert east.cancel("big").state == "DONE"
    assert east.queue("CNY").items == []


def test_time_passes_on_request(east: Client) -> None:
    assert east.advance("8h").phase == "customer_cutoff"
    assert east.pay("late", "PORTCNSH", "1.00 CNY").state == "RJTD"


def test_client_for_asyncio_asks_the_same(url: str) -> None:
    async def both() -> list[str]:
        async with AsyncClient(url, "sandbox-eastcnbj") as east, AsyncClient(url, "sandbox-nevarumm") as neva:
            sides = await asyncio.gather(
                east.pvp("fx", buyer="NEVARUMM", sell="1.00 CNY", buy="11.60 RUB"),
                neva.pvp("fx", seller="EASTCNBJ", sell="1.00 CNY", buy="11.60 RUB"),
            )
            assert sorted(side.state for side in sides) == ["STLD", "UMAC"]
            return [each.state for each in (await east.status("fx")).items]

    assert asyncio.run(both()) == ["STLD", "STLD"]


def test_answer_carries_the_id_of_its_request(url: str) -> None:
    answer = httpx.get(f"{url}/v1/positions")
    assert answer.headers["x-request-id"] == answer.json()["instance"]


def test_batch_as_columns_is_answered_row_by_row(east: Client) -> None:
    count = 10_000
    columns = {
        "id": [f"b{number}" for number in range(count)],
        "creditor": ["PORTCNSH"] * count,
        "currency": ["CNY"] * count,
        "amount": ["0.01"] * count,
    }
    answer = east.pay_many(columns)
    assert answer.num_rows == count
    assert set(answer["state"].to_pylist()) == {"STLD"}
    assert answer["id"].to_pylist() == columns["id"]
    assert east.positions(currency="CNY").items[0].balance == "999900.00"


def test_events_come_in_order_without_a_gap_and_make_the_balance(east: Client) -> None:
    for number in range(5):
        east.pay(f"p{number}", "PORTCNSH", "2.00 CNY")
    seen = []
    for event in east.events():
        if event.instruction is not None and event.instruction.state == "STLD":
            seen.append(event.instruction.id)
        if len(seen) == 5:
            break
    assert seen == [f"p{number}" for number in range(5)]


def test_events_go_on_after_a_cursor(east: Client) -> None:
    east.pay("p1", "PORTCNSH", "2.00 CNY")
    first = next(event for event in east.events() if event.instruction is not None)
    east.pay("p2", "PORTCNSH", "2.00 CNY")
    then = next(event for event in east.events(first.id) if event.instruction is not None)
    assert then.instruction is not None
    assert then.instruction.id == "p2"
