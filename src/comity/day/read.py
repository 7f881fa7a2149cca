"""Reading a DAY: a folder of files becomes one checked `Day`.

Bad input is what cannot be read as an instruction of this union: it raises one
`InvalidRequest` with the faults of all files, and nothing is settled. Whatever
can be read is an outcome, and the engine decides it. So an unknown participant
is a fault, and an amount of -5.00 or a date of last year is not.

The order of reading is that of dependence: settings, standing data, entries,
commands. The genesis that results holds everything the engine must know before
the first record; its seed, unless union.toml names one, is a hash of the rest,
so that the same DAY always makes the same log.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from comity.day.auction.bands import NamedBand, read_bands
from comity.day.entries import (
    DAY_ORDERS_SHAPE,
    OBLIGATIONS_SHAPE,
    PAYMENTS_SHAPE,
    PVPS_SHAPE,
    Book,
    Clock,
    Entries,
    no_entries,
    read_obligations,
    read_orders,
    read_payments,
    read_pvps,
)
from comity.day.faults import Faults
from comity.day.quotes import QUOTES_SHAPE, QuoteStep, read_quotes
from comity.day.reference import can_be_taken
from comity.day.standing import STEMS, Rate, Standing, read_standing
from comity.day.tables import Shape, Table, locate, read_table
from comity.day.union_file import FILE, SECOND, Auctions, Clearing, Passes, Settings, read_settings
from comity.engine.columns import OBLIGATION, ORDER, PAYMENT, PVP
from comity.errors import InvalidRequest, NotFound
from comity.model.command import Command
from comity.model.command_row import COLUMNS, command_of_row
from comity.model.currency import CURRENCIES
from comity.model.instant import days_of, format_instant, format_time, midnight
from comity.model.union import Genesis
from comity.union import Decision, Pair

_ANYBODY = ("first", "second")
_COMMANDS = Shape(COLUMNS[:2], COLUMNS[2:])


@dataclass(frozen=True, slots=True)
class DayCommand:
    """A command of commands.csv: when it is given, and the row it stands in."""

    instant: int
    command: Command
    number: int


@dataclass(frozen=True, slots=True)
class Day:
    """A settlement day, read and checked.

    Attributes
    ----------
    genesis
        What the union is made of.
    payments, pvps, obligations, orders
        Instructions in the order in which they enter; obligations when the day starts.
    commands
        In order of instant, then row.
    passes
        When offsetting runs; None: only on command.
    clearing
        When obligations are cleared and how; None: only on command.
    auctions
        When auctions are held and how; None: only on command.
    rates
        Official rates, as given.
    bands
        The most that one currency may cost in another, in every auction of the day.
    quotes
        Requests, quotes and acceptances, in order of instant, then row.
    """

    genesis: Genesis
    payments: Entries
    pvps: Entries
    obligations: Entries
    orders: Entries = field(default_factory=lambda: no_entries("orders.csv", ORDER))
    commands: tuple[DayCommand, ...] = ()
    passes: Passes | None = None
    clearing: Clearing | None = None
    auctions: Auctions | None = None
    rates: tuple[Rate, ...] = ()
    bands: tuple[NamedBand, ...] = ()
    quotes: tuple[QuoteStep, ...] = ()

    @property
    def midnight(self) -> int:
        """Start of the business date, microseconds since 1970-01-01 UTC."""
        return midnight(self.genesis.business_date)


def read_day(folder: str | Path) -> Day:
    """Read a DAY folder.

    Raises
    ------
    InvalidRequest
        With the faults of all files, at most 100.
    NotFound
        If there is no such folder.
    EnvironmentFailed
        If the operating system refuses to read a file.
    """
    path = Path(folder)
    if not path.is_dir():
        raise NotFound(f"no folder {path}: a settlement day is a folder with {FILE} and tables")
    faults = Faults()
    settings = read_settings(path, faults)
    standing = read_standing(path, faults)
    _check_codes(settings, standing, faults)
    _check_times(settings, faults)
    _check_calls(settings, faults)
    genesis = _genesis(settings, standing)
    book = Book(standing, account_matrix(genesis), genesis.seed)
    commands = _read_commands(path, genesis, book, faults)
    clock = _clock(genesis, commands)
    _check_instants(commands, clock, faults)
    _check_decisions(commands, standing, settings, faults)
    entries = _read_entries(path, book, clock, faults)
    quotes = _read_quotes(path, book, clock, faults)
    bands = _read_bands(path, genesis, faults)
    faults.raise_if_any()
    ordered = tuple(sorted(commands[1], key=lambda given: given.instant))
    timed = (settings.passes, settings.clearing, settings.auctions)
    payments, pvps, obligations, orders = entries
    rates = tuple(standing.rates)
    return Day(genesis, payments, pvps, obligations, orders, ordered, *timed, rates=rates, bands=bands, quotes=quotes)


def account_matrix(genesis: Genesis) -> NDArray[np.int32]:
    """Return the account index of every participant and currency, -1 where there is none."""
    currency = {code: place for place, (code, _) in enumerate(genesis.currencies)}
    participant = {entry.code: place for place, entry in enumerate(genesis.participants)}
    matrix = np.full((len(participant), len(currency)), -1, np.int32)
    accounts = [(member.code, member.currency) for member in genesis.members]
    accounts += [(account.participant, account.currency) for account in genesis.accounts]
    for index, (holder, code) in enumerate(accounts):
        matrix[participant[holder], currency[code]] = index
    return matrix


def _check_codes(settings: Settings, standing: Standing, faults: Faults) -> None:
    if standing.is_unsure(faults, "members"):
        return
    known = standing.currencies
    expected = f"a currency of {standing.files['members']} (" + ", ".join(known) + ")"
    for key, codes in (("unit.", settings.unit), ("phases.", settings.currency_schedules)):
        for code in codes:
            if code not in known:
                faults.add(FILE, 0, key + code, expected, repr(code))


def _check_times(settings: Settings, faults: Faults) -> None:
    """Report times of clearing and of auctions outside the hours in which a currency is open."""
    schedules = [settings.schedule, *(each for each in settings.currency_schedules.values() if not each.closed)]
    first, last = min(each.open for each in schedules), max(each.interbank_cutoff for each in schedules)
    expected = f"a time from the opening, {format_time(first)}, to the last interbank cut-off, {format_time(last)}"
    for key, timed in (("clearing.at", settings.clearing), ("auction.at", settings.auctions)):
        for time in timed.at if timed else ():
            if not first <= time <= last:
                faults.add(FILE, 0, key, expected, format_time(time))


def _check_calls(settings: Settings, faults: Faults) -> None:
    """Report calls that open before the day starts or while another may be open, or may close after the cut-offs."""
    auctions = settings.auctions
    if auctions is None or not auctions.call_us:
        return
    schedules = [settings.schedule, *(each for each in settings.currency_schedules.values() if not each.closed)]
    last = max(each.interbank_cutoff for each in schedules)
    free, since = settings.schedule.start, "when the day starts"
    for time in auctions.at:
        opens, closes = time - auctions.call_us, time + auctions.longest_us
        if opens < free:
            early = f"{(free - opens) // SECOND} s before that"
            expected = f"a call for {format_time(time)} that opens at {format_time(free)} or later, {since}"
            faults.add(FILE, 0, "auction.call", expected, early)
        if time <= last < closes:
            expected = f"a time of which the call closes by the last interbank cut-off, {format_time(last)}"
            late = f"{format_time(time)}, and up to {auctions.longest_us // SECOND} s more to extend and draw the close"
            faults.add(FILE, 0, "auction.at", expected, late)
        free, since = closes, "when the call before it may still be open"


def _genesis(settings: Settings, standing: Standing) -> Genesis:
    corridors_open = not standing.has_agreements if not settings.corridors else settings.corridors == "open"
    genesis = Genesis(
        name=settings.name,
        business_date=settings.business_date,
        currencies=tuple((code, CURRENCIES[code].exponent) for code in standing.currencies),
        members=tuple(standing.members),
        participants=tuple(standing.participants),
        accounts=tuple(standing.accounts),
        limits=tuple(standing.limits),
        agreements=tuple(standing.agreements),
        corridors_open=corridors_open,
        entry_offsetting=settings.entry_offsetting,
        bypass_normal=settings.bypass_normal,
        schedule=settings.schedule,
        currency_schedules=settings.currency_schedules,
        unit=settings.unit,
    )
    return replace(genesis, seed=_derived_seed(genesis) if settings.seed is None else settings.seed)


def _derived_seed(genesis: Genesis) -> int:
    plain = json.dumps(genesis.as_json(), sort_keys=True, separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(plain.encode()).digest()[:8], "little") >> 1


_Commands = tuple[Table | None, list[DayCommand]]


def _read_commands(folder: Path, genesis: Genesis, book: Book, faults: Faults) -> _Commands:
    path = locate(folder, "commands", faults)
    table = read_table(path, _COMMANDS, faults) if path else None
    if table is None:
        return None, []
    exponents = dict(genesis.currencies)
    if book.standing.is_unsure(faults, "members"):
        exponents = {code: currency.exponent for code, currency in CURRENCIES.items()}
    commands = []
    columns = {column: table.text(column).array.to_pylist() for column in COLUMNS}
    for row in range(table.rows):
        cells = {column: values[row] for column, values in columns.items()}
        try:
            instant, command = command_of_row(cells, (table.file, row + 1), genesis.business_date, exponents)
        except InvalidRequest as bad:
            for fault in bad.faults:
                table.fault(row, fault.column, fault.expected, fault.found)
            continue
        _check_parties(table, row, command, book)
        commands.append(DayCommand(instant, command, row + 1))
    return table, commands


def _check_parties(table: Table, row: int, command: Command, book: Book) -> None:
    """Report participants, members and accounts that the day's own tables do not hold."""
    if book.standing.is_unsure(table.faults, *STEMS):
        return
    participants, currencies, files = book.standing.participant_index, book.standing.currencies, book.standing.files
    if command.participant and command.participant not in participants:
        table.fault(row, "participant", f"a participant of {files['participants']}")
        return
    for code in command.members:
        if code not in book.standing.member_index:
            named = {command.participant: "participant", **dict.fromkeys(command.target.split(), "target")}
            column = named.get(code, "value")
            table.fault(row, column, f"a member of {files['members']}")
    for holder, code in command.accounts:
        if holder not in participants or book.accounts[participants[holder], currencies[code]] < 0:
            column = "participant" if holder == command.participant else "target"
            table.fault(row, column, f"a participant with an account in {code} in {files['accounts']}")


def _clock(genesis: Genesis, commands: _Commands) -> Clock:
    """Return the business day: from the earliest start to the latest end, extensions included."""
    start = midnight(genesis.business_date)
    schedules = [genesis.schedule, *(entry for entry in genesis.currency_schedules.values() if not entry.closed)]
    later = [given.command.value_instant for given in commands[1] if given.command.target == "end"]
    return Clock(
        midnight=start,
        start=start + min(schedule.start for schedule in schedules),
        end=max([start + max(schedule.end for schedule in schedules), *later]),
        date=days_of(genesis.business_date),
    )


def _check_instants(commands: _Commands, clock: Clock, faults: Faults) -> None:
    table, given = commands
    if table is None or faults.in_files("union"):
        return
    expected = f"an instant from {format_instant(clock.start)} until before {format_instant(clock.end)}"
    for command in given:
        if not clock.start <= command.instant < clock.end:
            table.fault(command.number - 1, "instant", expected)


def _check_decisions(commands: _Commands, standing: Standing, settings: Settings, faults: Faults) -> None:
    """Report decisions for a source that has no rate of the pair; what else is wrong with one is an outcome."""
    table, given = commands
    if table is None or faults.in_files("union", "rates", Path(standing.files["members"]).stem):
        return
    age_max_days = (settings.auctions or Auctions()).reference_max_age_days
    file = standing.files.get("rates", "rates.csv")
    for each in given:
        command = each.command
        if command.command != "decide" or not command.target or not set(command.currencies) <= {*standing.currencies}:
            continue
        pair = Pair.of(*command.currencies)
        decision = Decision(settings.business_date, pair, command.target, *_ANYBODY)
        if not can_be_taken(standing.rates, age_max_days, decision):
            table.fault(each.number - 1, "target", f"a source with a rate of {pair} in {file}")


def _read_entries(folder: Path, book: Book, clock: Clock, faults: Faults) -> list[Entries]:
    """Return payments, PvP, obligations and orders."""
    found = []
    for stem, shape, dtype, read in (
        ("payments", PAYMENTS_SHAPE, PAYMENT, read_payments),
        ("pvp", PVPS_SHAPE, PVP, read_pvps),
        ("obligations", OBLIGATIONS_SHAPE, OBLIGATION, read_obligations),
        ("orders", DAY_ORDERS_SHAPE, ORDER, read_orders),
    ):
        path = locate(folder, stem, faults)
        table = read_table(path, shape, faults) if path else None
        found.append(read(table, book, clock) if table else no_entries(f"{stem}.csv", dtype))
    return found


def _read_quotes(folder: Path, book: Book, clock: Clock, faults: Faults) -> tuple[QuoteStep, ...]:
    path = locate(folder, "quotes", faults)
    table = read_table(path, QUOTES_SHAPE, faults) if path else None
    return read_quotes(table, book, clock) if table else ()


def _read_bands(folder: Path, genesis: Genesis, faults: Faults) -> tuple[NamedBand, ...]:
    """Return the bands of a day, all of its own currencies."""
    path = locate(folder, "bands", faults)
    if path is None:
        return ()
    known = dict(genesis.currencies)
    bands: tuple[NamedBand, ...] = ()
    try:
        bands = read_bands(path)
    except InvalidRequest as bad:
        for fault in bad.faults:
            faults.add(fault.file, fault.row, fault.column, fault.expected, fault.found)
    for row, band in enumerate(bands, 1):
        for column, code in (("a", band.a), ("b", band.b)):
            if code not in known and not faults.in_files("members"):
                faults.add(path.name, row, column, f"a currency of the day, one of {', '.join(known)}", repr(code))
    return bands
