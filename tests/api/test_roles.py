"""The table of roles, cell by cell: every operation asked for by every role, over HTTP."""

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from comity.api import match
from comity.api.app import ROUTES, create_app
from comity.gateway import authority
from comity.gateway.authority import OPEN_READS, OPERATIONS, OWN_READS
from comity.gateway.consents import RULES
from comity.gateway.gateway import Gateway
from tests.gateway.people import ONE_OF_EACH, as_, enrol
from tests.gateway.union import open_gateway

Client: TypeAlias = TestClient[Litestar]

ENDPOINTS = [
    (method, f"/v1{path}", route.opt["operation"])
    for route in ROUTES
    for path in sorted(route.paths)
    for method in sorted(route.http_methods)
]
PUBLIC: frozenset[str] = getattr(authority, "PUBLIC", frozenset())
"""Operations of those who are not known yet, if there are any."""
CLOSED = [endpoint for endpoint in ENDPOINTS if endpoint[2] not in PUBLIC]
PATIENT = {"comity_deadline_ms": "60000"}
"""The first search on a machine compiles its kernels."""
TODAY = "2021-12-15T"
COMMANDS: dict[str, dict[str, str]] = {
    "cancel": {"participant": "ALFACNBJ", "target": "p1"},
    "agree_cancel": {"participant": "ALFACNBJ", "target": "p1"},
    "reprioritise": {"participant": "ALFACNBJ", "target": "p1", "value": "high"},
    "reorder": {"participant": "ALFACNBJ", "target": "p1", "value": "end"},
    "amend": {"participant": "ALFACNBJ", "currency": "CNY", "target": "p1", "amount": "1.00"},
    "hold": {"participant": "ALFACNBJ", "target": "p1"},
    "release": {"participant": "ALFACNBJ", "target": "p1"},
    "refuse": {"participant": "ALFACNBJ", "target": "p1"},
    "reserve": {"participant": "ALFACNBJ", "currency": "CNY", "amount": "1.00", "value": "high"},
    "transfer_out": {"participant": "ALFACNBJ", "currency": "CNY", "amount": "1.00"},
    "ceiling": {"participant": "ALFACNBJ", "currency": "CNY", "amount": "9000.00", "value": "8000.00"},
    "standing.out": {"participant": "ALFACNBJ", "currency": "CNY", "amount": "-1.00"},
    "standing.in": {"participant": "ALFACNBJ", "currency": "CNY", "amount": "1.00"},
    "floor": {"participant": "ALFACNBJ", "currency": "CNY", "amount": "1.00", "value": "2.00"},
    "floor.end": {"participant": "ALFACNBJ", "currency": "CNY", "amount": "0.00", "value": "0.00"},
    "limit.bilateral": {"participant": "ALFACNBJ", "currency": "CNY", "target": "BETACNBJ", "amount": "1.00"},
    "limit.multilateral": {"participant": "ALFACNBJ", "currency": "CNY", "amount": "1.00"},
    "limit.holding": {"participant": "ALFACNBJ", "currency": "CNY", "amount": "9000.00", "value": "holding"},
    "limit.corridor": {
        "participant": "CN",
        "currency": "CNY",
        "target": "RU",
        "amount": "1.00",
        "value": "corridor",
    },
    "transfer_in": {"participant": "ALFACNBJ", "currency": "CNY", "amount": "1.00"},
    "confirm_out": {"participant": "ALFACNBJ", "currency": "CNY", "target": "o1"},
    "reconcile": {"participant": "CN", "currency": "CNY", "amount": "1.00"},
    "credit": {"participant": "ALFACNBJ", "currency": "CNY", "amount": "1.00"},
    "freeze": {"participant": "ALFACNBJ", "currency": "CNY", "amount": "1.00"},
    "unfreeze": {"participant": "ALFACNBJ", "currency": "CNY", "amount": "1.00"},
    "suspend.home": {"participant": "ALFACNBJ"},
    "suspend.issuer": {"participant": "GAMARUMM", "value": "CN"},
    "resume.home": {"participant": "ALFACNBJ"},
    "resume.issuer": {"participant": "GAMARUMM", "value": "CN"},
    "close.participant": {"participant": "ALFACNBJ"},
    "close.account": {"participant": "GAMARUMM", "currency": "CNY"},
    "close.corridor": {"target": "CN RU"},
    "close.currency": {"currency": "CNY"},
    "close.corridor.reject": {"target": "CN RU", "value": "reject"},
    "close.currency.reject": {"currency": "CNY", "value": "reject"},
    "open.participant": {"participant": "ALFACNBJ"},
    "open.account": {"participant": "GAMARUMM", "currency": "CNY"},
    "open.corridor": {"target": "CN RU"},
    "open.currency": {"currency": "CNY"},
    "agreement": {"currency": "CNY RUB", "target": "CN RU", "value": "payment pvp"},
    "phase": {"value": "customer_cutoff"},
    "offset": {"value": "fifo"},
    "clear": {"value": "existing"},
    "auction": {},
    "extend": {"target": "interbank_cutoff", "value": f"{TODAY}18:00:00Z"},
    "set": {"target": "bypass_normal", "value": "false"},
    "exclude": {"participant": "CN", "target": "RU"},
    "include": {"participant": "CN", "target": "RU"},
    "lot": {"currency": "CNY", "target": "RUB", "amount": "100.00"},
    "tick": {"currency": "CNY", "target": "RUB", "value": "0.01"},
    "decide": {"currency": "CNY RUB", "value": "uma ulf"},
}
"""One command of every row of the table of consents, one that the people of `ONE_OF_EACH` are party to."""
WITHOUT_PART = ("beta-sender-2", "beta-approver", "mixed")
"""People whose roles would do, in a party that the commands do not concern."""


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with TestClient(create_app(enrol(open_gateway()))) as client:
        yield client


def filled(path: str) -> str:
    """Fill in the parameters of a path."""
    return re.sub(r"\{\w+:(\w+)\}", lambda found: "999" if found[1] == "int" else "none", path)


def last_of(gateway: Gateway) -> int:
    return gateway.writer.call(lambda node: node.head.sequence).result()


@pytest.mark.parametrize(("method", "path", "operation"), CLOSED)
def test_route_is_open_to_the_roles_of_its_operation_and_to_no_other(
    client: Client, method: str, path: str, operation: str
) -> None:
    body: dict[str, str] | None = None if method == "GET" else {}
    admitted = set()
    for role in ONE_OF_EACH:
        answer = client.request(method, filled(path), json=body, headers=as_(role, comity_reason="test"))
        is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
        if not (is_problem and answer.json().get("detail", "").startswith(f"{operation} is for ")):
            admitted.add(role)
    assert admitted == OPERATIONS[operation]


@pytest.mark.parametrize(("method", "path", "operation"), CLOSED)
def test_route_is_closed_to_who_is_not_known(client: Client, method: str, path: str, operation: str) -> None:
    assert client.request(method, filled(path)).status_code == 401, operation


@pytest.mark.parametrize("variant", COMMANDS)
def test_command_is_for_the_roles_of_its_operation_in_the_parties_it_concerns(variant: str) -> None:
    gateway = enrol(open_gateway())
    row: dict[str, Any] = {"command": variant.split(".", maxsplit=1)[0], **COMMANDS[variant]}
    rule = RULES[variant]
    with TestClient(create_app(gateway)) as client:
        for name in (*ONE_OF_EACH, *WITHOUT_PART):
            before = last_of(gateway)
            answer = client.post("/v1/commands", json={"commands": [row]}, headers=as_(name, **PATIENT))
            if name in OPERATIONS[rule.operation]:
                assert answer.status_code == (201 if rule.eyes == 1 else 202), (name, answer.text)
            else:
                assert answer.status_code in ({403, 404} if name in WITHOUT_PART else {403}), (name, answer.text)
                assert last_of(gateway) == before


def test_every_row_of_the_table_of_consents_is_tested() -> None:
    assert set(COMMANDS) == set(RULES)


def test_every_operation_is_that_of_a_route_or_of_a_command() -> None:
    routes = {operation for _, _, operation in CLOSED} | {route.opt["operation"] for route in match.ROUTES}
    commands = {rule.operation for rule in RULES.values()}
    assert set(OPERATIONS) == routes | commands
    assert routes >= (OPEN_READS | OWN_READS)


def test_every_role_of_the_table_is_one_of_the_eight() -> None:
    assert set().union(*OPERATIONS.values()) <= set(ONE_OF_EACH)


def test_every_route_below_v1_is_in_the_list_of_routes(client: Client) -> None:
    served = {
        (method, route.path)
        for route in client.app.routes
        for method in getattr(route, "methods", ())
        if route.path.startswith("/v1") and method != "OPTIONS"
    }
    assert len(served) == len(ENDPOINTS)
