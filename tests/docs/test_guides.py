"""The commands and the Python of the guides, run as they stand there, against the output shown there.

`python -m tests.docs.test_guides` puts there what the commands print now.
"""

import doctest
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVED = {"quickstart"}
"""Run against a server, in a test of their own."""
GUIDES = sorted(path for path in (ROOT / "docs" / "guide").glob("*.md") if path.stem not in SERVED)
WITH_PYTHON = [guide for guide in GUIDES if ">>>" in guide.read_text()]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
STATISTICS = "dots.csv.gz"
"""A file that the guides use and the repository does not hold."""
SOURCE = ROOT.parent / "shared" / "data" / "trade" / "D_imf_dots_15countries_monthly_2011_2017.csv.gz"


def _steps(text: str) -> list[tuple[str, str]]:
    steps = []
    for block in BLOCK.findall(text):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = step.partition("\n")
            steps.append((command, output.rstrip("\n")))
    return steps


def _blocks(text: str) -> list[str]:
    """Console blocks that can be run here."""
    return [block for block in BLOCK.findall(text) if SOURCE.exists() or STATISTICS not in block]


def _lay_out(folder: Path) -> None:
    shutil.copytree(ROOT / "examples", folder / "examples")
    if SOURCE.exists():
        shutil.copy2(SOURCE, folder / STATISTICS)


def _run(command: str, folder: Path) -> str:
    path = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ["PATH"]])
    answer = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, f"{command}: {answer.stderr}"
    return "\n".join(line.rstrip() for line in answer.stdout.rstrip("\n").splitlines())


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_commands_of_a_guide_print_what_it_shows(guide: Path, tmp_path: Path) -> None:
    _lay_out(tmp_path)
    for block in _blocks(guide.read_text()):
        for command, shown in _steps(f"```console\n{block}```"):
            assert _run(command, tmp_path) == shown, command


@pytest.mark.parametrize("guide", WITH_PYTHON, ids=lambda path: path.stem)
def test_python_of_a_guide_gives_what_it_shows(guide: Path) -> None:
    answer = doctest.testfile(str(guide), module_relative=False, encoding="utf-8")
    assert answer.attempted
    assert not answer.failed


def _refresh(guide: Path) -> None:
    """Write the present output of every command that can be run here into a guide."""
    text = guide.read_text()
    with tempfile.TemporaryDirectory() as scratch:
        _lay_out(Path(scratch))
        for block in _blocks(text):
            steps = _steps(f"```console\n{block}```")
            printed = [(command, _run(command, Path(scratch))) for command, _ in steps]
            fresh = "".join(f"$ {command}\n{output}\n" if output else f"$ {command}\n" for command, output in printed)
            text = text.replace(block, fresh, 1)
    guide.write_text(text)


if __name__ == "__main__":
    for each in GUIDES:
        _refresh(each)
