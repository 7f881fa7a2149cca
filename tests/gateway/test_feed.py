"""The feed: those are woken whom a record concerns, and it is read once for all of them."""

import asyncio
from collections.abc import Iterator

import pytest

from comity.errors import EnvironmentFailed
from comity.gateway import feed as feeds
from comity.gateway.actor import Actor
from comity.gateway.changes import Done
from comity.gateway.events import WHOLE, Cursor, view_of
from comity.gateway.gateway import Gateway
from comity.gateway.payments import payment_batch
from tests.gateway.folding import follow
from tests.gateway.test_writer import payment
from tests.gateway.union import KEYS, open_gateway

FAR = 3_600


def pay(gateway: Gateway, count: int = 1) -> None:
    for number in range(count):
        batch = payment_batch(payment(f"p{gateway.feed.through}-{number}", amount="0.01"), gateway.directory)
        gateway.writer.enter("ALFACNBJ", batch).result()


def reader(party: str) -> Actor:
    return Actor(f"key:{party}", party, party, frozenset({"reader"}))


def test_only_those_are_woken_whom_a_record_concerns_and_the_others_learn_how_far_it_is_quiet() -> None:
    gateway = open_gateway()
    feed = gateway.feed

    async def play() -> tuple[list[int], list[bool], list[int]]:
        until = asyncio.get_running_loop().time() + FAR
        views = [view_of(reader(party), gateway.directory) for party in ("BETACNBJ", "DELTRUMM") for _ in range(100)]
        waits = [asyncio.ensure_future(feed.wait(view, 2, until)) for view in views]
        await asyncio.sleep(0)
        await asyncio.to_thread(pay, gateway, 3)
        woken = await asyncio.gather(*waits[:100])
        while feed._looking is not None and not feed._looking.done():
            await feed._looking
        quiet = [each.clear for each in feed._waiting]
        still = [not each.done() for each in waits[100:]]
        for each in waits:
            each.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        return woken, still, quiet

    woken, still, quiet = asyncio.run(play())
    assert set(woken) == {2}
    assert all(still)
    assert set(quiet) == {feed.through}
    assert not feed._waiting
    gateway.close()


def test_waiting_ends_when_its_time_is_over() -> None:
    gateway = open_gateway()
    view = view_of(KEYS["alfa-sender"], gateway.directory)

    async def wait() -> int:
        return await gateway.feed.wait(view, 2, asyncio.get_running_loop().time() + 0.05)

    assert asyncio.run(wait()) == 2
    gateway.close()


def test_many_readers_read_a_record_from_the_file_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = open_gateway()
    pay(gateway, 20)
    read: list[int] = []
    after = gateway.feed._changes.after

    def counted(sequence: int, limit: int) -> Iterator[Done]:
        read.append(sequence)
        return after(sequence, limit)

    monkeypatch.setattr(gateway.feed._changes, "after", counted)
    told = [follow(gateway, KEYS["alfa-sender"], limit=100) for _ in range(5)]
    assert all(each == told[0] for each in told)
    assert len(read) == len(set(read))
    gateway.close()


def test_record_that_is_missing_from_the_file_is_an_error_and_no_gap() -> None:
    gateway = open_gateway()
    pay(gateway, 3)
    gateway.writer.call(
        lambda _: gateway.memory.changes._connection.execute("DELETE FROM changes WHERE sequence = 4")
    ).result()
    with pytest.raises(EnvironmentFailed, match="record 4"):
        follow(gateway, KEYS["alfa-sender"])
    gateway.close()


def test_reading_goes_on_over_many_records_that_concern_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "RECORDS_AT_ONCE", 3)
    gateway = open_gateway()
    pay(gateway, 10)
    assert [event.type for event in follow(gateway, reader("DELTRUMM"))] == ["command"]
    assert len(follow(gateway, KEYS["beta-sender"], after=Cursor(2, WHOLE))) == 10
    gateway.close()


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "KEPT_MAX", 2_000)
    gateway = open_gateway()
    gateway.feed.entries._max = 2_000
    pay(gateway, 30)
    assert len(follow(gateway, KEYS["alfa-sender"], limit=2)) == 31
    assert len(gateway.feed._kept) < 5
    assert len(gateway.feed.entries._kept) < 8
    gateway.close()
