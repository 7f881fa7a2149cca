"""Four eyes: a change is proposed by one person and carried out once others have approved it.

Who proposes never approves, by person and not by key. An approval is over when it is carried
out, rejected or withdrawn, when its time is over, or when what it was based on has become something
else. Everything here runs in the node's thread, and what is decided stands in the log: the last
approval in the record that has the effect, so that a crash leaves both or neither.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from comity.engine.columns import RecordKind
from comity.errors import Conflict, NotFound
from comity.gateway.approvals import OPEN, Approval
from comity.gateway.authority import AUDITOR, UNION, Forbidden
from comity.gateway.batch import join
from comity.gateway.consents import needed_for, scope_of, variant_of
from comity.gateway.notes import Approved, Deed, Ended, Note, Proposed, Quorum, Shut, pack_notes, unpack_notes
from comity.gateway.pvps import pvp_batch, sides_of
from comity.gateway.searches import SEARCHES, search
from comity.gateway.subjects import after_of, before_of
from comity.gateway.writer import Busy
from comity.model.command import Command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from comity.gateway.actor import Actor
    from comity.gateway.gateway import Gateway
    from comity.node import Node
    from comity.wire.instructions import Pvp

HOUR_US = 3_600_000_000
EXPIRY_US, EXPIRY_US_MAX = 24 * HOUR_US, 7 * 24 * HOUR_US
"""How long a proposal stands if it does not say, and at most."""
OPEN_MAX, OPEN_OF_PARTY_MAX = 2_000, 100
"""Open approvals, in all and asked for by one party."""

COMPLIANCE = "compliance-officer"
OF_COMPLIANCE = frozenset({"cases.decide", "lists.load", "good-guys.end"})
"""Changes that compliance officers approve, and nobody else."""
APPROVER = {True: "member-approver", False: "approver"}
"""Role that approves for a party, by whether it is a member."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something to be approved.

    Attributes
    ----------
    operation
        What it is, in a word.
    needs
        People of each party that have to approve.
    commands
        Given to the engine once approved, in one record.
    notes
        Written once approved, in the same record: whoever folds them carries out their effect.
    before, after
        What each part replaces now, and by what.
    pvp
        Entered once approved, for the party that asked and the other side.
    """

    operation: str
    needs: dict[str, int]
    commands: tuple[Command, ...] = ()
    notes: tuple[Note, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    pvp: Pvp | None = None


class FourEyes:
    """Proposes, approves and carries out on one gateway; every method runs in the node's thread."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._approvals = gateway.memory.approvals
        self._seen: dict[str, Callable[[Node, Proposed], Sequence[str]]] = {
            "quorums.set": lambda _node, what: [str(self._approvals.quorum(next(iter(what.needs))))]
        }

    def watch(self, operation: str, seen: Callable[[Node, Proposed], Sequence[str]]) -> None:
        """Say how `before` of changes that are notes is read again when they are carried out."""
        self._seen[operation] = seen

    def give(
        self, node: Node, actor: Actor, commands: Sequence[Command], reason: str, expires: int, notes: Iterable[Note]
    ) -> int:
        """Carry out commands, or propose them if others have to consent; the record that did.

        Parameters
        ----------
        expires
            Instant from which a proposal cannot be approved, 0: the default.

        Raises
        ------
        NotFound, Forbidden
            The actor may not ask for one of them.
        Conflict
            One that makes the node search does not stand alone.
        """
        return self.ask(node, actor, self.asked(node, actor, commands), reason, expires, notes)

    def ask(
        self, node: Node, actor: Actor, change: Change, reason: str, expires: int, notes: Iterable[Note] = ()
    ) -> int:
        """Carry out a change, or propose it if others have to approve; the record that did. Raises as `propose`."""
        if change.needs:
            return self.propose(node, actor, change, reason, expires, notes)
        return self._carry_out(node, change, [*notes, *_deeds(actor.id, actor.party, change, reason, "")])

    def propose(
        self, node: Node, actor: Actor, change: Change, reason: str, expires: int, notes: Iterable[Note] = ()
    ) -> int:
        """Note a change that others have to approve; the record that did, which is the approval's id.

        Raises
        ------
        Conflict
            It expires before now, or later than it may.
        Busy
            Too many are open already.
        """
        now = self._gateway.writer.now()
        until = expires or now + EXPIRY_US
        if not now < until <= now + EXPIRY_US_MAX:
            raise Conflict(f"an approval stands for up to {EXPIRY_US_MAX // HOUR_US} hours from now")
        self.expire(node)
        if len(self._approvals.open) >= OPEN_MAX or self._approvals.open_of(actor.party) >= OPEN_OF_PARTY_MAX:
            raise Busy(f"{actor.party} waits for too many approvals")
        proposed = Proposed(
            actor.id,
            actor.person,
            actor.party,
            change.operation,
            change.needs,
            until,
            tuple(command.to_json() for command in change.commands),
            msgspec.Raw(pack_notes(change.notes) or b"[]"),
            change.before,
            change.after,
            reason,
            change.pvp,
        )
        deed = Deed(actor.id, "approvals.propose", change.operation, reason=reason)
        return self._note(node, [proposed, deed, *notes])

    def approve(self, node: Node, actor: Actor, number: int, notes: Iterable[Note] = ()) -> int:
        """Approve, and carry out if nobody else has to; the record that says so.

        Nothing happens if the time is over or what was seen has changed: the approval is over then.

        Raises
        ------
        NotFound
            There is no such approval, or it is nothing to the actor.
        Forbidden
            The actor had a hand in it already, or does not approve for a party whose consent is missing.
        Conflict
            It is over.
        """
        approval = self._open(node, actor, number)
        if approval.state != OPEN:
            return approval.ended_at
        self._check_approver(actor, approval)
        given = Approved(number, actor.id, actor.person, actor.party)
        deed = _decided(actor, "approve", number)
        if approval.missing != {actor.party: 1}:
            return self._note(node, [given, deed, *notes])
        change = self._change(approval.what)
        if tuple(self._before(node, approval.what, change)) != approval.what.before:
            ended = Ended(number, "stale", actor.id, "what it would replace has changed since")
            return self._note(node, [ended, deed, *notes])
        approvers = " ".join(each.actor for each in (*approval.given, given))
        deeds = _deeds(approval.what.actor, approval.what.party, change, approval.what.reason, approvers)
        noted = [given, Ended(number, "carried", actor.id), deed, *notes, *deeds]
        if change.pvp is not None:
            return self._enter(node, change.pvp, approval.what.party, noted)
        return self._carry_out(node, change, noted)

    def reject(self, node: Node, actor: Actor, number: int, reason: str, notes: Iterable[Note] = ()) -> int:
        """End it, for a party whose consent it needs; as `approve`."""
        approval = self._open(node, actor, number)
        if approval.state != OPEN:
            return approval.ended_at
        self._check_role(actor, approval)
        if actor.person == approval.what.person:
            raise Forbidden("whoever asked withdraws it")
        deed = _decided(actor, "reject", number, reason)
        return self._note(node, [Ended(number, "rejected", actor.id, reason), deed, *notes])

    def withdraw(self, node: Node, actor: Actor, number: int, notes: Iterable[Note] = ()) -> int:
        """End it, by the person who asked for it; as `approve`."""
        approval = self._open(node, actor, number)
        if approval.state != OPEN:
            return approval.ended_at
        if (actor.person, actor.party) != (approval.what.person, approval.what.party):
            raise Forbidden("only whoever asked withdraws it")
        deed = _decided(actor, "withdraw", number)
        return self._note(node, [Ended(number, "withdrawn", actor.id), deed, *notes])

    def expire(self, node: Node) -> None:
        """Note that the time of approvals is over, where it is."""
        now = self._gateway.writer.now()
        over = [each.id for each in self._approvals.open.values() if each.what.expires <= now]
        if over:
            self._note(node, [Ended(number, "expired") for number in over])

    @staticmethod
    def visible(actor: Actor, approval: Approval) -> bool:
        """Whether an approval is anything to the actor: asked for, or to be given, by their party, or an auditor."""
        what = approval.what
        return actor.party == what.party or actor.party in what.needs or AUDITOR in actor.roles

    def asked(self, node: Node, actor: Actor, commands: Sequence[Command]) -> Change:
        """Return what commands change, and whose consent that needs if the actor asks for it; raises as `give` does."""
        directory, closers = self._gateway.directory, self._gateway.memory.closers
        needed = [needed_for(actor, command, directory, closers) for command in commands]
        if len(commands) > 1 and any(command.command in SEARCHES for command in commands):
            raise Conflict(f"{', '.join(sorted(SEARCHES))}: each in a request of its own")
        return Change(
            "commands",
            {party: self._approvals.quorum(party) for party in sorted({p for each in needed for p in each.parties})},
            commands=tuple(commands),
            before=tuple(before_of(node.engine, closers, command) for command in commands),
            after=tuple(after_of(directory, command) for command in commands),
        )

    def _open(self, node: Node, actor: Actor, number: int) -> Approval:
        """Return an approval that the actor may see, ended just now if its time is over."""
        found = self._approvals.find(number)
        if not self.visible(actor, found):
            raise NotFound(f"there is no approval {number}")
        if found.state != OPEN:
            raise Conflict(f"approval {number} is {found.state}")
        self.expire(node)
        return self._approvals.find(number)

    def _check_approver(self, actor: Actor, approval: Approval) -> None:
        if actor.person in approval.people:
            raise Forbidden("another person approves than the one who asked or has approved")
        self._check_role(actor, approval)
        if actor.party not in approval.missing:
            raise Conflict(f"{actor.party} has approved already")

    def _check_role(self, actor: Actor, approval: Approval) -> None:
        what = approval.what
        if actor.party not in what.needs or self._approver(actor.party, what.operation) not in actor.roles:
            raise Forbidden(f"{actor.party} is not asked, or asks others to answer for it")

    def _approver(self, party: str, operation: str) -> str:
        if operation in OF_COMPLIANCE:
            return COMPLIANCE
        return "union-approver" if party == UNION else APPROVER[party in self._gateway.directory.members]

    def _before(self, node: Node, what: Proposed, change: Change) -> Sequence[str]:
        """Read again what the change replaces."""
        seen = self._seen.get(what.operation)
        if seen is not None:
            return seen(node, what)
        closers = self._gateway.memory.closers
        if change.commands:
            return [before_of(node.engine, closers, command) for command in change.commands]
        return what.before

    @staticmethod
    def _change(what: Proposed) -> Change:
        return Change(
            what.operation,
            what.needs,
            tuple(Command.from_json(each) for each in what.commands),
            tuple(unpack_notes(bytes(what.notes))),
            what.before,
            what.after,
            what.pvp,
        )

    def _carry_out(self, node: Node, change: Change, notes: list[Note]) -> int:
        """Append the record that has the effect; its number, once it is applied."""
        if not change.commands:
            return self._note(node, [*notes, *change.notes])
        packed = pack_notes([*notes, *change.notes])
        ticket = node.submit(
            RecordKind.COMMANDS, self._gateway.writer.now(), body_of(change.commands), len(change.commands), packed
        )
        applied = ticket.result()
        for command, answer in zip(change.commands, applied.answers, strict=True):
            if command.command in SEARCHES and answer["state"] == "STLD":
                search(node, command, self._gateway.writer.now())
        return ticket.sequence

    def _enter(self, node: Node, pvp: Pvp, party: str, notes: list[Note]) -> int:
        """Enter a PvP in a record of its own; its number, once it is applied."""
        entered = pvp_batch(pvp, self._gateway.directory, party)
        batch = self._gateway.screening.between_participants(entered, self._gateway.writer.now())
        body, _, count = join([batch], node.engine)
        ticket = node.submit(batch.kind, self._gateway.writer.now(), body, count, pack_notes([*notes, *batch.held]))
        ticket.result()
        return ticket.sequence

    def _note(self, node: Node, notes: list[Note]) -> int:
        ticket = node.submit(RecordKind.TICK, self._gateway.writer.now(), b"", 0, pack_notes(notes))
        ticket.result()
        return ticket.sequence


def quorum_change(approvals_needed: int, party: str, now: int) -> Change:
    """Return the change by which so many people of a party have to approve; it consents as it does now."""
    return Change(
        "quorums.set",
        {party: now},
        notes=(Quorum(party, approvals_needed),),
        before=(str(now),),
        after=(str(approvals_needed),),
    )


def pvp_change(pvp: Pvp, party: str, quorum: Callable[[str], int]) -> Change:
    """Return the entry of a PvP by one of its sides for both, which the other one approves."""
    text = (
        f"{pvp.id}: {pvp.seller} pays {pvp.sell_amount} {pvp.sell_currency}, "
        f"{pvp.buyer} pays {pvp.buy_amount} {pvp.buy_currency}"
    )
    needs = {side: quorum(side) for side in sides_of(pvp) if side != party}
    return Change("pvp.enter", needs, before=("",), after=(text,), pvp=pvp)


def body_of(commands: Sequence[Command]) -> bytes:
    """Return the body of a record of commands."""
    return json.dumps([command.to_json() for command in commands], ensure_ascii=False).encode()


def _decided(actor: Actor, word: str, number: int, reason: str = "") -> Deed:
    return Deed(actor.id, f"approvals.{word}", f"approval {number}", reason=reason)


def _deeds(actor: str, party: str, change: Change, reason: str, approved_by: str) -> list[Note]:
    """What is noted of a change that is carried out: who did what, and who closed or opened what."""
    if not change.commands:
        about = " ".join(change.needs)
        parts = zip(change.before, change.after, strict=True)
        return [Deed(actor, change.operation, about, before, after, reason, approved_by) for before, after in parts]
    noted: list[Note] = []
    for command, before, after in zip(change.commands, change.before, change.after, strict=True):
        about = " ".join(part for part in (command.participant, command.currency, command.target) if part)
        noted.append(Deed(actor, f"command.{variant_of(command)}", about, before, after, reason, approved_by))
        if command.command in {"close", "open"}:
            noted.append(Shut(party, command.command == "close", *scope_of(command)))
    return noted
