"""Searching within a time: what a solver finds, or why it found nothing."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from comity.errors import ComityError

if TYPE_CHECKING:
    from collections.abc import Callable

_Found = TypeVar("_Found")


def within(deadline_s: float | None, search: Callable[[], _Found], what: str) -> _Found:
    """Return what `search` returns, if it does within so many seconds; None: whenever it does.

    Raises
    ------
    ComityError
        What the search raised.
    TimeoutError
        It was not over in time; it is left to itself.
    """
    if deadline_s is None:
        return search()
    found: list[_Found | ComityError] = []

    def run() -> None:
        try:
            found.append(search())
        except ComityError as error:
            found.append(error)

    thread = Thread(target=run, name="comity-search", daemon=True)
    thread.start()
    thread.join(deadline_s)
    if not found:
        raise TimeoutError(f"no {what} was found within {deadline_s} s")
    if isinstance(found[0], ComityError):
        raise found[0]
    return found[0]
