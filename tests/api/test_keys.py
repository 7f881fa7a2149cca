"""Keys over HTTP."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar import Litestar
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.gateway.clock import SetClock
from comity.gateway.credentials import HELD_MAX
from comity.gateway.enrolments import Credential, Person
from comity.gateway.gateway import Gateway
from comity.gateway.identities import hash_of
from tests.gateway.union import OPENED, open_gateway

Client: TypeAlias = TestClient[Litestar]
YEAR_US = 365 * 86_400_000_000
UNTIL = "2022-06-01T00:00:00Z"


def known(gateway: Gateway, name: str, party: str, *roles: str) -> None:
    person = Person(name, party, roles, "console")
    key = Credential(f"{name}-1", "api-key", hash_of(f"{name}-key"), name, party, roles, "console", OPENED + YEAR_US)
    gateway.note([person, key]).result()


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


ANNA, BORIS, UNA = bearer("anna-key"), bearer("boris-key"), bearer("una-key")


@pytest.fixture
def gateway() -> Gateway:
    gateway = open_gateway()
    known(gateway, "anna", "ALFACNBJ", "reader", "sender")
    known(gateway, "boris", "BETACNBJ", "reader")
    known(gateway, "una", "union", "union-operator")
    return gateway


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with TestClient(create_app(gateway)) as client:
        yield client


def make(client: Client, who: dict[str, str], **asked: object) -> dict[str, Any]:
    body = {"roles": ["reader"], "expires_at": UNTIL, **asked}
    answer = client.post("/v1/keys", json=body, headers=who)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_secret_of_a_new_key_is_shown_once_and_works_at_once(client: Client) -> None:
    made = make(client, ANNA, label="reports")
    me = client.get("/v1/me", headers=bearer(made["secret"])).json()
    assert me == {"id": f"key:{made['key']['id']}", "person": "anna", "party": "ALFACNBJ", "roles": ["reader"]}
    listed = client.get("/v1/keys", headers=ANNA)
    assert made["secret"] not in listed.text
    assert [each["id"] for each in listed.json()["items"]] == ["anna-1", made["key"]["id"]]


def test_secret_stands_nowhere_in_the_log(tmp_path: Path) -> None:
    gateway = open_gateway(tmp_path)
    known(gateway, "anna", "ALFACNBJ", "reader")
    with TestClient(create_app(gateway)) as client:
        secret = make(client, ANNA)["secret"]
    whole = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert hash_of(secret).encode() in whole
    assert secret.encode() not in whole


def test_same_request_sent_again_makes_no_other_key_and_shows_no_secret(client: Client) -> None:
    body, headers = {"roles": ["reader"], "expires_at": UNTIL}, {**ANNA, "idempotency-key": "once"}
    first, again = (client.post("/v1/keys", json=body, headers=headers).json() for _ in range(2))
    assert again == {"key": first["key"]}


def test_dry_run_makes_nothing(client: Client) -> None:
    body = {"roles": ["reader"], "expires_at": UNTIL}
    answer = client.post("/v1/keys?dry_run=true", json=body, headers=ANNA).json()
    assert answer["dry_run"] is True
    assert "secret" not in answer
    assert client.delete("/v1/keys/anna-1?dry_run=true", headers=ANNA).json()["dry_run"] is True
    assert [each["id"] for each in client.get("/v1/keys", headers=ANNA).json()["items"]] == ["anna-1"]


@pytest.mark.parametrize(
    "asked",
    [
        {"roles": ["approver"]},
        {"roles": ["king"]},
        {"roles": []},
        {"operations": ["payments.nothing"]},
        {"expires_at": "2021-12-15T00:59:59Z"},
        {"expires_at": "2024-12-15T00:00:00Z"},
        {"expires_at": "whenever it may please"},
        {"kind": "signature"},
        {"kind": "signature", "public_key": "AAAA"},
        {"kind": "signature", "public_key": base64.b64encode(bytes(32)).decode()},
        {"kind": "signature", "public_key": base64.b64encode(bytes([1]) + bytes(30) + b"\x80").decode()},
        {"kind": "certificate", "certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"},
        {"public_key": base64.b64encode(bytes(32)).decode()},
        {"person": "boris"},
        {"label": "a\nb"},
    ],
)
def test_key_of_more_than_one_is_or_of_another_shape_is_refused(client: Client, asked: dict[str, Any]) -> None:
    body = {"roles": ["reader"], "expires_at": UNTIL, **asked}
    answer = client.post("/v1/keys", json=body, headers=ANNA)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:comity:problem:invalid")


def test_key_made_by_a_scoped_key_has_no_wider_scope(client: Client) -> None:
    narrow = make(client, ANNA, operations=["me", "keys.create"])["secret"]
    made = make(client, bearer(narrow))
    assert made["key"]["operations"] == ["keys.create", "me"]
    wider = {"roles": ["reader"], "expires_at": UNTIL, "operations": ["keys.read"]}
    assert client.post("/v1/keys", json=wider, headers=bearer(narrow)).status_code == 400
    assert client.get("/v1/keys", headers=bearer(narrow)).status_code == 403


def test_revoked_key_is_worth_nothing_at_once(client: Client) -> None:
    made = make(client, ANNA)
    assert client.delete(f"/v1/keys/{made['key']['id']}", headers=ANNA).status_code == 200
    assert client.get("/v1/me", headers=bearer(made["secret"])).status_code == 401
    assert client.delete(f"/v1/keys/{made['key']['id']}", headers=ANNA).status_code == 404


def test_key_of_another_party_is_not_found_and_the_union_may_revoke_it(client: Client) -> None:
    made = make(client, ANNA)
    path = f"/v1/keys/{made['key']['id']}"
    assert client.get(path, headers=BORIS).status_code == 404
    assert client.delete(path, headers=BORIS).status_code == 404
    assert client.get(path, headers=UNA).status_code == 400  # without a reason
    assert client.get(path, headers={**UNA, "comity-reason": "incident 7"}).status_code == 200
    assert client.delete(path, headers=UNA).status_code == 200
    assert client.get("/v1/me", headers=bearer(made["secret"])).status_code == 401


def test_both_keys_are_good_while_one_replaces_the_other(client: Client, gateway: Gateway) -> None:
    old = make(client, ANNA)
    body = {"expires_at": "2022-07-01T00:00:00Z", "overlap_s": 60}
    new = client.post(f"/v1/keys/{old['key']['id']}/rotation", json=body, headers=ANNA).json()
    assert (new["key"]["replaces"], new["key"]["roles"]) == (old["key"]["id"], ["reader"])
    assert [client.get("/v1/me", headers=bearer(each["secret"])).status_code for each in (old, new)] == [200, 200]
    clock = gateway.clock
    assert isinstance(clock, SetClock)
    clock.advance(60_000_000)
    assert [client.get("/v1/me", headers=bearer(each["secret"])).status_code for each in (old, new)] == [401, 200]


def test_key_that_signs_is_enrolled_once(client: Client) -> None:
    public = base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
    made = make(client, ANNA, kind="signature", public_key=public)
    assert "secret" not in made
    assert made["key"]["fingerprint"] == base64.b64decode(public).hex()
    body = {"roles": ["reader"], "expires_at": UNTIL, "kind": "signature", "public_key": public}
    assert client.post("/v1/keys", json=body, headers=ANNA).status_code == 409
    # Its public key is no API key.
    assert client.get("/v1/me", headers=bearer(public)).status_code == 401


def test_one_person_has_a_bounded_number_of_keys(client: Client) -> None:
    for _ in range(HELD_MAX - 1):
        make(client, ANNA)
    body = {"roles": ["reader"], "expires_at": UNTIL}
    assert client.post("/v1/keys", json=body, headers=ANNA).status_code == 409


def test_list_is_paged(client: Client) -> None:
    ids = ["anna-1", *(make(client, ANNA)["key"]["id"] for _ in range(4))]
    seen, cursor = [], ""
    while True:
        page = client.get("/v1/keys", params={"limit": 2, "cursor": cursor}, headers=ANNA).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page.get("next", "")
        if not cursor:
            break
    assert seen == ids
