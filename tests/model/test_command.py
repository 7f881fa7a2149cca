"""A command fits its shape, or is refused with every field that does not."""

import json

import pytest

from comity.errors import InvalidRequest
from comity.model.command import AMOUNT_MAX, Command
from comity.model.command_shape import KINDS, SHAPES
from comity.model.instant import parse_instant

EXAMPLES = """
command      | participant | currency | target           | amount | value
phase        |             |          |                  |        | open
phase        |             | CNY      |                  |        | customer_cutoff
transfer_in  | BANKRUMM    | RUB      |                  | 5      |
transfer_in  | BANKRUMM    | RUB      | order 7          | 5      |
transfer_out | BANKRUMM    | RUB      | order 8          | 5      | 2021-12-15T16:30:00Z
confirm_out  | BANKRUMM    | RUB      | order 8          |        |
reconcile    | RU          | RUB      |                  | -5     |
credit       | BANKRUMM    | RUB      |                  | 0      |
limit        | BANKRUMM    | RUB      | BANKCNBJ         | 5      | bilateral
limit        | BANKRUMM    | RUB      |                  |        | multilateral
limit        | BANKRUMM    | RUB      |                  | 5      | holding
limit        | CN          | RUB      | RU               | 5      | corridor
reserve      | BANKRUMM    | RUB      |                  | 5      | urgent
freeze       | BANKRUMM    | RUB      |                  | 5      |
unfreeze     | BANKRUMM    | RUB      |                  | 5      |
cancel       | BANKRUMM    |          | p1               |        |
agree_cancel | BANKRUMM    |          | p1               |        |
reprioritise | BANKRUMM    |          | p1               |        | high
amend        | BANKRUMM    | RUB      | order 1          | 250    |
auction      |             |          |                  |        |
lot          |             | CNY      | RUB              | 10000  |
lot          |             | CNY      | RUB              |        |
tick         |             | CNY      | RUB              |        | 0.005
tick         |             | CNY      | RUB              |        |
exclude      | CN          |          | RU               |        |
include      | CN          |          | RU               |        |
reorder      | BANKRUMM    |          | p1               |        | front
hold         | BANKRUMM    |          | p1               |        |
release      | BANKRUMM    |          | p1               |        |
refuse       | BANKRUMM    |          | p1               |        |
close        |             |          | CN RU            |        | reject
close        | BANKRUMM    |          |                  |        | 2021-12-15T15:00:00.000001Z
open         |             | CNY      |                  |        |
agreement    |             | CNY RUB  | CN RU            | 100    | payment pvp
suspend      | BANKRUMM    |          |                  |        | CN admit
resume       | BANKRUMM    |          |                  |        | home
extend       |             |          | interbank_cutoff |        | 2021-12-15T17:30:00Z
offset       |             |          |                  |        | all-or-nothing
clear        |             | CNY RUB  |                  |        | ccp
decide       |             | CNY RUB  | ECB              |        | 2021-12-15 ana bo
decide       |             | RUB CNY  |                  |        | 2021-12-15 ana
set          |             |          | bypass_normal    |        | false
standing     | BANKRUMM    | RUB      |                  | -5     |
floor        | BANKRUMM    | RUB      |                  | 5      | 10
ceiling      | BANKRUMM    | RUB      |                  | 50     | -10
"""


def commands() -> list[Command]:
    rows = [[cell.strip() for cell in line.split("|")] for line in EXAMPLES.strip().splitlines()[1:]]
    return [
        Command(name, participant, currency, target, int(amount) if amount else None, value)
        for name, participant, currency, target, amount, value in rows
    ]


def misfits(plain: dict[str, object]) -> dict[str, tuple[str, str]]:
    with pytest.raises(InvalidRequest) as raised:
        Command.from_json(plain)
    assert all((fault.file, fault.row) == ("command", 0) for fault in raised.value.faults)
    return {fault.column: (fault.expected, fault.found) for fault in raised.value.faults}


def test_examples_show_every_command() -> None:
    assert {command.command for command in commands()} == set(SHAPES)


@pytest.mark.parametrize("command", commands(), ids=str)
def test_command_survives_json_unchanged(command: Command) -> None:
    assert Command.from_json(json.loads(json.dumps(command.to_json()))) == command


def test_json_leaves_out_what_is_empty() -> None:
    assert Command("offset", value="fifo").to_json() == {"command": "offset", "value": "fifo"}
    assert Command("credit", "B", "RUB", amount_minor=0).to_json()["amount_minor"] == 0


def test_every_kind_of_a_shape_is_defined() -> None:
    kinds = {kind.removesuffix("?") for shape in SHAPES.values() for kind in shape if kind}
    assert kinds - {"amount"} == set(KINDS)


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        ({"command": "close", "currency": "CNY"}, "hold"),
        ({"command": "suspend", "participant": "B"}, "home"),
        ({"command": "resume", "participant": "B"}, "home"),
        ({"command": "offset"}, "fifo"),
        ({"command": "limit", "participant": "B", "currency": "CNY", "target": "C"}, "bilateral"),
        ({"command": "limit", "participant": "B", "currency": "CNY"}, "multilateral"),
    ],
)
def test_what_the_rulebook_takes_for_granted_is_written_out(plain: dict[str, object], value: str) -> None:
    assert Command.from_json(plain).value == value


@pytest.mark.parametrize("command", commands(), ids=str)
def test_missing_required_field_is_named(command: Command) -> None:
    shape = SHAPES[command.command]
    for field in ("participant", "currency", "target", "amount", "value"):
        kind = getattr(shape, field)
        key = "amount_minor" if field == "amount" else field
        if not kind or kind.endswith("?") or kind in {"closing", "suspension", "authority", "rule", "limit"}:
            continue
        assert key in misfits({k: v for k, v in command.to_json().items() if k != key})


@pytest.mark.parametrize("command", commands(), ids=str)
def test_field_that_the_command_does_not_have_is_refused(command: Command) -> None:
    for field in ("participant", "currency", "target", "value"):
        if not getattr(SHAPES[command.command], field):
            assert misfits({**command.to_json(), field: "x"}) == {field: (f"nothing for {command.command}", "'x'")}
    if not SHAPES[command.command].amount:
        found = misfits({**command.to_json(), "amount_minor": 3})
        assert found == {"amount_minor": (f"nothing for {command.command}", "3")}


@pytest.mark.parametrize(
    ("plain", "column", "expected"),
    [
        ({"command": "bid"}, "command", "one of phase, "),
        ({"command": ""}, "command", "one of phase, "),
        ({"command": 7}, "command", "text"),
        ({}, "command", "a value"),
        ({"command": "offset", "rule": "fifo"}, "rule", "one of command, "),
        ({"command": "offset", "value": "fastest"}, "value", "one of fifo, all-or-nothing, partial, greedy"),
        ({"command": "offset", "currency": "CNY CNY"}, "currency", "currencies of ISO 4217"),
        ({"command": "offset", "currency": "CNY  RUB"}, "currency", "currencies of ISO 4217"),
        ({"command": "phase", "value": "noon"}, "value", "one of start, liquidity, open, "),
        ({"command": "phase", "value": "open", "currency": "XAU"}, "currency", "a currency of ISO 4217"),
        ({"command": "cancel", "participant": "a b", "target": "p"}, "participant", "a code"),
        ({"command": "cancel", "participant": "B", "target": "x" * 36}, "target", "an id"),
        ({"command": "cancel", "participant": "B", "target": "a\0"}, "target", "text without control"),
        ({"command": "credit", "participant": "B", "currency": "CNY", "amount_minor": 1.5}, "amount_minor", "a whole"),
        ({"command": "credit", "participant": "B", "currency": "CNY", "amount_minor": True}, "amount_minor", "a whole"),
        (
            {"command": "credit", "participant": "B", "currency": "CNY", "amount_minor": AMOUNT_MAX + 1},
            "amount_minor",
            "at most 18 digits",
        ),
        ({"command": "close", "target": "CN CN"}, "target", "two members"),
        ({"command": "close", "target": "CN RU IN"}, "target", "two members"),
        ({"command": "close", "target": "CN"}, "target", "two members"),
        ({"command": "close"}, "target", "a participant, a currency or a pair"),
        ({"command": "open"}, "target", "a participant, a currency or a pair"),
        ({"command": "close", "currency": "CNY", "value": "16:00"}, "value", "hold, reject, or the instant"),
        ({"command": "suspend", "participant": "B", "value": "admit"}, "value", "home or a member"),
        ({"command": "suspend", "participant": "B", "value": "admit home"}, "value", "home or a member"),
        ({"command": "resume", "participant": "B", "value": "home admit"}, "value", "home or a member"),
        ({"command": "extend", "target": "end", "value": "2021-12-15T16:00:00+00:00"}, "value", "an instant"),
        ({"command": "extend", "target": "open", "value": "2021-12-15T16:00:00Z"}, "target", "one of customer_cutoff"),
        (
            {"command": "decide", "currency": "CNY", "value": "2021-12-15 a b"},
            "currency",
            "two currencies of ISO 4217, a space between",
        ),
        (
            {"command": "decide", "currency": "CNY RUB", "value": "a b"},
            "value",
            "a business date and two names without spaces",
        ),
        (
            {"command": "decide", "currency": "CNY RUB", "value": "2021-12-15 a b c"},
            "value",
            "a business date and two names without spaces",
        ),
        (
            {"command": "decide", "currency": "CNY RUB", "value": "2021-12-15"},
            "value",
            "a business date and two names without spaces",
        ),
        (
            {"command": "decide", "currency": "CNY RUB", "target": "x" * 141, "value": "2021-12-15 a b"},
            "target",
            "a source of rates, up to 140 characters",
        ),
        ({"command": "set", "target": "seed", "value": "true"}, "target", "one of entry_offsetting, bypass_normal"),
        ({"command": "set", "target": "bypass_normal", "value": "no"}, "value", "one of true, false"),
        (
            {"command": "floor", "participant": "B", "currency": "CNY", "amount_minor": 1, "value": "1.50"},
            "value",
            "a target balance",
        ),
        (
            {"command": "floor", "participant": "B", "currency": "CNY", "amount_minor": 1, "value": "-0"},
            "value",
            "a target balance",
        ),
        (
            {"command": "agreement", "currency": "CNY", "target": "CN RU", "value": "payment payment"},
            "value",
            "some of payment, pvp, clearing, conversion",
        ),
        (
            {"command": "limit", "participant": "B", "currency": "CNY", "target": "C", "value": "holding"},
            "target",
            "nothing for a holding limit",
        ),
        (
            {"command": "limit", "participant": "B", "currency": "CNY", "value": "bilateral"},
            "target",
            "the other side of a bilateral limit",
        ),
        (
            {"command": "limit", "participant": "BANKRUMM", "currency": "CNY", "target": "RU", "value": "corridor"},
            "participant",
            "a member, two capital letters",
        ),
    ],
)
def test_field_that_does_not_fit_is_named(plain: dict[str, object], column: str, expected: str) -> None:
    found = misfits(plain)
    assert list(found) == [column]
    assert found[column][0].startswith(expected)


def test_all_misfits_are_reported_together() -> None:
    plain: dict[str, object] = {"command": "reserve", "currency": "cny", "target": "x", "value": "normal"}
    assert list(misfits(plain)) == ["participant", "currency", "target", "value", "amount_minor"]


def test_command_tells_what_must_exist() -> None:
    named = {
        str(command.to_json()): (command.members, command.accounts)
        for command in commands()
        if command.command in {"limit", "agreement", "suspend", "resume", "credit", "cancel"}
    }
    rub = ("BANKRUMM", "RUB")
    assert list(named.values()) == [
        ((), (rub,)),
        ((), (rub, ("BANKCNBJ", "RUB"))),
        ((), (rub,)),
        ((), (rub,)),
        (("CN", "RU"), ()),
        ((), ()),
        (("CN", "RU"), ()),
        (("CN",), ()),
        ((), ()),
    ]


def test_value_is_read_as_what_it_is() -> None:
    assert Command("ceiling", "B", "RUB", "", 50, "-10").value_minor == -10
    extended = Command("extend", target="end", value="2021-12-15T17:30:00Z")
    assert extended.value_instant == parse_instant("2021-12-15T17:30:00Z")
    assert Command("close", currency="CNY").value_instant == 0
    assert Command("offset", currency="CNY RUB").currencies == ("CNY", "RUB")
