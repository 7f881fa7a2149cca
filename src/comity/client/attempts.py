"""Attempts: how often and how long a call is tried, and what comes of each answer; nothing is sent here.

A call that changes something carries an idempotency key, the same in every attempt, so that
it happens once however often it is sent. It is sent again where its outcome is not known, where it is
still under way, and where the server asks to come back later.
"""

from __future__ import annotations

import hashlib
import itertools
import uuid
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from comity.client.errors import Unreachable, error_of
from comity.wire.answers import PROBLEM_PREFIX, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comity.client.calls import Call

Answer = TypeVar("Answer")

AGAIN = frozenset({"in-flight", "busy", "rate", "stopped", "unknown-outcome"})
"""Problems after which the same call may do."""
SIGN_AGAIN = "sign again"
"""Said of a signature made before the server started: each attempt is signed anew, and one made later will do."""
FIRST_WAIT_S, WAIT_MAX_S = 0.1, 5.0
DEADLINE_MS_MAX = 60_000
MARGIN_S = 2.0
"""An answer may be so much later than the server was told to give it."""
_OK, _ENDED = 200, 300


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call may take.

    Attributes
    ----------
    deadline_s
        All attempts together, seconds.
    attempts_max
        How often it is sent at most.
    """

    deadline_s: float = 30.0
    attempts_max: int = 6


class Keys:
    """Idempotency keys, never the same twice: a name drawn once, and a number."""

    def __init__(self) -> None:
        self._name = uuid.uuid4().hex  # noqa: TID251 - a client is the sender, from whom ids come
        self._numbers = itertools.count(1)

    def next(self) -> str:
        """Return the next."""
        return f"{self._name}-{next(self._numbers)}"


class Attempts(Generic[Answer]):
    """The attempts of one call.

    Parameters
    ----------
    key
        Idempotency key; empty if it has none.
    url
        Where it is sent, for errors.
    """

    def __init__(self, call: Call[Answer], patience: Patience, key: str, url: str) -> None:
        self._call = call
        self._patience = patience
        self._key = key
        self._url = url
        self._until = monotonic() + patience.deadline_s
        self._made = 0
        body = call.body
        self.body = msgspec.json.encode(body) if isinstance(body, msgspec.Struct) else body

    @property
    def timeout_s(self) -> float:
        """How long the next attempt may take."""
        return max(self._until - monotonic(), 0.001) + MARGIN_S

    def headers(self) -> dict[str, str]:
        """Return the headers of the next attempt."""
        self._made += 1
        headers = {"accept": self._call.media_type}
        if self.body is not None:
            headers["content-type"] = self._call.media_type
        if self._call.keyed:
            left_ms = int((self._until - monotonic()) * 1000)
            headers["comity-deadline-ms"] = str(min(max(left_ms, 1), DEADLINE_MS_MAX))
            headers["idempotency-key"] = self._key
        return headers

    def answered(self, status: int, headers: Mapping[str, str], body: bytes) -> Answer | float:
        """Take an answer: what it says, or how many seconds to wait before the next attempt.

        Raises
        ------
        Answered
            It is a problem, and another attempt would not do or is not left.
        Unreachable
            What answered is not a server of ours.
        """
        if _OK <= status < _ENDED:
            try:
                return self._read(body)
            except ValueError as bad:
                raise Unreachable(f"the answer of {self._url} cannot be read: {bad}") from bad
        error = error_of(_problem(status, body))
        wait_s = self._wait_s(headers.get("retry-after", ""))
        if not (error.kind in AGAIN or SIGN_AGAIN in error.problem.detail) or wait_s is None:
            raise error
        return wait_s

    def failed(self, reason: Exception) -> float:
        """Take a connection that failed: how many seconds to wait before the next attempt; else Unreachable."""
        wait_s = self._wait_s("")
        if wait_s is None:
            known = "" if not self._call.keyed else "; it may have happened: ask by id"
            raise Unreachable(f"no answer from {self._url}: {str(reason) or type(reason).__name__}{known}") from reason
        return wait_s

    def _read(self, body: bytes) -> Answer:
        read = self._call.read
        return msgspec.json.decode(body, type=self._call.answer) if read is None else read(body)

    def _wait_s(self, asked: str) -> float | None:
        """Return how long to wait; None if no attempt is left. Those who wait together do not come back together."""
        if self._made >= self._patience.attempts_max:
            return None
        step = min(FIRST_WAIT_S * 2 ** (self._made - 1), WAIT_MAX_S)
        spread = hashlib.blake2b(f"{self._key}{self._made}{self._until}".encode(), digest_size=1).digest()[0] / 255
        wait_s = max(step * (0.5 + spread / 2), float(asked) if asked.isdecimal() else 0.0)
        return wait_s if monotonic() + wait_s < self._until else None


def _problem(status: int, body: bytes) -> Problem:
    try:
        return msgspec.json.decode(body, type=Problem)
    except msgspec.DecodeError:
        return Problem(PROBLEM_PREFIX + "defect", "The server answered otherwise than it should", status)
