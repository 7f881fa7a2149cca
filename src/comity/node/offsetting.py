"""Proposing what can settle together: the engine's picture, a solver's answer, a record.

A solver never decides. What it proposes enters the log, and the engine verifies it
at its place there: all of it is applied, or none. A solver that fails costs nothing
but the proposal: after two refusals in a row the fifo answer is proposed instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.engine.proposal import pack_proposal
from comity.errors import InvariantBroken
from comity.solvers.offsetting import solve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.engine.offsetting import OffsettingProblem

REFUSALS_MAX = 2
"""After so many in a row the fifo answer is proposed."""
SAFE_RULE = "fifo"


def proposals(problem: OffsettingProblem, rule: str, proposer: str) -> Iterator[bytes]:
    """Yield bodies of SETTLE_TOGETHER records, to be tried in turn until one is accepted.

    InvalidRequest if there is no such rule.
    """
    for _ in range(REFUSALS_MAX):
        try:
            proposal = solve(problem, rule)
        except InvariantBroken:
            break
        yield pack_proposal(problem.slot[proposal.keep], rule, proposer, proposal.bound_minor)
    proposal = solve(problem, SAFE_RULE)
    yield pack_proposal(problem.slot[proposal.keep], SAFE_RULE, proposer, proposal.bound_minor)
