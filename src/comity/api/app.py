"""The application: routes, and what every request passes through."""

from __future__ import annotations

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from comity.api import accounts, batches, health, instructions, keys, obligations, orders, payments, problems, pvp
from comity.api.bounds import Bounds, Buckets, RateLimit
from comity.api.events import EVENTS
from comity.api.log import LOG
from comity.api.metrics import Metrics
from comity.api.sandbox import Failing
from comity.api.security import Authentication
from comity.gateway.authority import OPERATIONS
from comity.gateway.gateway import Gateway

ROUTES = [
    *keys.ROUTES,
    *accounts.ROUTES,
    *payments.ROUTES,
    *batches.ROUTES,
    *pvp.ROUTES,
    *obligations.ROUTES,
    *orders.ROUTES,
    *instructions.ROUTES,
    *EVENTS,
    *LOG,
]
"""Every route below `/v1`; each names in `opt` the operation of the table of roles that it is."""
BODY_MAX = 32 << 20
"""Bytes of a body."""


def create_app(
    gateway: Gateway,
    *,
    meters: Metrics | None = None,
    buckets: Buckets | None = None,
    sandbox: Router | None = None,
) -> Litestar:
    """Return the application that serves a gateway; it closes the gateway when it ends.

    Parameters
    ----------
    meters
        What requests are counted in.
    buckets
        Requests that each participant may still make.
    sandbox
        Routes of a sandbox; with them, requests may ask to fail, and come as often as they like.
    """
    counted = meters or Metrics()

    async def given() -> Gateway:
        return gateway

    async def measured() -> Metrics:
        return counted

    for route in ROUTES:
        if route.opt["operation"] not in OPERATIONS:
            raise ValueError(f"{route.handler_name} is for no role: {route.opt['operation']} is not in the table")
    v1 = Router(
        "/v1",
        route_handlers=ROUTES,
        middleware=[
            Authentication(lambda: gateway),
            Failing() if sandbox else RateLimit(lambda: gateway, buckets or Buckets(Bounds())),
        ],
    )
    return Litestar(
        [v1, *health.ROUTES, *([sandbox] if sandbox else [])],
        dependencies={"gateway": Provide(given), "meters": Provide(measured)},
        exception_handlers={Exception: problems.answer},
        on_shutdown=[gateway.close],
        openapi_config=OpenAPIConfig(
            "Comity",
            "1",
            path="/openapi",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
            use_handler_docstrings=True,
        ),
        request_max_body_size=BODY_MAX,
        logging_config=None,
        debug=False,
        state=State({"gateway": gateway}, deep_copy=False),
    )
