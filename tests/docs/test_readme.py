"""The commands of the README, run as they stand there, against the output shown there.

`python -m tests.docs.test_readme` puts there what they print now.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def _shown() -> list[tuple[str, str]]:
    """Commands and their output, in the order of the README."""
    steps = []
    for block in BLOCK.findall((ROOT / "README.md").read_text()):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = step.partition("\n")
            steps.append((command, output.strip("\n")))
    return steps


def _lay_out(folder: Path) -> None:
    """Copy what `make` reads, with this environment in the place of the one it would make."""
    definitions = folder / "src" / "comity" / "iso20022"
    definitions.mkdir(parents=True)
    shutil.copy2(ROOT / "src" / "comity" / "iso20022" / "definitions.toml", definitions)
    for name in ("Makefile", "pyproject.toml", "requirements.lock", "hatch_build.py"):
        shutil.copy2(ROOT / name, folder)
    shutil.copytree(ROOT / "examples", folder / "examples")
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.prefix) / "bin")
    (folder / ".venv" / ".runs").touch()


def _run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    as_users_have_it = {name: value for name, value in os.environ.items() if name != "NUMBA_BOUNDSCHECK"}
    as_users_have_it |= {"MAKEFLAGS": "--no-print-directory", "COLUMNS": "100"}
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=as_users_have_it, capture_output=True, text=True, check=False
    )


def _printed(answer: subprocess.CompletedProcess[str]) -> str:
    return "\n".join(line.rstrip() for line in answer.stdout.strip("\n").splitlines())


def test_readme_shows_what_its_commands_print(tmp_path: Path) -> None:
    _lay_out(tmp_path)
    steps = _shown()
    assert len(steps) >= 2
    for command, shown in steps:
        answer = _run(command, tmp_path)
        assert answer.returncode == 0, f"{command}: {answer.stderr}"
        assert _printed(answer) == shown, command


def test_python_shown_in_the_readme_runs(tmp_path: Path) -> None:
    _lay_out(tmp_path)
    (shown,) = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    (tmp_path / "shown.py").write_text(shown)
    answer = _run(f"{sys.executable} shown.py", tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert re.fullmatch(r"[0-9a-f]{32} 9\n", answer.stdout)


def test_readme_opens_with_one_sentence() -> None:
    opening = (ROOT / "README.md").read_text().split("\n\n")[1]
    assert len(re.findall(r"[.!?](?:\s|$)", opening)) == 1


def _refresh() -> None:
    """Write the present output of every command into the README."""
    text = (ROOT / "README.md").read_text()
    with tempfile.TemporaryDirectory() as scratch:
        _lay_out(Path(scratch))
        for command, shown in _shown():
            before = f"$ {command}\n{shown}\n"
            assert before in text
            text = text.replace(before, f"$ {command}\n{_printed(_run(command, Path(scratch)))}\n", 1)
    (ROOT / "README.md").write_text(text)


if __name__ == "__main__":
    _refresh()
