"""The log: head, headers, records and proofs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from comity.api.problems import Refused
from comity.gateway.events import view_of
from comity.gateway.gateway import Gateway
from comity.wire.answers import Page
from comity.wire.log import Consistency, Inclusion, RecordHeader, RecordRead, SignedHead

SEQUENCE_MAX = (1 << 31) - 1
_BYTES = "application/octet-stream"

Size = Annotated[int, QueryParameter(ge=0, le=SEQUENCE_MAX, description="records of the log; absent: all there are")]
Sequence = Annotated[int, QueryParameter(ge=0, le=SEQUENCE_MAX)]
Limit = Annotated[int, QueryParameter(ge=1, le=1_000)]


@get("/log/head", opt={"operation": "log.head"}, summary="Where the log ends")
async def read_head(gateway: NamedDependency[Gateway], size: Size = 0) -> SignedHead:
    """Return the head now, or the one after so many records; signed by the gateway's key."""
    return await gateway.logbook.head(size)


@get("/log/headers", opt={"operation": "log.headers"}, summary="Headers of records")
async def read_headers(
    gateway: NamedDependency[Gateway], after: Sequence = 0, limit: Limit = 100
) -> Page[RecordHeader]:
    """Return headers of records after a sequence, in order."""
    found, last = await gateway.logbook.headers(after, limit)
    return Page(found, str(last) if last < gateway.feed.through else "")


@get("/log/headers/{sequence:int}", opt={"operation": "log.headers"}, summary="The header of a record")
async def read_header(gateway: NamedDependency[Gateway], sequence: FromPath[int]) -> RecordHeader:
    """Return the header of a record."""
    return await gateway.logbook.header(sequence)


@get("/log/records/{sequence:int}", opt={"operation": "log.records"}, summary="A record, whole")
async def read_record(
    request: Request[Any, Any, Any], gateway: NamedDependency[Gateway], sequence: FromPath[int]
) -> Response[RecordRead] | Response[bytes]:
    """Return a record: as stored to `Accept: application/octet-stream`, else decoded. For those who see everything."""
    if not view_of(request.user, gateway.directory).everything:
        raise Refused("forbidden", HTTPStatus.FORBIDDEN, "a record holds what other participants have sent")
    if _BYTES in request.headers.get("accept", ""):
        return Response(await gateway.logbook.stored(sequence), media_type=_BYTES)
    return Response(await gateway.logbook.record(sequence))


@get("/log/proofs/inclusion", opt={"operation": "log.prove"}, summary="Proof that a record is in the log")
async def prove_inclusion(gateway: NamedDependency[Gateway], sequence: Sequence, size: Size = 0) -> Inclusion:
    """Prove that a record is in the log; checked by `comity.client.proof`."""
    return await gateway.logbook.inclusion(sequence, size)


@get("/log/proofs/consistency", opt={"operation": "log.prove"}, summary="Proof that the log continues an older head")
async def prove_consistency(gateway: NamedDependency[Gateway], old: Sequence, size: Size = 0) -> Consistency:
    """Prove that the log continues what it was after `old` records."""
    return await gateway.logbook.consistency(old, size)


LOG = [read_head, read_headers, read_header, read_record, prove_inclusion, prove_consistency]
"""Routes of the log."""
