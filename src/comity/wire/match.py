"""Matching parties against sanctions lists, in the format of yente, the server of OpenSanctions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec


class MatchExample(msgspec.Struct, frozen=True, omit_defaults=True):
    """A party that is asked about."""

    schema: str
    """What it is in FollowTheMoney: "Person", "Company", "Vessel", .."""
    properties: Mapping[str, str | int | Sequence[str | int]]
    """Values by property of FollowTheMoney."""
    id: str | None = None
    """As whoever asks numbers it; it is told again."""


class MatchRequest(msgspec.Struct, frozen=True):
    """Parties that are asked about."""

    queries: dict[str, MatchExample]
    """By names that whoever asks chooses."""
    weights: dict[str, msgspec.Raw] = {}
    """Has to be empty: there is one way to weigh."""
    config: dict[str, msgspec.Raw] = {}
    """Likewise."""


class MatchFeature(msgspec.Struct, frozen=True):
    """One thing that made a score."""

    score: Decimal
    """What the score began with, or what was added; negative if it spoke against."""
    detail: str
    """What it is about."""


class MatchedEntity(msgspec.Struct, frozen=True):
    """A listed party that a party may be."""

    id: str
    """As its list numbers it."""
    caption: str
    """Its first name."""
    schema: str
    properties: dict[str, list[str]]
    datasets: list[str]
    """The list."""
    score: Decimal
    """0 to 1, two decimals."""
    match: bool
    """Whether the score reaches the threshold."""
    explanations: dict[str, MatchFeature]
    """What made the score."""
    features: dict[str, Decimal]
    """The same without words."""
    referents: list[str] = []
    target: bool = True


class MatchTotal(msgspec.Struct, frozen=True):
    """How many there are."""

    value: int
    relation: str = "eq"


class Matches(msgspec.Struct, frozen=True):
    """Which listed parties one party may be."""

    results: list[MatchedEntity]
    """The highest score first."""
    total: MatchTotal
    """Matches, also those beyond the limit."""
    query: MatchExample
    """The party as it was read."""
    status: int = 200


class MatchResponse(msgspec.Struct, frozen=True):
    """Answers by the names of the questions."""

    responses: dict[str, Matches]
    limit: int
    matcher: dict[str, str] = {}
    """What features mean: they explain themselves."""


class Dataset(msgspec.Struct, frozen=True):
    """A list, or all of them."""

    name: str
    title: str
    version: str
    """What its publisher calls the edition; of all lists none."""
    updated_at: str
    """Day of the edition; empty if the list does not say."""
    checksum: str
    """SHA-256 of the edition; of all lists none."""
    entity_count: int
    children: list[str] = []


class Catalog(msgspec.Struct, frozen=True):
    """The lists in force."""

    datasets: list[Dataset]
    current: list[str]
    outdated: list[str] = []
    index_stale: bool = False
