"""People over HTTP: two of them for every change, and nobody holds another's secret."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar import Litestar
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.gateway.gateway import Gateway
from comity.gateway.people import let_in
from tests.gateway.union import open_gateway

Client: TypeAlias = TestClient[Litestar]
Headers: TypeAlias = dict[str, str]
DAY_US = 86_400_000_000
REASON = {"comity-reason": "test"}


@pytest.fixture
def gateway() -> Gateway:
    return open_gateway()


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with TestClient(create_app(gateway)) as client:
        yield client


def enter(gateway: Gateway, name: str, party: str, *roles: str) -> Headers:
    return {"authorization": f"Bearer {let_in(gateway, name, party, roles, DAY_US).secret}"}


@pytest.fixture
def una(gateway: Gateway) -> Headers:
    return enter(gateway, "una", "union", "union-operator", "union-approver")


@pytest.fixture
def ulf(gateway: Gateway) -> Headers:
    return enter(gateway, "ulf", "union", "union-operator", "union-approver")


def ask(client: Client, who: Headers, name: str, party: str, *roles: str, **more: str) -> httpx.Response:
    return client.post("/v1/people", json={"name": name, "party": party, "roles": roles, **more}, headers=who)


def enrol(client: Client, maker: Headers, checker: Headers, name: str, party: str, *roles: str, **more: str) -> None:
    asked = ask(client, maker, name, party, *roles, **more)
    assert asked.status_code == 202, asked.text
    decided = client.post(f"/v1/approvals/{asked.json()['id']}/approve", headers=checker)
    assert (decided.status_code, decided.json()["state"]) == (200, "carried"), decided.text


def names(client: Client, who: Headers) -> list[str]:
    return [each["name"] for each in client.get("/v1/people", headers=who | REASON).json()["items"]]


def test_person_is_known_once_a_second_person_agrees(client: Client, una: Headers, ulf: Headers) -> None:
    asked = ask(client, una, "anna", "ALFACNBJ", "reader", "sender")
    assert "anna" not in names(client, una)
    path = f"/v1/approvals/{asked.json()['id']}/approve"
    assert client.post(path, headers=una).status_code == 403
    assert client.post(path, headers=ulf).status_code == 200
    assert "anna" in names(client, una)


def test_another_key_of_the_same_person_is_not_a_second_person(client: Client, gateway: Gateway, una: Headers) -> None:
    asked = ask(client, una, "anna", "ALFACNBJ", "reader")
    other = enter(gateway, "una", "union", "union-operator", "union-approver")
    assert client.post(f"/v1/approvals/{asked.json()['id']}/approve", headers=other).status_code == 403


def test_proposal_about_a_person_who_has_changed_since_is_stale(client: Client, una: Headers, ulf: Headers) -> None:
    first = ask(client, una, "anna", "ALFACNBJ", "reader").json()["id"]
    enrol(client, una, ulf, "anna", "ALFACNBJ", "sender")
    answer = client.post(f"/v1/approvals/{first}/approve", headers=ulf)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:comity:problem:stale"


def test_person_who_has_left_is_nobody_with_any_key(client: Client, una: Headers, ulf: Headers) -> None:
    enrol(client, ulf, una, "ulf", "union")
    assert client.get("/v1/me", headers=ulf).status_code == 401


def test_key_that_comes_with_a_person_signs_for_them(client: Client, una: Headers, ulf: Headers) -> None:
    public = base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
    enrol(client, una, ulf, "anna", "ALFACNBJ", "reader", public_key=public)
    (key,) = [
        each
        for each in client.get("/v1/keys", headers=una | REASON).json()["items"]
        if (each["person"], each["kind"]) == ("anna", "signature")
    ]
    assert key["fingerprint"] == base64.b64decode(public).hex()
    assert ask(client, una, "boris", "BETACNBJ", "reader", public_key=public).status_code == 409


@pytest.mark.parametrize(
    ("party", "roles"),
    [
        ("ALFACNBJ", ["union-operator"]),
        ("ALFACNBJ", ["member-operator"]),
        ("CN", ["union-approver"]),
        ("union", ["sender"]),
        ("NOBODY", ["reader"]),
        ("ALFACNBJ", ["king"]),
    ],
)
def test_role_that_a_party_has_not_is_refused(client: Client, una: Headers, party: str, roles: list[str]) -> None:
    assert ask(client, una, "anna", party, *roles).status_code == 400


def test_member_enrols_the_people_of_its_country_alone(client: Client, gateway: Gateway, una: Headers) -> None:
    mei = enter(gateway, "mei", "CN", "member-operator")
    assert ask(client, mei, "anna", "ALFACNBJ", "sender").status_code == 202
    assert ask(client, mei, "gleb", "GAMARUMM", "sender").status_code == 403
    assert ask(client, mei, "ugo", "union", "union-operator").status_code == 403
    assert ask(client, mei, "una", "CN", "reader").status_code == 403  # she is the union's
    enter(gateway, "gleb", "GAMARUMM", "sender")
    assert names(client, mei) == ["mei"]
    assert names(client, una) == ["gleb", "mei", "una"]


def test_subject_of_somebody_else_is_refused(client: Client, una: Headers, ulf: Headers) -> None:
    enrol(client, una, ulf, "anna", "ALFACNBJ", "reader", subject="sub-1")
    assert ask(client, una, "boris", "BETACNBJ", "reader", subject="sub-1").status_code == 409


def test_enrolment_whose_subject_another_has_got_since_is_stale(client: Client, una: Headers, ulf: Headers) -> None:
    first = ask(client, una, "anna", "ALFACNBJ", "reader", subject="sub-1").json()["id"]
    enrol(client, una, ulf, "boris", "BETACNBJ", "reader", subject="sub-1")
    assert client.post(f"/v1/approvals/{first}/approve", headers=ulf).status_code == 409


def test_key_that_somebody_enrolled_before_the_approval_makes_it_stale_and_harms_no_log(tmp_path: Path) -> None:
    public = base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
    gateway = open_gateway(tmp_path)
    with TestClient(create_app(gateway)) as client:
        una, ulf = (enter(gateway, each, "union", "union-operator", "union-approver") for each in ("una", "ulf"))
        gleb = enter(gateway, "gleb", "GAMARUMM", "sender")
        waiting = ask(client, una, "anna", "ALFACNBJ", "reader", public_key=public).json()["id"]
        asked = {"kind": "signature", "public_key": public, "roles": ["sender"], "expires_at": "2021-12-16T00:00:00Z"}
        squatted = client.post("/v1/keys", json=asked, headers=gleb).json()["key"]["id"]
        answer = client.post(f"/v1/approvals/{waiting}/approve", headers=ulf)
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:comity:problem:stale")
        assert client.delete(f"/v1/keys/{squatted}", headers=gleb).status_code == 200
        enrol(client, una, ulf, "anna", "ALFACNBJ", "reader", public_key=public)
        enrol(client, una, ulf, "anna", "ALFACNBJ")  # she has left, and her key with her
    with TestClient(create_app(open_gateway(tmp_path))) as client:
        assert names(client, una) == ["anna", "gleb", "ulf", "una"]


def comity(*words: str | Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "comity.cli", *(str(word) for word in words)]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def test_first_people_come_in_from_the_console(tmp_path: Path) -> None:
    gateway = open_gateway(tmp_path)
    held = comity("operator", tmp_path, "--person", "una", "--role", "union-operator")
    assert held.returncode == 3
    gateway.close()
    answers = [
        comity("operator", tmp_path, "--person", name, "--role", "union-operator", "--role", "union-approver", "--json")
        for name in ("una", "ulf")
    ]
    una, ulf = ({"authorization": f"Bearer {json.loads(each.stdout)['secret']}"} for each in answers)
    with TestClient(create_app(open_gateway(tmp_path))) as client:
        enrol(client, una, ulf, "anna", "ALFACNBJ", "sender")
        assert names(client, una) == ["anna", "ulf", "una"]


def test_console_refuses_what_does_not_fit_and_folders_without_a_log(tmp_path: Path) -> None:
    absent = comity("operator", tmp_path, "--person", "una", "--role", "union-operator")
    assert (absent.returncode, "no log" in absent.stderr) == (2, True)
    open_gateway(tmp_path).close()
    bad = comity("operator", tmp_path, "--person", " una", "--role", "king")
    assert (bad.returncode, bad.stderr.count("expected")) == (2, 2)
