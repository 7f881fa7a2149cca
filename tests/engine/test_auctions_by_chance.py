"""Orders, payments and auctions over days drawn by chance: what must hold whatever happens."""

from fractions import Fraction

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from comity.model.reason import Reason, State
from comity.solvers.auction import solve
from tests.engine.market import Market

pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")

BANKS, CODES = "abcd", ("JPY", "KRW", "VND")
DAY_US = 86_400_000_000
banks, codes = st.sampled_from(BANKS), st.sampled_from(CODES)
PHASES = ("customer_cutoff", "interbank_cutoff", "final_clearing", "accrual", "end")


class AuctionDays(RuleBasedStateMachine):
    """Keeps, beside the engine, what every bank should hold: from payments that settled and fills that were made."""

    def __init__(self) -> None:
        super().__init__()
        self.market = Market(" ".join(BANKS), CODES, copies=False)
        self.money = {(bank, code): 5_000 for bank in BANKS for code in CODES}
        self.frozen = dict.fromkeys(self.money, 0)
        self.lots: dict[tuple[str, str], int] = {}
        self.ticks: dict[tuple[str, str], Fraction] = {}
        self.demands: set[tuple[str, str]] = set()

    @rule(sell=codes, buy=codes, amount=st.sampled_from([None, 1, 7, 50]))
    def set_a_lot(self, sell: str, buy: str, amount: int | None) -> None:
        more = {} if amount is None else {"amount_minor": amount}
        if self.market.command(command="lot", currency=sell, target=buy, **more).startswith("STLD"):
            self.lots[sell, buy] = amount or 1

    @rule(sell=codes, buy=codes, value=st.sampled_from(["", "0.2", "0.25", "1"]))
    def set_a_tick(self, sell: str, buy: str, value: str) -> None:
        more = {"value": value} if value else {}
        if self.market.command(command="tick", currency=sell, target=buy, **more).startswith("STLD"):
            self.ticks[sell, buy] = Fraction(value or 0)

    @rule(member=st.sampled_from([code[:2] for code in CODES]), on=st.booleans())
    def demand(self, member: str, on: bool) -> None:  # noqa: FBT001 - drawn
        """Members but the first have no banks, so a demand against the first keeps out whom it reaches."""
        command = "exclude" if on else "include"
        if self.market.command(command=command, participant=member, target=CODES[0][:2]).startswith("STLD"):
            (self.demands.add if on else self.demands.discard)((member, CODES[0][:2]))

    @rule(
        bank=banks,
        pair=st.tuples(codes, codes).filter(lambda pair: pair[0] != pair[1]),
        amount=st.integers(1, 4_000),
        limit=st.fractions(Fraction(1, 3), 3, max_denominator=20),
        share=st.sampled_from([0, 0, 0, 2, 1]),
        until=st.sampled_from([0, 0, 1, 3]),
    )
    def order(self, bank: str, pair: tuple[str, str], amount: int, limit: Fraction, share: int, until: int) -> None:
        text = f"{bank} {pair[0]}>{pair[1]} {amount} @{limit.numerator}/{limit.denominator}"
        least = amount // share if share else 0
        state, reason = self.market.order(text, least=least, until=until)
        lot, tick = self.lots.get(pair, 1), self.ticks.get(pair, Fraction(0))
        off_lot = amount % lot != 0 or least % lot != 0
        off_tick = bool(tick) and (limit / tick).denominator != 1
        assert state == State.RJTD or not (off_lot or off_tick)
        assert reason != Reason.LOT or off_lot
        assert reason != Reason.TICK or (off_tick and not off_lot)

    @rule(debtor=banks, creditor=banks, code=codes, amount=st.integers(1, 3_000), urgent=st.booleans())
    def pay(self, debtor: str, creditor: str, code: str, amount: int, urgent: bool) -> None:  # noqa: FBT001 - drawn
        if debtor != creditor:
            self.market.pay(f"{debtor}>{creditor} {code} {amount}", priority=0 if urgent else 2)

    @rule(bank=banks, code=codes, amount=st.integers(1, 2_000), back=st.booleans())
    def freeze(self, bank: str, code: str, amount: int, back: bool) -> None:  # noqa: FBT001 - drawn
        command = "unfreeze" if back else "freeze"
        done = self.market.command(command=command, participant=bank, currency=code, amount_minor=amount)
        if done.startswith("STLD"):
            self.frozen[bank, code] += -amount if back else amount

    @rule(bank=banks, on=st.booleans())
    def suspend(self, bank: str, on: bool) -> None:  # noqa: FBT001 - drawn
        self.market.command(command="suspend" if on else "resume", participant=bank, value="home")

    @precondition(lambda self: not self.market.engine.auction)
    @rule()
    def close(self) -> None:
        self.market.close()
        book = self.market.engine.book().book
        for code in CODES:
            if (code[:2], CODES[0][:2]) in self.demands:
                touched = {CODES[side] for sides in (book.sell, book.buy) for side in sides.tolist()}
                assert code not in touched, "every bank is at home in the first member"

    @precondition(lambda self: self.market.engine.auction)
    @rule(trades=st.booleans())
    def clear(self, trades: bool) -> None:  # noqa: FBT001 - drawn
        book = self.market.engine.book().book
        before = {name: self.market.column(name) for name in ("sold", "bought")}
        proposal = solve(book)
        trades = trades and bool(proposal.sold.any())
        applied = self.market.propose(proposal) if trades else self.market.no_trade()
        if applied.refused:
            assert "sit out" in applied.refused
            return
        after = {name: self.market.column(name) for name in ("sold", "bought")}
        for row, limit in enumerate(self.market.limits()):
            sold, bought = (after[name][row] - before[name][row] for name in ("sold", "bought"))
            assert bought >= sold * limit.numerator // limit.denominator
        assert self.market.held("conversion") == [0] * len(CODES)

    @rule(days=st.integers(1, 2))
    def turn_the_day(self, days: int) -> None:
        for phase in PHASES:
            self.market.command(command="phase", value=phase)
        assert not any(self.market.column("blocked"))
        self.market.instant += days * DAY_US
        for phase in ("start", "liquidity", "open"):
            self.market.command(command="phase", value=phase)

    @invariant()
    def blocks_are_those_of_freezes_and_open_orders(self) -> None:
        blocked = dict.fromkeys(self.money, 0)
        for bank, code, amount, is_open in self.market.blocks():
            assert is_open or amount == 0
            blocked[bank, code] += amount
        for (bank, code), amount in blocked.items():
            assert self.market.blocked(bank, code) == amount + self.frozen[bank, code]

    @invariant()
    def nobody_is_below_zero_and_nothing_is_lost(self) -> None:
        held = {bank: self.market.held(bank) for bank in BANKS}
        assert min(min(own) for own in held.values()) >= 0
        rounding = self.market.held("rounding")
        for index in range(len(CODES)):
            assert sum(own[index] for own in held.values()) + rounding[index] == 5_000 * len(BANKS)
        assert sum(rounding) <= 40 * self.market.engine.sequence


TestAuctionDays = AuctionDays.TestCase
TestAuctionDays.settings = settings(max_examples=20, stateful_step_count=30)
