"""A gateway served from a folder, as a process that a test may kill: `python -m tests.faults.serving FOLDER`.

It is served as `comity serve` serves it. Prints its port once it listens.
"""

import sys
from pathlib import Path

from comity.api.app import whole_app
from comity.api.serving import Serving, bind
from comity.gateway.sandbox import warm_up
from tests.gateway.union import open_gateway


def serve(folder: Path) -> None:
    """Serve until killed, or told to stop."""
    with bind("127.0.0.1", 0) as bound:
        warm_up()
        port = bound.getsockname()[1]
        app = whole_app(open_gateway(folder))
        Serving(app, bound, lambda: print(port, flush=True)).run()  # noqa: T201 - the test reads it


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
