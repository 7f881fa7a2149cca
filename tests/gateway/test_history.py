"""Balances as of any record: what the engine held then, whatever was kept, lost or carried into the next day."""

from pathlib import Path

import pytest
from numpy.random import PCG64, Generator

from comity.gateway import changes
from comity.gateway.clock import SetClock
from comity.gateway.entries import Entries
from comity.gateway.gateway import Gateway
from comity.gateway.orders import order_batch
from comity.gateway.payments import payment_batch
from comity.model.command import Command
from comity.node.auction import AuctionTerms
from comity.wire.instructions import Order, Payment
from tests.gateway.union import open_gateway, small_union

Held = dict[int, list[int]]
DAY_US = 86_400_000_000


def look(gateway: Gateway, held: Held) -> None:
    """Note what the engine holds after its last record."""
    sequence, balance = gateway.writer.call(
        lambda node: (node.engine.sequence, node.engine.balances()["balance"].tolist())
    ).result()
    held[sequence] = balance


def pay(gateway: Gateway, name: str, debtor: str, creditor: str, amount: str) -> None:
    payment = Payment(name, debtor, creditor, "CNY", amount)
    gateway.writer.enter(debtor, payment_batch(payment, gateway.directory)).result()


def live(gateway: Gateway, held: Held, seed: int) -> None:
    """Let a day happen: payments back and forth, money in, refusals of commands, an auction."""
    chance = Generator(PCG64(seed))
    banks = ["ALFACNBJ", "BETACNBJ", "GAMARUMM"]
    for number in range(40):
        debtor, creditor = (banks[place] for place in chance.permutation(3)[:2])
        pay(gateway, f"{seed}-{number}", debtor, creditor, f"{chance.integers(1, 900)}.00")
        look(gateway, held)
        if number % 5 == 0:
            gateway.give(
                [
                    Command("transfer_in", "GAMARUMM", "CNY", f"in{seed}-{number}", 5_000),
                    Command("cancel", debtor, target=f"{seed}-{number}"),
                    Command("cancel", "GAMARUMM", target=f"in{seed}-{number}"),
                ]
            ).result()
            look(gateway, held)
    orders = (
        Order(f"s{seed}", "ALFACNBJ", "CNY", "RUB", "1.00", "8"),
        Order(f"b{seed}", "DELTRUMM", "RUB", "CNY", "9.00", "1/10"),
    )
    for order in orders:
        gateway.writer.enter(order.participant, order_batch(order, gateway.directory)).result()
    gateway.writer.call(lambda node: node.auction(AuctionTerms(), gateway.writer.now())).result()
    look(gateway, held)


def turn(gateway: Gateway, held: Held) -> None:
    """Close the day, and open the next."""
    for phase in ("customer_cutoff", "interbank_cutoff", "end"):
        gateway.give([Command("phase", value=phase)]).result()
        look(gateway, held)
    assert isinstance(gateway.clock, SetClock)
    gateway.clock.advance(DAY_US)
    for phase in ("start", "open"):
        gateway.give([Command("phase", value=phase)]).result()
        look(gateway, held)


def check(gateway: Gateway, held: Held) -> None:
    for sequence, balance in held.items():
        assert gateway.history.balances(sequence).tolist() == balance, sequence


def test_balances_as_of_every_record_are_those_the_engine_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "RECORDS_BETWEEN", 7)
    gateway, held = open_gateway(), Held()
    look(gateway, held)
    for seed in range(3):
        live(gateway, held, seed)
        turn(gateway, held)
    check(gateway, held)
    kept = gateway.changes.balances_before(max(held))
    assert kept is not None
    assert max(held) - kept[0] <= 7
    gateway.close()


def test_balances_are_told_after_a_restart_without_their_file(tmp_path: Path) -> None:
    gateway, held = open_gateway(tmp_path), Held()
    live(gateway, held, 1)
    gateway.writer.call(lambda node: node.snapshot()).result()
    turn(gateway, held)
    fills = gateway.changes.auction(1)
    gateway.close()
    (tmp_path / "changes.sqlite").unlink()
    gateway = Gateway.open(tmp_path, small_union(), gateway.clock)
    check(gateway, held)
    assert gateway.changes.auction(1) == fills
    assert fills is not None
    assert len(gateway.changes.fills(fills.sequence)) == 2
    gateway.close()


def test_postings_run_from_one_balance_to_another() -> None:
    gateway, held = open_gateway(), Held()
    live(gateway, held, 2)
    first, last = min(held), max(held)
    for account in range(len(gateway.directory.owner)):
        told = gateway.history.postings(account, first, last, 1_000)
        assert told.opening_minor == held[first][account]
        assert told.closing_minor == held[last][account]
        assert told.opening_minor + sum(each.change_minor for each in told.postings) == told.closing_minor
    gateway.close()


def test_ids_are_found_again_with_little_kept(tmp_path: Path) -> None:
    gateway, held = open_gateway(tmp_path), Held()
    live(gateway, held, 3)
    told = gateway.history.postings(gateway.directory.accounts["GAMARUMM", "CNY"], 1, max(held), 1_000)
    entries = [(each.entry_sequence, each.entry_row) for each in told.postings]
    small = Entries(gateway.texts.log, bytes_max=1)
    assert small.find(entries) == gateway.texts.find(entries)
    ids = {words.id for words in gateway.texts.find(entries)}
    assert "in3-0" in ids
    assert any(name.startswith("3-") for name in ids)
    gateway.close()
