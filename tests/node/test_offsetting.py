"""Passes of a node: what their picture shows, and how many proposals they take."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from comity.engine.columns import PAYMENT, SIDE, RecordKind, pack
from comity.engine.kernels.identity import hash_one
from comity.engine.kernels.layout import SPACE_USED
from comity.engine.proposal import unpack_proposal
from comity.log.memory import MemoryLog
from comity.model.command import Command
from comity.model.reason import Priority, State
from comity.node import Node
from comity.node.offsetting import proposals
from comity.solvers.offsetting import RULES
from tests.scenarios.text import at, read_union
from tests.solvers.problems import one_currency

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.jit_off,
    # Hashes wrap; compiled code does so in silence.
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),
]

UNION = read_union("union entry_offsetting=false\n" + "\n".join(f"account {bank} CNY 0" for bank in "ABCDEF"))


@pytest.fixture
def node() -> Iterator[Node]:
    """A node whose day is open and whose banks have no money."""
    with Node.create(MemoryLog(), UNION) as running:
        command(running, "09:00", Command("phase", value="open"))
        yield running


def command(node: Node, time: str, *commands: Command) -> None:
    body = json.dumps([each.to_json() for each in commands]).encode()
    applied = node.submit(RecordKind.COMMANDS, at(time), body).result()
    assert [answer["reason"] for answer in applied.answers] == [""] * len(commands)


def pay(node: Node, time: str, parties: str, latest: int = 0, priority: Priority = Priority.NORMAL) -> None:
    """Enter 100 CNY from one bank to another under the id `parties`."""
    engine = node.engine
    payer, payee = parties.split(">")
    row, side = np.zeros(1, PAYMENT), np.zeros(1, SIDE)
    row["key"] = hash_one(engine.accounts.participant_index(payer), parties, engine.seed)
    row["debtor"], row["creditor"] = engine.account(payer, "CNY"), engine.account(payee, "CNY")
    row["amount"], row["flags"], row["text"] = 100, priority, -1
    side["latest"] = latest
    node.submit(RecordKind.PAYMENTS, at(time), pack(row, side, b""), 1).result()


def states(node: Node, *names: str) -> list[State]:
    node.flush()
    slots = [node.engine.find(name.split(">")[0], name) for name in names]
    return [State(int(state)) for state in node.engine.table(np.array(slots))["state"]]


RING = ("A>B", "B>C", "C>A")
OTHER_RING = ("D>E", "E>F", "F>D")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", ["bilateral", "multilateral", "holding"])
def test_ring_settles_after_a_limit_in_its_way_was_removed(node: Node, rule: str, kind: str) -> None:
    for name in RING:
        pay(node, "09:01", name)
    target = "B" if kind == "bilateral" else ""
    holder = "B" if kind == "holding" else "A"
    command(node, "09:02", Command("limit", holder, "CNY", target, 50, kind))
    command(node, "09:03", Command("limit", holder, "CNY", target, None, kind))
    applied = node.offset(rule, None, at("09:04"))
    assert (applied.refused, applied.settled) == ("", 3)
    assert states(node, *RING) == [State.STLD] * 3


@pytest.mark.parametrize("rule", RULES)
def test_urgent_ring_settles_in_a_pass_beyond_a_limit_and_leaves_nothing_of_it(node: Node, rule: str) -> None:
    command(node, "09:00", Command("limit", "A", "CNY", "B", 60, "bilateral"))
    for name in RING:
        pay(node, "09:01", name, priority=Priority.URGENT)
    assert node.offset(rule, None, at("09:02")).settled == 3
    assert node.engine.state.constraints[0, SPACE_USED] == 100


def test_pass_after_a_payment_of_a_ring_expired_settles_another_ring_at_the_first_proposal(node: Node) -> None:
    pay(node, "09:01", "A>B", latest=at("09:10"))
    for name in (*RING[1:], *OTHER_RING):
        pay(node, "09:01", name)
    before = node.head.sequence
    applied = node.offset("fifo", None, at("09:20"))
    assert (applied.refused, applied.settled) == ("", 3)
    assert states(node, *OTHER_RING) == [State.STLD] * 3
    assert states(node, *RING) == [State.RJTD, State.PSTL, State.PSTL]
    assert node.head.sequence == before + 2  # time passed, and one proposal


def test_pass_at_the_instant_of_the_last_record_lets_no_time_pass_first(node: Node) -> None:
    for name in RING:
        pay(node, "09:01", name)
    before = node.head.sequence
    assert node.offset("fifo", None, at("09:01")).settled == 3
    assert node.head.sequence == before + 1


@pytest.mark.parametrize("rule", ["greedy", "best", "exact"])
def test_small_ring_passes_a_payment_that_cannot_settle_and_the_engine_accepts_it(node: Node, rule: str) -> None:
    for name in ("A>F", "A>B", "B>C", "C>A"):
        pay(node, "09:01", name)
    applied = node.offset(rule, None, at("09:02"))
    assert (applied.refused, applied.settled) == ("", 3)
    assert states(node, "A>F", *RING) == [State.PSTL, *[State.STLD] * 3]


def test_best_proposes_in_place_of_exact_where_too_much_waits() -> None:
    many = one_currency({"A": 3, "B": 0}, ", ".join(["A>B 1"] * 201))
    [about, slots] = unpack_proposal(next(proposals(lambda: many, "exact", "test")).body)
    assert (about["rule"], slots.tolist()) == ("best", [0, 1, 2])


def test_every_attempt_is_searched_in_a_picture_of_its_own() -> None:
    ring = one_currency({"A": 0, "B": 0, "C": 0}, "A>B 9, B>C 9, C>A 9")
    pictures = [ring._replace(slot=ring.slot + 10 * turn) for turn in (1, 2, 3)]
    left = iter(pictures)
    attempts = [unpack_proposal(each.body) for each in proposals(lambda: next(left), "partial", "test")]
    assert [about["rule"] for about, _ in attempts] == ["partial", "partial", "fifo"]
    assert [slots.tolist() for _, slots in attempts] == [picture.slot.tolist() for picture in pictures]
