"""The gateway that most tests of the API ask: a small union, its people let in, a list of sanctions in force."""

from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.gateway.gateway import Gateway
from tests.api.lists import open_screening
from tests.gateway.people import enrol


@pytest.fixture
def gateway() -> Gateway:
    return enrol(open_screening())


@pytest.fixture
def client(gateway: Gateway) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(gateway)) as client:
        yield client
