"""What is known of two parties besides their names, and what it is worth."""

from dataclasses import dataclass

from comity.screening.entity import Entity, Schema
from comity.screening.identifiers import DECISIVE, ISSUED

_SAME_DAY = 6
_SAME_YEAR = 3
_OTHER_YEAR = -14
_OTHER_DAY = -4
_SAME_COUNTRY = 2
_OTHER_COUNTRY = -4
_OTHER_KIND = -25
_OTHER_NUMBER = -10
_DECISIVE = 100
_ISSUED = 96
_YEARS_APART = 1


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing that made a score, and by how many points it moved it.

    Attributes
    ----------
    name
        Which thing.
    points
        Points: what the score began with, or what was added.
    words
        What it is about.
    """

    name: str
    points: int
    words: str

    def __str__(self) -> str:
        return f"{self.name} {self.points:+d} ({self.words})" if self.words else f"{self.name} {self.points:+d}"


def by_identifier(party: Entity, listed: Entity) -> Feature | None:
    """Return the identifier both have that says the most, and the score it gives."""
    best: Feature | None = None
    for mine in party.identifiers:
        for other in listed.identifiers:
            if mine.value != other.value or (mine.country and other.country and mine.country != other.country):
                continue
            if mine.kind == other.kind and mine.kind in DECISIVE:
                return Feature(mine.kind, _DECISIVE, mine.value)
            if {mine.kind, other.kind} <= ISSUED | {"other"}:
                best = Feature(other.kind, _ISSUED, mine.value)
    return best


def qualify(party: Entity, listed: Entity) -> tuple[int, tuple[Feature, ...]]:
    """Return what kind, dates, countries and differing numbers add, at most `BONUS_MAX` of the screener."""
    features = []
    if not party.schema.may_be(listed.schema):
        features.append(Feature("kind", _OTHER_KIND, f"{party.schema} ~ {listed.schema}"))
    date = _dates(party.birth_dates, listed.birth_dates)
    if date is not None:
        features.append(date)
    if party.countries and listed.countries:
        shared = sorted(set(party.countries) & set(listed.countries))
        points = _SAME_COUNTRY if shared else _OTHER_COUNTRY
        features.append(Feature("country", points, " ".join(shared or listed.countries)))
    for kind in sorted(DECISIVE):
        mine = {each.value for each in party.identifiers if each.kind == kind}
        others = {each.value for each in listed.identifiers if each.kind == kind}
        if mine and others and not mine & others:
            features.append(Feature(kind, _OTHER_NUMBER * (2 if listed.schema == Schema.VESSEL else 1), "differs"))
    return sum(feature.points for feature in features), tuple(features)


def _dates(asked: tuple[str, ...], listed: tuple[str, ...]) -> Feature | None:
    if not asked or not listed:
        return None
    if any(len(one) > 4 and one == other for one in asked for other in listed):  # noqa: PLR2004 - more than a year
        return Feature("date of birth", _SAME_DAY, " ".join(asked))
    apart = min(abs(int(one[:4]) - int(other[:4])) for one in asked for other in listed)
    words = f"{' '.join(asked)} ~ {' '.join(listed)}"
    if apart > _YEARS_APART:
        return Feature("date of birth", _OTHER_YEAR, words)
    if apart:
        return None
    days = any(len(one) > 4 and len(other) > 4 for one in asked for other in listed)  # noqa: PLR2004 - more than a year
    whole = all(len(one) > 4 for one in (*asked, *listed))  # noqa: PLR2004 - the same
    return Feature("date of birth", _OTHER_DAY if days and whole else _SAME_YEAR, words)
