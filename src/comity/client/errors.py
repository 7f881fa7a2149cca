"""What a client raises: the server's problems as errors, each with what it said.

Every one is a `ComityError`, and also what the same mistake raises without a server: an invalid request is an
`InvalidRequest` with its faults, something that is not there a `NotFound`. ::

    Answered                    a problem; `problem` is all of it
    +-- Invalid                 also InvalidRequest
    +-- Missing                 also NotFound
    +-- Clash                   also Conflict: another request under this key, or something else in its place
    +-- NotAllowed              who asks is not known, or may not ask this
    +-- Overloaded              too much waits, or too many requests, or the gateway has stopped: later it may do
    +-- OutcomeUnknown          it may still happen; ask by id, or send the same again under the same key
    +-- Rejected                the rulebook rejects it; `problem.code` is the reason of ISO 20022
    Unreachable                 no server answered in time, also EnvironmentFailed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.errors import ComityError, Conflict, EnvironmentFailed, Fault, InvalidRequest, NotFound
from comity.wire.answers import PROBLEM_PREFIX

if TYPE_CHECKING:
    from comity.wire.answers import Problem


class Answered(ComityError):  # noqa: N818 - the names of this module say what happened
    """The server answered with a problem.

    Attributes
    ----------
    problem
        What it said.
    faults
        Places of the request that are not what they should be.
    """

    def __init__(self, problem: Problem) -> None:
        Exception.__init__(self, problem)
        self.problem = problem
        self.faults = tuple(Fault("", 0, each.pointer, each.expected, each.found) for each in problem.faults)

    @property
    def kind(self) -> str:
        """The word at the end of the problem's type, such as `not-found`."""
        return self.problem.type.removeprefix(PROBLEM_PREFIX)

    def __str__(self) -> str:
        told = self.problem.detail or "; ".join(str(fault) for fault in self.faults)
        where = f" (request {self.problem.instance})" if self.problem.instance else ""
        return f"{self.problem.title}{': ' if told else ''}{told}{where}"


class Invalid(Answered, InvalidRequest):
    """The request cannot be read as what it should be; nothing was changed."""

    more = False
    exit_code = 2


class Missing(Answered, NotFound):
    """There is no such thing, or it is another participant's."""

    exit_code = 2


class Clash(Answered, Conflict):
    """Another request was sent under this idempotency key, or something else stands where this should go."""

    exit_code = 2


class NotAllowed(Answered):
    """Who asks is not known, or may not ask this."""

    exit_code = 2


class Overloaded(Answered):
    """Too much waits already, too many requests came, or the gateway has stopped; later it may do."""


class OutcomeUnknown(Answered):
    """It was not finished in time, and may still happen: ask by its id, or send it again under the same key."""


class Rejected(Answered):
    """The rulebook rejects it."""

    exit_code = 1


class Unreachable(EnvironmentFailed):
    """No server answered in time; what was asked may have happened if it changes something."""


_KINDS: dict[str, type[Answered]] = {
    "invalid": Invalid,
    "too-large": Invalid,
    "media-type": Invalid,
    "method": Invalid,
    "slow": Overloaded,
    "not-found": Missing,
    "conflict": Clash,
    "key-reused": Clash,
    "in-flight": OutcomeUnknown,
    "unauthenticated": NotAllowed,
    "forbidden": NotAllowed,
    "busy": Overloaded,
    "rate": Overloaded,
    "stopped": Overloaded,
    "unknown-outcome": OutcomeUnknown,
    "rejected": Rejected,
}


def error_of(problem: Problem) -> Answered:
    """Return the error that a problem is."""
    return _KINDS.get(problem.type.removeprefix(PROBLEM_PREFIX), Answered)(problem)
