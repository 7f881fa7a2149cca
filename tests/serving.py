"""A server in a process of its own, for tests of what stands on the other side of HTTP."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 300
"""A machine that has compiled nothing yet, and has other work."""


class Served:
    """A server that runs; `url` is where."""

    def __init__(self, process: subprocess.Popen[str], url: str, lines: list[str]) -> None:
        self.process = process
        self.url = url
        self.lines = lines

    def begin_anew(self) -> None:
        """Have a sandbox begin anew, and wait until it has."""
        httpx.post(f"{self.url}/v1/sandbox/reset").raise_for_status()
        assert self.process.stdout is not None
        while "begun anew" not in (line := self.process.stdout.readline()):
            assert line, "the sandbox ended"

    def end(self, number: int) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


@contextmanager
def serve(*arguments: str, journal: Path | None = None) -> Iterator[Served]:
    """Run `comity serve` on a free port until the block ends."""
    command = [sys.executable, "-m", "comity.cli", "serve", "--port", "0", *arguments]
    with (
        (journal or _nowhere()).open("wb") as err,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, text=True) as process,
    ):
        assert process.stdout is not None
        lines: list[str] = []
        try:
            for line in process.stdout:
                lines.append(line)
                found = re.search(r"https?://[^ ;\n]+", line)
                if found:
                    yield Served(process, found.group(), lines)
                    break
            else:
                raise AssertionError(f"it ended with {process.wait()}: {''.join(lines)}")
        finally:
            if process.poll() is None:
                process.kill()


def _nowhere() -> Path:
    from os import devnull  # noqa: PLC0415 - for this alone
    from pathlib import Path  # noqa: PLC0415 - the same

    return Path(devnull)
