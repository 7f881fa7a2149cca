"""Results of auctions, cycles and offsettings in the words of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from comity.engine.columns import RecordKind
from comity.engine.orders import CLEARED
from comity.model.amount import Rate as ModelRate
from comity.model.currency import CURRENCIES
from comity.model.instant import format_instant
from comity.node.calls import indicated_prices
from comity.wire.auctions import Auction, Fill, Indication, Rate, Step

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from comity.gateway.directory import Directory
    from comity.gateway.entries import Entries
    from comity.gateway.outcomes import Outcome
    from comity.node.auction import Auctioned

STEPS = {
    RecordKind.CUT: "cut",
    RecordKind.DISCHARGE: "discharge",
    RecordKind.PAY_OBLIGATIONS: "pay",
    RecordKind.SETTLE_TOGETHER: "offset",
}


def auction(outcome: Outcome) -> Auction:
    """Return what an auction decided, of the record that ended it."""
    return Auction(
        outcome.number,
        outcome.sequence,
        format_instant(outcome.instant),
        str(outcome.about["status"]),
        {code: str(price) for code, price in outcome.prices.items()},
        rates(outcome.prices, "auction", outcome.sequence),
        outcome.settled if outcome.about["status"] == CLEARED else 0,
        str(outcome.about.get("reason", "")),
    )


def rates(prices: Mapping[str, int], source: str, sequence: int) -> list[Rate]:
    """Return the rates between all currencies that have a price of a minor unit, each pair once."""
    codes = sorted(prices)
    return [
        Rate(base, quote, _rate(base, quote, prices), source, sequence)
        for place, base in enumerate(codes)
        for quote in codes[place + 1 :]
    ]


def _rate(base: str, quote: str, prices: Mapping[str, int]) -> str:
    one, other = CURRENCIES[base], CURRENCIES[quote]
    above, below = prices[base] * 10**one.exponent, prices[quote] * 10**other.exponent
    return ModelRate(above, below, one, other).text()


def official(outcome: Outcome) -> list[Rate]:
    """Return the official rates that the close of a call was given."""
    levels = outcome.about.get("reference")
    known = {code: level for code, level in levels.items() if level > 0} if isinstance(levels, dict) else {}
    return rates(known, "official", outcome.sequence)


def fills(
    rows: NDArray[np.void], accounts: Collection[int], directory: Directory, texts: Entries, limit: int
) -> list[Fill]:
    """Return the first fills of orders that pay from these accounts; reads the log for their ids."""
    own = rows[np.isin(rows["pays"], list(accounts))][:limit]
    words = texts.find(zip(own["entry_sequence"].tolist(), own["entry_row"].tolist(), strict=True))
    parties = zip(words, *(own[name].tolist() for name in ("pays", "gets", "sold", "bought")), strict=True)
    return [
        Fill(
            text.id,
            directory.owner[pays],
            directory.currency[pays],
            directory.currency[gets],
            directory.format(sold, pays),
            directory.format(bought, gets),
        )
        for text, pays, gets, sold, bought in parties
    ]


def indication(found: Auctioned, directory: Directory) -> Indication:
    """Return what an auction would do."""
    prices = indicated_prices(found, list(directory.currencies))
    told = {code: str(price) for code, price in prices.items()}
    reason = "" if prices else (found.refused[-1] if found.refused else "no two orders meet")
    return Indication(found.orders, told, rates(prices, "indication", 0), reason)


def step(outcome: Outcome, directory: Directory) -> Step:
    """Return what became of a proposal of a cycle or an offsetting."""
    about, kind = outcome.about, RecordKind(outcome.kind)
    named = about.get("currencies", [about["currency"]] if "currency" in about else [])
    currencies = tuple(str(code) for code in named) if isinstance(named, list) else ()
    value = bound = ""
    if kind is RecordKind.DISCHARGE:
        account = directory.accounts[directory.issuers[currencies[0]], currencies[0]]
        value = directory.format(outcome.value, account)
        bound = directory.format(outcome.bound, account) if outcome.bound >= 0 else ""
    return Step(
        outcome.sequence,
        format_instant(outcome.instant),
        STEPS[kind],
        currencies,
        outcome.settled,
        str(about.get("proposer", "")),
        str(about.get("rule", about.get("mode", ""))),
        int(str(about.get("cycle", 0))),
        value,
        bound,
        outcome.refused,
    )
