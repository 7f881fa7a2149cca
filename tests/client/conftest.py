"""A sandbox for all tests of the client, begun anew for each."""

from collections.abc import Iterator

import pytest

from comity.client import Client
from tests.serving import Served, serve


@pytest.fixture(scope="session")
def running() -> Iterator[Served]:
    with serve("--sandbox") as served:
        yield served


@pytest.fixture
def url(running: Served) -> str:
    running.begin_anew()
    return running.url


@pytest.fixture
def east(url: str) -> Iterator[Client]:
    with Client(url, "sandbox-eastcnbj") as client:
        yield client


@pytest.fixture
def neva(url: str) -> Iterator[Client]:
    with Client(url, "sandbox-nevarumm") as client:
        yield client
