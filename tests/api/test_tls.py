"""Mutual TLS: a real server and real certificates."""

import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from time import sleep

import httpx
import pytest
import uvicorn

from comity.api.app import create_app
from comity.api.tls import PeerProtocol, server_context
from comity.errors import InvalidRequest
from comity.gateway.gateway import Gateway
from comity.gateway.people import let_in
from comity.gateway.settings import Tls
from tests.api.certificates import Issued, issue
from tests.gateway.union import open_gateway

DAY_US = 86_400_000_000
ASKED = {"kind": "certificate", "roles": ["reader"], "expires_at": "2022-06-01T00:00:00Z"}


@contextmanager
def served(gateway: Gateway, tls: Tls) -> Iterator[str]:
    """Serve a gateway over TLS; yields its origin."""
    context = server_context(tls)
    config = uvicorn.Config(
        create_app(gateway),
        port=0,
        http=PeerProtocol,
        ssl_context_factory=lambda _config, _default: context,
        log_config=None,
        lifespan="on",
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    while not server.started:
        sleep(0.01)
    try:
        yield f"https://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def client(authority: Issued, shown: Issued | None = None, key: str = "") -> httpx.Client:
    context = ssl.create_default_context(cafile=authority.certificate)
    if shown:
        context.load_cert_chain(shown.certificate, shown.key)
    return httpx.Client(verify=context, headers={"authorization": f"Bearer {key}"} if key else {})


def status(origin: str, authority: Issued, shown: Issued | None = None, key: str = "") -> int:
    """Return the status of an answer, 0 if TLS was refused."""
    with client(authority, shown, key) as each:
        try:
            return each.get(f"{origin}/v1/me").status_code
        except (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError):
            return 0


def test_certificate_acts_for_whom_it_is_pinned_to_and_no_other_is_let_in(tmp_path: Path) -> None:
    authority, stranger = issue(tmp_path, "authority"), issue(tmp_path, "stranger")
    server = issue(tmp_path, "server", authority)
    pinned = issue(tmp_path, "pinned", authority)
    renewed = issue(tmp_path, "renewed", authority, private=pinned.private)
    unpinned = issue(tmp_path, "unpinned", authority)
    expired = issue(tmp_path, "expired", authority, ends=timedelta(days=-1), private=pinned.private)
    foreign = issue(tmp_path, "foreign", stranger, private=pinned.private)
    gateway = open_gateway()
    anna = let_in(gateway, "anna", "ALFACNBJ", ["reader"], DAY_US).secret
    boris = let_in(gateway, "boris", "BETACNBJ", ["reader"], DAY_US).secret
    tls = Tls(str(server.certificate), str(server.key), str(authority.certificate))
    with served(gateway, tls) as origin:
        assert status(origin, authority, pinned) == 401
        with client(authority, key=anna) as each:
            made = each.post(f"{origin}/v1/keys", json={**ASKED, "certificate": pinned.pem}).json()
        with client(authority, pinned) as each:
            me = each.get(f"{origin}/v1/me").json()
        assert (me["id"], me["party"]) == (f"key:{made['key']['id']}", "ALFACNBJ")
        assert status(origin, authority, renewed) == 200  # the same key in another certificate
        assert status(origin, authority, unpinned) == 401
        assert status(origin, authority, expired) == 0
        assert status(origin, authority, foreign) == 0
        assert status(origin, authority, None) == 401
        # With an API key as well, both have to be of one party.
        assert status(origin, authority, None, anna) == 200
        assert status(origin, authority, pinned, anna) == 200
        assert status(origin, authority, pinned, boris) == 401
        assert status(origin, authority, pinned, "guess") == 401
        assert status(origin, authority, unpinned, anna) == 401
        # A browser shows a certificate whoever's page it is on.
        with client(authority, pinned) as each:
            elsewhere = {"origin": "https://evil.example"}
            assert each.post(f"{origin}/v1/sign-out", headers=elsewhere).status_code == 403
            assert each.get(f"{origin}/v1/me", headers=elsewhere).status_code == 200
            assert each.post(f"{origin}/v1/sign-out").status_code == 200
        with client(authority, key=anna) as each:
            assert each.delete(f"{origin}/v1/keys/{made['key']['id']}").status_code == 200
        assert status(origin, authority, pinned) == 401


def test_whoever_shows_no_certificate_is_turned_away_where_one_is_required(tmp_path: Path) -> None:
    authority = issue(tmp_path, "authority")
    server, pinned = issue(tmp_path, "server", authority), issue(tmp_path, "pinned", authority)
    gateway = open_gateway()
    anna = let_in(gateway, "anna", "ALFACNBJ", ["reader"], DAY_US).secret
    tls = Tls(str(server.certificate), str(server.key), str(authority.certificate), require=True)
    with served(gateway, tls) as origin:
        assert status(origin, authority, None, anna) == 0
        assert status(origin, authority, pinned, anna) == 401
        old = ssl.create_default_context(cafile=authority.certificate)
        old.load_cert_chain(pinned.certificate, pinned.key)
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2
        with httpx.Client(verify=old) as each:
            assert each.get(f"{origin}/v1/me").status_code == 401


@pytest.mark.parametrize(
    ("version", "suites", "taken"),
    [
        (ssl.TLSVersion.TLSv1_3, "", True),
        (ssl.TLSVersion.TLSv1_2, "ECDHE+AESGCM", True),
        (ssl.TLSVersion.TLSv1_2, "ECDHE+CHACHA20", True),
        (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0", False),
        (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0", False),
        (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0", False),
    ],
    ids=str,
)
def test_old_versions_and_weak_suites_are_refused(
    tmp_path: Path, version: ssl.TLSVersion, suites: str, *, taken: bool
) -> None:
    authority = issue(tmp_path, "authority")
    server = issue(tmp_path, "server", authority)
    ours = server_context(Tls(str(server.certificate), str(server.key)))
    theirs = ssl.create_default_context(cafile=authority.certificate)
    if suites:
        theirs.set_ciphers(suites)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # an old version is what this is about
        theirs.minimum_version = theirs.maximum_version = version
    assert shake_hands(ours, theirs) == taken


def shake_hands(ours: ssl.SSLContext, theirs: ssl.SSLContext) -> bool:
    """Return whether server and client agree, in memory."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        theirs.wrap_bio(back, there, server_hostname="127.0.0.1"),
        ours.wrap_bio(there, back, server_side=True),
    ]
    done = set[int]()
    for turn in range(20):
        try:
            sides[turn % 2].do_handshake()
            done.add(turn % 2)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            return False
    return done == {0, 1}


def test_header_cannot_stand_for_a_certificate(tmp_path: Path) -> None:
    authority = issue(tmp_path, "authority")
    server, pinned = issue(tmp_path, "server", authority), issue(tmp_path, "pinned", authority)
    gateway = open_gateway()
    let_in(gateway, "anna", "ALFACNBJ", ["reader"], DAY_US)
    tls = Tls(str(server.certificate), str(server.key), str(authority.certificate))
    with served(gateway, tls) as origin, client(authority) as each:
        headers = {"x-client-cert": pinned.pem.replace("\n", " ").strip(), "comity.peer": "00"}
        assert each.get(f"{origin}/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize("broken", ["certificate", "key", "clients"])
def test_files_that_are_no_certificates_are_refused(tmp_path: Path, broken: str) -> None:
    authority = issue(tmp_path, "authority")
    server = issue(tmp_path, "server", authority)
    (tmp_path / "broken").write_text("no certificate")
    files = {"certificate": server.certificate, "key": server.key, "clients": authority.certificate}
    files[broken] = tmp_path / "broken"
    with pytest.raises(InvalidRequest):
        server_context(Tls(str(files["certificate"]), str(files["key"]), str(files["clients"])))
