"""Signed requests: taken once, and only as they were signed."""

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias, cast

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import ED25519
from litestar import Litestar
from litestar.testing import TestClient

import comity
from comity.api.app import create_app
from comity.api.bounds import Bounds, Buckets
from comity.api.shortcut import Shortcut
from comity.client import AsyncClient, NotAllowed
from comity.client.signing import SignatureAuth, Signer, read_private_key
from comity.errors import InvalidRequest
from comity.gateway.clock import SetClock
from comity.gateway.enrolments import Credential, Person, Revoked
from comity.gateway.gateway import Gateway
from comity.gateway.nonces import AHEAD_US, WINDOW_US
from comity.gateway.settings import Settings
from comity.wire.signatures import digest_of
from tests.api.serving import served
from tests.gateway.union import OPENED, open_gateway, small_union

Client: TypeAlias = TestClient[Litestar]
Change: TypeAlias = Callable[[dict[str, str]], dict[str, str]]

SECONDS = OPENED // 1_000_000
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "http://testserver.local"
TARGET = f"{ORIGIN}/v1/payments"
PAYMENT = {"id": "p1", "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": "12.50"}
BODY = json.dumps(PAYMENT).encode()
PERSON = Person("anna", "ALFACNBJ", ("reader", "sender"), "console")
KEY = Credential(
    "signing-1",
    "signature",
    PRIVATE.public_key().public_bytes_raw().hex(),
    "anna",
    "ALFACNBJ",
    ("reader", "sender"),
    "console",
    OPENED + 10**12,
)


@pytest.fixture
def gateway() -> Gateway:
    gateway = open_gateway()
    gateway.note([PERSON, KEY]).result()
    return gateway


@pytest.fixture(params=["framework", "shortcut"])
def client(gateway: Gateway, request: pytest.FixtureRequest) -> Iterator[Client]:
    app = create_app(gateway)
    served: Any = Shortcut(app, gateway, Buckets(Bounds())) if request.param == "shortcut" else app
    with TestClient(served) as client:
        yield client


def signer(now: int = SECONDS, private: Ed25519PrivateKey = PRIVATE) -> Signer:
    return Signer("signing-1", private, lambda: now)


def signed(body: bytes = BODY, now: int = SECONDS, **headers: str) -> dict[str, str]:
    given = {"content-type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
    return given | signer(now).headers("POST", TARGET, given, body)


def post(client: Client, headers: dict[str, str], body: bytes = BODY, path: str = "/v1/payments") -> httpx.Response:
    return client.post(path, content=body, headers=headers)


def test_signed_payment_is_taken_once(client: Client) -> None:
    headers = signed()
    assert post(client, headers).status_code == 201
    again = post(client, headers)
    assert (again.status_code, again.json()["detail"]) == (401, "this nonce was used before")


def test_signed_payment_goes_past_the_framework_and_one_that_is_not_as_signed_does_not(gateway: Gateway) -> None:
    app = create_app(gateway)
    ordinary = []

    async def counted(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as the framework names them
        ordinary.append(scope["type"])
        await app(scope, receive, send)

    with TestClient(cast("Any", Shortcut(counted, gateway, Buckets(Bounds())))) as client:
        ordinary.clear()
        assert (post(client, signed()).status_code, ordinary) == (201, [])
        changed = _changed("signature", "comity=:", "comity=:AAAA")(signed())
        assert (post(client, changed).status_code, ordinary) == (401, ["http"])


def test_same_payment_signed_anew_is_the_same_payment(client: Client) -> None:
    first = post(client, signed(idempotency_key="k1"))
    again = post(client, signed(idempotency_key="k1"))
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"


def test_every_request_of_a_client_is_signed_with_a_nonce_of_its_own(client: Client) -> None:
    client.auth = SignatureAuth(signer())
    assert client.get("/v1/me").json()["id"] == "key:signing-1"
    assert client.get("/v1/keys", params={"limit": "2", "cursor": "0"}).status_code == 200
    assert client.post("/v1/payments", json=PAYMENT).status_code == 201


def test_client_signs_by_itself_waiting_or_not(gateway: Gateway) -> None:
    async def ask(url: str) -> tuple[str, str]:
        async with AsyncClient(url, signer()) as client:
            paid = await client.pay("p2", "BETACNBJ", "1.00 CNY")
            return (await client.me()).id, paid.state

    with served(gateway) as url:
        with comity.connect(url, key=signer()) as client:
            assert client.pay("p1", "BETACNBJ", "1.00 CNY").state == "STLD"
            assert [each.id for each in client.instructions(participant="ALFACNBJ", limit=2).items] == ["p1"]
            assert next(client.events()).type == "command"
        assert asyncio.run(ask(url)) == ("key:signing-1", "STLD")
        with comity.connect(url, key=signer(private=Ed25519PrivateKey.generate())) as other, pytest.raises(NotAllowed):
            other.me()


def test_client_signs_again_what_was_signed_before_the_gateway_started(tmp_path: Path) -> None:
    clock = SetClock(OPENED)
    gateway = Gateway.open(tmp_path, small_union(), clock)
    gateway.note([PERSON, KEY]).result()
    gateway.close()
    gateway = Gateway.open(tmp_path, None, clock)
    times = iter((SECONDS, SECONDS + 2, SECONDS + 3))

    def now() -> int:
        second = next(times)
        clock.advance(second * 1_000_000 - clock.now())
        return second

    with served(gateway) as url, comity.connect(url, key=Signer("signing-1", PRIVATE, now)) as client:
        assert client.me().id == "key:signing-1"
    assert next(times, None) is None


def _changed(name: str, old: str, new: str) -> Change:
    def change(headers: dict[str, str]) -> dict[str, str]:
        assert old in headers[name]
        return {**headers, name: headers[name].replace(old, new, 1)}

    return change


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_changed("signature-input", f"created={SECONDS}", f"created={SECONDS + 1}"), id="created"),
        pytest.param(_changed("signature-input", 'nonce="', 'nonce="0'), id="nonce"),
        pytest.param(_changed("signature-input", 'keyid="signing-1', 'keyid="signing-2'), id="keyid"),
        pytest.param(_changed("signature-input", ';alg="ed25519"', ""), id="alg"),
        pytest.param(_changed("signature-input", '"@method" ', ""), id="method-not-covered"),
        pytest.param(_changed("signature-input", '"@target-uri" ', ""), id="target-not-covered"),
        pytest.param(_changed("signature-input", '"content-digest" ', ""), id="digest-not-covered"),
        pytest.param(_changed("signature-input", ' "idempotency-key"', ""), id="key-not-covered"),
        pytest.param(_changed("signature-input", '"@method" "@target-uri"', '"@target-uri" "@method"'), id="order"),
        pytest.param(_changed("idempotency-key", "k1", "k2"), id="idempotency-key"),
        pytest.param(_changed("content-type", "json", "jsonx"), id="content-type"),
        pytest.param(_changed("content-digest", "sha-256=:", "sha-256=:A"), id="content-digest"),
        pytest.param(lambda headers: {**headers, "content-digest": digest_of(b"{}")}, id="digest-of-another-body"),
        pytest.param(lambda headers: {**headers, "host": "elsewhere.example"}, id="authority"),
        pytest.param(_changed("signature", "comity=:", "comity=:AAAA"), id="signature"),
        pytest.param(_changed("signature", "comity=:", "other=:"), id="label"),
    ],
)
def test_request_changed_on_the_way_is_refused(client: Client, change: Change) -> None:
    headers = change(signed(idempotency_key="k1"))
    answer = post(client, headers)
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:comity:problem:unauthenticated")
    assert post(client, signed(idempotency_key="k1")).status_code == 201  # nothing was taken


def test_another_method_path_query_or_body_is_refused(client: Client) -> None:
    headers = signed()
    assert client.put("/v1/payments", content=BODY, headers=headers).status_code in {401, 405}
    assert client.delete("/v1/keys/signing-1", headers=signed()).status_code == 401
    assert post(client, headers, path="/v1/payments?dry_run=true").status_code == 401
    assert post(client, headers, path="/v1/keys").status_code == 401
    assert post(client, headers, BODY.replace(b"12.50", b"92.50")).status_code == 401
    assert post(client, headers, BODY + b" ").status_code == 401
    assert post(client, headers).status_code == 201


def test_body_without_digest_is_refused(client: Client) -> None:
    given = {"content-type": "application/json"}
    headers = given | signer().headers("POST", TARGET, given, b"")
    answer = post(client, headers)
    assert (answer.status_code, answer.json()["detail"]) == (401, "a body is signed by its content-digest")


@pytest.mark.parametrize("apart_s", [-WINDOW_US // 1_000_000 - 1, AHEAD_US // 1_000_000 + 1, -3_600, 3_600])
def test_signature_of_another_time_is_refused(client: Client, apart_s: int) -> None:
    assert post(client, signed(now=SECONDS + apart_s)).status_code == 401


@pytest.mark.parametrize("apart_s", [-WINDOW_US // 1_000_000, AHEAD_US // 1_000_000])
def test_signature_within_the_window_is_taken(client: Client, apart_s: int) -> None:
    assert post(client, signed(now=SECONDS + apart_s)).status_code == 201


def test_signature_of_another_key_or_one_revoked_is_refused(client: Client, gateway: Gateway) -> None:
    stranger = signer(private=Ed25519PrivateKey.generate())
    given = {"content-type": "application/json"}
    assert post(client, given | stranger.headers("POST", TARGET, given, BODY)).status_code == 401
    gateway.note([Revoked("signing-1", "console")]).result()
    assert post(client, signed()).status_code == 401


def test_replay_at_any_time_while_the_signature_is_good_is_refused(client: Client, gateway: Gateway) -> None:
    clock = gateway.clock
    assert isinstance(clock, SetClock)
    headers = signed(now=SECONDS + AHEAD_US // 1_000_000)
    assert post(client, headers).status_code == 201
    for _ in range(70):
        clock.advance(1_000_000)
        now = clock.now() // 1_000_000
        client.get("/v1/me", headers=signer(now).headers("GET", f"{ORIGIN}/v1/me", {}, b""))
        assert post(client, headers).status_code == 401


def test_request_taken_before_a_restart_is_not_taken_after_it(tmp_path: Path) -> None:
    clock = SetClock(OPENED)
    gateway = Gateway.open(tmp_path, small_union(), clock)
    gateway.note([PERSON, KEY]).result()
    headers = signer().headers("GET", f"{ORIGIN}/v1/me", {}, b"")
    ahead = signer(SECONDS + 2).headers("GET", f"{ORIGIN}/v1/me", {}, b"")
    with TestClient(create_app(gateway)) as client:
        assert client.get("/v1/me", headers=headers).status_code == 200
        assert client.get("/v1/me", headers=ahead).status_code == 200
    gateway = Gateway.open(tmp_path, None, clock)
    with TestClient(create_app(gateway)) as client:
        for each in (headers, ahead):
            answer = client.get("/v1/me", headers=each)
            assert (answer.status_code, "sign again" in answer.json()["detail"]) == (401, True)
        clock.advance(3_000_000)
        assert client.get("/v1/me", headers=headers).status_code == 401
        assert client.get("/v1/me", headers=ahead).status_code == 401
        fresh = signer(SECONDS + 3).headers("GET", f"{ORIGIN}/v1/me", {}, b"")
        assert client.get("/v1/me", headers=fresh).status_code == 200


def test_origin_that_is_set_is_what_has_to_be_signed(gateway: Gateway) -> None:
    with TestClient(create_app(gateway, Settings("folder", origin="https://comity.example"))) as client:
        there = signer().headers("GET", "https://comity.example/v1/me", {}, b"")
        here = signer().headers("GET", f"{ORIGIN}/v1/me", {}, b"")
        assert client.get("/v1/me", headers=there).status_code == 200
        assert client.get("/v1/me", headers=here).status_code == 401


PARTS = '("@method" "@target-uri")'


@pytest.mark.parametrize(
    "given",
    [
        "",
        "comity",
        "comity=()",
        f"comity={PARTS}",
        f'comity={PARTS};created=1639530000;keyid="signing-1"',
        f'comity={PARTS};created=1639530000;nonce="1"',
        f'comity={PARTS};nonce="1";keyid="signing-1"',
        f'comity={PARTS};created="1639530000";nonce="1";keyid="signing-1"',
        f'comity={PARTS};created=1639530000;created=1639530000;nonce="1";keyid="signing-1"',
        f'comity={PARTS};created=1639530000;nonce="{65 * "1"}";keyid="signing-1"',
        f'comity={PARTS};created=1639530000;nonce="1";keyid="signing-1";alg="rsa-v1_5-sha256"',
        f'comity={PARTS};created=1639530000;nonce="1";keyid="signing-1", other={PARTS};created=1;nonce="2";keyid="k"',
        'comity=("@method" "@method" "@target-uri");created=1639530000;nonce="1";keyid="signing-1"',
        'comity=("@method";req "@target-uri");created=1639530000;nonce="1";keyid="signing-1"',
        'comity=("@method" "@target-uri" );created=1639530000;nonce="1";keyid="signing-1"',
        'comity=("@method" "@target-uri" "x-absent");created=1639530000;nonce="1";keyid="signing-1"',
        'comity=("@method" "@target-uri" "@status");created=1639530000;nonce="1";keyid="signing-1"',
        f'comity={PARTS};created={"9" * 16};nonce="1";keyid="signing-1"',
        "comity=" + "(" * 3_000,
        "comity=" + PARTS + ";a" * 1_000,
    ],
)
def test_signature_of_another_shape_is_refused(client: Client, given: str) -> None:
    proof = base64.b64encode(bytes(64)).decode()
    answer = client.get("/v1/me", headers={"signature-input": given, "signature": f"comity=:{proof}:"})
    assert answer.status_code == 401


class Keys(HTTPSignatureKeyResolver):
    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        assert key_id == "signing-1"
        return PRIVATE.public_key()

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        assert key_id == "signing-1"
        return PRIVATE


def test_what_we_sign_another_library_verifies() -> None:
    request = httpx.Request("POST", TARGET, content=BODY, headers={"content-type": "application/json"})
    auth = SignatureAuth(Signer("signing-1", PRIVATE))
    request = next(auth.auth_flow(request))
    verifier = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=Keys())
    (result,) = verifier.verify(request)
    covered = {each.strip('"') for each in result.covered_components}
    assert covered == {"@method", "@target-uri", "content-digest", "content-type", "@signature-params"}


def test_what_another_library_signs_we_verify(client: Client) -> None:
    headers = {"content-type": "application/json"}
    request = httpx.Request("POST", TARGET, content=BODY, headers=headers)
    HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=Keys()).sign(
        request,
        key_id="signing-1",
        created=datetime.fromtimestamp(SECONDS, UTC),
        expires=datetime.fromtimestamp(SECONDS + 30, UTC),
        nonce="n-1",
        covered_component_ids=("@method", "@target-uri", "content-digest"),
        body=BODY,
    )
    assert client.send(request).status_code == 201


def test_key_in_a_file_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    with pytest.raises(InvalidRequest):
        read_private_key(path)
    for private in (PRIVATE, generate_private_key(SECP256R1())):
        path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        if private is PRIVATE:
            assert read_private_key(path).private_bytes_raw() == bytes(range(32))
    with pytest.raises(InvalidRequest):
        read_private_key(path)
