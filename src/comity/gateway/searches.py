"""Searches: commands after which the node looks for what can be settled, and proposes it to the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.node.auction import AuctionTerms
from comity.node.clearing import Terms

if TYPE_CHECKING:
    from comity.model.command import Command
    from comity.node import Node

SEARCHES = frozenset({"auction", "clear", "offset"})
DEADLINE_S = 1.0
"""Longest that a search on demand may take where it can be ended, since everybody waits for it meanwhile."""


def search(node: Node, command: Command, instant: int) -> None:
    """Do what the engine has agreed to: an offsetting pass, a clearing cycle, or an auction on default terms."""
    match command.command:
        case "offset":
            node.offset(command.value, frozenset(command.currencies) or None, instant)
        case "clear":
            currencies = command.currencies or tuple(node.engine.accounts.currencies)
            node.clear(Terms(currencies, command.value or Terms.mode, deadline_s=DEADLINE_S), instant)
        case _:
            node.auction(AuctionTerms(deadline_s=DEADLINE_S), instant)
