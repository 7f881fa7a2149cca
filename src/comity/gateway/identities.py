"""Identities: who is known, and by what they prove it.

They are a fold over the notes in the log, so two gateways on one log know the same people.
A credential is never worth more than the person who answers for it: whoever leaves, or loses
a role, takes it from all their keys at once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from comity.gateway.actor import Actor
from comity.gateway.enrolments import Credential, Passkey, Password, Person, Revoked, SignedIn, SignInEnded

if TYPE_CHECKING:
    from comity.gateway.enrolments import CredentialKind, Enrolment


@dataclass(slots=True)
class Held:
    """A credential as it stands.

    Attributes
    ----------
    note
        As it was enrolled.
    sequence
        Record that enrolled it.
    until
        Instant from which it is worth nothing.
    """

    note: Credential
    sequence: int
    until: int


class Identities:
    """People and credentials; `take` is called by the node's thread, the rest from any.

    Attributes
    ----------
    people : dict
        By name; those who left have no roles.
    held : dict
        Credentials that are not revoked, by id.
    passkeys : dict
        The same of passkeys, by what the authenticator calls them.
    joined : dict
        Record by which a person came, came back, or was signed out: sessions from before it are over.
    counters : dict
        The last counter of a passkey by its id, of a code by `code:` and the person.
    """

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.held: dict[str, Held] = {}
        self.passkeys: dict[str, Passkey] = {}
        self.counters: dict[str, int] = {}
        self.joined: dict[str, int] = {}
        self._sealed: dict[str, str] = {}
        self._by_proof: dict[tuple[CredentialKind, str], str] = {}
        self._of: dict[str, dict[str, None]] = {}  # ids by person, in the order of the log
        self._at: dict[int, str] = {}  # id by record
        self._by_subject: dict[str, str] = {}
        self._passing: dict[str, Actor] = {}

    def enrol(self, secret: str, actor: Actor) -> None:
        """Make an actor known by an API key until this process ends: for a sandbox, and for tests."""
        self._passing[hash_of(secret)] = actor

    def by_key(self, secret: str, now: int) -> Actor | None:
        """Return who has this API key, None if nobody. A key has 256 bits of chance, so one hash of it is enough."""
        digest = hash_of(secret)
        return self._by_proof_of("api-key", digest, now) or self._passing.get(digest)

    def by_certificate(self, fingerprint: str, now: int, kind: CredentialKind = "certificate") -> Actor | None:
        """Return whose certificate, of TLS or of messages, has the fingerprint; None if nobody's."""
        return self._by_proof_of(kind, fingerprint, now)

    def signer(self, name: str, now: int) -> tuple[Actor, bytes] | None:
        """Return whose signing key has this id, and its public key; None if nobody's."""
        held = self.held.get(name)
        if held is None or held.note.kind != "signature":
            return None
        actor = self._actor(held, now)
        return (actor, bytes.fromhex(held.note.proof)) if actor else None

    def person(self, name: str) -> Actor | None:
        """Return a person as an actor, None if they are not known or have left."""
        person = self.people.get(name)
        if person is None or not person.roles:
            return None
        return Actor(f"person:{name}", name, person.party, frozenset(person.roles))

    def by_subject(self, subject: str) -> Actor | None:
        """Return who this is at the provider of identities, None if nobody."""
        return self.person(self._by_subject.get(subject, ""))

    def of(self, person: str) -> list[Held]:
        """Return a person's credentials that are not revoked, the oldest first."""
        return [self.held[name] for name in list(self._of.get(person, ()))]

    def passkeys_of(self, person: str) -> list[Passkey]:
        """Return a person's passkeys, the oldest first."""
        return [each for each in list(self.passkeys.values()) if each.person == person]

    def sealed(self, person: str) -> str:
        """Return a person's sealed password, empty if they have none."""
        return self._sealed.get(person, "")

    def made_at(self, sequence: int) -> Held | None:
        """Return the credential that a record enrolled, unless it is revoked."""
        return self.held.get(self._at.get(sequence, ""))

    def is_enrolled(self, kind: CredentialKind, proof: str) -> bool:
        """Whether a credential proves itself by this already."""
        return (kind, proof) in self._by_proof

    def take(self, sequence: int, note: Enrolment) -> None:
        """Remember what a record says."""
        match note:
            case Person():
                self._take_person(sequence, note)
            case Credential():
                self.held[note.id] = Held(note, sequence, note.expires)
                self._by_proof.setdefault((note.kind, note.proof), note.id)
                self._of.setdefault(note.person, {})[note.id] = None
                self._at[sequence] = note.id
            case Revoked():
                self._revoke(note)
            case Passkey():
                self.passkeys[note.credential] = note
                self.counters[note.id] = note.count
            case Password():
                self._sealed[note.person] = note.sealed
            case SignInEnded():
                self._end_sign_in(note.person, note.by)
                self.joined[note.person] = sequence
            case SignedIn() if note.how != "oidc":
                self.counters[note.id or f"code:{note.person}"] = note.counter

    def _take_person(self, sequence: int, note: Person) -> None:
        before = self.people.get(note.name)
        if before is None or not before.roles:
            self.joined[note.name] = sequence
        if before is not None and self._by_subject.get(before.subject) == note.name:
            del self._by_subject[before.subject]
        self.people[note.name] = note
        if note.subject:
            self._by_subject[note.subject] = note.name
        if not note.roles:  # who comes back proves anew who they are
            for name in list(self._of.get(note.name, ())):
                self._revoke(Revoked(name, note.by))
            self._end_sign_in(note.name, note.by)

    def _end_sign_in(self, person: str, by: str) -> None:
        for passkey in self.passkeys_of(person):
            self._revoke(Revoked(passkey.id, by))
        self._sealed.pop(person, None)

    def _revoke(self, note: Revoked) -> None:
        held = self.held.get(note.id)
        if held is None:
            self._revoke_passkey(note.id)
            return
        if note.at:
            held.until = min(held.until, note.at)
            return
        del self.held[note.id]
        if self._by_proof.get((held.note.kind, held.note.proof)) == note.id:
            del self._by_proof[held.note.kind, held.note.proof]
        del self._of[held.note.person][note.id]
        del self._at[held.sequence]

    def _revoke_passkey(self, name: str) -> None:
        for credential, passkey in list(self.passkeys.items()):
            if passkey.id == name:
                del self.passkeys[credential]
                del self.counters[name]

    def _by_proof_of(self, kind: CredentialKind, proof: str, now: int) -> Actor | None:
        held = self.held.get(self._by_proof.get((kind, proof), ""))
        return self._actor(held, now) if held else None

    def _actor(self, held: Held, now: int) -> Actor | None:
        note = held.note
        person = self.people.get(note.person)
        if person is None or person.party != note.party or now >= held.until:
            return None
        roles = frozenset(note.roles).intersection(person.roles)
        operations = frozenset(note.operations) if note.operations else None
        return Actor(f"key:{note.id}", note.person, note.party, roles, operations) if roles else None


def hash_of(secret: str) -> str:
    """Return what is kept of an API key or another secret of 256 bits: its SHA-256, hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()
