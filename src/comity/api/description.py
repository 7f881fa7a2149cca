"""The description of the API: what OpenAPI says beyond the types of routes.

Litestar derives paths, parameters and bodies. Here are added what every route has in common, the problems
it may answer, headers, and how to prove who asks; what fields mean, as it stands beside
them in `comity.wire`; bodies that are read raw; and an example of everything that is sent.
"""

from __future__ import annotations

import ast
import inspect
import itertools
from http import HTTPStatus
from importlib import import_module
from pkgutil import iter_modules
from textwrap import dedent
from typing import Any, cast

import msgspec
from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin

import comity.wire
from comity.api.messages import XML
from comity.api.problems import MEDIA_TYPE
from comity.api.sending import DEADLINE_HEADER, DEADLINE_MS_MAX, KEY_HEADER, KEY_LENGTH_MAX
from comity.gateway.bulk import ARROW, NDJSON
from comity.wire.answers import Problem

Plain = dict[str, Any]

PREFIX, PUBLIC_PREFIX = "/v1/", "/v1/sign-in/"
_READS = {"get", "head", "options", "trace"}
_METHODS = {*_READS, "post", "put", "patch", "delete"}
_PROBLEMS = {
    HTTPStatus.BAD_REQUEST: "What was sent cannot be read; every fault is pointed at",
    HTTPStatus.UNAUTHORIZED: "Who asks is not known",
    HTTPStatus.FORBIDDEN: "For other roles, or for another participant to do",
    HTTPStatus.NOT_FOUND: "Not there, or not theirs",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests; `Retry-After` says when there may be more",
    HTTPStatus.INTERNAL_SERVER_ERROR: "An error of ours",
    HTTPStatus.SERVICE_UNAVAILABLE: "Too much waits, or nothing is taken now; see `Retry-After`",
    HTTPStatus.GATEWAY_TIMEOUT: "Not finished in time, and may still happen: ask by id",
}
_PROBLEMS_OF_CHANGES = {
    HTTPStatus.CONFLICT: "The same request is being carried out, or something else stands in its way",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "More than is taken",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "A body of another kind",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Another request was sent under this idempotency key",
}
_HEADERS = [
    {
        "name": KEY_HEADER,
        "in": "header",
        "description": "the same key and request give the same answer, and happen once",
        "schema": {"type": "string", "maxLength": KEY_LENGTH_MAX},
    },
    {
        "name": DEADLINE_HEADER,
        "in": "header",
        "description": "how long the sender waits, milliseconds; the outcome is unknown after that",
        "schema": {"type": "integer", "minimum": 1, "maximum": DEADLINE_MS_MAX},
    },
]
_PARAMETERS = {
    "after": "cursor: what comes after it",
    "approval": "number of an approval",
    "before": "cursor: what comes before it",
    "code": "what the provider of identities has sent",
    "cursor": "where the list goes on, from `next`",
    "everywhere": "end all sessions of this person",
    "first": "first record of the log",
    "instruction": "id of an instruction",
    "key_id": "id of a key",
    "last": "last record of the log",
    "limit": "so many at most",
    "old": "size of the log that is known",
    "passkey": "id of a passkey",
    "person": "name of a person",
    "sequence": "record of the log",
    "session": "id of a session",
    "show": "which approvals",
    "state": "what the sign-in began with",
    "webhook": "id of a webhook",
}
"""What parameters mean that say nothing of it themselves."""
EXAMPLES: dict[str, Plain] = {
    "Payment": {
        "id": "p1",
        "debtor": "ALFACNBJ",
        "creditor": "GAMARUMM",
        "currency": "CNY",
        "amount": "12.50",
        "purpose": "invoice 7",
    },
    "Pvp": {
        "id": "t1",
        "seller": "ALFACNBJ",
        "buyer": "GAMARUMM",
        "sell_currency": "CNY",
        "sell_amount": "100.00",
        "buy_currency": "RUB",
        "buy_amount": "900.00",
        "entered_by": "seller",
    },
    "Obligation": {
        "id": "d1",
        "debtor": "ALFACNBJ",
        "creditor": "GAMARUMM",
        "currency": "CNY",
        "amount": "10.00",
        "due": "2021-12-15",
    },
    "Order": {"id": "o1", "participant": "ALFACNBJ", "sell": "CNY", "buy": "RUB", "amount": "100.00", "limit": "8.9"},
    "Amendment": {"amount": "40.00"},
    "QuoteRequest": {
        "name": "q1",
        "debtor": "ALFACNBJ",
        "creditor": "GAMARUMM",
        "source": "CNY",
        "target": "RUB",
        "source_amount": "100.00",
    },
    "QuoteOffer": {"amount": "890.00", "expires": "2021-12-15T12:00:00Z"},
    "Entered": {"id": "p1", "state": "STLD", "sequence": 3, "row": 0},
    "Problem": {
        "type": "urn:comity:problem:invalid",
        "title": "The request cannot be read as what it should be",
        "status": 400,
        "faults": [{"pointer": "/amount", "expected": "at most 2 decimals", "found": "'12.505'"}],
    },
}
"""One of each that is sent, by the name of its structure."""
_RAW = {
    "/v1/events": ("text/event-stream", "Events"),
    "/v1/events/export": ("application/vnd.apache.parquet", ""),
    "/v1/messages/{name}": (XML, ""),
    "/v1/statements/{name}": (XML, ""),
    "/v1/log/records/{sequence}": ("application/octet-stream", "RecordRead"),
}
"""What reads answer that is not JSON, and as which structure they answer in JSON, if they do."""
_MATCH = (("/match/{dataset}", "post", "200", "MatchResponse"), ("/catalog", "get", "200", "Catalog"))
"""Routes in yente's format, and the structures that they answer."""
_LINKS = (
    ("/v1/payments", "201", "id", "/v1/payments/{name}"),
    ("/v1/payments", "201", "id", "/v1/instructions/{name}"),
    ("/v1/pvp", "201", "id", "/v1/pvp/{name}"),
    ("/v1/pvp", "201", "id", "/v1/instructions/{name}"),
    ("/v1/obligations", "201", "id", "/v1/obligations/{name}"),
    ("/v1/orders", "201", "id", "/v1/orders/{name}"),
    ("/v1/keys", "201", "key/id", "/v1/keys/{key_id}"),
    ("/v1/webhooks", "201", "id", "/v1/webhooks/{webhook}"),
    ("/v1/quote-requests/{debtor}/{name}/quotes", "201", "quote", "/v1/quotes/{number}"),
    ("", "202", "id", "/v1/approvals/{approval}"),
)
"""What a POST has made, where its id stands in the answer, and below which path there is more; empty: any proposal."""
_PROPOSED = "'#/components/schemas/Approval'"


class Described(JsonRenderPlugin):
    """Serves the description."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: Plain) -> bytes:
        """Return the complete description as JSON."""
        return self.render_json(request, complete(openapi_schema))


def complete(derived: Plain) -> Plain:
    """Return the description with what Litestar does not derive."""
    schema = cast("Plain", msgspec.json.decode(msgspec.json.encode(derived)))
    components = schema.setdefault("components", {})
    _describe_raw(schema["paths"], components.setdefault("schemas", {}))
    _describe_match(schema["paths"], components["schemas"])
    _describe_types(components["schemas"])
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer", "description": "an API key"}}
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            if method in _METHODS and path.startswith(PREFIX):
                _complete(operation, is_read=method in _READS)
                operation["security"] = [] if path.startswith(PUBLIC_PREFIX) else [{"key": []}]
    _describe_batch(schema["paths"].get("/v1/payments/batch", {}).get("post", {}))
    _describe_message(schema["paths"].get("/v1/messages", {}).get("post", {}))
    _link(schema["paths"])
    return schema


def routes(schema: Plain) -> list[tuple[str, str]]:
    """Return every route, as `GET /v1/...`, with its summary, in the order of paths."""
    return [
        (f"{method.upper()} {path}", operation["summary"])
        for path, item in sorted(schema["paths"].items())
        for method, operation in sorted(item.items())
        if method in _METHODS
    ]


def _complete(operation: Plain, *, is_read: bool) -> None:
    problems = _PROBLEMS if is_read else _PROBLEMS | _PROBLEMS_OF_CHANGES
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, description in problems.items():
        operation["responses"][str(int(status))] = {"description": description, "content": content}
    for each in operation.get("parameters", []):
        each.setdefault("description", _PARAMETERS.get(each["name"], ""))
    if not is_read:
        operation.setdefault("parameters", []).extend(_HEADERS)


def _describe_raw(paths: Plain, schemas: Plain) -> None:
    """Say what is answered by routes that may answer in several ways, which Litestar does not derive."""
    for path, (media_type, structure) in _RAW.items():
        if path not in paths:
            continue
        content: Plain = {media_type: {"schema": {"type": "string", "format": "binary"}}}
        if structure:
            schemas.setdefault(structure, {})
            content["application/json"] = {"schema": {"$ref": f"#/components/schemas/{structure}"}}
        paths[path]["get"]["responses"]["200"]["content"] = content


def _link(paths: Plain) -> None:
    """Say what can be done next with what was made."""
    for source, status, pointer, below in _LINKS:
        name = below[below.rindex("{") + 1 : -1]
        nexts = {
            operation["operationId"]: {
                "operationId": operation["operationId"],
                "description": operation["summary"],
                "parameters": {name: f"$response.body#/{pointer}"},
            }
            for path, item in paths.items()
            for operation in item.values()
            if path == below or path.startswith(f"{below}/")
        }
        for path, item in paths.items():
            answer = item.get("post", {}).get("responses", {}).get(status, {})
            if path == source or (not source and _PROPOSED in str(answer.get("content"))):
                answer.setdefault("links", {}).update(nexts)


def _describe_batch(operation: Plain) -> None:
    """Say what a batch holds and is answered with: its bodies are not read by Litestar."""
    if not operation:
        return
    columns = {"type": "string", "format": "binary", "description": "columns as the fields of Payment"}
    sent = {"schema": {"type": "string", "description": "one Payment a line"}}
    told = {"schema": {"type": "string", "description": "one Entered a line"}}
    answered = {"type": "string", "format": "binary", "description": "id, state, reason, code, sequence, row, repeated"}
    operation["requestBody"] = {"required": True, "content": {NDJSON: sent, ARROW: {"schema": columns}}}
    operation["responses"]["201"]["content"] = {NDJSON: told, ARROW: {"schema": answered}}


def _describe_message(operation: Plain) -> None:
    """Say that messages are sent and answered as they are, also where they are refused; a reference is its key."""
    if not operation:
        return
    answer = {XML: {"schema": {"type": "string", "description": "head.001 and the message that answers"}}}
    sent = {"schema": {"type": "string", "description": "an element that holds AppHdr (head.001) and Document"}}
    operation["requestBody"] = {"required": True, "content": {XML: sent}}
    operation["parameters"] = [each for each in operation["parameters"] if each["name"] != KEY_HEADER]
    operation["responses"]["200"] = {"description": "What would become of it: a dry run", "content": answer}
    operation["responses"]["201"]["content"] = answer
    operation["responses"]["202"] = {"description": "Others have to approve it first: camt.025", "content": answer}
    for status in ("400", "403", "409", "422"):
        refused = operation["responses"][status]
        operation["responses"][status] = {**refused, "content": refused["content"] | answer}


def _describe_match(paths: Plain, schemas: Plain) -> None:
    """Say what is asked and answered in yente's format: scores are decimals, which Litestar would write as text."""
    for path, method, status, structure in _MATCH:
        if path not in paths:
            continue
        schemas.setdefault(structure, {})
        answer = {"schema": {"$ref": f"#/components/schemas/{structure}"}}
        paths[path][method]["responses"][status]["content"] = {"application/json": answer}
        _complete(paths[path][method], is_read=True)
        if method == "post":
            problem = paths[path][method]["responses"]["400"]
            paths[path][method]["responses"] |= {"413": problem, "422": problem}
            schemas.setdefault("MatchRequest", {})
            sent = {"schema": {"$ref": "#/components/schemas/MatchRequest"}}
            paths[path][method]["requestBody"] = {"required": True, "content": {"application/json": sent}}


def _describe_types(schemas: Plain) -> None:
    """Describe every structure as msgspec reads and writes it, with what stands beside its fields."""
    known = _structures()
    named = [known[name] for name in schemas if name in known]
    _, described = msgspec.json.schema_components([*named, Problem], ref_template="#/components/schemas/{name}")
    for name, each in _with_numbers(described).items():
        schemas[name] = each
        if name in known:
            for field, text in _field_texts(known[name]).items():
                if field in each.get("properties", {}):
                    each["properties"][field].setdefault("description", text)
        if name in EXAMPLES:
            each["examples"] = [EXAMPLES[name]]


def _with_numbers(described: Any) -> Any:  # noqa: ANN401 - a part of a description
    """Return a description in which decimals are numbers, as they are written, and not text, as msgspec has it."""
    if described == {"type": "string", "format": "decimal"}:
        return {"type": "number"}
    if isinstance(described, dict):
        return {name: _with_numbers(each) for name, each in described.items()}
    return [_with_numbers(each) for each in described] if isinstance(described, list) else described


def _structures() -> dict[str, type[msgspec.Struct]]:
    """Return the structures of `comity.wire` by name."""
    modules = [import_module(f"comity.wire.{module.name}") for module in iter_modules(comity.wire.__path__)]
    return {
        name: each
        for module in modules
        for name, each in vars(module).items()
        if inspect.isclass(each) and issubclass(each, msgspec.Struct) and not getattr(each, "__parameters__", ())
    }


def _field_texts(structure: type[msgspec.Struct]) -> dict[str, str]:
    """Return what is written below the fields of a structure."""
    (definition,) = ast.parse(dedent(inspect.getsource(structure))).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    texts = {}
    for field, below in itertools.pairwise(body):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            texts[field.target.id] = " ".join(str(below.value.value).split())
    return texts
