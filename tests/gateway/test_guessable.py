"""Which passwords are tried first."""

import pytest

from comity.gateway.guessable import is_guessable


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password12345678",
        "P@55w0rd P@55w0rd",
        "qwertyuiop123456",
        "1q2w3e4r5t6y7u8i",
        "1qaz2wsx3edc4rfv",
        "abcdefghijklmnop",
        "zyxwvutsrqponmlk",
        "iloveyou iloveyou",
        "correct horse battery staple",
        "the quick brown fox jumps over the lazy dog",
        "summer-winter-2021",
        "welcome to the bank",
        "monkey.dragon.football",
        "111222333444555",
        "to be or not to be",
    ],
)
def test_password_of_common_words_and_runs_is_guessable(password: str) -> None:
    assert is_guessable(password)


@pytest.mark.parametrize(
    "password", ["tide ledger walnut seventeen", "gQ7-vR2_xT9.mK4w", "parola mea este lungă", "моя тихая улица вчера"]
)
def test_password_of_ones_own_is_not(password: str) -> None:
    assert not is_guessable(password)


def test_name_makes_a_password_guessable_also_in_figures_and_a_short_one_does_not() -> None:
    password = "walnut anna seventeen ledger"  # noqa: S105 - of a test
    assert not is_guessable(password)
    assert is_guessable(password, ["Anna"])
    assert is_guessable(password.replace("a", "4"), ["Anna"])
    assert not is_guessable(password, ["nut"])
