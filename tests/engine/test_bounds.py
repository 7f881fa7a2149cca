"""What is counted stays within its bounds, and there is room for whatever one record may cause."""

import pytest

from comity.engine.kernels.state import bound, with_tables
from comity.model.command import Command
from comity.model.reason import Reason, State
from tests.engine.engine_day import EngineDay
from tests.engine.pair import Pair
from tests.oracles.events import Obligation, Payment
from tests.scenarios.text import at, read_union

pytestmark = [
    pytest.mark.jit_off,
    # Hashes wrap; compiled code does so in silence.
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),
]

AMOUNT_MAX = 10**18 - 1
RING = (("A", "B"), ("B", "C"), ("C", "A"))


def test_use_beyond_what_is_counted_leaves_nothing_of_a_new_limit() -> None:
    union = read_union(f"account A CNY {AMOUNT_MAX}\naccount B CNY 0\naccount C CNY 0")
    pair = Pair(union)
    for turn in range(10):
        for payer, payee in RING:
            payment = Payment(f"{payer}{turn}", payer, payee, "CNY", AMOUNT_MAX)
            assert pair.apply(at("09:00"), payment).state == State.STLD
    pair.apply(at("09:01"), Command("limit", "A", "CNY", "B", 0, "bilateral"))
    assert pair.apply(at("09:02"), Payment("late", "A", "B", "CNY", AMOUNT_MAX)).state != State.STLD


def test_use_that_went_beyond_its_bound_and_back_is_what_it_is() -> None:
    union = read_union(f"account A CNY {AMOUNT_MAX}\naccount B CNY 0\naccount C CNY 0")
    pair = Pair(union)
    back = [(payee, payer) for payer, payee in reversed(RING)]
    for turn in range(3):
        for payer, payee in RING:
            pair.apply(at("09:00"), Payment(f"{payer}{turn}", payer, payee, "CNY", AMOUNT_MAX))
    for turn in range(3):
        for payer, payee in back:
            pair.apply(at("09:01"), Payment(f"{payer}{turn} back", payer, payee, "CNY", AMOUNT_MAX))
    pair.apply(at("09:02"), Command("limit", "A", "CNY", "B", 0, "bilateral"))
    assert pair.apply(at("09:03"), Payment("late", "A", "B", "CNY", 1)).state == State.SRBL


@pytest.mark.parametrize("kind", [Payment, Obligation])
def test_nobody_takes_the_room_of_others_in_the_sums_of_a_currency(kind: type[Payment] | type[Obligation]) -> None:
    day = EngineDay(read_union("account A CNY 0\naccount B CNY 0\naccount C CNY 0"))
    amount, taken = AMOUNT_MAX, 0
    for number in range(200):
        answer = day.apply(at("09:00"), kind(f"a{number}", "A", "B", "CNY", amount))
        if answer.state == State.RJTD:
            assert answer.reason == Reason.AMOUNT_TOO_LARGE
            amount = max(amount // 2, 1)
        else:
            taken += 1
    assert taken
    for number, payer in enumerate("CBCB"):
        answer = day.apply(at("09:01"), kind(f"c{number}", payer, "A", "CNY", AMOUNT_MAX // 64))
        assert answer.state != State.RJTD
    assert day.apply(at("09:02"), kind("late", "A", "B", "CNY", 1)).reason == Reason.AMOUNT_TOO_LARGE
    day.engine.check()


def _with_room_for(day: EngineDay, instructions: int) -> None:
    """Let the tables of instructions end after so many more."""
    engine = day.engine
    size = engine.instruction_count + instructions
    tables = {name: getattr(engine.state, name)[:size].copy() for name in ("rows", "ids", "waits")}
    engine.state = bound(with_tables(engine.state, tables))
    engine._spare = 0


def test_opening_that_moves_money_four_times_for_every_account_has_room() -> None:
    banks = [f"B{i}" for i in range(60)]
    day = EngineDay(read_union("account Z CNY 0\n" + "\n".join(f"account {bank} CNY 0 credit=9" for bank in banks)))
    day.checked = False
    day.open(at("09:00"))
    for bank in banks:
        day.apply(at("09:00"), Payment("p", bank, "Z", "CNY", 9))
    for phase in ("interbank_cutoff", "accrual", "end"):
        day.apply(at("18:30"), Command("phase", value=phase))
    for bank in banks:  # after the day's end nothing is moved yet
        day.apply(at("18:31"), Command("standing", bank, "CNY", amount_minor=5))
        day.apply(at("18:31"), Command("floor", bank, "CNY", amount_minor=0, value="90"))
        day.apply(at("18:31"), Command("ceiling", bank, "CNY", amount_minor=80, value="70"))
    day.apply(at("1/00:00"), Command("phase", value="start"))
    before = day.engine.instruction_count
    _with_room_for(day, len(day.engine.accounts) + 72)
    day.apply(at("1/00:00"), Command("phase", value="liquidity"))
    assert day.engine.instruction_count - before == 4 * len(banks)
    assert {day.money(bank, "CNY").balance for bank in banks} == {70}
    day.engine.check()
