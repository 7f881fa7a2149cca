"""Signatures of messages: who signed asks, what was signed is read, and nothing else is."""

import asyncio
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ssl import DER_cert_to_PEM_cert
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from litestar import Litestar
from litestar.testing import TestClient
from lxml import etree

from comity.api.app import create_app
from comity.api.journal import FolderJournal, Journal
from comity.gateway.credentials import fingerprint_of
from comity.gateway.enrolments import Credential, CredentialKind, Person, Revoked
from comity.gateway.folder import Folder
from comity.gateway.gateway import Gateway
from comity.gateway.settings import Watched
from comity.gateway.watching import Channel
from comity.iso20022.messages import MESSAGES
from comity.iso20022.messages.statuses import StatusReport
from comity.iso20022.reading import read
from comity.iso20022.signature import is_strong
from comity.model.instant import DAY_US
from tests.api.lists import open_screening
from tests.api.messages import ALFA, AT, BETA, enveloped, header_of, item, limit, parsed, transfers, written
from tests.gateway.people import as_, enrol
from tests.gateway.union import OPENED
from tests.signing import (
    DIGEST_SHA1,
    DIGEST_SHA512,
    DSIG,
    ENVELOPED,
    EXCLUSIVE,
    INCLUSIVE,
    MORE,
    PSS_SHA256,
    PSS_SHA512,
    Form,
    Private,
    around,
    certificate,
    sign,
)

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from comity.gateway.notes import Note

Client: TypeAlias = TestClient[Litestar]
P256, P384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
RSA = rsa.generate_private_key(65_537, 2_048)
STRANGE = ec.generate_private_key(ec.SECP256R1())
OWN = around(P256, OPENED)
UNKNOWN = OWN.public_bytes(Encoding.DER).replace(
    bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a8648ce3d03017f")
)
"""A certificate whose key is on a curve that nobody knows."""
NOON = datetime.fromtimestamp(OPENED // 1_000_000, UTC)
DATA = written(transfers("M-1", item(1)))


@pytest.fixture(name="gateway")
def gateway_fixture() -> Gateway:
    gateway = enrol(open_screening())
    let_in(gateway, P256, "anna")
    return gateway


@pytest.fixture(name="client")
def client_fixture(gateway: Gateway) -> Iterator[Client]:
    with TestClient(create_app(gateway)) as client:
        yield client


def let_in(
    gateway: Gateway,
    private: Private,
    person: str,
    *,
    party: str = ALFA,
    role: str = "sender",
    kind: CredentialKind = "message-certificate",
    expires: int = OPENED + DAY_US,
) -> None:
    """Enrol a person with the certificate of a key, which has the person's name as its id."""
    proof = fingerprint_of(around(private, OPENED).public_bytes(Encoding.DER))
    notes: list[Note] = [
        Person(person, party, (role,), "console"),
        Credential(f"of-{person}", kind, proof, person, party, (role,), "console", expires),
    ]
    gateway.note(notes).result()


def send(client: Client, data: bytes, who: str = "sender") -> Any:  # noqa: ANN401 - an answer
    return client.post("/v1/messages", content=data, headers=as_(who, content_type="application/xml"))


def rule(answer: bytes) -> str:
    """Return the rule that a message broke, as the pacs.002 or admi.002 that refuses it says."""
    found = parsed(answer)
    message = read(found.content, MESSAGES[found.name])
    if isinstance(message, StatusReport):
        assert message.groups[0].status == "RJCT"
        return message.groups[0].reasons[0].lines[0][:5]
    return "SIG-" + bytes(etree.tostring(found.content)).decode().partition("SIG-")[2][:1]


def is_refused(client: Client, data: bytes, broken: str) -> None:
    answer = send(client, data)
    assert (answer.status_code, rule(answer.content)) == (403, broken)
    assert client.get("/v1/payments/I-1", headers=as_("sender")).status_code == 404


@pytest.mark.parametrize(
    ("private", "form"),
    [
        (P256, Form()),
        (P256, Form(method=f"{MORE}ecdsa-sha512", digest=DIGEST_SHA512)),
        (P384, Form(method=f"{MORE}ecdsa-sha384")),
        (RSA, Form(method=PSS_SHA256)),
        (RSA, Form(method=PSS_SHA512)),
    ],
)
def test_message_signed_by_its_sender_is_carried_out_once(
    gateway: Gateway, client: Client, private: Private, form: Form
) -> None:
    if private is not P256:
        let_in(gateway, private, "bob")
    data = sign(DATA, private, around(private, OPENED), form)
    first, again = send(client, data), send(client, data)
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert client.get("/v1/payments/I-1", headers=as_("sender")).json()["state"] == "STLD"


def test_who_signed_asks_and_not_who_brings_it(client: Client) -> None:
    send(client, sign(DATA, P256, OWN))
    send(client, sign(written(transfers("M-1", item(2))), P256, OWN))
    (deed,) = client.get("/v1/audit", headers=as_("auditor", comity_reason="test")).json()["items"][-2:-1]
    assert (deed["operation"], deed["actor"]) == ("messages.reused", "key:of-anna")


def test_message_that_is_no_payment_is_refused_with_the_rule_too(client: Client) -> None:
    data = sign(written(limit("L-1")), P256, OWN).replace(b">500.00<", b">900.00<")
    assert rule(send(client, data).content) == "SIG-5"


@pytest.mark.parametrize(
    ("old", "new"),
    [(b">10.00<", b">99.00<"), (b"Secret Creditor", b"Somebody Else"), (AT.encode(), b"2021-12-15T01:00:01Z")],
)
def test_what_was_changed_after_signing_is_refused(client: Client, old: bytes, new: bytes) -> None:
    data = sign(DATA, P256, OWN)
    assert old in data
    is_refused(client, data.replace(old, new), "SIG-5")
    assert send(client, data).status_code == 201, "the reference was not used up"


def test_signature_by_another_key_under_the_certificate_is_refused(client: Client) -> None:
    is_refused(client, sign(DATA, STRANGE, OWN), "SIG-5")


def test_certificate_that_nobody_enrolled_is_refused(client: Client) -> None:
    is_refused(client, sign(DATA, STRANGE, around(STRANGE, OPENED)), "SIG-3")


@pytest.mark.parametrize(
    "of",
    [
        {"party": BETA},
        {"kind": "certificate"},
        {"expires": OPENED},
    ],
)
def test_certificate_of_somebody_who_may_not_send_for_the_sender_is_refused(
    gateway: Gateway, client: Client, of: dict[str, Any]
) -> None:
    let_in(gateway, STRANGE, "bob", **of)
    is_refused(client, sign(DATA, STRANGE, around(STRANGE, OPENED)), "SIG-3")


def test_payment_that_a_reader_signed_is_refused(gateway: Gateway, client: Client) -> None:
    let_in(gateway, STRANGE, "bob", role="reader")
    answer = send(client, sign(DATA, STRANGE, around(STRANGE, OPENED)))
    assert (answer.status_code, "payments.enter is for sender" in answer.text) == (403, True)
    assert client.get("/v1/payments/I-1", headers=as_("sender")).status_code == 404


def test_certificate_that_was_revoked_is_refused(gateway: Gateway, client: Client) -> None:
    gateway.note([Revoked("of-anna", "console")]).result()
    is_refused(client, sign(DATA, P256, OWN), "SIG-3")


@pytest.mark.parametrize("days", [(-2, -1), (1, 2)])
def test_certificate_that_is_not_in_time_is_refused(client: Client, days: tuple[int, int]) -> None:
    begins, ends = (NOON + timedelta(days=each) for each in days)
    is_refused(client, sign(DATA, P256, certificate(P256, begins, ends)), "SIG-4")


@pytest.mark.parametrize(
    ("private", "form"),
    [
        (RSA, Form(method=f"{MORE}rsa-sha256")),
        (P256, Form(method=f"{MORE}ecdsa-sha1")),
        (P256, Form(digest=DIGEST_SHA1)),
        (P256, Form(canonical=INCLUSIVE)),
        (P256, Form(transforms=(ENVELOPED, INCLUSIVE))),
        (P256, Form(canonical=f"{EXCLUSIVE}WithComments")),
        (P256, Form(transforms=(ENVELOPED, f"{EXCLUSIVE}WithComments"))),
        (P256, Form(transforms=(EXCLUSIVE,))),
        (P256, Form(transforms=(ENVELOPED, EXCLUSIVE, EXCLUSIVE))),
        (P256, Form(transforms=("http://www.w3.org/TR/1999/REC-xslt-19991116", EXCLUSIVE))),
        (P256, Form(transforms=("http://www.w3.org/TR/1999/REC-xpath-19991116", EXCLUSIVE))),
        (P256, Form(transforms=(f"{DSIG}base64", EXCLUSIVE))),
        (P256, Form(references=2)),
        (P256, Form(uri="#part")),
        (P256, Form(uri="file:///etc/passwd")),
        (P256, Form(within=f'<Object xmlns="{DSIG}"/>')),
    ],
)
def test_signature_of_another_form_is_refused(gateway: Gateway, client: Client, private: Private, form: Form) -> None:
    if private is RSA:
        let_in(gateway, RSA, "bob")
    is_refused(client, sign(DATA, private, around(private, OPENED), form), "SIG-2")


def test_signed_message_wrapped_into_another_is_refused(client: Client) -> None:
    """The signature is good for what was hidden away, and says nothing about what would be read."""
    good = etree.fromstring(sign(DATA, P256, OWN))
    signature = good[0][-1][0]
    evil = written(transfers("M-2", item(1, "999.00")))
    hidden = etree.fromstring(DATA)

    def wrapped(uri: str) -> bytes:
        root = etree.fromstring(evil)
        space = root[0].tag.rpartition("}")[0] + "}"
        holder = etree.SubElement(root[0], f"{space}Sgntr")
        moved = etree.fromstring(etree.tostring(signature))
        moved[0][2].set("URI", uri)
        holder.append(moved)
        box = etree.SubElement(moved, f"{{{DSIG}}}Object", Id="hidden")
        box.append(hidden)
        return bytes(etree.tostring(root))

    is_refused(client, wrapped(""), "SIG-2")
    is_refused(client, wrapped("#hidden"), "SIG-2")
    moved = etree.fromstring(evil)
    space = moved[0].tag.rpartition("}")[0] + "}"
    etree.SubElement(moved[0], f"{space}Sgntr").append(signature)
    is_refused(client, etree.tostring(moved), "SIG-5")


def test_second_signature_is_refused(client: Client) -> None:
    root = etree.fromstring(sign(DATA, P256, OWN))
    space = root[0].tag.rpartition("}")[0] + "}"
    related = etree.fromstring(etree.tostring(root[0]))
    related.tag = f"{space}Rltd"
    root[0].append(related)
    is_refused(client, etree.tostring(root), "SIG-2")


def test_comment_within_a_value_cuts_nothing_off(client: Client) -> None:
    """Canonical form leaves comments out, so a comment may come on the way; what is read is the whole value."""
    data = sign(written(transfers("M-100", item(1))), P256, OWN).replace(b">M-100<", b">M-1<!-- -->00<")
    answer = send(client, data)
    assert answer.status_code == 201
    assert b"<OrgnlMsgId>M-100</OrgnlMsgId>" in answer.content


def test_what_is_no_certificate_is_refused(client: Client) -> None:
    data = sign(DATA, P256, OWN)
    begin, end = data.index(b"<X509Certificate>") + 17, data.index(b"</X509Certificate>")
    for shown in (b"", b"AAAA", b"%", b"A" * 20_000, b64encode(UNKNOWN)):
        is_refused(client, data[:begin] + shown + data[end:], "SIG-2")


def test_envelope_with_attributes_and_odd_names_is_signed_whole(client: Client) -> None:
    message = transfers("M-1", item(1))
    data = enveloped(message, header_of(message)).replace(b"<Envelope>", b'<x:Msg xmlns:x="urn:x" a="1">')
    data = sign(data.replace(b"</Envelope>", b"</x:Msg>"), P256, OWN)
    is_refused(client, data.replace(b'a="1"', b'a="2"'), "SIG-5")
    assert send(client, data).status_code == 201


def test_folder_that_demands_signatures_takes_signed_messages_alone(gateway: Gateway, tmp_path: Path) -> None:
    path = tmp_path / "alfa"
    path.mkdir(mode=0o700)
    Folder(path)
    for name, data in (
        ("1", written(transfers("M-1", item(1)))),
        ("2", sign(written(transfers("M-2", item(2))), P256, OWN)),
        ("3", sign(written(transfers("M-2", item(2))), STRANGE, OWN)),
    ):
        (path / "in" / name).write_bytes(data)
        (path / "in" / name).chmod(0o666)
    asyncio.run(Channel(gateway, Watched(ALFA, str(path)), FolderJournal(Journal())).turn())
    gateway.close()
    assert [each.name[:2] for each in (path / "done").iterdir()] == ["2."]
    answers = sorted((path / "out").iterdir())
    assert [rule(answers[number].read_bytes()) for number in (0, 2)] == ["SIG-1", "SIG-5"]
    assert b">ACSC<" in answers[1].read_bytes()


def test_certificate_is_enrolled_by_a_person_if_its_key_is_strong(gateway: Gateway, client: Client) -> None:
    assert is_strong(around(P384, OPENED))
    weak: list[Certificate] = [
        around(rsa.generate_private_key(65_537, 1_024), OPENED),  # noqa: S505 - to be refused
        around(ec.generate_private_key(ec.SECP224R1()), OPENED),
        around(ec.generate_private_key(ec.SECP256K1()), OPENED),
    ]
    assert not any(map(is_strong, weak))
    gateway.note([Person("sam", ALFA, ("sender",), "console")]).result()

    def ask(shown: bytes) -> Any:  # noqa: ANN401 - an answer
        pem = DER_cert_to_PEM_cert(shown)
        body = {
            "kind": "message-certificate",
            "roles": ["sender"],
            "expires_at": "2022-01-15T00:00:00Z",
            "certificate": pem,
        }
        return client.post("/v1/keys", json=body, headers=as_("sender"))

    for shown in (weak[1].public_bytes(Encoding.DER), UNKNOWN):
        refused = ask(shown)
        assert (refused.status_code, refused.json()["faults"][0]["pointer"]) == (400, "/certificate")
    assert ask(around(P384, OPENED).public_bytes(Encoding.DER)).status_code == 201
    assert send(client, sign(DATA, P384, around(P384, OPENED), Form(method=f"{MORE}ecdsa-sha384"))).status_code == 201
