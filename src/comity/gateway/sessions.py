"""Sessions: people who have signed in, and have not been away for too long.

They are in memory alone: a restart signs everybody out. Of the secret in a cookie a hash is kept.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from comity.gateway.chance import draw_text
from comity.gateway.identities import hash_of
from comity.gateway.writer import Busy

if TYPE_CHECKING:
    from comity.gateway.settings import SignIn

SESSIONS_MAX = 100_000
OF_PERSON_MAX = 10
"""Sessions of one person; one more ends the oldest."""
LATELY_US = 300_000_000
"""So long after signing in what one signs in with may be changed."""
_SECOND_US = 1_000_000


@dataclass(slots=True)
class Session:
    """Somebody who has signed in.

    Attributes
    ----------
    person
        Their name.
    joined
        Record by which they had come; who leaves and comes back signs in anew.
    began, seen
        Instants of signing in and of the last request.
    """

    person: str
    joined: int
    began: int
    seen: int


class Sessions:
    """The sessions of a gateway; used from one thread."""

    def __init__(self, terms: SignIn) -> None:
        self._idle_us = terms.idle_s * _SECOND_US
        self._life_us = terms.session_s * _SECOND_US
        self._sessions: OrderedDict[str, Session] = OrderedDict()  # by hash, the least lately used first

    def begin(self, person: str, joined: int, now: int) -> str:
        """Begin a session; its secret. Busy if there are too many."""
        self._drop_idle(now)
        own = [name for name, each in self._sessions.items() if each.person == person]
        for name in own[: len(own) - OF_PERSON_MAX + 1] if len(own) >= OF_PERSON_MAX else ():
            del self._sessions[name]
        if len(self._sessions) >= SESSIONS_MAX:
            raise Busy("too many people are signed in")
        secret = draw_text()
        self._sessions[hash_of(secret)] = Session(person, joined, now, now)
        return secret

    def find(self, secret: str, now: int, *, is_seen: bool = True) -> Session | None:
        """Return the session, None if it is over; its person has been seen now, unless a stream of theirs looks."""
        name = hash_of(secret)
        session = self._sessions.get(name)
        if session is None:
            return None
        if not self._lasts(session, now):
            del self._sessions[name]
            return None
        if is_seen:
            session.seen = max(session.seen, now)
            self._sessions.move_to_end(name)
        return session

    def of(self, person: str, now: int) -> list[tuple[str, Session]]:
        """Return the sessions of a person by their ids, the least lately used first."""
        return [
            (_id(name), each)
            for name, each in self._sessions.items()
            if each.person == person and self._lasts(each, now)
        ]

    def end_one(self, person: str, name: str) -> bool:
        """End a session of a person by its id; whether there was one."""
        found = [each for each, session in self._sessions.items() if session.person == person and _id(each) == name]
        for each in found:
            del self._sessions[each]
        return bool(found)

    def end(self, secret: str) -> None:
        """End a session."""
        self._sessions.pop(hash_of(secret), None)

    def end_all(self, person: str) -> None:
        """End every session of a person."""
        for name in [name for name, each in self._sessions.items() if each.person == person]:
            del self._sessions[name]

    def _lasts(self, session: Session, now: int) -> bool:
        return now < session.began + self._life_us and now < session.seen + self._idle_us

    def _drop_idle(self, now: int) -> None:
        while self._sessions:
            name, session = next(iter(self._sessions.items()))
            if now < session.seen + self._idle_us:
                return
            del self._sessions[name]


def id_of(secret: str) -> str:
    """Return the id of the session with this secret."""
    return _id(hash_of(secret))


def _id(name: str) -> str:
    return name[:16]
