"""Cycles of clearing on the engine: cut, set-off, settlement, carry-over."""

import json
from datetime import date
from itertools import product

import numpy as np
import pytest

from comity.engine import Applied, Engine, clearing
from comity.engine.clearing import pack_discharge, pack_payment
from comity.engine.columns import OBLIGATION, PAYMENT, SIDE, RecordKind, pack_arrays
from comity.engine.columns import pack as pack_rows
from comity.model.reason import InstructionKind, Priority, Reason, State
from comity.model.union import Account, Genesis, Member, Participant
from comity.solvers.offsetting import solve

OPENED = 1_639_530_000_000_000
TODAY = date(2021, 12, 15)
DAY = (TODAY - date(1970, 1, 1)).days


class Cycle:
    """An engine of one or two currencies, driven record by record."""

    def __init__(self, balances: dict[str, int], currencies: tuple[str, ...] = ("CNY",)) -> None:
        members = tuple(Member(code[:2], code, code) for code in currencies)
        issuers = tuple(Participant(member.code, member.code, "") for member in members)
        banks = tuple(Participant(code, members[0].code, "") for code in balances)
        held = tuple(Account(code, currency, minor) for currency in currencies for code, minor in balances.items())
        self.engine = Engine.from_genesis(
            Genesis("Test", TODAY, tuple((code, 2) for code in currencies), members, issuers + banks, held)
        )
        self.sequence, self.instant, self.keys = 1, OPENED, 0
        self.command({"command": "phase", "value": "open"})

    def apply(self, kind: RecordKind, body: bytes) -> Applied:
        self.sequence, self.instant = self.sequence + 1, self.instant + 1
        applied = self.engine.apply(kind, self.sequence, self.instant, body)
        self.engine.check()
        copied = self.engine.copy()
        assert copied.digest() == self.engine.digest() == self.engine.full_digest()
        return applied

    def command(self, plain: dict[str, object]) -> Applied:
        return self.apply(RecordKind.COMMANDS, json.dumps([plain]).encode())

    def owe(self, text: str, currency: str = "CNY", due: int = 0, links: str = "") -> list[int]:
        """Enter obligations such as "A>B 10, B>C 5"; return their states."""
        items = [item.split() for item in text.split(",")]
        rows = np.zeros(len(items), OBLIGATION)
        for row, (pair, amount) in enumerate(items):
            debtor, creditor = pair.split(">")
            self.keys += 1
            rows[row]["key"] = 7, self.keys
            rows[row]["amount"], rows[row]["due"] = int(amount), DAY + due
            rows[row]["debtor"] = self.engine.account(debtor, currency)
            rows[row]["creditor"] = self.engine.account(creditor, currency)
            rows[row]["link"] = (9, ord(links[row])) if links and links[row] != "-" else (0, 0)
        applied = self.apply(RecordKind.OBLIGATIONS, pack_rows(rows, np.zeros(0, SIDE), b""))
        return [int(state) for state in applied.results["state"]]

    def try_to_pay(self, pair: str, amount: int) -> int:
        """Enter a payment; return its state."""
        debtor, creditor = pair.split(">")
        self.keys += 1
        row = np.zeros(1, PAYMENT)
        row["key"], row["amount"], row["flags"] = (7, self.keys), amount, Priority.NORMAL
        row["debtor"], row["creditor"] = self.engine.account(debtor, "CNY"), self.engine.account(creditor, "CNY")
        row["text"] = row["side"] = -1
        return int(self.apply(RecordKind.PAYMENTS, pack_rows(row, np.zeros(0, SIDE), b"")).results["state"][0])

    def states(self) -> list[State]:
        """Return the state of every obligation, in order of entry."""
        return [State(int(state)) for state in self.engine.table()["state"][self.column("slot")]]

    def cut(self, *currencies: str, carry_max: int = 3) -> Applied:
        return self.apply(
            RecordKind.CUT, pack_arrays({"currencies": list(currencies or ("CNY",)), "carry_max": carry_max})
        )

    def discharge(self, amounts: list[int], potentials: dict[str, int] | None = None, currency: str = "CNY") -> Applied:
        proof = None
        if potentials is not None:
            accounts = np.array([self.engine.account(code, currency) for code in potentials], np.int32)
            proof = (accounts, np.array(list(potentials.values()), np.int64))
        cut = self.engine.cut(currency)
        return self.apply(RecordKind.DISCHARGE, pack_discharge(cut, currency, np.array(amounts), proof, "test"))

    def pay(self, *currencies: str, mode: str = "existing", keep: list[bool] | None = None) -> Applied:
        codes = list(currencies or ("CNY",))
        problem = self.engine.residual(codes)
        chosen = solve(problem).keep if keep is None else np.array(keep)
        about = {"cycle": self.engine.notes.cycles, "currencies": codes, "mode": mode, "proposer": "test"}
        return self.apply(RecordKind.PAY_OBLIGATIONS, pack_payment(problem, chosen, about))

    def balances(self, *codes: str, currency: str = "CNY") -> list[int]:
        held = self.engine.balances()["balance"]
        return [int(held[self.engine.account(code, currency)]) for code in codes]

    def column(self, name: str) -> list[int]:
        return [int(value) for value in self.engine.obligations()[name]]


T5 = "a>b 5, b>c 4, c>a 4, b>d 3, d>e 3, e>a 3"
T5_BEST = [5, 2, 2, 3, 3, 3]
T5_PROOF = {"a": 0, "b": -1, "c": -2, "d": -2, "e": -3}


def t5(**more: int) -> Cycle:
    cycle = Cycle(dict.fromkeys("abcde", 0) | more)
    cycle.owe(T5)
    assert cycle.cut().settled == 6
    return cycle


def proof_of(cycle: Cycle, amounts: list[int]) -> dict[str, int]:
    """Find potentials by trying all small ones: sum u max(0, 1 - debtor + creditor) equal to the value."""
    cut = cycle.engine.cut("CNY")
    names = {int(cycle.engine.account(code, "CNY")): code for code in "abcde"}
    pairs = [
        (names[int(d)], names[int(c)], int(u)) for d, c, u in zip(cut.debtor, cut.creditor, cut.amount, strict=True)
    ]
    for values in product(range(-4, 5), repeat=4):
        potential = dict(zip("abcde", (0, *values), strict=True))
        if sum(u * max(0, 1 - potential[d] + potential[c]) for d, c, u in pairs) == sum(amounts):
            return potential
    raise AssertionError("no proof")


def test_best_set_off_is_applied_and_its_bound_is_its_value() -> None:
    cycle = t5()
    applied = cycle.discharge(T5_BEST, proof_of(cycle, T5_BEST))
    assert (applied.refused, applied.value, applied.bound, applied.settled) == ("", 18, 18, 6)
    assert cycle.column("discharged") == T5_BEST
    assert cycle.balances(*"abcde") == [0] * 5


def test_smaller_set_off_that_claims_to_be_best_is_refused_with_the_reason() -> None:
    cycle = t5()
    applied = cycle.discharge([4, 4, 4, 0, 0, 0], proof_of(cycle, T5_BEST))
    assert applied.refused == "its potentials do not prove that no set-off is larger"
    assert cycle.column("discharged") == [0] * 6


def test_smaller_set_off_without_a_claim_is_applied_as_uncertified() -> None:
    cycle = t5()
    applied = cycle.discharge([4, 4, 4, 0, 0, 0])
    assert (applied.refused, applied.value, applied.bound) == ("", 12, -1)


@pytest.mark.parametrize(
    ("amounts", "why"),
    [
        ([6, 3, 3, 3, 3, 3], "more than is owed, or nothing, would be discharged"),
        ([5, 2, 2, 3, 3, 2], "some participant would give up more or less in claims than in debts"),
        ([-5, 2, 2, 3, 3, 3], "more than is owed, or nothing, would be discharged"),
    ],
)
def test_set_off_that_cannot_be_is_refused_with_the_reason(amounts: list[int], why: str) -> None:
    cycle = t5()
    assert cycle.discharge(amounts).refused == why
    assert cycle.column("owed") == [5, 4, 4, 3, 3, 3]


def test_set_off_computed_for_a_cycle_that_is_over_is_refused() -> None:
    cycle = t5()
    cut = cycle.engine.cut("CNY")
    stale = pack_discharge(cut, "CNY", np.array(T5_BEST), None, "test")
    cycle.pay()
    assert cycle.apply(RecordKind.DISCHARGE, stale).refused == "cycle 1 is not under way in CNY"


def test_second_set_off_of_a_cycle_counts_what_the_first_left() -> None:
    cycle = t5()
    cycle.discharge([4, 4, 4, 0, 0, 0])
    assert cycle.column("owed") == [1, 0, 0, 3, 3, 3]
    cut = cycle.engine.cut("CNY")
    assert cut.amount.tolist() == [1, 3, 3, 3]
    wrong = cycle.discharge([1, 1, 1, 1], dict.fromkeys("abcde", 0))
    assert wrong.refused == "its potentials do not prove that no set-off is larger"
    applied = cycle.discharge([1, 1, 1, 1], {"a": 0, "b": 3, "d": 2, "e": 1})
    assert (applied.refused, applied.value, applied.bound) == ("", 4, 4)


def test_rest_is_paid_as_far_as_money_goes_and_carried_beyond() -> None:
    cycle = t5(b=3)
    cycle.discharge(T5_BEST)
    applied = cycle.pay()
    assert (applied.refused, applied.settled, applied.value) == ("", 2, 4)
    assert cycle.balances(*"abc") == [2, 1, 0]
    assert cycle.column("carried") == [0] * 6


def test_what_cannot_be_paid_is_carried_to_the_next_cycle_as_often_as_the_rule_allows() -> None:
    cycle = Cycle({"A": 0, "B": 0})
    assert cycle.owe("A>B 10") == [State.PSTL]
    for turn in range(2):
        assert cycle.cut(carry_max=2).settled == 1
        assert cycle.pay().settled == 0
        assert cycle.column("carried") == [turn + 1]
    assert cycle.cut(carry_max=2).settled == 0


def test_one_net_per_account_is_paid_over_the_clearing_account() -> None:
    cycle = Cycle({"A": 5, "B": 0, "C": 0})
    cycle.owe("A>B 10, B>C 7, C>A 5")
    cycle.cut()
    applied = cycle.pay(mode="ccp")
    assert (applied.refused, applied.settled, applied.value) == ("", 3, 22)
    assert cycle.balances(*"ABC") == [0, 3, 2]
    table = cycle.engine.table()
    nets = table["amount"][table["kind"] == InstructionKind.NET]
    assert nets.tolist() == [5, 3, 2]


def test_existing_mode_drops_what_its_debtor_owes_latest() -> None:
    cycle = Cycle({"A": 10, "B": 0})
    cycle.owe("A>B 6", due=-1)
    cycle.owe("A>B 7")
    cycle.cut()
    assert cycle.pay().value == 6
    assert cycle.column("owed") == [6, 7]


def test_choice_that_an_account_cannot_pay_is_refused_and_the_cycle_goes_on() -> None:
    cycle = Cycle({"A": 10, "B": 0})
    cycle.owe("A>B 11")
    cycle.cut()
    assert cycle.pay(keep=[True]).refused == "account A CNY would end short"
    assert cycle.pay().refused == ""


def test_tied_obligations_are_paid_together_or_not_at_all_over_two_currencies() -> None:
    cycle = Cycle({"A": 10, "B": 0}, ("CNY", "RUB"))
    cycle.owe("A>B 4, A>B 3", links="x-")
    cycle.owe("B>A 50", "RUB", links="x")
    assert cycle.cut("CNY", "RUB").settled == 3
    assert cycle.pay("CNY", "RUB", keep=[True, True, False]).refused.startswith("obligations tied by a link")
    assert cycle.pay("CNY", "RUB").settled == 1
    assert cycle.balances("A", "B") == [7, 3]


def test_obligation_of_a_suspended_party_is_left_out_with_what_is_tied_to_it() -> None:
    cycle = Cycle({"A": 10, "B": 10, "C": 10})
    cycle.owe("A>B 1, B>C 1, C>A 1", links="xx-")
    cycle.command({"command": "suspend", "participant": "A", "value": "home"})
    assert cycle.cut().settled == 0
    assert cycle.cut().refused == "a cycle is not over in CNY"


def test_participant_suspended_after_the_cut_is_cleared_with_the_rest() -> None:
    cycle = t5()
    cycle.command({"command": "suspend", "participant": "a", "value": "home"})
    assert cycle.discharge(T5_BEST, proof_of(cycle, T5_BEST)).value == 18


def test_closed_currency_holds_what_is_owed_until_it_opens_again() -> None:
    cycle = Cycle({"A": 10, "B": 0})
    cycle.owe("A>B 5")
    cycle.command({"command": "close", "currency": "CNY", "value": "hold"})
    assert cycle.engine.table()["state"][cycle.column("slot")[0]] == State.SSPD
    assert cycle.cut().settled == 0
    cycle.pay()
    cycle.command({"command": "open", "currency": "CNY"})
    assert cycle.cut().settled == 1
    assert cycle.pay().value == 5


def test_closing_that_rejects_ends_even_what_stands_in_a_cut() -> None:
    cycle = t5()
    cycle.command({"command": "close", "participant": "a", "value": "reject"})
    assert [int(state) for state in cycle.engine.table()["state"][cycle.column("slot")]].count(State.RJTD) == 3
    assert cycle.engine.cut("CNY").amount.tolist() == [4, 3, 3]
    assert cycle.discharge([0, 0, 0], dict.fromkeys("abcde", 0)).refused != ""
    assert cycle.pay().settled == 0


def test_run_off_spares_what_is_in_a_cut_and_rejects_the_rest_at_its_end() -> None:
    cycle = t5()
    cycle.owe("a>c 9")
    until = "2021-12-15T02:00:00Z"
    cycle.command({"command": "close", "currency": "CNY", "value": until})
    cycle.instant = OPENED + 3_600_000_000 + 10
    cycle.apply(RecordKind.TICK, b"")
    assert cycle.states() == [State.PSTL] * 6 + [State.RJTD]


def test_run_off_that_ends_within_a_record_of_obligations_ends_before_the_rows_after_it() -> None:
    cycle = Cycle({"A": 10, "B": 0, "C": 0})
    cycle.owe("A>B 5")
    end = OPENED + 600_000_000
    cycle.command({"command": "close", "participant": "A", "value": "2021-12-15T01:10:00Z"})
    cycle.instant = end - 10
    rows = np.zeros(2, OBLIGATION)
    rows["key"], rows["amount"], rows["due"], rows["offset"] = [(8, 1), (8, 2)], 3, DAY, [0, 1000]
    rows["debtor"], rows["creditor"] = cycle.engine.account("B", "CNY"), cycle.engine.account("C", "CNY")
    cycle.apply(RecordKind.OBLIGATIONS, pack_rows(rows, np.zeros(0, SIDE), b""))
    assert cycle.states() == [State.RJTD, State.PSTL, State.PSTL]
    assert int(cycle.engine.table()["final"][cycle.column("slot")[0]]) == end


def test_what_a_closing_held_goes_on_while_another_closing_lets_it_run_off() -> None:
    cycle = Cycle({"A": 0, "B": 10})
    cycle.owe("A>B 5")
    assert cycle.try_to_pay("A>B", 3) == State.PSTL
    cycle.command({"command": "close", "participant": "A", "value": "hold"})
    cycle.command({"command": "close", "currency": "CNY", "value": "2021-12-15T01:10:00Z"})
    assert cycle.engine.table()["state"].tolist() == [State.SSPD, State.SSPD]
    cycle.command({"command": "open", "participant": "A"})
    assert cycle.engine.table()["state"].tolist() == [State.PSTL, State.PSTL]


def test_net_that_leaves_a_capped_account_lets_in_what_waited_for_room_there() -> None:
    cycle = Cycle({"A": 10, "B": 10, "C": 0})
    cycle.command({"command": "limit", "participant": "A", "currency": "CNY", "value": "holding", "amount_minor": 10})
    assert cycle.try_to_pay("B>A", 5) == State.RMLR
    cycle.owe("A>C 6")
    cycle.cut()
    assert cycle.pay(mode="ccp").settled == 1
    assert cycle.balances(*"ABC") == [9, 5, 6]


def test_tie_over_two_currencies_is_paid_by_one_record_of_both() -> None:
    cycle = Cycle({"A": 10, "B": 0}, ("CNY", "RUB"))
    cycle.owe("A>B 4", links="x")
    cycle.owe("B>A 50", "RUB", links="x")
    assert cycle.cut("CNY", "RUB").settled == 2
    assert cycle.pay("CNY", keep=[True]).refused.startswith("obligations tied by a link stand in other currencies")
    assert cycle.pay("CNY", keep=[False]).refused.startswith("obligations tied by a link stand in other currencies")
    assert cycle.engine.cycles_under_way == {"CNY": 1, "RUB": 1}
    assert cycle.pay("CNY", "RUB").settled == 0
    assert cycle.engine.cycles_under_way == {}


@pytest.mark.parametrize("way", ["cancel", "reject"])
def test_what_is_tied_to_an_obligation_that_ends_is_rejected_since_its_partner_failed(way: str) -> None:
    cycle = Cycle({"A": 10, "B": 0, "C": 0})
    cycle.owe("A>B 4, B>C 9, A>B 1", links="xx-")
    if way == "reject":
        cycle.command({"command": "close", "participant": "C", "value": "reject"})
    else:
        row = cycle.engine.obligations()
        clearing.end_with_ties(cycle.engine, 1, State.CAND, Reason.NONE)
        assert int(row["slot"][1]) == 1
    reasons = cycle.engine.table()["reason"][cycle.column("slot")].tolist()
    assert cycle.states() == [State.RJTD, State.CAND if way == "cancel" else State.RJTD, State.PSTL]
    assert reasons[0] == Reason.PARTNER
    cycle.cut()
    assert cycle.pay().value == 1


def test_obligation_that_joins_a_link_after_the_cut_takes_nothing_out_of_it() -> None:
    cycle = Cycle({"A": 10, "B": 0})
    cycle.owe("A>B 4", links="x")
    cycle.cut()
    cycle.owe("B>A 9", links="x")
    clearing.end_with_ties(cycle.engine, 1, State.CAND, Reason.NONE)
    assert cycle.states() == [State.PSTL, State.CAND]
    assert cycle.pay().value == 4


def test_nothing_is_paid_after_the_final_clearing_but_the_cycle_can_end() -> None:
    cycle = Cycle({"A": 10, "B": 0})
    cycle.owe("A>B 4")
    cycle.cut()
    for phase in ("customer_cutoff", "interbank_cutoff", "final_clearing", "accrual"):
        cycle.command({"command": "phase", "value": phase})
    assert cycle.pay().refused == "nothing is paid after the final clearing of CNY"
    assert cycle.pay(keep=[False]).refused == ""
    assert cycle.engine.cycles_under_way == {}


def test_what_a_cycle_leaves_over_is_held_if_its_currency_was_closed_meanwhile() -> None:
    cycle = Cycle({"A": 0, "B": 10})
    cycle.owe("A>B 4")
    cycle.cut()
    cycle.command({"command": "close", "currency": "CNY", "value": "hold"})
    assert cycle.states() == [State.PSTL]
    cycle.pay()
    assert cycle.states() == [State.SSPD]
    assert cycle.cut().settled == 0
    cycle.pay()
    cycle.command({"command": "open", "currency": "CNY"})
    assert cycle.states() == [State.PSTL]
    assert cycle.cut().settled == 1


def test_obligation_due_later_waits_for_its_day() -> None:
    cycle = Cycle({"A": 10, "B": 0})
    assert cycle.owe("A>B 1", due=3) == [State.WHSD]
    assert cycle.cut().settled == 0


@pytest.mark.parametrize(("pair", "amount"), [("A>A", 5), ("A>B", 0), ("A>B", -3), ("A>B", 10**18)])
def test_obligation_that_cannot_be_is_rejected(pair: str, amount: int) -> None:
    assert Cycle({"A": 10, "B": 0}).owe(f"{pair} {amount}") == [State.RJTD]


def test_sums_that_could_wrap_are_refused() -> None:
    cycle = Cycle({"A": 10, "B": 0})
    assert cycle.owe("A>B 999999999999999999, A>B 999999999999999999") == [State.PSTL, State.RJTD]
