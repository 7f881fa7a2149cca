"""The application: routes, and what every request passes through."""

from __future__ import annotations

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig

from comity.api import accounts, auctions, batches, instructions, obligations, orders, payments, problems, pvp, quotes
from comity.api.description import Described
from comity.api.security import Authentication
from comity.gateway.authority import OPERATIONS
from comity.gateway.gateway import Gateway

ROUTES = [
    *accounts.ROUTES,
    *payments.ROUTES,
    *batches.ROUTES,
    *pvp.ROUTES,
    *obligations.ROUTES,
    *orders.ROUTES,
    *instructions.ROUTES,
    *auctions.ROUTES,
    *quotes.ROUTES,
]
"""Every route below `/v1`; each names in `opt` the operation of the table of roles that it is."""
BODY_MAX = 32 << 20
"""Bytes of a body."""


def create_app(gateway: Gateway) -> Litestar:
    """Return the application that serves a gateway; it closes the gateway when it ends."""

    async def given() -> Gateway:
        return gateway

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
        on_shutdown=[gateway.close],
        openapi_config=OpenAPIConfig(
            "Comity",
            "1",
            path="/",
            render_plugins=[Described(path="/openapi.json")],
            use_handler_docstrings=True,
        ),
        request_max_body_size=BODY_MAX,
        logging_config=None,
        debug=False,
    )
