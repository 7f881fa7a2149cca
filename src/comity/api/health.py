"""Health and metrics: for whoever runs a gateway; they tell nothing of anybody's business."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency

from comity.api.description import complete
from comity.api.metrics import CONTENT_TYPE, Metrics
from comity.gateway.figures import Figures, figures_of
from comity.gateway.gateway import Gateway
from comity.wire.health import Alive, Ready

PATIENCE_S = 1.0
"""A writer that says nothing for so long is not ready."""


@get("/health", summary="Whether the process lives", include_in_schema=True)
async def health() -> Alive:
    """Answer as long as the process can answer at all; for whoever restarts it."""
    return Alive("alive")


@get("/health/ready", summary="Whether instructions are taken", responses=None)
async def ready(gateway: NamedDependency[Gateway]) -> Response[Ready]:
    """Answer 200 if the node takes records now, 503 if not; for whoever sends it requests."""
    figures = await figures_now(gateway)
    if figures is None:
        return Response(Ready("unavailable"), status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers={"retry-after": "1"})
    return Response(Ready("ready", figures.head, figures.phase, figures.business_date))


@get("/metrics", summary="Figures for Prometheus", media_type=CONTENT_TYPE)
async def metrics(gateway: NamedDependency[Gateway], meters: NamedDependency[Metrics]) -> Response[bytes]:
    """Return requests, latencies, and where the node stands, as Prometheus reads them."""
    return Response(meters.text(await figures_now(gateway)), media_type=CONTENT_TYPE)


async def figures_now(gateway: Gateway) -> Figures | None:
    """Return where the node stands; None if it does not answer."""
    try:
        gateway.now()
        future: asyncio.Future[Any] = asyncio.wrap_future(gateway.writer.call(lambda node: figures_of(gateway, node)))
        return await asyncio.wait_for(asyncio.shield(future), PATIENCE_S)
    except Exception:  # noqa: BLE001 - whatever it is, it is not ready
        return None


@get("/openapi.json", include_in_schema=False, media_type="application/json", sync_to_thread=False)
def openapi(request: Request[Any, Any, Any]) -> bytes:
    """Return the description of every route, OpenAPI 3.1."""
    return msgspec.json.encode(complete(request.app.openapi_schema.to_schema()))


ROUTES = [openapi, health, ready, metrics]
