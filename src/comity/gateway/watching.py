"""Watching: the folders of participants as a channel for messages, beside HTTP.

Each folder is looked at once a second by a task of its own: first its files are taken, one after the other in the order
of their names, then messages for the participant are put out. What cannot be told now, because the node has too much to
do or the disk fails, is tried again later, with longer and longer pauses; nothing behind it is taken before.

Who signed a message asks for it. Where the settings say that a folder's messages need no signature, the participant
whose folder it is asks, as a sender: what lies there was put there by them, as whoever serves has to see to.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from comity.errors import ComityError, Fault, InvalidRequest
from comity.gateway import outgoing
from comity.gateway.actor import Actor
from comity.gateway.clock import machine_now
from comity.gateway.events import WHOLE, Cursor
from comity.gateway.folder import Folder, Unfit
from comity.gateway.notes import Deed
from comity.gateway.taking import InFlight, Untold, carry_out, take
from comity.model.instant import DAY_US

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.gateway.answers import Outcome
    from comity.gateway.gateway import Gateway
    from comity.gateway.inbox import Incoming
    from comity.gateway.questions import Inquiry
    from comity.gateway.settings import Watched

LOOK_S, PAUSE_S_MAX = 1.0, 60.0
EXPIRE_S = 3_600.0
MESSAGES_AT_ONCE = 100
_LATER = (ComityError, OSError, InFlight, Untold)
"""What passes, or what somebody mends, and then the same is tried again."""


class Tells(Protocol):
    """Whoever tells the operator what comes of folders."""

    def filed(self, participant: str, mark: str, noted: dict[str, object]) -> None:
        """Say of a file, known by its mark, how it ended; see `Taken.noted`."""

    def failed(self, participant: str, error: Exception) -> None:
        """Say what keeps a folder from being looked at."""


class Folders:
    """Watches folders while it runs; used from one event loop.

    Parameters
    ----------
    days
        What was filed is deleted after so many days; 0: when somebody does it.
    tells
        Is told of every file, and of what fails.

    Raises
    ------
    InvalidRequest
        A folder is of nobody in the union.
    """

    def __init__(self, gateway: Gateway, folders: Sequence[Watched], days: int, tells: Tells) -> None:
        self._channels = [Channel(gateway, each, tells, days) for each in folders]
        faults = [
            Fault("", 0, f"folders[{number}].participant", "a participant of the union", repr(each.participant))
            for number, each in enumerate(folders)
            if each.participant not in gateway.directory.home
        ]
        if faults:
            raise InvalidRequest(faults)
        self._tells = tells
        self._ends = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to watch."""
        self._tasks = [asyncio.create_task(self._watch(each)) for each in self._channels]

    async def stop(self) -> None:
        """End, once what is being taken was filed."""
        self._ends.set()
        await asyncio.gather(*self._tasks)

    async def _watch(self, channel: Channel) -> None:
        pause_s = LOOK_S
        while not self._ends.is_set():
            try:
                await channel.turn(self._ends)
                pause_s = LOOK_S
            except Exception as error:  # noqa: BLE001 - told to whoever serves, and tried again
                self._tells.failed(channel.party, error)
                pause_s = min(2 * pause_s, PAUSE_S_MAX)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._ends.wait()


class Channel:
    """A participant's folder, and the gateway that its messages go to."""

    def __init__(self, gateway: Gateway, watched: Watched, tells: Tells, days: int = 0) -> None:
        self.party = watched.participant
        self._gateway = gateway
        self._tells = tells
        self._path = Path(watched.path)
        self._must_sign = watched.signed
        self._days = days
        self._expired_s = -EXPIRE_S
        self._folder: Folder | None = None
        name = f"folder:{self.party}"
        self._actor = Actor(name, name, self.party, frozenset({"sender"}))

    async def turn(self, ends: asyncio.Event | None = None) -> None:
        """Take what lies there, and put out what there is for the participant.

        Parameters
        ----------
        ends
            Once it is set, nothing more is taken.
        """
        folder, self._folder = self._folder, None  # after a failure it is looked at anew
        if folder is None:
            folder = await asyncio.to_thread(Folder, self._path, shared=self._must_sign)
        await asyncio.to_thread(folder.settle)
        for name in await asyncio.to_thread(folder.waiting):
            if ends is not None and ends.is_set():
                return
            await self._take(folder, name)
        await self._put(folder)
        await self._expire(folder)
        self._folder = folder

    async def _take(self, folder: Folder, offered: str) -> None:
        """Take a file, and file it with its answer."""
        try:
            name = await asyncio.to_thread(folder.take, offered)
        except FileNotFoundError:  # it was taken back
            return
        try:
            found = await asyncio.to_thread(folder.read, name)
        except Unfit as unfit:
            mark = folder.mark(name)
            await self._file(folder, name, mark, b"", str(unfit), {"problem": "unfit"})
            return
        data = found.data

        async def carry(incoming: Incoming) -> tuple[Outcome, bool]:
            return await carry_out(self._gateway, incoming, data)

        async def admit(asked: Inquiry) -> None:
            """Note a read of what is not the asker's own: a message has no room for a reason."""
            if asked.actor.party in self._gateway.directory.members:
                deed = Deed(asked.actor.id, asked.operation, asked.about, reason="asked in its folder")
                await asyncio.wrap_future(self._gateway.watch.note(deed))

        try:
            taken = await take(self._gateway, self._actor, data, carry, admit, must_sign=self._must_sign)
        except _LATER:
            raise
        except Exception:
            reason = "an error of ours: put it into in/ again later; what was carried out is not carried out twice"
            await self._file(folder, name, found.mark, b"", reason, {"problem": "defect"})
            raise
        reason = taken.why.value if taken.why is not None else ""
        await self._file(folder, name, found.mark, taken.content, reason, taken.noted)

    async def _file(
        self, folder: Folder, name: str, mark: str, answer: bytes, reason: str, noted: dict[str, object]
    ) -> None:
        """File what was taken, and say so."""
        await asyncio.to_thread(folder.file, name, mark, answer, reason)
        self._tells.filed(self.party, mark, noted)

    async def _expire(self, folder: Folder) -> None:
        """Delete what was filed too long ago, once an hour."""
        now_s = asyncio.get_running_loop().time()
        if self._days and now_s - self._expired_s >= EXPIRE_S:
            await asyncio.to_thread(folder.expire, machine_now() - self._days * DAY_US)
            self._expired_s = now_s

    async def _put(self, folder: Folder) -> None:
        """Put out the messages that follow from records since."""
        feed, versions = self._gateway.feed, self._gateway.memory.correlation.versions
        feed.check(folder.cursor)
        while folder.cursor < Cursor(feed.through, WHOLE) and not await asyncio.to_thread(lambda: folder.is_full):
            page = await feed.run(lambda: outgoing.listed(feed, versions, self.party, folder.cursor, MESSAGES_AT_ONCE))
            messages = [(each.id, content) for each in page.items if (content := await self._written(each.id))]
            await asyncio.to_thread(folder.put, messages, Cursor.parse(page.after))

    async def _written(self, reference: str) -> bytes | None:
        feed, versions = self._gateway.feed, self._gateway.memory.correlation.versions
        due = await feed.run(lambda: outgoing.find(feed, versions, self.party, reference))
        assert due is not None, "it was listed"
        return await outgoing.written(self._gateway, due)
