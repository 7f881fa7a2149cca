"""Parameters: those that many routes take, with what the description of the API says about them, and no others."""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, cast

from litestar.connection import ASGIConnection, Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.params import PathParameter, QueryParameter
from litestar.routes import HTTPRoute

from comity.api.problems import Refused
from comity.api.sending import deadline_s, key_of
from comity.errors import FAULTS_MAX
from comity.gateway.instructions import LIMIT_MAX
from comity.wire.answers import Fault

if TYPE_CHECKING:
    from litestar import Litestar
    from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

DryRun: TypeAlias = Annotated[
    bool,
    QueryParameter(description="answer as if it happened now, and let nothing happen: no id and no key is used up"),
]
Holder: TypeAlias = Annotated[
    str,
    QueryParameter(max_length=35, description="code of a participant; the sender's own, or all it may see, if empty"),
]
OfCurrency: TypeAlias = Annotated[str, QueryParameter(max_length=3, description="ISO 4217; empty for every currency")]
After: TypeAlias = Annotated[
    str, QueryParameter(max_length=40, description="cursor: what follows it is told; empty for the beginning")
]
Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX, description="items of a page at most")]
InState: TypeAlias = Annotated[
    str,
    QueryParameter(
        name="state", max_length=80, description="states with commas between, or `waiting` or `final`; empty for any"
    ),
]
WithId: TypeAlias = Annotated[
    str,
    QueryParameter(
        name="id", max_length=35, description="only the instruction that `participant` entered under this id"
    ),
]
AsOf: TypeAlias = Annotated[
    int, QueryParameter(ge=0, le=(1 << 31) - 1, description="with records up to this one applied; 0 for the last one")
]
AfterSequence: TypeAlias = Annotated[
    int, QueryParameter(ge=0, le=(1 << 31) - 1, description="what the records after this one did")
]
Kind: TypeAlias = Annotated[
    str, QueryParameter(max_length=20, description="payment, pvp, obligation, order or transfer; empty for every kind")
]
Money: TypeAlias = Annotated[str, QueryParameter(max_length=3, description="currency of the account, ISO 4217")]
Id: TypeAlias = Annotated[str, PathParameter(description="as the instructing participant wrote it")]
Code: TypeAlias = Annotated[str, PathParameter(description="BIC or code of a participant")]
MoneyPath: TypeAlias = Annotated[str, PathParameter(description="currency of the account, ISO 4217")]


class KnownParameters(ASGIMiddleware):
    """Refuses what would be left out in silence: a parameter that a route does not take, or that is there twice.

    On what terms a change is asked for is checked here too, also where it makes no difference, as in a dry run.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], frozenset[str]] = {}

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Refuse with 400, naming what is known."""
        asked = cast("HTTPScope", scope)
        if asked["query_string"]:
            self._check(asked)
        if asked["method"] not in ("GET", "HEAD", "OPTIONS"):
            request: Request[Any, Any, Any] = Request(scope)
            key_of(request)
            deadline_s(request)
        await next_app(scope, receive, send)

    def _check(self, scope: HTTPScope) -> None:
        if not self._known:
            self._known = _known(scope["litestar_app"])
        known = self._known.get((scope["path_template"], scope["method"]), frozenset())
        given = ASGIConnection[Any, Any, Any, Any](scope).query_params
        named = Counter(name for name, _ in given.items())
        expected = f"one of {', '.join(sorted(known))}" if known else "none: this route takes no parameters"
        faults = [Fault(name[:40], expected, "unknown") for name in named if name not in known]
        faults += [
            Fault(name, "once", f"{count} times") for name, count in named.items() if name in known and count > 1
        ]
        if faults:
            raise Refused("invalid", HTTPStatus.BAD_REQUEST, faults=tuple(faults[:FAULTS_MAX]))


def _known(app: Litestar) -> dict[tuple[str, str], frozenset[str]]:
    """Return which parameters are taken, by the template of a path and the method."""
    return {
        (route.path_format, method): frozenset(each.field_alias for each in model.expected_query_params)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (_, model) in route.route_handler_map.items()
    }
