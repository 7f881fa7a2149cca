"""Webhooks: sent in order, signed, again until taken; a receiver on loopback takes them."""

import base64
import hmac
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.gateway import delivery
from comity.gateway.clock import SetClock
from comity.gateway.delivery import BACKOFF_MAX_US, backoff_us
from comity.gateway.destinations import Rules
from comity.gateway.gateway import Gateway
from tests.api.certificates import issue
from tests.api.receiving import Received, Receiver, receiving
from tests.api.test_events import pay
from tests.api.test_payments import Client
from tests.gateway.union import open_gateway

ALFA = {"authorization": "Bearer alfa-sender"}
BETA = {"authorization": "Bearer beta-sender"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@contextmanager
def served(gateway: Gateway) -> Iterator[Client]:
    """Serve a gateway that may call loopback, as a sandbox may."""
    gateway.delivery.rules = Rules(private=True, plain=True)
    with TestClient(create_app(gateway)) as client:
        yield client


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    monkeypatch.setattr(delivery, "LOOK_S", 0.02)
    return open_gateway()


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with served(gateway) as client:
        yield client


def add(client: Client, receiver: Receiver, signature: str = "hmac") -> dict[str, str]:
    answer = client.post("/v1/webhooks", json={"url": receiver.url, "signature": signature}, headers=ALFA)
    assert answer.status_code == 201, answer.text
    added: dict[str, str] = answer.json()
    return added


def signed(received: Received) -> bytes:
    return b"%b.%b.%b" % (
        received.headers["webhook-id"].encode(),
        received.headers["webhook-timestamp"].encode(),
        received.body,
    )


def holds(received: Received, secret: str) -> bool:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.digest(key, signed(received), "sha256")).decode()
    return expected in received.headers["webhook-signature"].split(" ")


def advance(gateway: Gateway, by_us: int) -> None:
    assert isinstance(gateway.clock, SetClock)
    gateway.clock.advance(by_us)


def test_events_are_sent_signed_and_in_order(gateway: Gateway, client: Client, receiver: Receiver) -> None:
    added = add(client, receiver)
    pay(gateway, "p1", "p2", "p3")
    names: list[str] = []
    last = added["id"]
    while len(names) < 3:
        received = receiver.next()
        assert holds(received, added["secret"])
        assert received.events[0]["previous"] == last
        last = received.events[-1]["id"]
        names += received.names
    assert names == ["p1", "p2", "p3"]


def test_signature_by_the_gateways_key_is_verified_with_its_public_key(
    gateway: Gateway, client: Client, receiver: Receiver
) -> None:
    added = add(client, receiver, "ed25519")
    pay(gateway, "p1")
    received = receiver.next()
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(added["key"].removeprefix("whpk_")))
    key.verify(base64.b64decode(received.headers["webhook-signature"].removeprefix("v1a,")), signed(received))
    assert "secret" not in added


@pytest.mark.parametrize("status", [500, 404, 301])
def test_message_that_is_not_taken_is_sent_again_once_it_is_due(
    gateway: Gateway, client: Client, receiver: Receiver, status: int
) -> None:
    receiver.answers = [status, status]
    added = add(client, receiver)
    pay(gateway, "p1")
    first = receiver.next()
    advance(gateway, 1_000_000)
    second = receiver.next()
    advance(gateway, 2_000_000)
    third = receiver.next()
    assert first.body == second.body == third.body
    assert len({each.headers["webhook-id"] for each in (first, second, third)}) == 1
    pay(gateway, "p2")
    assert receiver.next().names == ["p2"]
    tried = client.get(f"/v1/webhooks/{added['id']}/deliveries", headers=ALFA).json()["items"]
    assert [(each["attempt"], each["status"]) for each in tried[-3:]] == [(3, 204), (2, status), (1, status)]


def test_webhook_stops_after_many_failures_and_goes_on_when_told(
    gateway: Gateway, client: Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "ATTEMPTS_MAX", 2)
    monkeypatch.setattr("comity.api.webhooks.ATTEMPTS_MAX", 2)
    receiver.answers = [500, 500]
    path = f"/v1/webhooks/{add(client, receiver)['id']}"
    pay(gateway, "p1")
    receiver.next()
    advance(gateway, 1_000_000)
    receiver.next()
    while (shown := client.get(path, headers=ALFA).json())["failures"] < 2:
        pass
    assert shown["state"] == "stopped"
    assert client.post(f"{path}/resume", headers=ALFA).status_code == 202
    assert receiver.next().names == ["p1"]


def test_rotated_secret_signs_beside_the_old_one_until_the_overlap_ends(
    gateway: Gateway, client: Client, receiver: Receiver
) -> None:
    old = add(client, receiver)
    new = client.post(f"/v1/webhooks/{old['id']}/rotate", json={"overlap_s": 60}, headers=ALFA).json()
    assert new["secret"] != old["secret"]
    pay(gateway, "p1")
    during = receiver.next()
    assert holds(during, old["secret"])
    assert holds(during, new["secret"])
    advance(gateway, 60_000_000)
    pay(gateway, "p2")
    after = receiver.next()
    assert holds(after, new["secret"])
    assert not holds(after, old["secret"])


def test_events_of_a_range_are_sent_again_on_request(gateway: Gateway, client: Client, receiver: Receiver) -> None:
    added = add(client, receiver)
    pay(gateway, "p1")
    first = receiver.next()
    pay(gateway, "p2")
    receiver.next()
    sequence = int(first.events[0]["id"].split(".")[0])
    wanted = {"first": sequence, "last": sequence}
    answer = client.post(f"/v1/webhooks/{added['id']}/replay", json=wanted, headers=ALFA | {"idempotency-key": "r"})
    assert answer.status_code == 202
    again = receiver.next()
    assert again.names == ["p1"]
    assert again.headers["webhook-id"] == first.headers["webhook-id"]
    pay(gateway, "p3")
    assert receiver.next().names == ["p3"]


@pytest.mark.parametrize("lost", [False, True])
def test_what_was_not_taken_is_sent_after_a_restart(tmp_path: Path, receiver: Receiver, *, lost: bool) -> None:
    gateway = open_gateway(tmp_path)
    with served(gateway) as client:
        added = add(client, receiver)
        pay(gateway, "p1")
        assert receiver.next().names == ["p1"]
        while client.get(f"/v1/webhooks/{added['id']}", headers=ALFA).json()["sent"] == added["id"]:
            pass
    if lost:
        (tmp_path / "outbox.sqlite").unlink()
    gateway = Gateway.open(tmp_path, None, gateway.clock)
    pay(gateway, "p2")
    with served(gateway):
        received = receiver.next()
    assert holds(received, added["secret"])
    assert received.names == (["p1", "p2"] if lost else ["p2"])


def test_removed_webhook_is_sent_nothing_and_is_nobodys(gateway: Gateway, client: Client, receiver: Receiver) -> None:
    one, other = add(client, receiver), add(client, receiver)
    client.delete(f"/v1/webhooks/{one['id']}", headers=ALFA)
    pay(gateway, "p1")
    assert receiver.next().headers["webhook-id"].startswith(f"{other['id']}_")
    assert client.get(f"/v1/webhooks/{one['id']}", headers=ALFA).status_code == 404
    assert [each["id"] for each in client.get("/v1/webhooks", headers=ALFA).json()["items"]] == [other["id"]]
    assert receiver.received.empty()


def test_webhook_of_another_participant_is_not_there(client: Client, receiver: Receiver) -> None:
    path = f"/v1/webhooks/{add(client, receiver)['id']}"
    assert client.get(path, headers=BETA).status_code == 404
    assert client.delete(path, headers=BETA).status_code == 404
    assert client.post(f"{path}/rotate", json={}, headers=BETA).status_code == 404
    assert client.get(f"{path}/deliveries", headers=BETA).status_code == 404


def test_removal_sent_again_under_its_key_is_answered_as_before(
    gateway: Gateway, client: Client, receiver: Receiver
) -> None:
    path = f"/v1/webhooks/{add(client, receiver)['id']}"
    keyed = {**ALFA, "idempotency-key": "gone"}
    once, twice = (client.delete(path, headers=keyed) for _ in range(2))
    assert (once.status_code, once.json()["state"], twice.json()) == (200, "removed", once.json())
    assert twice.headers["idempotency-replayed"] == "true"
    assert client.delete(path, headers=ALFA).status_code == 404
    assert gateway.memory.webhooks.all() == []


def test_same_key_registers_once_and_a_dry_run_not_at_all(gateway: Gateway, client: Client, receiver: Receiver) -> None:
    wanted, keyed = {"url": receiver.url}, ALFA | {"idempotency-key": "w"}
    client.post("/v1/webhooks?dry_run=true", json=wanted, headers=ALFA)
    first = client.post("/v1/webhooks", json=wanted, headers=keyed)
    again = client.post("/v1/webhooks", json=wanted, headers=keyed)
    assert first.json() == again.json()
    assert len(gateway.memory.webhooks.of("ALFACNBJ")) == 1


def test_party_has_so_many_webhooks_and_no_more(
    client: Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comity.gateway.webhooks.PARTY_MAX", 1)
    add(client, receiver)
    assert client.post("/v1/webhooks", json={"url": receiver.url}, headers=ALFA).status_code == 409


def test_private_address_is_refused_at_registration_and_again_at_delivery(
    gateway: Gateway, client: Client, receiver: Receiver
) -> None:
    added = add(client, receiver)
    gateway.delivery.rules = Rules(plain=True)
    answer = client.post("/v1/webhooks", json={"url": receiver.url}, headers=ALFA)
    assert (answer.status_code, answer.json()["faults"][0]["pointer"]) == (400, "/url")
    pay(gateway, "p1")
    while not (tried := client.get(f"/v1/webhooks/{added['id']}/deliveries", headers=ALFA).json()["items"]):
        pass
    assert tried[0]["status"] == 0
    assert "public address" in tried[0]["outcome"]
    assert receiver.received.empty()


def test_receiver_whose_certificate_nobody_vouches_for_is_sent_nothing(
    gateway: Gateway, client: Client, tmp_path: Path
) -> None:
    own = issue(tmp_path, "receiver")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate, own.key)
    with receiving(context) as receiver:
        added = add(client, receiver)
        pay(gateway, "p1")
        while not (tried := client.get(f"/v1/webhooks/{added['id']}/deliveries", headers=ALFA).json()["items"]):
            sleep(0.01)
        assert receiver.received.empty()
    assert tried[0]["status"] == 0
    assert "CERTIFICATE_VERIFY_FAILED" in tried[0]["outcome"]


def test_no_secret_stands_in_the_log(tmp_path: Path, receiver: Receiver) -> None:
    gateway = open_gateway(tmp_path)
    with served(gateway) as client:
        secret = add(client, receiver)["secret"]
        rotated = client.post("/v1/webhooks/3/rotate", json={}, headers=ALFA).json()["secret"]
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    for each in (secret, rotated):
        raw = base64.b64decode(each.removeprefix("whsec_"))
        assert each.encode() not in written
        assert raw not in written


def test_waiting_doubles_up_to_an_hour() -> None:
    waits = [backoff_us(failures) for failures in range(1, 60)]
    assert waits[:4] == [1_000_000, 2_000_000, 4_000_000, 8_000_000]
    assert set(waits[12:]) == {BACKOFF_MAX_US}
