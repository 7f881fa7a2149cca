"""The log over HTTP: what a participant can prove, and what only those may read who see everything."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.client.proof import check_consistency, check_head, check_inclusion, record_hash
from comity.gateway.actor import Actor
from comity.gateway.gateway import Gateway
from comity.gateway.payments import payment_batch
from comity.wire.log import Consistency, Inclusion, SignedHead
from tests.api.test_payments import Client
from tests.gateway.test_writer import payment
from tests.gateway.union import open_gateway

READER = {"authorization": "Bearer alfa-reader"}
AUDITOR = {"authorization": "Bearer auditor", "comity-reason": "audit 7"}


def filled(folder: Path | None = None, names: int = 6) -> Gateway:
    gateway = open_gateway(folder)
    for number in range(names):
        gateway.writer.enter(
            "ALFACNBJ", payment_batch(payment(f"p{number}", amount="0.01"), gateway.directory)
        ).result()
    return gateway


@pytest.fixture(params=["memory", "folder"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    gateway = filled(tmp_path if request.param == "folder" else None)
    gateway.identities.enrol("auditor", Actor("key:u", "ada", "audit", frozenset({"auditor"})))
    with TestClient(create_app(gateway)) as client:
        yield client


def test_participant_proves_that_every_record_is_in_the_log(client: Client) -> None:
    head = msgspec.convert(client.get("/v1/log/head", headers=READER).json(), SignedHead)
    check_head(head, head.key)
    for sequence in range(1, head.size + 1):
        query = f"sequence={sequence}&size={head.size}"  # what the auditor reads is noted in the log, which grows
        proof = msgspec.convert(client.get(f"/v1/log/proofs/inclusion?{query}", headers=READER).json(), Inclusion)
        assert proof.head == head
        stored = client.get(
            f"/v1/log/records/{sequence}", headers=AUDITOR | {"accept": "application/octet-stream"}
        ).content
        check_inclusion(proof, stored)


def test_log_is_proven_to_continue_every_earlier_head(client: Client) -> None:
    head = msgspec.convert(client.get("/v1/log/head", headers=READER).json(), SignedHead)
    for old in range(1, head.size + 1):
        kept = msgspec.convert(client.get(f"/v1/log/head?size={old}", headers=READER).json(), SignedHead)
        answer = client.get(f"/v1/log/proofs/consistency?old={old}", headers=READER)
        check_consistency(msgspec.convert(answer.json(), Consistency), kept)


def test_headers_are_everybodys_and_chain(client: Client) -> None:
    page = client.get("/v1/log/headers?limit=3", headers=READER).json()
    rest = client.get(f"/v1/log/headers?after={page['next']}", headers=READER).json()
    headers = page["items"] + rest["items"]
    assert rest["next"] == ""
    assert [each["sequence"] for each in headers] == list(range(1, 9))
    assert [each["previous"] for each in headers[1:]] == [each["hash"] for each in headers[:-1]]
    assert [each["kind"] for each in headers[:3]] == ["genesis", "commands", "payments"]


def test_record_is_shown_to_an_auditor_and_to_no_participant(client: Client) -> None:
    shown = client.get("/v1/log/records/3", headers=AUDITOR).json()
    assert [row["id"] for row in shown["body"]] == ["p0"]
    assert client.get("/v1/log/records/2", headers=AUDITOR).json()["body"][0]["command"] == "phase"
    stored = client.get("/v1/log/records/3", headers=AUDITOR | {"accept": "application/octet-stream"})
    assert record_hash(stored.content, 3) == shown["header"]["hash"]
    assert client.get("/v1/log/records/3", headers=READER).status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/log/headers/99", 404),
        ("/v1/log/headers/0", 404),
        ("/v1/log/head?size=99", 404),
        ("/v1/log/proofs/inclusion?sequence=99", 404),
        ("/v1/log/proofs/inclusion?sequence=0", 404),
        ("/v1/log/proofs/inclusion?sequence=3&size=2", 404),
        ("/v1/log/proofs/consistency?old=99", 400),
        ("/v1/log/proofs/consistency?old=0", 400),
        ("/v1/log/head?size=-1", 400),
        ("/v1/log/headers?limit=0", 400),
    ],
)
def test_what_is_not_in_the_log_is_refused(client: Client, path: str, status: int) -> None:
    assert client.get(path, headers=READER).status_code == status


def test_head_is_the_same_after_a_restart_and_signed_by_the_same_key(tmp_path: Path) -> None:
    with TestClient(create_app(filled(tmp_path))) as client:
        before = client.get("/v1/log/head", headers=READER).json()
    (tmp_path / "tree.sqlite").unlink()
    gateway = Gateway.open(tmp_path)
    gateway.identities.enrol("alfa-reader", Actor("key:a", "alice", "ALFACNBJ", frozenset({"reader"})))
    with TestClient(create_app(gateway)) as client:
        assert client.get("/v1/log/head", headers=READER).json() == before


def test_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    open_gateway(tmp_path).close()
    (tmp_path / "gateway.key").chmod(0o644)
    with pytest.raises(Exception, match="others"):
        Gateway.open(tmp_path)
