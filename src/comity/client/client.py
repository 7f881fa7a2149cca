"""The clients: one that waits for each answer, and one for asyncio. They ask the same things in the same words.

Every call has a deadline, is sent again where that is safe, and happens once. What a
server refuses is raised; what the rulebook rejects is an answer.
"""

from __future__ import annotations

import asyncio
from functools import wraps
from threading import Event as Bell
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

import httpx

from comity.client import calls
from comity.client.attempts import Attempts, Keys, Patience
from comity.client.columns import Columns, calls_of, joined, table_of
from comity.client.signing import SignatureAuth, Signer
from comity.client.stream import BACK_S, PATIENCE_S, Follower
from comity.errors import Fault, InvalidRequest

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping

    from comity.client.calls import Call
    from comity.wire.events import Event

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
CONNECTIONS_MAX = 64


def _waits(call: Callable[Asked, Call[Answer]]) -> Callable[Concatenate[Client, Asked], Answer]:
    """Return the method that makes a call, sends it and waits for its answer."""

    @wraps(call)
    def method(client: Client, /, *args: Asked.args, **given: Asked.kwargs) -> Answer:
        return client.send(call(*args, **given))

    return method


def _awaits(call: Callable[Asked, Call[Answer]]) -> Callable[Concatenate[AsyncClient, Asked], Awaitable[Answer]]:
    """Return the method that makes a call and sends it; its answer is awaited."""

    @wraps(call)
    async def method(client: AsyncClient, /, *args: Asked.args, **given: Asked.kwargs) -> Answer:
        return await client.send(call(*args, **given))

    return method


class Client:
    """Asks a server, and waits for each answer; for any number of threads.

    Parameters
    ----------
    url
        Scheme, host and port.
    key
        API key, or a `comity.client.signing.Signer`, with which every request is signed.
    headers
        Sent with every request.
    patience
        How long a call may take, and how often it is sent.
    tls
        How the server proves itself, and who asks; the machine's authorities if absent.

    Raises
    ------
    InvalidRequest
        The address or the key is not one.
    Answered, Unreachable
        By every method: see `comity.client.errors`.
    """

    def __init__(
        self,
        url: str,
        key: str | Signer = "",
        *,
        headers: Mapping[str, str] | None = None,
        patience: Patience | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._http = httpx.Client(**_connection(url, key, headers, tls))
        self._patience = patience or Patience()
        self._keys = Keys()
        self._party = ""
        self._bell = Bell()

    @property
    def party(self) -> str:
        """Code of the participant or member whose key asks."""
        if not self._party:
            self._party = self.me().party
        return self._party

    def send(self, call: Call[Answer]) -> Answer:
        """Send a call as often as it takes, and return its answer."""
        if call.own:
            call = call.of(self.party)
        attempts = Attempts(call, self._patience, self._keys.next() if call.keyed else "", str(self._http.base_url))
        while True:
            outcome = self._attempt(call, attempts)
            if not isinstance(outcome, float):
                return outcome
            self._bell.wait(outcome)

    def _attempt(self, call: Call[Answer], attempts: Attempts[Answer]) -> Answer | float:
        timeout = attempts.timeout_s
        try:
            reply = self._http.request(
                call.method,
                call.path,
                params=dict(call.params),
                content=attempts.body,
                headers=attempts.headers(),
                timeout=timeout,
            )
        except httpx.TransportError as error:
            return attempts.failed(error)
        return attempts.answered(reply.status_code, reply.headers, reply.content)

    pay = _waits(calls.pay)
    pvp = _waits(calls.pvp)
    propose_pvp = _waits(calls.propose_pvp)
    status = _waits(calls.status)
    instructions = _waits(calls.instructions)
    explain = _waits(calls.explain)
    cancel = _waits(calls.cancel)
    positions = _waits(calls.positions)
    balances = _waits(calls.balances)
    statement = _waits(calls.statement)
    queue = _waits(calls.queue)
    participants = _waits(calls.participants)
    me = _waits(calls.me)
    give = _waits(calls.give)
    approvals = _waits(calls.approvals)
    approve = _waits(calls.approve)
    reject = _waits(calls.reject)
    cases = _waits(calls.cases)
    case = _waits(calls.case)
    decide = _waits(calls.decide)
    lists = _waits(calls.lists)
    load_list = _waits(calls.load_list)
    ready = _waits(calls.ready)
    advance = _waits(calls.advance)
    conformance = _waits(calls.conformance)
    examine = _waits(calls.examine)
    certificate = _waits(calls.certificate)

    def pay_many(self, payments: Columns, *, dry_run: bool = False) -> Any:  # noqa: ANN401 - pyarrow has no types
        """Enter many payments as columns; a table with what became of each, in their order.

        Parameters
        ----------
        payments
            A pyarrow table, or columns by name: `id`, `creditor`, `currency`, `amount` as decimal text, and any
            other field of a payment. Without `debtor` whoever asks pays.
        """
        return joined([self.send(call) for call in calls_of(table_of(payments, self.party), dry_run=dry_run)])

    def events(self, after: str = "0") -> Iterator[Event]:
        """Yield what happens, in order and without a gap, for ever; from a cursor on, "0" from the start."""
        follower = Follower(after)
        while True:
            try:
                with self._http.stream("GET", "/v1/events", headers=follower.headers(), timeout=_STREAM) as reply:
                    if reply.status_code != httpx.codes.OK:
                        Attempts(calls.me(), Patience(attempts_max=0), "", str(self._http.base_url)).answered(
                            reply.status_code, reply.headers, reply.read()
                        )
                    for line in reply.iter_lines():
                        yield from follower.line(line)
            except httpx.TransportError:
                pass
            follower.lost()
            self._bell.wait(BACK_S)

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient:
    """Asks a server from asyncio; parameters and errors as of `Client`."""

    def __init__(
        self,
        url: str,
        key: str | Signer = "",
        *,
        headers: Mapping[str, str] | None = None,
        patience: Patience | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(**_connection(url, key, headers, tls))
        self._patience = patience or Patience()
        self._keys = Keys()
        self._party = ""

    async def party(self) -> str:
        """Return the code of the participant or member whose key asks."""
        if not self._party:
            self._party = (await self.me()).party
        return self._party

    async def send(self, call: Call[Answer]) -> Answer:
        """Send a call as often as it takes, and return its answer."""
        if call.own:
            call = call.of(await self.party())
        attempts = Attempts(call, self._patience, self._keys.next() if call.keyed else "", str(self._http.base_url))
        while True:
            outcome = await self._attempt(call, attempts)
            if not isinstance(outcome, float):
                return outcome
            await asyncio.sleep(outcome)

    async def _attempt(self, call: Call[Answer], attempts: Attempts[Answer]) -> Answer | float:
        timeout = attempts.timeout_s
        try:
            reply = await self._http.request(
                call.method,
                call.path,
                params=dict(call.params),
                content=attempts.body,
                headers=attempts.headers(),
                timeout=timeout,
            )
        except httpx.TransportError as error:
            return attempts.failed(error)
        return attempts.answered(reply.status_code, reply.headers, reply.content)

    pay = _awaits(calls.pay)
    pvp = _awaits(calls.pvp)
    propose_pvp = _awaits(calls.propose_pvp)
    status = _awaits(calls.status)
    instructions = _awaits(calls.instructions)
    explain = _awaits(calls.explain)
    cancel = _awaits(calls.cancel)
    positions = _awaits(calls.positions)
    balances = _awaits(calls.balances)
    statement = _awaits(calls.statement)
    queue = _awaits(calls.queue)
    participants = _awaits(calls.participants)
    me = _awaits(calls.me)
    give = _awaits(calls.give)
    approvals = _awaits(calls.approvals)
    approve = _awaits(calls.approve)
    reject = _awaits(calls.reject)
    cases = _awaits(calls.cases)
    case = _awaits(calls.case)
    decide = _awaits(calls.decide)
    lists = _awaits(calls.lists)
    load_list = _awaits(calls.load_list)
    ready = _awaits(calls.ready)
    advance = _awaits(calls.advance)
    conformance = _awaits(calls.conformance)
    examine = _awaits(calls.examine)
    certificate = _awaits(calls.certificate)

    async def pay_many(self, payments: Columns, *, dry_run: bool = False) -> Any:  # noqa: ANN401 - pyarrow has no types
        """Enter many payments as columns; see `Client.pay_many`."""
        table = table_of(payments, await self.party())
        return joined([await self.send(call) for call in calls_of(table, dry_run=dry_run)])

    async def events(self, after: str = "0") -> AsyncIterator[Event]:
        """Yield what happens, in order and without a gap, for ever; see `Client.events`."""
        follower = Follower(after)
        while True:
            try:
                async with self._http.stream("GET", "/v1/events", headers=follower.headers(), timeout=_STREAM) as reply:
                    if reply.status_code != httpx.codes.OK:
                        Attempts(calls.me(), Patience(attempts_max=0), "", str(self._http.base_url)).answered(
                            reply.status_code, reply.headers, await reply.aread()
                        )
                    async for line in reply.aiter_lines():
                        for event in follower.line(line):
                            yield event
            except httpx.TransportError:
                pass
            follower.lost()
            await asyncio.sleep(BACK_S)

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


_STREAM = httpx.Timeout(10.0, read=PATIENCE_S)


def _connection(
    url: str, key: str | Signer, headers: Mapping[str, str] | None, tls: ssl.SSLContext | None
) -> dict[str, Any]:
    """Return what a client of httpx is made with; InvalidRequest if the address or the key is not one."""
    faults = []
    if not url.startswith(("http://", "https://")):
        faults.append(Fault("", 0, "url", "scheme, host and port, such as https://comity.example", repr(url)))
    if isinstance(key, str) and not (key.isascii() and key.isprintable()):
        faults.append(Fault("", 0, "key", "printable ASCII characters", "others, not shown here"))
    if faults:
        raise InvalidRequest(faults)
    sent = {name.encode(): value.encode() for name, value in (headers or {}).items()}
    if isinstance(key, str) and key:
        sent[b"authorization"] = f"Bearer {key}".encode()
    auth = SignatureAuth(key) if isinstance(key, Signer) else None
    limits = httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=CONNECTIONS_MAX)
    return {"base_url": url, "headers": sent, "verify": tls or True, "limits": limits, "auth": auth}
