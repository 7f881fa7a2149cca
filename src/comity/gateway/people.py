"""People: who may enrol whom, and as what.

Enrolling somebody, giving them a role or taking one away needs a second person. An operator of the
union enrols anybody, one of a member the people of its country. What people prove themselves by
comes from them as a public key; nobody who enrols them holds anything by which to be taken for them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import UNSET

from comity.errors import Conflict, Fault, InvalidRequest, NotFound
from comity.gateway.authority import UNION, Forbidden
from comity.gateway.chance import draw_id, draw_key
from comity.gateway.credentials import Issued, public_key
from comity.gateway.enrolments import Credential, Person, SignInEnded
from comity.gateway.four_eyes import Change
from comity.gateway.identities import hash_of
from comity.gateway.notes import Deed, unpack_notes
from comity.model.instant import DAY_US
from comity.model.plain import is_clean
from comity.wire.answers import ID_PATTERN

if TYPE_CHECKING:
    from collections.abc import Collection

    from comity.gateway.actor import Actor
    from comity.gateway.approvals import Approvals
    from comity.gateway.directory import Directory
    from comity.gateway.gateway import Gateway
    from comity.gateway.identities import Identities
    from comity.gateway.notes import Proposed
    from comity.wire.identities import PersonAsked

PEOPLE_ENROL = "people.enrol"
PEOPLE_SIGN_IN = "people.sign-in"
CONSOLE = "console"
"""Who writes into a log that no server holds."""
PEOPLE_MAX = 100_000
KEY_DAYS = 365
"""How long a key lasts that is enrolled with its person."""
ROLES_OF_PARTICIPANT = frozenset({"reader", "sender", "approver"})
ROLES_OF_MEMBER = ROLES_OF_PARTICIPANT | {"member-operator", "member-approver", "compliance-officer"}
ROLES_OF_UNION = frozenset({"union-operator", "union-approver", "compliance-officer", "auditor"})


def enrolment(
    asked: PersonAsked,
    actor: Actor,
    identities: Identities,
    directory: Directory,
    approvals: Approvals,
    now: int,
) -> Change:
    """Return the change that makes a person known, or known otherwise.

    Raises
    ------
    InvalidRequest
        With every field that does not fit.
    Forbidden
        They are not the actor's to enrol.
    Conflict
        There are too many people, or the key is enrolled already.
    """
    known = identities.people.get(asked.name)
    for party in {asked.party, *([known.party] if known else [])}:
        if actor.party not in {UNION, directory.home.get(party)}:
            raise Forbidden(f"people of {party} are not for {actor.party} to enrol")
    faults = role_faults(asked.party, asked.roles, directory)
    if not is_clean(asked.subject):
        faults.append(Fault("", 0, "subject", "text without control characters", repr(asked.subject)))
    proof = public_key(asked.public_key, faults) if asked.public_key is not UNSET else ""
    if faults:
        raise InvalidRequest(faults)
    if known is None and len(identities.people) >= PEOPLE_MAX:
        raise Conflict(f"{PEOPLE_MAX} people are known")
    if proof and identities.is_enrolled("signature", proof):
        raise Conflict("this key is enrolled already")
    owner = identities.by_subject(asked.subject) if asked.subject else None
    if owner is not None and owner.person != asked.name:
        raise Conflict("this subject is somebody else's")
    person = Person(asked.name, asked.party, tuple(asked.roles), actor.id, asked.subject)
    notes: list[Person | Credential] = [person]
    if proof:
        roles, expires = tuple(asked.roles), now + KEY_DAYS * DAY_US
        notes.append(
            Credential(draw_id(), "signature", proof, asked.name, asked.party, roles, actor.id, expires, label="first")
        )
    return Change(
        PEOPLE_ENROL,
        {actor.party: approvals.quorum(actor.party)},
        notes=tuple(notes),
        before=(person_text(identities, asked.name),),
        after=(_text(person) + (f" and signs with {proof}" if proof else ""),),
    )


def sign_in_end(name: str, actor: Actor, identities: Identities, directory: Directory, approvals: Approvals) -> Change:
    """Return the change that signs a person out everywhere, and revokes their passkeys, password and codes.

    What it replaces may change until it is approved: whoever has stolen a session could else hold it up.

    Raises
    ------
    NotFound
        There is no such person, or they are not the actor's to know.
    """
    person = identities.people.get(name)
    if person is None or actor.party not in {UNION, directory.home.get(person.party)}:
        raise NotFound(f"there is no person {name!r}")
    return Change(
        PEOPLE_SIGN_IN,
        {actor.party: approvals.quorum(actor.party)},
        notes=(SignInEnded(name, actor.id),),
        before=(f"{name} of {person.party} signs in",),
        after=("signed out; passkeys, password and codes are worth nothing",),
    )


def let_in(gateway: Gateway, name: str, party: str, roles: Collection[str], life_us: int) -> Issued:
    """Enrol a person from the console, without anybody's approval, with an API key; durable once this returns.

    Parameters
    ----------
    life_us
        How long the key lasts, microseconds.

    Raises
    ------
    InvalidRequest
        With everything that does not fit.
    """
    faults = role_faults(party, roles, gateway.directory)
    if not roles:
        faults.append(Fault("", 0, "roles", "one or more", "none"))
    if re.fullmatch(ID_PATTERN, name) is None:
        faults.append(Fault("", 0, "person", "1 to 35 printable characters, no space at either end", repr(name)))
    if faults:
        raise InvalidRequest(faults)
    secret, now = draw_key(), gateway.now()
    person = Person(name, party, tuple(roles), CONSOLE)
    key = Credential(
        draw_id(), "api-key", hash_of(secret), name, party, tuple(roles), CONSOLE, now + life_us, label="console"
    )
    before, after = person_text(gateway.identities, name), _text(person)
    deed = Deed(CONSOLE, PEOPLE_ENROL, UNION, before, after, "written by whoever runs the machine")
    gateway.note([person, key, deed]).result()
    return Issued(key, secret)


def role_faults(party: str, roles: Collection[str], directory: Directory) -> list[Fault]:
    """Return what is wrong with roles for people of a party."""
    if party == UNION:
        fitting = ROLES_OF_UNION
    elif party in directory.members:
        fitting = ROLES_OF_MEMBER
    elif party in directory.participants:
        fitting = ROLES_OF_PARTICIPANT
    else:
        return [Fault("", 0, "party", "a participant or member of this union, or `union`", repr(party))]
    expected = f"roles of {party}: {', '.join(sorted(fitting))}"
    return [Fault("", 0, "roles", expected, repr(role)) for role in roles if role not in fitting]


def person_text(identities: Identities, name: str) -> str:
    """Write a person as they are known, for whoever approves; empty if they are not."""
    person = identities.people.get(name)
    return _text(person) if person else ""


def standing(identities: Identities, what: Proposed) -> list[str]:
    """Return what a proposed enrolment replaces as it stands now, and what has come to stand in its way."""
    texts: list[str] = []
    for note in unpack_notes(bytes(what.notes)):
        if isinstance(note, Person):
            texts.append(person_text(identities, note.name))
            owner = identities.by_subject(note.subject) if note.subject else None
            if owner is not None and owner.person != note.name:
                texts.append("the subject is somebody else's")
        elif isinstance(note, Credential) and identities.is_enrolled(note.kind, note.proof):
            texts.append("the key is enrolled already")
    return texts


def _text(person: Person) -> str:
    subject = f" known elsewhere as {person.subject}" if person.subject else ""
    return f"{person.name} of {person.party}: {' '.join(person.roles) or 'no role'}{subject}"
