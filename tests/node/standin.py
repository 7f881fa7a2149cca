"""A small deterministic engine with the methods that a node uses.

It moves money between accounts if there is enough, and counts down releases that
one record could not finish, so that tests of ordering, crashes and recovery need
neither kernels nor a rulebook.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self, cast

import numpy as np

from comity.engine.columns import PAYMENT, RecordKind, pack, unpack
from comity.errors import InvariantBroken

if TYPE_CHECKING:
    from comity.engine import Engine
    from comity.model.union import Genesis

START_MINOR = 1_000


@dataclass(frozen=True)
class Answer:
    settled: int
    pending: bool
    refused: str = ""


@dataclass
class Ledger:
    """Balances, the last instant, how many releases remain, and how many records came."""

    balances: list[int]
    now: int = 0
    releases: int = 0
    records: int = 0
    applied: list[int] = field(default_factory=list)
    """Sequences, in the order in which they were applied; not part of the state."""

    @property
    def accounts(self) -> list[int]:
        return self.balances

    @classmethod
    def from_genesis(cls, genesis: Genesis) -> Self:
        return cls([START_MINOR] * max(len(genesis.accounts), 4))

    def apply(self, kind: int, sequence: int, instant: int, body: bytes) -> Answer:
        self.now = max(self.now, instant)
        self.records += 1
        self.applied.append(sequence)
        settled = 0
        if kind == RecordKind.PAYMENTS:
            settled = sum(map(self._settle, unpack(body, PAYMENT)[0].tolist()))
        elif kind == RecordKind.COMMANDS:
            self.releases += sum(command["releases"] for command in json.loads(body))
        elif kind == RecordKind.TICK and self.releases:
            self.releases -= 1
        return Answer(settled, self.releases > 0)

    def _settle(self, row: tuple[tuple[int, int], tuple[int, int], int, int, int]) -> bool:
        amount, debtor, creditor = row[2:5]
        if self.balances[debtor] < amount:
            return False
        self.balances[debtor] -= amount
        self.balances[creditor] += amount
        return True

    def digest(self) -> bytes:
        state = json.dumps([self.balances, self.now, self.releases, self.records])
        return hashlib.blake2b(state.encode(), digest_size=16).digest()

    def full_digest(self) -> bytes:
        return self.digest()

    def check(self) -> None:
        if sum(self.balances) != START_MINOR * len(self.balances):
            raise InvariantBroken("the accounts do not sum to what they began with")
        if self.digest() != self.full_digest():
            raise InvariantBroken("the digest does not follow the state")

    def save(self) -> dict[str, np.ndarray]:
        return {"balances": np.array(self.balances), "rest": np.array([self.now, self.releases, self.records])}

    @classmethod
    def load(cls, parts: dict[str, np.ndarray]) -> Self:
        return cls(parts["balances"].tolist(), *parts["rest"].tolist())

    def copy(self) -> Self:
        return self.load(self.save())


MACHINE = cast("type[Engine]", Ledger)


def ledger(engine: Engine) -> Ledger:
    """The stand-in behind a node's `engine`."""
    return cast("Ledger", engine)


def payments(seed: int, rows: int = 8, accounts: int = 4) -> bytes:
    """Body of `rows` payments drawn from `seed`."""
    chance = np.random.Generator(np.random.PCG64(seed))
    batch = np.zeros(rows, PAYMENT)
    batch["side"] = batch["text"] = -1
    batch["key"][:, 0] = seed
    batch["key"][:, 1] = np.arange(rows)
    batch["amount"] = chance.integers(1, 400, rows)
    batch["debtor"] = chance.integers(0, accounts, rows)
    batch["creditor"] = (batch["debtor"] + chance.integers(1, accounts, rows)) % accounts
    return pack(batch, np.zeros(0, PAYMENT)[:0], b"")


def releases(count: int) -> bytes:
    """Body of a command that leaves `count` releases to be done."""
    return json.dumps([{"releases": count}]).encode()
