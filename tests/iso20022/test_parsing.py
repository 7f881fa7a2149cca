import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from comity.iso20022.definitions import DEFINITIONS
from comity.iso20022.header import Header
from comity.iso20022.messages.administration import Rejection
from comity.iso20022.parsing import Parser
from comity.iso20022.reading import read
from comity.iso20022.refusal import REFERENCE_UNKNOWN, MessageRefused, Refusal
from comity.iso20022.replies import rejection
from comity.iso20022.schemas import Schemas
from comity.iso20022.writing import Writer
from tests.iso20022.worked import header, item, transfer

SECONDS_MAX = 3
"""Of processor time. The aim is one second; a machine that others use too gets three before this is called slow."""
NOW = "2026-03-02T10:00:00Z"
SPACE = "urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"
DOCUMENT = f'<Document xmlns="{SPACE}"><FIToFICstmrCdtTrf><GrpHdr><MsgId>M-1</MsgId>'


def _refused(parser: Parser, data: bytes) -> MessageRefused:
    with pytest.raises(MessageRefused) as caught:
        parser.parse(data)
    return caught.value


def _with_faults(items: int, each: int) -> bytes:
    """A document of payments, each with so many empty texts where none may be empty."""
    text = Writer(Schemas.open()).document(transfer(item(remittance=("X",))), "pacs.008.001.08")
    first, last = text.index("<CdtTrfTxInf>"), text.index("</CdtTrfTxInf>") + len("</CdtTrfTxInf>")
    payment = text[first:last].replace("<Ustrd>X</Ustrd>", "<Ustrd/>" * each)
    return (text[:first] + payment * items + text[last:]).encode()


BAD: dict[str, tuple[bytes | Callable[[], bytes], Refusal]] = {
    "entity bomb": (
        b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><Document>&b;</Document>',
        Refusal.DOCUMENT_TYPE,
    ),
    "external document type": (b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><Document/>', Refusal.DOCUMENT_TYPE),
    "external entity": (
        b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>',
        Refusal.DOCUMENT_TYPE,
    ),
    "undeclared entity": (b"<Document>&nbsp;</Document>", Refusal.NOT_WELL_FORMED),
    "XInclude": (
        b'<Document xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/></Document>',
        Refusal.XINCLUDE,
    ),
    "200 MB element": (b"<Document>" + b"a" * (200 << 20) + b"</Document>", Refusal.TOO_LARGE),
    "element of 11 MB": (DOCUMENT.encode() + b"a" * (11 << 20) + b"</Document>", Refusal.NOT_WELL_FORMED),
    "depth 10,000": (b"<a>" * 10_000 + b"</a>" * 10_000, Refusal.NOT_WELL_FORMED),
    "empty elements without end": (b"<Document>" + b"<a/>" * 250_001 + b"</Document>", Refusal.TOO_LARGE),
    "attributes without end": (
        b"<Document " + b" ".join(b'a%d=""' % n for n in range(300_000)) + b"/>",
        Refusal.TOO_LARGE,
    ),
    "UTF-16": ("<Document/>".encode("utf-16"), Refusal.NOT_UTF_8),
    "UTF-16 without a mark": ("<Document/>".encode("utf-16-le"), Refusal.NOT_UTF_8),
    "byte order mark": (b"\xef\xbb\xbf<Document/>", Refusal.NOT_UTF_8),
    "NUL": (b"<Document>\0</Document>", Refusal.NOT_UTF_8),
    "Latin 1": (b'<?xml version="1.0"?><Document>\xe9</Document>', Refusal.NOT_UTF_8),
    "declared as Latin 1": (b'<?xml version="1.0" encoding="ISO-8859-1"?><Document/>', Refusal.NOT_UTF_8),
    "declared as UTF-7": (b"<?xml version='1.0' encoding = 'UTF-7'?><Document/>", Refusal.NOT_UTF_8),
    "control character": (b"<Document>\x01</Document>", Refusal.NOT_WELL_FORMED),
    "reference to NUL": (b"<Document>&#0;</Document>", Refusal.NOT_WELL_FORMED),
    "wrapped in CDATA": (b"<Body><![CDATA[" + DOCUMENT.encode() + b"]]></Body>", Refusal.CDATA),
    "cut off": (DOCUMENT.encode(), Refusal.NOT_WELL_FORMED),
    "nothing": (b"", Refusal.NOT_WELL_FORMED),
    "no XML": (b'{"pacs.008": {}}', Refusal.NOT_WELL_FORMED),
    "two documents": (b"<Document/><Document/>", Refusal.NOT_WELL_FORMED),
    "wrong namespace": (b'<Document xmlns="urn:swift:xsd:pacs.008.001.08"/>', Refusal.UNKNOWN_MESSAGE),
    "no namespace": (b"<Document/>", Refusal.UNKNOWN_MESSAGE),
    "unknown version": (
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.99"/>',
        Refusal.UNKNOWN_MESSAGE,
    ),
    "unknown message": (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.003.001.08"/>', Refusal.UNKNOWN_MESSAGE),
    "envelope without a document": (b"<Envelope><AppHdr/></Envelope>", Refusal.NO_DOCUMENT),
    "document before header": (b"<Envelope><Document/><AppHdr/></Envelope>", Refusal.NO_DOCUMENT),
    "two documents in an envelope": (b"<Envelope><AppHdr/><Document/><Document/></Envelope>", Refusal.NO_DOCUMENT),
    "empty document": (f'<Document xmlns="{SPACE}"/>'.encode(), Refusal.NOT_OF_SCHEMA),
    "120,000 children": (
        DOCUMENT.encode() + b"</GrpHdr>" + b"<CdtTrfTxInf/>" * 120_000 + b"</FIToFICstmrCdtTrf></Document>",
        Refusal.TOO_LARGE,
    ),
    "120,000 faults": (lambda: _with_faults(60, 1_990), Refusal.NOT_OF_SCHEMA),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_message_is_refused_by_a_valid_rejection(case: str, parser: Parser, writer: Writer) -> None:
    made, expected = BAD[case]
    data = made if isinstance(made, bytes) else made()
    refused = _refused(parser, data)
    assert refused.refusal is expected
    answer = writer.message(header(), rejection(refused, NOW), "admi.002.001.01")
    told = read(parser.parse(answer).content, Rejection)
    assert told.code == expected.value
    assert told.reference == refused.reference


MEASURE = """
import resource, sys, time
from comity.iso20022.parsing import Parser
from comity.iso20022.refusal import MessageRefused
from comity.iso20022.schemas import Schemas
data = sys.stdin.buffer.read()
parser = Parser(Schemas.open())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.process_time()
try:
    parser.parse(data)
except MessageRefused:
    print(time.process_time() - began, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.parametrize(
    "case",
    ["200 MB element", "element of 11 MB", "depth 10,000", "attributes without end", "120,000 faults", "entity bomb"],
)
@pytest.mark.usefixtures("schemas")
def test_refusal_costs_little_time_and_memory(case: str) -> None:
    made, _ = BAD[case]
    data = made if isinstance(made, bytes) else made()
    measured = subprocess.run([sys.executable, "-c", MEASURE], input=data, capture_output=True, check=True, timeout=120)
    seconds, mebibytes = map(float, measured.stdout.split())
    assert seconds < SECONDS_MAX
    assert mebibytes < 256


def test_most_elements_that_are_taken_fit_into_memory() -> None:
    data = b"<Document>" + (b"<b>" + b'<a b=""/>' * 800 + b"<a/>" * 1_190 + b"</b>") * 124 + b"</Document>"
    measured = subprocess.run([sys.executable, "-c", MEASURE], input=data, capture_output=True, check=True, timeout=120)
    seconds, mebibytes = map(float, measured.stdout.split())
    assert seconds < SECONDS_MAX
    assert mebibytes < 256


def test_message_with_header_is_taken_apart(parser: Parser, writer: Writer) -> None:
    parsed = parser.parse(writer.message(header(), transfer(), "pacs.008.001.08"))
    assert (parsed.version, parsed.header_version, parsed.name) == ("pacs.008.001.08", "head.001.001.02", "pacs.008")
    assert parsed.header is not None
    assert read(parsed.header, Header) == header()


def test_document_alone_is_taken(parser: Parser, writer: Writer) -> None:
    parsed = parser.parse(writer.document(transfer(), "pacs.008.001.10").encode())
    assert (parsed.version, parsed.header_version, parsed.header) == ("pacs.008.001.10", "", None)


def test_comments_and_instructions_do_not_cut_a_text_in_two(parser: Parser, writer: Writer) -> None:
    text = writer.document(transfer(), "pacs.008.001.08")
    cut = text.replace("<MsgId>M-1</MsgId>", "<MsgId>M<!-- 9 --><?x y?>-1</MsgId>")
    assert cut != text
    parsed = parser.parse(cut.encode())
    assert read(parsed.content, type(transfer())) == transfer()


def test_header_that_breaks_its_schema_is_refused(parser: Parser, writer: Writer) -> None:
    data = writer.message(header(), transfer(), "pacs.008.001.08").replace(b"<CreDt>", b"<CreDt>x")
    refused = _refused(parser, data)
    assert refused.version == "head.001.001.02"
    assert "CreDt" in refused.found


def test_refusal_finds_the_reference_of_the_header_and_no_other_text(parser: Parser, writer: Writer) -> None:
    data = writer.message(header(), transfer(), "pacs.008.001.08")
    assert _refused(parser, data.replace(b"SttlmMtd", b"Sttlm")).reference == "M-1"
    strange = data.replace(b"<BizMsgIdr>M-1", b"<BizMsgIdr><![CDATA[M]]>").replace(b"<MsgId>M-1", b"<MsgId>\xc3\xa9")
    assert _refused(parser, strange).reference == REFERENCE_UNKNOWN


@pytest.mark.shared
def test_samples_of_the_market_are_parsed(parser: Parser, samples: Path) -> None:
    names = ["cbprplus_pacs008_2025.xml", "pacs009_fi_transfer_sample.xml", "pacs002_status_report_sample.xml"]
    for name in names:
        parsed = parser.parse((samples / "cbpr-2025-chains" / name).read_bytes())
        assert parsed.version in DEFINITIONS[parsed.name].versions
        assert etree.QName(parsed.content).localname.startswith("FI")
