"""The messages, one struct each: what is read of them, and what is written.

`MESSAGES` finds a struct by the name that a message has in all its versions.
"""

from types import MappingProxyType

from comity.iso20022.messages import (
    accounts,
    administration,
    initiation,
    nets,
    orders,
    payments,
    questions,
    statuses,
    trades,
)
from comity.iso20022.table import Message

MESSAGES = MappingProxyType(
    {
        found.name: found
        for module in (payments, statuses, trades, orders, questions, accounts, nets, initiation, administration)
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, Message) and found is not Message
    }
)
"""Struct by name of the message."""
