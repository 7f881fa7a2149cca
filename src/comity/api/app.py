"""The application: routes, and what every request passes through."""

from __future__ import annotations

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from comity.api import problems
from comity.api.events import EVENTS
from comity.api.log import LOG
from comity.api.payments import enter_payment
from comity.api.security import Authentication
from comity.api.webhooks import WEBHOOKS
from comity.gateway.authority import OPERATIONS
from comity.gateway.gateway import Gateway

ROUTES = [enter_payment, *EVENTS, *LOG, *WEBHOOKS]
"""Every route below `/v1`; each names in `opt` the operation of the table of roles that it is."""
BODY_MAX = 32 << 20
"""Bytes of a body."""


def create_app(gateway: Gateway) -> Litestar:
    """Return the application that serves a gateway; it closes the gateway when it ends."""

    async def given() -> Gateway:
        return gateway

    async def start() -> None:
        gateway.delivery.start()

    for route in ROUTES:
        if route.opt["operation"] not in OPERATIONS:
            raise ValueError(f"{route.handler_name} is for no role: {route.opt['operation']} is not in the table")
    v1 = Router(
        "/v1",
        route_handlers=ROUTES,
        dependencies={"gateway": Provide(given)},
        middleware=[Authentication(lambda: gateway)],
    )
    return Litestar(
        [v1],
        exception_handlers={Exception: problems.answer},
        on_startup=[start],
        on_shutdown=[gateway.delivery.stop, gateway.close],
        openapi_config=OpenAPIConfig(
            "Comity",
            "1",
            path="/",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
            use_handler_docstrings=True,
        ),
        request_max_body_size=BODY_MAX,
        logging_config=None,
        debug=False,
        state=State({"gateway": gateway}, deep_copy=False),
    )
