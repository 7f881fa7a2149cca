"""Lists as they are published: what is read, what is refused, and what an edition changes."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from comity.errors import InvalidRequest
from comity.screening import Identifier, Schema, compare_lists, read_list
from comity.screening.lists import source
from tests.screening import lists


def _written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _sdn(folder: Path) -> Path:
    for name, text in (("sdn", lists.SDN), ("add", lists.ADD), ("alt", lists.ALT), ("sdn_comments", lists.COMMENTS)):
        _written(folder, f"{name}.csv", text)
    return folder


def test_un_xml_is_read(tmp_path: Path) -> None:
    found = read_list(_written(tmp_path, "un.xml", lists.UN))
    assert (found.name, found.date, found.count) == ("UN", "2026-02-27", 2)
    person, airline = found.entities
    assert person.schema == Schema.PERSON
    assert person.names == ("IVAN PRIMEROV", "Иван Примеров", "Iwan Primerow")
    assert person.weak_names == ("Vanya",)
    assert person.birth_dates == ("1970-01-23", "1960", "1961", "1962")
    assert person.countries == ("IR",)
    assert person.identifiers == (Identifier("passport", "A123456", "YE"),)
    assert (airline.names, airline.weak_names, airline.countries) == (("SAMPLE AIRLINES",), ("SAL",), ("KP",))


def test_ofac_tables_are_joined_and_orphans_counted(tmp_path: Path) -> None:
    found = read_list(_sdn(tmp_path))
    person, company, ship = found.entities
    assert person.names == ("PRIMEROV, Ivan", "PRIMEROFF, Iwan")
    assert person.weak_names == ("VANYA",)
    assert person.birth_dates == ("1970-01-23", "1964", "1965", "1966")
    assert person.programmes == ("XYZ", "ABC")
    assert set(person.identifiers) == {
        Identifier("passport", "4005504207", "RU"),
        Identifier("inn", "500100732259", "RU"),
    }
    assert set(company.identifiers) == {Identifier("bic", "SAMPRUMM"), Identifier("ogrn", "1027700132195", "RU")}
    assert company.countries == ("CY",)
    assert ship.schema == Schema.VESSEL
    assert {Identifier("imo", "9074729"), Identifier("mmsi", "572469210")} <= set(ship.identifiers)
    assert found.orphans == 1
    assert [doubt.row for doubt in found.doubts] == [2]


def test_eu_xml_is_read(tmp_path: Path) -> None:
    found = read_list(_written(tmp_path, "eu.xml", lists.EU))
    assert (found.name, found.version, found.date) == ("EU", "777", "2026-01-02")
    person, company = found.entities
    assert (person.names, person.weak_names) == (("Ivan Primerov", "Iwan Primerow"), ("Vanya",))
    assert person.birth_dates == ("1970-01-23", "1964", "1965", "1966")
    assert person.identifiers == (Identifier("passport", "4005504207", "RU"),)
    assert (company.schema, company.names, company.weak_names) == (Schema.ORGANIZATION, ("Sample Trading",), ("STC",))


def test_advanced_ofac_xml_is_read(tmp_path: Path) -> None:
    found = read_list(_written(tmp_path, "sdn_advanced.xml", lists.ADVANCED))
    (person,) = found.entities
    assert (found.date, found.orphans) == ("2026-03-04", 1)
    assert (person.id, person.schema) == ("36", Schema.PERSON)
    assert (person.names, person.weak_names) == (("PRIMEROV Ivan",), ("VANYA",))
    assert (person.birth_dates, person.countries, person.programmes) == (("1970-01-23",), ("RU",), ("XYZ",))
    assert person.identifiers == (Identifier("passport", "4005504207", "RU"),)


def test_ftm_lines_are_read_and_what_names_no_party_passed_over(tmp_path: Path) -> None:
    found = read_list(_written(tmp_path, "entities.ftm.json", lists.FTM))
    assert (found.name, found.count, found.date) == ("sample", 2, "2026-01-02")
    person, company = found.entities
    assert set(person.identifiers) == {
        Identifier("passport", "4005504207", "RU"),
        Identifier("inn", "500100732259", "RU"),
    }
    assert set(company.identifiers) == {Identifier("lei", "529900T8BM49AURSDO55"), Identifier("bic", "DEUTDEFF")}


def test_compressed_and_plain_content_have_the_same_digest(tmp_path: Path) -> None:
    plain = read_list(_written(tmp_path, "un.xml", lists.UN))
    packed = tmp_path / "un.xml.gz"
    packed.write_bytes(gzip.compress(lists.UN.encode()))
    assert read_list(packed) == plain


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><CONSOLIDATED_LIST>&c;</CONSOLIDATED_LIST>'
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><CONSOLIDATED_LIST/>'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (BOMB, "without a document type"),
        (OUTSIDE, "without a document type"),
        (lists.UN[: len(lists.UN) // 2], "well-formed XML to its end"),
        (lists.UN.replace("<FIRST_NAME>IVAN</FIRST_NAME><SECOND_NAME>PRIMEROV</SECOND_NAME>", ""), "FIRST_NAME"),
        (lists.UN.replace("XYe.001", "XYi.001"), "an id that no other party has"),
        ("<CONSOLIDATED_LIST/>", "at least one party"),
        ("<other/>", "none of these"),
        ("", "none of these"),
        (lists.FTM[:-30], "an entity as JSON"),
        ("{}", "an entity as JSON"),
        ("<CONSOLIDATED_LIST>" + "<a>" * 10_000, "well-formed XML"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        read_list(_written(tmp_path, "list", content))


def test_all_faults_of_a_file_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    lines = lists.FTM.splitlines()
    path = _written(tmp_path, "list", "\n".join([lines[0], '{"id": 1}', lines[2], "{"]))
    with pytest.raises(InvalidRequest) as refused:
        read_list(path)
    assert [fault.row for fault in refused.value.faults] == [2, 4]


def test_a_table_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    folder = _sdn(tmp_path)
    _written(folder, "sdn.csv", lists.SDN[:300])
    with pytest.raises(InvalidRequest, match=r"sdn\.csv"):
        read_list(folder)


def test_a_file_that_expands_beyond_what_lists_do_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "EXPANDS_FREELY", 1 << 16)
    bomb = b'{"id":"a","schema":"Person","properties":{"name":["A B"]}}\n' + b"\n" * (1 << 21)
    packed = tmp_path / "list.jsonl.gz"
    packed.write_bytes(gzip.compress(bomb))
    with pytest.raises(InvalidRequest, match="uncompressed, found more"):
        read_list(packed)


def test_a_truncated_gzip_file_is_refused(tmp_path: Path) -> None:
    packed = tmp_path / "un.xml.gz"
    packed.write_bytes(gzip.compress(lists.UN.encode())[:-40])
    with pytest.raises(InvalidRequest, match=r"gzip|well-formed"):
        read_list(packed)


def test_an_edition_that_lost_much_needs_two_people(tmp_path: Path) -> None:
    before = read_list(_written(tmp_path, "un.xml", lists.UN))
    assert not compare_lists(None, before).needs_two
    assert not compare_lists(before, before).needs_two
    after = replace(before, entities=before.entities[:1])
    change = compare_lists(before, after)
    assert (change.removed, change.lost_permille, change.needs_two) == (("XYe.001",), 500, True)
    assert not compare_lists(before, after, lost_max_permille=1000).needs_two


def test_an_edition_is_compared_party_by_party(tmp_path: Path) -> None:
    before = read_list(_written(tmp_path, "un.xml", lists.UN))
    person, airline = before.entities
    other = structs.replace(person, names=("IVAN PRIMEROV", "Johnny Example", "Another"))
    new = structs.replace(airline, id="XYe.002")
    change = compare_lists(before, replace(before, entities=(other, airline, new)))
    assert (change.added, change.removed, change.changed) == (("XYe.002",), (), ("XYi.001",))


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"orphans": 3}, "3 rows belong to no party"),
        ({"date": "2025-01-01"}, "before the edition in force"),
        ({"name": "EU"}, "it is the list EU"),
        ({"name": ""}, "it is the list without a name"),
        ({"entities": ()}, "names nobody"),
    ],
)
def test_an_edition_that_is_odd_needs_two_people(tmp_path: Path, edit: dict[str, object], said: str) -> None:
    before = read_list(_written(tmp_path, "un.xml", lists.UN))
    change = compare_lists(before, replace(before, **edit))  # type: ignore[arg-type]
    assert any(said in reason for reason in change.reasons)


@pytest.mark.shared
def test_published_lists_are_read_whole(shared: Path) -> None:
    folder = shared / "data" / "sanctions"
    un, ofac = read_list(folder / "un_consolidated_2026-02-27.xml.gz"), read_list(folder)
    assert (un.count, un.date, un.orphans) == (1003, "2026-02-27", 0)
    assert sum(entity.schema == Schema.PERSON for entity in un.entities) == 730
    assert (ofac.count, ofac.orphans) == (8976, 0)
    assert sum(each.kind == "imo" for entity in ofac.entities for each in entity.identifiers) > 380


def test_a_schema_that_nobody_knows_is_told(tmp_path: Path) -> None:
    listed = tmp_path / "list.jsonl"
    listed.write_text(
        '{"id":"a","schema":"Persn","properties":{"name":["A B"]}}\n'
        '{"id":"b","schema":"Person","properties":{"name":["C D"]}}\n'
        '{"id":"c","schema":"Address","properties":{"full":["Street 1"]}}\n'
    )
    found = read_list(listed)
    assert (found.count, [(each.row, each.found) for each in found.doubts]) == (1, [(1, "'Persn'")])


def test_faults_of_lines_and_of_parties_are_told_together(tmp_path: Path) -> None:
    lines = [
        '{"id": "a", "schema": "Person", "properties": {"name": ["Anna"]}}',
        "{no json",
        '{"id": "a", "schema": "Person", "properties": {"name": ["Boris"]}}',
        '{"id": "b", "schema": "Person", "properties": {}}',
    ]
    with pytest.raises(InvalidRequest) as refused:
        read_list(_written(tmp_path, "entities.ftm.json", "\n".join(lines)))
    told = [(fault.row, fault.column, fault.expected) for fault in refused.value.faults]
    assert told == [
        (2, "", "an entity as JSON"),
        (0, "a", "an id that no other party has"),
        (0, "b", "a party with a name"),
    ]


def test_a_list_without_a_line_that_can_be_read_is_not_called_empty_too(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_list(_written(tmp_path, "entities.ftm.json", "{no json"))
    assert [fault.row for fault in refused.value.faults] == [1]
