"""The client: what a gateway can be asked, from Python.

::

    with Client("http://127.0.0.1:8080", "sandbox-eastcnbj") as east:
        east.pay("invoice-7", "PORTCNSH", "250.00 CNY")

It depends on what is said over HTTP and on nothing of the server.
"""

from comity.client.attempts import Patience
from comity.client.client import AsyncClient, Client
from comity.client.errors import (
    Answered,
    Clash,
    Invalid,
    Missing,
    NotAllowed,
    OutcomeUnknown,
    Overloaded,
    Rejected,
    Unreachable,
)

__all__ = [
    "Answered",
    "AsyncClient",
    "Clash",
    "Client",
    "Invalid",
    "Missing",
    "NotAllowed",
    "OutcomeUnknown",
    "Overloaded",
    "Patience",
    "Rejected",
    "Unreachable",
]
