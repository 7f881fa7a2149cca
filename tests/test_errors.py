"""Errors name what went wrong and the code with which a command ends."""

import pickle

import pytest

from comity import errors
from comity.errors import FAULTS_MAX, ComityError, Fault, InvalidRequest, LogCorrupt, LogError


def fault(row: int) -> Fault:
    return Fault("payments.csv", row, "amount", "at most 2 decimals", "'1.234'")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (fault(3), "payments.csv, row 3, column amount: expected at most 2 decimals, found '1.234'"),
        (Fault("payments.csv", 3, "", "17 cells", "16"), "payments.csv, row 3: expected 17 cells, found 16"),
        (Fault("union.toml", 0, "phases.open", "HH:MM", "'9'"), "union.toml, phases.open: expected HH:MM, found '9'"),
        (Fault("payments.csv", 0, "", "a header", "no rows"), "payments.csv: expected a header, found no rows"),
    ],
)
def test_fault_names_file_row_column_expected_found(given: Fault, text: str) -> None:
    assert str(given) == text


def test_invalid_request_prints_every_fault() -> None:
    assert str(InvalidRequest([fault(1), fault(2)])).splitlines() == [str(fault(1)), str(fault(2))]


def test_invalid_request_keeps_the_first_hundred_and_says_so() -> None:
    raised = InvalidRequest(fault(row) for row in range(1, FAULTS_MAX + 2))
    assert (len(raised.faults), raised.more) == (FAULTS_MAX, True)
    assert str(raised).splitlines()[-1] == "and more: the first 100 are shown"


def test_hundred_faults_are_all() -> None:
    assert not InvalidRequest(fault(row) for row in range(FAULTS_MAX)).more


def test_invalid_request_without_fault_is_a_defect() -> None:
    with pytest.raises(ValueError, match="at least one"):
        InvalidRequest([])


def test_log_corrupt_names_the_first_bad_record() -> None:
    raised = LogCorrupt(17, "checksum of the body differs")
    assert (raised.sequence, str(raised)) == (17, "record 17: checksum of the body differs")
    assert isinstance(raised, LogError)


@pytest.mark.parametrize("raised", [InvalidRequest([fault(1)]), LogCorrupt(3, "x"), errors.NotFound("y")])
def test_error_survives_the_way_between_processes(raised: ComityError) -> None:
    copy = pickle.loads(pickle.dumps(raised))  # noqa: S301  our own bytes
    assert (type(copy), str(copy), vars(copy)) == (type(raised), str(raised), vars(raised))


def test_tree_in_the_docstring_is_the_tree() -> None:
    drawn = dict(line.replace("|", " ").replace("+--", " ").split()[:2] for line in _tree())
    classes: list[type[ComityError]] = [ComityError, *_below(ComityError)]
    assert {name: int(code) for name, code in drawn.items()} == {kind.__name__: kind.exit_code for kind in classes}


def _tree() -> list[str]:
    lines = (errors.__doc__ or "").splitlines()
    return [line for line in lines if line.startswith("    ")]


def _below(kind: type[ComityError]) -> list[type[ComityError]]:
    return [
        found
        for child in kind.__subclasses__()
        for found in (child, *_below(child))
        if found.__module__ == "comity.errors"
    ]
