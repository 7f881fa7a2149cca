"""Read by its shape, a message says what it says when its elements are walked."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from comity.iso20022 import shapes as module
from comity.iso20022.definitions import DEFINITIONS
from comity.iso20022.header import Header
from comity.iso20022.messages import MESSAGES
from comity.iso20022.messages.payments import CustomerTransfers
from comity.iso20022.parsing import Parsed, Parser
from comity.iso20022.reading import read
from comity.iso20022.refusal import MessageRefused
from comity.iso20022.schemas import Schemas
from comity.iso20022.shapes import Contents, Shapes
from comity.iso20022.writing import Writer
from tests.iso20022.instances import Instances
from tests.iso20022.worked import SCHEMA_ALONE, header, item, transfer

READ = [version for name in MESSAGES for version in DEFINITIONS[name].versions if version not in SCHEMA_ALONE]
PIECES = [
    ">",
    "&gt;",
    "&amp;",
    "&#65;",
    "<!--x-->",
    "<?x?>",
    "<?x <?>",
    "<?x >Nm< ?>",
    "/Nm",
    " ",
    "\r\n",
    "\n",
    "]]>x",
]


def _agrees(shapes: Shapes, parsed: Parsed) -> Contents:
    """Hold what is read by the shape against what the elements say."""
    found = shapes.read(parsed)
    assert found.message == read(parsed.content, MESSAGES[parsed.name])
    assert found.header == (None if parsed.header is None else read(parsed.header, Header))
    assert len(found.unread) == 1 + len(getattr(found.message, "items", ()))
    return found


@pytest.mark.parametrize("version", READ)
def test_every_message_reads_the_same(version: str, schemas: Schemas, parser: Parser) -> None:
    made, shapes, by_shape = Instances(schemas.text(version), seed=11), Shapes(), 0
    for often in (0.0, 0.2, 0.5, 0.9):
        data = etree.tostring(made.document(often=often))
        for _ in range(2):
            found = _agrees(shapes, parser.parse(data))
        by_shape += None not in found.unread
    assert by_shape


def test_samples_read_the_same(parser: Parser, samples: Path) -> None:
    shapes, known = Shapes(), 0
    for path in sorted(samples.rglob("*.xml")):
        try:
            parsed = parser.parse(path.read_bytes())
        except MessageRefused:
            continue
        if parsed.name in MESSAGES:
            _agrees(shapes, parsed)
            known += 1
    assert known > 50


@given(st.integers(0, 1 << 30), st.integers(1, 3))
def test_whatever_is_written_into_texts_reads_the_same(seed: int, changes: int) -> None:
    chance, text = random.Random(seed), _MESSAGE
    for _ in range(changes):
        places = [number for number, character in enumerate(text) if character == ">"]
        at = chance.choice(places) + 1
        text = text[:at] + chance.choice(PIECES) + text[at:]
    try:
        parsed = _PARSER.parse(text.encode())
    except MessageRefused:
        return
    _agrees(_SHAPES, parsed)


@pytest.mark.parametrize(
    ("old", "new", "by_shape"),
    [
        ("<Nm>", "<Nm>a &gt; b &amp; ", "all"),
        ("<Nm>", "<Nm>a > b ", "none"),
        ("<Nm>", "<Nm>a>b>c ", "none"),
        ("<Nm>", "<Nm><!-- no --> ", "none"),
        ("<Nm>", "<Nm><?no?>", "none"),
        ("<Nm>", "<Nm>a>/Nm<?x >Nm< ?>b<?y <?>", "none"),
        ("<Nm>", "<Nm>\r\n", "none"),
        ("<Nm>", "<Nm>&#65;", "all"),
        ("<Nm>", "<Nm >", "all"),
        ("<Nm>", "<Nm\n>", "all"),
        ("<Nm>", "<Nm xml:space='preserve'>", "refused"),
        ('Ccy="CNY"', "Ccy='CNY'", "none"),
        ('Ccy="CNY"', ' Ccy = "CNY"', "none"),
        ("<GrpHdr>", "<GrpHdr>\n  ", "all"),
        ("<CdtTrfTxInf>", "<CdtTrfTxInf >", "none"),
        ("</CdtTrfTxInf>", "</CdtTrfTxInf >\n", "all"),
        ("<Document ", "<!--&lt;CdtTrfTxInf--><Document ", "none"),
        ("</FIToFICstmrCdtTrf>", "<SplmtryData><Envlp><x>1</x></Envlp></SplmtryData></FIToFICstmrCdtTrf>", "none"),
    ],
)
@pytest.mark.parametrize("count", [1, 9])
def test_odd_ways_of_writing(old: str, new: str, by_shape: str, count: int) -> None:
    assert old in _MESSAGE
    text = _MESSAGE.replace(old, new, count)
    try:
        parsed = _PARSER.parse(text.encode())
    except MessageRefused:
        assert by_shape == "refused"
        return
    shapes = Shapes()
    for _ in range(2):
        unread = _agrees(shapes, parsed).unread
        assert {"all": None not in unread, "none": set(unread) == {None}}[by_shape]


def test_item_that_is_hidden_in_another_is_none() -> None:
    """As many begin as there are: one in what anybody may add, and one is written so that no cut is made there."""
    first, second = _PAYMENTS
    third = replace(second, instruction="I-3")
    text = _WRITER.message(header(), transfer(first, second, third), "pacs.008.001.08").decode()
    one, two, three = re.findall("<CdtTrfTxInf>.*?</CdtTrfTxInf>", text)
    hidden = f'<SplmtryData><Envlp><x xmlns="urn:x">{two.replace("I-2", "HIDDEN")}</x></Envlp></SplmtryData>'
    text = text.replace(one, one.replace("</CdtTrfTxInf>", f"{hidden}</CdtTrfTxInf>"))
    text = text.replace(three, three.replace("<CdtTrfTxInf>", "<CdtTrfTxInf >"))
    for each in (text, text.replace("<Nm>", "<Nm>a &amp; ")):
        shapes = Shapes()
        _agrees(shapes, _PARSER.parse(_MESSAGE.encode()))
        assert set(_agrees(shapes, _PARSER.parse(each.encode())).unread) == {None}


def test_prefixes_are_left_to_the_elements() -> None:
    root = etree.fromstring(_DOCUMENT.encode())
    space = etree.QName(root).namespace
    text = etree.tostring(root, encoding="unicode").replace(f'xmlns="{space}"', f'xmlns:p="{space}"')
    text = text.replace("</", "</p:").replace("<", "<p:").replace("<p:/p:", "</p:")
    found = _agrees(Shapes(), _PARSER.parse(text.encode()))
    assert isinstance(found.message, CustomerTransfers)
    assert set(found.unread) == {None}


def test_what_no_field_reads_is_named() -> None:
    named = "<DbtrAcct><Id><Othr><Id>1</Id></Othr></Id><Nm>Holder</Nm></DbtrAcct>"
    text = re.sub("<DbtrAcct>.*?</DbtrAcct>", named, _MESSAGE, count=1)
    assert _agrees(Shapes(), _PARSER.parse(_MESSAGE.encode())).unread == (frozenset(),) * 3
    assert _agrees(Shapes(), _PARSER.parse(text.encode())).unread == (frozenset(), frozenset({"Nm"}), frozenset())


def test_shapes_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch, parser: Parser) -> None:
    monkeypatch.setattr(module, "_SHAPES_MAX", 3)
    shapes = Shapes()
    for number in range(1, 6):
        text = _MESSAGE.replace("<Ustrd>", "<Ustrd>x</Ustrd>" * number + "<Ustrd>", 1)
        assert text != _MESSAGE
        _agrees(shapes, parser.parse(text.encode()))
    assert len(shapes._known) <= 3


_SCHEMAS = Schemas.open()
_PAYMENTS = [item(instruction=each, remittance=("Invoice",)) for each in ("I-1", "I-2")]
_PARSER, _SHAPES = Parser(_SCHEMAS), Shapes()
_WRITER = Writer(_SCHEMAS)
_MESSAGE = _WRITER.message(header(), transfer(*_PAYMENTS), "pacs.008.001.08").decode()
_DOCUMENT = _MESSAGE[_MESSAGE.index("<Document") : _MESSAGE.index("</Envelope>")]
