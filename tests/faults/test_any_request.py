"""Requests of every kind, drawn from the description of the API: no fault of ours, no answer that is not described.

What one request made, the next ones are for, as the links of the description say. `COMITY_CALLS` says how many
requests there are, about; which, follows from the seed.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from litestar.enums import ScopeType
from litestar.routes import HTTPRoute
from litestar.types import Message, Receive, Scope, Send
from schemathesis import AuthContext, BaseSchema, Case
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from schemathesis.python.asgi import shutdown_lifespans

from comity.api.app import create_app
from comity.api.bounds import UNKNOWN, Bounds
from comity.api.edge import Edge
from comity.api.journal import Journal
from comity.api.metrics import Metrics
from comity.gateway.authority import OPERATIONS
from comity.gateway.bulk import ARROW, NDJSON
from comity.gateway.clock import SetClock
from comity.gateway.nonces import SECOND_US
from tests.gateway.people import PEOPLE, enrol
from tests.gateway.union import KEYS, open_gateway
from tests.serving import PATIENCE_S

CALLS = int(os.environ.get("COMITY_CALLS", "600"))
SEED = int(os.environ.get("COMITY_SEED", "1"))
WITH_COVERAGE = CALLS >= 20_000
"""Then each value of each parameter at its edges too, in some thousands of requests."""
OPERATIONS_COUNT, STEPS = 90, 6
"""Operations that are described, and requests of one scenario."""
EVERYBODY = KEYS | PEOPLE
BANKS = ["ALFACNBJ", "BETACNBJ", "GAMARUMM", "DELTRUMM", "CN"]
KNOWN = {
    "participants": (BANKS, "code debtor creditor participant seller buyer party account payer owner other"),
    "currencies": (["CNY", "RUB"], "currency source target sell buy sell_currency buy_currency"),
    "amounts": (["1.00", "0.01", "12.5", "700"], "amount sell_amount buy_amount source_amount"),
    "ids": (["p1", "t1", "d1", "o1", "q1", "a-1"], "id name target"),
    "dates": (["2021-12-15", "2021-12-16"], "date due"),
    "instants": (["2021-12-15T12:00:00Z", "2021-12-16T12:00:00Z"], "expires expires_at earliest latest until"),
}
"""What there is in the union, and what it is called in requests: half of the requests are of it."""
HEADER_OF_NOBODY = "in header - object with unexpected properties"
"""What is no finding: a header that means nothing to us may be there."""
_BUSY = HTTPStatus.SERVICE_UNAVAILABLE
LOCATIONS = ("body", "query", "path")


def configured() -> SchemathesisConfig:
    parameters = {
        f"{location}.{name}": {"dictionary": dictionary, "probability": 0.5}
        for dictionary, (_, names) in KNOWN.items()
        for name in names.split()
        for location in LOCATIONS
    }
    fuzzing, stateful = max(CALLS // (3 * OPERATIONS_COUNT), 1), max(CALLS // (2 * STEPS), 1)
    return SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "request-timeout": PATIENCE_S,
            "dictionaries": {name: {"values": values} for name, (values, _) in KNOWN.items()},
            "parameters": parameters,
            "generation": {"no-shrink": True, "database": "none"},
            "phases": {
                "coverage": {"enabled": WITH_COVERAGE},
                "fuzzing": {"generation": {"max-examples": fuzzing}},
                "stateful": {"generation": {"max-examples": stateful}, "max-steps": STEPS},
            },
            # What is well formed may still ask for what there is not, or under a key that was used; and 503 with
            # Retry-After is an answer, of which the test below wants to see few.
            "checks": {
                "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "503"]},
                "positive_data_acceptance": {
                    "expected-statuses": ["2xx", "303", "400", "403", "404", "409", "422", "503"]
                },
            },
        }
    )


class Called:
    """The application as it is served, with every request counted, and nothing waited for."""

    def __init__(self, folder: Path) -> None:
        self.gateway = enrol(open_gateway())
        self.app = create_app(self.gateway)
        self.journal = (folder / "journal").open("wb")
        self.edge = Edge(self.app, Metrics(), Journal(self.journal), Bounds(), 0)
        self.statuses: Counter[int] = Counter()
        self.unexplained = 0
        self.operations = {
            (method, route.path_format): handler.opt.get("operation", "")
            for route in self.app.routes
            if isinstance(route, HTTPRoute)
            for method, (handler, _) in route.route_handler_map.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.statuses[int(message["status"])] += 1
                self.unexplained += message["status"] == _BUSY and b"retry-after" not in dict(message["headers"])
            await send(message)

        if scope["type"] == ScopeType.HTTP:
            assert isinstance(self.gateway.clock, SetClock)
            self.gateway.clock.advance(SECOND_US // UNKNOWN.requests_per_s)  # who is not known asks no faster
            scope["query_string"] = re.sub(rb"wait_s=([1-9]|[1-5]\d|60)(?=&|$)", b"wait_s=0", scope["query_string"])
            scope["headers"] = [
                (name, b"60000" if name == b"comity-deadline-ms" and re.fullmatch(rb"[1-9]\d{0,3}", value) else value)
                for name, value in scope["headers"]
            ]
        await self.edge(scope, receive, answered)


class Asking:
    """Lets those ask who may, in turns, and one time in ten anybody."""

    def __init__(self) -> None:
        self._turn = 0

    def get(self, case: Case[Any], context: AuthContext) -> str:
        self._turn += 1
        assert isinstance(context.app, Called)
        operation = context.app.operations.get((case.operation.method.upper(), case.operation.path), "")
        roles = OPERATIONS.get(operation, frozenset())
        may = [name for name, actor in EVERYBODY.items() if not actor.roles.isdisjoint(roles)]
        names = may if may and self._turn % 10 else list(EVERYBODY)
        return names[self._turn % len(names)]

    def set(self, case: Case[Any], data: str, _: object) -> None:
        case.headers["Authorization"] = f"Bearer {data}"
        case.headers["comity-reason"] = "supervision 7"


@schemathesis.serializer(NDJSON, ARROW)
def as_it_is(_: object, value: object) -> bytes:
    """Return what was drawn for a body that is not JSON."""
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture
def called(tmp_path: Path) -> Iterator[Called]:
    called = Called(tmp_path)
    yield called
    shutdown_lifespans()  # which closes the gateway
    called.journal.close()


def findings(schema: BaseSchema) -> Iterator[str]:
    """Yield what is wrong, as it is found."""
    for event in from_schema(schema).execute():
        if isinstance(event, NonFatalError | FatalError):
            yield f"{event}"
        if not isinstance(event, ScenarioFinished):
            continue
        for case, checks in event.recorder.checks.items():
            for check in checks:
                if check.failure_info is not None and HEADER_OF_NOBODY not in check.failure_info.failure.message:
                    told = event.recorder.interactions[case].response
                    answer = f"{told.status_code} {told.content[:300]!r}" if told else ""
                    said = check.failure_info
                    yield f"{event.label}: {check.name}: {said.failure.message}\n{said.code_sample}\n-> {answer}"


def test_no_request_makes_a_fault_of_ours_or_is_answered_otherwise_than_described(called: Called) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", called, config=configured())
    schema.auth(refresh_interval=None)(Asking)
    found = []
    for each in findings(schema):
        print(each, flush=True)  # noqa: T201 - a long run is watched by -s
        found.append(each)
    by_status = called.statuses
    print(f"{by_status.total()} calls: {dict(by_status)}")  # noqa: T201 - shown by -s
    assert not found, "\n\n".join(found)
    assert by_status.total() >= CALLS / 2
    assert by_status[HTTPStatus.CREATED] > 0
    assert by_status[_BUSY] <= by_status.total() / 100
    assert not called.unexplained
    assert called.gateway.writer.failure is None
