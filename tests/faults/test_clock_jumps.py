"""A clock that jumps by an hour: what depends on the time is refused, and nothing that was used can be used again."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar import Litestar
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.client.signing import Signer
from comity.gateway.clock import Clock, MachineClock, SetClock
from comity.gateway.enrolments import Credential, Person
from comity.gateway.gateway import Gateway
from comity.gateway.identities import hash_of
from comity.gateway.nonces import WINDOW_US, Nonces
from comity.gateway.sessions import Sessions
from comity.gateway.settings import SignIn
from comity.model.command import Command
from comity.wire.signatures import Unsigned
from tests.gateway.union import OPENED, small_union

if TYPE_CHECKING:
    from comity.wire.identities import KeyKind

SECOND_US = 1_000_000
HOUR_S = 3_600
HOUR_US = HOUR_S * SECOND_US
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ME = "http://testserver.local/v1/me"
PAYMENT = {"id": "p1", "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": "12.50"}
JUMPS = [HOUR_S, -HOUR_S]


def opened(folder: Path, clock: Clock) -> Gateway:
    """Open a gateway; with a new one come a token and a signing key for two hours, and a token for half an hour."""
    begins = not (folder / "day.log").exists()
    gateway = Gateway.open(folder, small_union() if begins else None, clock)
    if begins:
        public = PRIVATE.public_key().public_bytes_raw().hex()
        kinds: list[tuple[str, KeyKind, str, int]] = [
            ("signing-1", "signature", public, 2 * HOUR_US),
            ("long-1", "api-key", hash_of("long"), 2 * HOUR_US),
            ("short-1", "api-key", hash_of("short"), HOUR_US // 2),
        ]
        roles, until = ("reader", "sender"), clock.now()
        keys = [
            Credential(name, kind, proof, "anna", "ALFACNBJ", roles, "console", until + lasts)
            for name, kind, proof, lasts in kinds
        ]
        gateway.note([Person("anna", "ALFACNBJ", roles, "console"), *keys]).result()
        gateway.give([Command("phase", value="open")]).result()
    return gateway


def signed(client: TestClient[Litestar], headers: dict[str, str]) -> httpx.Response:
    return client.get(ME, headers=headers)


def signature(now_us: int) -> dict[str, str]:
    return Signer("signing-1", PRIVATE, lambda: now_us // SECOND_US).headers("GET", ME, {}, b"")


def pay(client: TestClient[Litestar], key: str, by: str = "long") -> httpx.Response:
    headers = {"authorization": f"Bearer {by}", "idempotency-key": key}
    return client.post("/v1/payments", json={**PAYMENT, "id": key}, headers=headers)


@pytest.mark.parametrize("jump_s", JUMPS)
def test_clock_of_the_machine_that_jumps_stops_everything_until_it_is_right_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump_s: int
) -> None:
    clock = MachineClock()
    with TestClient(create_app(opened(tmp_path, clock))) as client:
        first, headers = pay(client, "k1"), signature(clock.now())
        assert (first.status_code, signed(client, headers).status_code) == (201, 200)
        fresh = signature(clock.now() + jump_s * SECOND_US)
        real = time.time_ns
        with monkeypatch.context() as jumped:
            jumped.setattr(time, "time_ns", lambda: real() + jump_s * 10**9)
            answers = [pay(client, "k1"), pay(client, "k2"), signed(client, headers), signed(client, fresh)]
            assert {answer.status_code for answer in answers} == {503}
            assert {answer.json()["type"] for answer in answers} == {"urn:comity:problem:stopped"}
            assert [client.get(path).status_code for path in ("/health", "/health/ready")] == [200, 503]
        again = pay(client, "k1")
        assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
        assert [signed(client, each).status_code for each in (headers, fresh)] == [401, 401]
        assert pay(client, "k2").json()["sequence"] == first.json()["sequence"] + 1  # it was not taken before
        assert client.get("/health/ready").status_code == 200


@pytest.mark.parametrize("jump_s", JUMPS)
def test_gateway_that_was_started_with_a_wrong_clock_takes_nothing_twice_once_it_is_right(
    tmp_path: Path, jump_s: int
) -> None:
    wrong = SetClock(OPENED + jump_s * SECOND_US)
    with TestClient(create_app(opened(tmp_path, wrong))) as client:
        headers = signature(wrong.now())
        first = pay(client, "k1")
        assert (first.status_code, signed(client, headers).status_code) == (201, 200)
    right = SetClock(OPENED)
    with TestClient(create_app(opened(tmp_path, right))) as client:
        assert signed(client, headers).status_code == 401
        again = pay(client, "k1")
        assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
        # Time does not run back: what was good for half an hour is over if an hour has gone by, and only then.
        assert pay(client, "k2", "short").status_code == (401 if jump_s < 0 else 201)
        # Who signs with the right time is let in once the gateway's time is no longer ahead of it.
        assert signed(client, signature(right.now() + 3 * SECOND_US)).status_code == 401
        right.advance(max(jump_s, 0) * SECOND_US + 3 * SECOND_US)
        assert signed(client, headers).status_code == 401
        assert signed(client, signature(right.now())).status_code == 200


def test_nonce_stays_used_when_the_clock_goes_forward_and_back() -> None:
    nonces, now = Nonces(), OPENED

    def take(created: int, nonce: str, instant: int) -> None:
        nonces.check(created // SECOND_US, 0, instant)
        nonces.claim("key", nonce, instant)

    take(now, "n1", now)
    take(now + HOUR_US, "n2", now + HOUR_US)
    take(now + HOUR_US + WINDOW_US, "n3", now + HOUR_US + WINDOW_US)
    for instant in (now, now + HOUR_US, now + 2 * HOUR_US):
        with pytest.raises(Unsigned):
            take(now, "n1", instant)


def test_session_ends_when_the_clock_goes_forward_and_lasts_no_longer_when_it_goes_back() -> None:
    terms = SignIn()
    sessions = Sessions(terms)
    secret = sessions.begin("anna", 1, OPENED)
    assert sessions.find(secret, OPENED - HOUR_US) is not None
    assert sessions.find(secret, OPENED + terms.idle_s * SECOND_US - 1) is not None
    later = OPENED + 2 * terms.idle_s * SECOND_US
    assert sessions.find(secret, later) is None
    assert sessions.find(secret, OPENED) is None
