"""From a DAY folder to an OUT folder: what `comity run` does.

The log is opened inside the folder that will become OUT, so it is durable while
the day runs and is found there, with the results, if and only if all is done.
"""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from comity.archive.write import write_archive
from comity.day.read import Day, read_day
from comity.day.result import DayResult
from comity.day.run import Progress, run_day
from comity.day.write import LOG_FILE, check_free, staged, write_json, write_result
from comity.log.sqlite import SqliteLog
from comity.log.verify import walk
from comity.node import Node

ARCHIVE = "archive"
"""Folder of the closed day, see `comity.archive`."""
Finish = Callable[[DayResult, Path], None]


def run_folder(
    day: Day | str | Path,
    out: str | Path,
    *,
    force: bool = False,
    progress: Progress | None = None,
    finish: Finish | None = None,
) -> dict[str, object]:
    """Run a day on a durable log and write its results.

    Parameters
    ----------
    day
        A DAY folder, or a day that was read.
    out
        Folder to make; written beside and renamed.
    force
        Replace `out` if it is not empty.
    progress
        Called with the instructions entered so far and their number.
    finish
        Called with the outcome and the folder once its other files are written, to add a report.

    Returns
    -------
    dict
        The content of summary.json.

    Raises
    ------
    InvalidRequest, NotFound
        If the day cannot be read.
    Conflict
        If `out` is not empty and `force` is not given.
    EnvironmentFailed, LogError
        If a disk or folder fails.
    """
    check_free(Path(out).absolute(), force=force)
    watch = _Watch()
    read = day if isinstance(day, Day) else read_day(day)
    watch.lap("read_s")
    with staged(out, force=force) as folder:
        log = SqliteLog(folder / LOG_FILE)
        with Node.create(log, read.genesis) as node:
            result = run_day(read, node, progress)
            watch.lap("run_s")
            write_archive(folder / ARCHIVE, node.engine, (record for record, _ in walk(log.read())))
            watch.lap("archive_s")
        summary = write_result(result, folder)
        watch.lap("write_s")
        if finish is not None:
            finish(result, folder)
            watch.lap("report_s")
        write_json(folder / "timing.json", dict(watch.laps))
    return summary


class _Watch:
    """Seconds of each stretch of work, for timing.json."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._since = perf_counter()

    def lap(self, name: str) -> None:
        now = perf_counter()
        self.laps[name] = round(now - self._since, 6)
        self._since = now
