"""Rows of commands.csv become canonical commands, or say everything that is wrong with them."""

import csv
from datetime import date

import pytest

from comity.errors import InvalidRequest
from comity.model.command import Command
from comity.model.command_row import COLUMNS, command_of_row
from comity.model.command_shape import SHAPES
from comity.model.instant import format_instant

DAY = date(2021, 12, 15)
EXPONENTS = {"CNY": 2, "RUB": 2, "JPY": 0, "KWD": 3}

GOOD = """
09:00 , transfer_in  , B  , KWD     ,           , 1.5     ,
09:00 , transfer_out , B  , JPY     , order 8   , 1500    , 16:30
09:00 , confirm_out  , B  , JPY     , order 8   ,         ,
09:00 , reconcile    , RU , RUB     ,           , -0.01   ,
09:00 , credit       , B  , RUB     ,           , 10      ,
09:00 , limit        , B  , RUB     , C         , 10      ,
09:00 , limit        , B  , RUB     ,           ,         ,
09:00 , limit        , CN , RUB     , RU        , 10      , corridor
09:00 , reserve      , B  , RUB     ,           , 10      , high
09:00 , freeze       , B  , RUB     ,           , 10      ,
09:00 , unfreeze     , B  , RUB     ,           , 10      ,
09:00 , cancel       , B  ,         , p1        ,         ,
09:00 , agree_cancel , B  ,         , p1        ,         ,
09:00 , reprioritise , B  ,         , p1        ,         , urgent
09:00 , reorder      , B  ,         , p1        ,         , end
09:00 , hold         , B  ,         , p1        ,         ,
09:00 , release      , B  ,         , p1        ,         ,
09:00 , refuse       , B  ,         , p1        ,         ,
09:00 , close        ,    ,         , CN   RU   ,         ,
09:00 , close        ,    , CNY     ,           ,         , 15:00
09:00 , open         , B  ,         ,           ,         ,
09:00 , agreement    ,    , KWD RUB , CN RU     , 100     , pvp  payment
09:00 , suspend      , B  ,         ,           ,         , admit
09:00 , resume       , B  ,         ,           ,         , CN
09:00 , extend       ,    ,         , end       ,         , 2021-12-15T21:00:00+03:00
09:00 , offset       ,    , CNY RUB ,           ,         , partial
09:00 , clear        ,    , CNY RUB ,           ,         , ccp
09:00 , auction      ,    ,         ,           ,         ,
09:00 , amend        , B  , RUB     , id 1      , 10      ,
09:00 , lot          ,    , KWD     , RUB       , 0.5     ,
09:00 , lot          ,    , KWD     , RUB       ,         ,
09:00 , tick         ,    , KWD     , JPY       ,         , 0.050
09:00 , exclude      , CN ,         , RU        ,         ,
09:00 , include      , CN ,         , RU        ,         ,
09:00 , decide       ,    , CNY RUB , the bank  ,         , ana bo
09:00 , set          ,    ,         , bypass_normal ,     , true
09:00 , standing     , B  , RUB     ,           , -10     ,
09:00 , floor        , B  , KWD     ,           , 1       , 2.5
09:00 , ceiling      , B  , JPY     ,           , 100     , 50
"""


def row_of(line: str) -> dict[str, str]:
    return dict(zip(COLUMNS, (cell.strip() for cell in next(csv.reader([line]))), strict=True))


def row(**cells: str) -> dict[str, str]:
    return {"instant": "09:00", **cells}


def faults(cells: dict[str, str]) -> list[tuple[str, str, str]]:
    with pytest.raises(InvalidRequest) as raised:
        command_of_row(cells, ("commands.csv", 7), DAY, EXPONENTS)
    assert all((fault.file, fault.row) == ("commands.csv", 7) for fault in raised.value.faults)
    return [(fault.column, fault.expected, fault.found) for fault in raised.value.faults]


@pytest.mark.parametrize("line", GOOD.strip().splitlines())
def test_row_becomes_a_command_that_survives_json(line: str) -> None:
    instant, command = command_of_row(row_of(line), ("commands.csv", 1), DAY, EXPONENTS)
    assert format_instant(instant) == "2021-12-15T09:00:00Z"
    assert Command.from_json(command.to_json()) == command


def test_rows_show_every_command_that_people_write() -> None:
    assert {row_of(line)["command"] for line in GOOD.strip().splitlines()} == set(SHAPES) - {"phase"}


@pytest.mark.parametrize(
    ("cells", "command"),
    [
        (
            row(command="decide", currency=" CNY  RUB", target="the bank", value="ana  bo"),
            Command("decide", "", "CNY RUB", "the bank", None, "2021-12-15 ana bo"),
        ),
        (
            row(command="decide", currency="RUB CNY", value="2021-12-14 ana bo"),
            Command("decide", "", "RUB CNY", "", None, "2021-12-14 ana bo"),
        ),
        (
            row(command="transfer_in", participant="B", currency="KWD", amount="1.5"),
            Command("transfer_in", "B", "KWD", "", 1500),
        ),
        (
            row(command="transfer_out", participant="B", currency="JPY", amount="15", value="16:30"),
            Command("transfer_out", "B", "JPY", "", 15, "2021-12-15T16:30:00Z"),
        ),
        (
            row(command="floor", participant="B", currency="KWD", amount="1", value="-2.5"),
            Command("floor", "B", "KWD", "", 1000, "-2500"),
        ),
        (
            row(command="agreement", currency=" KWD  RUB", target="CN  RU ", amount="1", value="pvp  payment"),
            Command("agreement", "", "KWD RUB", "CN RU", 1000, "pvp payment"),
        ),
        (
            row(command="close", currency="CNY", value="15:00"),
            Command("close", "", "CNY", "", None, "2021-12-15T15:00:00Z"),
        ),
        (row(command="lot", currency="KWD", target="RUB", amount="0.5"), Command("lot", "", "KWD", "RUB", 500)),
        (
            row(command="tick", currency="CNY", target="RUB", value="0.050"),
            Command("tick", "", "CNY", "RUB", value="0.05"),
        ),
        (
            row(command="tick", currency="CNY", target="RUB", value="100"),
            Command("tick", "", "CNY", "RUB", value="100"),
        ),
        (row(command="suspend", participant="B", value="admit"), Command("suspend", "B", "", "", None, "home admit")),
        (
            row(command="extend", target="end", value="2021-12-15T21:00:00+03:00"),
            Command("extend", "", "", "end", None, "2021-12-15T18:00:00Z"),
        ),
    ],
)
def test_row_is_brought_into_canonical_form(cells: dict[str, str], command: Command) -> None:
    assert command_of_row(cells, ("commands.csv", 1), DAY, EXPONENTS)[1] == command


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (row(command="auction", value="now"), [("value", "nothing", "'now'")]),
        (row(command="phase", value="open"), [("command", "one of transfer_in, ", "'phase'")]),
        (row(), [("command", "one of transfer_in, ", "''")]),
        ({"instant": "9", "command": ""}, [("instant", "an instant", "'9'"), ("command", "one of ", "''")]),
        ({"command": "offset"}, [("instant", "an instant", "''")]),
        (
            row(command="credit", participant="B", currency="RUB", amount="1.234"),
            [("amount", "at most 2 decimals", "'1.234'")],
        ),
        (
            row(command="credit", participant="B", currency="JPY", amount="1.0"),
            [("amount", "no decimals", "'1.0'")],
        ),
        (row(command="credit", participant="B", currency="RUB"), [("amount", "an amount", "nothing")]),
        (
            row(command="credit", participant="B", currency="USD", amount="x"),
            [("currency", "a currency of this union", "'USD'")],
        ),
        (row(command="credit", participant="B", amount="1"), [("currency", "the currency of the amount", "nothing")]),
        (row(command="offset", currency="CNY USD"), [("currency", "a currency of this union", "'USD'")]),
        (row(command="cancel", participant="B", target="p", amount="1"), [("amount", "nothing for cancel", "'1'")]),
        (
            row(command="floor", participant="B", currency="RUB", amount="1", value="2.345"),
            [("value", "at most 2 decimals", "'2.345'")],
        ),
        (row(command="floor", participant="B", currency="RUB", amount="1"), [("value", "a target balance", "''")]),
        (
            row(command="lot", currency="RUB", target="USD", amount="1"),
            [("target", "a currency of this union", "'USD'")],
        ),
        (row(command="lot", currency="RUB", amount="1"), [("target", "a currency of this union", "''")]),
        *(
            (
                row(command="tick", currency="RUB", target="CNY", value=value),
                [("value", "a decimal above 0", f"'{told}'")],
            )
            for value, told in (("0", "0"), ("0.00", "0."), ("-1", "-1"), ("1/8", "1/8"), ("1" * 15, "1" * 15))
        ),
        (
            row(command="exclude", participant="BANK", target="RU"),
            [("participant", "a member, two capital letters", "'BANK'")],
        ),
        (row(command="extend", target="end", value="25:00"), [("value", "an instant in RFC 3339", "'25:00'")]),
        (row(command="close", currency="CNY", value="later"), [("value", "hold, reject, or an instant", "'later'")]),
        (
            row(command="reserve", participant="a b", currency="RUB", target="t", amount="1,5", value="low"),
            [
                ("amount", "a decimal number", "'1,5'"),
                ("participant", "a code", "'a b'"),
                ("target", "nothing for reserve", "'t'"),
                ("value", "one of urgent, high", "'low'"),
            ],
        ),
    ],
)
def test_everything_wrong_with_a_row_is_named(cells: dict[str, str], expected: list[tuple[str, str, str]]) -> None:
    found = faults(cells)
    assert [(column, said) for column, _, said in found] == [(column, said) for column, _, said in expected]
    assert all(said.startswith(start) for (_, said, _), (_, start, _) in zip(found, expected, strict=True))
