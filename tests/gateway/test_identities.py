"""Identities: what follows from the notes about who is known."""

from pathlib import Path

import pytest

from comity.gateway.actor import Actor
from comity.gateway.authority import permits
from comity.gateway.enrolments import Credential, Person, Revoked
from comity.gateway.identities import Identities, hash_of
from tests.gateway.union import OPENED, open_gateway

ANNA = Person("anna", "ALFACNBJ", ("reader", "sender"), "console")
KEY = Credential("k1", "api-key", hash_of("secret"), "anna", "ALFACNBJ", ("reader", "sender"), "console", OPENED + 10)


def folded(*notes: Person | Credential | Revoked) -> Identities:
    identities = Identities()
    for sequence, note in enumerate(notes, 2):
        identities.take(sequence, note)
    return identities


def test_key_acts_for_its_person_until_it_expires() -> None:
    identities = folded(ANNA, KEY)
    assert identities.by_key("secret", OPENED) == Actor("key:k1", "anna", "ALFACNBJ", frozenset({"reader", "sender"}))
    assert identities.by_key("Secret", OPENED) is None
    assert identities.by_key("secret", OPENED + 10) is None


@pytest.mark.parametrize(
    ("later", "roles"),
    [
        (Person("anna", "ALFACNBJ", ("reader",), "x"), {"reader"}),
        (Person("anna", "ALFACNBJ", ("reader", "sender", "approver"), "x"), {"reader", "sender"}),
        (Person("anna", "ALFACNBJ", ("approver",), "x"), set()),
        (Person("anna", "ALFACNBJ", (), "x"), set()),
        (Person("anna", "BETACNBJ", ("reader", "sender"), "x"), set()),
        (Revoked("k1", "x"), set()),
        (Revoked("k1", "x", OPENED), set()),
        (Revoked("k1", "x", OPENED + 1), {"reader", "sender"}),
        (Revoked("k2", "x"), {"reader", "sender"}),
    ],
)
def test_key_is_worth_no_more_than_its_person_is_now(later: Person | Revoked, roles: set[str]) -> None:
    actor = folded(ANNA, KEY, later).by_key("secret", OPENED)
    assert (actor.roles if actor else set()) == roles


def test_key_of_a_scope_is_for_its_operations_alone() -> None:
    scoped = Credential("k1", "api-key", KEY.proof, "anna", "ALFACNBJ", ("sender",), "x", OPENED + 10, ("me",))
    actor = folded(ANNA, scoped).by_key("secret", OPENED)
    assert actor is not None
    assert permits(actor, "me")
    assert not permits(actor, "payments.enter")


def test_proof_that_two_hold_can_be_revoked_of_both() -> None:
    other = Credential("k2", "api-key", KEY.proof, "anna", "ALFACNBJ", ("reader",), "x", OPENED + 10)
    both = (ANNA, KEY, other)
    assert folded(*both, Revoked("k2", "x")).by_key("secret", OPENED) is not None
    assert not folded(*both, Revoked("k1", "x"), Revoked("k2", "x")).is_enrolled("api-key", KEY.proof)


def test_subject_stays_whose_it_is_when_who_had_it_before_changes() -> None:
    left, heir = Person("anna", "ALFACNBJ", (), "x", "sub-1"), Person("boris", "BETACNBJ", ("reader",), "x", "sub-1")
    identities = folded(left, heir, ANNA)
    assert identities.by_subject("sub-1") == Actor("person:boris", "boris", "BETACNBJ", frozenset({"reader"}))


def test_folding_a_record_twice_changes_nothing() -> None:
    once, twice = folded(ANNA, KEY, Revoked("k1", "x")), folded(ANNA, ANNA, KEY, KEY, Revoked("k1", "x"))
    assert once.held == twice.held == {}
    assert once.people == twice.people


def test_known_after_a_restart_is_who_was_known_before(tmp_path: Path) -> None:
    gateway = open_gateway(tmp_path)
    gateway.note([ANNA, KEY]).result()
    gateway.note([Credential("k2", "api-key", hash_of("two"), "anna", "ALFACNBJ", ("sender",), "x", OPENED)]).result()
    gateway.note([Revoked("k2", "key:k1")]).result()
    gateway.close()
    gateway = open_gateway(tmp_path)
    actor = gateway.identities.by_key("secret", OPENED)
    assert actor is not None
    assert actor.id == "key:k1"
    assert list(gateway.identities.held) == ["k1"]
    gateway.close()


def test_no_instant_is_before_the_last_record(tmp_path: Path) -> None:
    gateway = open_gateway(tmp_path)
    assert gateway.now() == OPENED
    gateway.close()
