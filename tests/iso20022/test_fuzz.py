"""Whatever is sent: taken or refused, never anything else, and the refusal is a message."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from comity.iso20022.definitions import DEFINITIONS
from comity.iso20022.instructions import payments
from comity.iso20022.messages import MESSAGES
from comity.iso20022.parsing import Parser
from comity.iso20022.reading import read
from comity.iso20022.refusal import MessageRefused
from comity.iso20022.replies import reasons_of, rejected_payments, rejection
from comity.iso20022.rules import RULES, Payments, broken
from comity.iso20022.schemas import Schemas
from comity.iso20022.writing import Writer
from tests.iso20022.instances import Instances
from tests.iso20022.worked import NOW, SCHEMA_ALONE, USAGE, header, transfer

PIECES = [
    *(b"<", b">", b"/", b"&", b"&amp;", b"&#x0;", b"]]>", b"<!--", b"-->", b"<?x?>", b"<![CDATA[", b"<!DOCTYPE a>"),
    *(b"\0", b"\xff", b"\xef\xbb\xbf", b"<a>", b"</a>", b' xmlns=""', b"CdtTrfTxInf", "Ж".encode(), b" ", b"0", b"-"),
]


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_by_a_valid_message(data: bytes) -> None:
    parser, writer = _TOOLS
    with pytest.raises(MessageRefused) as caught:
        parser.parse(data)
    parser.parse(writer.document(rejection(caught.value, NOW), "admi.002.001.01").encode())


@given(st.integers(0, 1 << 30), st.integers(1, 4))
def test_message_with_changed_bytes_is_taken_or_refused(seed: int, changes: int) -> None:
    parser, writer = _TOOLS
    chance, data = random.Random(seed), _MESSAGE
    for _ in range(changes):
        at, gone = chance.randrange(len(data)), chance.choice([0, 0, 1, 7, 60])
        data = data[:at] + chance.choice(PIECES) + data[at + gone :]
    try:
        parsed = parser.parse(data)
    except MessageRefused as refused:
        parser.parse(writer.document(rejection(refused, NOW), "admi.002.001.01").encode())
    else:
        assert parsed.version in parser.parse(data).version


@pytest.mark.parametrize("name", MESSAGES)
def test_rules_can_be_asked_of_every_valid_message(name: str, schemas: Schemas, parser: Parser, writer: Writer) -> None:
    asked = set()
    for version in DEFINITIONS[name].versions:
        if version in SCHEMA_ALONE:
            continue
        made = Instances(schemas.text(version), seed=5)
        for often in (0.1, 0.3, 0.6):
            document = etree.fromstring(etree.tostring(made.document(often=often)))
            message = read(document[0], MESSAGES[name])
            breaches = broken(message, header(), version, USAGE)
            asked |= {breach.rule for breach in breaches}
            assert all(str(breach) for breach in breaches)
            if isinstance(message, Payments):
                assert breaches
                assert len(payments(message, USAGE)) == len(message.items)
                report = rejected_payments(message, version, reasons_of(breaches), "A-1", NOW)
                parser.parse(writer.document(report, "pacs.002.001.10").encode())
    assert "HDR-1" in asked
    assert asked <= set(RULES)


def _tools() -> tuple[Parser, Writer]:
    schemas = Schemas.open()
    return Parser(schemas), Writer(schemas)


_TOOLS = _tools()
_MESSAGE = _TOOLS[1].message(header(), transfer(), "pacs.008.001.08")
