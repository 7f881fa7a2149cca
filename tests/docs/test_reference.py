"""The reference documents name exactly what the code accepts."""

import re
import tomllib
from pathlib import Path

import comity
from comity.day import imbalance, trade_flows
from comity.day.entries import PAYMENTS_SHAPE, PVPS_SHAPE
from comity.day.read import read_day
from comity.model.command_shape import SHAPES
from comity.model.reason import Reason, State

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"


def _first_cells(text: str) -> list[str]:
    return re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE)


def test_every_command_is_in_the_reference_and_no_other() -> None:
    named = {
        name for cell in _first_cells((REFERENCE / "commands.md").read_text()) for name in re.findall(r"`(\w+)`", cell)
    }
    assert named == set(SHAPES) - {"phase"}


def test_columns_of_payments_and_pvp_are_those_that_are_read() -> None:
    text = (REFERENCE / "day.md").read_text()
    for file, shape in (("payments.csv", PAYMENTS_SHAPE), ("pvp.csv", PVPS_SHAPE)):
        (line,) = re.findall(rf"^\| `{file}`\? \| (.*) \|$", text, re.MULTILINE)
        plain = re.sub(r"\([^)]*\)", "", line)
        required = tuple(name.strip() for name in plain.split(",") if not name.strip().endswith("?"))
        optional = tuple(name.strip()[:-1] for name in plain.split(",") if name.strip().endswith("?"))
        assert (required, optional) == (shape.required, shape.optional)


def test_settings_shown_are_accepted(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", (REFERENCE / "day.md").read_text(), re.DOTALL)
    assert tomllib.loads(shown)["phases"]["open"] == "01:00"
    for path in (ROOT / "examples" / "two-countries").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "union.toml").write_text(shown)
    assert read_day(tmp_path).genesis.name == "Example union"


def test_every_public_name_of_clearing_unions_is_in_the_reference_and_no_other() -> None:
    text = (REFERENCE / "unions.md").read_text().split("##")[0]
    assert sorted(name for cell in _first_cells(text) for name in re.findall(r"`(\w+)`", cell)) == sorted(
        comity.union.__all__
    )


def test_columns_of_trade_tables_and_forecasts_are_those_of_the_reference() -> None:
    text = re.sub(r"\([^)]*\)", "", (REFERENCE / "unions.md").read_text())
    for form, shape in (("plain", trade_flows.PLAIN), ("IMF Direction of Trade", trade_flows.DOTS)):
        (line,) = re.findall(rf"^\| {form} \| (.*) \|$", text, re.MULTILINE)
        assert re.sub(r"[ ?]", "", line).split(",") == list(shape.known)
    for file, columns in (("forecast", imbalance.CORRIDORS), ("by_month", imbalance.BY_MONTH)):
        assert f"| `{file}.csv` | {', '.join(columns)}: " in text


def test_every_state_and_code_of_a_reason_is_in_the_glossary() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text()
    assert [state.name for state in State if state and state.name not in text] == []
    assert [reason.code for reason in Reason if reason.code not in text] == []
