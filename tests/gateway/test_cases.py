"""A case that is being opened is whole for whoever reads cases meanwhile, in another thread."""

from comity.gateway.notes import Held
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
