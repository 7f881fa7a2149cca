"""External screeners: yente or Watchman asked, over HTTPS, which listed parties a party may be.

There is a verdict or there is none. Whatever comes instead of a whole, well-formed answer to every question, in time,
is `ScreeningUnavailable`, and never an answer without hits: what waits for it goes on waiting. The deadline is one
for everything, so that a server which sends a byte now and then does not move it.

yente takes many parties in a request, `POST /match/{dataset}` (`yente/routers/match.py` of opensanctions/yente).
Watchman takes one name in a request, `GET /v2/search` (`docs/search.md` of moov-io/watchman), and answers without hits
while it has not loaded its lists, so `GET /v2/listinfo` is asked first.
"""

from __future__ import annotations

import asyncio
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar
from urllib.parse import quote

import httpx
import msgspec
from msgspec import structs

from comity.errors import Fault, InvalidRequest, ScreeningUnavailable
from comity.gateway.destinations import Rules, parse_url
from comity.gateway.settings import is_loopback, read_secret
from comity.screening import SCHEMATA, THRESHOLD, Entity, Hit, Schema
from comity.screening.features import Feature
from comity.screening.properties import described, describing

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Sequence

Kind: TypeAlias = Literal["yente", "watchman"]
BATCH_MAX: Final = 100
"""Parties in a request to yente, which takes no more as it is shipped."""
RESULTS_MAX: Final = 10
"""Hits of a party that are asked for, which yente and Watchman give as they are shipped."""
ANSWER_MAX: Final = 16 << 20
"""Bytes of an answer."""
TIMEOUT_S_MAX: Final = 60.0
_RULES = Rules(private=True, plain=True)
_WORDS_LENGTH_MAX = 500
_DAY_LENGTH = len("1970-01-23")
_TYPES = {Schema.PERSON: "person", Schema.VESSEL: "vessel", Schema.AIRPLANE: "aircraft"}
_GOVERNMENT_IDS = {"passport": "gov_passport", "national": "gov_national", "tax": "gov_tax"}
_KINDS = {"person": Schema.PERSON, "vessel": Schema.VESSEL, "aircraft": Schema.AIRPLANE}
Shape = TypeVar("Shape", bound=msgspec.Struct)


class ExternalScreener:
    """Asks another server; used from one event loop.

    Parameters
    ----------
    kind
        What it is.
    url
        Where it is: https, or http on loopback; what its paths begin with.
    dataset
        Which lists: a data set of yente, `default` if empty; a list of Watchman, every one if empty.
    timeout_s
        Seconds for everything that one call of `match` does, above 0, up to 60.
    token_file
        File with the whole value of the header `Authorization`, read for every call; empty: none is sent.
    trust
        Certificates to trust; those that are usual if absent.

    Raises
    ------
    InvalidRequest
        The address or the time is none that is allowed.
    """

    def __init__(
        self,
        kind: Kind,
        url: str,
        dataset: str = "",
        *,
        timeout_s: float = 5.0,
        token_file: str = "",
        trust: ssl.SSLContext | None = None,
    ) -> None:
        destination = parse_url(url, _RULES)
        if destination.scheme != "https" and not is_loopback(destination.host):
            raise InvalidRequest([Fault("", 0, "url", "https, since it is not on loopback", repr(url[:100]))])
        if "?" in destination.target:
            raise InvalidRequest([Fault("", 0, "url", "an address without a query", repr(url[:100]))])
        if not 0 < timeout_s <= TIMEOUT_S_MAX:
            raise InvalidRequest([Fault("", 0, "timeout_s", f"above 0, up to {TIMEOUT_S_MAX:g}", repr(timeout_s))])
        self.kind = kind
        self.name = f"{kind} at {destination.authority}"
        self._base = f"{destination.scheme}://{destination.authority}{destination.target.rstrip('/')}"
        self._dataset = dataset
        self._timeout_s = timeout_s
        self._token_file = token_file
        self._trust = httpx.create_ssl_context() if trust is None else trust

    async def match(self, parties: Sequence[Entity], threshold: int = THRESHOLD) -> list[list[Hit] | None]:
        """Return the hits of each party, in their order, the highest score first.

        Of a party that it cannot be asked about there is None: that has no name, nor for a yente an identifier.

        Scores are those of the other server in hundredths, rounded up. What it calls a match is a hit whatever the
        score. An edition of its lists is told only by Watchman.

        Parameters
        ----------
        threshold
            Least score of a hit, 1 to 100; what it stands for is another for each kind.

        Raises
        ------
        ScreeningUnavailable
            There is no whole answer in time.
        """
        fit = [each for each in parties if self._can_ask(each)]
        if not fit:
            return [None] * len(parties)
        match = self._match_yente if self.kind == "yente" else self._match_watchman
        try:
            async with asyncio.timeout(self._timeout_s), self._client() as client:
                found = dict(zip(fit, await match(client, fit, threshold), strict=True))
        except TimeoutError:
            raise self._unavailable(f"no whole answer in {self._timeout_s:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError) as error:
            raise self._unavailable(type(error).__name__) from None  # its text may tell of who was asked about
        return [found.get(each) for each in parties]

    def _can_ask(self, party: Entity) -> bool:
        return bool(_names_of(party) or (self.kind == "yente" and party.identifiers))

    def _client(self) -> httpx.AsyncClient:
        headers = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "comity"}
        if self._token_file:
            headers["authorization"] = read_secret(self._token_file)
        return httpx.AsyncClient(
            headers=headers,
            verify=self._trust,
            trust_env=False,
            follow_redirects=False,
            timeout=self._timeout_s,
        )

    async def _match_yente(
        self, client: httpx.AsyncClient, parties: Sequence[Entity], threshold: int
    ) -> list[list[Hit]]:
        query = {
            "threshold": str(_hundredths(threshold)),
            "cutoff": str(_hundredths(threshold - 1)),  # yente leaves out what has just this score
            "limit": str(RESULTS_MAX),
            "algorithm": "best",
        }
        url = f"{self._base}/match/{quote(self._dataset or 'default', safe='')}"
        hits: list[list[Hit]] = []
        for start in range(0, len(parties), BATCH_MAX):
            asked = {str(start + place): each for place, each in enumerate(parties[start : start + BATCH_MAX])}
            body = msgspec.json.encode({"queries": {name: self._example(party) for name, party in asked.items()}})
            request = client.build_request(
                "POST", url, params=query, content=body, headers={"content-type": "application/json"}
            )
            answer = await self._ask(client, request, _YenteAnswer)
            if answer.responses.keys() != asked.keys():
                raise self._unavailable("an answer to other questions than were asked")
            hits += [self._yente_hits(party, answer.responses[name], threshold) for name, party in asked.items()]
        return hits

    def _example(self, party: Entity) -> dict[str, object]:
        """Return a party as yente takes it; a weak name counts as any other when it is asked about."""
        plain = structs.replace(party, names=_names_of(party), weak_names=())
        return {"schema": str(party.schema), "properties": describing(plain)}

    def _yente_hits(self, party: Entity, matches: _YenteMatches, threshold: int) -> list[Hit]:
        """Return the hits in an answer, which has to be whole and to the question."""
        read = matches.query.properties
        if matches.status != httpx.codes.OK or not read or (_names_of(party) and not read.get("name")):
            raise self._unavailable("a question that was not read")
        if sum(each.match for each in matches.results) < min(matches.total.value, RESULTS_MAX):
            raise self._unavailable("an answer without all of its results")
        hits = []
        for each in matches.results:
            score = self._points(each.score)
            if score < threshold and not each.match:
                continue
            properties = {
                name: [text for text in values if isinstance(text, str)] for name, values in each.properties.items()
            }
            listed = described(each.id, SCHEMATA.get(each.schema, Schema.LEGAL_ENTITY), properties, each.caption)
            words = "; ".join(f"{name} {value}" for name, value in each.told() if value)
            hits.append(
                Hit(
                    " ".join(each.datasets) or self._dataset or self.kind,
                    "",
                    listed,
                    score,
                    next(iter(party.names), ""),
                    each.caption,
                    (Feature(self.kind, score, words[:_WORDS_LENGTH_MAX]),),
                )
            )
        return _in_order(hits)

    async def _match_watchman(
        self, client: httpx.AsyncClient, parties: Sequence[Entity], threshold: int
    ) -> list[list[Hit]]:
        info = await self._ask(client, client.build_request("GET", f"{self._base}/v2/listinfo"), _WatchmanLists)
        counts = [info.lists.get(self._dataset, 0)] if self._dataset else list(info.lists.values())
        if not counts or min(counts) < 1:
            raise self._unavailable("lists that are not loaded")
        hits = []
        for party in parties:
            found: dict[tuple[str, str], Hit] = {}
            for name in _names_of(party):
                request = client.build_request(
                    "GET", f"{self._base}/v2/search", params=self._search(party, name, threshold)
                )
                answer = await self._ask(client, request, _WatchmanAnswer)
                for each in answer.entities or ():
                    hit = self._watchman_hit(name, each, (info.hashes or {}).get(each.list_name, ""))
                    known = found.get((each.list_name, each.id))
                    if hit.score >= threshold and (known is None or known.score < hit.score):
                        found[each.list_name, each.id] = hit
            hits.append(_in_order(list(found.values())))
        return hits

    def _search(self, party: Entity, name: str, threshold: int) -> dict[str, str]:
        """Return what is asked about a name; of whom it is not known whether it is a person, the name alone."""
        query = {"name": name, "limit": str(RESULTS_MAX), "minMatch": str(_hundredths(threshold - 1))}
        if self._dataset:
            query["source"] = self._dataset
        if party.schema in _TYPES:
            query["type"] = _TYPES[party.schema]
        if party.schema == Schema.PERSON and [len(date) for date in party.birth_dates] == [_DAY_LENGTH]:
            query["birthDate"] = party.birth_dates[0]
        for each in party.identifiers:
            if party.schema == Schema.PERSON and each.kind in _GOVERNMENT_IDS and each.country:
                query.setdefault(_GOVERNMENT_IDS[each.kind], f"{each.country}:{each.value}")
            if party.schema == Schema.VESSEL and each.kind == "imo":
                query.setdefault("imoNumber", each.value)
        return query

    def _watchman_hit(self, name: str, found: _WatchmanEntity, digest: str) -> Hit:
        score = self._points(found.match)
        listed = Entity(found.id, _KINDS.get(found.kind, Schema.ORGANIZATION), (found.name,))
        return Hit(found.list_name, digest, listed, score, name, found.name, (Feature(self.kind, score, ""),))

    async def _ask(self, client: httpx.AsyncClient, request: httpx.Request, shape: type[Shape]) -> Shape:
        """Send a request and read its whole answer; ScreeningUnavailable if it is not what it should be."""
        reply = await client.send(request, stream=True)
        try:
            if reply.status_code != httpx.codes.OK:
                raise self._unavailable(f"status {reply.status_code}")
            if reply.headers.get("content-encoding", "identity") != "identity":
                raise self._unavailable("a packed answer")
            parts, size = [], 0
            async for part in reply.aiter_raw():
                parts.append(part)
                size += len(part)
                if size > ANSWER_MAX:
                    raise self._unavailable(f"an answer of more than {ANSWER_MAX} bytes")
        finally:
            await reply.aclose()
        try:
            return msgspec.json.decode(b"".join(parts), type=shape)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise self._unavailable("an answer of another shape") from None

    def _points(self, score: Decimal) -> int:
        """Return a score of 0 to 1 in hundredths, rounded up: what is in doubt counts as the higher one."""
        if not (score.is_finite() and 0 <= score <= 1):
            raise self._unavailable("a score that is none")
        return int((score * 100).to_integral_value(ROUND_CEILING))

    def _unavailable(self, what: str) -> ScreeningUnavailable:
        return ScreeningUnavailable(f"{self.name}: {what}")


class _Explanation(msgspec.Struct):
    score: Decimal


class _YenteResult(msgspec.Struct):
    id: str
    schema: str
    properties: dict[str, list[object]]
    score: Decimal
    match: bool
    caption: str = ""
    datasets: list[str] = []
    explanations: dict[str, _Explanation] | None = None
    features: dict[str, Decimal] | None = None

    def told(self) -> Iterator[tuple[str, Decimal]]:
        """Yield what made the score, as either of the two ways of yente says it."""
        if self.explanations:
            yield from ((name, each.score) for name, each in self.explanations.items())
        else:
            yield from (self.features or {}).items()


class _YenteTotal(msgspec.Struct):
    value: int


class _YenteQuery(msgspec.Struct):
    properties: dict[str, list[object]]


class _YenteMatches(msgspec.Struct):
    status: int
    results: list[_YenteResult]
    total: _YenteTotal
    query: _YenteQuery


class _YenteAnswer(msgspec.Struct):
    responses: dict[str, _YenteMatches]


class _WatchmanLists(msgspec.Struct):
    lists: dict[str, int]
    hashes: dict[str, str] | None = msgspec.field(name="listHashes", default=None)


class _WatchmanEntity(msgspec.Struct):
    name: str
    match: Decimal
    id: str = msgspec.field(name="sourceID")
    list_name: str = msgspec.field(name="sourceList")
    kind: str = msgspec.field(name="entityType", default="")


class _WatchmanAnswer(msgspec.Struct):
    entities: list[_WatchmanEntity] | None


def _names_of(party: Entity) -> tuple[str, ...]:
    """Return the names of a party that say something."""
    return tuple(name for name in (*party.names, *party.weak_names) if name.strip())


def _hundredths(points: int) -> Decimal:
    return Decimal(points).scaleb(-2)


def _in_order(hits: list[Hit]) -> list[Hit]:
    return sorted(hits, key=lambda hit: (-hit.score, hit.list_name, hit.entity.id))
