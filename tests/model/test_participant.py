"""Codes of institutions have the shape their standards give them."""

import pytest

from comity.model.participant import institution, is_bic, is_code, is_id, is_member_code


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("BANKRUMM", "BANKRUMM"),
        ("BANKRUMMXXX", "BANKRUMM"),
        ("BANKCNBJ110", "BANKCNBJ110"),
        ("bankrummXXX", "bankrummXXX"),
        ("BANK12MMXXX", "BANK12MMXXX"),
        ("XXX", "XXX"),
        ("", ""),
    ],
)
def test_bic_of_the_head_office_names_what_eight_characters_alone_do(code: str, named: str) -> None:
    assert institution(code) == named


@pytest.mark.parametrize(
    ("code", "fits"),
    [
        *((code, True) for code in ("BANKRUMM", "BANKCNBJ110", "BANKRUMMXXX")),
        *((code, False) for code in ("", "BANKRUM", "BANKRUMMX", "BANKRUMMXX", "bankrumm", "BANK12MM", "BANKRUMM\n")),
        ("BÄNKRUMM", False),
    ],
)
def test_bic_has_its_shape(code: str, fits: bool) -> None:  # noqa: FBT001
    assert is_bic(code) == fits


@pytest.mark.parametrize(
    ("text", "code", "identity"),
    [
        ("BANKRUMM", True, True),
        ("x" * 35, True, True),
        ("x" * 36, False, False),
        ("", False, False),
        ("a b", False, True),
        (" ", False, False),
        ("a\0", False, False),
        ("a\n", False, False),
        ("银行", True, True),
    ],
)
def test_code_has_no_space_and_id_is_printable(text: str, code: bool, identity: bool) -> None:  # noqa: FBT001
    assert (is_code(text), is_id(text)) == (code, identity)


@pytest.mark.parametrize(("text", "fits"), [("CN", True), ("cn", False), ("CHN", False), ("C1", False), ("", False)])
def test_member_code_is_two_capital_letters(text: str, fits: bool) -> None:  # noqa: FBT001
    assert is_member_code(text) == fits
