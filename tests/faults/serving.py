"""A gateway served from a folder, as a process that a test may kill: `python -m tests.faults.serving FOLDER`.

Prints its port once it listens.
"""

import socket
import sys
from pathlib import Path

import uvicorn

from comity.api.app import create_app
from tests.gateway.union import open_gateway


def serve(folder: Path) -> None:
    """Serve until killed."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(open_gateway(folder)), log_level="error", access_log=False))
    print(listening.getsockname()[1], flush=True)  # noqa: T201 - the test reads it
    server.run(sockets=[listening])


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
