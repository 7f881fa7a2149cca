"""Many PvP entries of the same terms, told apart by their references alone."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.engine.kernels.settlement import side_of
from comity.engine.kernels.state import State as Tables
from comity.model.command import Command
from comity.model.reason import State
from tests.engine.engine_day import EngineDay
from tests.engine.pair import Pair
from tests.oracles.events import Event, Trade
from tests.scenarios.text import TODAY, at, read_union

pytestmark = [
    pytest.mark.jit_off,
    # Hashes wrap; compiled code does so in silence.
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),
]

UNION = replace(
    read_union("account A CNY 900\naccount B CNY 900\naccount A RUB 900\naccount B RUB 900"),
    id_days_back=1,
)


LATER = TODAY + dt.timedelta(days=9)
"""When it comes, what was entered on the first date and has ended is forgotten, and the rest stands elsewhere."""


def entry(name: str, by: str, reference: str = "", date: dt.date | None = None) -> Trade:
    return Trade(name, "A", "B", "CNY", 1, "RUB", 1, by, reference=reference, date=date)


def cancelled(name: str) -> Command:
    return Command("cancel", "A", target=name)


def test_two_hundred_entries_of_equal_terms_match_by_reference_without_going_through_all_that_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    day = EngineDay(UNION, checked=False)
    day.open(at("09:00"))
    looked_at = []

    def counting(state: Tables, slot: int) -> int:
        looked_at.append(slot)
        return int(side_of(state, slot))

    monkeypatch.setattr("comity.engine.kernels.pvp_entry.side_of", counting)  # compiled code does not call it
    for i in range(100):
        assert day.apply(at("09:00") + i, entry(f"s{i}", "seller", f"r{i}")).state == State.UMAC
    assert len(looked_at) < 1_000
    for i in range(100):
        assert day.apply(at("09:01") + i, entry(f"b{i}", "buyer", f"r{i}")).state == State.STLD
        assert day.outcome("A", f"s{i}")[0].final == at("09:01") + i
    day.engine.check()
    assert day.engine.digest() == day.engine.full_digest()


CHAIN = ["s0", "s1", "s2", "s3", "s4"]
DROPPED = {
    "the last": ["s4"],
    "the middle": ["s2"],
    "the first": ["s0"],
    "the last two": ["s3", "s4"],
    "all": CHAIN,
    "all but the first": CHAIN[1:],
    "all but the last": CHAIN[:4],
}


@pytest.mark.parametrize("which", DROPPED)
@pytest.mark.parametrize("reference", ["", "of its own"])
def test_entries_appended_after_some_were_dropped_are_found_in_order(which: str, reference: str) -> None:
    pair = Pair(UNION)

    def enter(name: str, by: str) -> State:
        return pair.apply(at("09:00"), entry(name, by, name[1:] if reference else "")).state

    for name in CHAIN:
        enter(name, "seller")
    for name in DROPPED[which]:
        pair.apply(at("09:00"), cancelled(name))
    pair.apply(at("09:00"), entry("nobody", "buyer", "nothing else has this"))  # walks the chain, matched or not
    enter("s5", "seller")
    enter("s6", "seller")
    for i in (6, 5, 4, 3, 2, 1, 0):
        enter(f"b{i}", "buyer")
    enter("s7", "seller")
    enter("b7", "buyer")


names = st.integers(0, 7)
events = st.one_of(
    st.tuples(st.just("seller"), names),
    st.tuples(st.just("buyer"), names),
    st.tuples(st.just("cancel"), names),
)


class Names:
    """Enters and cancels what is drawn."""

    def __init__(self) -> None:
        self.pair = Pair(UNION, checked=False)
        self.waiting: dict[str, list[str]] = {"seller": [], "buyer": []}
        self.count = 0

    def play(self, time: str, drawn: list[tuple[str, int]]) -> None:
        """Enter for a later date, or cancel the first or last of a side, whether it still waits or not."""
        for what, number in drawn:
            self.count += 1
            name = f"i{self.count}"
            event: Event = entry(name, what, "" if number == 0 else f"r{number % 3}", LATER)
            if what == "cancel":
                side = "seller" if number % 2 else "buyer"
                if not self.waiting[side]:
                    continue
                gone = self.waiting[side].pop(-1 if number < 4 else 0)
                event = Command("cancel", "A" if side == "seller" else "B", target=gone)
            else:
                self.waiting[what].append(name)
            self.pair.apply(at(time) + self.count, event)


@settings(deadline=None, max_examples=60)
@given(first=st.lists(events, max_size=25), second=st.lists(events, max_size=25))
def test_entries_and_cancellations_of_two_dates_match_as_the_ledger_says(
    first: list[tuple[str, int]], second: list[tuple[str, int]]
) -> None:
    names = Names()
    names.play("09:00", first)
    names.play("9/09:00", second)
    names.pair.engine.engine.check()
