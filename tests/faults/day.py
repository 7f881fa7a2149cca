"""A day of the stand-in engine, and what must hold of it after any fault."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from comity.engine.columns import RecordKind
from comity.log.memory import MemoryLog
from comity.log.verify import walk
from comity.model.union import Account, Genesis, Member, Participant
from comity.node import Node
from comity.node.replay import replay
from tests.node.standin import MACHINE, ledger, payments, releases

if TYPE_CHECKING:
    from collections.abc import Callable

    from comity.engine import Engine
    from comity.log.protocol import Log

NOON = 1_639_569_600_000_000
GENESIS = Genesis(
    name="Two",
    business_date=date(2021, 12, 15),
    currencies=(("CNY", 2),),
    members=(Member("CN", "CNY", "China"),),
    participants=(Participant("CN", "CN", "Issuer CN"), Participant("CNB1", "CN", "Bank 1")),
    accounts=(Account("CNB1", "CNY", 1_000),),
)


class Step(NamedTuple):
    """One submission."""

    kind: RecordKind
    instant: int
    body: bytes


def steps(count: int) -> list[Step]:
    """Submissions of a day: small and large batches, commands that leave releases, ticks."""
    day = []
    for number in range(1, count + 1):
        instant = NOON + number
        if number % 4 == 0:
            day.append(Step(RecordKind.COMMANDS, instant, releases(number % 3)))
        else:
            rows = 2_000 if number % 5 == 0 else 8
            day.append(Step(RecordKind.PAYMENTS, instant, payments(number, rows)))
    return day


class Expected(NamedTuple):
    """A day on which nothing fails."""

    digests: dict[int, bytes]
    """After each record."""
    balances: list[int]


def expected(day: list[Step]) -> Expected:
    """Run `day` as `drive` does, without a fault."""
    digests: dict[int, bytes] = {}
    log = MemoryLog()
    with Node.create(log, GENESIS, machine=MACHINE) as node:
        drive(node, day, lambda _: None)
        balances = list(ledger(node.engine).balances)

    def note(sequence: int, engine: Engine) -> None:
        digests[sequence] = engine.digest()

    replay(log, MACHINE, after=note)
    return Expected(digests, balances)


def drive(node: Node, day: list[Step], answered: Callable[[int], object]) -> None:
    """Submit `day`, reporting the sequence of each record once its answer is there."""
    before = None
    for step in day:
        ticket = node.submit(step.kind, step.instant, step.body)
        if before is not None and before.done:
            answered(before.sequence)
        before = ticket
    node.flush()
    answered(node.head.sequence)


def recover_and_finish(log: Log, day: list[Step], should: Expected, answered: int) -> Node:
    """Recover from `log`, require that what was `answered` is in force, and finish the day.

    Steps that are not in the log are submitted again, as their senders would.
    """
    if log.head.sequence == 0:
        assert answered == 0
        node = Node.create(log, GENESIS, machine=MACHINE)
    else:
        node = Node.recover(log, machine=MACHINE)
        assert node.head.sequence >= answered
        assert node.engine.digest() == should.digests[node.head.sequence]
    known = {record.entry.instant for record, _ in walk(log.read()) if record.entry.kind != RecordKind.TICK}
    drive(node, [step for step in day if step.instant not in known], lambda _: None)
    assert ledger(node.engine).balances == should.balances
    return node
