"""What is refused before it becomes a record; after each refusal the node goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from comity.engine.columns import FLAG_BY_SELLER, ORDER, PAYMENT, PVP, SIDE, RecordKind, pack
from comity.errors import InvalidRequest
from comity.log.memory import MemoryLog
from comity.node import Node
from tests.node.standin import MACHINE, ledger, payments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.model.union import Genesis

NOON = 1_639_569_600_000_000


@pytest.fixture
def node(genesis: Genesis) -> Iterator[Node]:
    """A node that ended a batch at NOON + 7 and must be unharmed afterwards."""
    with Node.create(MemoryLog(), genesis, machine=MACHINE) as running:
        running.submit(RecordKind.PAYMENTS, NOON, batch({"offset": [0, 3, 7]}), 3).result()
        head = running.head
        yield running
        assert running.head == head
        running.submit(RecordKind.PAYMENTS, NOON + 7, payments(2), 8)
        running.flush()
        assert ledger(running.engine).applied == [2, 3]


def batch(columns: dict[str, list[int]], dtype: np.dtype[np.void] = PAYMENT, sides: int = 0) -> bytes:
    """Body of rows with the columns given; the rest is sound."""
    rows = np.zeros(len(next(iter(columns.values()))), dtype)
    rows["side"] = rows["text"] = -1
    for column, values in columns.items():
        rows[column] = values
    return pack(rows, np.zeros(sides, SIDE), b"")


def refused(node: Node, kind: int, instant: int, body: bytes, match: str) -> None:
    with pytest.raises(InvalidRequest, match=match):
        node.submit(kind, instant, body, 1)


def test_instant_before_the_last_row_of_the_record_before(node: Node) -> None:
    expected = f"record, instant: expected {NOON + 7} or later, when the record before it ends, found {NOON + 6}"
    refused(node, RecordKind.TICK, NOON + 6, b"", expected)


@pytest.mark.parametrize("values", [[0, 4], [-2, 0]])
@pytest.mark.parametrize("column", ["debtor", "creditor"])
def test_account_that_is_no_index(node: Node, column: str, values: list[int]) -> None:
    found = f"{column}: expected -1 to 3 in every row, found {min(values)} to {max(values)}"
    refused(node, RecordKind.PAYMENTS, NOON + 9, batch({column: values}), found)


def test_party_of_a_pvp_that_is_no_index(node: Node) -> None:
    refused(
        node, RecordKind.PVPS, NOON + 9, batch({"buyer_pays": [9]}, PVP), "buyer_pays: expected -1 to 3 in every row"
    )


@pytest.mark.parametrize("payee", [-2, 5])
def test_payee_of_an_order_that_is_no_account(node: Node, payee: int) -> None:
    rows = np.zeros(1, ORDER)
    rows["payee"] = payee
    found = f"payee: expected -1 to 4 in every row, found {payee} to {payee}"
    refused(node, RecordKind.ORDERS, NOON + 9, pack(rows, np.zeros(0, SIDE), b""), found)


def test_side_row_that_is_not_there(node: Node) -> None:
    refused(
        node, RecordKind.PAYMENTS, NOON + 9, batch({"side": [0, 1]}, sides=1), "side: expected -1 to 0 in every row"
    )


def test_priority_that_is_none(node: Node) -> None:
    expected = "flags: expected a priority of 0, 1 or 2 in every row, found 3"
    refused(node, RecordKind.PAYMENTS, NOON + 9, batch({"flags": [2, 3]}), expected)
    refused(node, RecordKind.PVPS, NOON + 9, batch({"flags": [FLAG_BY_SELLER, FLAG_BY_SELLER | 3]}, PVP), expected)


def test_pvp_that_nobody_entered(node: Node) -> None:
    expected = "flags: expected who entered it, in every row, found neither seller nor buyer"
    refused(node, RecordKind.PVPS, NOON + 9, batch({"flags": [FLAG_BY_SELLER, 1]}, PVP), expected)


@pytest.mark.parametrize("column", ["earliest", "latest"])
def test_instant_of_a_side_row_beyond_what_the_engine_reads(node: Node, column: str) -> None:
    rows, side = np.zeros(1, PAYMENT), np.zeros(1, SIDE)
    side[column] = (1 << 60) + 1
    refused(node, RecordKind.PAYMENTS, NOON + 9, pack(rows, side, b""), column)


def test_instant_beyond_what_the_engine_reads(node: Node) -> None:
    refused(node, RecordKind.TICK, (1 << 60) + 1, b"", "instant")


@pytest.mark.parametrize("offsets", [[-1, 0], [5, 4]])
def test_offsets_that_fall(node: Node, offsets: list[int]) -> None:
    refused(node, RecordKind.PAYMENTS, NOON + 9, batch({"offset": offsets}), "offset: expected offsets from 0")


@pytest.mark.parametrize(
    ("kind", "body", "match"),
    [
        (RecordKind.PAYMENTS, b"short", "body: expected what its kind demands, found body of 5 bytes"),
        (RecordKind.PAYMENTS, payments(1)[:-1], "body: expected what its kind demands, found body of"),
        (RecordKind.COMMANDS, b"[{", "body: expected what its kind demands"),
        (RecordKind.COMMANDS, b"\xff", "body: expected what its kind demands"),
        (RecordKind.COMMANDS, b"[" * 100_000, "body: expected what its kind demands"),
        (RecordKind.COMMANDS, b"{}", "body: expected a list of commands, found b'{}'"),
        (RecordKind.SETTLE_TOGETHER, b"abc", "body: expected what its kind demands, found a proposal of 3 bytes"),
        (RecordKind.TICK, b"x", "body: expected nothing, found 1 bytes"),
        (RecordKind.GENESIS, b"{}", "kind: expected a kind of record that follows a genesis, found 1"),
        (99, b"", "kind: expected a kind of record that follows a genesis, found 99"),
    ],
)
def test_body_that_does_not_fit_its_kind(node: Node, kind: int, body: bytes, match: str) -> None:
    refused(node, kind, NOON + 9, body, match)


@pytest.mark.parametrize("depth", [8, 500, 985, 100_000])
def test_json_nested_deeper_than_any_record_is_refused_before_it_is_stored(node: Node, depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    refused(node, RecordKind.COMMANDS, NOON + 9, deep, "nested too deeply")
    about = b'{"currencies":["CNY"],"carry_max":3,"x":' + deep + b"}"
    refused(node, RecordKind.CUT, NOON + 9, np.array([len(about)], "<i4").tobytes() + about, "nested too deeply")
