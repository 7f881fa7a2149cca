"""Who paid whom in which currency: the members' matrix."""

from collections.abc import Mapping
from dataclasses import dataclass

from comity.statistics.exact import Sums
from comity.statistics.legs import Legs


@dataclass(frozen=True, slots=True)
class Corridor:
    """What the participants of one member paid those of another in one currency."""

    payer: str
    """Code of the paying member; the participant's own code if it has no member."""
    payee: str
    currency: str
    items: int
    value_minor: int
    settled_items: int
    settled_minor: int


def corridors(sums: Sums, legs: Legs, home: Mapping[str, str]) -> list[Corridor]:
    """Return every corridor with a leg, in order of payer, payee and currency; `home` gives members by participant."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for debtor, creditor, currency, *figures in sums.rows(_QUERY):
        payer = legs.participants[debtor]
        payee = legs.participants[creditor]
        key = (home.get(payer, payer), home.get(payee, payee), legs.currencies[currency])
        known = found.setdefault(key, [0] * len(figures))
        for place, figure in enumerate(figures):
            known[place] += figure
    return [Corridor(*key, *figures) for key, figures in sorted(found.items())]


_QUERY = """
    SELECT debtor, creditor, currency, count(*), sum(amount),
        count(*) FILTER (settled), coalesce(sum(amount) FILTER (settled), 0)
    FROM leg GROUP BY 1, 2, 3
"""
