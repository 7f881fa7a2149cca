"""The writer: the one thread that a node runs in, fed by as many as like.

Who sends instructions gets a future, and it is done once their record is durable and
applied. While one record is on its way to the disk, what arrives is gathered, and goes into
the next: nobody waits for a timer, and the busier it is, the more share a record.

Senders take turns: a record takes a few instructions of each who waits, then a few more
of each, until it is full. Who was in the record before comes after who was not, and a batch that does not fit
waits for the next. So one that floods waits for itself, and others for what is under way: two records of bounded size.

Time is one of those who want something: what is due comes before any record at or after its instant.

What is rarer than instructions is a function that is given the node: it runs when everything
before it is applied, and nothing else runs meanwhile. Functions and records take turns too.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Condition, Thread
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, TypeVar, overload

from comity.errors import ComityError, Conflict, EnvironmentFailed, LogError
from comity.gateway.batch import Batch, join
from comity.gateway.origins import ORIGIN, Origin

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from comity.gateway.clock import Clock
    from comity.gateway.traces import Traces
    from comity.node import Node
    from comity.node.sequencer import Ticket

ROWS_MAX = 8_192
"""Instructions in one batch."""
FULL = 1_024
"""Instructions in one record: more gains nothing, and others wait for it. A larger batch has one to itself."""
TURN = 256
"""Instructions of one sender before it is the next one's turn; a batch is never cut."""
CALLS_S = 0.005
"""Functions that take so long together, seconds, let a record go first; one at least is carried out."""
WAITING_MAX = 262_144
"""Instructions of one sender that may wait here; beyond that they are turned away."""

Result = TypeVar("Result")
Reply: TypeAlias = "Future[Entered] | asyncio.Future[Entered]"


class Entered(NamedTuple):
    """What became of a batch."""

    sequence: int
    first: int
    """Row of the record that its first row became."""
    results: NDArray[np.void]
    """RESULT[n]."""


class Keeper(Protocol):
    """Lets happen what is due because of the time; see `comity.gateway.timekeeper`."""

    def due(self, node: Node) -> int:
        """Instant at which something is due next, microseconds since 1970-01-01 UTC."""
        ...

    def act(self, node: Node, now: int) -> None:
        """Let everything happen that is due by `now`."""
        ...


class Busy(Conflict):
    """Too much of this sender waits already; later it may be less."""


class Lost(LogError):  # noqa: N818 - the name says what happened
    """It was handed to a node that stopped then: whether it is in the log is known once that is recovered."""


@dataclass(slots=True)
class _Waiting:
    batch: Batch
    reply: Reply
    origin: Origin | None


@dataclass(slots=True)
class _Flight:
    ticket: Ticket
    parts: list[_Waiting]


@dataclass(slots=True)
class _Sender:
    waiting: deque[_Waiting] = field(default_factory=deque)
    rows: int = 0


class Writer:
    """Runs a node; see the module. `close` ends its thread and closes the node.

    Parameters
    ----------
    node
        Used by nobody else from now on.
    clock
        Gives the instants of records.
    keeper
        Of the time; without one nothing happens because time passes.
    saves
        Whether the state is saved once a business date has turned, and at the end.

    Attributes
    ----------
    traces
        Told of what is made for whom; None for no traces.
    """

    def __init__(self, node: Node, clock: Clock, keeper: Keeper | None = None, *, saves: bool = False) -> None:
        self._node = node
        self._clock = clock
        self._keeper = keeper
        self.traces: Traces | None = None
        self._latest = 0
        self._saves = saves
        self._saved = node.engine.date
        self._senders: OrderedDict[str, _Sender] = OrderedDict()
        self._calls: deque[tuple[Callable[[Node], object], Future[object], Origin | None]] = deque()
        self._changed = Condition()
        self._closing = False
        self._failure: BaseException | None = None
        self._flight: _Flight | None = None
        self._served: set[str] = set()
        self._thread = Thread(target=self._run, name="comity-writer", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> BaseException | None:
        """What stopped it, None while it runs."""
        return self._failure

    @property
    def waiting(self) -> int:
        """Instructions that wait to be gathered."""
        return sum(sender.rows for sender in list(self._senders.values()))

    @overload
    def enter(self, sender: str, batch: Batch) -> Future[Entered]: ...
    @overload
    def enter(self, sender: str, batch: Batch, reply: asyncio.Future[Entered]) -> asyncio.Future[Entered]: ...
    def enter(self, sender: str, batch: Batch, reply: asyncio.Future[Entered] | None = None) -> Reply:
        """Hand in instructions of one kind.

        Parameters
        ----------
        reply
            Future of the running event loop, to be answered there; a new one of `concurrent.futures` if absent.

        Raises
        ------
        Busy
            More than `WAITING_MAX` instructions of `sender` wait.
        LogError
            The writer has stopped. If it stops later, the future raises the same, or Lost.
        """
        answer: Reply = Future() if reply is None else reply
        with self._changed:
            self._check()
            waits = self._senders.setdefault(sender, _Sender())
            if waits.rows and waits.rows + batch.count > WAITING_MAX:
                raise Busy(f"{waits.rows} instructions of {sender} wait already")
            waits.waiting.append(_Waiting(batch, answer, ORIGIN.get()))
            waits.rows += batch.count
            self._changed.notify()
        return answer

    def call(self, function: Callable[[Node], Result]) -> Future[Result]:
        """Run a function on the node, after everything handed in before; LogError if the writer has stopped."""
        future: Future[Result] = Future()
        with self._changed:
            self._check()
            self._calls.append((function, future, ORIGIN.get()))  # type: ignore[arg-type]
            self._changed.notify()
        return future

    def now(self) -> int:
        """Return the instant for a record made now: that of the clock, or the node's if that is later.

        Everything due by then has happened. To be called from a function that was handed to `call`.
        """
        self._latest = instant = max(self._clock.now(), self._node.engine.now, self._latest)
        keeper = self._keeper
        if keeper is not None and keeper.due(self._node) <= instant:
            try:
                keeper.act(self._node, instant)
            except LogError:
                raise
            except ComityError as error:
                raise LogError(f"what is due cannot happen: {error}") from error
        return instant

    def close(self) -> None:
        """Carry out what was handed in, end the thread, and close the node."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        if self._saves and self._failure is None:
            self._save()
        self._node.close()

    def _check(self) -> None:
        if self._failure is not None:
            raise LogError(f"the gateway stopped: {self._failure}")
        if self._closing:
            raise LogError("the gateway is closing")

    def _run(self) -> None:
        try:
            while self._turn():
                pass
        except BaseException as error:  # noqa: BLE001 - everybody who waits is told, and nobody is served any more
            self._fail(error)

    def _turn(self) -> bool:
        """Do the next thing there is to do; False once there will be nothing any more."""
        with self._changed:
            while not (self._senders or self._calls or self._flight or self._closing or self._is_unsaved()):
                if not self._changed.wait(self._patience_s()):
                    break
            calls = len(self._calls)
            parts = self._gather()
        if parts:
            self._launch(parts)
        elif self._flight:
            self._land()
        if calls:
            self._serve(calls)
        if not parts and not self._closing:
            self._pass_time()
            if not calls and self._is_unsaved():
                self._save()
        return bool(parts or calls or not self._closing)

    def _serve(self, calls: int) -> None:
        """Carry out functions that wait; not all of them if instructions wait as well, and they take long."""
        since = perf_counter()
        for _ in range(calls):
            self._land()
            self._call(*self._calls.popleft())
            if self._senders and perf_counter() - since > CALLS_S:
                return

    def _call(self, function: Callable[[Node], object], future: Future[object], origin: Origin | None) -> None:
        if self.traces is None:
            _carry_out(function, future, self._node)
            return
        self.traces.enter([origin] if origin else [])
        try:
            _carry_out(function, future, self._node)
        finally:
            self.traces.leave()

    def _patience_s(self) -> float | None:
        return self._clock.patience_s(self._keeper.due(self._node)) if self._keeper is not None else None

    def _pass_time(self) -> None:
        with suppress(EnvironmentFailed):  # a clock that was set tells nothing; whoever asks is told so
            self.now()

    def _is_unsaved(self) -> bool:
        return self._saves and self._node.engine.date != self._saved

    def _save(self) -> None:
        """Save the state, so that a start need not replay what was before; nobody waits for anything then."""
        self._saved = self._node.engine.date
        with suppress(LogError):  # without it a start takes longer, and that is all
            self._node.snapshot()

    def _gather(self) -> list[_Waiting]:
        """Take in turns what fits into one record; all of one kind."""
        parts: list[_Waiting] = []
        rows, kind = 0, None
        stopped: set[str] = set()
        for name in [name for name in self._senders if name in self._served]:
            self._senders.move_to_end(name)
        self._served.clear()
        while self._senders and len(stopped) < len(self._senders) and rows < FULL:
            name, sender = next(item for item in self._senders.items() if item[0] not in stopped)
            taken = 0
            while sender.waiting and taken < TURN:
                batch = sender.waiting[0].batch
                kind = kind if kind is not None else batch.kind
                if batch.kind != kind or (rows and rows + batch.count > FULL):
                    stopped.add(name)
                    break
                parts.append(sender.waiting.popleft())
                self._served.add(name)
                taken += batch.count
                rows += batch.count
                sender.rows -= batch.count
            if sender.waiting:
                self._senders.move_to_end(name)
            else:
                del self._senders[name]
        return parts

    def _launch(self, parts: list[_Waiting]) -> None:
        """Submit a record; the one before it is applied meanwhile."""
        ran = self._node.running
        try:
            body, note, count = join([part.batch for part in parts], self._node.engine)
            instant = self.now()
            traces = self.traces
            span = traces.begin([part.origin for part in parts if part.origin]) if traces is not None else None
            ticket = self._node.submit(parts[0].batch.kind, instant, body, count, note)
            if traces is not None and span is not None:
                traces.appended(ticket.sequence, span)
        except BaseException as error:
            stopped = ran and not self._node.running
            told = _lost(error) if stopped else error
            _deliver([(part.reply, told) for part in parts])
            if stopped or isinstance(error, LogError) or not isinstance(error, ComityError):
                raise
            return
        before, self._flight = self._flight, _Flight(ticket, parts)
        if before:
            _answer(before)

    def _land(self) -> None:
        """Wait until everything submitted is durable and applied."""
        self._node.flush()
        if self._flight:
            _answer(self._flight)
            self._flight = None

    def _fail(self, error: BaseException) -> None:
        stopped = LogError(f"the gateway stopped: {error}")
        with self._changed:
            self._failure = error
            waiting = [part for sender in self._senders.values() for part in sender.waiting]
            flying = self._flight.parts if self._flight else []
            calls = [future for _, future, _ in self._calls]
            self._senders.clear()
            self._calls.clear()
            self._flight = None
        _deliver([*((part.reply, _lost(error)) for part in flying), *((part.reply, stopped) for part in waiting)])
        for future in calls:
            future.set_exception(stopped)


def _lost(error: BaseException) -> Lost:
    return Lost(f"the gateway stopped meanwhile: {error}")


def _answer(flight: _Flight) -> None:
    """Hand out what became of each part of a record."""
    results = flight.ticket.result().results
    answers: list[tuple[Reply, Entered | BaseException]] = []
    first = 0
    for part in flight.parts:
        last = first + part.batch.count
        answers.append((part.reply, Entered(flight.ticket.sequence, first, results[first:last])))
        first = last
    _deliver(answers)


def _deliver(answers: list[tuple[Reply, Entered | BaseException]]) -> None:
    """Answer futures: those of an event loop all at once, in its own thread."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[Reply, Entered | BaseException]]] = {}
    for reply, answer in answers:
        if isinstance(reply, Future):
            _set(reply, answer)
        else:
            loops.setdefault(reply.get_loop(), []).append((reply, answer))
    for loop, its in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_set_all, its)


def _set_all(answers: list[tuple[Reply, Entered | BaseException]]) -> None:
    for reply, answer in answers:
        if not reply.done():  # whoever asked may have gone
            _set(reply, answer)


def _set(reply: Reply, answer: Entered | BaseException) -> None:
    if isinstance(answer, BaseException):
        reply.set_exception(answer)
    else:
        reply.set_result(answer)


def _carry_out(function: Callable[[Node], object], future: Future[object], node: Node) -> None:
    if not future.set_running_or_notify_cancel():
        return
    ran = node.running
    try:
        result = function(node)
    except Exception as error:
        stopped = ran and not node.running
        future.set_exception(_lost(error) if stopped else error)
        if stopped or isinstance(error, LogError):
            raise
    else:
        future.set_result(result)
