"""What seldom happens to an engine and needs its own hand: days out of turn, full tables, a spent budget."""

import json
from datetime import date

import numpy as np
import pytest

from comity.engine import Applied, Engine, core
from comity.engine.columns import FLAG_BY_SELLER, PAYMENT, PVP, SIDE, RecordKind, pack
from comity.engine.kernels.state import GROWING, bound, with_tables
from comity.model.command import Command
from comity.model.instant import DAY_US, format_instant, midnight
from comity.model.reason import State
from comity.model.union import Account, Genesis, Limit, Member, Participant

pytestmark = pytest.mark.jit_off

BANKS = tuple(f"B{number:02}" for number in range(26))
TODAY = midnight(date(2021, 12, 15))
HOUR = 3_600_000_000
NORMAL = 2


def union(opening: int, *, limited: bool = False) -> Genesis:
    """Banks of one country; each perhaps with a limit against each other."""
    pairs = [(payer, payee) for payer in BANKS for payee in BANKS if limited and payer != payee]
    return Genesis(
        name="Banks",
        business_date=date(2021, 12, 15),
        currencies=(("CNY", 2),),
        members=(Member("CN", "CNY", "China"),),
        participants=(Participant("CN", "CN", "Issuer"), *(Participant(code, "CN", code) for code in BANKS)),
        accounts=tuple(Account(code, "CNY", opening) for code in BANKS),
        limits=tuple(Limit("bilateral", payer, payee, "CNY", 1000) for payer, payee in pairs),
        entry_offsetting=False,
    )


class Day:
    """An engine and the sequence of its records."""

    def __init__(self, genesis: Genesis) -> None:
        self.engine = Engine.from_genesis(genesis)
        self.sequence = 1

    def apply(self, kind: RecordKind, instant: int, body: bytes = b"") -> Applied:
        self.sequence += 1
        return self.engine.apply(kind, self.sequence, instant, body)

    def command(self, instant: int, *commands: Command) -> list[dict[str, str]]:
        body = json.dumps([command.to_json() for command in commands]).encode()
        return list(self.apply(RecordKind.COMMANDS, instant, body).answers)

    def phase(self, instant: int, value: str) -> str:
        (answer,) = self.command(instant, Command("phase", value=value))
        return answer.get("detail", "")

    def state_counts(self) -> dict[int, int]:
        states, counts = np.unique(self.engine.table()["state"], return_counts=True)
        return dict(zip(states.tolist(), counts.tolist(), strict=True))

    def cut_tables(self) -> None:
        """Go on with tables that have room for nothing but what is in them."""
        engine = self.engine
        full = {name: getattr(engine.state, name)[: engine.state.g[used]].copy() for name, used in GROWING.items()}
        self.engine = Engine(engine.genesis, engine.accounts, bound(with_tables(engine.state, full)), engine.notes)


def payments(
    engine: Engine, pairs: list[tuple[str, str]], amount: int = 10, earliest: int = 0, first: int = 1
) -> bytes:
    """Body of normal payments, ids from `first` on; those with an earliest instant share one side row."""
    rows = np.zeros(len(pairs), PAYMENT)
    rows["key"][:, 1] = np.arange(len(pairs)) + first
    rows["amount"], rows["flags"], rows["text"] = amount, NORMAL, -1
    rows["debtor"] = [engine.accounts.find(payer, "CNY") for payer, _ in pairs]
    rows["creditor"] = [engine.accounts.find(payee, "CNY") for _, payee in pairs]
    rows["side"] = 0 if earliest else -1
    sides = np.zeros(1 if earliest else 0, SIDE)
    sides["earliest"] = earliest
    return pack(rows, sides, b"")


ALL_PAIRS = [(payer, payee) for payer in BANKS for payee in BANKS if payer != payee]


@pytest.mark.parametrize("limited", [False, True])
def test_full_tables_grow_for_all_that_becomes_eligible_at_once(
    monkeypatch: pytest.MonkeyPatch, *, limited: bool
) -> None:
    monkeypatch.setattr(core, "LOOK_AHEAD", 0)
    day = Day(union(0, limited=limited))
    day.phase(TODAY + HOUR, "open")
    day.apply(RecordKind.PAYMENTS, TODAY + HOUR, payments(day.engine, ALL_PAIRS, earliest=TODAY + 2 * HOUR))
    assert day.state_counts() == {State.WHSD: len(ALL_PAIRS)}
    day.cut_tables()
    day.apply(RecordKind.TICK, TODAY + 2 * HOUR)
    assert day.state_counts() == {State.PSTL: len(ALL_PAIRS)}
    day.engine.check()
    assert day.engine.digest() == day.engine.full_digest()


def test_full_tables_grow_for_limits_on_all_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "LOOK_AHEAD", 0)
    day = Day(union(0))
    day.phase(TODAY + HOUR, "open")
    day.apply(RecordKind.PAYMENTS, TODAY + HOUR, payments(day.engine, ALL_PAIRS))
    day.cut_tables()
    limits = [Command("limit", payer, "CNY", payee, 1000, "bilateral") for payer, payee in ALL_PAIRS]
    assert {answer["state"] for answer in day.command(TODAY + HOUR, *limits)} == {"STLD"}
    day.engine.check()
    assert day.engine.digest() == day.engine.full_digest()


def test_full_tables_grow_by_a_side_row_for_every_payment_that_shares_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "LOOK_AHEAD", 0)
    day = Day(union(100))
    day.phase(TODAY + HOUR, "open")
    day.cut_tables()
    body = payments(day.engine, ALL_PAIRS[:40], earliest=TODAY + 2 * HOUR)
    answers = day.apply(RecordKind.PAYMENTS, TODAY + HOUR, body).results
    assert answers["state"].tolist() == [State.WHSD] * 40
    day.apply(RecordKind.TICK, TODAY + 2 * HOUR)
    assert sum(day.state_counts().values()) == 40
    day.engine.check()


def test_room_that_was_made_ahead_is_not_counted_on_once_commands_have_used_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(core, "LOOK_AHEAD", 270)
    day = Day(union(1000))
    day.phase(TODAY + HOUR, "open")
    day.cut_tables()
    day.apply(RecordKind.PAYMENTS, TODAY + HOUR, payments(day.engine, [("B00", "B01")]))
    day.command(TODAY + HOUR, *[Command("transfer_in", "B00", "CNY", amount_minor=1)] * 50)
    day.apply(RecordKind.PAYMENTS, TODAY + HOUR, payments(day.engine, [("B02", "B03")] * 260, amount=1, first=2))
    assert day.state_counts() == {State.STLD: 311}
    day.engine.check()


def test_what_can_be_released_settles_before_the_cut_off_whatever_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "RELEASES_MAX", 1)
    day = Day(union(0))
    day.phase(TODAY + HOUR, "open")
    to_one = [("B00", "B01")] * 5
    day.apply(RecordKind.PAYMENTS, TODAY + HOUR, payments(day.engine, to_one))
    credit = json.dumps([Command("credit", "B00", "CNY", amount_minor=50).to_json()]).encode()
    assert day.apply(RecordKind.COMMANDS, TODAY + 2 * HOUR, credit).pending
    assert day.state_counts()[State.PSTL] == 4
    day.phase(TODAY + 16 * HOUR, "customer_cutoff")
    day.apply(RecordKind.TICK, TODAY + 17 * HOUR)
    assert day.state_counts() == {State.STLD: 5}
    assert set(day.engine.table()["final"].tolist()) == {TODAY + 2 * HOUR}


def test_day_does_not_start_before_the_day_before_has_ended() -> None:
    day = Day(union(100))
    day.phase(TODAY + HOUR, "open")
    later = payments(day.engine, [("B00", "B01")], earliest=TODAY + 3 * HOUR)
    day.apply(RecordKind.PAYMENTS, TODAY + 2 * HOUR, later)
    tomorrow = TODAY + DAY_US
    assert day.phase(tomorrow, "start") == "the business day before has not ended"
    assert (day.engine.phase, day.engine.notes.opened) == ("open", ["2021-12-15"])
    assert day.phase(tomorrow, "end") == "end"
    assert day.phase(tomorrow, "start") == "start"
    assert day.engine.notes.opened == ["2021-12-15", "2021-12-16"]


@pytest.mark.parametrize(
    ("kind", "dtype", "flags"),
    [
        pytest.param(RecordKind.PAYMENTS, PAYMENT, 3, id="payment of a fourth priority"),
        pytest.param(RecordKind.PVPS, PVP, FLAG_BY_SELLER | 3, id="PvP of a fourth priority"),
        pytest.param(RecordKind.PVPS, PVP, 1, id="PvP that nobody entered"),
    ],
)
def test_row_with_flags_that_mean_nothing_is_refused_whole(kind: RecordKind, dtype: np.dtype, flags: int) -> None:
    day = Day(union(100))
    day.phase(TODAY + HOUR, "open")
    rows = np.zeros(2, dtype)
    rows["text"] = rows["side"] = -1
    rows["flags"] = FLAG_BY_SELLER, flags
    before = day.engine.digest()
    with pytest.raises(ValueError, match="a row "):
        day.apply(kind, TODAY + HOUR, pack(rows, np.zeros(0, SIDE), b""))
    assert (day.engine.digest(), day.engine.instruction_count) == (before, 0)


def test_only_a_pay_out_with_an_id_waits_for_confirmation() -> None:
    day = Day(union(100))
    day.phase(TODAY + HOUR, "open")
    deadline = format_instant(TODAY + 5 * HOUR)
    named = Command("transfer_out", "B00", "CNY", "out-1", 10, deadline)
    nameless = Command("transfer_out", "B01", "CNY", "", 10, deadline)
    ceiling = Command("ceiling", "B02", "CNY", amount_minor=50, value="20")
    answers = day.command(TODAY + 2 * HOUR, named, nameless, ceiling)
    assert [answer["detail"] for answer in answers] == [
        "paid out; waits for the issuer's confirmation",
        "paid out",
        "noted",
    ]
    balances = day.engine.balances()["balance"]
    assert [int(balances[day.engine.account(code, "CNY")]) for code in BANKS[:3]] == [90, 90, 20]
    slot = day.engine.find("B00", "out-1")
    assert day.engine.notes.payouts == {str(slot): TODAY + 5 * HOUR}
