"""Proposing what can settle together: the engine's picture, a solver's answer, a record.

A solver never decides. What it proposes enters the log, and the engine verifies it
at its place there: all of it is applied, or none. A solver that fails costs nothing
but the proposal: after two refusals in a row the fifo answer is proposed instead.
Where more waits than the rule exact searches, best proposes, and the record says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from comity.engine.proposal import pack_proposal
from comity.errors import InvariantBroken
from comity.solvers.offsetting import Proposal, solve, usable_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from comity.engine.offsetting import OffsettingProblem

REFUSALS_MAX = 2
"""After so many in a row the fifo answer is proposed."""
SAFE_RULE = "fifo"


class Proposed(NamedTuple):
    """A proposal, and what it was searched in."""

    problem: OffsettingProblem
    proposal: Proposal
    body: bytes
    """Of a SETTLE_TOGETHER record."""


def proposals(picture: Callable[[], OffsettingProblem], rule: str, proposer: str) -> Iterator[Proposed]:
    """Yield proposals, to be tried in turn until one is accepted.

    Each is searched in a `picture` of its own, of what waits once the one before was refused.

    InvalidRequest if there is no such rule.
    """
    for _ in range(REFUSALS_MAX):
        try:
            yield _propose(picture(), rule, proposer)
        except InvariantBroken:
            break
    yield _propose(picture(), SAFE_RULE, proposer)


def _propose(problem: OffsettingProblem, rule: str, proposer: str) -> Proposed:
    proposal = solve(problem, usable_rule(problem, rule))
    body = pack_proposal(problem.slot[proposal.keep], proposal.rule, proposer, proposal.bound_minor)
    return Proposed(problem, proposal, body)
