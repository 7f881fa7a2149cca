"""The format of yente: its clients ask which listed parties a party may be, and are answered as by yente.

`POST /match/{dataset}` of yente (`yente/routers/match.py` of opensanctions/yente) takes parties as entities of
FollowTheMoney by names that the client chooses. What is not read exactly is refused rather than passed over: who is
told of no hit has to know that the question was asked. Scores are those of `comity.screening` in hundredths; thresholds
are compared as decimals.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

from comity.errors import Fault, InvalidRequest, NotFound
from comity.screening import SCHEMATA, THRESHOLD, Entity, Schema
from comity.screening.properties import READ, described, describing
from comity.screening.scripts.text import LENGTH_MAX
from comity.wire import match as wire
from comity.wire.shapes import fault_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import TypeAlias

    from comity.screening import Hit, SanctionsList

    InTurn: TypeAlias = Callable[[Callable[[], list[Hit]]], Awaitable[list[Hit]]]

EVERY_LIST: Final = "default"
"""Data set of all lists."""
ALGORITHMS: Final = frozenset({"best", "comity"})
"""The one way to match, by the names that it has."""
QUERIES_MAX: Final = 100
VALUES_MAX: Final = 50
"""Values of a property, and names of a party."""
NAMES_LENGTH_MAX: Final = 32_768
"""Characters of the names of all parties together."""
KEY_LENGTH_MAX: Final = 200
"""Characters of the name of a question, and of an id."""
LIMIT: Final = 5
LIMIT_MAX: Final = 500
"""Results of a party: unless the request says, and at most."""
SCORE_MIN: Final = 50
"""Below this score hits are not looked for."""
DECIMAL_LENGTH_MAX: Final = 24
"""Characters of a score that is asked for."""
_HUNDREDTH = -2


class Matcher(Protocol):
    """What finds the hits of a party: a `Screener`, or as much of one as somebody sees."""

    @property
    def lists(self) -> tuple[SanctionsList, ...]:
        """The lists in force."""
        ...

    def match(self, party: Entity, threshold: int) -> Sequence[Hit]:
        """Return the hits of a party; see `Screener.match`."""
        ...


class Terms(NamedTuple):
    """How it is asked.

    Attributes
    ----------
    threshold
        Score from which on a result is a match, in hundredths, 50 to 100.
    cutoff
        Score from which on there is a result at all, likewise, at most the threshold.
    limit
        Results of a party at most; the total counts all matches.
    """

    threshold: int = THRESHOLD
    cutoff: int = THRESHOLD
    limit: int = LIMIT


def read_terms(threshold: str = "", cutoff: str = "", limit: int = LIMIT, algorithm: str = "best") -> Terms:
    """Read the parameters of a request; an empty threshold is ours, an empty cutoff the threshold.

    Raises
    ------
    InvalidRequest
        With their faults.
    """
    faults: list[Fault] = []
    least = _hundredths(threshold, "threshold", faults) if threshold else THRESHOLD
    lowest = _hundredths(cutoff, "cutoff", faults) if cutoff else least
    if not 1 <= limit <= LIMIT_MAX:
        faults.append(Fault("", 0, "limit", f"1 to {LIMIT_MAX}", str(limit)))
    if algorithm not in ALGORITHMS:
        faults.append(Fault("", 0, "algorithm", " or ".join(sorted(ALGORITHMS)), repr(algorithm[:KEY_LENGTH_MAX])))
    if faults:
        raise InvalidRequest(faults)
    return Terms(least, min(lowest, least), limit)


def read_request(body: bytes) -> wire.MatchRequest:
    """Read what is asked; InvalidRequest if it is no JSON, or not of its shape."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as bad:
        told = fault_of(str(bad), "", wire.MatchRequest)
        fault = Fault("", 0, told.pointer.strip("/"), told.expected, told.found)
    except RecursionError:
        fault = Fault("", 0, "", "JSON", "one that is nested too deep")
    raise InvalidRequest([fault])


def read_parties(request: wire.MatchRequest) -> dict[str, Entity]:
    """Return the parties that are asked about, by their names; InvalidRequest with every fault."""
    faults = [
        Fault("", 0, name, "nothing: there is one way to weigh", "something")
        for name, given in (("weights", request.weights), ("config", request.config))
        if given
    ]
    if not 1 <= len(request.queries) <= QUERIES_MAX:
        faults.append(Fault("", 0, "queries", f"1 to {QUERIES_MAX} queries", str(len(request.queries))))
        raise InvalidRequest(faults)
    parties = {name: _party(name, example, faults) for name, example in request.queries.items()}
    length = sum(len(text) for each in parties.values() for text in (*each.names, *each.weak_names))
    if length > NAMES_LENGTH_MAX:
        faults.append(Fault("", 0, "queries", f"names of up to {NAMES_LENGTH_MAX} characters in all", str(length)))
    if faults:
        raise InvalidRequest(faults)
    return parties


async def match(
    screener: Matcher, dataset: str, request: wire.MatchRequest, terms: Terms, in_turn: InTurn
) -> wire.MatchResponse:
    """Answer which listed parties those asked about may be.

    Parameters
    ----------
    dataset
        A list by its name, or `EVERY_LIST`.
    in_turn
        Looks one party up, which takes a processor a while, when its turn has come.

    Raises
    ------
    InvalidRequest
        There are no questions, too many or too long ones, or one that says nothing: with the faults.
    NotFound
        There is no such list.
    """
    if dataset != EVERY_LIST and dataset not in {each.name for each in screener.lists}:
        raise NotFound(f"no data set {dataset[:KEY_LENGTH_MAX]!r}")
    parties = read_parties(request)
    hits = {name: await in_turn(partial(_hits, screener, dataset, party, terms)) for name, party in parties.items()}
    return wire.MatchResponse(
        {
            name: wire.Matches(
                [_result(hit, terms.threshold) for hit in hits[name][: terms.limit]],
                wire.MatchTotal(sum(hit.score >= terms.threshold for hit in hits[name])),
                wire.MatchExample(example.schema, describing(parties[name]), example.id),
            )
            for name, example in request.queries.items()
        },
        terms.limit,
    )


def written(answer: wire.MatchResponse | wire.Catalog) -> bytes:
    """Write an answer as JSON; scores are numbers with two decimals."""
    return _ENCODER.encode(answer)


def catalog(lists: Sequence[SanctionsList]) -> wire.Catalog:
    """Return the data sets that may be asked: all lists together, and each."""
    names = [each.name for each in lists]
    every = wire.Dataset(EVERY_LIST, "All lists", "", "", "", sum(each.count for each in lists), names)
    alone = [wire.Dataset(each.name, each.name, each.version, each.date, each.digest, each.count) for each in lists]
    return wire.Catalog([every, *alone], [EVERY_LIST, *names])


def _hits(screener: Matcher, dataset: str, party: Entity, terms: Terms) -> list[Hit]:
    return [hit for hit in screener.match(party, terms.cutoff) if dataset in (EVERY_LIST, hit.list_name)]


_DECODER = msgspec.json.Decoder(wire.MatchRequest)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_NOBODY = Entity("", Schema.LEGAL_ENTITY, ())


def _hundredths(text: str, name: str, faults: list[Fault]) -> int:
    """Return the least whole number of hundredths that a decimal stands for."""
    try:
        score = Decimal(text) if len(text) <= DECIMAL_LENGTH_MAX else Decimal(-1)
    except InvalidOperation:
        score = Decimal(-1)
    if not (score.is_finite() and SCORE_MIN <= score * 100 <= 100):  # noqa: PLR2004 - hundredths
        faults.append(Fault("", 0, name, f"0.{SCORE_MIN} to 1", repr(text[:DECIMAL_LENGTH_MAX])))
        return THRESHOLD
    return int((score * 100).to_integral_value(ROUND_CEILING))


def _party(name: str, example: wire.MatchExample, faults: list[Fault]) -> Entity:
    """Read a party, and note what is wrong with it."""
    place = f"queries/{name[:KEY_LENGTH_MAX]}"

    def fault(column: str, expected: str, found: str) -> None:
        faults.append(Fault("", 0, f"{place}/{column}".rstrip("/"), expected, found))

    if len(name) > KEY_LENGTH_MAX or len(example.id or "") > KEY_LENGTH_MAX:
        fault("", f"a name and an id of at most {KEY_LENGTH_MAX} characters", "longer ones")
    schema = SCHEMATA.get(example.schema)
    if schema is None:
        fault("schema", f"one of {', '.join(SCHEMATA)}", repr(example.schema[:KEY_LENGTH_MAX]))
        return _NOBODY
    properties = {field: _texts(values) for field, values in example.properties.items() if field in READ}
    for field, values in properties.items():
        if len(values) > VALUES_MAX:
            fault(f"properties/{field}", f"up to {VALUES_MAX} values", str(len(values)))
        if any(len(text) > LENGTH_MAX for text in values):
            fault(f"properties/{field}", f"values of at most {LENGTH_MAX} characters", "a longer one")
    party = described(example.id or "", schema, properties)
    if len(party.names) > VALUES_MAX or any(len(text) > LENGTH_MAX for text in party.names):
        fault("properties", f"up to {VALUES_MAX} names of at most {LENGTH_MAX} characters", "more, or longer ones")
    if not (party.names or party.weak_names or party.identifiers):
        fault("properties", "a name or an identifier", f"none in {', '.join(sorted(example.properties))[:200] or 'it'}")
    return party


def _texts(values: str | int | Sequence[str | int]) -> list[str]:
    listed = [values] if isinstance(values, str | int) else values
    return [text for each in listed if (text := " ".join(str(each).split()))]


def _result(hit: Hit, threshold: int) -> wire.MatchedEntity:
    explanations: dict[str, wire.MatchFeature] = {}
    for feature in hit.features:
        name = feature.name.replace(" ", "_")
        explanations[name] = wire.MatchFeature(_score(feature.points), feature.words)
    return wire.MatchedEntity(
        hit.entity.id,
        (*hit.entity.names, *hit.entity.weak_names)[0],
        hit.entity.schema,
        describing(hit.entity),
        [hit.list_name],
        _score(hit.score),
        hit.score >= threshold,
        explanations,
        {name: feature.score for name, feature in explanations.items()},
    )


def _score(points: int) -> Decimal:
    return Decimal(points).scaleb(_HUNDREDTH)
