"""How the program starts, helps, and refuses to start."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = (
    "demo",
    "run",
    "generate",
    "offset",
    "forecast",
    "clear",
    "auction",
    "rates",
    "membership",
    "screen",
    "serve",
    "operator",
    "verify",
    "certificate",
    "backup",
    "restore",
    "pay",
    "pvp",
    "status",
    "explain",
    "cancel",
    "positions",
    "queue",
    "participants",
    "approvals",
    "approve",
    "reject",
    "cases",
    "case",
    "verdict",
    "lists",
    "load-list",
    "events",
    "advance",
    "conformance",
)
OBLIGATIONS = Path(__file__).resolve().parents[2] / "examples" / "clearing" / "obligations.csv"
HEAVY = ("numpy", "numba", "pyarrow", "duckdb", "apsw", "asyncio", "rich")


def _comity(*words: str, flags: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, *flags, "-m", "comity.cli", *words]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def test_help_names_every_command() -> None:
    answer = _comity("--help")
    assert answer.returncode == 0
    assert re.findall(r"^  ([\w-]+)  +[A-Z]", answer.stdout.split("Commands:")[1], re.MULTILINE) == list(COMMANDS)


def test_help_says_every_command_in_whole_words() -> None:
    assert "..." not in _comity("--help").stdout.split("Commands:")[1]


def test_help_imports_nothing_heavy() -> None:
    """Help answers within 0.3 s because of what it leaves alone; the clock of a busy machine proves nothing."""
    answer = _comity("--help", flags=("-X", "importtime"))
    imported = set(re.findall(r"\| +([\w.]+)$", answer.stderr, re.MULTILINE))
    assert "typer" in imported
    assert imported & set(HEAVY) == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_shows_an_example(command: str) -> None:
    answer = _comity(command, "--help")
    assert answer.returncode == 0
    assert f"Example: comity {command}" in answer.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_offered(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", f"/bin/{shell}")
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    answer = _comity("--show-completion", shell)
    assert answer.returncode == 0
    assert "_COMITY_COMPLETE" in answer.stdout


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="no such signal here")
@pytest.mark.parametrize("words", [("--help",), ("clear", str(OBLIGATIONS), "--json", "--out", "out")])
def test_output_that_nobody_reads_ends_the_program_quietly(words: tuple[str, ...], tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    line = [sys.executable, "-m", "comity.cli", *words]
    answer = subprocess.run(line, cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (answer.returncode, answer.stderr) == (-signal.SIGPIPE, "")
    if "--out" in words:
        assert [path.name for path in tmp_path.iterdir()] == ["out"]
        assert (tmp_path / "out" / "summary.json").is_file()


def test_version_is_that_of_the_package() -> None:
    assert re.fullmatch(r"comity \d+\.\d+\.\d+\S*\n", _comity("--version").stdout)


@pytest.mark.parametrize(
    "words", [(), ("nonsense",), ("run",), ("run", "day"), ("verify", "a", "b"), ("demo", "--payments", "0")]
)
def test_wrong_usage_ends_with_2(words: tuple[str, ...]) -> None:
    assert _comity(*words).returncode == 2


def test_optimised_python_is_refused() -> None:
    answer = _comity("--help", flags=("-O",))
    assert answer.returncode == 2
    assert "python -O" in answer.stderr


@pytest.mark.parametrize(
    "words", [("run", "nowhere", "--out", "out"), ("verify", "nowhere.log"), ("backup", "nowhere.log", "x")]
)
def test_input_that_does_not_exist_ends_with_2_and_is_named(words: tuple[str, ...], tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "comity.cli", *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 2
    assert "nowhere" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert list(tmp_path.iterdir()) == []
