"""Moving records from the write-ahead file to the log's own pages, in the background.

A commit goes to the end of the write-ahead file; a checkpoint copies what is
there into the database, after which the file starts anew and stays small. A
checkpoint of tens of megabytes takes as many milliseconds, so it runs in its own
thread on its own connection, while appends go on. Each pass leaves only what was
appended during it, so passes shrink; the last, tiny one is the appender's, between
two commits, when nothing can be added behind its back.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import apsw

from comity.log.connection import BUSY_MS, PAGE_SIZE, abandon, translated

BYTES_DUE = 64 << 20
"""A checkpoint starts when so much was written since the last."""
COMMIT_SIZE = 2 * PAGE_SIZE
"""Every commit writes the page that states the end and the one that its last record ends on, however short that is."""
_FRAMES_FEW = 16
_PASSES_MAX = 8


class Checkpointer:
    """Checkpoints of the log at `path`, on a thread of its own.

    Parameters
    ----------
    bytes_due
        Bytes of the write-ahead file after which a checkpoint starts.
    """

    def __init__(self, path: Path, vfs: str | None = None, bytes_due: int = BYTES_DUE) -> None:
        self._path = path
        with translated(path, "open"):
            self._connection = apsw.Connection(str(path), vfs=vfs)
            self._connection.set_busy_timeout(BUSY_MS)
            self._connection.pragma("synchronous", "full")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="comity-checkpoint")
        self._bytes_due = bytes_due
        self._bytes = 0
        self._running: Future[None] | None = None

    def appended(self, size: int) -> bool:
        """Note a commit of `size` bytes of records; whether the appender should take the last pass now.

        Raises what the passes in the background raised, once.
        """
        self._bytes += size + COMMIT_SIZE
        if self._running is not None:
            if not self._running.done():
                return False
            running, self._running = self._running, None
            running.result()
            return True
        if self._bytes >= self._bytes_due:
            self._bytes = 0
            self._running = self._thread.submit(self._passes)
        return False

    def close(self, *, safely: bool) -> None:
        """Wait for a running checkpoint and let go; not `safely`: leave the write-ahead file as it is."""
        self._thread.shutdown(wait=True)
        if safely:
            self._connection.close()
        else:
            abandon(self._connection)

    def _passes(self) -> None:
        with translated(self._path, "checkpoint"):
            for _ in range(_PASSES_MAX):
                frames, copied = self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
                if frames - copied <= _FRAMES_FEW:
                    return
