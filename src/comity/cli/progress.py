"""Progress of work that may take more than a second, shown on stderr.

A bar appears only on a terminal, and only once the work has lasted a second;
elsewhere nothing is written. The clock is the terminal's, never the log's.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE_S = 1.0
"""Work shorter than this shows no bar."""


class Bar:
    """A bar for one piece of work; call it with how much of it is done.

    Parameters
    ----------
    what
        What is being done, in words.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._since = time.monotonic()
        self._shown: Progress | None = None
        self._task: TaskID | None = None
        self._silent = not sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._shown is not None:
            with suppress(IndexError):  # an interrupt may have come while the bar was being set up
                self._shown.stop()
            self._shown.console.show_cursor()

    def __call__(self, done: int, total: int | None) -> None:
        """Say that `done` of `total` units are done, of an unknown number if None; cheap enough for every batch."""
        if self._silent or (self._shown is None and time.monotonic() - self._since < PATIENCE_S):
            return
        if self._shown is None:
            self._shown = _columns()
            self._task = self._shown.add_task(self._what, total=total)
            self._shown.start()
        assert self._task is not None
        self._shown.update(self._task, completed=done, total=total)


@contextmanager
def saying(what: str) -> Iterator[None]:
    """Say what goes on in the block, on a terminal, once it has lasted a second: for work that cannot be counted."""
    timer = Timer(PATIENCE_S, lambda: sys.stderr.write(f"comity: {what}\n"))
    timer.daemon = True
    if sys.stderr.isatty():
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _columns() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
