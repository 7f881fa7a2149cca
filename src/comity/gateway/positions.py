"""Positions: what accounts hold, may spend and wait for, in the words of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from comity.gateway.authority import may_see
from comity.wire.accounts import Account, Balance, Balances, ParticipantInfo, Position, Positions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from comity.gateway.actor import Actor
    from comity.gateway.directory import Directory
    from comity.node import Node

_COLUMNS = (
    "opening",
    "balance",
    "lowest",
    "credit_limit",
    "reserve_urgent",
    "reserve_high",
    "blocked",
    "available",
    "waiting_out",
    "waiting_in",
)
"""In the order of the fields of `Position`."""


def accounts_seen(actor: Actor, directory: Directory, participant: str = "", currency: str = "") -> list[int]:
    """Return the accounts that an actor may see, in the order of their indexes.

    Parameters
    ----------
    participant, currency
        Only those of this holder, and in this currency; empty for any.
    """
    holders = [participant] if participant else [owner for owner in directory.of if may_see(actor, owner, directory)]
    return sorted(
        index
        for holder in holders
        for index in directory.of.get(holder, ())
        if currency in ("", directory.currency[index]) and may_see(actor, holder, directory)
    )


def participants(directory: Directory) -> list[ParticipantInfo]:
    """Return who takes part in the union, members first: everybody may know."""
    held: dict[str, list[str]] = {}
    for owner, currency in directory.accounts:
        held.setdefault(owner, []).append(currency)
    return [
        ParticipantInfo(
            code,
            directory.names[code],
            directory.home[code],
            tuple(held.get(code, ())),
            directory.leis[code],
            issues=next((currency for currency, issuer in directory.issuers.items() if issuer == code), ""),
        )
        for code in directory.participants
    ]


def accounts(directory: Directory, indexes: list[int]) -> list[Account]:
    """Return accounts as such."""
    return [Account(directory.owner[each], directory.currency[each], directory.kind[each]) for each in indexes]


def balances(directory: Directory, indexes: list[int], held: NDArray[np.int64], sequence: int) -> Balances:
    """Return the balances of accounts out of a column over all."""
    minor = held.tolist()
    items = [
        Balance(
            directory.owner[each], directory.currency[each], directory.format(minor[each], each), directory.kind[each]
        )
        for each in indexes
    ]
    return Balances(sequence, items)


class Held(NamedTuple):
    """What all accounts hold now."""

    sequence: int
    columns: dict[str, NDArray[np.int64]]
    """By account, minor units."""


def held_now(node: Node) -> Held:
    """Return what all accounts hold; in the node's thread."""
    node.flush()
    columns = node.engine.balances()
    columns["waiting_out"], columns["waiting_in"] = node.engine.waiting_sums()
    return Held(node.engine.sequence, columns)


def positions(directory: Directory, indexes: list[int], held: Held) -> Positions:
    """Return all that is known of accounts now."""
    minor = [held.columns[name].tolist() for name in _COLUMNS]
    items = []
    for each in indexes:
        amounts = [directory.format(column[each], each) for column in minor]
        items.append(Position(directory.owner[each], directory.currency[each], directory.kind[each], *amounts))
    return Positions(held.sequence, items)
