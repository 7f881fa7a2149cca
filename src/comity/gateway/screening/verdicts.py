"""Verdicts: two people decide a case, and what is held goes on or is refused by the record that says so.

To clear a case everybody must agree whose list has a hit; to block it, one of them is enough: a member adds to what
others ask for, and takes nothing away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from comity.errors import Conflict, Fault, InvalidRequest, NotFound
from comity.gateway.authority import sees_all_cases
from comity.gateway.four_eyes import Change
from comity.gateway.instructions import standing_of, state_of
from comity.gateway.notes import GoodGuy, GoodGuyEnded, Judged, unpack_notes
from comity.gateway.screening.cases import OPEN
from comity.model.command import Command
from comity.model.instant import DAY_US
from comity.model.reason import InstructionKind, State

if TYPE_CHECKING:
    from comity.gateway.actor import Actor
    from comity.gateway.approvals import Approvals
    from comity.gateway.notes import Note, Proposed
    from comity.gateway.screening.cases import Case, Cases
    from comity.node import Node

DECIDE: Final = "cases.decide"
END_GOOD_GUY: Final = "good-guys.end"
GOOD_GUY_DAYS_MAX: Final = 366
"""So long a good guy counts at most, before somebody looks again."""
Verdict = Literal["clear", "block"]
_HELD_LATE = (InstructionKind.OBLIGATION, InstructionKind.ORDER)
"""What screening cannot hold at any time."""


def may_see_case(actor: Actor, case: Case) -> bool:
    """Whether a case is anything to the actor: of those whose lists have the hits, and auditors."""
    return sees_all_cases(actor) or actor.party in case.deciding


def verdict_change(
    case: Case, verdict: Verdict, until: int, actor: Actor, approvals: Approvals, node: Node, reason: str, now: int
) -> Change:
    """Return the change that decides a case.

    Parameters
    ----------
    until
        Instant up to which the parties are good guys, 0: they are not.

    Raises
    ------
    Conflict
        It is decided already, or what it is about cannot be held yet.
    InvalidRequest
        No reason is given, or the good guys would count for longer than they may, or of a case that is blocked.
    """
    if case.state != OPEN:
        raise Conflict(f"case {case.id} is {case.state}")
    if runs_on(case, node):
        raise Conflict(f"what case {case.id} is about stands in an auction or a cycle: it is held once that is over")
    faults = [] if reason else [Fault("", 0, "reason", "why it is decided so", "nothing")]
    if until and (verdict == "block" or not now < until <= now + GOOD_GUY_DAYS_MAX * DAY_US):
        expected = f"an instant up to {GOOD_GUY_DAYS_MAX} days from now, for a case that is cleared"
        if verdict == "block":
            found = "one for a case that is blocked"
        else:
            found = "one that is past" if until <= now else "a later one"
        faults.append(Fault("", 0, "good_guy_until", expected, found))
    if faults:
        raise InvalidRequest(faults)
    parties = case.deciding if verdict == "clear" else (actor.party,)
    notes: list[Note] = [Judged(case.id, verdict, actor.party, reason, actor.id)]
    if until:
        notes += (
            GoodGuy(hit.party, hit.key, hit.list, hit.entity, hit.record, until, case.id, reason)
            for hit in case.note.hits
        )
    commands = _commands(case, verdict, node)
    return Change(
        DECIDE,
        {party: approvals.quorum(party) for party in parties},
        commands,
        tuple(notes),
        before=(_standing(case, node),),
        after=(f"{verdict}: {case.note.participant} {case.note.target}".rstrip(),),
    )


def good_guy_change(name: str, actor: Actor, cases: Cases, approvals: Approvals) -> Change:
    """Return the change by which a good guy counts no more; NotFound if there is none of the actor's party."""
    known = cases.good_guys.get(name)
    if known is None or known.note.party != actor.party:
        raise NotFound(f"there is no good guy {name!r}")
    return Change(
        END_GOOD_GUY,
        {actor.party: approvals.quorum(actor.party)},
        notes=(GoodGuyEnded(name, actor.id),),
        before=(good_guy_text(name, cases),),
        after=("counts no more",),
    )


def good_guy_in(what: Proposed, cases: Cases) -> str:
    """Return the good guy that a proposal is about, empty if it counts no more."""
    note = next(each for each in unpack_notes(bytes(what.notes)) if isinstance(each, GoodGuyEnded))
    return good_guy_text(note.good_guy, cases)


def good_guy_text(name: str, cases: Cases) -> str:
    """Write which listed party a good guy is not, empty if it counts no more."""
    known = cases.good_guys.get(name)
    return f"{known.note.list} {known.note.entity}" if known else ""


def case_in(what: Proposed, cases: Cases, node: Node) -> str:
    """Return how the case stands that a proposal is about."""
    note = next(each for each in unpack_notes(bytes(what.notes)) if isinstance(each, Judged))
    return _standing(cases.find(note.case), node)


def runs_on(case: Case, node: Node) -> bool:
    """Whether what a case is to hold is not held: it stood in the book of an auction, or in the cut of a cycle."""
    note = case.note
    if not (note.holds and note.target and note.entry):  # what was found at entry is held from then on
        return False
    if not (state := state_of(node, note.participant, note.target, case.entry)) or state.is_final:
        return False
    return state is not State.SSPD and standing_of(node, note.participant, note.target).kind in _HELD_LATE


def _standing(case: Case, node: Node) -> str:
    held = (
        state_of(node, case.note.participant, case.note.target, case.entry).name if case.note.target else "participant"
    )
    return f"case {case.id} {case.state}, {held}"


def _commands(case: Case, verdict: Verdict, node: Node) -> tuple[Command, ...]:
    note = case.note
    if not note.holds or not note.target:
        return ()
    state = state_of(node, note.participant, note.target, case.entry)
    if state.is_final or not state:
        return ()
    return (Command("release" if verdict == "clear" else "refuse", note.participant, target=note.target),)
