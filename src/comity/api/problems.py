"""Problems: every refusal as RFC 9457, with a type that stays the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException, ValidationException
from litestar.params import QueryParameter

from comity.api.journal import told_of
from comity.errors import Conflict, EnvironmentFailed, InvalidRequest, LogError, NotFound, ScreeningUnavailable
from comity.gateway.authority import Forbidden
from comity.gateway.writer import Busy, Lost
from comity.wire.answers import PROBLEM_PREFIX, Fault, Problem
from comity.wire.shapes import fault_of, pointer_of

if TYPE_CHECKING:
    from litestar import Request
    from litestar.types import Scope, Send

    from comity.model.reason import Reason

MEDIA_TYPE = "application/problem+json"
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
    "unscreened": "There is nothing to screen against",
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
            PROBLEM_PREFIX + kind,
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
            "/".join((prefix, str(each.row - 1) * bool(each.row), each.column)).replace("//", "/").rstrip("/"),
            each.expected,
            each.found,
        )
        for each in error.faults
    )
    return Refused("invalid", HTTPStatus.BAD_REQUEST, "", faults=faults)


async def refusal(error: Exception, scope: Scope, send: Send) -> None:
    """Answer an exception with its problem where there is no request of the framework yet."""
    response = _answered(problem_of(error), error, scope)
    headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
    headers += [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(response.content)).encode())]
    start: Any = {"type": "http.response.start", "status": response.status_code, "headers": headers}
    body: Any = {"type": "http.response.body", "body": response.content, "more_body": False}
    await send(start)
    await send(body)


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer an exception with its problem."""
    refused = _of_http(request, error) if isinstance(error, HTTPException) else problem_of(error)
    response = _answered(refused, error, request.scope)
    if isinstance(error, MethodNotAllowedException):
        response.headers["allow"] = _allowed(error)
    return response


def _answered(refused: Refused, error: Exception, scope: Scope) -> Response[bytes]:
    problem = msgspec.structs.replace(refused.problem, instance=str(scope.get("request_id", "")))
    kind = problem.type.removeprefix(PROBLEM_PREFIX)
    scope["refused"] = {"problem": kind, **(told_of(error) if kind in _OURS else {})}  # type: ignore[typeddict-unknown-key] # for the journal
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


_BODY = "data"
"""Parameter of a handler that takes the body."""
_ABSENT = re.compile(r"Missing required \w+ parameter '(\w+)'")
FOUND_LENGTH_MAX, PATH_LENGTH_MAX = 40, 200
"""Characters of what was found that are told."""
_UNREAD = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
"""After these the rest of a body may still come: the connection ends."""
_OURS = frozenset({"defect", "stopped"})
"""Of these the journal says where they came from."""
_KINDS = {
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method",
    413: "too-large",
    415: "media-type",
    429: "rate",
}


def _of_http(request: Request[Any, Any, Any], error: HTTPException) -> Refused:
    """Return how what the framework raises is answered: its own words are for programmers."""
    status = error.status_code
    if isinstance(error, ValidationException):
        return _not_of_its_shape(request, error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Refused("defect", status)
    detail = error.detail
    if isinstance(error, NotFoundException | MethodNotAllowedException):
        taken = _allowed(error)
        detail = f"no route {request.method} {request.scope['path'][:PATH_LENGTH_MAX]}" + (
            f"; it takes {taken}" if taken else ""
        )
    return Refused(_KINDS.get(status, "invalid"), status, detail)


def _allowed(error: HTTPException) -> str:
    """Return the methods of a path, in the order of their names; empty if there is no such path."""
    return ", ".join(sorted((error.headers or {}).get("allow", "").split(", ")))


def _not_of_its_shape(request: Request[Any, Any, Any], error: ValidationException) -> Refused:
    if absent := _ABSENT.match(error.detail):
        return Refused("invalid", HTTPStatus.BAD_REQUEST, faults=(Fault("/" + absent[1], "a value", "none"),))
    told = error.extra if isinstance(error.extra, list) else []
    faults = tuple(_fault(request, each["message"], each.get("key", "")) for each in told if isinstance(each, dict))
    return Refused("invalid", HTTPStatus.BAD_REQUEST, "" if faults else error.detail, faults=faults)


def _fault(request: Request[Any, Any, Any], message: str, key: str) -> Fault:
    if message == repr(_BODY):
        return Fault("", "a body", "none")
    parameters = request.route_handler.parsed_fn_signature.parameters
    asked = parameters.get(key)
    known = asked.kwarg_definition.name if asked and isinstance(asked.kwarg_definition, QueryParameter) else None
    name = known or key  # the framework names it as the handler does, whoever asks as the query does
    sent = request.query_params.get(name)
    if sent is not None:
        fault = fault_of(message, "/" + name, asked.annotation if asked else None)
        return msgspec.structs.replace(fault, found=repr(sent[:FOUND_LENGTH_MAX]))
    body = parameters.get(_BODY)
    pointer = "" if key == _BODY else pointer_of("." + key)
    return fault_of(message, pointer, body.annotation if body else None)


def _stopped(_: Exception) -> Refused:
    return Refused("stopped", HTTPStatus.SERVICE_UNAVAILABLE, "no record is taken now")


_TRANSLATIONS: tuple[tuple[type[Exception], Callable[[Any], Refused]], ...] = (
    (InvalidRequest, invalid),
    (NotFound, lambda error: Refused("not-found", HTTPStatus.NOT_FOUND, str(error))),
    (Forbidden, lambda error: Refused("forbidden", HTTPStatus.FORBIDDEN, str(error))),
    (Busy, lambda error: Refused("busy", HTTPStatus.SERVICE_UNAVAILABLE, str(error))),
    (Conflict, lambda error: Refused("conflict", HTTPStatus.CONFLICT, str(error))),
    (Lost, lambda _: Refused("unknown-outcome", HTTPStatus.GATEWAY_TIMEOUT, "the gateway stopped: ask by id")),
    (ScreeningUnavailable, lambda error: Refused("unscreened", HTTPStatus.SERVICE_UNAVAILABLE, str(error))),
    (LogError, _stopped),
    (EnvironmentFailed, _stopped),
    (UnicodeDecodeError, lambda _: Refused("invalid", HTTPStatus.BAD_REQUEST, "it is not UTF-8")),
    (RecursionError, lambda _: Refused("invalid", HTTPStatus.BAD_REQUEST, "it is nested too deep")),
)
"""What is raised below, and how it is answered; the first that fits counts."""
