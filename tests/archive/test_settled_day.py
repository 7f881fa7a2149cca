"""The archive of a day that the engine settled says at every record what the engine said then."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from comity.archive import Archive, write_archive
from comity.day.read import read_day
from comity.day.run import run_day
from comity.engine import Engine
from comity.log.memory import MemoryLog
from comity.log.record import Record
from comity.log.verify import walk
from comity.node import Node

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "two-countries"


@dataclass(frozen=True)
class Settled:
    engine: Engine
    records: list[Record]


@pytest.fixture(scope="module")
def settled() -> Settled:
    day, log = read_day(EXAMPLE), MemoryLog()
    with Node.create(log, day.genesis) as node:
        run_day(day, node)
        return Settled(node.engine, [record for record, _ in walk(log.read())])


@pytest.fixture(scope="module")
def archive(settled: Settled, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder = write_archive(tmp_path_factory.mktemp("day") / "archive", settled.engine, settled.records)
    with Archive(folder) as opened:
        yield opened


def test_closing_balances_are_what_postings_make(archive: Archive) -> None:
    archive.check()


def test_balances_as_of_every_record_are_those_of_a_replay_up_to_it(archive: Archive, settled: Settled) -> None:
    replay = Engine.from_genesis(read_day(EXAMPLE).genesis)
    accounts = replay.accounts
    for record in settled.records[1:]:
        entry = record.entry
        replay.apply(entry.kind, record.sequence, entry.instant, entry.body)
        now = replay.balances()["balance"].tolist()
        then = archive.balances(sequence=record.sequence)
        for index, balance in enumerate(now):
            holder = accounts.participant[index] or accounts.kind[index]
            assert then[holder, accounts.currency[index]] == balance


def test_every_instruction_of_the_day_has_the_id_it_was_given(archive: Archive) -> None:
    lines = [line for holder, currency in archive.balances() for line in archive.statement(holder, currency).lines]

    assert {line.id for line in lines} == {
        "gas-1",
        "gas-2",
        "tools-1",
        "ring-a",
        "ring-b",
        "ring-c",
        "swap-1",
        "pay-in-1",
    }
