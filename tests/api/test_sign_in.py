"""People sign in: with a device, with a password and a code, and stay so for a while."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pyotp
import pytest
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.api.bounds import UNKNOWN, Bounds, network_of
from comity.api.edge import Edge
from comity.api.journal import Journal
from comity.api.metrics import Metrics
from comity.api.security import COOKIE
from comity.gateway.clock import SetClock
from comity.gateway.enrolments import Person
from comity.gateway.flows import FLOW_US, FLOWS_MAX
from comity.gateway.gateway import Gateway
from comity.gateway.people import let_in
from comity.gateway.sessions import OF_PERSON_MAX
from comity.gateway.settings import Settings, SignIn
from comity.gateway.sign_ins import SignIns
from tests.api.authenticator import UP, Authenticator
from tests.gateway.union import OPENED, open_gateway

Client: TypeAlias = TestClient[Any]
Headers: TypeAlias = dict[str, str]

HOST = "testserver.local"
ORIGIN = f"https://{HOST}"
OURS = {"origin": ORIGIN}
SETTINGS = Settings("folder", origin=ORIGIN, sign_in=SignIn(idle_s=600, session_s=3_600))
PASSWORD = "tide ledger walnut seventeen"  # noqa: S105 - of a test
SECOND_US = 1_000_000


@pytest.fixture
def gateway() -> Gateway:
    return open_gateway()


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with TestClient(create_app(gateway, SETTINGS), base_url=ORIGIN) as client:
        yield client


@pytest.fixture
def anna(gateway: Gateway) -> Headers:
    return {"authorization": f"Bearer {let_in(gateway, 'anna', 'ALFACNBJ', ['reader'], 10**12).secret}"}


def advance(gateway: Gateway, seconds: int) -> None:
    clock = gateway.clock
    assert isinstance(clock, SetClock)
    clock.advance(seconds * SECOND_US)


def device() -> Authenticator:
    return Authenticator(ORIGIN, HOST)


def register(client: Client, who: Headers, own: Authenticator) -> httpx.Response:
    asked = client.post("/v1/passkeys/options", headers=who).json()
    body = {"flow": asked["flow"], "credential": own.create(asked["options"]), "label": "laptop"}
    return client.post("/v1/passkeys", json=body, headers=who)


def sign_in(client: Client, own: Authenticator) -> httpx.Response:
    asked = client.post("/v1/sign-in/passkey/options").json()
    body = {"flow": asked["flow"], "credential": own.get(asked["options"])}
    return client.post("/v1/sign-in/passkey", json=body)


def me(client: Client) -> int:
    return client.get("/v1/me").status_code


def test_person_signs_in_with_a_passkey_and_out_again(client: Client, anna: Headers) -> None:
    own = device()
    assert register(client, anna, own).status_code == 201
    answer = sign_in(client, own)
    assert (answer.status_code, answer.json()["id"]) == (200, "person:anna")
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("__host-comity=", "httponly", "secure", "samesite=strict", "path=/"))
    assert client.get("/v1/me").json()["person"] == "anna"
    assert client.post("/v1/sign-out", headers=OURS).status_code == 200
    client.cookies.set(COOKIE, answer.cookies[COOKIE], HOST, "/")  # a cookie that was kept is worth nothing
    assert me(client) == 401


@pytest.mark.parametrize(
    "other",
    [
        {"origin": "https://evil.example"},
        {"host": "evil.example"},
        {"flags": UP},
        {"flags": 0},
        {"id": b"another"},
        {"private": device().private},
        {"count": 0},
    ],
    ids=lambda other: next(iter(other)),
)
def test_answer_of_another_device_page_or_person_is_refused(
    client: Client, anna: Headers, other: dict[str, Any]
) -> None:
    own = device()
    own.count = 5
    register(client, anna, own)
    assert sign_in(client, replace(own, **other)).status_code == 401
    assert me(client) == 401
    assert sign_in(client, own).status_code == 200


def test_answer_is_taken_once_and_not_after_five_minutes(client: Client, gateway: Gateway, anna: Headers) -> None:
    own = device()
    register(client, anna, own)
    asked = client.post("/v1/sign-in/passkey/options").json()
    body = {"flow": asked["flow"], "credential": own.get(asked["options"])}
    assert client.post("/v1/sign-in/passkey", json=body).status_code == 200
    assert client.post("/v1/sign-in/passkey", json=body).status_code == 401
    asked = client.post("/v1/sign-in/passkey/options").json()
    advance(gateway, 300)
    body = {"flow": asked["flow"], "credential": own.get(asked["options"])}
    assert client.post("/v1/sign-in/passkey", json=body).status_code == 401


@pytest.mark.parametrize(
    "credential", [{}, {"id": "x"}, {"id": ["x"]}, {"id": None, "response": 1}, {"id": "x" * 10_000}]
)
def test_answer_of_another_shape_is_refused(client: Client, anna: Headers, credential: dict[str, Any]) -> None:
    flow = client.post("/v1/sign-in/passkey/options").json()["flow"]
    answer = client.post("/v1/sign-in/passkey", json={"flow": flow, "credential": credential})
    assert answer.status_code == 401
    flow = client.post("/v1/passkeys/options", headers=anna).json()["flow"]
    answer = client.post("/v1/passkeys", json={"flow": flow, "credential": credential}, headers=anna)
    assert answer.status_code == 400


def test_counter_of_a_passkey_is_known_after_a_restart(tmp_path: Path) -> None:
    gateway = open_gateway(tmp_path)
    key = {"authorization": f"Bearer {let_in(gateway, 'anna', 'ALFACNBJ', ['reader'], 10**12).secret}"}
    own = device()
    with TestClient(create_app(gateway, SETTINGS), base_url=ORIGIN) as client:
        register(client, key, own)
        assert sign_in(client, own).status_code == 200
        session = client.cookies[COOKIE]
    with TestClient(create_app(open_gateway(tmp_path), SETTINGS), base_url=ORIGIN) as client:
        client.cookies.set(COOKIE, session, HOST, "/")
        assert me(client) == 401  # sessions end with the process
        assert sign_in(client, replace(own, count=0)).status_code == 401
        assert sign_in(client, own).status_code == 200


def test_session_ends_when_idle_and_in_any_case(client: Client, gateway: Gateway, anna: Headers) -> None:
    own = device()
    register(client, anna, own)
    sign_in(client, own)
    advance(gateway, 599)
    assert me(client) == 200
    advance(gateway, 600)
    assert me(client) == 401
    sign_in(client, own)
    for _ in range(6):
        assert me(client) == 200
        advance(gateway, 599)
    assert me(client) == 200
    advance(gateway, 6)
    assert me(client) == 401


def test_person_who_leaves_is_signed_out_and_returns_with_nothing(
    client: Client, gateway: Gateway, anna: Headers
) -> None:
    own = device()
    register(client, anna, own)
    sign_in(client, own)
    gateway.note([Person("anna", "ALFACNBJ", (), "console")]).result()
    assert me(client) == 401
    gateway.note([Person("anna", "ALFACNBJ", ("reader",), "console")]).result()
    assert me(client) == 401
    assert sign_in(client, own).status_code == 401
    assert client.get("/v1/me", headers=anna).status_code == 401


def test_request_from_another_origin_changes_nothing(client: Client, anna: Headers) -> None:
    own = device()
    register(client, anna, own)
    sign_in(client, own)
    body = {"roles": ["reader"], "expires_at": "2022-06-01T00:00:00Z"}
    assert client.post("/v1/keys", json=body).status_code == 403
    assert client.post("/v1/keys", json=body, headers={"origin": "https://evil.example"}).status_code == 403
    assert client.post("/v1/keys", json=body, headers={"origin": "null"}).status_code == 403
    assert client.post("/v1/keys", json=body, headers=OURS).status_code == 201


def test_another_page_signs_nobody_in(client: Client, anna: Headers) -> None:
    own = device()
    register(client, anna, own)
    asked = client.post("/v1/sign-in/passkey/options").json()
    body = {"flow": asked["flow"], "credential": own.get(asked["options"])}
    answer = client.post("/v1/sign-in/passkey", json=body, headers={"origin": "https://evil.example"})
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert client.post("/v1/sign-in/passkey", json=body, headers=OURS).status_code == 200


def test_stream_looks_at_a_session_without_keeping_it_alive(client: Client, gateway: Gateway, anna: Headers) -> None:
    own = device()
    register(client, anna, own)
    secret = sign_in(client, own).cookies[COOKIE]
    sign_ins = SignIns(gateway, ORIGIN)
    session = sign_ins.sessions.begin("anna", gateway.identities.joined["anna"], gateway.now())
    assert sign_ins.signed_in(secret) is None
    for _ in range(3):
        advance(gateway, sign_ins.terms.idle_s // 2)
        known = sign_ins.signed_in(session, is_seen=False)
    assert known is None


@pytest.mark.parametrize(
    "body", [b'{"flow":"\xff","credential":{}}', b'{"flow":"x","credential":{"a":%b}}' % (b"[" * 10**5)]
)
def test_body_that_is_no_json_is_refused(client: Client, body: bytes) -> None:
    answer = client.post("/v1/sign-in/passkey", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:comity:problem:invalid")


def test_who_is_not_known_cannot_push_out_what_others_have_begun(
    client: Client, gateway: Gateway, anna: Headers
) -> None:
    own = device()
    register(client, anna, own)
    asked = client.post("/v1/sign-in/passkey/options").json()
    statuses = {client.post("/v1/sign-in/passkey/options").status_code for _ in range(UNKNOWN.burst)}
    assert statuses == {200, 429}
    assert UNKNOWN.burst + UNKNOWN.requests_per_s * FLOW_US // SECOND_US < FLOWS_MAX
    assert client.get("/v1/me", headers=anna).status_code == 200
    advance(gateway, 1)
    body = {"flow": asked["flow"], "credential": own.get(asked["options"])}
    assert client.post("/v1/sign-in/passkey", json=body).status_code == 200


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "testclient", False),
    ],
)
def test_hosts_of_a_network_are_counted_together(one: str, other: str, *, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same


def test_other_site_signs_nobody_in(client: Client, anna: Headers) -> None:
    _, codes = set_password(client, anna)
    body = {"person": "anna", "password": PASSWORD, "code": codes.at(OPENED // SECOND_US)}
    for origin in ("https://evil.example", "null"):
        answer = client.post("/v1/sign-in/password", json=body, headers={"origin": origin})
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
        assert client.post("/v1/sign-in/passkey/options", headers={"origin": origin}).status_code == 403
    assert client.post("/v1/sign-in/password", json=body, headers=OURS).status_code == 200


def elsewhere(client: Client, own: Authenticator) -> str:
    """Sign in with another browser; its cookie."""
    client.cookies.clear()
    cookie = sign_in(client, own).cookies[COOKIE]
    client.cookies.clear()
    return cookie


def test_who_signs_in_again_goes_on_in_the_new_session_alone(client: Client, anna: Headers) -> None:
    own = device()
    register(client, anna, own)
    before = sign_in(client, own).cookies[COOKIE]
    assert sign_in(client, own).cookies[COOKIE] != before
    assert me(client) == 200
    client.cookies.set(COOKIE, before, HOST, "/")
    assert me(client) == 401


def test_only_who_has_signed_in_lately_changes_what_they_sign_in_with(
    client: Client, gateway: Gateway, anna: Headers
) -> None:
    own = device()
    made = register(client, anna, own).json()
    sign_in(client, own)
    wants: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/v1/passkeys/options", {}),
        ("POST", "/v1/password/options", {}),
        ("DELETE", "/v1/sessions/none", {}),
        ("POST", "/v1/keys", {"json": {"roles": ["reader"], "expires_at": "2022-06-01T00:00:00Z"}}),
        ("DELETE", f"/v1/passkeys/{made['id']}", {}),
    ]
    advance(gateway, 300)
    answers = [client.request(method, path, headers=OURS, **more) for method, path, more in wants]
    assert [answer.status_code for answer in answers] == [401] * 5
    assert answers[0].json()["detail"] == "sign in again: this is for who just has"
    assert client.get("/v1/passkeys").status_code == 200
    assert client.post("/v1/passkeys/options", headers=anna).status_code == 200  # a key proves itself each time
    sign_in(client, own)
    answers = [client.request(method, path, headers=OURS, **more) for method, path, more in wants]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 201, 200]


def test_person_sees_their_sessions_and_ends_one(client: Client, gateway: Gateway, anna: Headers) -> None:
    boris = {"authorization": f"Bearer {let_in(gateway, 'boris', 'BETACNBJ', ['reader'], 10**12).secret}"}
    own, other = device(), replace(device(), id=b"another")
    register(client, anna, own)
    register(client, boris, other)
    kept = elsewhere(client, own)
    elsewhere(client, other)
    advance(gateway, 60)
    secret = sign_in(client, own).cookies[COOKIE]
    first, second = client.get("/v1/sessions").json()["items"]
    assert (first.get("own", False), second["own"]) == (False, True)
    assert first["began_at"] < second["began_at"]
    assert secret not in str(second)
    assert client.get("/v1/sessions", headers=boris).json()["items"][0]["id"] not in {first["id"], second["id"]}
    assert client.delete(f"/v1/sessions/{first['id']}", headers=boris).status_code == 404
    assert client.delete(f"/v1/sessions/{first['id']}", headers=OURS).status_code == 204
    assert [each["id"] for each in client.get("/v1/sessions").json()["items"]] == [second["id"]]
    client.cookies.set(COOKIE, kept, HOST, "/")
    assert me(client) == 401


def test_operator_signs_somebody_out_and_the_audit_says_so(client: Client, gateway: Gateway, anna: Headers) -> None:
    def key(name: str, party: str, role: str) -> Headers:
        secret = let_in(gateway, name, party, [role], 10**12).secret
        return {"authorization": f"Bearer {secret}", "comity-reason": "what happened"}

    own = device()
    register(client, anna, own)
    sign_in(client, own)
    assert client.delete("/v1/people/anna/sessions", headers=key("rosa", "RU", "member-operator")).status_code == 404
    assert client.delete("/v1/people/nobody/sessions", headers=key("una", "union", "union-operator")).status_code == 404
    assert me(client) == 200
    assert client.delete("/v1/people/anna/sessions", headers=key("cora", "CN", "member-operator")).status_code == 200
    assert me(client) == 401
    sign_in(client, own)
    assert client.delete("/v1/people/anna/sessions", headers=key("ulf", "union", "union-operator")).status_code == 200
    assert me(client) == 401
    audit = client.get("/v1/audit?limit=1000", headers=key("ada", "union", "auditor")).json()["items"]
    found = [(each["actor"], each["before"]) for each in audit if each["operation"] == "people.sign-out"]
    assert [before for _, before in found] == ["anna", "anna"]


def test_one_session_too_many_ends_the_oldest(client: Client, anna: Headers) -> None:
    own = device()
    register(client, anna, own)
    cookies = [elsewhere(client, own) for _ in range(OF_PERSON_MAX + 1)]
    answers = [client.get("/v1/me", headers={"cookie": f"{COOKIE}={each}"}).status_code for each in cookies]
    assert answers == [401] + [200] * OF_PERSON_MAX


def test_key_of_less_than_its_person_makes_no_passkey_and_no_password(client: Client, gateway: Gateway) -> None:
    una = {"authorization": f"Bearer {let_in(gateway, 'una', 'ALFACNBJ', ['reader', 'sender'], 10**12).secret}"}
    asked = {"roles": ["reader"], "expires_at": "2021-12-16T00:00:00Z"}
    less = client.post("/v1/keys", json=asked, headers=una).json()["secret"]
    scoped = {**asked, "roles": ["reader", "sender"], "operations": ["passkeys.manage", "password.set"]}
    narrow = client.post("/v1/keys", json=scoped, headers=una).json()["secret"]
    for secret in (less, narrow):
        who = {"authorization": f"Bearer {secret}"}
        assert client.post("/v1/passkeys/options", headers=who).status_code == 403
        assert client.post("/v1/password/options", headers=who).status_code == 403


def test_passkey_begun_by_one_person_is_not_ended_by_another(client: Client, gateway: Gateway, anna: Headers) -> None:
    boris = {"authorization": f"Bearer {let_in(gateway, 'boris', 'BETACNBJ', ['reader'], 10**12).secret}"}
    asked = client.post("/v1/passkeys/options", headers=anna).json()
    body = {"flow": asked["flow"], "credential": device().create(asked["options"])}
    assert client.post("/v1/passkeys", json=body, headers=boris).status_code == 400
    own = device()
    assert register(client, anna, own).status_code == 201
    assert register(client, boris, own).status_code == 409


def test_revoked_passkey_signs_nobody_in(client: Client, anna: Headers) -> None:
    own = device()
    made = register(client, anna, own).json()
    assert sign_in(client, own).status_code == 200
    assert client.get("/v1/passkeys").json()["items"] == [{"id": made["id"], "label": "laptop"}]
    assert client.delete(f"/v1/passkeys/{made['id']}", headers=OURS).status_code == 200
    assert me(client) == 401
    assert sign_in(client, own).status_code == 401


def set_password(client: Client, who: Headers, password: str = PASSWORD) -> tuple[httpx.Response, pyotp.TOTP]:
    asked = client.post("/v1/password/options", headers=who).json()
    codes = pyotp.TOTP(asked["secret"])
    body = {"flow": asked["flow"], "password": password, "code": codes.at(OPENED // SECOND_US)}
    return client.post("/v1/password", json=body, headers=who), codes


def by_password(client: Client, code: str, password: str = PASSWORD, person: str = "anna") -> int:
    body = {"person": person, "password": password, "code": code}
    return client.post("/v1/sign-in/password", json=body).status_code


def test_person_signs_in_with_a_password_and_a_code_once(client: Client, gateway: Gateway, anna: Headers) -> None:
    answer, codes = set_password(client, anna)
    assert answer.status_code == 200, answer.text
    now = OPENED // SECOND_US
    assert by_password(client, codes.at(now)) == 200
    assert me(client) == 200
    client.cookies.clear()
    assert by_password(client, codes.at(now)) == 401  # the code was used
    advance(gateway, 30)
    assert by_password(client, codes.at(now + 30), "wrong ledger walnut seventeen") == 401
    assert by_password(client, "000000") == 401
    assert by_password(client, codes.at(now + 30), person="boris") == 401
    assert by_password(client, codes.at(now + 90)) == 401
    assert by_password(client, codes.at(now + 60)) == 200
    assert by_password(client, codes.at(now + 30)) == 401  # older than the one that was used


def test_attempts_cost_time_and_a_passkey_is_not_held_up(client: Client, gateway: Gateway, anna: Headers) -> None:
    own = device()
    register(client, anna, own)
    _, codes = set_password(client, anna)
    for _ in range(5):
        assert by_password(client, "000000", "wrong ledger walnut seventeen") == 401
    right = codes.at(OPENED // SECOND_US)
    assert by_password(client, right) == 503
    assert sign_in(client, own).status_code == 200
    advance(gateway, 2)
    assert by_password(client, right) == 200


def test_journal_says_of_a_refused_sign_in_who_was_tried_and_nothing_that_was_typed(
    gateway: Gateway, anna: Headers
) -> None:
    written = io.BytesIO()
    app = create_app(gateway, SETTINGS)
    with TestClient(Edge(app, Metrics(), Journal(written), Bounds(), 0), base_url=ORIGIN) as client:
        set_password(client, anna)
        written.truncate(0)
        assert by_password(client, "123456", "wrong ledger walnut seventeen") == 401
        assert by_password(client, "123456", "x", person="a password in the wrong field") == 401
        flow = client.post("/v1/sign-in/passkey/options").json()["flow"]
        assert client.post("/v1/sign-in/passkey", json={"flow": flow, "credential": {"id": "x"}}).status_code == 401
    refused = [line for line in map(json.loads, written.getvalue().strip(b"\0").splitlines()) if line["status"] == 401]
    assert [(line["route"], line.get("tried")) for line in refused] == [
        ("/v1/sign-in/password", "anna"),
        ("/v1/sign-in/password", None),
        ("/v1/sign-in/passkey", None),
    ]
    assert {line["problem"] for line in refused} == {"unauthenticated"}
    assert not any(word in written.getvalue() for word in (b"walnut", b"123456", b"wrong field"))


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "aaaaaaaaaaaaaaaaaaaa",
        "i am anna and nobody else",
        "the comity gateway",
        "forever ALFACNBJ forever",
        "P4ssw0rd P4ssw0rd!",
        "x" * 129,
    ],
)
def test_plain_password_is_refused(client: Client, anna: Headers, password: str) -> None:
    answer, _ = set_password(client, anna, password)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:comity:problem:invalid")
    assert password not in answer.text


def test_password_is_known_after_a_restart_and_neither_it_nor_its_hash_is_in_the_log(tmp_path: Path) -> None:
    gateway = open_gateway(tmp_path)
    key = {"authorization": f"Bearer {let_in(gateway, 'anna', 'ALFACNBJ', ['reader'], 10**12).secret}"}
    with TestClient(create_app(gateway, SETTINGS), base_url=ORIGIN) as client:
        _, codes = set_password(client, key)
        right = codes.at(OPENED // SECOND_US)
        assert by_password(client, right) == 200
    log = (tmp_path / "day.log").read_bytes()
    assert not any(each in log for each in (PASSWORD.encode(), b"argon2", codes.secret.encode()))
    assert (tmp_path / "sealing.key").stat().st_mode & 0o777 == 0o600
    gateway = open_gateway(tmp_path)
    with TestClient(create_app(gateway, SETTINGS), base_url=ORIGIN) as client:
        assert by_password(client, right) == 401
        advance(gateway, 30)
        assert by_password(client, codes.at(OPENED // SECOND_US + 30)) == 200
    (tmp_path / "sealing.key").unlink()
    gateway = open_gateway(tmp_path)
    with TestClient(create_app(gateway, SETTINGS), base_url=ORIGIN) as client:
        advance(gateway, 60)
        assert by_password(client, codes.at(OPENED // SECOND_US + 60)) == 401


def operators(gateway: Gateway, party: str, title: str) -> tuple[Headers, Headers]:
    maker, checker = (
        let_in(gateway, f"{party} {role}", party, [f"{title}-{role}"], 10**12) for role in ("operator", "approver")
    )
    return {"authorization": f"Bearer {maker.secret}"}, {"authorization": f"Bearer {checker.secret}"}


@pytest.mark.parametrize(("party", "title"), [("union", "union"), ("CN", "member")])
def test_operator_and_another_person_end_what_somebody_signs_in_with(
    client: Client, gateway: Gateway, anna: Headers, party: str, title: str
) -> None:
    maker, checker = operators(gateway, party, title)
    own = device()
    register(client, anna, own)
    assert sign_in(client, own).status_code == 200
    cookies = dict(client.cookies)
    client.cookies.clear()
    asked = client.delete("/v1/people/anna/sign-in", headers=maker)
    assert (asked.status_code, asked.json()["needs"]) == (202, {party: 1})
    path = asked.headers["location"]
    assert client.post(f"{path}/approve", headers=maker).status_code == 403
    client.cookies.update(cookies)
    assert me(client) == 200
    client.cookies.clear()
    assert client.post(f"{path}/approve", headers=checker).json()["state"] == "carried"
    client.cookies.update(cookies)
    assert me(client) == 401
    client.cookies.clear()
    assert sign_in(client, own).status_code == 401
    assert client.get("/v1/me", headers=anna).status_code == 200
    register(client, anna, new := device())
    assert sign_in(client, new).status_code == 200


def test_passkey_made_meanwhile_does_not_hold_up_the_end_of_signing_in(
    client: Client, gateway: Gateway, anna: Headers
) -> None:
    maker, checker = operators(gateway, "union", "union")
    path = client.delete("/v1/people/anna/sign-in", headers=maker).headers["location"]
    register(client, anna, own := device())
    assert client.post(f"{path}/approve", headers=checker).json()["state"] == "carried"
    assert sign_in(client, own).status_code == 401


def test_sign_in_of_anothers_people_is_not_found(client: Client, gateway: Gateway, anna: Headers) -> None:
    maker, _ = operators(gateway, "RU", "member")
    assert client.get("/v1/me", headers=anna).status_code == 200
    assert client.delete("/v1/people/anna/sign-in", headers=maker).status_code == 404
    assert client.delete("/v1/people/nobody/sign-in", headers=maker).status_code == 404


def test_without_an_origin_nobody_signs_in(gateway: Gateway, anna: Headers) -> None:
    with TestClient(create_app(gateway)) as client:
        assert client.post("/v1/sign-in/passkey/options").status_code == 404
        assert client.post("/v1/passkeys/options", headers=anna).status_code == 404
        assert client.get("/v1/sign-in/oidc").status_code == 404
