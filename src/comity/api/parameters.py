"""Parameters that many routes take, with what the description of the API says about them; and no others.

A parameter that a route does not take is refused: `?dryrun=true` would enter a payment, `?stat=PSTL` list all.
"""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, cast

from litestar.connection import ASGIConnection
from litestar.params import PathParameter, QueryParameter

from comity.api.problems import FOUND_LENGTH_MAX, Refused
from comity.errors import FAULTS_MAX
from comity.gateway.instructions import LIMIT_MAX
from comity.wire.answers import Fault

if TYPE_CHECKING:
    from litestar.datastructures import MultiDict
    from litestar.handlers import HTTPRouteHandler
    from litestar.types import Scope

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
OnDate: TypeAlias = Annotated[
    str,
    QueryParameter(name="date", max_length=10, description="business date that is over, as 2021-12-15; empty for now"),
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


def check_query(scope: Scope) -> None:
    """Refuse a query that the route does not read whole: who asks for a dry run of what has none means no real one."""
    if not scope["query_string"]:
        return
    known = _names(cast("HTTPRouteHandler", scope["route_handler"]))
    given = Counter(name for name, _ in query_of(scope).items())
    listed = f"one of {', '.join(sorted(known))}" if known else "no parameters"
    faults = tuple(
        Fault("/" + name[:FOUND_LENGTH_MAX], "once" if name in known else listed, repr(name[:FOUND_LENGTH_MAX]))
        for name, times in given.items()
        if times > 1 or name not in known
    )
    if faults:
        raise Refused("invalid", HTTPStatus.BAD_REQUEST, faults=faults[:FAULTS_MAX])


def query_of(scope: Scope) -> MultiDict[Any]:
    """Return the query, as routes are given it."""
    return ASGIConnection[Any, Any, Any, Any](scope).query_params


def _names(handler: HTTPRouteHandler) -> frozenset[str]:
    """Return the names of the parameters that a route reads in the query."""
    said = ((name, each.kwarg_definition) for name, each in handler.parsed_fn_signature.parameters.items())
    return frozenset(each.name or name for name, each in said if isinstance(each, QueryParameter))
