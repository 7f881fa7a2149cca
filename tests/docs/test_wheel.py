"""The wheel, built and installed into an environment that has nothing else of the repository.

What is tested is what was packed, so its kernels run uncompiled: compiled code is cached per place of installation.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNREACHABLE = ("Could not find a version", "NewConnectionError", "Connection refused", "Name or service not known")


def _run(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["NUMBA_DISABLE_JIT"] = "1"
    return subprocess.run(
        [str(word) for word in words], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def test_wheel_installed_clean_settles_a_day(tmp_path: Path) -> None:
    built = _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT, cwd=tmp_path)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    python = tmp_path / "clean" / "bin" / "python"
    assert _run(sys.executable, "-m", "venv", tmp_path / "clean", cwd=tmp_path).returncode == 0
    locked = _run(python, "-m", "pip", "install", "--require-hashes", "-r", ROOT / "requirements.lock", cwd=tmp_path)
    if locked.returncode and any(sign in locked.stderr for sign in UNREACHABLE):
        pytest.skip("no registry of packages can be reached")
    assert locked.returncode == 0, locked.stderr
    installed = _run(python, "-m", "pip", "install", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    assert installed.returncode == 0, installed.stderr

    comity = python.with_name("comity")
    settled = _run(comity, "demo", "--payments", "500", "--out", "settled", "--json", cwd=tmp_path)
    assert settled.returncode == 0, settled.stderr
    assert json.loads(settled.stdout)["total"]["instructions"] >= 500
    assert (tmp_path / "settled" / "report.html").stat().st_size > 10_000
    assert _run(comity, "verify", "settled/day.log", cwd=tmp_path).returncode == 0
