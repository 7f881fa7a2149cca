"""The sandbox: a small union in memory, whose clock stands until it is moved, and whose keys everybody knows.

It exists so that an engineer can try everything without a network, a neighbour or a
wait. Nothing of it may be reached from another machine.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from comity.day.union_file import Passes
from comity.errors import Fault, InvalidRequest
from comity.gateway.actor import Actor
from comity.gateway.authority import UNION
from comity.gateway.clock import SetClock
from comity.gateway.conformance import Conformance
from comity.gateway.gateway import Gateway
from comity.gateway.payments import payment_batch
from comity.gateway.plan import plain_day
from comity.gateway.pvps import pvp_batch
from comity.model.instant import DAY_US, format_instant, midnight
from comity.model.union import Account, Genesis, Member, Participant
from comity.wire.instructions import Payment, Pvp

if TYPE_CHECKING:
    from concurrent.futures import Future

    from comity.day.read import Day
    from comity.node import Node

HOUR_US: Final = 3_600_000_000
ADVANCE_DAYS_MAX: Final = 31
PREFIX = "sandbox-"
"""Every key of a sandbox begins so."""
BUSINESS_DATE = date(2021, 12, 15)
BEGINS = midnight(BUSINESS_DATE) + 8 * HOUR_US
"""Where its clock stands first: the day is open."""
_PASSES = Passes("fifo", at=(9 * HOUR_US, 12 * HOUR_US, 15 * HOUR_US))
_BANKS = (
    ("EASTCNBJ", "CN", "East Bank"),
    ("PORTCNSH", "CN", "Port Bank"),
    ("NEVARUMM", "RU", "Neva Bank"),
    ("URALRU4E", "RU", "Ural Bank"),
)
_OPENING = {"CN": (1_000_000_00, 200_000_00), "RU": (20_000_00, 12_000_000_00)}


SANDBOX_LIST = b"""
{"id":"sandbox-1","schema":"Person","properties":{"name":["Grigor Anselm Sandboxov"],"birthDate":["1970-01-23"]}}
{"id":"sandbox-2","schema":"Company","properties":{"name":["Gorgon Sandbox Shipping"],"jurisdiction":["ru"]}}
{"id":"sandbox-3","schema":"Vessel","properties":{"name":["Sandbox Star"],"imoNumber":["9074729"]}}
""".lstrip()
"""The list of the union of a sandbox: parties that do not exist, to see what becomes of a hit."""


def sandbox_union() -> Genesis:
    """Return two countries with two banks each; every bank has an account in either currency."""
    return Genesis(
        name="Sandbox",
        business_date=BUSINESS_DATE,
        currencies=(("CNY", 2), ("RUB", 2)),
        members=(Member("CN", "CNY", "China"), Member("RU", "RUB", "Russia")),
        participants=(
            Participant("CN", "CN", "China"),
            Participant("RU", "RU", "Russia"),
            *(Participant(*bank) for bank in _BANKS),
        ),
        accounts=tuple(
            Account(code, currency, opening)
            for code, member, _ in _BANKS
            for currency, opening in zip(("CNY", "RUB"), _OPENING[member], strict=True)
        ),
        seed=1,
    )


def sandbox_keys() -> dict[str, Actor]:
    """Return who is known in a sandbox, by API key."""
    roles: list[tuple[str, str, tuple[str, ...]]] = [(code, "", ("reader", "sender")) for code, _, _ in _BANKS]
    roles += [(code, "-approver", ("reader", "approver")) for code, _, _ in _BANKS]
    for party, title in (("CN", "member"), ("RU", "member"), ("union", "union")):
        roles += [(party, "-operator", (f"{title}-operator",)), (party, "-approver", (f"{title}-approver",))]
        roles += [(party, f"-officer-{number}", ("compliance-officer",)) for number in (1, 2)]
    roles.append(("union", "-auditor", ("auditor",)))
    keys = {}
    for party, suffix, names in roles:
        secret = f"{PREFIX}{party.lower()}{suffix}"
        keys[secret] = Actor(f"key:{secret}", f"{party.lower()}{suffix}", party, frozenset(names))
    return keys


def open_sandbox() -> tuple[Gateway, SetClock]:
    """Return a gateway on the sandbox's union, its day open, and the clock that it follows."""
    clock = SetClock(midnight(BUSINESS_DATE))
    gateway = Gateway.in_memory(sandbox_union(), clock, _plan)
    for secret, actor in sandbox_keys().items():
        gateway.identities.enrol(secret, actor)
    gateway.begin_list(UNION, "sandbox", SANDBOX_LIST)
    advance(gateway, clock, BEGINS).result()
    gateway.conformance = Conformance(gateway.genesis.name, gateway.signer, gateway.now)
    return gateway, clock


def warm_up() -> None:
    """Compile, or load, what instructions need, so that the first one is not kept waiting for it."""
    gateway, _ = open_sandbox()
    payment = Payment("warm", "EASTCNBJ", "PORTCNSH", "CNY", "1.00")
    gateway.writer.enter("EASTCNBJ", payment_batch(payment, gateway.directory)).result()
    pvp = Pvp("warm-2", "EASTCNBJ", "NEVARUMM", "CNY", "1.00", "RUB", "11.60", "seller")
    gateway.writer.enter("EASTCNBJ", pvp_batch(pvp, gateway.directory, pvp.seller)).result()
    gateway.close()


def advance(gateway: Gateway, clock: SetClock, instant: int) -> Future[int]:
    """Let time pass to an instant, and everything that is due on the way happen at its own; the instant.

    Raises
    ------
    InvalidRequest
        In the future's result: it lies before the present, or more than `ADVANCE_DAYS_MAX` days after it.
    """

    def move(node: Node) -> int:
        now = gateway.writer.now()
        if not now <= instant <= now + ADVANCE_DAYS_MAX * DAY_US:
            expected = f"an instant from {format_instant(now)} to {ADVANCE_DAYS_MAX} days later"
            raise InvalidRequest([Fault("", 0, "to", expected, format_instant(instant))])
        keeper = gateway.keeper
        while keeper is not None and (due := keeper.due(node)) <= instant:
            clock.advance(max(due - clock.now(), 0))
            keeper.act(node, clock.now())
        clock.advance(instant - clock.now())
        node.advance(instant)
        return instant

    return gateway.writer.call(move)


def _plan(genesis: Genesis) -> Day:
    return replace(plain_day(genesis), passes=_PASSES)
