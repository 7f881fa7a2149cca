"""Screening: lists, cases and verdicts, for compliance officers."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from comity.api.approving import Told, propose
from comity.api.asking import ask, missing
from comity.api.parameters import DryRun
from comity.api.problems import Refused, invalid
from comity.api.sending import act
from comity.errors import Conflict, Fault, InvalidRequest, NotFound
from comity.gateway.authority import sees_all_cases
from comity.gateway.gateway import Gateway
from comity.gateway.instructions import find, instructions
from comity.gateway.screening.cases import BEFORE_ALL, EVERYBODY, number_of
from comity.gateway.screening.lists import LISTS_MAX, loading, note_of
from comity.gateway.screening.verdicts import good_guy_change, may_see_case, verdict_change
from comity.model.instant import format_instant, parse_instant
from comity.screening import compare_lists
from comity.wire import screening as wire
from comity.wire.answers import Page
from comity.wire.authority import Asked

if TYPE_CHECKING:
    from comity.gateway.actor import Actor
    from comity.gateway.notes import Note
    from comity.gateway.screening.cases import Case, Known
    from comity.gateway.screening.lists import Edition
    from comity.node import Node
    from comity.screening import Change, SanctionsList
    from comity.wire.instructions import Instruction

Name = Annotated[str, PathParameter(pattern="^[a-z0-9][a-z0-9-]{0,30}$", description="what the list is called here")]
CaseId = Annotated[str, PathParameter(max_length=24, description="id of a case, such as 12-1")]
GoodGuyId = Annotated[str, PathParameter(max_length=24, description="id of a good guy, such as 15-1")]
After = Annotated[
    str,
    QueryParameter(
        pattern="^([0-9]{1,10}-[0-9]{1,10})?$(?!\\n)", description="cursor: what follows it is told; empty: the start"
    ),
]
HISTORY_MAX = 100
"""Cases that the history of one has at most."""
Limit = Annotated[int, QueryParameter(ge=1, le=500, description="items of a page at most")]
InState = Annotated[
    Literal["open", "clear", "block", "replaced", "any"], QueryParameter(name="state", description="state of a case")
]
_READ = msgspec.json.Decoder(wire.ShownParty)


@get("/lists", opt={"operation": "lists.read"}, summary="List lists of sanctions")
async def list_lists(gateway: NamedDependency[Gateway]) -> Page[wire.ListKnown]:
    """List every edition of every list, in the order in which they came into force."""
    lists = gateway.memory.cases.lists
    every = sorted([*lists.earlier, *lists.current.values()], key=lambda edition: edition.sequence)
    current = set(gateway.screening.force.editions.values())
    return Page([_edition(each, in_force=each in current) for each in every])


@put("/lists/{name:str}", opt={"operation": "lists.load"}, summary="Load a list of sanctions")
async def load_list(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], name: Name, dry_run: DryRun = False
) -> Response[wire.ListLoading]:
    """Put an edition of a list of one's own in force: the body is the file as it is published.

    UN, EU or OFAC XML, FtM JSON lines, each perhaps compressed by gzip, or a zip archive of OFAC's tables. An edition
    that lost many parties, is older, or does not hang together waits for another compliance officer.
    """
    data, screening = await request.body(), gateway.screening
    if not data:
        raise invalid(InvalidRequest([Fault("", 0, "", "a list", "nothing")]))
    file = await asyncio.to_thread(screening.files.keep, data)
    try:
        return await _loaded(gateway, request, name, file, dry_run=dry_run)
    finally:
        screening.files.let_go(file)
        await asyncio.to_thread(gateway.sweep_lists)


async def _loaded(
    gateway: Gateway, request: Request[Any, Any, Any], name: str, file: str, *, dry_run: bool
) -> Response[wire.ListLoading]:
    """Put a list in force that is kept in a file, or propose it, or tell what it would change."""
    actor: Actor = request.user
    screening, lists = gateway.screening, gateway.memory.cases.lists
    try:
        listed = await asyncio.to_thread(screening.files.read, file)
    except InvalidRequest as bad:
        raise invalid(InvalidRequest(fault.at("", fault.row, fault.column) for fault in bad.faults)) from None
    note = note_of(actor.party, name, file, listed)
    own = [each for party, each in list(lists.current) if party == actor.party]
    if name not in own and len(own) >= LISTS_MAX:
        raise Refused("conflict", HTTPStatus.CONFLICT, f"{LISTS_MAX} lists of {actor.party} are in force")
    standing = lists.text(actor.party, name)
    await asyncio.to_thread(screening.refresh)  # what came into force just now is perhaps not read yet
    compared = await asyncio.to_thread(compare_lists, screening.of(actor.party, name), listed)
    change = loading(note, compared, actor, lists, gateway.memory.approvals)
    if dry_run:
        return Response(_loading(listed, actor.party, name, compared, dry_run=True), status_code=HTTPStatus.OK)

    def perform(node: Node, notes: list[Note]) -> int:
        if lists.text(actor.party, name) != standing:
            raise Conflict(f"another edition of {name} has come into force meanwhile: compare with that")
        return gateway.four_eyes.ask(node, actor, change, "", 0, notes)

    done, told_before = await act(gateway, request, actor, perform)
    headers = {"idempotency-replayed": "true"} if told_before else {}
    if change.needs:
        headers["location"] = f"/v1/approvals/{done.sequence}"
        told = _loading(listed, actor.party, name, compared, approval=str(done.sequence))
        return Response(told, status_code=HTTPStatus.ACCEPTED, headers=headers)
    await asyncio.to_thread(screening.refresh)
    told = _loading(listed, actor.party, name, compared, sequence=done.sequence)
    return Response(told, status_code=HTTPStatus.CREATED, headers=headers)


@get("/cases", opt={"operation": "cases.read"}, summary="List cases")
async def list_cases(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    standing: InState = "open",
    after: After = "",
    limit: Limit = 100,
) -> Page[wire.CaseKnown]:
    """List cases that whoever asks has to decide, oldest first; an auditor sees everybody's."""
    begin = number_of(after) if after else BEFORE_ALL
    seen, more = gateway.memory.cases.page(_whose(request.user), standing, begin, limit)
    return Page([_case(each) for each in seen], more)


@get("/cases/{case:str}", opt={"operation": "cases.read"}, summary="Show a case")
async def show_case(request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], case: CaseId) -> wire.CaseShown:
    """Show a case: what the instruction says of each party beside what the list says, and what was decided before."""
    found = _visible(gateway, request.user, case)
    documents = found.note.documents
    read = [await asyncio.to_thread(gateway.screening.shown, digest) for digest in documents]
    records = [_READ.decode(data) for data in read if data is not None]
    alike = gateway.memory.cases.like(found, HISTORY_MAX)
    history = [_case(each) for each in alike if may_see_case(request.user, each)]
    instruction = await _instruction(gateway, found)
    return wire.CaseShown(_case(found), records, instruction, history, len(read) - len(records))


@post(
    "/cases/{case:str}/verdict",
    opt={"operation": "cases.decide"},
    status_code=HTTPStatus.ACCEPTED,
    summary="Decide a case",
)
async def decide_case(
    request: Request[Any, Any, Any],
    gateway: NamedDependency[Gateway],
    case: CaseId,
    data: JSONBody[wire.VerdictAsked],
) -> Told:
    """Propose a verdict, which another compliance officer approves; then what is held goes on, or is refused.

    To clear a case, everybody whose list has a hit has to approve; to block it, one of them is enough.
    """
    actor: Actor = request.user
    found, approvals = _visible(gateway, actor, case), gateway.memory.approvals
    if actor.party not in found.deciding:
        raise missing(case)
    until = 0
    if data.good_guy_until is not msgspec.UNSET:
        try:
            until = parse_instant(data.good_guy_until)
        except InvalidRequest as bad:
            raise invalid(InvalidRequest(fault.at("", 0, "good_guy_until") for fault in bad.faults)) from None
    return await propose(
        gateway,
        request,
        lambda node: verdict_change(
            found, data.verdict, until, actor, approvals, node, data.reason, gateway.writer.now()
        ),
        data,
    )


@get("/good-guys", opt={"operation": "cases.read"}, summary="List good guys")
async def list_good_guys(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], after: After = "", limit: Limit = 100
) -> Page[wire.GoodGuyKnown]:
    """List parties that are known not to be listed ones, for the lists of whoever asks; an auditor sees everybody's."""
    begin, now = number_of(after) if after else BEFORE_ALL, gateway.now()
    seen, more = gateway.memory.cases.page_of_good_guys(_whose(request.user), begin, limit)
    return Page([_good_guy(each) for each in seen if each.note.expires > now], more)


@post(
    "/good-guys/{good_guy:str}/end",
    opt={"operation": "good-guys.end"},
    status_code=HTTPStatus.ACCEPTED,
    summary="End a good guy",
)
async def end_good_guy(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], good_guy: GoodGuyId, data: JSONBody[Asked]
) -> Told:
    """Propose that a good guy counts no more, which another compliance officer approves."""
    actor: Actor = request.user
    cases, approvals = gateway.memory.cases, gateway.memory.approvals
    return await propose(gateway, request, lambda _: good_guy_change(good_guy, actor, cases, approvals), data)


def _visible(gateway: Gateway, actor: Actor, name: str) -> Case:
    found = gateway.memory.cases.all.get(name)
    if found is None or not may_see_case(actor, found):
        raise missing(name)
    return found


def _whose(actor: Actor) -> str:
    """Return whose cases and good guys somebody sees."""
    return EVERYBODY if sees_all_cases(actor) else actor.party


async def _instruction(gateway: Gateway, case: Case) -> list[Instruction]:
    note = case.note
    if not note.target:
        return []
    try:
        rows = await ask(gateway, lambda node: find(node, note.participant, note.target))
    except NotFound:
        return []
    statuses = gateway.memory.statuses
    return await asyncio.to_thread(instructions, rows, gateway.directory, gateway.texts, (), statuses)


def _edition(edition: Edition, *, in_force: bool) -> wire.ListKnown:
    note = edition.note
    return wire.ListKnown(
        note.party,
        note.name,
        note.count,
        note.digest,
        edition.sequence,
        note.version,
        note.date,
        note.orphans,
        in_force,
    )


def _loading(
    listed: SanctionsList,
    party: str,
    name: str,
    compared: Change,
    *,
    sequence: int = 0,
    approval: str = "",
    dry_run: bool = False,
) -> wire.ListLoading:
    known = wire.ListKnown(
        party,
        name,
        listed.count,
        listed.digest,
        sequence,
        listed.version,
        listed.date,
        listed.orphans,
        bool(sequence),
    )
    return wire.ListLoading(
        known,
        len(compared.added),
        len(compared.removed),
        len(compared.changed),
        list(compared.reasons),
        len(listed.doubts),
        approval,
        dry_run,
    )


def _case(case: Case) -> wire.CaseKnown:
    note = case.note
    return wire.CaseKnown(
        case.id,
        case.state,  # type: ignore[arg-type]  # one of the words of its fold
        format_instant(case.opened),
        note.participant,
        list(case.deciding),
        note.holds,
        note.target,
        case.entry,
        [wire.ListedHit(hit.party, hit.list, hit.entity, hit.score, hit.role) for hit in note.hits],
        note.why,
        _verdict(case),
        case.ended_at,
    )


def _verdict(case: Case) -> wire.VerdictGiven | None:
    given = case.verdict
    if given is None:
        return None
    asked, approved = case.officers[0], case.officers[1:]
    return wire.VerdictGiven(
        given.verdict,
        given.party,
        given.by,
        format_instant(case.ended),
        given.reason,
        format_instant(asked.instant),
        [wire.ApprovedBy(each.actor, each.party, format_instant(each.instant)) for each in approved],
    )


def _good_guy(known: Known) -> wire.GoodGuyKnown:
    note = known.note
    expires = format_instant(note.expires)
    return wire.GoodGuyKnown(known.id, note.party, note.list, note.entity, expires, note.case, note.reason)


ROUTES = [list_lists, load_list, list_cases, show_case, decide_case, list_good_guys, end_good_guy]
"""Routes of screening."""
