"""The auctions of a settled day, from auctions.csv and the tables beside it."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from comity.engine.market import Excluded
from comity.model.instant import parse_instant
from comity.statistics.conversion import Conversion, Converted, PairBook, PairBooks
from comity.statistics.liquidity import minor

CLEARED, NO_TRADE, NOT_HELD = "cleared", "no trade", "not held"
Line = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Auction:
    """An auction of a day."""

    number: int
    at: int
    """When its call closed, microseconds since 1970-01-01 UTC."""
    status: str
    """cleared, no trade, or not held."""
    open_orders: int
    """Orders that stood when the call closed; those of its book are among them."""
    active: tuple[str, ...]
    """Bands on which a price stands, such as CNY/RUB: one CNY may cost no more RUB."""
    stopped: tuple[str, ...]
    """Pairs whose rates wait for people; their orders sat out."""
    refused: str
    """Why proposals were refused, or none was made, or it was not held; empty for nothing."""
    conversion: Conversion
    excluded: tuple[Excluded, ...] = ()
    """What members' demands kept out of its book, by demand."""


def read_auctions(out: Path, exponents: Mapping[str, int]) -> tuple[Auction, ...]:
    """Read the auctions of the day whose results are in `out`, in order of time; none on a day without."""
    prices: dict[int, dict[str, Converted]] = {}
    for line in _lines(out / "auction_prices.csv"):
        code = line["currency"]
        prices.setdefault(int(line["auction"]), {})[code] = _converted(line, exponents.get(code, 2))
    books: dict[int, list[PairBook]] = {}
    for line in _lines(out / "auction_pair_books.csv"):
        figures = (int(line[name]) for name in ("orders", "offered", "joint", "alone"))
        books.setdefault(int(line["auction"]), []).append(PairBook(line["a"], line["b"], *figures))
    return tuple(_auction(line, prices, books, exponents) for line in _lines(out / "auctions.csv"))


def _auction(
    line: Line,
    prices: Mapping[int, dict[str, Converted]],
    books: Mapping[int, list[PairBook]],
    exponents: Mapping[str, int],
) -> Auction:
    number = int(line["auction"])
    return Auction(
        number,
        parse_instant(line["at"]),
        line["status"],
        int(line["open_orders"]),
        tuple(line["active_bands"].split()),
        tuple(line["stopped"].split()),
        line["refused"],
        Conversion(
            int(line["orders"]),
            int(line["fills"]),
            prices.get(number, {}),
            PairBooks(tuple(books.get(number, ()))),
        ),
        tuple(_demand(text.split(), exponents) for text in line["excluded"].split("; ") if text),
    )


def _demand(words: list[str], exponents: Mapping[str, int]) -> Excluded:
    """Read a demand such as `CN/RU 2 RUB 500000.00`."""
    member, other = words[0].split("/")
    amounts = zip(words[2::2], words[3::2], strict=True)
    offered = [(code, minor(amount, exponents.get(code, 2))) for code, amount in amounts]
    return Excluded(member, other, int(words[1]), offered)


def _converted(line: Line, exponent: int) -> Converted:
    amounts = (minor(line[name], exponent) for name in ("offered", "sold", "surplus"))
    price, reference = (int(line[name] or 0) for name in ("price", "reference"))
    return Converted(exponent, price, reference, line["traded"] == "true", *amounts)


def _lines(path: Path) -> Iterator[Line]:
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
