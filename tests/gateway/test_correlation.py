"""What messages said: found by who sent them, and for as long as it is remembered."""

import pytest

from comity.gateway.correlation import ENDS_MAX, TURNS_MAX, Correlation, Entered, Versions
from comity.gateway.entries import NOTHING_SAID
from comity.gateway.idempotency import Begun, Sent
from comity.gateway.notes import Received, pack_notes, unpack_notes
from comity.iso20022.refusal import REFERENCE_UNKNOWN

ONE, OTHER = "00000001-2682-4291-ad67-2a41e530cd27", "00000002-2682-4291-ad67-2a41e530cd27"


def received(definition: str = "pacs.008.001.08", first: int = 0, *rows: tuple[str, str, str, str]) -> Received:
    return Received("ALFACNBJ", "M-1", definition, "ab" * 32, first, len(rows), rows)


def test_payment_is_found_by_its_uetr_for_its_sender_alone() -> None:
    known = Correlation()
    known.take(3, received("pacs.008.001.08", 0, ("I-1", "E-1", "", ONE), ("", "E-2", "TX-2", OTHER)))
    assert known.find("ALFACNBJ", ONE) == Entered("I-1", 3, 0)
    assert known.find("ALFACNBJ", OTHER) == Entered("TX-2", 3, 1), "what has no InstrId entered under its TxId"
    assert known.find("BETACNBJ", ONE) is None


def test_payment_is_found_by_the_end_to_end_reference_that_it_had_last() -> None:
    known = Correlation()
    known.take(3, received("pacs.008.001.08", 0, ("I-1", "E-1", "", ONE), ("I-2", REFERENCE_UNKNOWN, "", OTHER)))
    known.take(4, received("pacs.008.001.08", 7, ("I-3", "E-1", "", "")))
    assert known.find_by_end("ALFACNBJ", "E-1") == Entered("I-3", 4, 7)
    assert known.find_by_end("ALFACNBJ", REFERENCE_UNKNOWN) is None
    assert known.find_by_end("BETACNBJ", "E-1") is None
    assert known.find_all_by_end("ALFACNBJ", "E-1") == (Entered("I-1", 3, 0), Entered("I-3", 4, 7))


def test_payments_with_one_end_to_end_reference_are_not_told_apart_if_they_are_too_many() -> None:
    known = Correlation()
    for row in range(ENDS_MAX + 2):
        assert len(known.find_all_by_end("ALFACNBJ", "E-1")) == (row if row <= ENDS_MAX else 0)
        known.take(3 + row, received("pacs.008.001.08", row, (f"I-{row}", "E-1", "", "")))
    assert known.find_by_end("ALFACNBJ", "E-1") == Entered(f"I-{row}", 3 + row, row)


def test_side_of_a_trade_is_found_by_our_reference() -> None:
    known = Correlation()
    known.take(3, received("fxtr.014.001.05", 0, ("T-1", "COMMON", "", "")))
    assert known.find("ALFACNBJ", "3.0") == Entered("T-1", 3, 0)
    assert known.find_by_end("ALFACNBJ", "COMMON") is None


def test_return_has_the_uetr_of_another_payment_and_is_not_found_by_it() -> None:
    known = Correlation()
    known.take(3, received("pacs.004.001.09", 0, ("R-1", "E-1", "", ONE)))
    assert known.find("ALFACNBJ", ONE) is None


def test_oldest_uetrs_are_forgotten() -> None:
    known = Correlation(words_max=1)
    known.take(3, received("pacs.008.001.08", 0, ("I-1", "E-1", "", ONE), ("I-2", "E-2", "", OTHER)))
    assert (known.find("ALFACNBJ", ONE), known.find("ALFACNBJ", OTHER)) == (None, Entered("I-2", 3, 1))
    assert (known.find_by_end("ALFACNBJ", "E-1"), known.find_by_end("ALFACNBJ", "E-2")) == (None, Entered("I-2", 3, 1))


def test_reference_is_taken_by_one_message_of_its_sender() -> None:
    known = Correlation()
    known.take(3, received("pacs.008.001.08", 5, ("I-1", "E-1", "", ONE)))
    assert known.messages.begin("ALFACNBJ", "M-1", "ab" * 32) == Sent("ab" * 32, 3, 5, 1)
    assert known.messages.begin("ALFACNBJ", "M-1", "cd" * 32) is Begun.OTHER
    assert known.messages.begin("BETACNBJ", "M-1", "cd" * 32) is Begun.NEW


def test_rows_of_a_record_are_of_the_messages_that_they_came_in() -> None:
    row = ("I", "E", "", ONE)
    notes = [received("pacs.008.001.08", 2, row, row), received("pacs.009.001.08", 5, row)]
    said = NOTHING_SAID._replace(
        messages=[each for each in unpack_notes(pack_notes(notes)) if isinstance(each, Received)]
    )
    found = [said.message(place) for place in range(7)]
    assert [each.definition[:8] if each else "" for each in found] == [
        "",
        "",
        "pacs.008",
        "pacs.008",
        "",
        "pacs.009",
        "",
    ]


def test_version_is_the_one_last_sent_of_a_name_as_of_any_record() -> None:
    known = Versions()
    assert known.of("ALFACNBJ", "pacs.008") == "pacs.008.001.08", "the usual one"
    for sequence, version in ((3, "pacs.008.001.10"), (5, "pacs.008.001.10"), (9, "pacs.008.001.06")):
        known.take(sequence, received(version))
    found = [known.of("ALFACNBJ", "pacs.008", sequence) for sequence in (2, 3, 8, 9)]
    assert found == ["pacs.008.001.08", "pacs.008.001.10", "pacs.008.001.10", "pacs.008.001.06"]
    assert known.written("ALFACNBJ", "pacs.008") == "pacs.008.001.08", "a version that is read alone"
    assert known.written("ALFACNBJ", "pacs.008", 8) == "pacs.008.001.10"
    assert known.of("ALFACNBJ", "pacs.009") == known.of("ALFACNBJ", "pacs.009") == "pacs.009.001.08"
    assert known.of("BETACNBJ", "pacs.008") == "pacs.008.001.08"


def test_versions_are_remembered_for_so_many_turns() -> None:
    known = Versions()
    for sequence in range(2 * TURNS_MAX):
        known.take(sequence, received(f"pacs.008.001.{8 + sequence % 2:02}"))
    assert known.of("ALFACNBJ", "pacs.008") == "pacs.008.001.09"
    assert known.of("ALFACNBJ", "pacs.008", TURNS_MAX) == "pacs.008.001.08"
    assert known.of("ALFACNBJ", "pacs.008", TURNS_MAX - 1) == "pacs.008.001.08", "forgotten: the usual one"


@pytest.mark.parametrize(
    ("refused", "numbers"), [((), [0, 1, 2]), ((0,), [1, 2, 3]), ((1, 2), [0, 3, 4]), ((0, 2, 4), [1, 3, 5])]
)
def test_row_is_the_payment_of_its_number_among_those_that_were_not_refused(
    refused: tuple[int, ...], numbers: list[int]
) -> None:
    note = Received("ALFACNBJ", "M-1", "pacs.008.001.08", "ab" * 32, 5, 3, refused=refused)
    assert [note.number(row) for row in range(3)] == numbers
