"""A gateway served from a folder, as a process that a test may end: `python -m tests.faults.serving FOLDER [BODY_S]`.

It is served as `comity serve` serves it, and prints its port once it listens. A folder `alfa` in it is ALFACNBJ's for
messages. With `BODY_S` it has no more patience
than that, in seconds, for the head and the body of a request.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from typing import TYPE_CHECKING

from comity.api import connection
from comity.api.app import whole_app
from comity.api.bounds import Bounds
from comity.api.serving import Serving, bind
from comity.gateway.sandbox import warm_up
from comity.gateway.settings import Settings, Watched
from tests.api.lists import open_screening

if TYPE_CHECKING:
    from collections.abc import Iterator

JOURNAL = "journal"
ALFA_FOLDER = "alfa"


@contextmanager
def served(folder: Path, *more: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start a gateway on the folder; the process, and its address. Its journal stands in the folder."""
    command = [sys.executable, "-m", "tests.faults.serving", str(folder), *more]
    with (folder / JOURNAL).open("ab") as journal, subprocess.Popen(command, stdout=PIPE, stderr=journal) as process:
        assert process.stdout is not None
        port = process.stdout.readline().decode().strip()
        assert port, (folder / JOURNAL).read_text()[-2_000:]
        try:
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def serve(folder: Path, patience_s: float = 0.0) -> None:
    """Serve until killed, or told to stop."""
    with bind("127.0.0.1", 0) as bound:
        warm_up()
        port = bound.getsockname()[1]
        bounds = Bounds()
        if patience_s:
            bounds = bounds._replace(body_s=patience_s)
            connection.HEAD_S = patience_s
        alfa = folder / ALFA_FOLDER
        settings = (
            Settings(str(folder), folders=(Watched("ALFACNBJ", str(alfa), signed=False),)) if alfa.is_dir() else None
        )
        app = whole_app(open_screening(folder), settings, bounds=bounds)
        Serving(app, bound, lambda: print(port, flush=True)).run()  # noqa: T201 - the test reads it


if __name__ == "__main__":
    serve(Path(sys.argv[1]), *map(float, sys.argv[2:]))
