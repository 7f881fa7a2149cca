"""External screeners: a whole answer in time, or none; never an answer without hits instead."""

from __future__ import annotations

import asyncio
import ssl
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
import pytest

from comity.api.match import Matching
from comity.errors import InvalidRequest, ScreeningUnavailable
from comity.gateway import external_screening, yente
from comity.gateway.external_screening import ANSWER_MAX, BATCH_MAX, ExternalScreener
from comity.screening import Entity, Hit, Identifier, SanctionsList, Schema, Screener
from tests.api.certificates import issue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

IVAN = Entity("XYi.001", Schema.PERSON, ("Ivan Primerov", "Иван Примеров"), birth_dates=("1970-01-23",))
SCREENER = Screener([SanctionsList("UN", "1", "2026-02-27", "aa", (IVAN,))])
ASKED = Entity("1", Schema.PERSON, ("Ivan Primerov",), birth_dates=("1970-01-23",), countries=("RU",))
CLEAN = Entity("2", Schema.ORGANIZATION, ("Tundra Logistics",))
PATIENCE_S = 30
"""Far beyond what any of these takes; what is meant to run out has `SHORT_S`."""
SHORT_S = 0.3
RESULT = {
    "id": "NK-1",
    "caption": "Ivan Primerov",
    "schema": "Person",
    "properties": {"name": ["Ivan Primerov"], "birthDate": ["1970"], "addressEntity": [{"id": "a"}]},
    "datasets": ["un_sc", "eu_fsf"],
    "score": 0.91,
    "match": True,
    "explanations": {"name_match": {"score": 0.95, "detail": "x"}, "country": {"score": 0, "detail": None}},
}


class Asked:
    """A request as the server got it."""

    def __init__(self, head: bytes, body: bytes) -> None:
        lines = head.decode().split("\r\n")
        self.method, target, _ = lines[0].split(" ")
        self.path = unquote(urlsplit(target).path)
        self.query = dict(parse_qsl(urlsplit(target).query))
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
        self.body = body


class Server:
    """Answers on loopback with what `reply` yields, piece by piece, and closes the connection."""

    def __init__(self, reply: Callable[[Asked], AsyncIterator[bytes]]) -> None:
        self.asked: list[Asked] = []
        self._reply = reply

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            body = await reader.readexactly(int(lengths[0].partition(b":")[2])) if lengths else b""
            self.asked.append(Asked(head, body))
            async for piece in self._reply(self.asked[-1]):
                writer.write(piece)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def match(self, *parties: Entity, **terms: Any) -> list[list[Hit]]:  # noqa: ANN401 - those of `ask`
        """Ask the server about parties, each of whom it can be asked about."""
        found = self.ask(*parties, **terms)
        told = [hits for hits in found if hits is not None]
        assert len(told) == len(parties)
        return told

    def ask(
        self,
        *parties: Entity,
        kind: external_screening.Kind = "yente",
        dataset: str = "",
        threshold: int = 76,
        timeout_s: float = PATIENCE_S,
        token_file: str = "",
        tls: ssl.SSLContext | None = None,
        trust: ssl.SSLContext | None = None,
        path: str = "",
    ) -> list[list[Hit] | None]:
        """Ask the server, which runs for as long as that takes."""

        async def play() -> list[list[Hit] | None]:
            server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=tls)
            port = server.sockets[0].getsockname()[1]
            url = f"http{'s' * (tls is not None)}://127.0.0.1:{port}{path}"
            screener = ExternalScreener(kind, url, dataset, timeout_s=timeout_s, token_file=token_file, trust=trust)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    return await screener.match(parties, threshold)
            finally:
                server.close()

        return asyncio.run(play())


def whole(content: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    return (
        f"HTTP/1.1 {status}\r\ncontent-length: {len(content)}\r\nconnection: close\r\n{headers}\r\n".encode() + content
    )


def server_of(*replies: bytes) -> Server:
    """Return a server that answers requests in turn, each at once."""
    left = list(replies)

    async def reply(_: Asked) -> AsyncIterator[bytes]:
        yield left.pop(0)

    return Server(reply)


def answer(*results: dict[str, Any], total: int | None = None, **more: object) -> dict[str, Any]:
    """Return an answer of yente to the one question, for the party `ASKED`."""
    matches = {
        "status": 200,
        "results": list(results),
        "total": {"value": len(results) if total is None else total, "relation": "eq"},
        "query": {"schema": "Person", "properties": {"name": ["Ivan Primerov"]}},
    }
    return {"responses": {"0": matches | more}, "limit": 10}


def json(plain: object) -> bytes:
    return whole(msgspec.json.encode(plain))


def gateway_of(screener: Screener) -> Server:
    """Return a server that answers as this gateway does."""
    matching = Matching(lambda _: screener)

    async def reply(asked: Asked) -> AsyncIterator[bytes]:
        terms = yente.read_terms(asked.query["threshold"], asked.query["cutoff"], int(asked.query["limit"]))
        request = yente.read_request(asked.body)
        dataset = asked.path.removeprefix("/match/")
        yield whole(yente.written(await matching.answer("", dataset, request, terms)))

    return Server(reply)


def test_hits_of_our_own_matching_come_back_party_by_party() -> None:
    server = gateway_of(SCREENER)
    hits, none = server.match(ASKED, CLEAN, dataset="UN")
    assert none == []
    (hit,) = hits
    (ours,) = SCREENER.match(ASKED)
    assert (hit.entity, hit.score, hit.list_name) == (IVAN, ours.score, "UN")
    assert hit.explanation == "yente +100 (name 1.00; date_of_birth 0.06)"
    assert len(server.asked) == 1


def test_request_is_that_of_yente(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("ApiKey 0123456789abcdef\n")
    weak = Entity("1", Schema.PERSON, ("Ivan",), ("Vanya", " "), (Identifier("inn", "500100732259"),))
    server = server_of(json(answer()))
    server.match(weak, dataset="a b", threshold=70, token_file=str(token), path="/api/")
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/api/match/a b")
    assert asked.query == {"threshold": "0.70", "cutoff": "0.69", "limit": "10", "algorithm": "best"}
    assert asked.headers["authorization"] == "ApiKey 0123456789abcdef"
    assert asked.headers["accept-encoding"] == "identity"
    assert msgspec.json.decode(asked.body) == {
        "queries": {"0": {"schema": "Person", "properties": {"name": ["Ivan", "Vanya"], "innCode": ["500100732259"]}}}
    }


def test_result_of_yente_is_a_hit_with_what_it_says_of_the_party() -> None:
    ((hit,),) = server_of(json(answer(RESULT))).match(ASKED)
    assert hit.entity == Entity("NK-1", Schema.PERSON, ("Ivan Primerov",), birth_dates=("1970",))
    assert (hit.score, hit.list_name, hit.list_digest) == (91, "un_sc eu_fsf", "")
    assert hit.explanation == "yente +91 (name_match 0.95)"


def test_answer_without_results_is_no_hit() -> None:
    assert server_of(json(answer())).match(ASKED) == [[]]


@pytest.mark.parametrize(
    ("score", "is_match", "hits"),
    [
        ("0.76", False, [76]),
        ("0.7599999999999999", False, [76]),
        ("0.75", False, []),
        ("0.750000000000000000000000001", False, [76]),
        ("0.5", True, [50]),
        ("1", True, [100]),
        ("1.0e0", True, [100]),
        ("0", False, []),
    ],
)
def test_score_is_read_as_a_decimal_and_doubt_counts_against_the_party(
    score: str,
    *,
    is_match: bool,
    hits: list[int],
) -> None:
    result = msgspec.json.encode(answer(RESULT | {"score": Decimal(7), "match": is_match}, total=int(is_match)))
    ((found),) = server_of(whole(result.replace(b'"7"', score.encode()))).match(ASKED)
    assert [hit.score for hit in found] == hits


def test_more_parties_than_a_request_takes_are_asked_about_in_several() -> None:
    server = gateway_of(SCREENER)
    found = server.match(*[CLEAN] * BATCH_MAX, ASKED)
    assert [len(hits) for hits in found] == [0] * BATCH_MAX + [1]
    assert len(server.asked) == 2


def test_nobody_is_asked_about_nobody() -> None:
    assert server_of().match() == []


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"nonsense\r\n\r\n",
        whole(b""),
        whole(b"{"),
        whole(b"null"),
        whole(b"[" * 200_000),
        whole(
            b'{"responses":{"0":{"status":200,"results":[],"total":{"value":0},"query":{"properties":{"name":["\xff"]}}}}}'
        ),
        json({}),
        json({"responses": {}}),
        json({"responses": None}),
        json({"responses": {"1": answer()["responses"]["0"]}}),
        json({"responses": answer()["responses"] | {"1": answer()["responses"]["0"]}}),
        json(answer(status=500)),
        json(answer(results=None)),
        json(answer(query={"schema": "Person", "properties": {}})),
        json(answer(query={"schema": "Person", "properties": {"birthDate": ["1970"]}})),
        json(answer(total=1)),
        json(answer(RESULT, total=2)),
        json(answer(RESULT | {"score": 1.01})),
        json(answer(RESULT | {"score": -0.5})),
        json(answer(RESULT | {"score": None})),
        json(answer(RESULT | {"score": "NaN"})),
        json(answer({"id": "NK-1"})),
        whole(msgspec.json.encode(answer()), "500 Internal Server Error"),
        whole(msgspec.json.encode(answer()), "202 Accepted"),
        whole(msgspec.json.encode(answer()), "206 Partial Content"),
        whole(msgspec.json.encode(answer()), "401 Unauthorized"),
        whole(msgspec.json.encode(answer()), headers="content-encoding: gzip\r\n"),
        json(answer())[:-5],
        json(answer())[:30],
    ],
)
def test_what_is_no_whole_answer_is_no_verdict(bad: bytes) -> None:
    with pytest.raises(ScreeningUnavailable, match=r"^yente at 127\."):
        server_of(bad).match(ASKED)


def test_redirect_is_not_followed() -> None:
    server = server_of(whole(b"", "307 Temporary Redirect", "location: /match/other\r\n"), json(answer()))
    with pytest.raises(ScreeningUnavailable, match="status 307"):
        server.match(ASKED)
    assert len(server.asked) == 1


def test_failure_of_the_second_request_is_no_verdict_on_the_first() -> None:
    first = {str(place): answer(query={"properties": {"name": ["x"]}})["responses"]["0"] for place in range(BATCH_MAX)}
    with pytest.raises(ScreeningUnavailable):
        server_of(json({"responses": first}), b"").match(*[CLEAN] * BATCH_MAX, ASKED)


@pytest.mark.parametrize("begin", [b"HTTP/1.1 200 OK\r\nx: ", json(answer()).replace(b"content-length", b"x", 1), b""])
def test_bytes_that_drip_do_not_move_the_deadline(begin: bytes) -> None:
    async def drip(_: Asked) -> AsyncIterator[bytes]:
        yield begin
        while begin:
            yield b" "
            await asyncio.sleep(SHORT_S / 30)
        await asyncio.sleep(PATIENCE_S)

    with pytest.raises(ScreeningUnavailable, match=r"no whole answer in 0\.3 s"):
        Server(drip).match(ASKED, timeout_s=SHORT_S)


def test_deadline_is_one_for_all_requests() -> None:
    async def slow(asked: Asked) -> AsyncIterator[bytes]:
        await asyncio.sleep(SHORT_S * 0.6)
        names = msgspec.json.decode(asked.body)["queries"]
        yield json({"responses": dict.fromkeys(names, answer()["responses"]["0"])})

    with pytest.raises(ScreeningUnavailable, match="no whole answer"):
        Server(slow).match(*[ASKED] * (BATCH_MAX + 1), timeout_s=SHORT_S)


def test_answer_of_more_than_is_read_is_no_verdict() -> None:
    sent = 0

    async def flood(_: Asked) -> AsyncIterator[bytes]:
        nonlocal sent
        yield json(answer()).replace(b"content-length", b"x", 1)
        while True:
            sent += 1 << 20
            yield b" " * (1 << 20)

    with pytest.raises(ScreeningUnavailable, match="more than"):
        Server(flood).match(ASKED)
    assert sent < 2 * ANSWER_MAX


def test_nobody_who_listens_is_no_verdict() -> None:
    async def free_port() -> int:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        port: int = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        return port

    screener = ExternalScreener("yente", f"http://127.0.0.1:{asyncio.run(free_port())}", timeout_s=PATIENCE_S)
    with pytest.raises(ScreeningUnavailable, match="ConnectError"):
        asyncio.run(screener.match([ASKED]))


def test_token_that_cannot_be_read_is_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(ScreeningUnavailable):
        server_of().match(ASKED, token_file=str(tmp_path / "none"))


@pytest.mark.parametrize("kind", ["yente", "watchman"])
def test_party_that_says_nothing_is_left_out_and_others_are_asked_about(kind: external_screening.Kind) -> None:
    server = gateway_of(SCREENER) if kind == "yente" else watchman({"Ivan Primerov": {"entities": [FOUND]}})
    nobody = Entity("1", Schema.PERSON, (" ",))
    before, found, after = server.ask(nobody, ASKED, nobody, kind=kind)
    assert (before, after) == (None, None)
    assert found is not None
    assert len(found) == 1


def test_party_with_a_number_alone_is_asked_about_at_a_yente_and_not_at_a_watchman() -> None:
    ship = Entity("1", Schema.VESSEL, (), identifiers=(Identifier("imo", "9074729"),))
    assert gateway_of(SCREENER).ask(ship) == [[]]
    server = watchman({})
    assert server.ask(ship, kind="watchman") == [None]
    assert server.asked == [], "nor is anything else"


@pytest.mark.parametrize("is_trusted", [True, False])
def test_certificate_is_verified(tmp_path: Path, *, is_trusted: bool) -> None:
    authority = issue(tmp_path, "authority")
    server = issue(tmp_path, "server", authority)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(server.certificate, server.key)
    trust = ssl.create_default_context(cafile=authority.certificate) if is_trusted else None
    if is_trusted:
        assert server_of(json(answer())).match(ASKED, tls=tls, trust=trust) == [[]]
    else:
        with pytest.raises(ScreeningUnavailable, match="ConnectError"):
            server_of(json(answer())).match(ASKED, tls=tls)


@pytest.mark.parametrize(
    ("url", "timeout_s"),
    [
        ("http://screener.example", 1),
        ("http://10.0.0.1", 1),
        ("ftp://127.0.0.1", 1),
        ("https://name:word@screener.example", 1),
        ("https://screener.example/?key=1", 1),
        ("screener.example", 1),
        ("https://screener.example", 0),
        ("https://screener.example", 61),
        ("https://screener.example", float("nan")),
    ],
)
def test_address_or_time_that_is_not_allowed_is_refused(url: str, timeout_s: float) -> None:
    with pytest.raises(InvalidRequest):
        ExternalScreener("yente", url, timeout_s=timeout_s)


LISTS = {"lists": {"us_ofac": 17_646, "un_csl": 1_003}, "listHashes": {"us_ofac": "0629", "un_csl": "9aab"}}
FOUND = {
    "name": "Ivan PRIMEROV",
    "entityType": "person",
    "sourceList": "us_ofac",
    "sourceID": "48603",
    "match": 0.767,
    "person": {"name": "Ivan PRIMEROV"},
}


def watchman(searches: dict[str, object], lists: object = LISTS) -> Server:
    """Return a server that answers searches by name."""

    async def reply(asked: Asked) -> AsyncIterator[bytes]:
        yield json(lists if asked.path == "/v2/listinfo" else searches[asked.query["name"]])

    return Server(reply)


def test_watchman_is_asked_name_by_name_and_the_best_of_each_listed_party_counts() -> None:
    party = Entity(
        "1",
        Schema.PERSON,
        ("Ivan Primerov", "Primerov"),
        identifiers=(Identifier("passport", "A1", "RU"), Identifier("passport", "A2"), Identifier("tax", "77", "RU")),
        birth_dates=("1970-01-23",),
    )
    other = FOUND | {"sourceID": "7", "match": 1, "sourceList": "un_csl"}
    server = watchman(
        {
            "Ivan Primerov": {"entities": [FOUND]},
            "Primerov": {"entities": [FOUND | {"match": 0.9}, other]},
            "Tundra Logistics": {"entities": [FOUND | {"match": 0.69}]},
        }
    )
    hits, none = server.match(party, CLEAN, kind="watchman", threshold=70)
    assert none == []
    assert [(hit.list_name, hit.entity.id, hit.score, hit.asked, hit.list_digest) for hit in hits] == [
        ("un_csl", "7", 100, "Primerov", "9aab"),
        ("us_ofac", "48603", 90, "Primerov", "0629"),
    ]
    assert [asked.path for asked in server.asked] == ["/v2/listinfo", *["/v2/search"] * 3]
    first, last = server.asked[1], server.asked[-1]
    assert first.query == {
        "name": "Ivan Primerov",
        "limit": "10",
        "minMatch": "0.69",
        "type": "person",
        "birthDate": "1970-01-23",
        "gov_passport": "RU:A1",
        "gov_tax": "RU:77",
    }
    assert last.query == {"name": "Tundra Logistics", "limit": "10", "minMatch": "0.69"}


def test_watchman_is_asked_about_a_ship_by_its_number_in_one_list() -> None:
    ship = Entity("1", Schema.VESSEL, ("Sample Star",), identifiers=(Identifier("imo", "9074729"),))
    server = watchman({"Sample Star": {"entities": None}})
    assert server.match(ship, kind="watchman", dataset="us_ofac") == [[]]
    assert server.asked[1].query == {
        "name": "Sample Star",
        "limit": "10",
        "minMatch": "0.75",
        "source": "us_ofac",
        "type": "vessel",
        "imoNumber": "9074729",
    }


@pytest.mark.parametrize(
    ("lists", "dataset"),
    [
        ({"lists": {}}, ""),
        ({"lists": {"us_ofac": 0}}, ""),
        ({"lists": {"us_ofac": 5, "un_csl": 0}}, ""),
        ({"lists": {"un_csl": 5}}, "us_ofac"),
        ({"lists": None}, ""),
        ({"lists": [{"name": "OFAC_SDN"}]}, ""),
        ({}, ""),
    ],
)
def test_watchman_that_has_not_loaded_its_lists_gives_no_verdict(lists: object, dataset: str) -> None:
    server = watchman({"Ivan Primerov": {"entities": []}}, lists)
    with pytest.raises(ScreeningUnavailable, match=r"^watchman at 127\."):
        server.match(ASKED, kind="watchman", dataset=dataset)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"error": "problem"},
        {"entities": [{"name": "x"}]},
        {"entities": [FOUND | {"match": 2}]},
        {"entities": [FOUND | {"match": "Infinity"}]},
        {"entities": {}},
    ],
)
def test_search_of_another_shape_is_no_verdict(bad: object) -> None:
    with pytest.raises(ScreeningUnavailable):
        watchman({"Ivan Primerov": bad}).match(ASKED, kind="watchman")


def test_failure_at_one_name_is_no_verdict_on_any() -> None:
    server = server_of(json(LISTS), json({"entities": [FOUND]}), whole(b"{}", "400 Bad Request"))
    with pytest.raises(ScreeningUnavailable, match="status 400"):
        server.match(ASKED, CLEAN, kind="watchman")


def test_what_went_wrong_says_nothing_of_who_was_asked_about() -> None:
    with pytest.raises(ScreeningUnavailable) as told:
        server_of(json(LISTS), b"").match(ASKED, kind="watchman")
    assert "Primerov" not in str(told.value)
