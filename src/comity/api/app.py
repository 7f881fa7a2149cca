"""The application: routes, and what every request passes through."""

from __future__ import annotations

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from comity.api import approvals, audit, commands, keys, people, problems
from comity.api.payments import enter_payment
from comity.api.security import BODY_MAX, Authentication
from comity.gateway.authority import OPERATIONS
from comity.gateway.gateway import Gateway

ROUTES = [enter_payment, *keys.ROUTES, *people.ROUTES, *commands.ROUTES, *approvals.ROUTES, *audit.ROUTES]
"""Every route below `/v1`; each names in `opt` the operation of the table of roles that it is."""


def create_app(gateway: Gateway, origin: str = "") -> Litestar:
    """Return the application that serves a gateway; it closes the gateway when it ends.

    Parameters
    ----------
    origin
        Scheme and authority under which it is known, as in `comity.gateway.settings`.
    """

    async def given() -> Gateway:
        return gateway

    for route in ROUTES:
        if route.opt["operation"] not in OPERATIONS:
            raise ValueError(f"{route.handler_name} is for no role: {route.opt['operation']} is not in the table")
    v1 = Router(
        "/v1",
        route_handlers=ROUTES,
        dependencies={"gateway": Provide(given)},
        middleware=[Authentication(lambda: gateway, origin)],
    )
    return Litestar(
        [v1],
        exception_handlers={Exception: problems.answer},
        on_shutdown=[gateway.close],
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
    )
