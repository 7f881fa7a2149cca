"""The audit: every privileged act, and every read of what is not the reader's own, before it is answered."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.gateway.audit import PENDING_MAX
from comity.gateway.clock import SetClock
from comity.gateway.gateway import Gateway
from comity.gateway.notes import Deed
from comity.gateway.writer import Busy
from tests.gateway.people import as_, enrol
from tests.gateway.union import OPENED, open_gateway

Client: TypeAlias = TestClient[Litestar]
WHY = {"comity_reason": "yearly audit"}
ROW = {"command": "close", "target": "CN RU"}
CLOSE = {"commands": [ROW], "reason": "sanctions"}


@pytest.fixture
def gateway() -> Gateway:
    return enrol(open_gateway())


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with TestClient(create_app(gateway)) as client:
        yield client


def test_privileged_act_stands_in_the_audit_with_what_it_replaced_and_why(client: Client) -> None:
    client.post("/v1/commands", json=CLOSE, headers=as_("member-operator"))
    deeds = client.get("/v1/audit", headers=as_("auditor", **WHY)).json()["items"]
    assert deeds[0] == {
        "sequence": 3,
        "at": "2021-12-15T01:00:00Z",
        "actor": "person:chen",
        "operation": "command.close.corridor",
        "about": "CN RU",
        "before": "open",
        "after": "hold",
        "reason": "sanctions",
    }


def test_read_is_noted_before_it_is_answered(client: Client) -> None:
    deeds = client.get("/v1/audit?limit=5", headers=as_("auditor", **WHY)).json()["items"]
    assert [(each["actor"], each["operation"], each["about"], each["reason"]) for each in deeds] == [
        ("person:ann", "audit.read", "/v1/audit?limit=5", "yearly audit")
    ]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201, "a\tb"])
def test_read_of_what_is_not_the_readers_own_needs_a_reason(gateway: Gateway, client: Client, reason: str) -> None:
    before = gateway.writer.call(lambda node: node.head.sequence).result()
    for path in ("/v1/audit", "/v1/approvals"):
        answer = client.get(path, headers=as_("auditor", comity_reason=reason))
        assert (answer.status_code, answer.json()["faults"][0]["pointer"]) == (400, "comity-reason")
    assert gateway.writer.call(lambda node: node.head.sequence).result() == before


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("auditor", "/v1/events?participant=union"),
        ("auditor", "/v1/audit?participant=union"),
        ("auditor", "/v1/log/records/2?participant=union"),
        ("member-operator", "/v1/events?participant=CN"),
        ("member-operator", "/v1/accounts?participant=CN&participant=ALFACNBJ"),
        ("member-operator", f"/v1/accounts?participant=ALFACNBJ&currency={'%41' * 400}"),
        ("member-operator", f"/v1/accounts?pad={'x' * 300}&participant=ALFACNBJ"),
    ],
)
def test_no_way_of_writing_a_read_keeps_it_out_of_the_audit(
    gateway: Gateway, client: Client, name: str, path: str
) -> None:
    before = gateway.writer.call(lambda node: node.head.sequence).result()
    assert client.get(path, headers=as_(name)).status_code == 400
    assert client.get(path, headers=as_(name, **WHY)).status_code == 400
    assert gateway.writer.call(lambda node: node.head.sequence).result() == before


def test_own_work_needs_no_reason_but_from_an_auditor(client: Client) -> None:
    for name in ("reader", "member-approver", "union-approver"):
        assert client.get("/v1/approvals", headers=as_(name)).status_code == 200
    assert client.get("/v1/approvals", headers=as_("auditor")).status_code == 400


def test_audit_comes_in_pages_that_lose_nothing(client: Client) -> None:
    for _ in range(3):
        client.post("/v1/commands", json={"commands": [ROW, ROW]}, headers=as_("member-operator"))
    seen, cursor = [], ""
    while True:
        page = client.get(f"/v1/audit?limit=4&cursor={cursor}", headers=as_("auditor", **WHY)).json()
        seen += [each["operation"] for each in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert seen == ["command.close.corridor"] * 6 + ["audit.read"] * 2


@pytest.mark.parametrize("cursor", ["x", "1", "1.", ".1", "1.-1", "9" * 30 + ".0", "٣.٣"])
def test_cursor_that_is_none_is_refused(client: Client, cursor: str) -> None:
    answer = client.get(f"/v1/audit?cursor={cursor}", headers=as_("auditor", **WHY))
    assert (answer.status_code, answer.json()["faults"][0]["pointer"]) == (400, "cursor")


def test_audit_is_made_again_from_the_log(tmp_path: Path) -> None:
    gateway = open_gateway(tmp_path)
    gateway.note([Deed("person:anna", "balances.read", "BETACNBJ", reason="audit 7")]).result()
    before = gateway.audit.after(0, -1, 10)
    gateway.close()
    (tmp_path / "changes.sqlite").unlink()
    gateway = Gateway.open(tmp_path, clock=SetClock(OPENED))
    assert gateway.audit.after(0, -1, 10) == before
    assert [each.deed.about for each in before] == ["BETACNBJ"]
    gateway.close()


def test_reads_at_the_same_time_share_records_and_are_bounded() -> None:
    gateway = open_gateway()
    gateway.writer.call(lambda _: [gateway.watch.note(Deed("a", "b")) for _ in range(PENDING_MAX)]).result()
    assert len(gateway.audit.after(0, -1, 2 * PENDING_MAX)) in {0, PENDING_MAX}

    def flood(_: object) -> None:
        for _ in range(PENDING_MAX + 1):
            gateway.watch.note(Deed("a", "b"))

    with pytest.raises(Busy):
        gateway.writer.call(flood).result()
    last = gateway.watch.note(Deed("c", "d")).result()
    noted = gateway.audit.after(0, -1, 3 * PENDING_MAX)
    assert len(noted) == 2 * PENDING_MAX + 1
    assert len({each.sequence for each in noted}) == 3
    assert noted[-1].sequence == last
    gateway.close()


def test_reader_is_told_when_its_read_cannot_be_noted() -> None:
    gateway = open_gateway()
    gateway.close()
    with pytest.raises(Exception, match="closing"):
        gateway.watch.note(Deed("a", "b"))
