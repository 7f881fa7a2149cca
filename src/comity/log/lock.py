"""One writer per log: an advisory lock on the file of the log itself.

The lock belongs to the open file, so it goes with its process however that ends,
and it does not meet SQLite's own locks, which are of another kind. It must be the
last to be let go: closing any handle of a file drops the SQLite locks that the
process holds on it.
"""

import errno
import fcntl
import os
from pathlib import Path

from comity.errors import LogError, LogLocked

_held: set[tuple[int, int]] = set()
"""Device and number of the files that this process holds."""


class FileLock:
    """A hold on `path`, which is created empty if absent; LogLocked if another holds it."""

    def __init__(self, path: Path) -> None:
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise LogError(f"{path} cannot be opened for writing: {error.strerror}") from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._handle)
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                raise LogLocked(f"{path} is held by another process; a log has one writer at a time") from None
            raise LogError(f"{path} cannot be locked: {error.strerror}") from error
        self._file = _identity(os.fstat(self._handle))
        _held.add(self._file)

    def release(self) -> None:
        """Let go; a second time does nothing."""
        if self._handle >= 0:
            _held.discard(self._file)
            os.close(self._handle)
            self._handle = -1


def is_held(path: Path) -> bool:
    """Whether somebody holds `path`, which exists; no handle is opened on a file that this process holds.

    LogError if it cannot be opened.
    """
    if _identity(path.stat()) in _held:
        return True
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise LogError(f"{path} cannot be opened for reading: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def sync_directory(folder: Path) -> None:
    """Make created, renamed and deleted names in `folder` durable; LogError if that fails."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise LogError(f"{folder} cannot be made durable: {error.strerror}") from error
