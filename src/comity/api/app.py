"""The application: routes, and what every request passes through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig

from comity.api import (
    accounts,
    approvals,
    auctions,
    audit,
    batches,
    calendars,
    commands,
    health,
    instructions,
    keys,
    match,
    messages,
    obligations,
    orders,
    payments,
    people,
    problems,
    pvp,
    quotes,
    screening,
    sign_in,
)
from comity.api.bounds import Bounds, Buckets, RateLimit
from comity.api.conformance import CONFORMANCE
from comity.api.description import Described
from comity.api.edge import Edge
from comity.api.events import EVENTS
from comity.api.journal import FolderJournal, Journal
from comity.api.log import LOG
from comity.api.metrics import Metrics
from comity.api.oidc import Provider
from comity.api.sandbox import Failing
from comity.api.security import BODY_MAX, Authentication
from comity.api.shortcut import Shortcut
from comity.api.webhooks import WEBHOOKS
from comity.gateway.authority import OPERATIONS, is_public
from comity.gateway.gateway import Gateway
from comity.gateway.originals import Retention
from comity.gateway.settings import Screens, Settings
from comity.gateway.sign_ins import SignIns
from comity.gateway.watching import Folders

if TYPE_CHECKING:
    from litestar.types import Middleware

ROUTES = [
    *keys.ROUTES,
    *accounts.ROUTES,
    *payments.ROUTES,
    *batches.ROUTES,
    *messages.ROUTES,
    *pvp.ROUTES,
    *obligations.ROUTES,
    *orders.ROUTES,
    *instructions.ROUTES,
    *auctions.ROUTES,
    *quotes.ROUTES,
    *EVENTS,
    *LOG,
    *WEBHOOKS,
    *people.ROUTES,
    *sign_in.ROUTES,
    *commands.ROUTES,
    *approvals.ROUTES,
    *calendars.ROUTES,
    *screening.ROUTES,
    *audit.ROUTES,
]
"""Every route below `/v1`; each names in `opt` the operation of the table of roles that it is."""


for _route in (*ROUTES, *match.ROUTES, *CONFORMANCE):
    if _route.opt["operation"] not in OPERATIONS and not is_public(_route.opt["operation"]):
        raise ValueError(f"{_route.handler_name} is for no role: {_route.opt['operation']} is not in the table")
_DESCRIPTION = OpenAPIConfig("Comity", "1", path="/openapi", render_plugins=[Described()], use_handler_docstrings=True)


def create_app(
    gateway: Gateway,
    settings: Settings | None = None,
    *,
    meters: Metrics | None = None,
    buckets: Buckets | None = None,
    sandbox: Router | None = None,
) -> Litestar:
    """Return the application that serves a gateway; it closes the gateway when it ends.

    Parameters
    ----------
    settings
        What it is known as, and how people sign in.
    meters
        What requests are counted in.
    buckets
        Requests that each participant may still make.
    sandbox
        Routes of a sandbox; with them, requests may ask to fail, and come as often as they like.
    """
    counted, taken = meters or Metrics(), buckets or Buckets(Bounds())
    origin = settings.origin if settings else ""
    sign_ins = SignIns(gateway, origin, settings.sign_in if settings else None)
    days, watched = (settings.messages_days, settings.folders) if settings else (0, ())
    retention = Retention(gateway.originals, gateway.now, days)
    folders = Folders(gateway, watched, days, FolderJournal(Journal()))
    kept = gateway.set_up_screening(settings.screening if settings else Screens())
    provider = Provider(settings.sign_in.oidc, origin) if settings and settings.sign_in.oidc else None

    async def given() -> Gateway:
        return gateway

    async def measured() -> Metrics:
        return counted

    async def signing_in() -> SignIns:
        return sign_ins

    async def provided() -> Provider | None:
        return provider

    async def start() -> None:
        gateway.delivery.start()
        gateway.rescreening.start()

    known: list[Middleware] = [
        Authentication(lambda: gateway, lambda: sign_ins, lambda: taken),
        Failing() if sandbox else RateLimit(lambda: gateway, taken),
    ]
    given_to_all = {"sign_ins": Provide(signing_in), "provider": Provide(provided)}
    handlers = [*ROUTES, *(CONFORMANCE if sandbox else [])]
    v1 = Router("/v1", route_handlers=handlers, dependencies=given_to_all, middleware=known)
    matching = match.match_routes(gateway.screening.seen_by, known)
    return Litestar(
        [v1, matching, *health.ROUTES, *([sandbox] if sandbox else [])],
        dependencies={"gateway": Provide(given), "meters": Provide(measured)},
        exception_handlers={Exception: problems.answer},
        on_startup=[start, retention.start, kept.start, folders.start],
        on_shutdown=[folders.stop, retention.stop, kept.stop, gateway.delivery.stop, gateway.close],
        openapi_config=_DESCRIPTION,
        request_max_body_size=BODY_MAX,
        logging_config=None,
        debug=False,
        state=State({"gateway": gateway}, deep_copy=False),
    )


def whole_app(
    gateway: Gateway, settings: Settings | None = None, sandbox: Router | None = None, bounds: Bounds | None = None
) -> Edge:
    """Return the application with all that stands around it when it is served; see `create_app`."""
    meters, bounds = Metrics(), bounds or Bounds()
    buckets = Buckets(bounds)
    app = create_app(gateway, settings, meters=meters, buckets=buckets, sandbox=sandbox)
    inner = app if sandbox else Shortcut(app, gateway, buckets, settings.origin if settings else "")
    return Edge(inner, meters, Journal(), bounds, gateway.clock.now(), gateway.memory.traces)
