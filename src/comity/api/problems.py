"""Problems: every refusal as RFC 9457, with a type that stays the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException, ValidationException

from comity.errors import Conflict, EnvironmentFailed, InvalidRequest, LogError, NotFound
from comity.gateway.authority import Forbidden
from comity.gateway.writer import Busy
from comity.wire.answers import Fault, Problem

if TYPE_CHECKING:
    from litestar import Request
    from litestar.types import Method, Send

    from comity.model.reason import Reason

MEDIA_TYPE = "application/problem+json"
PREFIX = "urn:comity:problem:"
RETRY_S = 1

TITLES = {
    "invalid": "The request cannot be read as what it should be",
    "unauthenticated": "Who asks is not known",
    "forbidden": "This may not be asked by who asks",
    "not-found": "There is no such thing, or it is not yours",
    "method": "This is not done with that here",
    "in-flight": "The same request is being carried out",
    "key-reused": "Another request was sent under this idempotency key",
    "stale": "What this was based on has changed since it was asked for",
    "expired": "The time in which this could be approved is over",
    "conflict": "Something else stands where this should go",
    "too-large": "The request is larger than what is taken",
    "media-type": "The body is of a kind that is not taken here",
    "rejected": "The rulebook rejects it",
    "busy": "Too much waits already",
    "rate": "Too many requests",
    "slow": "The request did not arrive in time",
    "unknown-outcome": "It was not finished in time, and may still happen: ask by its id",
    "stopped": "The gateway has stopped",
    "defect": "An error of ours",
}
"""Every type of problem, and its title."""


class Refused(Exception):  # noqa: N818 - the name says what happened
    """A request is answered by a problem."""

    def __init__(
        self, kind: str, status: int, detail: str = "", *, faults: tuple[Fault, ...] = (), reason: Reason | None = None
    ) -> None:
        super().__init__(kind, detail)
        self.problem = Problem(
            PREFIX + kind,
            TITLES[kind],
            status,
            detail,
            code=reason.code if reason else "",
            reason=reason.name if reason else "",
            faults=faults,
            retry_after_s=RETRY_S if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE) else 0,
        )


def invalid(error: InvalidRequest, prefix: str = "") -> Refused:
    """Turn faults of a request into a problem; columns become JSON pointers."""
    faults = tuple(
        Fault(
            "/".join((prefix, str(each.row - 1) * bool(each.row), each.column)).replace("//", "/") or "/",
            each.expected,
            each.found,
        )
        for each in error.faults
    )
    return Refused("invalid", HTTPStatus.BAD_REQUEST, "", faults=faults)


async def refusal(refused: Refused, instance: str, send: Send) -> None:
    """Answer with a problem where there is no request of the framework yet."""
    response = _response(msgspec.structs.replace(refused.problem, instance=instance))
    headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
    headers += [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(response.content)).encode())]
    start: Any = {"type": "http.response.start", "status": refused.problem.status, "headers": headers}
    body: Any = {"type": "http.response.body", "body": response.content, "more_body": False}
    await send(start)
    await send(body)


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer an exception with its problem."""
    problem = problem_of(error).problem
    response = _response(msgspec.structs.replace(problem, instance=request.scope.get("request_id", "")))
    if problem.status == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["allow"] = ", ".join(_allowed(request))
    return response


def _allowed(request: Request[Any, Any, Any]) -> list[Method]:
    """Return the methods that there are on a path."""
    path = f"/{request.scope['path'].strip('/')}"
    found: list[Method] = []
    for method in _METHODS:
        with suppress(HTTPException):
            request.app.asgi_router.handle_routing(path, method)
            found.append(method)
    return found


def _response(problem: Problem) -> Response[bytes]:
    headers = {"retry-after": str(problem.retry_after_s)} if problem.retry_after_s else {}
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    if problem.status in _UNREAD:
        headers["connection"] = "close"
    return Response(msgspec.json.encode(problem), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def problem_of(error: Exception) -> Refused:
    """Return how an exception is answered."""
    if isinstance(error, Refused):
        return error
    for kind, translate in _TRANSLATIONS:
        if isinstance(error, kind):
            return translate(error)
    return Refused("defect", HTTPStatus.INTERNAL_SERVER_ERROR)


def _not_of_its_shape(error: ValidationException) -> Refused:
    extra = error.extra if isinstance(error.extra, list) else []
    faults = tuple(
        Fault("/" + str(each.get("key", "")).replace(".", "/"), str(each.get("message", "")), "")
        for each in extra
        if isinstance(each, dict)
    )
    return Refused("invalid", HTTPStatus.BAD_REQUEST, "" if faults else error.detail, faults=faults)


_UNREAD = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
"""After these the rest of a body may still come: the connection ends."""
_METHODS: tuple[Method, ...] = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_KINDS = {
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method",
    413: "too-large",
    415: "media-type",
    429: "rate",
}


def _of_http(error: HTTPException) -> Refused:
    status = error.status_code
    kind = _KINDS.get(status, "invalid" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "defect")
    return Refused(kind, status, error.detail if status < HTTPStatus.INTERNAL_SERVER_ERROR else "")


def _stopped(_: Exception) -> Refused:
    return Refused("stopped", HTTPStatus.SERVICE_UNAVAILABLE, "no record is taken now")


_TRANSLATIONS: tuple[tuple[type[Exception], Callable[[Any], Refused]], ...] = (
    (InvalidRequest, invalid),
    (NotFound, lambda error: Refused("not-found", HTTPStatus.NOT_FOUND, str(error))),
    (Forbidden, lambda error: Refused("forbidden", HTTPStatus.FORBIDDEN, str(error))),
    (Busy, lambda error: Refused("busy", HTTPStatus.SERVICE_UNAVAILABLE, str(error))),
    (Conflict, lambda error: Refused("conflict", HTTPStatus.CONFLICT, str(error))),
    (UnicodeDecodeError, lambda _: Refused("invalid", HTTPStatus.BAD_REQUEST, "text is sent as UTF-8")),
    (RecursionError, lambda _: Refused("invalid", HTTPStatus.BAD_REQUEST, "the body is nested too deeply")),
    (LogError, _stopped),
    (EnvironmentFailed, _stopped),
    (ValidationException, _not_of_its_shape),
    (HTTPException, _of_http),
)
"""What is raised below, and how it is answered; the first that fits counts."""
