"""Commands of the rulebook: in general, and the usual ones each under a name of its own.

All of them pass through the same door: what may be asked, and who has to consent, follows from
the command, whatever route it came by.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from comity.api.approving import give
from comity.api.parameters import DryRun
from comity.gateway.gateway import Gateway
from comity.wire import authority as wire

Told = Response[wire.Given | wire.Approval]
Asking = Request[Any, Any, Any]

_GIVE = {"operation": "commands.give"}
_WAITS = {
    HTTPStatus.OK.value: ResponseSpec(wire.Given, description="What would happen: a dry run"),
    HTTPStatus.ACCEPTED.value: ResponseSpec(wire.Approval, description="Others have to approve it first"),
}


@post("/commands", opt=_GIVE, responses=_WAITS, summary="Give commands")
async def give_commands(
    request: Asking,
    gateway: NamedDependency[Gateway],
    data: JSONBody[wire.Commands],
    *,
    dry_run: DryRun = False,
) -> Told:
    """Carry out commands in one record, or propose them: 202 and the approval where others have to consent."""
    rows = [msgspec.structs.asdict(row) for row in data.commands]
    return await give(gateway, request, rows, data, dry_run=dry_run, prefix="/commands")


@post("/limits", opt=_GIVE, responses=_WAITS, summary="Set, change or remove a limit")
async def set_limit(
    request: Asking,
    gateway: NamedDependency[Gateway],
    data: JSONBody[wire.LimitAsked],
    *,
    dry_run: DryRun = False,
) -> Told:
    """Set a payer's limit, a member's cap on a corridor, or an issuer's cap on what a participant holds."""
    owner = request.user.party if data.participant is msgspec.UNSET else data.participant
    return await give(
        gateway,
        request,
        [_row("limit", owner, data.currency, data.counterparty, data.amount or "", data.kind)],
        data,
        dry_run=dry_run,
        fields={"target": "counterparty", "value": "kind"},
    )


@post("/reservations", opt=_GIVE, responses=_WAITS, summary="Reserve money for a class")
async def set_reservation(
    request: Asking,
    gateway: NamedDependency[Gateway],
    data: JSONBody[wire.ReservationAsked],
    *,
    dry_run: DryRun = False,
) -> Told:
    """Set what urgent or high payments alone may use of an account of the sender."""
    row = _row("reserve", request.user.party, data.currency, "", data.amount, data.priority)
    return await give(gateway, request, [row], data, dry_run=dry_run, fields={"value": "priority"})


@post("/agreements", opt=_GIVE, responses=_WAITS, summary="Make an agreement between two members")
async def make_agreement(
    request: Asking,
    gateway: NamedDependency[Gateway],
    data: JSONBody[wire.AgreementAsked],
    *,
    dry_run: DryRun = False,
) -> Told:
    """Propose to open services between two members; both consent, and the issuer of each currency."""
    cap = "" if data.cap is msgspec.UNSET else data.cap
    row = _row("agreement", "", " ".join(data.currencies), " ".join(data.members), cap, " ".join(data.services))
    return await give(
        gateway,
        request,
        [row],
        data,
        dry_run=dry_run,
        fields={"currency": "currencies", "target": "members", "amount": "cap", "value": "services"},
    )


@post("/business-day/phase", opt=_GIVE, responses=_WAITS, summary="Enter the next phase")
async def enter_phase(
    request: Asking,
    gateway: NamedDependency[Gateway],
    data: JSONBody[wire.PhaseAsked],
    *,
    dry_run: DryRun = False,
) -> Told:
    """Enter the next phase of the business day, of all currencies or one."""
    return await give(
        gateway,
        request,
        [_row("phase", "", data.currency, "", "", data.phase)],
        data,
        dry_run=dry_run,
        fields={"value": "phase"},
    )


@post("/business-day/extend", opt=_GIVE, responses=_WAITS, summary="Extend a cut-off")
async def extend_cutoff(
    request: Asking,
    gateway: NamedDependency[Gateway],
    data: JSONBody[wire.ExtensionAsked],
    *,
    dry_run: DryRun = False,
) -> Told:
    """Propose a later cut-off, of all currencies or one."""
    row = _row("extend", "", data.currency, data.cutoff, "", data.until)
    return await give(gateway, request, [row], data, dry_run=dry_run, fields={"target": "cutoff", "value": "until"})


@post("/business-day/close", opt=_GIVE, responses=_WAITS, summary="Close a corridor, a currency or a participant")
async def close_scope(
    request: Asking,
    gateway: NamedDependency[Gateway],
    data: JSONBody[wire.ClosingAsked],
    *,
    dry_run: DryRun = False,
) -> Told:
    """Close: a member closes a corridor of its own, or its currency, at once and alone."""
    row = _row("close", data.participant, data.currency, _pair(data.members), "", data.how)
    return await give(gateway, request, [row], data, dry_run=dry_run, fields={"target": "members", "value": "how"})


@post("/business-day/open", opt=_GIVE, responses=_WAITS, summary="Open what was closed")
async def open_scope(
    request: Asking,
    gateway: NamedDependency[Gateway],
    data: JSONBody[wire.OpeningAsked],
    *,
    dry_run: DryRun = False,
) -> Told:
    """Propose to open what was closed; each of those who closed it consents."""
    row = _row("open", data.participant, data.currency, _pair(data.members), "", "")
    return await give(gateway, request, [row], data, dry_run=dry_run, fields={"target": "members"})


@post("/instructions/{instruction:str}/reprioritise", opt=_GIVE, responses=_WAITS, summary="Change a priority")
async def reprioritise_instruction(
    request: Asking,
    gateway: NamedDependency[Gateway],
    instruction: FromPath[str],
    data: JSONBody[wire.PriorityAsked],
    *,
    dry_run: DryRun = False,
) -> Told:
    """Give a waiting instruction of the sender another priority."""
    row = _row("reprioritise", request.user.party, "", instruction, "", data.priority)
    return await give(
        gateway, request, [row], data, dry_run=dry_run, fields={"target": "instruction", "value": "priority"}
    )


@post("/instructions/{instruction:str}/reorder", opt=_GIVE, responses=_WAITS, summary="Change a place in the queue")
async def reorder_instruction(
    request: Asking,
    gateway: NamedDependency[Gateway],
    instruction: FromPath[str],
    data: JSONBody[wire.PlaceAsked],
    *,
    dry_run: DryRun = False,
) -> Told:
    """Put a waiting instruction of the sender before or behind the others of its priority."""
    row = _row("reorder", request.user.party, "", instruction, "", data.place)
    return await give(
        gateway, request, [row], data, dry_run=dry_run, fields={"target": "instruction", "value": "place"}
    )


ROUTES = [
    give_commands,
    set_limit,
    set_reservation,
    make_agreement,
    enter_phase,
    extend_cutoff,
    close_scope,
    open_scope,
    reprioritise_instruction,
    reorder_instruction,
]


def _row(command: str, participant: str, currency: str, target: str, amount: str, value: str) -> dict[str, str]:
    cells = (command, participant, currency, target, amount, value)
    return dict(zip(wire.CommandRow.__struct_fields__, cells, strict=True))


def _pair(members: tuple[str, ...] | msgspec.UnsetType) -> str:
    return "" if members is msgspec.UNSET else " ".join(members)
