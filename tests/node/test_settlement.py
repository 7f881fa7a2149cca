"""A node with the real engine: a day's records, recovery, offsetting, another process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from comity.engine.columns import PAYMENT, SIDE, RecordKind, pack
from comity.errors import InvalidRequest
from comity.log.memory import MemoryLog
from comity.log.snapshots import Snapshots
from comity.log.sqlite import SqliteLog
from comity.model.reason import State
from comity.node import Node, verify, verify_file
from comity.node.replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from comity.model.union import Genesis

pytestmark = pytest.mark.jit_off

OPEN = 1_639_530_000_000_000
BANKS = ("CNB1", "RUB1")
NOT_MUCH = 600
NO_OFFSETTING = (
    b'[{"command": "phase", "value": "open"}, {"command": "set", "target": "entry_offsetting", "value": "false"}]'
)


def opened(node: Node) -> None:
    node.submit(RecordKind.COMMANDS, OPEN, b'[{"command": "phase", "value": "open"}]', 1).result()


def pay(node: Node, payer: int, amounts: list[int], key: int) -> bytes:
    """Body of payments from one of `BANKS` to the other."""
    rows = np.zeros(len(amounts), PAYMENT)
    rows["key"][:, 0] = key
    rows["key"][:, 1] = np.arange(len(amounts)) + 1
    rows["amount"] = amounts
    rows["debtor"] = node.engine.accounts.index(BANKS[payer], "CNY")
    rows["creditor"] = node.engine.accounts.index(BANKS[1 - payer], "CNY")
    rows["flags"] = 2
    rows["text"] = rows["side"] = -1
    return pack(rows, np.zeros(0, SIDE), b"")


def a_day(node: Node, first: int, last: int) -> None:
    """Batches to and fro, some of them too large to settle at once."""
    for number in range(first, last):
        amounts = [1 + (number * 37 + index * 61) % 700 for index in range(20)]
        node.submit(RecordKind.PAYMENTS, OPEN + number, pay(node, number % 2, amounts, number + 1), 20)


def states(node: Node) -> list[int]:
    node.flush()
    return [int(state) for state in node.engine.table()["state"]]


def test_record_in_flight_does_not_overtake_releases_that_are_pending(
    genesis: Genesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comity.engine.core.RELEASES_MAX", 1)
    credit = b'[{"command": "credit", "participant": "CNB1", "currency": "CNY", "amount_minor": 2100}]'
    with Node.create(MemoryLog(), genesis) as node:
        node.submit(RecordKind.COMMANDS, OPEN, NO_OFFSETTING, 2).result()
        node.submit(RecordKind.PAYMENTS, OPEN, pay(node, 0, [900, 900, 900], 1), 3).result()
        freed = node.submit(RecordKind.COMMANDS, OPEN + 1, credit, 1)
        after = node.submit(RecordKind.PAYMENTS, OPEN + 1, pay(node, 0, [900], 2), 1)
        assert freed.result().pending
        assert after.result().results["state"] == State.PSTL
        assert states(node) == [State.STLD, State.STLD, State.STLD, State.PSTL]


def test_recovered_node_has_the_digest_and_goes_on_alike(tmp_path: Path, genesis: Genesis) -> None:
    with Node.create(MemoryLog(), genesis) as whole:
        opened(whole)
        a_day(whole, 0, 30)
        expected = states(whole), whole.engine.digest()
    snapshots = Snapshots(tmp_path / "snapshots")
    with Node.create(SqliteLog(tmp_path / "day.log"), genesis, snapshots) as node:
        opened(node)
        a_day(node, 0, 8)
        node.snapshot()
        a_day(node, 8, 15)
    with Node.recover(SqliteLog(tmp_path / "day.log"), snapshots) as node:
        a_day(node, 15, 22)
    with Node.recover(SqliteLog(tmp_path / "day.log")) as node:
        a_day(node, 22, 30)
        assert (states(node), node.engine.digest()) == expected
        node.engine.check()


def _with_json(parts: dict[str, np.ndarray], **changed: object) -> dict[str, np.ndarray]:
    """The same parts, with keys of their notes or of the whole changed; None leaves one out."""
    plain = json.loads(parts["json"].tobytes())
    for name, value in changed.items():
        holder = plain if name in plain else plain["notes"]
        holder[name] = value
        if value is None:
            del holder[name]
    return parts | {"json": np.frombuffer(json.dumps(plain).encode(), np.uint8)}


OTHER_VERSIONS: dict[str, Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]] = {
    "without a table": lambda parts: {name: part for name, part in parts.items() if name != "trades"},
    "with a table more": lambda parts: parts | {"omens": np.zeros((0, 4), np.int64)},
    "with a wider table": lambda parts: parts | {"waits": np.pad(parts["waits"], ((0, 0), (0, 1)))},
    "without a note": lambda parts: _with_json(parts, loans=None),
    "with a note more": lambda parts: _with_json(parts, omens=[]),
    "with another layout": lambda parts: _with_json(parts, layout="0"),
    "without a layout": lambda parts: _with_json(parts, layout=None),
}


@pytest.mark.parametrize("version", OTHER_VERSIONS)
def test_snapshot_of_another_version_is_passed_over_for_an_older_one(
    tmp_path: Path, genesis: Genesis, version: str
) -> None:
    log, snapshots = MemoryLog(), Snapshots(tmp_path)
    with Node.create(log, genesis, snapshots) as node:
        opened(node)
        a_day(node, 0, 2)
        node.snapshot()
        a_day(node, 2, 4)
        node.snapshot()
        a_day(node, 4, 6)
        node.flush()
        digest = node.engine.digest()
    youngest = next(snapshots.youngest(9))
    snapshots.save(youngest._replace(parts=OTHER_VERSIONS[version](youngest.parts)))
    applied: list[int] = []
    replayed = replay(log, snapshots=snapshots.youngest(9), after=lambda sequence, _: applied.append(sequence))
    assert (applied, replayed.engine.digest()) == ([5, 6, 7, 8], digest)


def test_another_process_with_another_hash_seed_verifies_the_same_digest(tmp_path: Path, genesis: Genesis) -> None:
    path = tmp_path / "day.log"
    with Node.create(SqliteLog(path), genesis) as node:
        opened(node)
        a_day(node, 0, 6)
    verified = verify_file(path, check_every=1)
    program = f"from comity.node import verify_file; print(verify_file({str(path)!r}).digest.hex())"
    environment = os.environ | {"PYTHONHASHSEED": "77"}
    other = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == verified.digest.hex()
    assert verified.instructions == 120


def test_gridlock_is_settled_by_a_proposal_and_replays(genesis: Genesis) -> None:
    poor = replace(genesis, accounts=tuple(replace(account, opening_minor=0) for account in genesis.accounts))
    log = MemoryLog()
    with Node.create(log, poor) as node:
        node.submit(RecordKind.COMMANDS, OPEN, NO_OFFSETTING, 2).result()
        node.submit(RecordKind.PAYMENTS, OPEN, pay(node, 0, [500, 100], 1), 2)
        node.submit(RecordKind.PAYMENTS, OPEN, pay(node, 1, [600], 2), 1)
        assert states(node) == [State.PSTL] * 3
        applied = node.offset("fifo", None, OPEN + 5, "test")
        assert applied.refused == ""
        assert states(node) == [State.STLD] * 3
        digest = node.engine.digest()
    with closing(log):
        assert verify(log, check_every=1).digest == digest


def test_unknown_rule_is_refused_before_anything_is_written(genesis: Genesis) -> None:
    with Node.create(MemoryLog(), genesis) as node:
        with pytest.raises(InvalidRequest, match="rule"):
            node.offset("lottery", None, OPEN)
        assert node.head.sequence == 1


def test_dry_run_of_a_payment_uses_up_no_id(genesis: Genesis) -> None:
    with Node.create(MemoryLog(), genesis) as node:
        opened(node)
        body = pay(node, 0, [NOT_MUCH], 1)
        tried = node.dry_run(RecordKind.PAYMENTS, OPEN, body)
        assert tried.results["state"].tolist() == [State.STLD]
        assert len(states(node)) == 0
        real = node.submit(RecordKind.PAYMENTS, OPEN, body, 1).result()
        assert (real.results["state"].tolist(), real.results["repeated"].tolist()) == ([State.STLD], [0])
