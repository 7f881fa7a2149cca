"""Private files: secrets that stand beside the log, for their owner's eyes alone."""

from __future__ import annotations

import os
from stat import S_IMODE
from typing import TYPE_CHECKING

from comity.errors import EnvironmentFailed
from comity.log.lock import sync_directory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def private_file(path: Path, draw: Callable[[], bytes]) -> bytes:
    """Return what stands in a file that only its owner may read, made with what `draw` returns if it is absent.

    Raises
    ------
    EnvironmentFailed
        Others may read it, or it cannot be read or written.
    """
    try:
        if not path.exists():
            _write(path, draw())
        if S_IMODE(path.stat().st_mode) & 0o077:
            raise EnvironmentFailed(f"{path} may be read by others: chmod 600")
        return path.read_bytes()
    except OSError as error:
        raise EnvironmentFailed(f"{path} cannot be used: {error.strerror}") from error


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)
    beside.replace(path)
    sync_directory(path.parent)
