"""People sign in at a provider of identities: a small one, with real tokens."""

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from litestar import Litestar
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.gateway.enrolments import Person
from comity.gateway.settings import Oidc, Settings, SignIn
from tests.gateway.union import OPENED, open_gateway

HOST = "testserver.local"
ORIGIN = f"https://{HOST}"
SECRET = "Kq0rj3Z8mPz1TnW4"  # noqa: S105 - of a test
NOW = OPENED // 1_000_000
KEY = RSAKey.generate_key(2048, parameters={"kid": "one"})


class Provider(BaseHTTPRequestHandler):
    """Tells what it is, and exchanges a code for a token, if the verifier is that of the challenge."""

    issuer: ClassVar[str]
    codes: ClassVar[dict[str, tuple[str, str]]] = {}  # challenge and nonce by code
    claims: ClassVar[dict[str, Any]] = {}
    header: ClassVar[dict[str, Any]] = {"alg": "RS256", "kid": "one"}
    key: ClassVar[RSAKey | ECKey | OctKey] = KEY

    def do_GET(self) -> None:
        if self.path == "/.well-known/openid-configuration":
            paths = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            self._answer(200, {"issuer": self.issuer, **{name: f"{self.issuer}/{at}" for name, at in paths.items()}})
        else:
            self._answer(200, {**KeySet([KEY]).as_dict(private=False)})

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        challenge, nonce = self.codes.pop(form["code"][0], ("", ""))
        verifier = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        proven = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode() == challenge
        known = self.headers["authorization"] == f"Basic {base64.b64encode(f'comity:{SECRET}'.encode()).decode()}"
        if not (proven and known and form["redirect_uri"] == [f"{ORIGIN}/v1/sign-in/oidc/return"]):
            self._answer(400, {"error": "invalid_grant"})
            return
        claims = {"iss": self.issuer, "aud": "comity", "sub": "sub-1", "iat": NOW, "exp": NOW + 300, "nonce": nonce}
        said = {name: value for name, value in (claims | self.claims).items() if value is not None}
        token = jwt.encode(self.header, said, self.key, algorithms=[self.header["alg"]])
        self._answer(200, {"access_token": "x", "token_type": "Bearer", "id_token": token})

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Provider]]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        monkeypatch.setattr(Provider, "issuer", f"http://127.0.0.1:{server.server_port}", raising=False)
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield Provider
        server.shutdown()
        thread.join()


@pytest.fixture
def client(provider: type[Provider], tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    with signing_in(provider, tmp_path) as client:
        yield client


@contextmanager
def signing_in(provider: type[Provider], folder: Path, acr: str = "") -> Iterator[TestClient[Litestar]]:
    """Serve a gateway that knows one person by their subject."""
    secret = folder / "oidc"
    secret.write_text(SECRET)
    settings = Settings("folder", origin=ORIGIN, sign_in=SignIn(oidc=Oidc(provider.issuer, "comity", str(secret), acr)))
    gateway = open_gateway()
    gateway.note([Person("anna", "ALFACNBJ", ("reader",), "console", "sub-1")]).result()
    with TestClient(create_app(gateway, settings), base_url=ORIGIN) as client:
        yield client


def agree(provider: type[Provider], there: str) -> str:
    """Sign in at the provider; where it sends the browser back to."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
    assert (asked["client_id"], asked["response_type"], asked["scope"]) == ("comity", "code", "openid")
    assert asked["code_challenge_method"] == "S256"
    provider.codes["c-1"] = (asked["code_challenge"], asked["nonce"])
    return f"/v1/sign-in/oidc/return?{urlencode({'code': 'c-1', 'state': asked['state']})}"


def come_back(client: TestClient[Litestar], provider: type[Provider]) -> httpx.Response:
    begun = client.get("/v1/sign-in/oidc", follow_redirects=False)
    assert begun.status_code == 303, begun.text
    return client.get(agree(provider, begun.headers["location"]))


def test_person_signs_in_at_the_provider(client: TestClient[Litestar], provider: type[Provider]) -> None:
    answer = come_back(client, provider)
    assert (answer.status_code, answer.json()["id"]) == (200, "person:anna")
    assert client.get("/v1/me").json()["person"] == "anna"


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "sub-2"},
        {"sub": None},
        {"aud": "another"},
        {"aud": ["comity", "another"]},
        {"azp": "another"},
        {"iss": "http://127.0.0.1:1"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": NOW - 61},
        {"exp": None},
        {"iat": NOW + 3_600},
    ],
    ids=str,
)
def test_token_for_something_else_is_refused(
    client: TestClient[Litestar], provider: type[Provider], monkeypatch: pytest.MonkeyPatch, claims: dict[str, Any]
) -> None:
    monkeypatch.setattr(provider, "claims", claims)
    assert come_back(client, provider).status_code == 401
    assert client.get("/v1/me").status_code == 401


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ({"alg": "RS256", "kid": "one"}, RSAKey.generate_key(2048)),
        ({"alg": "RS256", "kid": "two"}, KEY),
        ({"alg": "HS256", "kid": "one"}, OctKey.import_key(KEY.as_pem(private=False).hex())),
        ({"alg": "ES256", "kid": "one"}, ECKey.generate_key("P-256")),
    ],
    ids=["another-key", "unknown-id", "secret-of-the-public-key", "another-kind"],
)
def test_token_signed_otherwise_is_refused(
    client: TestClient[Litestar],
    provider: type[Provider],
    monkeypatch: pytest.MonkeyPatch,
    header: dict[str, str],
    key: RSAKey | ECKey | OctKey,
) -> None:
    monkeypatch.setattr(provider, "header", header)
    monkeypatch.setattr(provider, "key", key)
    assert come_back(client, provider).status_code == 401


def test_browser_that_did_not_begin_cannot_end(client: TestClient[Litestar], provider: type[Provider]) -> None:
    begun = client.get("/v1/sign-in/oidc", follow_redirects=False)
    back = agree(provider, begun.headers["location"])
    cookies = dict(client.cookies)
    client.cookies.clear()
    assert client.get(back).status_code == 401
    for name, value in cookies.items():
        client.cookies.set(name, value, HOST, "/")
    assert client.get(back).status_code == 401  # it was taken
    assert client.get("/v1/sign-in/oidc/return").status_code == 401
    assert come_back(client, provider).status_code == 200


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 303), ("none", 303)]
)
def test_other_site_signs_nobody_in(client: TestClient[Litestar], site: str, status: int) -> None:
    begun = client.get("/v1/sign-in/oidc", headers={"sec-fetch-site": site}, follow_redirects=False)
    assert begun.status_code == status
    assert ("__Host-comity-flow" in begun.headers.get("set-cookie", "")) == (status == 303)


@pytest.mark.parametrize(("said", "status"), [("gold", 200), ("silver", 401), (None, 401)])
def test_provider_has_to_say_how_well_somebody_proved_themself(
    provider: type[Provider], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str | None, status: int
) -> None:
    monkeypatch.setattr(provider, "claims", {"acr": said})
    with signing_in(provider, tmp_path, "gold") as client:
        begun = client.get("/v1/sign-in/oidc", follow_redirects=False)
        assert parse_qs(urlsplit(begun.headers["location"]).query)["acr_values"] == ["gold"]
        assert client.get(agree(provider, begun.headers["location"])).status_code == status


def test_provider_that_is_another_or_away_is_an_environment_that_fails(
    client: TestClient[Litestar], provider: type[Provider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "issuer", "http://127.0.0.1:1")
    assert client.get("/v1/sign-in/oidc", follow_redirects=False).status_code == 503
