"""A day with obligations: cycles on a schedule and on command, and what is reported of them."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from comity.day.folder import run_folder
from comity.day.run import run
from comity.errors import InvalidRequest
from comity.node import verify_file
from tests.day.folders import PAYMENT_HEADER, SETTINGS, write_day
from tests.day.test_run import rows_of

HEADER = "id,debtor,creditor,currency,amount,due,link\n"
RING = "1,ALFA,BETA,CNY,90,2021-12-15,\n2,BETA,GAMA,CNY,80,2021-12-15,\n3,GAMA,ALFA,CNY,70,2021-12-15,\n"
CLEARING = SETTINGS + '[clearing]\nat = ["10:00"]\nmode = "existing"\n'


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a day in which a ring is owed, and one obligation falls due later."""
    folder = tmp_path_factory.mktemp("clearing")
    late = "4,ALFA,GAMA,CNY,5,2021-12-20,\n5,BETA,ALFA,CNY,999999,2021-12-15,\n"
    paid_in = "instant,command,participant,currency,target,amount,value\n08:00:00,transfer_in,BETA,CNY,IN,10,\n"
    day = write_day(folder / "day", CLEARING, obligations=HEADER + RING + late, commands=paid_in)
    run_folder(day, folder / "out")
    return folder / "out"


def test_every_obligation_has_a_row_with_what_became_of_it(out: Path) -> None:
    rows = pq.read_table(out / "instructions.parquet").to_pylist()
    found = [
        (row["id"], row["state"], row["how"], row["discharged_minor"], row["settled_minor"], row["carried_minor"])
        for row in rows
        if row["kind"] == "obligation"
    ]
    assert found == [
        ("1", "STLD", "clearing", 9000, 0, 0),
        ("2", "STLD", "clearing", 7000, 1000, 0),
        ("3", "STLD", "clearing", 7000, 0, 0),
        ("4", "WHSD", "", 0, 0, 500),
        ("5", "PSTL", "", 2000, 0, 99_997_900),
    ]


def test_cycles_are_listed_with_their_bound_and_the_final_clearing_comes_last(out: Path) -> None:
    rows = rows_of(out / "cycles.csv")
    first = tuple(rows[0][name] for name in ("kind", "rule", "items"))
    assert first == ("set-off", "set-off", "4")
    assert rows[0]["at"].endswith("10:00:00Z")
    assert rows[0]["value_minor"] == rows[0]["bound_minor"]
    assert rows[0]["certified"] == "true"
    assert {row["kind"] for row in rows} == {"set-off", "clearing"}
    assert rows[-1]["at"] > rows[0]["at"]


def test_report_of_clearing_adds_up(out: Path) -> None:
    for row in rows_of(out / "clearing.csv"):
        parts = sum(float(row[name]) for name in ("discharged", "settled", "carried"))
        assert float(row["gross"]) == pytest.approx(parts)
        assert float(row["discharged"]) >= float(row["bilateral"])
    people = rows_of(out / "clearing_participants.csv")
    assert sum(float(row["net"]) for row in people) == pytest.approx(0)
    assert rows_of(out / "clearing_corridors.csv")


def test_log_of_a_day_with_clearing_replays_to_its_digest(out: Path) -> None:
    assert verify_file(out / "day.log", check_every=1).records > 0


def test_cycle_on_command_in_ccp_mode_pays_nets_over_the_clearing_account(tmp_path: Path) -> None:
    commands = "instant,command,participant,currency,target,amount,value\n09:00:00,clear,,CNY,,,ccp\n"
    result = run(write_day(tmp_path, SETTINGS, obligations=HEADER + RING, commands=commands))
    assert [given.state for given in result.given] == ["STLD"]
    assert [cycle.rule for cycle in result.cycles] == ["set-off", "ccp"]
    assert result.owed["discharged"].sum() == 24_000
    assert result.owed["paid"].sum() == 0
    clearing = result.engine.accounts.technical("CNY", "clearing")
    assert result.engine.balances()["balance"][clearing] == 0


@pytest.mark.parametrize("mode", ["existing", "ccp"])
def test_money_of_a_cycle_is_what_the_accounts_paid(tmp_path: Path, mode: str) -> None:
    """What stays of the ring is a chain: one by one both of its debts are paid, over the clearing account one net."""
    obligations = HEADER + "1,ALFA,BETA,CNY,90,2021-12-15,\n2,BETA,GAMA,CNY,80,2021-12-15,\n"
    commands = "instant,command,participant,currency,target,amount,value\n09:00:00,clear,,CNY,,," + mode + "\n"
    day = write_day(tmp_path / "day", obligations=obligations, commands=commands, payments=PAYMENT_HEADER)
    run_folder(day, tmp_path / "out")
    [whole] = rows_of(tmp_path / "out" / "clearing.csv")
    assert (whole["discharged"], whole["settled"]) == ("0.00", "170.00")
    people = rows_of(tmp_path / "out" / "clearing_participants.csv")
    balances = [row for row in rows_of(tmp_path / "out" / "balances.csv") if row["currency"] == "CNY"]
    out = {row["participant"]: row["out"] for row in balances}
    moved = {row["participant"]: (row["money_paid"], row["money_received"]) for row in people}
    if mode == "ccp":
        assert whole["money"] == "90.00"
        assert moved == {"ALFA": ("90.00", "0.00"), "BETA": ("0.00", "10.00"), "GAMA": ("0.00", "80.00")}
        assert {name: paid for name, (paid, _) in moved.items()} == {name: out[name] for name in moved}
    else:
        assert whole["money"] == "170.00"
        assert moved == {"ALFA": ("90.00", "0.00"), "BETA": ("80.00", "90.00"), "GAMA": ("0.00", "80.00")}


def test_summary_counts_what_was_cleared(tmp_path: Path) -> None:
    result = run(write_day(tmp_path, CLEARING, obligations=HEADER + RING))
    block = result.summary()["currencies"]
    assert isinstance(block, dict)
    assert block["CNY"]["clearing_value_minor"] == 24_000
    assert result.owed["carried"].sum() == 0


@pytest.mark.parametrize("end", ["17:00", "18:00"])
def test_final_clearing_runs_even_if_the_day_ends_with_its_last_cutoff(tmp_path: Path, end: str) -> None:
    phases = '[phases]\nopen = "01:00"\ncustomer_cutoff = "16:00"\ninterbank_cutoff = "17:00"\nend = "' + end + '"\n'
    settings = 'name = "T"\nbusiness_date = 2021-12-15\n' + phases + '[clearing]\nmode = "existing"\n'
    result = run(write_day(tmp_path, settings, obligations=HEADER + RING))
    assert result.owed["discharged"].sum() == 21_000


def test_corridor_cap_binds_what_is_paid_one_by_one_and_not_the_nets(tmp_path: Path) -> None:
    capped = "kind,debtor,creditor,currency,amount\ncorridor,CN,JP,CNY,0\n"
    one = "1,ALFA,BETA,CNY,1,2021-12-15,\n"
    paid = {}
    for mode in ("existing", "ccp"):
        folder = tmp_path / mode
        folder.mkdir()
        settings = SETTINGS + f'[clearing]\nmode = "{mode}"\n'
        result = run(write_day(folder, settings, obligations=HEADER + one, limits=capped))
        paid[mode] = sum(each.paid for cycle in result.cleared for each in cycle.currencies)
    assert paid == {"existing": 0, "ccp": 1}


def test_partly_discharged_obligation_counts_in_the_summary_with_its_part(tmp_path: Path) -> None:
    rows = "1,ALFA,BETA,CNY,12,2021-12-15,\n2,BETA,ALFA,CNY,5,2021-12-15,\n3,ALFA,BETA,CNY,99999,2021-12-15,\n"
    result = run(write_day(tmp_path, CLEARING, obligations=HEADER + rows))
    block = result.summary()["currencies"]
    assert isinstance(block, dict)
    assert block["CNY"]["clearing_value_minor"] == result.owed["discharged"].sum() + result.owed["paid"].sum()


def test_repeated_obligation_is_in_no_cycle(tmp_path: Path) -> None:
    once = "1,ALFA,BETA,CNY,12,2021-12-15,\n"
    rows = run(write_day(tmp_path, CLEARING, obligations=HEADER + once + once)).to_arrow().to_pylist()
    owed = [row for row in rows if row["kind"] == "obligation"]
    assert [row["state"] for row in owed][1] == "repeated"
    assert owed[1]["cycle"] is None


def test_clearing_outside_the_open_hours_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"clearing\.at"):
        run(write_day(tmp_path, SETTINGS + '[clearing]\nat = ["23:00"]\n'))
