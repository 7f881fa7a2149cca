"""The files of a generated DAY.

Besides the files that every DAY has there is totals.csv: what each country was
paid by each other in each currency, to which the payments add up.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from comity.day.generate.countries import countries
from comity.day.generate.draws import Ints
from comity.day.generate.furnishing import PAY_INS, Holding, exponent
from comity.day.generate.hours import SCHEDULE
from comity.day.generate.invoicing import Flow, Money
from comity.day.generate.members import Union
from comity.day.generate.payments import LINK_SIZE, Banks, Payments
from comity.day.generate.trades import Trade
from comity.day.standing import Rate
from comity.day.write import write_csv
from comity.model.amount import format_minor
from comity.model.instant import format_time

_ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")
_PRIORITIES = ("urgent", "high", "normal")
_KINDS = ("customer", "interbank")
_MINUTE = 60_000_000
_SETTINGS = """\
name = "{name}"
business_date = {date}
corridors = "agreements"

[phases]
start = "{start}"
open = "{open}"
customer_cutoff = "{customer_cutoff}"
interbank_cutoff = "{interbank_cutoff}"
end = "{end}"

[offsetting]
every = "300s"
rule = "fifo"
"""


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything of a generated day."""

    name: str
    date: date
    union: Union
    money: Money
    banks: Banks
    flows: Sequence[Flow]
    payments: Payments
    trades: Sequence[Trade]
    holdings: Sequence[Holding]
    limits: Sequence[tuple[str, int, int, str, int]]
    cap: tuple[str, str, str, int] | None
    rates: Sequence[Rate]

    @property
    def codes(self) -> list[str]:
        """Code of every bank: shaped as a BIC, the last but one character 0 as in test BICs."""
        places = range(self.banks.each)
        return [
            f"BK{chr(65 + place // 26)}{chr(65 + place % 26)}{country}A0"
            for country in self.banks.countries
            for place in places
        ]


def write_folder(parts: Parts, folder: Path) -> None:
    """Write all files of a day into an empty folder."""
    times = {key: format_time(getattr(SCHEDULE, key)) for key in SCHEDULE.__slots__ if key != "closed"}
    settings = _SETTINGS.format(name=parts.name, date=parts.date, **times)
    (folder / "union.toml").write_text(settings, encoding="utf-8")
    union = parts.union
    members = ((code, union.currency(code), union.name(code)) for code in union.members)
    write_csv(folder / "members.csv", ("member", "currency", "name"), members)
    write_csv(folder / "participants.csv", ("participant", "member", "name"), _participants(parts))
    header = ("participant", "currency", "opening", "credit_limit", "reserve_urgent", "reserve_high")
    write_csv(folder / "accounts.csv", header, _accounts(parts))
    write_csv(folder / "limits.csv", ("kind", "debtor", "creditor", "currency", "amount"), _limits(parts))
    between = ("member_a", "member_b", "services", "currencies", "from")
    write_csv(folder / "agreements.csv", between, _agreements(parts))
    _write_table(_payments(parts), folder / "payments.csv")
    write_csv(folder / "pvp.csv", _PVP, _pvps(parts))
    given = ("instant", "command", "participant", "currency", "target", "amount", "value")
    write_csv(folder / "commands.csv", given, _commands(parts))
    if parts.rates:
        write_csv(folder / "rates.csv", ("date", "base", "quote", "rate", "source"), _rates(parts.rates))
    totals = ((flow.exporter, flow.importer, flow.currency, _major(flow.minor, flow.currency)) for flow in parts.flows)
    write_csv(folder / "totals.csv", ("exporter", "importer", "currency", "amount"), totals)


def _major(minor: int, currency: str) -> str:
    return format_minor(minor, exponent(currency))


def _participants(parts: Parts) -> Iterator[tuple[str, str, str]]:
    for bank, code in enumerate(parts.codes):
        country = parts.banks.country(bank)
        place = bank % parts.banks.each
        ordinal = _ORDINALS[place] if place < len(_ORDINALS) else f"No. {place + 1}"
        yield code, parts.union.member[country], f"{ordinal} Bank of {countries()[country].name}"


def _accounts(parts: Parts) -> Iterator[tuple[str, ...]]:
    for held in parts.holdings:
        amounts = (held.opening, held.credit, held.urgent, held.high)
        yield parts.codes[held.bank], held.currency, *(_major(amount, held.currency) for amount in amounts)


def _limits(parts: Parts) -> Iterator[tuple[str, ...]]:
    codes = parts.codes
    for kind, debtor, creditor, currency, amount in parts.limits:
        yield kind, codes[debtor], codes[creditor] if creditor >= 0 else "", currency, _major(amount, currency)
    if parts.cap:
        payer, payee, currency, amount = parts.cap
        yield "corridor", payer, payee, currency, _major(amount, currency)


def _agreements(parts: Parts) -> Iterator[tuple[str, ...]]:
    members = parts.union.members
    currencies = " ".join(parts.money.currencies)
    start = parts.date.replace(month=1, day=1).isoformat()
    for place, one in enumerate(members):
        for other in members[place + 1 :]:
            yield one, other, "payment pvp clearing conversion", currencies, start


def _payments(parts: Parts) -> pa.Table:
    drawn = parts.payments
    codes = pa.array(parts.codes)
    numbers = pa.array(np.arange(1, len(drawn) + 1)).cast(pa.string())
    currencies = [flow.currency for flow in parts.flows]
    decimals = np.array([exponent(code) for code in currencies], np.int64)
    links = pc.binary_join_element_wise("SET", pa.array(drawn.link).cast(pa.string()), "")
    linked = pa.array(drawn.link > 0)
    return pa.table(
        {
            "id": pc.binary_join_element_wise("T", pc.utf8_lpad(numbers, len(str(len(drawn))), "0"), ""),
            "instant": _times(drawn.time),
            "debtor": codes.take(pa.array(drawn.debtor)),
            "creditor": codes.take(pa.array(drawn.creditor)),
            "currency": pa.array(currencies).take(pa.array(drawn.flow)),
            "amount": _amounts(drawn.amount, decimals[drawn.flow]),
            "priority": pa.array(_PRIORITIES).take(pa.array(drawn.priority)),
            "kind": pa.array(_KINDS).take(pa.array(drawn.interbank)),
            "link": pc.if_else(linked, links, ""),
            "link_size": pc.if_else(linked, str(LINK_SIZE), ""),
        }
    )


def _times(times: Ints) -> pa.Array:
    """Write times as HH:MM:SS.mmm."""
    return pa.array(times // 1000).cast(pa.int32()).cast(pa.time32("ms")).cast(pa.string())


def _amounts(minor: Ints, decimals: Ints) -> pa.Array:
    """Write minor units as decimal text in major units."""
    text = pa.nulls(len(minor), pa.string())
    for places in np.unique(decimals).tolist():
        scale = 10**places
        whole = pa.array(minor // scale).cast(pa.string())
        if places:
            fraction = pc.utf8_lpad(pa.array(minor % scale).cast(pa.string()), places, "0")
            whole = pc.binary_join_element_wise(whole, fraction, ".")
        text = pc.if_else(pa.array(decimals == places), whole, text)
    return text


def _write_table(table: pa.Table, path: Path) -> None:
    """Write text that needs no quotes as CSV."""
    header = ",".join(table.column_names) + "\n"
    with path.open("wb") as file:
        file.write(header.encode())
        options = pacsv.WriteOptions(include_header=False, quoting_style="none")
        pacsv.write_csv(table, file, write_options=options)


_PVP = (
    *("id", "instant", "seller", "buyer", "sell_currency", "sell_amount", "buy_currency", "buy_amount"),
    *("entered_by", "reference"),
)


def _pvps(parts: Parts) -> list[tuple[str, ...]]:
    codes = parts.codes
    rows: list[tuple[int, tuple[str, ...]]] = []
    for number, trade in enumerate(parts.trades, 1):
        parties = (codes[trade.seller], codes[trade.buyer])
        sold = (trade.sell_currency, _major(trade.sell_minor, trade.sell_currency))
        bought = (trade.buy_currency, _major(trade.buy_minor, trade.buy_currency))
        sides = [("both", 0)] if trade.once else [("seller", 0), ("buyer", _MINUTE)]
        for side, later in sides:
            at = trade.time + later
            name = f"X{number:06d}" + ("" if side == "both" else side[0].upper())
            rows.append((at, (name, _clock(at), *parties, *sold, *bought, side, f"R{number:06d}")))
    return [row for _, row in sorted(rows, key=lambda row: row[0])]


def _clock(time: int) -> str:
    text = format_time(time)
    return text + ":00" if len(text) == len("HH:MM") else text


def _commands(parts: Parts) -> Iterator[tuple[str, ...]]:
    codes = parts.codes
    for number, at in enumerate(PAY_INS, 1):
        for held in parts.holdings:
            if held.pay_in:
                name = f"PAYIN{number}{held.currency}"
                yield at, "transfer_in", codes[held.bank], held.currency, name, _major(held.pay_in, held.currency), ""
    if parts.limits:
        kind, debtor, creditor, currency, amount = parts.limits[0]
        other = codes[creditor] if creditor >= 0 else ""
        yield "14:00:00", "limit", codes[debtor], currency, other, _major(2 * amount, currency), kind
    first, second = parts.union.members[:2] if len(parts.union.members) > 1 else ("", "")
    if second:
        yield "10:00:00", "close", "", "", f"{first} {second}", "", "hold"
        yield "10:30:00", "open", "", "", f"{first} {second}", "", ""
    yield "15:00:00", "offset", "", "", "", "", "partial"
    yield "19:45:00", "extend", "", "", "customer_cutoff", "", "20:15:00"


def _rates(rates: Iterable[Rate]) -> Iterator[tuple[str, ...]]:
    for rate in rates:
        yield rate.date.isoformat(), rate.base, rate.quote, _decimal(rate), rate.source


def _decimal(rate: Rate) -> str:
    """Write a rate as a decimal; official rates have one."""
    shift = next(places for places in range(30) if (rate.rate * 10**places).denominator == 1)
    return format_minor((rate.rate * 10**shift).numerator, shift) if shift else str(rate.rate.numerator)
