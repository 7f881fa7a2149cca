"""A node under load in a process of its own: prints the sequence and digest of each answer.

Arguments: path of the log; it is created, or recovered and gone on with.
"""

from __future__ import annotations

import sys

from comity.engine.columns import RecordKind
from comity.log.sqlite import SqliteLog
from comity.node import Node
from tests.faults.day import GENESIS, NOON
from tests.node.standin import MACHINE, payments


def work(path: str) -> None:
    """Submit payments until the process ends."""
    log = SqliteLog(path, checkpoint_bytes=2_000_000)
    begun = log.head.sequence > 0
    with Node.recover(log, machine=MACHINE) if begun else Node.create(log, GENESIS, machine=MACHINE) as node:
        before = None
        seed = node.head.sequence
        while True:
            seed += 1
            ticket = node.submit(RecordKind.PAYMENTS, NOON + seed, payments(seed, 500), 500)
            if before is not None:
                print(before.sequence, node.engine.digest().hex(), flush=True)  # noqa: T201 - what the checker reads
            before = ticket


if __name__ == "__main__":
    try:
        work(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit(130)
