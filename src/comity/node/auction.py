"""An auction, from the close of its call to its end: what is proposed to the engine, and what came of it.

The engine decides; here prices and fills are searched. Several solvers may
compete: the proposal that verifies with the highest score is proposed. If none
does, or none is found in time, that nothing trades is proposed, and the auction ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from comity.engine.auction import Book, Proposal, Verification, verify
from comity.engine.columns import RecordKind, pack_arrays
from comity.engine.orders import pack_clearing, pack_no_trade
from comity.errors import ComityError
from comity.node.search import within
from comity.solvers.auction import SortedBook, solve

if TYPE_CHECKING:
    from comity.engine import Applied, Engine
    from comity.engine.orders import Standing

Solver = Callable[[Book], Proposal]

ATTEMPTS = 16
"""Proposals made before an auction ends without trade; each refusal takes at least one account out of the book."""


class AuctionTerms(NamedTuple):
    """How an auction is held."""

    ties: str = "time"
    """How orders of one limit share: time or pro-rata."""
    tolerance: tuple[int, int] = (1, 1_000_000)
    """Numerator and denominator: how far inside the rate an order need not fill."""
    bands: Sequence[tuple[str, str, int, int]] = ()
    """Currencies a and b, numerator and denominator: the price of a over that of b is at most so, in minor units."""
    reference: Mapping[str, int] | None = None
    """Official price of one minor unit by currency, on any common scale."""
    stopped: Sequence[tuple[str, str]] = ()
    """Pairs whose rates wait for people; their orders sit out."""
    participants_min: int = 0
    """Fewer different participants in the book than this, and no auction is held."""
    seed: str = ""
    """Of the call that is open: what it has committed to, hexadecimal."""
    proposer: str = "node"
    deadline_s: float | None = None
    """Longest that a solver may search; None: until it has found."""
    no_trade_from: int = 0
    """From when that nothing trades is accepted, microseconds since 1970-01-01 UTC.

    0: at once, as suits a node whose own solvers are all that answer. With a later instant an auction in which none
    of them finds anything stays under way until then, for proposals from elsewhere and for this node's next attempt.
    """


@dataclass(slots=True)
class Auctioned:
    """What an auction did."""

    number: int
    orders: int = 0
    """In the book when the call closed."""
    standing: Standing | None = None
    """The book that was cleared, or was left when nothing traded."""
    proposal: Proposal | None = None
    """What was applied; None if nothing traded."""
    found: Verification | None = None
    """What verification found of it."""
    refused: list[str] = field(default_factory=list)
    """Why proposals were refused, or none was made, or the auction was not held."""
    under_way_until: int = 0
    """If it is not over: the instant from which it may be ended without trade; else 0."""

    @property
    def traded(self) -> bool:
        """Whether anything was converted."""
        return self.proposal is not None


def run_auction(
    engine: Engine,
    submit: Callable[[RecordKind, bytes], Applied],
    terms: AuctionTerms,
    solvers: Sequence[Solver] = (solve,),
) -> Auctioned:
    """Close the call, and propose until the auction is over; one that is under way already is taken up.

    Where nothing is found before the deadline that the close has set, the auction is left under way.

    Parameters
    ----------
    engine
        Read only; `submit` changes it.
    submit
        Appends a record at the auction's instant and returns what it did, once it is applied.
    """
    result = Auctioned(engine.auction)
    if not result.number:
        applied = submit(RecordKind.CLOSE_CALL, _terms_body(terms))
        result.number = engine.auction
        if applied.refused:
            result.refused.append(applied.refused)
            return result
    result.orders = len(engine.book().order)
    for _ in range(ATTEMPTS):
        result.standing = engine.book()
        best = _best(result.standing, terms, solvers, engine.accounts.currencies, result.refused)
        if best is None:
            break
        applied = submit(RecordKind.CLEAR_AUCTION, pack_clearing(result.standing, best[0], terms.proposer))
        if not applied.refused:
            result.proposal, result.found = best
            return result
        result.refused.append(applied.refused)
    standing = engine.book()
    if engine.now < standing.no_trade_from:
        result.under_way_until = standing.no_trade_from
        return result
    reason = result.refused[-1] if result.refused else "no two orders meet"
    submit(RecordKind.CLEAR_AUCTION, pack_no_trade(standing, reason, terms.proposer))
    return result


def remembering() -> Solver:
    """Return the solver, with a book of its own in which it keeps what it has sorted, from one search to the next."""
    return partial(solve, kept=SortedBook())


def indicate(engine: Engine, instant: int, terms: AuctionTerms, solver: Solver = solve) -> Auctioned:
    """Return what an auction would do now; the engine is not changed, and nothing is promised."""
    trial = engine.rehearsal()
    sequence = trial.sequence

    def submit(kind: RecordKind, body: bytes) -> Applied:
        nonlocal sequence
        sequence += 1
        return trial.apply(kind, sequence, instant, body)

    return run_auction(trial, submit, terms._replace(no_trade_from=0), (solver,))


def _terms_body(terms: AuctionTerms) -> bytes:
    about: dict[str, object] = {
        "ties": terms.ties,
        "tolerance": list(terms.tolerance),
        "bands": [list(band) for band in terms.bands],
        "stopped": [list(pair) for pair in terms.stopped],
        "participants_min": terms.participants_min,
    }
    if terms.no_trade_from:
        about["deadline"] = terms.no_trade_from
    if terms.seed:
        about["seed"] = terms.seed
    if terms.reference is not None:
        about["reference"] = dict(terms.reference)
    return pack_arrays(about)


def _best(
    standing: Standing, terms: AuctionTerms, solvers: Sequence[Solver], codes: Sequence[str], refused: list[str]
) -> tuple[Proposal, Verification] | None:
    """Return the proposal of highest score that verifies and trades; first of equals. None: there is none."""
    best: tuple[Proposal, Verification] | None = None
    for solver in solvers:
        try:
            proposal = within(terms.deadline_s, lambda solver=solver: solver(standing.book), "proposal")  # type: ignore[misc]
        except (ComityError, TimeoutError) as error:
            refused.append(str(error))
            continue
        found = verify(standing.book, proposal, codes=codes)
        if found.refused:
            refused.append(found.refused)
        elif found.traded and (best is None or found.score > best[1].score):
            best = proposal, found
    return best
