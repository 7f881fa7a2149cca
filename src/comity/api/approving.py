"""Approving: from what is asked for to an answer, whether it is carried out at once or waits for others."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Response

from comity.api.asking import ask
from comity.api.entering import told
from comity.api.problems import Refused, invalid
from comity.api.sending import act, tried
from comity.engine.columns import RecordKind
from comity.errors import InvalidRequest
from comity.gateway.four_eyes import body_of
from comity.gateway.rows import commands_of_rows
from comity.gateway.writer import Entered
from comity.model.amount import format_minor
from comity.model.command import Command
from comity.model.instant import format_instant, parse_instant
from comity.model.reason import Reason
from comity.wire import authority as wire
from comity.wire.answers import Why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from litestar import Request

    from comity.gateway.actor import Actor
    from comity.gateway.approvals import Approval
    from comity.gateway.changes import Done
    from comity.gateway.directory import Directory
    from comity.gateway.four_eyes import Change
    from comity.gateway.gateway import Gateway
    from comity.node import Node

Told = Response[wire.Given | wire.Approval]


async def give(
    gateway: Gateway,
    request: Request[Any, Any, Any],
    rows: Sequence[Mapping[str, str]],
    asked: wire.Asked,
    *,
    dry_run: bool = False,
    prefix: str = "",
    fields: Mapping[str, str] | None = None,
) -> Told:
    """Carry out commands, or propose them where others have to consent.

    Parameters
    ----------
    rows
        Text by column of commands.csv.
    prefix
        Where the rows stand in the body, for pointers; empty if the body is one row.
    fields
        Of a body that is one row: its names of columns, where they are others.

    Raises
    ------
    Refused
        A row cannot be read, or the sender does not wait any longer.
    """
    actor: Actor = request.user

    def read(node: Node) -> list[Command]:
        try:
            return commands_of_rows(rows, node.engine, gateway.directory)
        except InvalidRequest as bad:
            raise (invalid(bad, prefix) if prefix else invalid(_of_one(bad, fields or {}))) from None

    expires = expiry_of(asked)
    if dry_run:
        change = await ask(gateway, lambda node: gateway.four_eyes.asked(node, actor, read(node)))
        told = await tried(gateway, request, RecordKind.COMMANDS, body_of(change.commands))
        answers = answers_of([each.command for each in change.commands], told.applied.answers)
        return Response(wire.Given(told.sequence, answers, change.needs, dry_run=True), status_code=HTTPStatus.OK)
    done, told_before = await act(
        gateway,
        request,
        actor,
        lambda node, notes: gateway.four_eyes.give(node, actor, read(node), asked.reason, expires, notes),
    )
    return await _told(gateway, done, [row["command"] for row in rows], told_before=told_before)


async def propose(
    gateway: Gateway, request: Request[Any, Any, Any], make: Callable[[Node], Change], asked: wire.Asked
) -> Told:
    """Propose a change that is not a command; see `comity.gateway.four_eyes.Change`."""
    actor: Actor = request.user
    expires = expiry_of(asked)
    done, told_before = await act(
        gateway,
        request,
        actor,
        lambda node, notes: gateway.four_eyes.propose(node, actor, make(node), asked.reason, expires, notes),
    )
    return await _told(gateway, done, [], told_before=told_before)


def expiry_of(asked: wire.Asked) -> int:
    """Return the instant of expiry that is asked for, 0 if none is; Refused if it cannot be read."""
    if asked.expires is msgspec.UNSET:
        return 0
    try:
        return parse_instant(asked.expires)
    except InvalidRequest as bad:
        raise invalid(InvalidRequest(fault.at("", 0, "expires") for fault in bad.faults)) from None


def answers_of(names: Iterable[str], answers: Iterable[Mapping[str, str]]) -> list[wire.Answer]:
    """Write what became of commands."""
    return [
        wire.Answer(
            name,
            "DONE" if each["state"] == "STLD" else "RJTD",
            Why(each["reason"] or Reason[each["why"]].code, each["why"]) if each["why"] else None,
            each["detail"],
        )
        for name, each in zip(names, answers, strict=True)
    ]


def written(gateway: Gateway, approval: Approval) -> wire.Approval:
    """Write an approval, as it stands."""
    what = approval.what
    commands = [_row(Command.from_json(each), gateway.directory) for each in what.commands]
    shown: list[wire.CommandRow | None] = [*commands] or [None] * len(what.before)
    answers, became = [], None
    if approval.state == "carried" and (done := gateway.changes.done(approval.ended_at)):
        answers = answers_of([each.command for each in commands], done.answers)
        became = told(what.pvp.id, Entered(done.sequence, 0, done.results)) if what.pvp else None
    return wire.Approval(
        str(approval.id),
        approval.state,  # type: ignore[arg-type]  # one of the words of the note
        what.operation,
        what.actor,
        what.party,
        what.reason,
        format_instant(what.expires),
        [wire.ProposedChange(*each) for each in zip(what.before, what.after, shown, strict=True)],
        what.needs,
        approval.missing if approval.state == "open" else {},
        [each.actor for each in approval.given],
        approval.ended_by,
        approval.reason,
        approval.ended_at,
        answers,
        what.pvp,
        became,
    )


async def _told(gateway: Gateway, done: Done, names: Sequence[str], *, told_before: bool) -> Told:
    headers = {"idempotency-replayed": "true"} if told_before else {}
    if done.answers:
        given = wire.Given(done.sequence, answers_of(names, done.answers))
        return Response(given, status_code=HTTPStatus.CREATED, headers=headers)
    approval = await asyncio.wrap_future(gateway.writer.call(lambda _: gateway.memory.approvals.find(done.sequence)))
    headers["location"] = f"/v1/approvals/{approval.id}"
    return Response(written(gateway, approval), status_code=HTTPStatus.ACCEPTED, headers=headers)


def _row(command: Command, directory: Directory) -> wire.CommandRow:
    exponent = directory.exponents[command.currencies[0]] if command.currencies else 0
    amount = "" if command.amount_minor is None else format_minor(command.amount_minor, exponent)
    value = command.value
    if command.command in {"floor", "ceiling"}:
        value = format_minor(command.value_minor, exponent)
    return wire.CommandRow(command.command, command.participant, command.currency, command.target, amount, value)


def _of_one(bad: InvalidRequest, fields: Mapping[str, str]) -> InvalidRequest:
    return InvalidRequest(fault.at("", 0, fields.get(fault.column, fault.column)) for fault in bad.faults)


def ended(approval: Approval) -> Approval:
    """Return an approval that was acted upon; Refused if it turned out to be over."""
    if approval.state in {"stale", "expired"}:
        raise Refused(
            approval.state, HTTPStatus.CONFLICT, f"approval {approval.id}: {approval.reason or approval.state}"
        )
    return approval
