from pathlib import Path

import pytest
from lxml import etree

from comity.iso20022.definitions import DEFINITIONS
from comity.iso20022.header import Header
from comity.iso20022.messages import MESSAGES
from comity.iso20022.messages.payments import CustomerTransfers, InstitutionTransfers, Returns
from comity.iso20022.outline import Outline
from comity.iso20022.parsing import Parser
from comity.iso20022.reading import read
from comity.iso20022.schemas import Schemas
from comity.iso20022.table import Group, Message, Money, fields_of
from comity.iso20022.writing import Writer
from tests.iso20022.instances import Instances
from tests.iso20022.worked import SCHEMA_ALONE, between_institutions, covering, item, returned, transfer

READ = [(name, version) for name in MESSAGES for version in DEFINITIONS[name].versions if version not in SCHEMA_ALONE]


def _texts(group: Group) -> list[str]:
    """Every text that a struct holds, in no order."""
    found = []
    for field in fields_of(type(group)):
        value = getattr(group, field.name)
        for one in value if field.shape.many else (value,):
            if isinstance(one, Group):
                found += _texts(one)
            elif isinstance(one, Money):
                found += [one.text, one.currency] if one else []
            elif one:
                found.append(one)
    return found


def _expected(group: type[Group], element: etree._Element) -> list[str]:
    """The same texts by the paths of the table, asked one by one: the naive way."""
    found = []
    space = {"d": etree.QName(element).namespace}
    for field in fields_of(group):
        path = "|".join("/".join(f"d:{name}" for name in path) for path in field.at.paths)
        for node in element.xpath(path, namespaces=space):
            if issubclass(field.shape.holds, Group):
                found += _expected(field.shape.holds, node)
            elif issubclass(field.shape.holds, Money):
                found += [node.text.strip(), node.get("Ccy", "")] if node.text else []
            elif node.text:
                found.append(node.text)
    return found


@pytest.mark.parametrize(("name", "version"), READ)
def test_reading_finds_what_the_paths_of_the_table_find(name: str, version: str, schemas: Schemas) -> None:
    made = Instances(schemas.text(version), seed=11)
    filled = 0
    for often in (0.0, 0.2, 0.5, 0.9):
        document = etree.fromstring(etree.tostring(made.document(often=often)))
        assert schemas.is_valid(document, version)
        message = read(document[0], MESSAGES[name])
        assert sorted(_texts(message)) == sorted(_expected(MESSAGES[name], document[0]))
        filled = max(filled, len(_texts(message)))
    assert filled > 1


@pytest.mark.parametrize("name", MESSAGES)
def test_every_path_of_the_table_stands_in_a_schema(name: str, schemas: Schemas) -> None:
    outlines = [Outline(schemas.text(version)) for version in DEFINITIONS[name].versions]

    def unknown(group: type[Group], path: tuple[str, ...]) -> list[str]:
        found = []
        for field in fields_of(group):
            for names in field.at.paths:
                whole = (*path, *names)
                if not any(outline.knows(whole) for outline in outlines):
                    found.append("/".join(whole))
                elif issubclass(field.shape.holds, Group):
                    found += unknown(field.shape.holds, whole)
        return found

    assert unknown(MESSAGES[name], (MESSAGES[name].element,)) == []


def test_every_message_that_is_defined_is_mapped() -> None:
    assert set(MESSAGES) | {"head.001"} == set(DEFINITIONS)


@pytest.mark.parametrize(
    ("message", "version"),
    [
        (transfer(item(), item(instruction="I-9", uetr="")), "pacs.008.001.08"),
        (between_institutions(), "pacs.009.001.08"),
        (covering(), "pacs.009.001.08"),
        (returned(), "pacs.004.001.09"),
    ],
)
def test_what_was_written_is_read_again(message: Message, version: str, parser: Parser, writer: Writer) -> None:
    assert read(parser.parse(writer.document(message, version).encode()).content, type(message)) == message


@pytest.mark.parametrize("version", DEFINITIONS["head.001"].versions)
def test_header_of_every_version_is_read(version: str, schemas: Schemas) -> None:
    made = Instances(schemas.text(version), seed=3)
    element = etree.fromstring(etree.tostring(made.document(often=0.4)))
    assert sorted(_texts(read(element, Header))) == sorted(_expected(Header, element))


@pytest.mark.shared
def test_chain_of_the_market_is_read(parser: Parser, samples: Path) -> None:
    folder = samples / "cbpr-2025-chains"
    customer = read(parser.parse((folder / "cbprplus_pacs008_2025.xml").read_bytes()).content, CustomerTransfers)
    (payment,) = customer.items
    assert payment.amount == Money("12000000", "RON")
    assert (payment.instructing, payment.instructed) != (None, None)
    assert payment.debtor is not None
    assert (payment.debtor.name, payment.debtor.country) == ("Debtor Co", "RO")
    covered = read(
        parser.parse((samples / "cbpr-2025" / "pacs.009_cov.max.xml").read_bytes()).content, InstitutionTransfers
    )
    assert covered.items[0].covered is not None
    core = read(parser.parse((folder / "pacs009_fi_transfer_sample.xml").read_bytes()).content, InstitutionTransfers)
    assert core.items[0].covered is None
    back = read(parser.parse((folder / "pacs004_payment_return_sample.xml").read_bytes()).content, Returns)
    assert back.items[0].reasons[0].code
