"""A genesis survives JSON unchanged; whatever is not one is refused with every fault."""

import json
from datetime import date

import pytest

from comity.errors import InvalidRequest
from comity.model.union import Account, Agreement, Genesis, Limit, Member, Participant, Schedule

GENESIS = Genesis(
    name="Zwei Länder",
    business_date=date(2021, 12, 15),
    currencies=(("CNY", 2), ("RUB", 2)),
    members=(Member("CN", "CNY", "China"), Member("RU", "RUB", "Russia")),
    participants=(Participant("CN", "CN", "China"), Participant("BANKRUMM", "RU", "Bank", "529900T8BM49AURSDO55")),
    accounts=(Account("BANKRUMM", "RUB", -5, 10**17, 1, 2),),
    limits=(Limit("bilateral", "BANKRUMM", "CN", "RUB", 0),),
    agreements=(
        Agreement("CN", "RU", ("payment", "pvp"), ("CNY",), date(2021, 1, 1)),
        Agreement("CN", "RU", ("clearing",), ("RUB",), date(2021, 1, 1), date(2022, 1, 1), 7, "CNY"),
    ),
    corridors_open=False,
    currency_schedules={"CNY": Schedule(open=1, closed=True)},
    unit={"CNY": "0.5", "RUB": "0.5"},
    seed=2**63 - 1,
)


def plain(**changes: object) -> dict[str, object]:
    return {**json.loads(json.dumps(GENESIS.as_json())), **changes}


def test_genesis_survives_json_unchanged() -> None:
    assert Genesis.from_json(plain()) == GENESIS


def test_genesis_survives_plain_values_unchanged() -> None:
    assert Genesis.from_json(GENESIS.as_json()) == GENESIS


def test_keys_with_defaults_may_be_absent() -> None:
    least: dict[str, list[str]] = {key: [] for key in ("currencies", "members", "participants", "accounts")}
    genesis = Genesis.from_json({"name": "x", "business_date": "2021-12-15", **least})
    assert genesis == Genesis("x", date(2021, 12, 15), (), (), (), ())


@pytest.mark.parametrize(
    ("changes", "column", "expected", "found"),
    [
        ({"nmae": 1}, "nmae", "one of name, ", "this key"),
        ({"name": 1}, "name", "text", "1"),
        ({"name": "a\0b"}, "name", "text without control characters", r"'a\x00b'"),
        ({"name": "\ud800"}, "name", "text without control characters", r"'\ud800'"),
        ({"business_date": "20211215"}, "business_date", "a date YYYY-MM-DD", "'20211215'"),
        ({"business_date": "2021-02-30"}, "business_date", "a date YYYY-MM-DD", "'2021-02-30'"),
        ({"seed": 1.0}, "seed", "a whole number", "1.0"),
        ({"seed": True}, "seed", "a whole number", "true"),
        ({"seed": 2**63}, "seed", "a whole number within 64 bits", str(2**63)),
        ({"corridors_open": 1}, "corridors_open", "true or false", "1"),
        ({"members": "CN"}, "members", "a list", "'CN'"),
        ({"members": [7]}, "members[0]", "an object", "7"),
        ({"currencies": [["CNY"]]}, "currencies[0]", "a list of 2", "a list of 1"),
        ({"currencies": [["CNY", "2"]]}, "currencies[0][1]", "a whole number", "'2'"),
        ({"accounts": [{"participant": "X"}]}, "accounts[0].currency", "a value", "no such key"),
        ({"schedule": {"open": None}}, "schedule.open", "a whole number", "null"),
        ({"unit": {"CNY": 0.5}}, "unit.CNY", "text", "0.5"),
        ({"unit": []}, "unit", "an object", "a list of 0"),
    ],
)
def test_value_that_does_not_fit_is_named(changes: dict[str, object], column: str, expected: str, found: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        Genesis.from_json(plain(**changes), "record 0")
    (fault,) = raised.value.faults
    assert (fault.file, fault.column, fault.found) == ("record 0", column, found)
    assert fault.expected.startswith(expected)


def test_all_faults_are_reported_together() -> None:
    with pytest.raises(InvalidRequest) as raised:
        Genesis.from_json(plain(name=None, seed="x", rulebook=[]))
    assert [fault.column for fault in raised.value.faults] == ["name", "seed", "rulebook"]


@pytest.mark.parametrize("other", [None, [], "genesis", 3])
def test_other_than_an_object_is_refused(other: object) -> None:
    with pytest.raises(InvalidRequest, match="genesis: expected an object"):
        Genesis.from_json(other)
