"""What the engine keeps besides its tables, and how all of it is saved.

`Notes` is the small rest of the state that commands leave behind: plain values
that JSON can hold. `save_state` yields the tables in the length that is in use,
and one array of JSON; a snapshot is those arrays.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from comity.engine.accounts import Accounts
from comity.engine.kernels import layout
from comity.engine.kernels.layout import (
    DATE_FIRST,
    END_KEY,
    RING_COUNT,
    RING_HEAD,
    SWEEP_AT,
)
from comity.engine.kernels.state import GROWING, Int64s, State, allocate, bound, with_tables
from comity.engine.kernels.steps import load_steps
from comity.model.union import Genesis

_SCRATCH = frozenset(
    {"sums", "space_sums", "touched", "members", "reasons", "lanes", "changed", "addresses", "address"}
)
_LAST_SCALAR = END_KEY


@dataclass(slots=True)
class Notes:
    """The rest of the state; keys that are account indexes are text, as in JSON."""

    control: str = ""
    """Hash over all commands so far, hexadecimal."""
    own_phases: list[str] = field(default_factory=list)
    """Currencies with a schedule of their own."""
    standing: dict[str, int] = field(default_factory=dict)
    """Account: amount to pay in each day, negative to pay out."""
    floors: dict[str, list[int]] = field(default_factory=dict)
    """Account: mark and target."""
    ceilings: dict[str, list[int]] = field(default_factory=dict)
    payouts: dict[str, int] = field(default_factory=dict)
    """Slot of a pay-out that its issuer has not confirmed: deadline, 0 none; kept over the days until it is."""
    differences: dict[str, int] = field(default_factory=dict)
    """Currency: issuer's books less ours, when last reconciled; absent while never asked."""
    stopped: list[str] = field(default_factory=list)
    """Currencies that may not open until their books agree."""
    suspensions: dict[str, list[str]] = field(default_factory=dict)
    """Participant: authorities (home or a member) that suspend it."""
    admitted: list[str] = field(default_factory=list)
    """Suspended participants whose home member admits incoming items."""
    agreements: list[list[str]] = field(default_factory=list)
    """Agreements made by command: two members, a currency, services with a space between, cap or none."""
    closings: list[dict[str, str | int]] = field(default_factory=list)
    """What is closed: scope and, for a run-off, until when."""
    loans: dict[str, int] = field(default_factory=dict)
    """Account: overnight loan to repay at the next opening."""
    cycles: int = 0
    """Clearing cycles begun so far."""
    cuts: dict[str, int] = field(default_factory=dict)
    """Currency: the cycle that is under way in it."""
    auctions: int = 0
    """Auctions whose call has closed so far."""
    auction: dict[str, object] = field(default_factory=dict)
    """Terms of the auction that is under way: its number, and what CLOSE_CALL said; empty if none is."""
    call: dict[str, object] = field(default_factory=dict)
    """What OPEN_CALL said of the call that is open, extensions counted; empty if none is."""
    exclusions: list[list[str]] = field(default_factory=list)
    """Member, and the member none of whose participants it wants in the component of its currency; sorted."""
    decisions: dict[str, list[str]] = field(default_factory=dict)
    """Pair of currencies, by code: today's decision on its rate, as source, first and second name."""
    opened: list[str] = field(default_factory=list)
    """Business dates opened so far, latest last: today, and as many before it as identities are kept."""
    has_holds: bool = False
    """Whether some account's items are held on entry."""

    def fold(self, s: State, lanes: Int64s) -> bytes:
        """Return the digest: the lanes, hashed with the small tables that have no lane."""
        hashed = hashlib.blake2b(lanes.tobytes(), digest_size=16)
        hashed.update(s.currencies.tobytes())
        scalars = s.g[DATE_FIRST - 1 : _LAST_SCALAR + 1]
        hashed.update(scalars.tobytes())
        hashed.update(s.g[[RING_COUNT, SWEEP_AT]].tobytes())
        if s.g[RING_COUNT]:
            order = (np.arange(s.g[RING_COUNT]) + s.g[RING_HEAD]) % len(s.ring)
            hashed.update(s.ring[order].tobytes())
        hashed.update(self.control.encode())
        return hashed.digest()

    def follow(self, command: bytes) -> None:
        """Take a command into the hash over all commands."""
        self.control = hashlib.blake2b(self.control.encode() + command, digest_size=16).hexdigest()


def _layout_hash() -> str:
    names = ((name, value) for name, value in vars(layout).items() if isinstance(value, int))
    return hashlib.blake2b(repr((sorted(names), State._fields)).encode(), digest_size=16).hexdigest()


LAYOUT = _layout_hash()
"""Of where everything stands in the tables: a state that was saved under another one cannot be loaded."""


def save_state(genesis: Genesis, s: State, notes: Notes) -> dict[str, NDArray[np.generic]]:
    """Return named arrays that hold the whole state."""
    about = {"layout": LAYOUT, "genesis": genesis.as_json(), "notes": asdict(notes)}
    text = json.dumps(about, sort_keys=True).encode()
    parts: dict[str, NDArray[np.generic]] = {"json": np.frombuffer(text, np.uint8).copy()}
    for name, table in s._asdict().items():
        if name not in _SCRATCH:
            parts[name] = table[: s.g[GROWING[name]]].copy() if name in GROWING else table.copy()
    return parts


def load_state(parts: dict[str, NDArray[np.generic]]) -> tuple[Genesis, State, Notes]:
    """Return what `save_state` described; ValueError if another version of it did."""
    plain = json.loads(parts["json"].tobytes())
    notes, tables = plain["notes"], {*State._fields} - _SCRATCH
    if plain.get("layout") != LAYOUT or parts.keys() != tables | {"json"}:
        raise ValueError("the state was saved by a version that lays out its tables otherwise")
    if notes.keys() != {each.name for each in fields(Notes)}:
        raise ValueError("the state was saved by a version that notes other things")
    genesis = Genesis.from_json(plain["genesis"])
    accounts = Accounts(genesis)
    load_steps()
    s = allocate(len(accounts), len(accounts.members), len(accounts.currencies))
    for name, part in parts.items():
        if name == "json":
            continue
        table = getattr(s, name)
        if len(table) < len(part):
            s = with_tables(s, {name: np.zeros((len(part), *part.shape[1:]), table.dtype)})
        getattr(s, name)[: len(part)] = part
    if len(s.space_sums) < len(s.constraints):
        s = s._replace(space_sums=np.zeros((len(s.constraints), 2), np.int64))
    s = s._replace(touched=np.zeros(len(s.accounts) + len(s.constraints), np.int32))
    return genesis, bound(s), Notes(**notes)
