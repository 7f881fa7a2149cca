"""Reading ahead: a second thread reads and proves records while the first applies them.

Hashes, checksums and SQLite release the interpreter's lock, so a replay uses two
cores. A few records wait between the threads at most.
"""

from collections.abc import Generator
from queue import Full, Queue
from threading import Event, Thread
from typing import NamedTuple, TypeVar

Item = TypeVar("Item")

_DEPTH = 4
_CHECK_S = 0.1


class _End(NamedTuple):
    error: BaseException | None


def read_ahead(items: Generator[Item, None, None]) -> Generator[Item, None, None]:
    """Yield what `items` yields, made in another thread; what it raises is raised in its place."""
    queue: Queue[Item | _End] = Queue(_DEPTH)
    left = Event()
    reader = Thread(target=_fill, args=(items, queue, left), name="comity-read", daemon=True)
    reader.start()
    try:
        while not isinstance(item := queue.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        left.set()
        while not queue.empty():
            queue.get_nowait()
        reader.join()


def _fill(items: Generator[Item, None, None], queue: "Queue[Item | _End]", left: Event) -> None:
    try:
        for item in items:
            _put(queue, item, left)
            if left.is_set():
                break
        end = _End(None)
    except BaseException as error:  # noqa: BLE001 - raised again where the records are used
        end = _End(error)
    finally:
        items.close()
    _put(queue, end, left)


def _put(queue: "Queue[Item | _End]", item: "Item | _End", left: Event) -> None:
    while not left.is_set():
        try:
            queue.put(item, timeout=_CHECK_S)
        except Full:
            continue
        return
