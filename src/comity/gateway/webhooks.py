"""Webhooks: where events are sent to, as notes in the log say.

A webhook sees what who registered it saw. Its secrets stand nowhere: they are made from the gateway's
key, the webhook's id and how often it was rotated.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from comity.errors import Conflict, NotFound
from comity.gateway.actor import Actor
from comity.gateway.notes import WebhookAdded, WebhookRemoved, WebhookReplayed, WebhookRotated
from comity.gateway.signing import secret_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from comity.gateway.signing import Signer

PARTY_MAX, ALL_MAX = 16, 1_024
"""Webhooks of one party, and of all."""
REMOVED_MAX = 1_000
"""Webhooks that were removed and can still be told of; beyond that the oldest are left to the log."""
REPLAYS_MAX = 16
"""Replays of a webhook that are remembered; older ones are dropped, done or not."""
_Note: TypeAlias = WebhookAdded | WebhookRotated | WebhookRemoved | WebhookReplayed


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that events are sent to.

    Attributes
    ----------
    id
        The record by which it was registered.
    actor
        Who registered it.
    signature
        `hmac` or `ed25519`.
    generation
        How often its secret was rotated.
    old_until
        Instant until which the secret before counts too.
    resumed
        Record by which it was last told to go on.
    replays : tuple
        (record, first, last): records whose events were asked for again, oldest first.
    """

    id: str
    actor: Actor
    url: str
    signature: str
    generation: int = 0
    old_until: int = 0
    resumed: int = 0
    replays: tuple[tuple[int, int, int], ...] = field(default=())

    @property
    def since(self) -> int:
        """Record after which its events begin."""
        return int(self.id)

    def secret(self, signer: Signer, *, old: bool = False) -> bytes:
        """Return its secret, or the one before; 32 bytes."""
        return secret_of(signer, f"webhook {self.id} {self.generation - old}")


class Webhooks:
    """All webhooks; changed in the node's thread, read from any."""

    def __init__(self) -> None:
        self._all: dict[str, Webhook] = {}
        self._removed: OrderedDict[str, Webhook] = OrderedDict()
        self.changed: Callable[[], None] = _tell_nobody
        """Called when one was."""

    def all(self) -> list[Webhook]:
        """Return them, oldest first."""
        return list(self._all.values())

    def of(self, party: str) -> list[Webhook]:
        """Return those of a party, oldest first."""
        return [each for each in self.all() if each.actor.party == party]

    def find(self, party: str, webhook: str) -> Webhook:
        """Return one of a party; NotFound if it has none of this id."""
        found = self._all.get(webhook)
        if found is None or found.actor.party != party:
            raise NotFound(f"{party} has no webhook {webhook!r}")
        return found

    def removed(self, party: str, webhook: str) -> Webhook:
        """Return one that a party has removed, as it was; NotFound if it has not, or not lately."""
        found = self._removed.get(webhook)
        if found is None or found.actor.party != party:
            raise NotFound(f"{party} has removed no webhook {webhook!r}")
        return found

    def check_room(self, party: str) -> None:
        """Raise Conflict if a party, or all together, have as many as they may."""
        if len(self.of(party)) >= PARTY_MAX or len(self._all) >= ALL_MAX:
            raise Conflict(f"{party} has {len(self.of(party))} webhooks; remove one first")

    def take(self, sequence: int, note: _Note) -> None:
        """Remember what a record says."""
        if isinstance(note, WebhookAdded):
            actor = Actor(note.actor, "", note.party, frozenset(note.roles))
            self._all[str(sequence)] = Webhook(str(sequence), actor, note.url, note.signature)
        elif isinstance(note, WebhookRemoved):
            self._remove(note.webhook)
        elif note.webhook in self._all:
            known = self._all[note.webhook]
            if isinstance(note, WebhookRotated):
                changed = replace(known, generation=known.generation + 1, old_until=note.until)
            else:
                asked = (
                    (*known.replays, (sequence, note.first, note.last)) if note.first <= note.last else known.replays
                )
                changed = replace(known, resumed=sequence, replays=asked[-REPLAYS_MAX:])
            self._all[note.webhook] = changed
        self.changed()

    def _remove(self, webhook: str) -> None:
        known = self._all.pop(webhook, None)
        if known is not None:
            self._removed[webhook] = known
            if len(self._removed) > REMOVED_MAX:
                self._removed.popitem(last=False)


def _tell_nobody() -> None:
    pass
