"""Changes of a side of a PvP: withdrawn (fxtr.016), or withdrawn and entered anew (fxtr.015).

A side is amended until it is matched: what is matched binds both, who may cancel it together. An amendment is two
records, since commands and entries are; both carry the note of the message, and a crash between them leaves the first.
Its sender was not answered then, and sends the message again: that it is known by a record of commands says that the
second is still missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from comity.engine.columns import RecordKind
from comity.gateway.batch import join
from comity.gateway.instructions import Standing, standing_of
from comity.model.reason import InstructionKind, State

if TYPE_CHECKING:
    from comity.gateway.actor import Actor
    from comity.gateway.batch import Batch
    from comity.gateway.gateway import Gateway
    from comity.gateway.inbox import Incoming
    from comity.node import Node


class SideStands(Exception):  # noqa: N818 - the name says what happened
    """A side of a PvP stands as it does, and cannot be changed as a message asks."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(standing)
        self.standing = standing


def check(node: Node, incoming: Incoming) -> None:
    """Raise SideStands if a message cannot change the side that it names; in the node's thread."""
    (command,) = incoming.commands
    standing = standing_of(node, command.participant, command.target)
    if standing.state and standing.kind is not InstructionKind.PVP:
        raise SideStands(Standing(State.NONE))
    if incoming.batch is not None and standing.state is not State.UMAC:
        raise SideStands(standing)


def amend(gateway: Gateway, node: Node, actor: Actor, incoming: Incoming) -> int:
    """Withdraw a side and enter what replaces it; the last record of them; in the node's thread.

    Raises
    ------
    SideStands
        It is unknown, matched or ended.
    NotFound, Forbidden
        The actor may not withdraw it.
    """
    assert incoming.batch is not None
    check(node, incoming)
    note = msgspec.structs.replace(incoming.note, count=1, references=())
    withdrawn = gateway.four_eyes.give(node, actor, incoming.commands, "", 0, [note])
    return _enter(gateway, node, incoming.batch) if _was_withdrawn(gateway, withdrawn) else withdrawn


def finish(gateway: Gateway, node: Node, incoming: Incoming) -> int:
    """Enter what replaces a side, unless that was done; the record that did; in the node's thread."""
    sent = gateway.memory.correlation.messages.find(incoming.note.party, incoming.note.message)
    assert sent is not None
    assert incoming.batch is not None
    return _enter(gateway, node, incoming.batch) if _was_withdrawn(gateway, sent.sequence) else sent.sequence


def _was_withdrawn(gateway: Gateway, sequence: int) -> bool:
    """Whether a record withdrew a side, which leaves what replaces it to be entered."""
    done = gateway.changes.done(sequence)
    return done is not None and done.kind == RecordKind.COMMANDS and not done.answers[0]["why"]


def _enter(gateway: Gateway, node: Node, batch: Batch) -> int:
    batch = gateway.screening.between_participants(batch, gateway.writer.now())
    body, note, count = join([batch], node.engine)
    ticket = node.submit(batch.kind, gateway.writer.now(), body, count, note)
    ticket.result()
    return ticket.sequence
