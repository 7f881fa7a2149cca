"""The reference documents name exactly what the code accepts."""

import re
import tomllib
from dataclasses import fields
from fractions import Fraction
from pathlib import Path

import msgspec
import pyarrow.parquet as pq

import comity
from comity.api.events import EVENTS
from comity.api.log import LOG
from comity.api.webhooks import WEBHOOKS
from comity.day import imbalance, trade_flows
from comity.day.auction.bands import BANDS_SHAPE
from comity.day.calls import CALLS
from comity.day.entries import DAY_ORDERS_SHAPE, OBLIGATIONS_SHAPE, PAYMENTS_SHAPE, PVPS_SHAPE
from comity.day.folder import run_folder
from comity.day.quotes import COLUMNS as QUOTE_COLUMNS
from comity.day.quotes import OUTCOMES, QUOTES_SHAPE, STEPS
from comity.day.read import read_day
from comity.day.union_file import AUCTION_KEYS, CALL_KEYS, Auctions, Clearing
from comity.model.command_shape import SHAPES
from comity.model.reason import Reason, State
from comity.wire.events import Event, InstructionLeft

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"


def _first_cells(text: str) -> list[str]:
    return re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE)


def test_every_command_is_in_the_reference_and_no_other() -> None:
    named = {
        name for cell in _first_cells((REFERENCE / "commands.md").read_text()) for name in re.findall(r"`(\w+)`", cell)
    }
    assert named == set(SHAPES) - {"phase"}


def test_columns_of_entries_and_bands_are_those_that_are_read() -> None:
    text = (REFERENCE / "day.md").read_text()
    for file, shape in (
        ("payments.csv", PAYMENTS_SHAPE),
        ("pvp.csv", PVPS_SHAPE),
        ("obligations.csv", OBLIGATIONS_SHAPE),
        ("orders.csv", DAY_ORDERS_SHAPE),
        ("bands.csv", BANDS_SHAPE),
        ("quotes.csv", QUOTES_SHAPE),
    ):
        (line,) = re.findall(rf"^\| `{file}`\? \| (.*) \|$", text, re.MULTILINE)
        plain = re.sub(r"\([^)]*\)", "", line).split(":")[0]
        required = tuple(name.strip() for name in plain.split(",") if not name.strip().endswith("?"))
        optional = tuple(name.strip()[:-1] for name in plain.split(",") if name.strip().endswith("?"))
        assert (required, optional) == (shape.required, shape.optional)


def test_settings_of_cycles_and_auctions_shown_are_all_that_there_are() -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", (REFERENCE / "day.md").read_text(), re.DOTALL)
    plain = tomllib.loads(shown)
    assert list(plain["clearing"]) == [field.name for field in fields(Clearing)]
    assert list(plain["auction"]) == [*AUCTION_KEYS, *CALL_KEYS]
    usual = Auctions()
    told = plain["auction"]
    assert (told["ties"], Fraction(told["tolerance"])) == (usual.ties, usual.tolerance)
    assert (told["reference_max_age_days"], told["participants_min"]) == (
        usual.reference_max_age_days,
        usual.participants_min,
    )


def test_files_of_a_day_with_auctions_and_the_columns_of_its_orders_are_in_the_reference(tmp_path: Path) -> None:
    text = (REFERENCE / "day.md").read_text()
    run_folder(ROOT / "examples" / "auction-day", tmp_path / "out")
    written = {path.name for path in (tmp_path / "out").iterdir() if path.is_file()}
    assert {name for name in written if f"`{name}`" not in text} == set()
    (table,) = re.findall(r"in `instructions.parquet` an order.*?\n\n(.*?)\n\n", text, re.DOTALL | re.IGNORECASE)
    named = {name for cell in _first_cells(table) for name in re.findall(r"`(\w+)`", cell)}
    columns = set(pq.read_schema(tmp_path / "out" / "instructions.parquet").names)
    assert named <= columns
    assert {"settled_minor", "bought_minor", "carried_minor", "how"} <= named


def test_columns_steps_and_outcomes_of_quotes_are_in_the_reference(tmp_path: Path) -> None:
    _, _, quotes = (REFERENCE / "day.md").read_text().partition("## Quotes")
    quotes, _, _ = quotes.partition("\n## ")
    cells = [tuple(re.findall(r"`(\w+)`", cell)) for cell in _first_cells(quotes)]
    assert cells[: len(STEPS)] == [(step,) for step in STEPS]
    assert tuple(name for cell in cells[len(STEPS) :] for name in cell) == QUOTE_COLUMNS
    assert [outcome for outcome in OUTCOMES if f"`{outcome}`" not in quotes] == []
    run_folder(ROOT / "examples" / "quotes-day", tmp_path / "out")
    header = (tmp_path / "out" / "quotes.csv").read_text().splitlines()[0]
    assert tuple(header.split(",")) == QUOTE_COLUMNS


def test_columns_of_calls_are_in_the_reference() -> None:
    _, _, calls = (REFERENCE / "day.md").read_text().partition("### Calls")
    table, _, _ = calls.partition("###")
    named = [name for cell in _first_cells(table) for name in re.findall(r"`(\w+)`", cell)]
    assert named == list(CALLS)


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


def test_fields_of_events_and_routes_are_in_the_reference_and_no_others() -> None:
    text = (REFERENCE / "events.md").read_text()
    routes, event, instruction = (
        {name for cell in _first_cells(part) for name in re.findall(r"`([^`]+)`", cell)}
        for part in re.split(r"^## ", text, flags=re.MULTILINE)[:3]
    )
    assert event == {field.name for field in msgspec.structs.fields(Event)}
    assert instruction == {field.name for field in msgspec.structs.fields(InstructionLeft)}
    served = {
        (method, path) for route in (*EVENTS, *LOG, *WEBHOOKS) for method in route.http_methods for path in route.paths
    }
    named = {tuple(each.partition("?")[0].split(" ")) for each in routes if " " in each}
    assert named == {(str(method), re.sub(r"\{(?:webhook|(\w+)):\w+\}", _parameter, path)) for method, path in served}


def _parameter(match: re.Match[str]) -> str:
    return "{" + (match[1] or "id") + "}"
