import os
from pathlib import Path

import pytest
import xmlschema
from lxml import etree

from comity.errors import InvalidRequest, NotFound
from comity.iso20022.definitions import DEFINITIONS
from comity.iso20022.schemas import Schemas
from hatch_build import ARCHIVE, schema, write_archive
from tests.iso20022.grammar import Grammar, differences
from tests.iso20022.instances import Instances

VERSIONS = [version for definition in DEFINITIONS.values() for version in definition.versions]
UNPUBLISHED = {"camt.046.001.08", "camt.062.001.03", "camt.088.001.02"}
"""Versions of which no published schema is at hand: what is built of them is held against nothing."""
MUTANTS = int(os.environ.get("COMITY_MUTANTS", "40"))
"""Changed documents per message; the whole measure is 20,000."""

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def _compiled(text: bytes) -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(text))


@pytest.mark.shared
@pytest.mark.parametrize("version", VERSIONS)
def test_built_schema_says_what_the_published_one_says(version: str, schemas: Schemas, published: Path) -> None:
    path = published / f"{version}.xsd"
    assert path.exists() == (version not in UNPUBLISHED)
    if path.exists():
        assert differences(Grammar(schemas.text(version)), Grammar(path.read_bytes())) == []


@pytest.mark.shared
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ('minOccurs="0"', 'minOccurs="1"'),
        ('name="PmtId"', 'name="PmtIds"'),
        ('value="35"', 'value="34"'),
        ("xs:choice", "xs:sequence"),
        ('use="required"', ""),
        ('value="SHAR"', 'value="SHAX"'),
        ("xs:dateTime", "xs:date"),
        ('processContents="lax"', 'processContents="skip"'),
    ],
)
def test_comparison_of_grammars_notices_a_changed_schema(ours: str, theirs: str, published: Path) -> None:
    text = schema("pacs.008.001.08")
    assert ours in text
    changed = Grammar(text.replace(ours, theirs).encode())
    assert differences(changed, Grammar((published / "pacs.008.001.08.xsd").read_bytes())) != []


@pytest.mark.shared
def test_every_sample_gets_the_verdict_of_the_published_schemas(
    schemas: Schemas, published: Path, samples: Path
) -> None:
    judged = {True: 0, False: 0}
    for path in sorted(samples.rglob("*.xml")):
        for element in etree.parse(path).iter("{*}Document", "{*}AppHdr"):
            version = etree.QName(element).namespace.rsplit(":", 1)[-1]
            if version in schemas.versions:
                verdict = bool(_compiled((published / f"{version}.xsd").read_bytes()).validate(element))
                assert schemas.is_valid(element, version) is verdict, path.name
                judged[verdict] += 1
    assert judged[True] > 40
    assert judged[False] > 5


@pytest.mark.shared
@pytest.mark.parametrize("name", DEFINITIONS)
def test_mutants_get_the_verdict_of_the_published_schema(name: str, schemas: Schemas, published: Path) -> None:
    versions = [version for version in DEFINITIONS[name].versions if version not in UNPUBLISHED]
    if not versions:
        pytest.skip("no published schema is at hand")
    judged = {True: 0, False: 0}
    for place, version in enumerate(versions):
        theirs = _compiled((published / f"{version}.xsd").read_bytes())
        made = Instances((published / f"{version}.xsd").read_bytes(), seed=place)
        share = MUTANTS * (place + 1) // len(versions) - MUTANTS * place // len(versions)
        document = made.document()
        for number in range(share):
            if number % 20 == 0:
                document = made.document(often=0.1 + 0.1 * (number // 20 % 4))
                assert theirs.validate(document), theirs.error_log
                assert schemas.is_valid(document, version)
            mutant = etree.fromstring(etree.tostring(made.mutant(document)))
            verdict = bool(theirs.validate(mutant))
            assert schemas.is_valid(mutant, version) is verdict, etree.tostring(mutant)
            judged[verdict] += 1
    assert judged[False] > MUTANTS // 4


@pytest.mark.shared
@pytest.mark.parametrize("version", ["pacs.008.001.08", "camt.056.001.08", "fxtr.014.001.05", "head.001.001.02"])
def test_another_validator_reads_the_built_schema_as_this_one_does(version: str, schemas: Schemas) -> None:
    other = xmlschema.XMLSchema(schemas.text(version).decode())
    made = Instances(schemas.text(version), seed=7)
    judged = set()
    for _ in range(3):
        document = made.document(often=0.2)
        assert other.is_valid(document)
        for _ in range(12):
            mutant = etree.fromstring(etree.tostring(made.mutant(document)))
            verdict = schemas.is_valid(mutant, version)
            assert other.is_valid(mutant) is verdict, etree.tostring(mutant)
            judged.add(verdict)
    assert False in judged


@pytest.mark.usefixtures("schemas")
def test_archive_is_what_the_definitions_make(tmp_path: Path) -> None:
    made = tmp_path / "made.zip"
    write_archive(made)
    assert made.read_bytes() == ARCHIVE.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["made.zip"]


def test_schemas_of_a_folder_stand_for_those_that_were_built(tmp_path: Path, schemas: Schemas) -> None:
    text = schemas.text("pacs.008.001.08").replace(b'name="MsgId"', b'name="MsgIdentification"')
    (tmp_path / "pacs.008.001.08.xsd").write_bytes(text)
    (tmp_path / "other.xsd").write_bytes(b"")
    opened = Schemas.open(tmp_path)
    assert opened.text("pacs.008.001.08") == text
    assert opened.text("pacs.009.001.08") == schemas.text("pacs.009.001.08")
    assert opened.versions == schemas.versions


def test_folder_without_a_schema_of_ours_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="a folder with schemas of messages"):
        Schemas.open(tmp_path)


def test_every_file_of_a_folder_that_is_no_schema_of_its_version_is_told(tmp_path: Path, schemas: Schemas) -> None:
    text = schemas.text("pacs.008.001.08")
    (tmp_path / "pacs.008.001.08.xsd").write_bytes(text)
    (tmp_path / "pacs.008.001.09.xsd").write_bytes(text)
    (tmp_path / "pacs.009.001.08.xsd").write_bytes(text[:-20])
    (tmp_path / "pacs.004.001.09.xsd").write_bytes(text.replace(b"xs:restriction", b"xs:restrict"))
    (tmp_path / "pacs.002.001.10.xsd").write_bytes(b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + text.partition(b"?>")[2])
    with pytest.raises(InvalidRequest) as refused:
        Schemas.open(tmp_path)
    found = {Path(fault.file).stem: (fault.column, fault.expected) for fault in refused.value.faults}
    assert found == {
        "pacs.002.001.10": ("", "a schema without a document type"),
        "pacs.004.001.09": ("", "an XML schema"),
        "pacs.008.001.09": ("targetNamespace", "urn:iso:std:iso:20022:tech:xsd:pacs.008.001.09"),
        "pacs.009.001.08": ("", "an XML schema"),
    }


def test_version_that_is_not_spoken_has_no_schema(schemas: Schemas) -> None:
    with pytest.raises(NotFound, match=r"pacs\.003\.001\.08"):
        schemas.text("pacs.003.001.08")


def test_faults_name_the_element_and_are_bounded(schemas: Schemas) -> None:
    space = "urn:iso:std:iso:20022:tech:xsd:camt.056.001.08"
    party = "<Pty><Nm>A</Nm></Pty>"
    head = f"<Assgnmt><Id>1</Id><Assgnr>{party}</Assgnr><Assgne>{party}</Assgne><CreDtTm>now</CreDtTm></Assgnmt>"
    entries = "<Undrlyg><TxInf><OrgnlUETR>x</OrgnlUETR></TxInf></Undrlyg>" * 50
    text = f'<Document xmlns="{space}"><FIToFIPmtCxlReq>{head}{entries}</FIToFIPmtCxlReq></Document>'
    faults = schemas.faults(etree.fromstring(text), "camt.056.001.08")
    assert len(faults) == 20
    assert faults[0][0] == "/Document/FIToFIPmtCxlReq/Assgnmt/CreDtTm"
    assert faults[1][0] == "/Document/FIToFIPmtCxlReq/Undrlyg[1]/TxInf/OrgnlUETR"
    assert "CreDtTm" in faults[0][1]
    assert "OrgnlUETR" in faults[1][1]
    assert space not in faults[0][1]
