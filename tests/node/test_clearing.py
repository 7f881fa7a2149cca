"""Clearing cycles through a node: the largest set-off, then payment of the rest, whatever a solver does."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.engine.columns import OBLIGATION, SIDE, RecordKind, pack
from comity.engine.columns import pack_arrays as cut_body
from comity.engine.offsetting import OffsettingProblem
from comity.errors import InvariantBroken
from comity.log.memory import MemoryLog
from comity.log.sqlite import SqliteLog
from comity.model.union import Account, Genesis, Member, Participant
from comity.node import Node
from comity.node import clearing as cycles
from comity.node.clearing import Terms
from comity.solvers import setoff
from comity.solvers.offsetting import Proposal
from comity.solvers.offsetting import solve as solve_offsetting

OPENED = 1_639_530_000_000_000
TODAY = date(2021, 12, 15)
DAY = (TODAY - date(1970, 1, 1)).days


def opened(balances: dict[str, int]) -> Node:
    genesis = Genesis(
        name="Test",
        business_date=TODAY,
        currencies=(("CNY", 2),),
        members=(Member("CN", "CNY", "China"),),
        participants=(Participant("CN", "CN", ""), *(Participant(code, "CN", "") for code in balances)),
        accounts=tuple(Account(code, "CNY", minor) for code, minor in balances.items()),
    )
    node = Node.create(MemoryLog(), genesis)
    node.submit(RecordKind.COMMANDS, OPENED, b'[{"command":"phase","value":"open"}]', 1).result()
    return node


def owe(node: Node, items: list[tuple[str, str, int]]) -> None:
    rows = np.zeros(len(items), OBLIGATION)
    for row, (debtor, creditor, amount) in enumerate(items):
        rows[row]["key"] = 5, row + 1
        rows[row]["amount"], rows[row]["due"] = amount, DAY
        rows[row]["debtor"], rows[row]["creditor"] = (
            node.engine.account(debtor, "CNY"),
            node.engine.account(creditor, "CNY"),
        )
    node.submit(RecordKind.OBLIGATIONS, OPENED, pack(rows, np.zeros(0, SIDE), b""), len(rows)).result()


def items_of(text: str) -> list[tuple[str, str, int]]:
    return [(a, b, int(amount)) for a, b, amount in (item.split(",") for item in text.split("; "))]


PUBLISHED = {
    "T1": ("A,B,100; B,C,100; C,A,200; D,B,100", [100, 100, 100, 0]),
    "T3": ("A,B,10; B,A,4; B,C,10; C,A,10", [10, 0, 10, 10]),
    "T4": ("A,B,10; B,C,10; C,A,10; B,A,10; C,B,10", [10, 10, 0, 10, 10]),
    "T5": ("A,B,5; B,C,4; C,A,4; B,D,3; D,E,3; E,A,3", [5, 2, 2, 3, 3, 3]),
    "T6": ("A,B,7; B,C,5; A,C,2", [0, 0, 0]),
    "N1": ("A,B,90; B,A,40; B,C,80; C,A,70; A,C,10; C,D,30; D,A,20; D,B,25", [90, 35, 80, 60, 10, 30, 5, 25]),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_cycle_without_money_discharges_what_is_published(name: str) -> None:
    text, expected = PUBLISHED[name]
    with opened(dict.fromkeys("ABCDE", 0)) as node:
        owe(node, items_of(text))
        done = node.clear(Terms(["CNY"]), OPENED + 9).currencies[0]
        assert node.engine.obligations()["discharged"].tolist() == expected
        assert (done.discharged_minor, done.certified, done.refused) == (sum(expected), True, [])
        node.engine.check()


@pytest.mark.parametrize("mode", ["existing", "ccp"])
def test_rest_is_paid_with_money_and_nothing_is_carried(mode: str) -> None:
    with opened({"A": 100, "B": 100, "C": 100, "D": 100}) as node:
        owe(node, items_of(PUBLISHED["N1"][0]))
        done = node.clear(Terms(["CNY"], mode), OPENED + 9).currencies[0]
        assert (done.gross_minor, done.discharged_minor, done.paid_minor, done.carried_minor) == (365, 335, 30, 0)
        held = node.engine.balances()["balance"]
        assert [int(held[node.engine.account(code, "CNY")]) for code in "ABCD"] == [130, 95, 90, 85]
        node.engine.check()


def test_solver_that_fails_leaves_the_cycle_to_pay_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise InvariantBroken("no answer")

    monkeypatch.setattr(setoff, "solve", fail)
    with opened({"A": 10, "B": 0}) as node:
        owe(node, [("A", "B", 10), ("B", "A", 4)])
        done = node.clear(Terms(["CNY"]), OPENED + 9).currencies[0]
        assert (done.discharged_minor, done.certified, done.paid_minor) == (0, False, 14)
        assert done.refused == ["no answer"]
        assert node.clear(Terms(["CNY"]), OPENED + 10).refused == ""


@pytest.fixture
def never() -> Iterator[Event]:
    event = Event()
    yield event
    event.set()


def test_solver_that_never_returns_is_given_up_at_its_deadline(monkeypatch: pytest.MonkeyPatch, never: Event) -> None:
    monkeypatch.setattr(cycles, "set_off", lambda _: never.wait())
    with opened({"A": 10, "B": 0}) as node:
        owe(node, [("A", "B", 10)])
        done = node.clear(Terms(["CNY"], deadline_s=0.01), OPENED + 9).currencies[0]
        assert done.refused == ["no set-off was found within 0.01 s"]
        assert done.paid_minor == 10


def test_cycle_under_way_when_the_node_stopped_is_taken_up_by_the_next(tmp_path: Path) -> None:
    with opened({"A": 10, "B": 0}) as node:
        owe(node, [("A", "B", 10), ("B", "A", 4)])
        node.submit(RecordKind.CUT, OPENED + 1, cut_body({"currencies": ["CNY"], "carry_max": 3})).result()
        held = node.engine.copy()
        node.backup(tmp_path / "copy.log")
    with Node.recover(SqliteLog(tmp_path / "copy.log")) as again:
        assert again.engine.digest() == held.digest()
        done = again.clear(Terms(["CNY"]), OPENED + 9)
        assert (done.number, done.currencies[0].discharged_minor, done.currencies[0].paid_minor) == (1, 8, 6)
        assert again.clear(Terms(["CNY"]), OPENED + 10).number == 2


def test_rest_is_proposed_again_if_money_has_gone_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened({"A": 10, "B": 0, "C": 0}) as node:
        owe(node, [("A", "B", 7), ("A", "C", 3)])
        asked: list[Proposal] = []

        def solve_late(problem: OffsettingProblem) -> Proposal:
            found = solve_offsetting(problem)
            if not asked:
                command = b'[{"command":"transfer_out","participant":"A","currency":"CNY","amount_minor":2}]'
                node.submit(RecordKind.COMMANDS, OPENED + 9, command, 1).result()
            asked.append(found)
            return found

        monkeypatch.setattr(cycles, "solve_offsetting", solve_late)
        done = node.clear(Terms(["CNY"]), OPENED + 9).currencies[0]
        assert done.refused == ["account A CNY would end short"]
        assert (done.paid_minor, done.carried_minor) == (7, 3)


def test_cycle_taken_up_ends_in_currencies_that_the_terms_do_not_name() -> None:
    genesis = Genesis(
        name="Test",
        business_date=TODAY,
        currencies=(("CNY", 2), ("RUB", 2)),
        members=(Member("CN", "CNY", ""), Member("RU", "RUB", "")),
        participants=(Participant("CN", "CN", ""), Participant("RU", "RU", "")),
        accounts=(),
    )
    with Node.create(MemoryLog(), genesis) as node:
        node.submit(RecordKind.COMMANDS, OPENED, b'[{"command":"phase","value":"open"}]', 1).result()
        node.submit(RecordKind.CUT, OPENED, cut_body({"currencies": ["CNY", "RUB"], "carry_max": 3})).result()
        done = node.clear(Terms(["RUB"]), OPENED + 9)
        assert [each.currency for each in done.currencies] == ["CNY", "RUB"]
        assert node.engine.cycles_under_way == {}


def test_empty_cycle_ends() -> None:
    with opened({"A": 10}) as node:
        assert node.clear(Terms(["CNY"]), OPENED + 9).currencies[0].gross_minor == 0


amounts = st.integers(1, 9)
pairs = st.sampled_from([(a, b) for a in "ABCDE" for b in "ABCDE" if a != b])
owed = st.lists(st.tuples(pairs, amounts).map(lambda each: (*each[0], each[1])), max_size=14)


@given(owed, st.sampled_from(["existing", "ccp"]), st.integers(0, 8))
def test_cycle_leaves_nothing_over_that_a_second_cycle_could_pay(
    items: list[tuple[str, str, int]], mode: str, money: int
) -> None:
    with opened(dict.fromkeys("ABCDE", money)) as node:
        owe(node, items)
        before = _nets(node)
        done = node.clear(Terms(["CNY"], mode), OPENED + 9).currencies[0]
        node.engine.check()
        assert done.gross_minor == done.discharged_minor + done.paid_minor + done.carried_minor
        assert done.discharged_minor >= done.bilateral_minor
        assert done.certified
        assert _nets(node) == before
        again = node.clear(Terms(["CNY"], mode), OPENED + 10).currencies[0]
        assert (again.discharged_minor, again.paid_minor) == (0, 0)


def _nets(node: Node) -> dict[str, int]:
    """Money and claims less debts of each: no cycle changes it."""
    held = node.engine.balances()["balance"]
    table, open_ = node.engine.table(), node.engine.obligations()
    nets = {code: int(held[node.engine.account(code, "CNY")]) for code in "ABCDE"}
    names = {node.engine.account(code, "CNY"): code for code in nets}
    for slot in open_["slot"].tolist():
        if table["state"][slot] < 16:
            nets[names[int(table["debtor"][slot])]] -= int(table["amount"][slot])
            nets[names[int(table["creditor"][slot])]] += int(table["amount"][slot])
    return nets
