"""The commands of the README, run as they stand there, against the output shown there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def _shown() -> list[tuple[str, str]]:
    """Commands and their output, in the order of the README."""
    steps = []
    for block in BLOCK.findall((ROOT / "README.md").read_text()):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = step.partition("\n")
            steps.append((command, output.strip()))
    return steps


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what `make` reads, with this environment in the place of the one it would make."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy2(ROOT / name, folder)
    shutil.copytree(ROOT / "examples", folder / "examples")
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.prefix) / "bin")
    (folder / ".venv" / ".runs").touch()
    return folder


def test_readme_shows_what_its_commands_print(checkout: Path) -> None:
    steps = _shown()
    assert len(steps) >= 2
    as_users_have_it = {name: value for name, value in os.environ.items() if name != "NUMBA_BOUNDSCHECK"}
    as_users_have_it |= {"MAKEFLAGS": "--no-print-directory", "COLUMNS": "100"}
    for command, shown in steps:
        answer = subprocess.run(
            ["bash", "-c", command], cwd=checkout, env=as_users_have_it, capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, f"{command}: {answer.stderr}"
        assert [line.rstrip() for line in answer.stdout.strip().splitlines()] == shown.splitlines(), command


def test_readme_opens_with_one_sentence() -> None:
    opening = (ROOT / "README.md").read_text().split("\n\n")[1]
    assert len(re.findall(r"[.!?](?:\s|$)", opening)) == 1
