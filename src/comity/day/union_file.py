"""union.toml: the settings of a settlement day.

Every key is known or a fault; a key left out has the default that `Settings`
names. Numbers with a fraction are read as exact decimals.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from comity.day.cells import one_of
from comity.day.faults import Faults
from comity.day.tables import quoted
from comity.engine.clearing import MODES
from comity.errors import EnvironmentFailed, InvalidRequest
from comity.model.instant import DAY_US, format_time, parse_time
from comity.model.union import Schedule
from comity.node.calls import CallTerms

FILE = "union.toml"
RULES = ("fifo", "all-or-nothing", "partial", "greedy", "best", "exact")
SECOND = 1_000_000

_TIMES = ("start", "open", "customer_cutoff", "interbank_cutoff", "end")
AUCTION_KEYS = ("at", "ties", "tolerance", "reference_max_age_days", "participants_min")
"""Settings of auctions; those of their calls come after them."""
CALL_KEYS = ("call", "indicative", "random_close", "extend_by", "extend_move", "extensions", "seed")
_LENGTHS = {"s": SECOND, "min": 60 * SECOND, "h": 3600 * SECOND}
_SEED_MAX = 2**63 - 1
_PLACES_MAX = 10**18


@dataclass(frozen=True, slots=True)
class Passes:
    """When offsetting runs, besides the cut-offs, and by which rule.

    `every_us` is the distance of passes from the opening on, 0 for none; `at`
    are instants, microseconds after midnight UTC.
    """

    rule: str = "fifo"
    every_us: int = 0
    at: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Clearing:
    """When obligations are cleared, besides the final clearing, and how; `at` as in `Passes`."""

    at: tuple[int, ...] = ()
    mode: str = "existing"
    carry_max: int = 3
    """Cycles of a day that may leave an obligation over before it waits for the next day."""


@dataclass(frozen=True, slots=True)
class Auctions:
    """When the call of an auction closes, and the rules it is held under; `at` as in `Passes`."""

    at: tuple[int, ...] = ()
    ties: str = "time"
    tolerance: Fraction = Fraction(1, 1_000_000)
    """How far inside the rate an order need not fill; 0 or more and below 1."""
    reference_max_age_days: int = 3
    """Calendar days after which an official rate is refused."""
    participants_min: int = 0
    """Fewer different participants, and no auction is held."""
    call_us: int = 0
    """How long before its time a call opens; 0: there is none, the auction closes at its time."""
    indicative_us: int = 0
    """Distance of indications; 0: only one, at the earliest close."""
    held: CallTerms = field(default_factory=CallTerms)
    seed: str = ""
    """Hexadecimal: of the instants at which calls close; empty: derived from the day's genesis."""

    @property
    def longest_us(self) -> int:
        """How long after its time an auction closes at the latest: every extension, and the last instant drawn."""
        return self.held.extensions * self.held.extend_by_us + self.held.window_us


@dataclass(slots=True)
class Settings:
    """What union.toml says."""

    name: str = "Union"
    business_date: date = date(1970, 1, 1)
    unit: dict[str, str] = field(default_factory=dict)
    entry_offsetting: bool = True
    bypass_normal: bool = True
    corridors: str = ""
    """`open`, `agreements`, or empty: agreements if there is a file of them."""
    schedule: Schedule = field(default_factory=Schedule)
    currency_schedules: dict[str, Schedule] = field(default_factory=dict)
    passes: Passes | None = None
    """None: no offsetting by schedule."""
    clearing: Clearing | None = None
    """None: no clearing by schedule."""
    auctions: Auctions | None = None
    """None: no auction by schedule."""
    seed: int | None = None
    """Key of the id hashes; None: derived from the rest of the day's genesis."""


def read_settings(folder: Path, faults: Faults) -> Settings:
    """Read union.toml; with faults reported, the rest of the settings still holds.

    Raises
    ------
    EnvironmentFailed
        If the operating system refuses to read the file.
    """
    path = folder / FILE
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        faults.add(FILE, 0, "", "the file", "no such file")
        return Settings()
    except UnicodeDecodeError:
        faults.add(FILE, 0, "", "text in UTF-8", "other bytes")
        return Settings()
    except OSError as error:
        raise EnvironmentFailed(f"cannot read {path}: {error.strerror}") from error
    try:
        plain = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        faults.add(FILE, 0, "", "TOML", quoted(str(error)))
        return Settings()
    return _Reader(faults).settings(plain)


def time_of_day(text: str) -> int | None:
    """Read a time of day as microseconds after midnight, 24:00 included; None if it is none."""
    if text == "24:00":
        return DAY_US
    try:
        return parse_time(text)
    except InvalidRequest:
        return None


class _Reader:
    """Reads plain TOML values; a value with a fault keeps its default."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults

    def wrong(self, key: str, expected: str, value: object) -> None:
        self.faults.add(FILE, 0, key, expected, quoted(value) if isinstance(value, str) else str(value))

    def keys(self, plain: dict[str, object], path: str, known: tuple[str, ...]) -> None:
        for key in plain:
            if key not in known:
                self.faults.add(FILE, 0, path + key, "one of the keys " + ", ".join(known), quoted(key))

    def settings(self, plain: dict[str, object]) -> Settings:
        readers: dict[str, Callable[[Settings, object], None]] = {
            "name": self.name,
            "business_date": self.business_date,
            "unit": self.unit,
            "entry_offsetting": self.flag("entry_offsetting"),
            "bypass_normal": self.flag("bypass_normal"),
            "corridors": self.corridors,
            "phases": self.phases,
            "offsetting": self.offsetting,
            "clearing": self.clearing,
            "auction": self.auction,
            "seed": self.seed,
        }
        self.keys(plain, "", tuple(readers))
        settings = Settings()
        if "business_date" not in plain:
            self.faults.add(FILE, 0, "business_date", "a date such as 2021-12-15", "no such key")
        for key, reader in readers.items():
            if key in plain:
                reader(settings, plain[key])
        return settings

    def name(self, settings: Settings, value: object) -> None:
        if isinstance(value, str) and value.strip() and value.isprintable():
            settings.name = value
        else:
            self.wrong("name", "text", value)

    def business_date(self, settings: Settings, value: object) -> None:
        if isinstance(value, date) and not isinstance(value, datetime):
            settings.business_date = value
        else:
            self.wrong("business_date", "a date such as 2021-12-15, without quotes", value)

    def unit(self, settings: Settings, value: object) -> None:
        if not isinstance(value, dict) or not value:
            self.wrong("unit", "weights by currency, such as { CNY = 0.5, RUB = 0.5 }", value)
            return
        for code, weight in value.items():
            if isinstance(weight, int | Decimal) and not isinstance(weight, bool) and weight > 0 and _finite(weight):
                settings.unit[code] = format(weight, "f") if isinstance(weight, Decimal) else str(weight)
            else:
                self.wrong(f"unit.{code}", "a weight above 0", weight)

    def flag(self, key: str) -> Callable[[Settings, object], None]:
        def read(settings: Settings, value: object) -> None:
            if isinstance(value, bool):
                setattr(settings, key, value)
            else:
                self.wrong(key, "true or false", value)

        return read

    def corridors(self, settings: Settings, value: object) -> None:
        settings.corridors = self.choice("corridors", ("open", "agreements"), value)

    def choice(self, key: str, words: tuple[str, ...], value: object) -> str:
        if value in words:
            return str(value)
        self.wrong(key, one_of(words), value)
        return words[0]

    def seed(self, settings: Settings, value: object) -> None:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _SEED_MAX:
            settings.seed = value
        else:
            self.wrong("seed", "a whole number from 0 to 2^63 - 1", value)

    def table(self, key: str, value: object) -> dict[str, object]:
        if isinstance(value, dict):
            return value
        self.wrong(key, f"a table [{key}]", value)
        return {}

    def phases(self, settings: Settings, value: object) -> None:
        plain = self.table("phases", value)
        currencies = {key: entry for key, entry in plain.items() if isinstance(entry, dict)}
        own = {key: entry for key, entry in plain.items() if key not in currencies}
        self.keys(own, "phases.", _TIMES)
        settings.schedule = self.schedule("phases.", own, Schedule())
        for code, entry in currencies.items():
            path = f"phases.{code}."
            self.keys(entry, path, (*_TIMES, "closed"))
            closed = entry.get("closed", False)
            if not isinstance(closed, bool):
                self.wrong(path + "closed", "true or false", closed)
                closed = False
            settings.currency_schedules[code] = self.schedule(path, entry, settings.schedule, closed=closed)

    def schedule(self, path: str, plain: dict[str, object], base: Schedule, *, closed: bool = False) -> Schedule:
        times: dict[str, int] = {key: getattr(base, key) for key in _TIMES}
        times |= {key: self.time(path + key, value) for key, value in plain.items() if key in times}
        for before, after in pairwise(_TIMES):
            if times[before] > times[after]:
                self.faults.add(FILE, 0, path + after, f"a time not before {before}", _clock(times[after]))
        return Schedule(**times, closed=closed)

    def time(self, key: str, value: object) -> int:
        time = time_of_day(value) if isinstance(value, str) else None
        if time is None:
            self.wrong(key, 'a time such as "16:00"', value)
        return time or 0

    def times(self, key: str, value: object) -> tuple[int, ...]:
        if not isinstance(value, list):
            self.wrong(key, 'a list of times such as ["09:00", "12:00"]', value)
            return ()
        return tuple(sorted({self.time(key, entry) for entry in value}))

    def offsetting(self, settings: Settings, value: object) -> None:
        plain = self.table("offsetting", value)
        self.keys(plain, "offsetting.", ("every", "at", "rule"))
        rule = self.choice("offsetting.rule", RULES, plain.get("rule", "fifo"))
        if "every" in plain and "at" in plain:
            self.faults.add(FILE, 0, "offsetting.at", "either every or at", "both")
        every = self.length("offsetting.every", plain["every"]) if "every" in plain else 0
        at = self.times("offsetting.at", plain["at"]) if "at" in plain else ()
        settings.passes = Passes(str(rule), every, at)

    def length(self, key: str, value: object) -> int:
        match = re.fullmatch(r"(\d{1,5})(s|min|h)", value, re.ASCII) if isinstance(value, str) else None
        if match is None or not int(match.group(1)):
            self.wrong(key, 'a length of time such as "300s"', value)
            return 0
        return int(match.group(1)) * _LENGTHS[match.group(2)]

    def clearing(self, settings: Settings, value: object) -> None:
        plain = self.table("clearing", value)
        self.keys(plain, "clearing.", ("at", "mode", "carry_max"))
        at = self.times("clearing.at", plain.get("at", []))
        mode = self.choice("clearing.mode", MODES, plain.get("mode", "existing"))
        carry_max = self.count("clearing.carry_max", plain.get("carry_max", 3))
        settings.clearing = Clearing(at, mode, carry_max)

    def auction(self, settings: Settings, value: object) -> None:
        plain = self.table("auction", value)
        self.keys(plain, "auction.", (*AUCTION_KEYS, *CALL_KEYS))
        usual = Auctions()
        call, indicative, held, seed = self.call(plain)
        settings.auctions = Auctions(
            at=self.times("auction.at", plain.get("at", [])),
            ties=self.choice("auction.ties", ("time", "pro-rata"), plain.get("ties", usual.ties)),
            tolerance=self.fraction("auction.tolerance", plain.get("tolerance", "1e-6")),
            reference_max_age_days=self.count(
                "auction.reference_max_age_days", plain.get("reference_max_age_days", usual.reference_max_age_days)
            ),
            participants_min=self.count("auction.participants_min", plain.get("participants_min", 0)),
            call_us=call,
            indicative_us=indicative,
            held=held,
            seed=seed,
        )

    def call(self, plain: dict[str, object]) -> tuple[int, int, CallTerms, str]:
        """Return how calls are held: their length, the distance of indications, the rest, the seed."""
        for key in CALL_KEYS[1:]:
            if key in plain and "call" not in plain:
                self.faults.add(FILE, 0, f"auction.{key}", "auction.call beside it, the length of the call", "none")
        lengths = {
            key: self.length(f"auction.{key}", plain[key]) if key in plain else 0
            for key in ("call", "indicative", "random_close", "extend_by")
        }
        for key in ("extend_move", "extensions"):
            if key in plain and "extend_by" not in plain:
                self.faults.add(
                    FILE, 0, f"auction.{key}", "auction.extend_by beside it, the length of an extension", "none"
                )
        if lengths["extend_by"] and not 0 < lengths["indicative"] < lengths["call"]:
            expected = "auction.indicative beside it, shorter than the call: an extension compares two indications"
            self.wrong("auction.extend_by", expected, plain.get("indicative", "none"))
        move = self.fraction("auction.extend_move", plain.get("extend_move", "0"))
        extensions = self.count("auction.extensions", plain.get("extensions", 1 if lengths["extend_by"] else 0))
        seed = plain.get("seed", "")
        if not (isinstance(seed, str) and re.fullmatch("([0-9a-f]{2}){16,32}|", seed, re.ASCII)):
            self.wrong(
                "auction.seed",
                "32 to 64 hexadecimal digits, secret until the call closes",
                "another text, not shown here",
            )
            seed = ""
        held = CallTerms(lengths["random_close"], lengths["extend_by"], move, extensions)
        return lengths["call"], lengths["indicative"], held, str(seed)

    def fraction(self, key: str, value: object) -> Fraction:
        if not (isinstance(value, str) and _is_fraction(value)):
            self.wrong(key, 'a decimal in quotes such as "1e-6", below 1 and of at most 18 places', value)
            return Fraction(0)
        return Fraction(value)

    def count(self, key: str, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.wrong(key, "a whole number, 0 or more", value)
            return 0
        return value


def _finite(weight: int | Decimal) -> bool:
    return isinstance(weight, int) or weight.is_finite()


def _is_fraction(text: str) -> bool:
    try:
        return 0 <= Decimal(text) < 1 and Fraction(text).denominator <= _PLACES_MAX
    except (InvalidOperation, ValueError):
        return False


def _clock(time: int) -> str:
    return format_time(time) if time < DAY_US else "24:00"
