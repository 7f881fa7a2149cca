"""Codes of institutions have the shape their standards give them."""

import pytest

from comity.model.participant import Bic, Lei, is_code, is_id, is_member_code


def test_bic_of_eight_characters_is_the_head_office() -> None:
    bic = Bic("BANKRUMM")
    assert (bic.country, bic.party, bic.branch, str(bic)) == ("RU", "BANKRUMM", "XXX", "BANKRUMM")


def test_bic_of_eleven_characters_names_a_branch() -> None:
    bic = Bic("BANKCNBJ110")
    assert (bic.country, bic.party, bic.branch) == ("CN", "BANKCNBJ", "110")


@pytest.mark.parametrize(
    "code", ["", "BANKRUM", "BANKRUMMX", "BANKRUMMXX", "bankrumm", "BANK12MM", "BANKRUMM\n", "BÄNKRUMM"]
)
def test_other_shape_is_no_bic(code: str) -> None:
    with pytest.raises(ValueError, match="expected a BIC"):
        Bic(code)


def test_lei_has_twenty_characters() -> None:
    assert str(Lei("529900T8BM49AURSDO55")) == "529900T8BM49AURSDO55"


@pytest.mark.parametrize("code", ["", "529900T8BM49AURSDO5", "529900T8BM49AURSDO5X", "529900t8BM49AURSDO55"])
def test_other_shape_is_no_lei(code: str) -> None:
    with pytest.raises(ValueError, match="expected an LEI"):
        Lei(code)


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
