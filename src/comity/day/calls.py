"""The calls of a day's auctions: when they open, what they indicate, when they are extended and close.

Without a call an auction closes at its time, and that is all. With one, the call
opens so long before; indications follow at equal distances and one at the earliest
instant of the close. If rates have moved by more than is stated since the indication
before, the call is extended. It closes at an instant drawn from a seed; each
auction has its own, a hash of the day's, and the log has its commitment from the
opening on.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from comity.day.timetable import NEVER
from comity.engine.orders import commitment_to
from comity.model.amount import format_minor
from comity.model.instant import format_instant
from comity.node.calls import Call, CallTerms, imbalance, indicated_prices, largest_move

if TYPE_CHECKING:
    from comity.day.read import Day
    from comity.day.result import DayResult
    from comity.day.union_file import Auctions
    from comity.node import Node
    from comity.node.auction import AuctionTerms


@dataclass(frozen=True, slots=True)
class CallEvent:
    """What happened in a call."""

    instant: int
    event: str
    """opened, indicated, extended or closed."""
    close: int
    """Earliest instant of the close as of now; when it closed, the instant drawn."""
    prices: dict[str, int] = field(default_factory=dict)
    """Indicated, by currency; only of those that would trade."""
    imbalances: dict[str, int] = field(default_factory=dict)
    """Minor units that orders within the indicated rate offer and could not sell."""
    refused: str = ""
    auction: int | None = None
    """Number of the auction that the call led to, 0 if that was not held; None: it never closed."""


class CallDesk:
    """Opens, indicates, extends and closes the calls of a day, each at its instant."""

    def __init__(self, day: "Day", node: "Node", at: list[int], terms: Callable[[], "AuctionTerms"]) -> None:
        self._settings: Auctions | None = day.auctions
        self._node = node
        self._codes = [code for code, _ in day.genesis.currencies]
        self._terms = terms
        self._seed = self._settings.seed if self._settings else ""
        self._seed = self._seed or hashlib.sha256(b"call" + day.genesis.seed.to_bytes(8, "little")).hexdigest()
        self._at = sorted(at)
        self._count = 0
        self._call: Call | None = None
        self._first_event = 0
        self._next_indication = NEVER
        self._last: dict[str, int] = {}
        self.events: list[CallEvent] = []

    def next_instant(self) -> int:
        """Instant of the next opening, indication or close; NEVER after the last."""
        if self._call is not None:
            return min(self._next_indication, self._call.close)
        if not self._at or self._settings is None:
            return NEVER
        return self._at[0] - self._settings.call_us

    @property
    def close(self) -> int:
        """Instant at which the open call closes; NEVER if none is open."""
        return self._call.close if self._call is not None else NEVER

    def go_on(self, instant: int) -> None:
        """Leave out the auctions whose calls should have opened by an instant; take up the one that is open."""
        before = self._settings.call_us if self._settings else 0
        opened = self._node.engine.open_call()
        while self._at and self._at[0] - before <= instant:
            self._at.pop(0)
            seed = self._next_seed()
            if opened.get("commitment") == commitment_to(seed):
                earliest, latest, extensions = (int(str(opened[name])) for name in ("earliest", "latest", "extensions"))
                self._call = Call(earliest, latest, extensions, seed)
                self._indicate_after(instant)

    def why_not_now(self) -> str:
        """Say why no auction can be held besides the one whose call is open; empty if none is open."""
        if self._call is None:
            return ""
        return (
            f"a call is open: it closes at an instant that is drawn, not before {format_instant(self._call.earliest)}"
        )

    def act(self, instant: int, close: Callable[[str], int]) -> None:
        """Do what is due at an instant; `close` holds the auction of a call by its seed and returns its number."""
        assert self._settings is not None
        if self._call is None and not self._settings.call_us:
            self._at.pop(0)
            close("")
        elif self._call is None:
            self._open(instant)
        elif instant == self._next_indication and self._goes_on(instant):
            return
        elif instant == self._call.close:
            self.events.append(CallEvent(instant, "closed", instant))
            seed, self._call, self._next_indication = self._call.seed, None, NEVER
            number = close(seed)
            first = self._first_event
            self.events[first:] = [replace(event, auction=number) for event in self.events[first:]]

    def _open(self, instant: int) -> None:
        assert self._settings is not None
        call = Call.of(self._at.pop(0), self._settings.held._replace(seed=self._next_seed()))
        refused = self._node.open_call(call, instant)
        self._first_event = len(self.events)
        self.events.append(CallEvent(instant, "opened", call.earliest, refused=refused))
        if not refused:
            self._call, self._last = call, {}
            self._indicate_after(instant)

    def _next_seed(self) -> str:
        """Return the seed of the day's next call."""
        self._count += 1
        return hashlib.sha256(f"{self._seed} {self._count}".encode()).hexdigest()

    def _indicate_after(self, instant: int) -> None:
        assert self._settings is not None
        assert self._call is not None
        cadence = self._settings.indicative_us
        later = instant + cadence if cadence else self._call.earliest
        self._next_indication = min(later, self._call.earliest) if instant < self._call.earliest else NEVER

    def _goes_on(self, instant: int) -> bool:
        """Publish an indication, and extend the call if it has to be; whether it is still open then."""
        assert self._settings is not None
        assert self._call is not None
        indication = self._node.indicate(self._terms(), instant)
        prices = indicated_prices(indication, self._codes)
        left = dict(zip(self._codes, imbalance(indication, len(self._codes)), strict=True))
        self.events.append(CallEvent(instant, "indicated", self._call.earliest, prices, left))
        moved = largest_move(self._last, prices)
        self._last = prices
        held: CallTerms = self._settings.held
        moves = moved is not None and moved > held.extend_move
        if instant == self._call.earliest and moves and held.extend_by_us and self._call.extensions:
            refused = self._node.extend_call(held.extend_by_us, instant)
            if not refused:
                self._call = self._call.extended(held.extend_by_us)
            self.events.append(CallEvent(instant, "extended", self._call.earliest, refused=refused))
        self._indicate_after(instant)
        return instant < self._call.close


CALLS = ("at", "event", "closes_from", "currency", "price", "imbalance", "refused", "auction")


def call_rows(result: "DayResult") -> Iterator[tuple[object, ...]]:
    """Yield the lines of auction_calls.csv: one per event, of an indication one per currency; major units."""
    exponents = dict(result.day.genesis.currencies)
    for event in result.calls:
        about = (format_instant(event.instant), event.event, format_instant(event.close))
        auction = "" if event.auction is None else event.auction
        if not event.imbalances:
            yield *about, "", "", "", event.refused, auction
        for code, left in event.imbalances.items():
            yield *about, code, event.prices.get(code, ""), format_minor(left, exponents[code]), "", auction
