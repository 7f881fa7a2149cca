"""How alike two names are, and why."""

import pytest

from comity.screening import THRESHOLD
from comity.screening.names import compare, read_name


def _score(asked: str, listed: str, *, person: bool) -> int:
    return compare(read_name(asked, person=person), read_name(listed, person=person), person=person).score


PEOPLE = [
    ("Usama bin Ladin", "BIN LADIN, Usama"),
    ("Osama bin Laden", "Usāma bin Muhammad ibn Awad ibn Lādin"),
    ("Mr. Iwan Petrow", "Ivan Petrov"),
    ("Abdulaziz al-Nuristani", "'Abd al-Aziz Nooristani"),
    ("VladimirPetrov", "Vladimir Petrov"),
    ("Alisher-Karimov", "Alisher Karimov"),
    ("Jongun Kim", "Kim Jong-un"),
    ("A. Karimov", "Alisher Karimov"),
    ("Ig0r Petr0v", "Igor Petrov"),
    ("vortep divad", "Petrov David"),
    ("Sergey Sergey Petrov", "Sergey Petrov"),
    ("Sasha Petrov", "Alexander Petrov"),
    ("Nicolas Petrov LLC", "Nicolas Petrov"),
]
OTHER_PEOPLE = [
    ("Ihab Makhlouf", "Rami Makhlouf"),
    ("Olga Petrova", "Oleg Petrenko"),
    ("Kim Myong-sik", "Kim Song-guk"),
    ("William G. Frost", "William W. Lowe"),
    ("N.P.", "Nikolai Petrov"),
    ("Nikolai Petrov", "N.P."),
    ("Sergey Ivanovich Petrov", "Sergey Viktorovich Petrov"),
    ("Ivan", "Ivan Ivanovich Petrov"),
    ("Wang Li", "Li Yi"),
]
ORGANISATIONS = [
    ("Acme Aktiengesellschaft", "Acme AG"),
    ("OOO Vostok", "Vostok Limited Liability Company"),
    ("ООО «Восток»", "VOSTOK LLC"),
    ("1st International Bank", "First Bank Int'l"),
    ("Brigade Forty-Four", "Brigade 44"),
    ("NLA", "National Liberation Army"),
    ("Goodwill Company", "Good Will Company"),
    ("Cristalord Limited", "CRYSTALORD LTD"),
]
OTHER_ORGANISATIONS = [
    ("Management Company", "Westminster Management Company"),
    ("Government of Estonia", "Government of Ethiopia"),
    ("BAE Industries Inc", "BWI Industries Inc"),
    ("Victory 2", "Victory 3"),
    ("Bank of North", "Bank of South"),
]


@pytest.mark.parametrize(("asked", "listed"), PEOPLE)
def test_spellings_of_one_person_are_alike(asked: str, listed: str) -> None:
    assert _score(asked, listed, person=True) >= THRESHOLD


@pytest.mark.parametrize(("asked", "listed"), OTHER_PEOPLE)
def test_persons_who_share_a_part_are_not(asked: str, listed: str) -> None:
    assert _score(asked, listed, person=True) < THRESHOLD


@pytest.mark.parametrize(("asked", "listed"), ORGANISATIONS)
def test_spellings_of_one_organisation_are_alike(asked: str, listed: str) -> None:
    assert _score(asked, listed, person=False) >= THRESHOLD


@pytest.mark.parametrize(("asked", "listed"), OTHER_ORGANISATIONS)
def test_organisations_that_share_general_words_are_not(asked: str, listed: str) -> None:
    assert _score(asked, listed, person=False) < THRESHOLD


def test_legal_forms_that_differ_are_a_reason_against() -> None:
    same = compare(read_name("Deutsche Bank AG"), read_name("Deutsche Bank Aktiengesellschaft"), person=False)
    other = compare(read_name("Deutsche Bank AG"), read_name("Deutsche Bank GmbH"), person=False)
    assert same.score > other.score
    assert [reason for reason, points, _ in other.reasons if points < 0] == ["legal form differs"]
