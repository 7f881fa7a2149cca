"""Signing in: who comes, by a passkey, by a password and a code, or from a provider of identities."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from comity.engine.columns import RecordKind
from comity.errors import Conflict
from comity.gateway.enrolments import SignedIn
from comity.gateway.flows import Attempts, Flows
from comity.gateway.notes import pack_notes
from comity.gateway.passkeys import NotProven, Passkeys, check_room
from comity.gateway.passwords import Passwords, code_uri, draw_code_secret, step_of
from comity.gateway.sealing import Sealer
from comity.gateway.sessions import LATELY_US, Sessions
from comity.gateway.settings import SignIn
from comity.gateway.writer import Busy

if TYPE_CHECKING:
    from collections.abc import Callable

    from comity.gateway.actor import Actor
    from comity.gateway.enrolments import Passkey, Password
    from comity.gateway.gateway import Gateway
    from comity.node import Node

Result = TypeVar("Result")

AT_ONCE = 2
"""Passwords that are checked at one time: each takes 64 MiB and a core for a while."""
WAITING_MAX = 64
"""And so many may wait for it."""


class SignIns:
    """How people sign in to a gateway; used from the thread that serves.

    Parameters
    ----------
    origin
        Ours; empty: no passkeys, and no sessions.
    terms
        How long sessions last.

    Attributes
    ----------
    sessions
        Of those who have.
    """

    def __init__(self, gateway: Gateway, origin: str = "", terms: SignIn | None = None) -> None:
        self._gateway = gateway
        self.origin = origin
        self.terms = terms or SignIn()
        self.sessions = Sessions(self.terms)
        self.passkeys = Passkeys(origin)
        self._new_passkeys: Flows[tuple[str, bytes]] = Flows()
        self._known_passkeys: Flows[bytes] = Flows()
        self._new_codes: Flows[tuple[str, str]] = Flows()
        self._attempts = Attempts()
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._passwords: Passwords | None = None

    def signed_in(self, secret: str, *, is_seen: bool = True) -> Actor | None:
        """Return who has signed in, by their session's secret; None if nobody, or no more. See `Sessions.find`."""
        identities = self._gateway.identities
        session = self.sessions.find(secret, self._gateway.now(), is_seen=is_seen) if secret else None
        if session is None or identities.joined.get(session.person) != session.joined:
            return None
        return identities.person(session.person)

    def has_lately(self, secret: str) -> bool:
        """Whether whoever has the session with this secret has signed in only a few minutes ago."""
        now = self._gateway.now()
        session = self.sessions.find(secret, now)
        return session is not None and now < session.began + LATELY_US

    def ask_new_passkey(self, person: str) -> tuple[str, dict[str, Any]]:
        """Return a flow, and what a device is asked; Conflict if the person has enough."""
        known = self._gateway.identities.passkeys_of(person)
        check_room(person, known)
        challenge, options = self.passkeys.ask_new(person, known)
        return self._new_passkeys.begin((person, challenge), self._gateway.now()), options

    def new_passkey(self, person: str, flow: str, answer: dict[str, Any], label: str) -> Passkey:
        """Return the passkey that a person's device has made; NotProven, or Conflict if it is known."""
        whose, challenge = self._new_passkeys.take(flow, self._gateway.now()) or ("", b"")
        if whose != person:
            raise NotProven("this was not begun here, or it took too long")
        passkey = self.passkeys.new(person, challenge, answer, label)
        identities = self._gateway.identities
        check_room(person, identities.passkeys_of(person))
        if passkey.credential in identities.passkeys:
            raise Conflict("this passkey is known already")
        return passkey

    def ask_passkey(self) -> tuple[str, dict[str, Any]]:
        """Return a flow, and what the device of somebody who signs in is asked."""
        challenge, options = self.passkeys.ask()
        return self._known_passkeys.begin(challenge, self._gateway.now()), options

    async def by_passkey(self, flow: str, answer: dict[str, Any]) -> str:
        """Sign in with a passkey; the session's secret. NotProven if the answer is not one to the challenge."""
        challenge = self._known_passkeys.take(flow, self._gateway.now())
        if challenge is None:
            raise NotProven("this was not begun here, or it took too long")
        identities = self._gateway.identities

        def prove() -> SignedIn:
            passkey, count = self.passkeys.check(challenge, answer, identities.passkeys, identities.counters)
            return SignedIn(passkey.person, "passkey", passkey.id, count)

        return await self._sign_in(prove)

    def ask_new_code(self, person: str) -> tuple[str, str, str]:
        """Return a flow, a new secret for codes, and the URI of it."""
        secret = draw_code_secret()
        flow = self._new_codes.begin((person, secret), self._gateway.now())
        return flow, secret, code_uri(secret, person, self.origin or "Comity")

    async def new_password(self, person: str, flow: str, password: str, code: str) -> Password:
        """Return the note that sets a password and the codes begun with `flow`, once a code has been shown.

        Raises
        ------
        NotProven
            The code is not of that secret.
        InvalidRequest
            The password is no good.
        """
        now = self._gateway.now()
        whose, secret = self._new_codes.take(flow, now) or ("", "")
        if whose != person or not step_of(secret, code, now):
            raise NotProven("this was not begun here, took too long, or the code is wrong")
        known = self._gateway.identities.people.get(person)
        party = known.party if known else ""
        names = (person, party, self._gateway.directory.names.get(party, ""))
        return await self._slowly(lambda passwords: passwords.note(person, names, password, secret))

    async def by_password(self, person: str, password: str, code: str) -> str:
        """Sign in with a password and a code; the session's secret.

        Raises
        ------
        NotProven
            One of them is wrong, without saying which, or the code was used.
        Busy
            It was tried too often, or too many are trying.
        """
        now = self._gateway.now()
        if wait_us := self._attempts.wait_us(person, now):
            raise Busy(f"too many attempts: {wait_us // 1_000_000 + 1} s")
        self._attempts.failed(person, now)  # until it has not
        sealed = self._gateway.identities.sealed(person)
        step = await self._slowly(lambda passwords: passwords.check(person, sealed, password, code, now))

        def prove() -> SignedIn:
            counters = self._gateway.identities.counters
            if (
                not step
                or step <= counters.get(f"code:{person}", 0)
                or sealed != self._gateway.identities.sealed(person)
            ):
                raise NotProven("the name, the password or the code is wrong")
            return SignedIn(person, "password", counter=step)

        secret = await self._sign_in(prove)
        self._attempts.succeeded(person)
        return secret

    async def by_subject(self, subject: str) -> str:
        """Sign in whom the provider of identities calls so; the session's secret. NotProven if nobody is known so."""

        def prove() -> SignedIn:
            actor = self._gateway.identities.by_subject(subject)
            if actor is None:
                raise NotProven("nobody is enrolled under this subject")
            return SignedIn(actor.person, "oidc")

        return await self._sign_in(prove)

    async def _sign_in(self, prove: Callable[[], SignedIn]) -> str:
        """Prove and note in one step of the node's thread, so that nothing is taken twice; then begin a session."""

        def perform(node: Node) -> str:
            note = prove()
            if self._gateway.identities.person(note.person) is None:
                raise NotProven("they have left")
            node.submit(RecordKind.TICK, self._gateway.writer.now(), b"", 0, pack_notes([note])).result()
            return note.person

        person = await asyncio.wrap_future(self._gateway.writer.call(perform))
        return self.sessions.begin(person, self._gateway.identities.joined[person], self._gateway.now())

    async def _slowly(self, work: Callable[[Passwords], Result]) -> Result:
        """Hash in another thread, a few at a time; Busy if too many wait."""
        if self._waiting >= WAITING_MAX:
            raise Busy("too many passwords are being checked")
        self._waiting += 1
        try:
            async with self._at_once:
                if self._passwords is None:
                    folder = self._gateway.memory.changes.path.parent
                    self._passwords = await asyncio.to_thread(lambda: Passwords(Sealer.at(folder)))
                return await asyncio.to_thread(work, self._passwords)
        finally:
            self._waiting -= 1
