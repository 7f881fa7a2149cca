import pyarrow as pa
import pytest

from comity.errors import InvalidRequest
from comity.iso20022.instructions import (
    COLUMNS,
    WHOLE_MAX,
    Reference,
    amount_text,
    commands,
    in_full,
    payments,
    pvp,
)
from comity.iso20022.messages.orders import (
    CancelPayment,
    LimitChange,
    LiquidityTransfer,
    Modification,
    ModifyLimits,
    ModifyPayments,
    ModifyReservation,
)
from comity.iso20022.messages.parties import Agent
from comity.iso20022.messages.statuses import Cancellation, CancellationRequest, Underlying
from comity.iso20022.messages.trades import TradeCancellation, TradeParties
from comity.iso20022.table import Money
from comity.iso20022.usage import Usage
from comity.model.command import Command
from comity.model.currency import CURRENCIES
from tests.iso20022.worked import (
    CHINA,
    INDIA,
    RUSSIA,
    UETR,
    USAGE,
    between_institutions,
    item,
    returned,
    trade,
    transfer,
)


def _nothing(uetr: str) -> str:
    raise AssertionError(f"{uetr} was asked for")


def _row(columns: dict[str, list[str]], row: int = 0) -> dict[str, str]:
    return {name: column[row] for name, column in columns.items()}


def test_customer_payment_becomes_a_row() -> None:
    found = payments(transfer(item(earliest="08:00:00Z", priority="HIGH")), USAGE)
    assert _row(found.columns) == {
        "id": "I-1",
        "debtor": CHINA,
        "creditor": RUSSIA,
        "currency": "CNY",
        "amount": "1250.50",
        "priority": "high",
        "kind": "customer",
        "date": "2026-03-02",
        "earliest": "2026-03-02T08:00:00Z",
        "latest": "",
        "purpose": "GDDS",
    }
    assert tuple(found.columns) == COLUMNS
    assert found.references == [("pacs.008", "M-1", "I-1", "E-1", "", UETR)]


def test_institutions_payment_is_interbank_and_urgent() -> None:
    row = _row(payments(between_institutions(), USAGE).columns)
    assert (row["kind"], row["priority"], row["amount"]) == ("interbank", "urgent", "70000")


def test_return_is_a_payment_of_the_kind_that_it_returns() -> None:
    row = _row(payments(returned(), USAGE).columns)
    assert (row["id"], row["debtor"], row["creditor"], row["kind"]) == ("R-1", RUSSIA, CHINA, "customer")
    assert payments(returned(), USAGE).references == [("pacs.004", "M-3", "R-1", "E-1", "", UETR)]


def test_what_the_group_says_holds_for_every_payment() -> None:
    held = [item(instruction=f"I-{n}", instructing=None, instructed=None, date="") for n in range(3)]
    message = transfer(*held, date="2026-03-05", instructing=Agent(bic=CHINA), instructed=Agent(bic=f"{RUSSIA}XXX"))
    found = payments(message, USAGE)
    assert found.columns["id"] == ["I-0", "I-1", "I-2"]
    assert found.columns["date"] == ["2026-03-05"] * 3
    assert found.columns["creditor"] == [RUSSIA] * 3


def test_earliest_of_the_times_after_which_it_is_not_wanted_is_the_latest_instant() -> None:
    row = _row(
        payments(transfer(item(until="12:00:00Z", reject_at="14:30:00+03:00", until_cls="12:30:00Z")), USAGE).columns
    )
    assert row["latest"] == "2026-03-02T14:30:00+03:00"


def test_priority_of_the_payment_type_counts_where_there_is_no_other() -> None:
    assert _row(payments(transfer(item(class_asked="HIGH")), USAGE).columns)["priority"] == "high"
    assert _row(payments(transfer(item(class_asked="HIGH", priority="NORM")), USAGE).columns)["priority"] == "normal"


def test_columns_are_those_of_a_table_of_payments() -> None:
    found = payments(transfer(item(), item(instruction="I-9")), USAGE)
    assert pa.table(found.columns).num_rows == len(found) == 2


@pytest.mark.parametrize(
    ("text", "currency", "expected"),
    [
        ("1000", "CNY", "1000"),
        ("1000.", "CNY", "1000"),
        (".5", "CNY", "0.5"),
        ("+12.50", "CNY", "12.50"),
        ("007", "JPY", "7"),
        ("0", "CNY", "0"),
        ("0.00000", "JPY", "0"),
        ("1.50000", "CNY", "1.5"),
        ("10.00", "JPY", "10"),
        ("123456789012345678", "JPY", "123456789012345678"),
    ],
)
def test_amount_is_written_as_our_files_have_it(text: str, currency: str, expected: str) -> None:
    assert amount_text(Money(text, currency), USAGE) == expected


def test_two_sides_of_a_trade_say_the_same() -> None:
    mine = pvp(trade(), USAGE)
    other = trade(
        reference="T-9",
        trading=TradeParties(submitting=RUSSIA),
        counterparty=TradeParties(submitting=CHINA),
        bought=trade().sold,
        sold=trade().bought,
    )
    yours = pvp(other, USAGE)
    same = ("seller", "buyer", "sell_currency", "sell_amount", "buy_currency", "buy_amount", "date", "reference")
    assert [getattr(mine, name) for name in same] == [getattr(yours, name) for name in same]
    assert (mine.seller, mine.sell_currency, mine.sell_amount, mine.buy_amount) == (CHINA, "CNY", "1000.00", "12500.00")
    assert (mine.id, mine.entered_by, yours.id, yours.entered_by) == ("T-1", "seller", "T-9", "buyer")


def test_trade_settles_on_the_accounts_of_who_trades_not_of_who_submits() -> None:
    assert pvp(trade(trading=TradeParties(submitting=INDIA, party=CHINA)), USAGE).seller == CHINA


def test_waiting_payments_are_changed() -> None:
    message = ModifyPayments(
        items=(
            Modification(transaction="I-1", priority="URGT"),
            Modification(uetr=UETR, priority="LOWW"),
            Modification(reference="I-3", place="FRNT"),
        )
    )
    assert commands(message, CHINA, USAGE, {UETR: "I-2"}.__getitem__) == [
        Command("reprioritise", CHINA, target="I-1", value="urgent"),
        Command("reprioritise", CHINA, target="I-2", value="normal"),
        Command("reorder", CHINA, target="I-3", value="front"),
    ]


def test_payments_are_cancelled_by_either_message() -> None:
    assert commands(CancelPayment(transaction="I-1"), CHINA, USAGE, _nothing) == [
        Command("cancel", CHINA, target="I-1")
    ]
    wish = CancellationRequest(
        underlying=(Underlying(items=(Cancellation(instruction="I-1"),)), Underlying(items=(Cancellation(uetr=UETR),)))
    )
    assert commands(wish, CHINA, USAGE, {UETR: "I-2"}.__getitem__) == [
        Command("cancel", CHINA, target="I-1"),
        Command("cancel", CHINA, target="I-2"),
    ]


def test_limits_and_reservations_are_set() -> None:
    limits = ModifyLimits(
        items=(
            LimitChange(counterparty=Agent(bic=RUSSIA), kind="BILI", amount=Money("5000000", "CNY")),
            LimitChange(kind="MULT", owner=Agent(bic=INDIA), amount=Money("0.01", "INR")),
        )
    )
    assert commands(limits, CHINA, USAGE, _nothing) == [
        Command("limit", CHINA, "CNY", RUSSIA, 500_000_000, "bilateral"),
        Command("limit", INDIA, "INR", "", 1, "multilateral"),
    ]
    reservation = ModifyReservation(kind="UPAR", amount=Money("7", "JPY"))
    assert commands(reservation, CHINA, USAGE, _nothing) == [Command("reserve", CHINA, "JPY", "", 7, "urgent")]


def test_money_comes_in_from_the_issuer_and_goes_out_to_it() -> None:
    issuer, bank, amount = Agent(bic="PBOCCNBJ"), Agent(bic=f"{CHINA}XXX"), Money("100.00", "CNY")
    coming = LiquidityTransfer(instruction="L-1", debtor=issuer, creditor=bank, amount=amount)
    going = LiquidityTransfer(end_to_end="L-2", debtor=bank, creditor=issuer, amount=amount)
    assert commands(coming, "PBOCCNBJ", USAGE, _nothing) == [Command("transfer_in", CHINA, "CNY", "L-1", 10_000)]
    assert commands(going, CHINA, USAGE, _nothing) == [Command("transfer_out", CHINA, "CNY", "L-2", 10_000)]
    other = LiquidityTransfer(debtor=Agent(bic="PBOCCNBJXXX"), creditor=bank, amount=amount)
    assert commands(other, "PBOCCNBJ", USAGE, _nothing) == [Command("transfer_in", CHINA, "CNY", "", 10_000)]
    with pytest.raises(InvalidRequest, match="issuer of INR"):
        commands(LiquidityTransfer(debtor=bank, creditor=bank, amount=Money("1", "INR")), CHINA, USAGE, _nothing)


def test_trade_is_withdrawn_by_either_reference() -> None:
    assert commands(TradeCancellation(cancelled="T-1"), CHINA, USAGE, _nothing) == [
        Command("cancel", CHINA, target="T-1")
    ]
    assert commands(TradeCancellation(matching="17-4"), CHINA, USAGE, {"17-4": "T-2"}.__getitem__) == [
        Command("cancel", CHINA, target="T-2")
    ]


def test_kind_of_limit_that_the_rulebook_does_not_know_is_no_command() -> None:
    with pytest.raises(InvalidRequest, match="GLBL"):
        commands(ModifyLimits(items=(LimitChange(kind="GLBL", amount=Money("1", "CNY")),)), CHINA, USAGE, _nothing)


def test_amount_in_a_currency_that_is_not_settled_is_no_command() -> None:
    amount = Money("5", "USD")
    for message in (ModifyLimits(items=(LimitChange(kind="MULT", amount=amount),)), ModifyReservation(amount=amount)):
        with pytest.raises(InvalidRequest, match="a currency that the union settles, found 'USD'"):
            commands(message, CHINA, USAGE, _nothing)


def test_wish_to_cancel_a_message_names_its_payments_in_full() -> None:
    def sent(message: str) -> list[Reference]:
        count = {"M-1": 2, "M-2": WHOLE_MAX + 1}.get(message, 0)
        return [Reference("pacs.008.001.08", message, f"I-{n}", f"E-{n}", "", "") for n in range(count)]

    def asked(message: str, name: str = "pacs.008.001.08", whole: str = "true") -> list[Command]:
        underlying = Underlying(original_message=message, original_name=name, whole=whole)
        named = Underlying(items=(Cancellation(instruction="I-9"),))
        return commands(in_full(CancellationRequest(underlying=(underlying, named)), sent), CHINA, USAGE, _nothing)

    targets = [Command("cancel", CHINA, target=target) for target in ("I-0", "I-1", "I-9")]
    assert asked("M-1") == asked("M-1", "pacs.008", "") == asked("M-1", "pacs.008.001.09") == targets
    for wish in (("M-1", "pacs.009.001.08"), ("M-2", "pacs.008"), ("M-3", "pacs.008")):
        with pytest.raises(InvalidRequest, match="a message by which you entered 1 to 1,000 payments"):
            asked(*wish)
    with pytest.raises(InvalidRequest, match="the payments that are to be cancelled, found 'M-1'"):
        asked("M-1", whole="false")


def test_institution_is_known_with_and_without_its_branch() -> None:
    usage = Usage.of(["CNY"], {"AAAACNBJ", "BBBBCNBJXXX", "CN-17"})
    codes = ["AAAACNBJ", "AAAACNBJXXX", "BBBBCNBJ", "BBBBCNBJXXX", "CN-17", "CCCCCNBJ", ""]
    assert [usage.participant(code) for code in codes] == [
        *("AAAACNBJ", "AAAACNBJ", "BBBBCNBJXXX", "BBBBCNBJXXX", "CN-17", "CCCCCNBJ", "")
    ]


def test_decimals_are_those_of_the_currencies() -> None:
    assert Usage.of(["JPY", "KWD"]).currencies == {code: CURRENCIES[code].exponent for code in ("JPY", "KWD")}
