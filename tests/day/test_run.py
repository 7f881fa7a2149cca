"""Running a day: order at one instant, offsetting, figures, and what stands in OUT."""

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from comity.day.folder import run_folder
from comity.day.read import read_day
from comity.day.result import DayResult
from comity.day.run import run
from comity.day.write import staged
from comity.errors import Conflict, EnvironmentFailed, InvalidRequest
from comity.report.write import write_report
from tests.day.folders import PAYMENT_HEADER, PVP_HEADER, SETTINGS, write_day

RING = (
    "id,instant,debtor,creditor,currency,amount\n"
    "A,09:00:00,ALFA,BETA,CNY,500\nB,09:01:00,BETA,GAMA,CNY,500\nC,09:02:00,GAMA,ALFA,CNY,500\n"
)
OFFSETTING = SETTINGS + '[offsetting]\nat = ["10:00"]\n'

Row = dict[str, object]


def run_files(folder: Path, settings: str = SETTINGS, **files: str) -> DayResult:
    return run(write_day(folder, settings, **files))


def states(result: DayResult) -> list[tuple[object, object]]:
    return [(row["state"], row["reason"]) for row in result.to_arrow().to_pylist()]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a day with something of everything."""
    folder = tmp_path_factory.mktemp("everything")
    day = write_day(
        folder / "day",
        OFFSETTING,
        payments=RING
        + "A,09:30:00,ALFA,BETA,CNY,500\nA,09:30:00,ALFA,BETA,CNY,501\nD,09:31:00,BETA,ALFA,JPY,7\n"
        + "E,09:32:00,BETA,ALFA,KWD,-1\nF,16:30:00,BETA,ALFA,KWD,1\nG,11:00:00,BETA,ALFA,KWD,100.001\n",
        pvp=PVP_HEADER.replace("\n", ",entered_by\n")
        + "X,12:00:00,ALFA,BETA,CNY,1,JPY,20,both\nY,12:01:00,ALFA,BETA,CNY,2,JPY,40,seller\n"
        + "Y,12:02:00,ALFA,BETA,CNY,2,JPY,40,buyer\nZ,12:03:00,ALFA,BETA,CNY,3,JPY,60,seller\n",
        commands="instant,command,participant,currency,target,amount,value\n"
        "08:00:00,transfer_in,ALFA,KWD,IN1,5.000,\n08:00:00,transfer_out,ALFA,KWD,OUT1,999.000,\n",
        rates="date,base,quote,rate,source\n2021-12-15,CNY,JPY,20,x\n2021-12-15,KWD,CNY,20,x\n2021-12-15,CLF,CNY,200,x\n",
    )
    run_folder(day, folder / "out")
    return folder / "out"


@pytest.fixture(scope="module")
def instructions(out: Path) -> dict[tuple[str, int], Row]:
    rows: list[Row] = pq.read_table(out / "instructions.parquet").to_pylist()
    return {(str(row["file"]), int(str(row["row"]))): row for row in rows}


def test_every_input_row_has_one_row_in_order(instructions: dict[tuple[str, int], Row]) -> None:
    assert list(instructions) == [("payments.csv", row) for row in range(1, 10)] + [
        ("pvp.csv", row) for row in range(1, 5)
    ]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (("payments.csv", 1), ("STLD", "", "multilateral", 50_000)),
        (("payments.csv", 4), ("repeated", "", "", 0)),
        (("payments.csv", 5), ("RJTD", "AM05", "", 0)),
        (("payments.csv", 6), ("STLD", "", "gross", 7)),
        (("payments.csv", 7), ("RJTD", "AM02", "", 0)),
        (("payments.csv", 8), ("RJTD", "TM01", "", 0)),
        (("payments.csv", 9), ("RJTD", "AM04", "", 0)),
        (("pvp.csv", 1), ("STLD", "", "gross", 100)),
        (("pvp.csv", 4), ("RJTD", "ED05", "", 0)),
    ],
)
def test_outcome_of_a_row(
    instructions: dict[tuple[str, int], Row], place: tuple[str, int], expected: tuple[object, ...]
) -> None:
    row = instructions[place]
    assert (row["state"], row["reason"], row["how"], row["settled_minor"]) == expected


def test_pvp_entered_once_shows_both_legs_and_each_side_its_own(instructions: dict[tuple[str, int], Row]) -> None:
    columns = (
        "debtor",
        "creditor",
        "currency",
        "amount_minor",
        "counter_currency",
        "counter_amount_minor",
        "bought_minor",
    )
    shown = [tuple(instructions["pvp.csv", row][column] for column in columns) for row in (1, 2, 3)]
    assert shown == [
        ("ALFA", "BETA", "CNY", 100, "JPY", 20, 20),
        ("ALFA", "BETA", "CNY", 200, None, None, 0),
        ("BETA", "ALFA", "JPY", 40, None, None, 0),
    ]
    assert {instructions["pvp.csv", row]["state"] for row in (2, 3)} == {"STLD"}


def test_three_instants_of_a_row(instructions: dict[tuple[str, int], Row]) -> None:
    ring = instructions["payments.csv", 1]
    assert [str(ring[name])[11:19] for name in ("entered_at", "irrevocable_at", "final_at")] == [
        "09:00:00",
        "10:00:00",
        "10:00:00",
    ]
    assert instructions["payments.csv", 4]["final_at"] is None
    assert instructions["payments.csv", 5]["entered_at"] == instructions["payments.csv", 5]["final_at"]
    pair = instructions["pvp.csv", 2]
    assert [str(pair[name])[11:19] for name in ("entered_at", "irrevocable_at")] == ["12:01:00", "12:02:00"]


def test_cycle_is_listed_with_its_bound_and_named_by_its_rows(
    out: Path, instructions: dict[tuple[str, int], Row]
) -> None:
    (cycle,) = [row for row in rows_of(out / "cycles.csv") if int(row["items"])]
    assert cycle == {
        "cycle": "1",
        "at": "2021-12-15T10:00:00Z",
        "kind": "offsetting",
        "rule": "fifo",
        "currency": "CNY",
        "items": "3",
        "value_minor": "150000",
        "bound_minor": "150000",
        "certified": "true",
        "proposer": "node",
        "refused": "",
    }
    assert [instructions["payments.csv", row]["cycle"] for row in (1, 2, 3, 6)] == [1, 1, 1, None]


def test_balances_close_with_what_came_in_and_went_out(out: Path) -> None:
    lines = {(row["participant"], row["currency"]): row for row in rows_of(out / "balances.csv")}
    alfa = lines["ALFA", "CNY"]
    assert [alfa[name] for name in ("opening", "in", "out", "closing", "lowest", "credit_used_max")] == [
        *("100.00", "500.00", "503.00", "97.00", "97.00", "0.00"),
    ]
    assert lines["ALFA", "KWD"]["in"] == "5.000"
    assert lines["clearing", "JPY"]["closing"] == "0"
    assert (lines["CN", "CNY"]["kind"], lines["CN", "CNY"]["closing"]) == ("issuer", "-300.00")
    for currency in ("CNY", "JPY", "KWD", "CLF"):
        assert sum(float(row["closing"]) for key, row in lines.items() if key[1] == currency) == 0


def test_summary_counts_legs_by_currency_and_rows_in_all(out: Path) -> None:
    summary = json.loads((out / "summary.json").read_text())
    cny, total = summary["currencies"]["CNY"], summary["total"]
    assert (cny["instructions"], cny["settled"], cny["rejected"]) == (7, 5, 2)
    assert (cny["value_minor"], cny["settled_value_minor"]) == (150_600, 150_300)
    assert (cny["multilateral_value_minor"], cny["gross_value_minor"], cny["clearing_value_minor"]) == (150_000, 300, 0)
    assert cny["waiting_max"] == 3
    assert (total["instructions"], total["repeated"], total["settled"], total["rejected"]) == (13, 1, 7, 5)
    assert set(summary) == {"currencies", "total", "digest", "log_head", "engine", "seed"}
    assert (len(summary["digest"]), len(summary["log_head"])) == (32, 64)


def test_total_is_in_hundredths_of_the_unit_of_account(out: Path) -> None:
    """A basket of a quarter of 1 CNY, 1 JPY (0.05 CNY), 1 KWD (20 CNY) and 1 CLF (200 CNY) is worth 55.2625 CNY."""
    summary = json.loads((out / "summary.json").read_text())
    blocks = summary["currencies"]
    cny = blocks["CNY"]["value_minor"] / 100 + blocks["JPY"]["value_minor"] * 0.05 + blocks["KWD"]["value_minor"] / 50
    assert summary["total"]["value_minor"] == round(cny / 55.2625 * 100)


def test_commands_are_answered_in_a_file_of_their_own(out: Path) -> None:
    rows = rows_of(out / "commands.csv")
    assert [(row["row"], row["command"], row["state"], row["reason"]) for row in rows] == [
        ("1", "transfer_in", "STLD", ""),
        ("2", "transfer_out", "RJTD", "AM04"),
    ]


def test_total_is_null_without_rates(tmp_path: Path) -> None:
    total = run_files(tmp_path).summary()["total"]
    assert isinstance(total, dict)
    assert (total["instructions"], total["value_minor"], total["delay_indicator"]) == (1, None, None)


def test_same_day_gives_the_same_bytes(tmp_path: Path) -> None:
    day = write_day(tmp_path / "day", OFFSETTING, payments=RING)
    for name in ("one", "two"):
        run_folder(day, tmp_path / name)
    one, two = (contents(tmp_path / name) for name in ("one", "two"))
    assert "day.log" in one
    assert [name for name in sorted({*one, *two}) if one.get(name) != two.get(name)] == ["timing.json"]


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


# Order at one instant


def test_at_one_instant_commands_come_first_then_payments_then_pvp_then_offsetting(tmp_path: Path) -> None:
    result = run_files(
        tmp_path,
        payments=PAYMENT_HEADER
        + "P,09:00:00,ALFA,BETA,CNY,140\nQ,09:00:00,GAMA,ALFA,JPY,300\nR,09:00:00,ALFA,GAMA,JPY,300\n",
        pvp=PVP_HEADER + "X,09:00:00,ALFA,GAMA,CNY,10,KWD,1\n",
        commands="instant,command,participant,currency,amount\n09:00:00,offset,,,\n09:00:00,transfer_in,ALFA,CNY,50\n",
    )
    table = result.to_arrow().to_pylist()
    assert [(row["id"], row["how"]) for row in table] == [
        *(("P", "gross"), ("Q", "bilateral"), ("R", "bilateral"), ("X", "gross")),
    ]


def test_entries_of_one_instant_are_in_the_file_before_a_later_pvp(tmp_path: Path) -> None:
    result = run_files(
        tmp_path,
        payments=PAYMENT_HEADER + "P,09:00:00,ALFA,BETA,CNY,95\nQ,09:00:02,ALFA,BETA,CNY,5\n",
        pvp=PVP_HEADER + "X,09:00:01,ALFA,BETA,CNY,6,JPY,1\n",
    )
    assert [state for state, _ in states(result)] == ["STLD", "STLD", "RJTD"]


def test_payment_at_the_cut_off_is_late_and_offsetting_at_it_still_counts(tmp_path: Path) -> None:
    late = RING + "L,16:00:00,ALFA,BETA,CNY,1\n"
    settled = run_files(tmp_path / "with", SETTINGS + '[offsetting]\nevery = "23h"\n', payments=late)
    assert states(settled) == [("STLD", "")] * 3 + [("RJTD", "TM01")]
    unsettled = run_files(tmp_path / "without", SETTINGS, payments=late)
    assert states(unsettled) == [("RJTD", "AM04")] * 3 + [("RJTD", "TM01")]


def test_extended_cut_off_takes_what_would_have_been_late(tmp_path: Path) -> None:
    commands = "instant,command,target,value\n15:00:00,extend,customer_cutoff,16:30:00\n"
    payments = PAYMENT_HEADER + "P,16:10:00,ALFA,BETA,CNY,1\nQ,16:30:00,ALFA,BETA,CNY,1\n"
    assert states(run_files(tmp_path, payments=payments, commands=commands)) == [("STLD", ""), ("RJTD", "TM01")]


def test_extension_of_one_currency_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    commands = "instant,command,currency,target,value\n15:00:00,extend,CNY,customer_cutoff,16:30:00\n"
    payments = PAYMENT_HEADER + "P,16:10:00,ALFA,BETA,CNY,1\nQ,16:10:00,ALFA,BETA,JPY,1\n"
    assert states(run_files(tmp_path, payments=payments, commands=commands)) == [("STLD", ""), ("RJTD", "TM01")]


def test_extension_that_comes_too_late_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    commands = "instant,command,target,value\n16:05:00,extend,customer_cutoff,16:30:00\n"
    payments = PAYMENT_HEADER + "P,16:10:00,ALFA,BETA,CNY,1\n"
    result = run_files(tmp_path, payments=payments, commands=commands)
    assert states(result) == [("RJTD", "TM01")]
    assert [given.reason for given in result.given] == ["TM01"]


def test_what_comes_after_the_end_of_the_day_is_refused(tmp_path: Path) -> None:
    """The extension makes 19:00 an instant of the day for who reads it, but is given too late to hold."""
    commands = "instant,command,target,value\n18:30:00,extend,end,20:00:00\n"
    result = run_files(tmp_path, payments=PAYMENT_HEADER + "P,19:00:00,ALFA,BETA,CNY,1\n", commands=commands)
    assert states(result) == [("RJTD", "TM01")]
    assert [given.reason for given in result.given] == ["TM01"]


def test_offsetting_on_command_uses_its_rule_and_currencies(tmp_path: Path) -> None:
    commands = "instant,command,currency,value\n10:00:00,offset,JPY,fifo\n11:00:00,offset,CNY,all-or-nothing\n"
    result = run_files(tmp_path, payments=RING, commands=commands)
    assert states(result) == [("STLD", "")] * 3
    assert [(cycle.rule, cycle.items) for cycle in result.cycles if cycle.items] == [("all-or-nothing", 3)]


def test_day_by_the_rule_best_settles_what_a_large_payment_holds_up_under_fifo(tmp_path: Path) -> None:
    payments = PAYMENT_HEADER + (
        "A,09:00:00,ALFA,BETA,CNY,1000\nB,09:01:00,ALFA,GAMA,CNY,110\nC,09:02:00,GAMA,ALFA,CNY,110\n"
    )
    settled = {}
    for rule in ("fifo", "best"):
        settings = "entry_offsetting = false\n" + OFFSETTING + f'rule = "{rule}"\n'
        result = run_files(tmp_path / rule, settings, payments=payments)
        settled[rule] = [state for state, _ in states(result)]
        assert {cycle.refused for cycle in result.cycles} == {""}
        assert all(cycle.bound_minor >= cycle.value_minor for cycle in result.cycles)
    assert settled == {"fifo": ["RJTD"] * 3, "best": ["RJTD", "STLD", "STLD"]}


def test_ring_settles_in_a_pass_after_a_limit_in_its_way_was_removed(tmp_path: Path) -> None:
    commands = (
        "instant,command,participant,currency,target,amount,value\n"
        "09:10:00,limit,ALFA,CNY,BETA,1,bilateral\n09:20:00,limit,ALFA,CNY,BETA,,bilateral\n"
    )
    result = run_files(tmp_path, OFFSETTING, payments=RING, commands=commands)
    assert states(result) == [("STLD", "")] * 3


def test_pass_after_a_payment_expired_is_accepted_at_the_first_proposal(tmp_path: Path) -> None:
    expiring = (
        RING.replace("amount\n", "amount,latest\n", 1).replace("500\n", "500,\n").replace("500,\n", "500,09:30\n", 1)
    )
    others = "D,09:03:00,ALFA,BETA,JPY,500,\nE,09:04:00,BETA,ALFA,JPY,500,\n"
    settings = "entry_offsetting = false\n" + OFFSETTING
    result = run_files(tmp_path, settings, payments=expiring + others)
    assert [state for state, _ in states(result)] == ["RJTD", "RJTD", "RJTD", "STLD", "STLD"]
    assert {cycle.refused for cycle in result.cycles} == {""}


def test_every_pass_leaves_a_trace_in_each_currency_in_which_something_waited(tmp_path: Path) -> None:
    settings = SETTINGS + '[offsetting]\nat = ["08:00", "10:00", "11:00"]\n'
    payments = RING + "D,09:03:00,ALFA,BETA,JPY,999\n"
    run_folder(write_day(tmp_path / "day", settings, payments=payments), tmp_path / "out")
    rows = rows_of(tmp_path / "out" / "cycles.csv")
    shown = ("cycle", "at", "rule", "currency", "items", "value_minor", "bound_minor", "certified", "proposer")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        ("1", "2021-12-15T08:00:00Z", "fifo", "", "0", "0", "0", "true", ""),
        ("2", "2021-12-15T10:00:00Z", "fifo", "CNY", "3", "150000", "150000", "true", "node"),
        ("2", "2021-12-15T10:00:00Z", "fifo", "JPY", "0", "0", "0", "true", "node"),
        ("3", "2021-12-15T11:00:00Z", "fifo", "JPY", "0", "0", "0", "true", "node"),
        ("4", "2021-12-15T16:00:00Z", "fifo", "JPY", "0", "0", "0", "true", "node"),
        ("5", "2021-12-15T17:00:00Z", "fifo", "", "0", "0", "0", "true", ""),
    ]
    assert "5 offsetting passes" in write_report(tmp_path / "out", tmp_path / "day").read_text(encoding="utf-8")


# Published figures


EIGHT = ("A>B 60", "B>A 40", "B>C 50", "C>A 30", "A>C 45", "C>B 35", "A>B 20", "B>A 55")
TICKS = '[phases]\ncustomer_cutoff = "09:10"\ninterbank_cutoff = "09:10"\n'


@pytest.mark.parametrize(
    ("opening_of_a", "entry_offsetting", "bypass", "settled", "delay"),
    [
        (0, "false", "false", 0, 1.0),
        (30, "false", "false", 0, 1.0),
        (60, "false", "false", 335, 0.0),
        (0, "false", "true", 0, 1.0),
        (30, "false", "true", 135, 0.761),
        (60, "false", "true", 335, 0.0),
        (0, "true", "false", 0, 1.0),
        (30, "true", "false", 180, 0.332),
        (60, "true", "false", 335, 0.0),
        (0, "true", "true", 85, 0.812),
        (30, "true", "true", 200, 0.296),
        (60, "true", "true", 335, 0.0),
    ],
)
def test_eight_payments_settle_as_published(
    tmp_path: Path, opening_of_a: int, entry_offsetting: str, bypass: str, settled: int, delay: float
) -> None:
    settings = SETTINGS + f"entry_offsetting = {entry_offsetting}\nbypass_normal = {bypass}\n"
    payments = PAYMENT_HEADER
    for tick, text in enumerate(EIGHT):
        parties, amount = text.split()
        payments += f"{tick},09:0{tick}:00,{parties[0]},{parties[2]},JPY,{amount}\n"
    result = run_files(
        tmp_path,
        settings + TICKS,
        members="member,currency,name\nJP,JPY,Japan\n",
        participants="participant,member,name\nA,JP,A\nB,JP,B\nC,JP,C\n",
        accounts=f"participant,currency,opening,credit_limit\nA,JPY,{opening_of_a},0\nB,JPY,30,0\nC,JPY,0,0\n",
        payments=payments,
    )
    summary = result.summary()["currencies"]
    assert isinstance(summary, dict)
    block = summary["JPY"]
    assert (block["value_minor"], block["settled_value_minor"]) == (335, settled)
    assert round(block["delay_indicator"], 3) == delay
    assert (block["liquidity_upper_bound_minor"], block["liquidity_lower_bound_minor"]) == (90, 30)


# OUT


def test_out_with_something_in_it_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("keep")
    with pytest.raises(Conflict):
        run_folder(tmp_path / "no day", tmp_path / "out")
    with pytest.raises(Conflict):
        run_folder(tmp_path / "no day", tmp_path / "out" / "mine")
    run_folder(write_day(tmp_path / "day"), tmp_path / "out", force=True)
    assert not (tmp_path / "out" / "mine").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["day", "out"]


def test_day_that_cannot_be_read_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest):
        run_folder(write_day(tmp_path / "day", payments="nonsense\n"), tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["day"]


def fill_the_disk(target: Path) -> None:
    with staged(target, force=True) as folder:
        (folder / "new").write_text("new")
        raise OSError(28, "No space left on device")


def test_error_while_writing_leaves_out_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "old").write_text("old")
    with pytest.raises(EnvironmentFailed, match="No space left"):
        fill_the_disk(target)
    assert [path.name for path in target.iterdir()] == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_out_below_a_file_is_an_environment_that_failed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFailed), staged(tmp_path / "file" / "out"):
        pass


def test_day_read_once_can_be_run_again(tmp_path: Path) -> None:
    day = read_day(write_day(tmp_path, OFFSETTING, payments=RING))
    assert states(run(day)) == states(run(day)) == [("STLD", "")] * 3
