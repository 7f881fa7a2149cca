"""What a record says and shows when it turns the day."""

import json
from dataclasses import replace
from datetime import date

import pytest

from comity.engine import Applied
from comity.engine.columns import RecordKind
from comity.model.command import Command
from comity.model.instant import DAY_US, days_of, midnight
from comity.model.reason import Reason, State
from comity.model.union import Account, Genesis, Member, Participant
from tests.engine.engine_day import EngineDay
from tests.oracles.events import Payment

pytestmark = [
    pytest.mark.jit_off,
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),
]

TODAY = date(2021, 12, 15)
NINE, MORNING = midnight(TODAY) + DAY_US * 9 // 24, midnight(TODAY) + DAY_US


@pytest.fixture
def genesis() -> Genesis:
    return Genesis(
        name="One",
        business_date=TODAY,
        currencies=(("CNY", 2),),
        members=(Member("CN", "CNY", "China"),),
        participants=tuple(Participant(code, "CN", code) for code in ("CN", "A", "B")),
        accounts=(Account("A", "CNY", 100), Account("B", "CNY", 0)),
    )


@pytest.fixture
def day(genesis: Genesis) -> EngineDay:
    opened = EngineDay(genesis)
    opened.open(NINE)
    return opened


def give(day: EngineDay, instant: int, *commands: Command) -> Applied:
    body = json.dumps([command.to_json() for command in commands]).encode()
    return day._append(RecordKind.COMMANDS, instant, body)


def phase(name: str) -> Command:
    return Command("phase", value=name)


def test_start_behind_another_command_of_its_record_is_refused_and_what_that_rejected_is_told(day: EngineDay) -> None:
    day.apply(NINE, Payment("p1", "A", "B", "CNY", 500))
    slot = day.engine.find("A", "p1")
    both = give(day, MORNING, phase("end"), phase("start"))
    assert [answer["why"] for answer in both.answers] == ["", Reason.INVALID.name]
    assert both.changed.tolist() == [slot]
    assert give(day, MORNING, phase("start"), phase("liquidity")).answers[1]["state"] == "STLD"
    assert day.engine.phase == "liquidity"


def test_what_expires_in_the_record_that_turns_the_day_is_told_by_its_new_slot(genesis: Genesis) -> None:
    day = EngineDay(replace(genesis, id_days_back=0))
    day.open(NINE)
    day.apply(NINE, Payment("forgotten", "A", "B", "CNY", 5))
    day.apply(NINE, Payment("p1", "A", "B", "CNY", 5, date=date(2021, 12, 16), latest=MORNING - 1))
    give(day, MORNING - 2, phase("end"))
    applied = give(day, MORNING, phase("start"))
    assert applied.changed.tolist() == [0]
    assert day.engine.find("A", "p1") == 0
    assert day.engine.table()["state"].tolist() == [State.RJTD]


def test_what_settled_the_day_before_keeps_its_date_in_the_table(day: EngineDay) -> None:
    day.apply(NINE, Payment("p1", "A", "B", "CNY", 5))
    give(day, MORNING - 2, phase("end"))
    give(day, MORNING, phase("start"))
    assert day.engine.table()["date"].tolist() == [days_of(TODAY)]
