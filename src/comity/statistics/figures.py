"""All figures of one settled day, from the folder of its results."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from comity.errors import NotFound
from comity.statistics.auctions import Auction, read_auctions
from comity.statistics.calls import Called, read_calls
from comity.statistics.clearing import Cleared, read_clearing
from comity.statistics.corridors import Corridor, corridors
from comity.statistics.delay import Delay, delays
from comity.statistics.exact import Sums
from comity.statistics.exceptions import Exceptional, read_exceptions
from comity.statistics.flows import Clock, Flow, day_clock, flows
from comity.statistics.legs import read_legs
from comity.statistics.liquidity import Liquidity, liquidity, read_balances
from comity.statistics.obligations import NO_OBLIGATIONS, Obligations, read_obligations
from comity.statistics.orders import NO_ORDERS, Orders, read_orders
from comity.statistics.outcomes import Cycle, Outcome, outcomes, read_cycles
from comity.statistics.setting import Hours, Setting
from comity.statistics.waiting import Queue, Waiting, queues, waiting

_QUEUES_PER_CURRENCY = 12


@dataclass(frozen=True, slots=True)
class Figures:
    """What a report shows of a day; amounts are minor units of their currency."""

    setting: Setting
    summary: Mapping[str, object]
    """The day's summary.json."""
    currencies: tuple[str, ...]
    """Those in which anything was entered, in alphabetical order."""
    clock: Clock
    flows: Mapping[str, Flow]
    delays: Mapping[str, Delay]
    corridors: tuple[Corridor, ...]
    liquidity: tuple[Liquidity, ...]
    waiting: Waiting
    queues: tuple[Queue, ...]
    outcomes: tuple[Outcome, ...]
    cycles: tuple[Cycle, ...]
    """Offsetting passes."""
    clearing: tuple[Cleared, ...] = ()
    """Empty on a day without clearing."""
    obligations: Obligations = NO_OBLIGATIONS
    orders: Orders = NO_ORDERS
    """To convert; none of their value is in the figures of what is paid."""
    auctions: tuple[Auction, ...] = ()
    calls: tuple[Called, ...] = ()
    """Of auctions; empty where each closes at its time."""
    exceptions: tuple[Exceptional, ...] = ()
    """What waits for people at the end of the day."""

    @property
    def pays_nothing(self) -> bool:
        """Whether the day has obligations or orders, and no payment or PvP was entered."""
        return bool(self.obligations or self.orders) and not self.outcomes


def read_figures(out: Path, setting: Setting) -> Figures:
    """Compute the figures of the day whose results are in `out`.

    Reads instructions.parquet, balances.csv, cycles.csv and summary.json, and where
    they exist the recorder's waiting.csv and peaks.csv, and the tables of clearing,
    auctions and exceptions.

    Raises
    ------
    NotFound
        If one of the four files is missing.
    """
    legs = read_legs(out / "instructions.parquet")
    balances = read_balances(out / "balances.csv", setting.exponents)
    cycles = read_cycles(out / "cycles.csv")
    summary = _summary(out / "summary.json")
    used = {currency for currency in legs.currencies if currency}
    hours = {code: setting.hours.get(code, _NO_HOURS) for code in legs.currencies}
    with Sums(legs) as sums:
        clock = _clock(sums, setting)
        by_code = dict(zip(legs.currencies, flows(sums, clock, len(legs.currencies)), strict=True))
        currencies = tuple(sorted(code for code in used if by_code[code].entered_minor))
        late = delays(sums, [hours[code].cutoff for code in legs.currencies])
        return Figures(
            setting=setting,
            summary=summary,
            currencies=currencies,
            clock=clock,
            flows={code: by_code[code] for code in currencies},
            delays={code: late[legs.currencies.index(code)] for code in currencies},
            corridors=tuple(corridors(sums, legs, setting.home)),
            liquidity=tuple(liquidity(legs, balances)),
            waiting=waiting(out, sums, legs, clock),
            queues=tuple(queues(out, legs, _QUEUES_PER_CURRENCY)),
            outcomes=tuple(outcomes(sums, legs)),
            cycles=tuple(one for one in cycles if one.kind == "offsetting"),
            clearing=tuple(read_clearing(out, setting.exponents)),
            obligations=read_obligations(out / "instructions.parquet"),
            orders=read_orders(out / "instructions.parquet"),
            auctions=read_auctions(out, setting.exponents),
            calls=read_calls(out),
            exceptions=read_exceptions(out / "exceptions.csv", setting.exponents),
        )


def _clock(sums: Sums, setting: Setting) -> Clock:
    hours = list(setting.hours.values()) or [_NO_HOURS]
    return day_clock(sums, min(one.open for one in hours), max(one.end for one in hours))


def _summary(path: Path) -> Mapping[str, object]:
    if not path.is_file():
        raise NotFound(f"{path} does not exist")
    plain = json.loads(path.read_text(encoding="utf-8"))
    return plain if isinstance(plain, dict) else {}


_NO_HOURS = Hours(0, 0, 0)
