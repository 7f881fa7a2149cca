"""Whatever is sent as a message: refused by a message of its schema, soon, in little memory, and never a failure."""

import random
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient
from lxml import etree

from comity.api.app import create_app
from comity.iso20022.messages.administration import Rejection
from comity.iso20022.messages.statuses import Cancellation, StatusReport
from comity.iso20022.refusal import MessageRefused
from tests.api.lists import open_screening
from tests.api.messages import (
    ALFA,
    between_institutions,
    cancellation,
    funding,
    initiation,
    item,
    limit,
    parsed,
    reprioritised,
    reservation,
    returned,
    spoken,
    trade,
    transfers,
    uetr,
    wish,
    written,
)
from tests.api.serving import served
from tests.api.test_messages import SENDER, send, told
from tests.gateway.people import as_, enrol

Client: TypeAlias = TestClient[Litestar]
PROCESS = Path("/proc/self")
SECONDS_MAX, BYTES_MAX = 1.0, 256 << 20
GOOD = written(transfers("M-1", item(900)))
PROLOGUE = b'<?xml version="1.0" encoding="UTF-8"?>\n'
BODY = GOOD.removeprefix(PROLOGUE)
TEXT = GOOD.decode()


@pytest.fixture(name="client", scope="module")
def client_fixture() -> Iterator[Client]:
    """A gateway that everything is sent to, and which stands it."""
    with TestClient(create_app(enrol(open_screening()))) as client:
        send(client, written(transfers("M-0", item(0))))  # what is made at first is made
        yield client


def with_type(words: str, text: str = "Invoice 17") -> bytes:
    """A message with a document type, and a text in place of what is paid for."""
    return PROLOGUE + f"<!DOCTYPE Envelope {words}>".encode() + BODY.replace(b"Invoice 17", text.encode())


def of_text(text: bytes) -> bytes:
    return GOOD.replace(b"Invoice 17", text)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
INCLUDE = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="file:///etc/hostname"/>'
DOCUMENT = re.compile(r"<Document.*</Document>", re.DOTALL)


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "entities that grow": (lambda: with_type(f'[<!ENTITY l0 "ha">{LAUGHS}]', "&l9;"), "DOCUMENT_TYPE"),
    "a long entity, often": (
        lambda: with_type(f'[<!ENTITY a "{"a" * 100_000}">]', "&a;" * 50_000),
        "DOCUMENT_TYPE",
    ),
    "an entity of itself": (lambda: with_type('[<!ENTITY a "&b;"><!ENTITY b "&a;">]', "&a;"), "DOCUMENT_TYPE"),
    "a file as an entity": (lambda: with_type('[<!ENTITY a SYSTEM "file:///etc/hostname">]', "&a;"), "DOCUMENT_TYPE"),
    "an external DTD": (lambda: with_type('SYSTEM "file:///etc/hostname"'), "DOCUMENT_TYPE"),
    "an external DTD of a network": (lambda: with_type('PUBLIC "a" "http://192.0.2.1/a.dtd"'), "DOCUMENT_TYPE"),
    "a parameter entity": (lambda: with_type('[<!ENTITY % a SYSTEM "http://192.0.2.1/a"> %a;]'), "DOCUMENT_TYPE"),
    "an unknown entity": (lambda: of_text(b"&nbsp;"), "NOT_WELL_FORMED"),
    "an inclusion": (lambda: of_text(INCLUDE.encode()), "XINCLUDE"),
    "an inclusion, escaped": (lambda: of_text(INCLUDE.replace("I", "&#73;", 1).encode()), "NOT_OF_SCHEMA"),
    "an element of 20 MB": (lambda: of_text(b"a" * (20 << 20)), "TOO_LARGE"),
    "an element of 15 MB": (lambda: of_text(b"a" * (15 << 20)), "NOT_WELL_FORMED"),
    "an element of 9 MB": (lambda: of_text(b"a" * (9 << 20)), "NOT_OF_SCHEMA"),
    "a value of 9 MB": (lambda: GOOD.replace(b'Ccy="CNY"', b'Ccy="' + b"a" * (9 << 20) + b'"'), "NOT_OF_SCHEMA"),
    "a name of 1 MB": (lambda: of_text(b"<" + b"a" * (1 << 20) + b"/>"), "NOT_WELL_FORMED"),
    "a depth of 10,000": (lambda: of_text(b"<a>" * 10_000 + b"</a>" * 10_000), "NOT_WELL_FORMED"),
    "a depth of 10,000, cut": (lambda: b"<a>" * 10_000, "NOT_WELL_FORMED"),
    "a depth of 250": (lambda: of_text(b"<a>" * 240 + b"</a>" * 240), "NOT_OF_SCHEMA"),
    "many tags": (lambda: of_text(b"<a/>" * 260_000), "TOO_LARGE"),
    "many children": (lambda: of_text(b"<a/>" * 200_000), "TOO_LARGE"),
    "many elements": (lambda: of_text((b"<a>" + b"<b/>" * 1_900 + b"</a>") * 60), "NOT_OF_SCHEMA"),
    "many attributes": (lambda: of_text(b"<a " + b" ".join(b'a%d="1"' % n for n in range(99_000)) + b"/>"), ""),
    "more attributes": (
        lambda: of_text(b"<a " + b" ".join(b'a%d=""' % n for n in range(101_000)) + b"/>"),
        "TOO_LARGE",
    ),
    "many names of spaces": (lambda: of_text(b"".join(b'<a xmlns:n%d="urn:%d"/>' % (n, n) for n in range(1_900))), ""),
    "many comments": (lambda: of_text(b"<!---->" * 500_000), "TOO_LARGE"),
    "UTF-16": (lambda: TEXT.encode("utf-16"), "NOT_UTF_8"),
    "UTF-16 without a mark": (lambda: TEXT.replace("UTF-8", "UTF-16").encode("utf-16-be"), "NOT_UTF_8"),
    "UTF-32": (lambda: TEXT.encode("utf-32"), "NOT_UTF_8"),
    "declared as UTF-16": (lambda: GOOD.replace(b'"UTF-8"', b'"UTF-16"'), "NOT_UTF_8"),
    "declared as UTF-7": (lambda: GOOD.replace(b'"UTF-8"', b"'utf-7'"), "NOT_UTF_8"),
    "Latin 1": (lambda: of_text("Müller".encode("latin-1")), "NOT_UTF_8"),
    "longer than need be": (lambda: of_text(b"\xc0\xbcscript"), "NOT_UTF_8"),
    "half a pair": (lambda: of_text(b"\xed\xa0\x80"), "NOT_UTF_8"),
    "a mark of order": (lambda: b"\xef\xbb\xbf" + GOOD, "NOT_UTF_8"),
    "NUL": (lambda: of_text(b"Invoice\x0017"), "NOT_UTF_8"),
    "NUL as a reference": (lambda: of_text(b"Invoice&#0;17"), "NOT_WELL_FORMED"),
    "NUL at the end": (lambda: GOOD + b"\0", "NOT_UTF_8"),
    "a version that is none": (lambda: GOOD.replace(b"xsd:pacs.008.001.08", b"xsd:pacs.008.001.99"), "UNKNOWN_MESSAGE"),
    "another space": (lambda: GOOD.replace(b"urn:iso:std:iso:20022:tech:xsd:pacs", b"urn:pacs"), "UNKNOWN_MESSAGE"),
    "no space": (lambda: re.sub(rb' xmlns="[^"]*pacs[^"]*"', b"", GOOD), "UNKNOWN_MESSAGE"),
    "another space within": (lambda: GOOD.replace(b"<GrpHdr>", b'<GrpHdr xmlns="urn:a">'), "NOT_OF_SCHEMA"),
    "the space of another message": (lambda: GOOD.replace(b"xsd:pacs.008", b"xsd:pacs.009"), ""),
    "a header of another space": (lambda: GOOD.replace(b"xsd:head.001.001.02", b"xsd:pacs.008.001.08"), ""),
    "a document in CDATA": (
        lambda: DOCUMENT.sub(lambda found: f"<![CDATA[{found[0]}]]>", TEXT).encode(),
        "CDATA",
    ),
    "all of it in CDATA": (lambda: b"<Envelope><![CDATA[" + BODY + b"]]></Envelope>", "CDATA"),
    "a text in CDATA": (lambda: of_text(b"<![CDATA[Invoice 17]]>"), "CDATA"),
    "a document as text": (
        lambda: DOCUMENT.sub(lambda found: found[0].replace("<", "&lt;"), TEXT).encode(),
        "NO_DOCUMENT",
    ),
    "two documents": (lambda: DOCUMENT.sub(lambda found: found[0] * 2, TEXT).encode(), "NO_DOCUMENT"),
    "two messages": (lambda: GOOD + BODY, "NOT_WELL_FORMED"),
    "nothing": (lambda: b"", "NOT_WELL_FORMED"),
    "spaces": (lambda: b" " * 1_000_000, "NOT_WELL_FORMED"),
    "JSON": (lambda: b'{"id": "p1"}', "NOT_WELL_FORMED"),
    **{
        f"cut after {part} of 20": (lambda part=part: GOOD[: len(GOOD) * part // 20], "NOT_WELL_FORMED")  # type: ignore[misc]
        for part in range(1, 20)
    },
}


def peak() -> int:
    """Return the most memory that this process had since its peak was set back, bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", (PROCESS / "status").read_text())
    assert found is not None
    return int(found[1]) << 10


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_message_is_refused_by_one_soon_and_in_little_memory(client: Client, case: str) -> None:
    made, code = BAD[case]
    data = made()
    if (PROCESS / "clear_refs").exists():
        (PROCESS / "clear_refs").write_text("5")
        before = peak()
    since = process_time()  # of this process, so that it is the same however busy the machine is
    answer = send(client, data)
    took_s = process_time() - since
    if (PROCESS / "clear_refs").exists():
        assert peak() - before < BYTES_MAX
    assert took_s < SECONDS_MAX
    assert answer.status_code == 400, answer.text
    _, message = told(answer)
    assert isinstance(message, Rejection)
    assert message.code == code or not code, message.words
    assert client.get("/v1/payments/I-900", headers=as_(SENDER)).status_code == 404


def test_body_beyond_the_bound_is_refused_before_it_is_sent() -> None:
    with served(open_screening()) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), 10) as connection:
            connection.sendall(
                f"POST /v1/messages HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {SENDER}\r\n"
                f"content-type: application/xml\r\ncontent-length: {200 << 20}\r\n\r\n".encode()
                + GOOD.partition(b"Invoice 17")[0]
            )
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 413")


# Messages that follow their schemas, or nearly, and say what nobody means.

MESSAGES = [
    written(transfers("M-1", item(1))),
    written(transfers("M-2", *(item(number, "0.01") for number in range(2, 6)))),
    spoken(
        transfers("M-3", item(7, earliest="08:00:00Z", until="09:00:00Z", reject_at="10:00:00Z")), "pacs.008.001.11"
    ),
    written(between_institutions("M-4")),
    written(returned("M-5"), ALFA),
    spoken(initiation("M-6", wish(10), wish(11)), "pain.001.001.09"),
    spoken(initiation("M-7", wish(12)), "pain.001.001.12"),
    written(trade("M-8")),
    written(cancellation("M-9", Cancellation(request="X-1", uetr=uetr(1)), Cancellation(instruction="I-2"))),
    written(limit("M-10")),
    written(reservation("M-11")),
    written(reprioritised("M-12", "I-2")),
    written(funding("M-13")),
]
AMOUNTS = [
    "0",
    "0.00",
    ".5",
    "5.",
    "0.001",
    "9999999999999.99999",
    "99999999999999999",
    "000000000000000001",
    "-1",
    " 1 ",
]
DATES = [
    "0001-01-01",
    "9999-12-31",
    "2021-12-15Z",
    "2021-12-15+14:00",
    "-0001-01-01",
    "12021-12-15",
    "1970-01-01",
    "2024-02-29",
]
INSTANTS = [
    "9999-12-31T23:59:59.999999999Z",
    "-2021-12-15T01:00:00",
    "2021-12-15T24:00:00Z",
    "0001-01-01T00:00:00+14:00",
]
TIMES = ["24:00:00", "00:00:00.123456789Z", "23:59:59+14:00", " 08:00:00Z ", "00:00:00-14:00", "23:59:59.999999Z"]
CODES = [
    "ALFACNBJ",
    "BETACNBJ",
    "GAMARUMM",
    "NOBOCNBJ",
    "ALFACNBJXXX",
    "CN",
    "union",
    "V459EV5XD3WK5MR0HW37",
    "URGT",
    "XAU",
]
WORDS = [
    *("", " ", "/", "a//b", "a" * 35, "a" * 200, "\u00e9", "\U0001f600", "\u202e", "\u200d", "0", "true", "false", "-1")
]
WORDS += [
    "NOTPROVIDED",
    "M-1",
    "I-1",
    "E-1",
    uetr(1),
    uetr(7).upper(),
    "2",
    "1" * 15,
    "]]>",
    "&",
    "<",
    "\u0085",
    "\t",
    "\n",
]
ODD = [*AMOUNTS, *DATES, *INSTANTS, *TIMES, *CODES, *WORDS]
LIKE = {
    "Amt": AMOUNTS,
    "Dt": [*DATES, *INSTANTS],
    "Tm": [*TIMES, *INSTANTS],
    "Id": WORDS,
    "BICFI": CODES,
    "MmbId": CODES,
}
PIECES = [
    b"<",
    b">",
    b"&",
    b"&#0;",
    b"]]>",
    b"<!--",
    b"<?x?>",
    b"\0",
    b"\xff",
    b"<a>",
    b"</a>",
    b' xmlns=""',
    b"0",
    b" ",
]


def odd(name: str, chance: random.Random) -> str:
    """Return a text for an element: most often of its kind."""
    like = next((texts for end, texts in LIKE.items() if name.endswith(end)), ODD)
    return chance.choice(like if chance.random() < 0.8 else ODD)


def changed(data: bytes, chance: random.Random) -> bytes:
    """Change some elements of a message: what stands in them, whether and how often they are there.

    Most changes that break the schema are taken back, so that what comes behind it is met too.
    """
    for _ in range(chance.choice([1, 2, 4, 8])):
        for _ in range(20):
            other = _changed_once(data, chance)
            if chance.random() < 0.02 or follows_its_schema(other):
                data = other
                break
    return data


def follows_its_schema(data: bytes) -> bool:
    try:
        parsed(data)
    except MessageRefused:
        return False
    return True


def _changed_once(data: bytes, chance: random.Random) -> bytes:
    root = etree.fromstring(data)
    element = chance.choice(list(root.iter(etree.Element)))
    parent, how = element.getparent(), chance.random()
    if not len(element) and how < 0.7:
        text = odd(str(etree.QName(element).localname), chance)
        element.text = "".join(letter if letter.isprintable() or letter in "\t\n" else "?" for letter in text)
    elif element.get("Ccy") and how < 0.8:
        element.set("Ccy", chance.choice(["XXX", "RUB", "JPY", "cny", ""]))
    elif parent is not None and how < 0.9:
        parent.remove(element)
    elif parent is not None:
        copy = etree.fromstring(etree.tostring(element))
        parent.insert(chance.randrange(len(parent) + 1), copy)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def cut(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice([1, 1, 2, 5])):
        at, gone = chance.randrange(len(data)), chance.choice([0, 0, 1, 7, 60])
        data = data[:at] + chance.choice(PIECES) + data[at + gone :]
    return data


@settings(max_examples=400)
@given(st.integers(0, 1 << 32), st.booleans())
def test_changed_message_is_answered_by_a_message_and_never_fails(client: Client, seed: int, tries: bool) -> None:  # noqa: FBT001 - drawn
    chance = random.Random(seed)
    data = chance.choice(MESSAGES)
    data = changed(data, chance) if chance.random() < 0.85 else cut(data, chance)
    answer = send(client, data, query="?dry_run=true" if tries else "")
    assert answer.status_code < 500, (seed, answer.text, data)
    told(answer)
    for who in (SENDER, "beta-sender"):
        page = client.get("/v1/messages?limit=1000", headers=as_(who)).json()
        for each in page["items"][-2:]:
            told(client.get(f"/v1/messages/{each['id']}", headers=as_(who)))


@pytest.mark.parametrize("size", [1, 2])
def test_good_message_is_taken_after_all_that(client: Client, size: int) -> None:
    answer: Any = send(client, written(transfers(f"Z-{size}", *(item(800 + n) for n in range(size)))))
    assert answer.status_code == 201
    assert isinstance(told(answer)[1], StatusReport)
