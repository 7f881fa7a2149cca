"""Cases are found by what is asked of them, and one that is being opened is whole for whoever reads meanwhile."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from comity.gateway.approvals import Approvals
from comity.gateway.notes import Approved, Ended, GoodGuy, GoodGuyEnded, Held, Judged, Matched, Proposed
from comity.gateway.screening.cases import ANY, BEFORE_ALL, EVERYBODY, Case, Cases, number_of


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


class Step(NamedTuple):
    """A case of an instruction with hits of some parties, or the verdict on an earlier one."""

    parties: tuple[str, ...]
    target: str
    decides: int


steps = st.builds(
    Step,
    st.lists(st.sampled_from(["union", "CN", "RU"]), unique=True, max_size=3).map(tuple),
    st.sampled_from(["a", "b", "c", "d", "e"]),
    st.integers(-3, 8),
)


def hit(party: str, entity: str = "p-1", key: str = "k") -> Matched:
    return Matched(party, "main", entity, "r", 90, "Dbtr", key)


@given(st.lists(steps, max_size=20), st.integers(1, 5))
def test_pages_hold_what_going_through_all_cases_finds(given: list[Step], size: int) -> None:
    cases = Cases()
    for sequence, step in enumerate(given, 9):
        names = list(cases.all)
        if 0 <= step.decides < len(names):
            cases.take(sequence, 3, Judged(names[step.decides], "clear", "union", "seen", "cora"), 0)
        else:
            hits = tuple(hit(party, key=step.target) for party in step.parties)
            cases.take(sequence, 3, Held("ALFACNBJ", step.target, entry=f"7.{step.target}", hits=hits), 0)
    for state in ("open", "clear", "block", "replaced", ANY):
        for party in ("union", "CN", EVERYBODY):
            wanted = [
                each.id
                for each in cases.all.values()
                if state in {ANY, each.state} and (party == EVERYBODY or party in each.deciding)
            ]
            assert paged(cases, party, state, size) == wanted
    for case in cases.all.values():
        keys = {(each.party, each.key) for each in case.note.hits}
        alike = [
            each.id
            for each in cases.all.values()
            if each is not case
            and (each.entry == case.entry or any((one.party, one.key) in keys for one in each.note.hits))
        ]
        assert [each.id for each in cases.like(case, 100)] == alike
        assert [each.id for each in cases.like(case, size)] == alike[-size:]


def paged(cases: Cases, party: str, state: str, size: int) -> list[str]:
    found: list[str] = []
    begin = BEFORE_ALL
    while True:
        page, more = cases.page(party, state, begin, size)
        found += (each.id for each in page)
        if not more:
            return found
        begin = number_of(more)


def test_a_good_guy_that_is_over_is_kept_no_longer() -> None:
    cases = Cases()
    for place, expires in enumerate((300, 100, 200)):
        note = GoodGuy("union", f"k-{place}", "main", "p-1", "r", expires, "5-0", "another")
        cases.take(9, place, note, 50)
    cases.take(10, 0, GoodGuyEnded("9-2", "cora"), 60)
    assert list(cases.good_guys) == ["9-0", "9-1"]
    cases.take(11, 0, Held("ALFACNBJ", "a"), 100)
    assert list(cases.good_guys) == ["9-0"]
    assert [each.id for each in cases.page_of_good_guys("union", BEFORE_ALL, 5)[0]] == ["9-0"]
    assert cases.is_good(hit("union", key="k-0"), 299)
    cases.take(12, 0, Held("ALFACNBJ", "b"), 300)
    assert cases.page_of_good_guys(EVERYBODY, BEFORE_ALL, 5) == ([], "")
    assert not cases.good_guys


def test_good_guy_said_again_counts_when_the_one_before_is_over() -> None:
    cases = Cases()
    for sequence, expires in ((9, 100), (10, 500)):
        cases.take(sequence, 0, GoodGuy("union", "k", "main", "p-1", "r", expires, "5-0", "another"), 50)
    cases.take(11, 0, Held("ALFACNBJ", "a"), 200)
    assert list(cases.good_guys) == ["10-0"]
    assert cases.is_good(hit("union"), 200)


def test_case_has_everybody_who_had_a_hand_in_its_verdict() -> None:
    cases, approvals = Cases(), Approvals()
    cases.take(9, 0, Held("ALFACNBJ", "a", hits=(hit("union"),)), 10)
    needs = {"union": 2}
    approvals.take(10, Proposed("person:cora", "cora", "union", "cases.decide", needs, 1000), 20)
    approvals.take(11, Approved(10, "person:cole", "cole", "union"), 30)
    approvals.take(12, Approved(10, "person:cleo", "cleo", "union"), 40)
    approvals.take(12, Ended(10, "carried", "person:cleo"), 40)
    cases.take(12, 4, Judged("9-0", "clear", "union", "seen", "person:cora"), 40, approvals.carried_by(12))
    officers = [("person:cora", "union", 20), ("person:cole", "union", 30), ("person:cleo", "union", 40)]
    assert list(cases.all["9-0"].officers) == officers
    assert approvals.carried_by(13) is None
