"""A case that is being opened is whole for whoever reads cases meanwhile, in another thread."""

from comity.gateway.notes import GoodGuy, GoodGuyEnded, Held
from comity.gateway.screening.cases import Case, Cases


class Read(dict[str, Case]):
    """Cases by id; before each is there, somebody reads the cases of its instruction."""

    def __init__(self, cases: Cases) -> None:
        super().__init__()
        self._cases = cases
        self.seen: list[list[str]] = []

    def __setitem__(self, name: str, case: Case) -> None:
        self.seen.append([each.id for each in self._cases.of_entry(case.entry)])
        super().__setitem__(name, case)


def test_a_case_is_there_before_its_instruction_names_it() -> None:
    cases = Cases()
    cases.all = read = Read(cases)
    for sequence in (12, 13):
        cases.take(sequence, 0, Held("ALFACNBJ", "a", entry="7.0"), 0)
    assert read.seen == [[], ["12-0"]]
    assert [each.state for each in cases.of_entry("7.0")] == ["replaced", "open"]


def test_good_guy_that_is_ended_again_leaves_the_one_that_took_its_place() -> None:
    cases = Cases()
    known = GoodGuy("union", "aa", "main", "q-1", "bb", expires=10, case="7-0", reason="another year of birth")
    ended = GoodGuyEnded("1-0", "otto")
    cases.take(1, 0, known, 0)
    cases.take(2, 0, ended, 0)
    cases.take(3, 0, known, 0)
    cases.take(4, 0, ended, 0)
    assert list(cases.good_guys) == ["3-0"]
