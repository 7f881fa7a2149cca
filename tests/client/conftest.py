"""A sandbox for all tests of the client, begun anew for each."""

from collections.abc import Iterator

import httpx
import pytest

from comity.client import Client
from tests.serving import Served, serve


@pytest.fixture(scope="session")
def running() -> Iterator[Served]:
    with serve("--sandbox") as served:
        yield served


@pytest.fixture
def url(running: Served) -> str:
    httpx.post(f"{running.url}/v1/sandbox/reset").raise_for_status()
    with Client(running.url) as client:
        while True:
            try:
                if client.ready().head <= 10:
                    return running.url
            except Exception:  # noqa: BLE001, S112 - it is ending, or beginning
                continue


@pytest.fixture
def east(url: str) -> Iterator[Client]:
    with Client(url, "sandbox-eastcnbj") as client:
        yield client


@pytest.fixture
def neva(url: str) -> Iterator[Client]:
    with Client(url, "sandbox-nevarumm") as client:
        yield client
