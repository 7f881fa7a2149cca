"""The payments of a day: flows cut into amounts, given to banks, spread over the hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt

import numpy as np

from comity.day.generate import draws
from comity.day.generate.draws import Ints
from comity.day.generate.hours import MINUTE, window
from comity.day.generate.invoicing import Flow
from comity.errors import Fault, InvalidRequest

_MILLISECOND = 1000
_URGENT_PERCENT, _HIGH_PERCENT, _INTERBANK_PERCENT = 2, 10, 3
_LINK_EVERY, LINK_SIZE = 5000, 3


@dataclass(frozen=True, slots=True)
class Banks:
    """Banks of the union: `first[c]` is the index of country c's largest, each country has `each`.

    `countries` are alpha-2 codes.
    """

    countries: tuple[str, ...]
    each: int

    def __len__(self) -> int:
        return len(self.countries) * self.each

    def first(self, country: str) -> int:
        """Index of a country's largest bank."""
        return self.countries.index(country) * self.each

    def country(self, bank: int) -> str:
        """Country of a bank."""
        return self.countries[bank // self.each]


@dataclass(frozen=True, slots=True)
class Payments:
    """Columns of equal length, in order of time; banks and flows are indexes.

    Attributes
    ----------
    flow
        Which flow a payment is part of.
    amount
        Minor units.
    time
        Microseconds after midnight UTC, whole milliseconds.
    priority
        0 urgent, 1 high, 2 normal.
    link
        Number of the linked set from 1, 0 none.
    """

    flow: Ints
    debtor: Ints
    creditor: Ints
    amount: Ints
    time: Ints
    priority: Ints
    interbank: Ints
    link: Ints

    def __len__(self) -> int:
        return len(self.amount)


def counts_of(flows: Sequence[Flow], payments: int) -> Ints:
    """Return how many payments each flow is cut into: by the root of its worth, at least one, at most its size.

    Raises
    ------
    InvalidRequest
        If there are fewer payments than flows, or more than minor units.
    """
    if not len(flows) <= payments:
        expected = f"at least {len(flows)} payments, one for each pair and currency"
        raise InvalidRequest([Fault("generate", 0, "payments", expected, str(payments))])
    roots = np.array([max(1, isqrt(int(flow.worth))) for flow in flows], np.int64)
    sizes = np.array([flow.minor for flow in flows], np.int64)
    counts = draws.apportion(payments, roots, np.ones(len(flows), np.int64))
    excess = int(np.maximum(counts - sizes, 0).sum())
    counts = np.minimum(counts, sizes)
    for place in np.argsort(counts - sizes, kind="stable").tolist():
        taken = min(excess, int(sizes[place] - counts[place]))
        counts[place] += taken
        excess -= taken
    if excess:
        raise InvalidRequest([Fault("generate", 0, "payments", f"at most {payments - excess} payments", str(payments))])
    return counts


def draw_payments(chance: np.random.Generator, flows: Sequence[Flow], banks: Banks, payments: int) -> Payments:
    """Draw the payments of a day; those of each flow add up to it."""
    counts = counts_of(flows, payments)
    weights = draws.log_normal_weights(chance, payments, int(counts.max()))
    amount = draws.split(np.array([flow.minor for flow in flows], np.int64), counts, weights)
    flow = np.repeat(np.arange(len(flows)), counts)
    windows = np.array([window(entry.importer, entry.exporter) for entry in flows]) * (MINUTE // _MILLISECOND)
    time = draws.u_shaped(chance, windows[flow, 0], windows[flow, 1]) * _MILLISECOND
    payer = np.array([banks.first(entry.importer) for entry in flows])
    payee = np.array([banks.first(entry.exporter) for entry in flows])
    shares = draws.zipf(banks.each)
    debtor = payer[flow] + draws.picks(chance, shares, payments)
    creditor = payee[flow] + draws.picks(chance, shares, payments)
    percent = chance.integers(0, 100, payments)
    priority = np.where(percent < _URGENT_PERCENT, 0, np.where(percent < _HIGH_PERCENT, 1, 2))
    interbank = (chance.integers(0, 100, payments) < _INTERBANK_PERCENT).astype(np.int64)
    order = np.argsort(time, kind="stable")
    return Payments(
        flow=flow[order],
        debtor=debtor[order],
        creditor=creditor[order],
        amount=amount[order],
        time=time[order],
        priority=priority[order],
        interbank=interbank[order],
        link=_links(payments),
    )


def _links(payments: int) -> Ints:
    """Link every so often three payments that follow each other."""
    place = np.arange(payments)
    within = place % _LINK_EVERY
    first = _LINK_EVERY // 2
    linked = (within >= first) & (within < first + LINK_SIZE) & (place - within + first + LINK_SIZE <= payments)
    return np.where(linked, place // _LINK_EVERY + 1, 0)
