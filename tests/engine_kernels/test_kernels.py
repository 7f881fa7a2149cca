"""The decorator: where machine code is kept, and when the import is refused."""

import os
import subprocess
import sys
from pathlib import Path

from comity.engine import kernels
from comity.engine.kernels.identity import hash_one

HASH_ONE = "from comity.engine.kernels.identity import hash_one; print(hash_one(1, 'a', 1))"


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    unset = ("NUMBA_CACHE_DIR", "PYTHONOPTIMIZE")
    inherited = {name: value for name, value in os.environ.items() if name not in unset}
    return subprocess.run(
        [sys.executable, *arguments], env=inherited | environment, capture_output=True, text=True, check=False
    )


def test_import_is_refused_where_assertions_are_stripped() -> None:
    refused = python("-O", "-c", "import comity.engine.kernels")
    assert refused.returncode == 1
    assert "ImportError: comity does not run under `python -O`" in refused.stderr


def test_kernels_run_where_the_cache_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    blocked = python("-c", HASH_ONE, XDG_CACHE_HOME=str(tmp_path / "file"))
    assert (blocked.returncode, blocked.stderr) == (0, "")
    assert blocked.stdout == f"{hash_one(1, 'a', 1)}\n"


def test_machine_code_is_kept_in_a_folder_named_after_all_sources(tmp_path: Path) -> None:
    run = python("-c", HASH_ONE, XDG_CACHE_HOME=str(tmp_path), NUMBA_DISABLE_JIT="0")
    assert run.stdout == f"{hash_one(1, 'a', 1)}\n"
    (folder,) = (tmp_path / "comity" / "kernels").iterdir()
    assert folder.name == kernels._fingerprint()
    assert list(folder.rglob("*.nbc"))


def test_bounds_checks_have_machine_code_of_their_own() -> None:
    print_folder = "import comity.engine.kernels as k; print(k._fingerprint())"
    plain, checked = (python("-c", print_folder, NUMBA_BOUNDSCHECK=value) for value in ("0", "1"))
    assert plain.stdout.strip() != checked.stdout.strip()
    assert len(plain.stdout.strip()) == 16
