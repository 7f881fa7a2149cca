"""The quickstart, run against a sandbox: its Python prints what it shows, its commands end well."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Served, serve

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "guide" / "quickstart.md").read_text()
SHOWN = "http://127.0.0.1:8080"
PYTHON = re.findall(r"^```python\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
PRINTED = re.findall(r"^```text\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
SHELL = re.findall(r"^```sh\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def running() -> Iterator[Served]:
    with serve("--sandbox") as served:
        yield served


def test_python_prints_what_it_shows_in_ten_lines(running: Served) -> None:
    running.begin_anew()
    program = "\n".join(PYTHON).replace(SHOWN, running.url)
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == "".join(PRINTED)
    assert len([line for line in PYTHON[0].splitlines() if line]) <= 10


def test_commands_end_well(running: Served) -> None:
    commands = SHELL[-1].replace(SHOWN, running.url)
    path = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ["PATH"]])
    answer = subprocess.run(
        ["bash", "-ec", commands], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert '"state": "STLD"' in answer.stdout or '"state": "RJTD"' in answer.stdout


def test_first_command_serves(running: Served) -> None:
    assert "comity serve --sandbox" in SHELL[0]
    assert running.lines[0].startswith("comity: sandbox on")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_of_the_reference_gets_the_answer_shown(running: Served) -> None:
    running.begin_anew()
    text = (DOCS / "reference" / "api.md").read_text()
    (commands,) = re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    shown = re.search(r"`({\"id\":\"curl-1\".*})`", text)
    answer = subprocess.run(
        ["bash", "-ec", commands.replace(SHOWN, running.url)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert shown is not None
    assert shown[1] in answer.stdout
    assert '"participant":"PORTCNSH"' in answer.stdout
    assert "urn:comity:problem" not in answer.stdout
