"""Four eyes: who asks never approves, by person; what others agreed to is done once, and survives a restart."""

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import cast

import pytest

from comity.errors import Conflict, NotFound
from comity.gateway import four_eyes
from comity.gateway.actor import Actor
from comity.gateway.approvals import Approval, Approvals
from comity.gateway.authority import Forbidden
from comity.gateway.clock import SetClock
from comity.gateway.four_eyes import EXPIRY_US, EXPIRY_US_MAX, HOUR_US, Change, quorum_change
from comity.gateway.gateway import Gateway
from comity.gateway.notes import Approved, Ended, Proposed, Quorum
from comity.gateway.writer import Busy
from comity.model.command import Command
from tests.gateway.people import PEOPLE, enrol
from tests.gateway.union import OPENED, open_gateway

CREDIT = Command("credit", "ALFACNBJ", "CNY", amount_minor=5_00)
LIMIT = Command("limit", "ALFACNBJ", "CNY", "BETACNBJ", 5_00)
CLOSE, OPEN = Command("close", target="CN RU"), Command("open", target="CN RU")
AGREE = Command("agreement", currency="CNY RUB", target="CN RU", value="payment")


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    gateway = enrol(open_gateway())
    yield gateway
    gateway.close()


def give(gateway: Gateway, who: str, *commands: Command, expires: int = 0, reason: str = "because") -> int:
    eyes = gateway.four_eyes
    return gateway.writer.call(lambda node: eyes.give(node, PEOPLE[who], commands, reason, expires, ())).result()


def approve(gateway: Gateway, who: str, number: int) -> Approval:
    gateway.writer.call(lambda node: gateway.four_eyes.approve(node, PEOPLE[who], number)).result()
    return gateway.memory.approvals.find(number)


def approving(gateway: Gateway, actor: Actor, number: int) -> Future[int]:
    return gateway.writer.call(lambda node: gateway.four_eyes.approve(node, actor, number))


def reject(gateway: Gateway, who: str, number: int, reason: str) -> None:
    gateway.writer.call(lambda node: gateway.four_eyes.reject(node, PEOPLE[who], number, reason)).result()


def withdraw(gateway: Gateway, who: str, number: int) -> None:
    gateway.writer.call(lambda node: gateway.four_eyes.withdraw(node, PEOPLE[who], number)).result()


def propose(gateway: Gateway, who: str, change: Change) -> int:
    return gateway.writer.call(lambda node: gateway.four_eyes.propose(node, PEOPLE[who], change, "", 0)).result()


def credit_of(gateway: Gateway) -> int:
    return gateway.writer.call(
        lambda node: int(node.engine.balances()["credit_limit"][node.engine.account("ALFACNBJ", "CNY")])
    ).result()


def test_change_waits_until_another_person_approves_it(gateway: Gateway) -> None:
    number = give(gateway, "member-operator", CREDIT)
    assert credit_of(gateway) == 0
    approval = approve(gateway, "member-approver", number)
    assert approval.state == "carried"
    assert credit_of(gateway) == 5_00


def test_maker_is_not_checker_even_with_another_key(gateway: Gateway) -> None:
    number = give(gateway, "member-operator", CREDIT)
    with pytest.raises(Forbidden, match="another person"):
        approve(gateway, "cn-both", number)
    assert credit_of(gateway) == 0


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("member-operator", Forbidden),
        ("ru-approver", NotFound),
        ("union-approver", NotFound),
        ("approver", NotFound),
        ("auditor", Forbidden),
        ("mixed", NotFound),
    ],
)
def test_approval_is_given_by_approvers_of_the_party_alone(gateway: Gateway, who: str, error: type[Exception]) -> None:
    number = give(gateway, "member-operator", CREDIT)
    with pytest.raises(error):
        approve(gateway, who, number)
    assert gateway.memory.approvals.find(number).state == "open"


def test_approver_of_a_participant_does_not_approve_for_a_member() -> None:
    gateway = enrol(open_gateway())
    payer = Actor("key:cn", "carl", "CN", frozenset({"approver"}))
    number = give(gateway, "member-operator", CREDIT)
    with pytest.raises(Forbidden):
        approving(gateway, payer, number).result()
    gateway.close()


def test_what_is_over_cannot_be_approved_again(gateway: Gateway) -> None:
    number = give(gateway, "member-operator", CREDIT)
    approve(gateway, "member-approver", number)
    with pytest.raises(Conflict, match="carried"):
        approve(gateway, "cn-approver-2", number)


def test_change_of_what_was_seen_makes_an_approval_stale(gateway: Gateway) -> None:
    first = give(gateway, "member-operator", CREDIT)
    second = give(gateway, "member-operator", Command("credit", "ALFACNBJ", "CNY", amount_minor=7_00))
    approve(gateway, "member-approver", first)
    assert approve(gateway, "member-approver", second).state == "stale"
    assert credit_of(gateway) == 5_00


def test_time_of_an_approval_ends_by_the_instant_of_the_record(gateway: Gateway) -> None:
    first, second = give(gateway, "member-operator", CREDIT), give(gateway, "sender", LIMIT, expires=OPENED + HOUR_US)
    cast("SetClock", gateway.clock).advance(HOUR_US)
    assert approve(gateway, "approver", second).state == "expired"
    cast("SetClock", gateway.clock).advance(EXPIRY_US - HOUR_US - 1)
    assert approve(gateway, "member-approver", first).state == "carried"


@pytest.mark.parametrize("expires", [OPENED, OPENED - 1, OPENED + EXPIRY_US_MAX + 1])
def test_expiry_in_the_past_or_too_far_ahead_is_refused(gateway: Gateway, expires: int) -> None:
    with pytest.raises(Conflict, match="hours"):
        give(gateway, "member-operator", CREDIT, expires=expires)


def test_maker_withdraws_and_nobody_else_does(gateway: Gateway) -> None:
    number = give(gateway, "member-operator", CREDIT)
    for who, error in (("sender", NotFound), ("ru-operator", NotFound), ("member-approver", Forbidden)):
        with pytest.raises(error):
            withdraw(gateway, who, number)
    withdraw(gateway, "cn-both", number)
    assert gateway.memory.approvals.find(number).state == "withdrawn"


def test_one_rejection_ends_it_and_says_why(gateway: Gateway) -> None:
    number = give(gateway, "member-operator", CREDIT)
    for who in ("cn-both", "ru-approver", "auditor"):
        with pytest.raises((Forbidden, NotFound)):
            reject(gateway, who, number, "no")
    reject(gateway, "member-approver", number, "too much")
    approval = gateway.memory.approvals.find(number)
    assert (approval.state, approval.reason) == ("rejected", "too much")
    assert credit_of(gateway) == 0


def test_agreement_needs_both_members_whoever_asks(gateway: Gateway) -> None:
    number = give(gateway, "union-operator", AGREE)
    assert gateway.memory.approvals.find(number).missing == {"CN": 1, "RU": 1}
    with pytest.raises(NotFound):
        approve(gateway, "approver", number)
    assert approve(gateway, "member-approver", number).missing == {"RU": 1}
    with pytest.raises(Conflict, match="approved already"):
        approve(gateway, "cn-approver-2", number)
    assert approve(gateway, "ru-approver", number).state == "carried"


def test_member_closes_its_corridor_alone_and_opens_it_with_two(gateway: Gateway) -> None:
    closed = give(gateway, "member-operator", CLOSE)
    done = gateway.changes.done(closed)
    assert done is not None
    assert done.answers[0]["state"] == "STLD"
    with pytest.raises(Forbidden):
        give(gateway, "ru-operator", OPEN)
    number = give(gateway, "member-operator", OPEN)
    assert gateway.memory.approvals.find(number).missing == {"CN": 1}
    assert approve(gateway, "member-approver", number).state == "carried"


def test_corridor_closed_by_both_members_is_opened_by_both(gateway: Gateway) -> None:
    give(gateway, "member-operator", CLOSE)
    give(gateway, "ru-operator", CLOSE)
    number = give(gateway, "member-operator", OPEN)
    assert gateway.memory.approvals.find(number).missing == {"CN": 1, "RU": 1}


def test_opening_is_stale_once_another_member_has_closed_too(gateway: Gateway) -> None:
    give(gateway, "member-operator", CLOSE)
    number = give(gateway, "member-operator", OPEN)
    give(gateway, "ru-operator", CLOSE)
    assert approve(gateway, "member-approver", number).state == "stale"


def test_third_member_neither_closes_nor_opens_a_corridor(gateway: Gateway) -> None:
    third = Actor("key:fr", "fred", "FR", frozenset({"member-operator"}))
    with pytest.raises(Forbidden):
        gateway.writer.call(lambda node: gateway.four_eyes.give(node, third, [CLOSE], "", 0, ())).result()
    with pytest.raises(Forbidden):
        gateway.writer.call(lambda node: gateway.four_eyes.give(node, third, [OPEN], "", 0, ())).result()


def test_standing_order_that_draws_on_the_issuer_needs_its_consent(gateway: Gateway) -> None:
    number = give(gateway, "sender", Command("standing", "ALFACNBJ", "RUB", amount_minor=1_00))
    assert gateway.memory.approvals.find(number).missing == {"ALFACNBJ": 1, "RU": 1}


def test_batch_waits_as_a_whole_if_one_of_it_needs_consent(gateway: Gateway) -> None:
    reserve = Command("reserve", "ALFACNBJ", "CNY", amount_minor=1_00, value="high")
    number = give(gateway, "sender", reserve, LIMIT)
    assert len(gateway.memory.approvals.find(number).what.commands) == 2


def test_quorum_is_changed_with_consent_and_counts_people(gateway: Gateway) -> None:
    number = propose(gateway, "member-operator", quorum_change(2, "CN", 1))
    assert approve(gateway, "member-approver", number).state == "carried"
    credit = give(gateway, "member-operator", CREDIT)
    assert approve(gateway, "member-approver", credit).missing == {"CN": 1}
    with pytest.raises(Forbidden, match="another person"):
        approve(gateway, "member-approver", credit)
    assert approve(gateway, "cn-approver-2", credit).state == "carried"
    assert credit_of(gateway) == 5_00


def test_change_that_is_a_note_takes_effect_with_its_last_approval_unless_it_is_stale(gateway: Gateway) -> None:
    numbers = [propose(gateway, "member-operator", quorum_change(count, "CN", 1)) for count in (2, 3)]
    assert approve(gateway, "member-approver", numbers[0]).state == "carried"
    assert approve(gateway, "member-approver", numbers[1]).state == "stale"
    assert gateway.memory.approvals.quorum("CN") == 2


def test_approvals_are_the_same_after_a_restart(tmp_path: Path) -> None:
    gateway = enrol(open_gateway(tmp_path))
    give(gateway, "member-operator", CLOSE)
    gateway.writer.call(lambda node: node.snapshot()).result()  # what follows is both read and replayed
    waits, carried = give(gateway, "union-operator", AGREE), give(gateway, "member-operator", CREDIT)
    approve(gateway, "member-approver", carried)
    approve(gateway, "member-approver", waits)
    give(gateway, "sender", LIMIT)
    before = (gateway.memory.approvals, gateway.memory.closers.of(("", "", "CN RU")))
    gateway.close()
    gateway = Gateway.open(tmp_path, clock=SetClock(OPENED))
    assert (gateway.memory.approvals, gateway.memory.closers.of(("", "", "CN RU"))) == before
    assert approve(gateway, "ru-approver", waits).state == "carried"
    with pytest.raises(Forbidden):
        give(gateway, "ru-operator", OPEN)
    gateway.close()


def test_effect_and_last_approval_stand_in_one_record(gateway: Gateway) -> None:
    number = give(gateway, "member-operator", CREDIT)
    approval = approve(gateway, "member-approver", number)
    done = gateway.changes.done(approval.ended_at)
    assert done is not None
    assert done.answers[0]["state"] == "STLD"
    deeds = [(each.deed.operation, each.deed.approved_by) for each in gateway.audit.after(number, 99, 10)]
    assert deeds == [("approvals.approve", ""), ("command.credit", "person:chang")]


def test_too_many_open_approvals_are_turned_away(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(four_eyes, "OPEN_OF_PARTY_MAX", 2)
    give(gateway, "sender", LIMIT)
    give(gateway, "sender", LIMIT)
    with pytest.raises(Busy):
        give(gateway, "sender", LIMIT)
    give(gateway, "member-operator", CREDIT)


def test_approvals_that_are_over_are_forgotten_oldest_first() -> None:
    approvals = Approvals(ended_max=2)
    for number in (1, 3, 5):
        approvals.take(number, Proposed("a", "anna", "CN", "commands", {"CN": 1}, 0), 0)
        approvals.take(number + 1, Approved(number, "b", "boris", "CN"), 0)
        approvals.take(number + 1, Ended(number, "carried", "b"), 0)
    assert [each.id for each in approvals.after(0)] == [3, 5]
    with pytest.raises(NotFound):
        approvals.find(1)


def test_quorum_counts_from_one_where_nothing_is_set() -> None:
    approvals = Approvals()
    approvals.take(2, Quorum("CN", 3), 0)
    assert (approvals.quorum("CN"), approvals.quorum("RU")) == (3, 1)


def test_approvals_at_the_same_time_have_one_effect(gateway: Gateway) -> None:
    number = give(gateway, "member-operator", CREDIT)
    calls = [approving(gateway, PEOPLE[who], number) for who in ("member-approver", "cn-approver-2") * 50]
    raised = [call.exception() for call in calls]
    assert raised.count(None) == 1
    assert {type(each) for each in raised} == {type(None), Conflict}
    deeds = [each.deed.operation for each in gateway.audit.after(number, 99, 100)]
    assert deeds == ["approvals.approve", "command.credit"]


def test_search_stands_alone_in_its_request(gateway: Gateway) -> None:
    with pytest.raises(Conflict, match="of its own"):
        give(gateway, "union-operator", Command("offset", value="fifo"), Command("clear", value="existing"))


def test_change_needs_no_watch_to_be_proposed(gateway: Gateway) -> None:
    change = Change("rates.fix", {"union": 1}, notes=(Quorum("union", 2),), before=("1",), after=("2",))
    gateway.four_eyes.watch("rates.fix", lambda _node, _what: ["1"])
    number = propose(gateway, "union-operator", change)
    assert approve(gateway, "union-approver", number).state == "carried"
    assert gateway.memory.approvals.quorum("union") == 2
