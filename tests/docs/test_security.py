"""The pages on security say what is so: tables are those of the code, and evidence is there."""

import re
from pathlib import Path

import pytest

from comity.gateway.authority import OPERATIONS
from comity.gateway.consents import RULES

ROOT = Path(__file__).resolve().parents[2]
PAGES = tuple(ROOT / "docs" / "security" / f"{name}.md" for name in ("asvs", "threat-model", "keys"))
STATES = {"done", "part", "open", "site", "n/a"}
ROW = re.compile(r"^\| (\d[\d.]*) \| ([12]) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE)
FILE = re.compile(r"`((?:src|tests|docs)/[\w./-]+|[\w.-]+\.(?:toml|lock|md))`")


def test_table_of_commands_is_that_of_the_code() -> None:
    text = (ROOT / "docs" / "reference" / "authority.md").read_text()
    shown = re.findall(r"^\| `([\w.]+)` \| `([\w.]+)` \| ([\w, ]+) \| ([12]) \|$", text, re.MULTILINE)
    assert shown == [(name, rule.operation, ", ".join(rule.consent), str(rule.eyes)) for name, rule in RULES.items()]


def test_every_role_is_explained() -> None:
    text = (ROOT / "docs" / "reference" / "authority.md").read_text()
    assert {role for roles in OPERATIONS.values() for role in roles} <= set(re.findall(r"`([\w-]+)`", text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_evidence_named_is_there(page: Path) -> None:
    text = page.read_text()
    named = set(FILE.findall(text))
    assert named
    assert [file for file in sorted(named) if not (ROOT / file).exists()] == []


def test_every_requirement_stands_once_with_a_state_and_what_shows_it() -> None:
    rows = ROW.findall((ROOT / "docs" / "security" / "asvs.md").read_text())
    numbers = [number for number, *_ in rows]
    assert len(numbers) == len(set(numbers))
    assert numbers == sorted(numbers, key=lambda number: [int(part) for part in number.split(".")])
    for number, _, _, state, evidence in rows:
        assert state in STATES, number
        assert evidence.strip(), number
