"""The feed: what records did, read once for all who follow.

One thread reads the files that the node's thread writes. Who follows has a place in the stream and
nothing else, so one that is slow holds nothing up and fills nothing; it reads on from its
place, from what is kept of the latest records or from the file. When records were applied
one look at them finds whom they concern, and only those are woken.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from comity.errors import EnvironmentFailed, Fault, InvalidRequest
from comity.gateway.changes import ChangesReader
from comity.gateway.events import WHOLE, Cursor, concerned, events_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from comity.gateway.business_days import BusinessDays
    from comity.gateway.changes import Done
    from comity.gateway.directory import Directory
    from comity.gateway.entries import Entries
    from comity.gateway.events import View
    from comity.wire.events import Event

KEPT_MAX = 32 << 20
"""Bytes of what the latest records did that are kept in memory."""
RECORDS_AT_ONCE = 256
"""Records looked at in one go; then it is somebody else's turn."""
READ_AT_ONCE = 32
FIRST = 2
"""Record of the first event; record 1 is the genesis."""
Result = TypeVar("Result")


class Told(NamedTuple):
    """A part of the stream."""

    events: list[Event]
    cursor: Cursor
    """To go on from."""
    through: int
    """Last record there was."""

    @property
    def is_all(self) -> bool:
        """Whether there was nothing more."""
        return self.cursor.sequence >= self.through and self.cursor.place == WHOLE


class _Waiting:
    """Somebody who waits for what concerns a view."""

    __slots__ = ("clear", "future", "view")

    def __init__(self, view: View, clear: int) -> None:
        self.view = view
        self.clear = clear
        """Record up to which nothing concerns it."""
        self.future: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Feed:
    """See the module. Used from one event loop; `applied` from the node's thread.

    Parameters
    ----------
    changes
        File of what records did.
    entries
        What records say.
    through
        Last record applied.
    days
        Its union's business days.
    """

    def __init__(self, changes: Path, entries: Entries, directory: Directory, through: int, days: BusinessDays) -> None:
        self.through = through
        self.directory = directory
        self.entries = entries
        self.days = days
        self.followers: Counter[str] = Counter()
        """Requests that follow, by party."""
        self._changes = ChangesReader(changes)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="comity-feed")
        self._kept: OrderedDict[int, Done] = OrderedDict()
        self._bytes = 0
        self._waiting: set[_Waiting] = set()
        self._looked = 0
        self._looking: asyncio.Task[None] | None = None
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def applied(self, sequence: int) -> None:
        """Take in that a record was applied, and that what it did can be read; in the node's thread."""
        with self._lock:
            self.through = sequence
            loop, self._loop = self._loop, None  # asked for again by whoever looks
        if loop is not None:
            with suppress(RuntimeError):  # the loop has closed, and nobody waits
                loop.call_soon_threadsafe(self._look)

    def check(self, cursor: Cursor) -> None:
        """Raise InvalidRequest if a cursor lies beyond the log, as one given before a backup was restored."""
        if cursor.sequence > self.through:
            expected = f"a cursor up to {self.through}, where the log ends"
            raise InvalidRequest([Fault("", 0, "after", expected, str(cursor))])

    async def read(self, view: View, after: Cursor, limit: int, previous: str = "", through: int | None = None) -> Told:
        """Return up to `limit` events after a cursor, perhaps none although more follow: see `Told.is_all`.

        Parameters
        ----------
        previous
            Cursor that the first event names as the one before it; `after` if absent.
        through
            Last record to look at; the last there is if absent.
        """
        return await self.run(lambda: self.read_here(view, after, limit, previous, through))

    def read_here(self, view: View, after: Cursor, limit: int, previous: str = "", through: int | None = None) -> Told:
        """Do what `read` does; in the feed's thread."""
        through = self.through if through is None else min(through, self.through)
        events: list[Event] = []
        first = max(after.sequence + (after.place == WHOLE), FIRST)
        place, looked = after, 0
        for done in self.done(first, min(through, first + RECORDS_AT_ONCE - 1)):
            before = events[-1].id if events else previous or str(after)
            events += events_of(done, view, after, before, limit - len(events), self.entries, self.directory)
            looked = done.sequence
            if len(events) >= limit:
                return Told(events, Cursor.parse(events[-1].id), through)
        if looked:
            place = Cursor(looked, WHOLE)
        elif first > through >= after.sequence:
            place = Cursor(max(after.sequence, through), WHOLE)
        return Told(events, place, through)

    async def wait(self, view: View, clear: int, until: float) -> int:
        """Wait until something after record `clear` may concern a view; the record up to which nothing does.

        Parameters
        ----------
        until
            Time of the event loop at which to give up.
        """
        is_looking = self._looking is not None and not self._looking.done()
        if not (self._waiting or is_looking):
            self._looked = clear
        if clear < self._looked:
            return clear  # what was looked at for others in between has to be read
        waiting = _Waiting(view, clear)
        self._waiting.add(waiting)
        self._look()
        try:
            async with asyncio.timeout_at(until):
                await waiting.future
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(waiting)
        return waiting.clear

    async def run(self, function: Callable[[], Result]) -> Result:
        """Run a function in the feed's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)

    def close(self) -> None:
        """End the thread and let go of the files."""
        with self._lock:
            self._loop = None
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._changes.close()
        self.entries.close()

    def _look(self) -> None:
        """Look at what was applied since, unless somebody does."""
        if self._waiting and (self._looking is None or self._looking.done()):
            self._looking = asyncio.get_running_loop().create_task(self._look_on())

    async def _look_on(self) -> None:
        """Wake those who are concerned, until everything applied was looked at."""
        while self._waiting:
            with self._lock:
                if self._looked >= self.through:
                    self._loop = asyncio.get_running_loop()
                    return
            try:
                last, accounts, everybody = await self.run(self._concerned)
            except Exception as error:  # noqa: BLE001 - told to everybody who waits
                for waiting in self._waiting:
                    _set(waiting.future, error)
                return
            for waiting in self._waiting:
                if last <= waiting.clear:
                    continue
                if everybody or (waiting.view.accounts & accounts).any():
                    _set(waiting.future)
                elif not waiting.future.done():
                    waiting.clear = last
            self._looked = last

    def _concerned(self) -> tuple[int, np.ndarray, bool]:
        """Look at the next records: the last of them, the accounts that they concern, whether everybody is."""
        first = max(self._looked + 1, FIRST)
        last = min(self.through, first + RECORDS_AT_ONCE - 1)
        accounts, everybody = np.zeros(len(self.directory.owner), bool), False
        for done in self.done(first, last):
            everybody |= concerned(done, accounts)
        return last, accounts, everybody

    def done(self, first: int, last: int) -> Iterator[Done]:
        """Yield what records `first` to `last` did, none left out; in the feed's thread."""
        sequence = first
        while sequence <= last:
            done = self._kept.get(sequence)
            if done is not None:
                self._kept.move_to_end(sequence)
                sequence += 1
                yield done
                continue
            found = list(self._changes.after(sequence - 1, min(last - sequence + 1, READ_AT_ONCE)))
            if not found or found[0].sequence != sequence:
                raise EnvironmentFailed(f"what record {sequence} did is missing; remove the file of changes")
            for each in found:
                if each.sequence != sequence:
                    break
                self._keep(each)
                sequence += 1
                yield each

    def _keep(self, done: Done) -> None:
        self._kept[done.sequence] = done
        self._bytes += _size(done)
        while self._bytes > KEPT_MAX and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= _size(dropped)


def _size(done: Done) -> int:
    return done.results.nbytes + done.changes.nbytes + 200 * len(done.answers) + 500


def _set(future: asyncio.Future[None], error: BaseException | None = None) -> None:
    if not future.done():
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
