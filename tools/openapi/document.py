"""The whole document, from operations, components and the catalogue of errors."""

from collections import defaultdict
from typing import Any

from gateway.entrypoints.error_catalogue import row_of
from gateway.entrypoints.error_row import Row
from gateway.entrypoints.http.languages import LANGUAGES
from gateway.entrypoints.http.lookup_server import FRESHNESS, SEQUENCE, USABLE_UNTIL
from gateway.entrypoints.http.operations import JSON
from gateway.entrypoints.http.problems import MEDIA_TYPE, Problem
from gateway.exchange.request_ids import HEADER
from openapi.components import Components, Schema
from openapi.operations import OPERATIONS, Operation

DESCRIPTION = """\
Is a declared code a partner's authorised operator, on that date, and what is to be granted? The \
same answers as over gRPC (`mra.lookup.v1`) and of `mra lookup --json`.

Callers show a registered client certificate, or without one a bearer token of the issuer that \
the gateway knows. Another agency than customs is shown decision, measures and validity only.

New members may be added to answers, and new reasons: read what you know, and take an unknown \
verdict or reason for no grant. Errors are problem details (RFC 9457), each with a `code` of the \
published catalogue.
"""
_TAGS = {
    "decisions": "What is to be granted.",
    "operators": "Finding codes and reading what is known of an operator: never a decision.",
    "agreements": "What home recognises, of whom, and how fresh it is.",
}
_STATUS_FIELDS = {
    401: {"www-authenticate": "How to show a token."},
    405: {"allow": "The methods of the address."},
    429: {"retry-after": "Seconds until the same call may be asked again."},
    503: {"retry-after": "Seconds until what is still being read may be asked again."},
}


def document() -> dict[str, Any]:
    """Return the OpenAPI document."""
    components = Components()
    components.reference(Problem)
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.verb] = _operation(operation, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lookup of mutually recognised operators",
            "version": "1.0.0",
            "summary": "A decision that a border system can act on.",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This gateway: `lookup.https_listen`."}],
        "security": [{"certificate": []}, {"token": []}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.schemas.items())),
            "headers": _HEADERS,
            "parameters": _PARAMETERS,
            "securitySchemes": _SECURITY,
        },
    }


def _operation(operation: Operation, components: Components) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [
            {"$ref": "#/components/parameters/requestId"},
            *([{"$ref": "#/components/parameters/language"}] if operation.is_decision else []),
            *operation.parameters,
        ],
    }
    if operation.asks is not None:
        described["requestBody"] = {
            "required": True,
            "content": {
                JSON: {
                    "schema": components.reference(operation.asks),
                    "examples": {
                        name: {"value": value} for name, value in operation.asked_examples.items()
                    },
                }
            },
        }
    described["responses"] = {
        "200": {
            "description": "Answered.",
            "headers": {
                name: {"$ref": f"#/components/headers/{name}"} for name in _told(operation)
            },
            "content": {
                JSON: {
                    "schema": components.reference(operation.gives),
                    "examples": {"answer": {"value": operation.given_example}},
                }
            },
        },
        **({"304": _unchanged()} if operation.has_etag else {}),
        **_refusals(operation),
    }
    return described


def _told(operation: Operation) -> list[str]:
    names = [HEADER, "cache-control"]
    if operation.is_decision:
        names += ["content-language", FRESHNESS, SEQUENCE, USABLE_UNTIL]
    return names + (["etag"] if operation.has_etag else [])


def _unchanged() -> dict[str, Any]:
    return {
        "description": "As it was when the answer with this `etag` was given.",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in (HEADER, "etag")},
    }


def _refusals(operation: Operation) -> dict[str, Any]:
    by_status: dict[int, list[Row]] = defaultdict(list)
    for error in operation.errors:
        row = row_of(error)
        by_status[row.http_status].append(row)
    return {str(status): _refusal(status, rows) for status, rows in sorted(by_status.items())}


def _refusal(status: int, rows: list[Row]) -> dict[str, Any]:
    lines = [f"- `{row.reason}`: {row.public_text} {row.next_step}" for row in rows]
    only: Schema = {
        "properties": {
            "status": {"const": status},
            "code": {"enum": [row.reason for row in rows]},
            "type": {"enum": [row.problem_type for row in rows]},
        }
    }
    return {
        "description": "\n".join(lines),
        "headers": {
            HEADER: {"$ref": f"#/components/headers/{HEADER}"},
            **{
                name: {"description": text, "required": True, "schema": {"type": "string"}}
                for name, text in _STATUS_FIELDS.get(status, {}).items()
            },
        },
        "content": {
            MEDIA_TYPE: {
                "schema": {"allOf": [{"$ref": "#/components/schemas/Problem"}, only]},
                "examples": {row.reason: {"value": _example(row)} for row in rows},
            }
        },
    }


def _example(row: Row) -> dict[str, Any]:
    return {
        "type": row.problem_type,
        "title": row.title,
        "status": row.http_status,
        "detail": row.public_text,
        "code": row.reason,
        "nextStep": row.next_step,
    }


def _header(text: str, schema: Schema, *, required: bool = True) -> dict[str, Any]:
    return {"description": text, "required": required, "schema": schema}


_REQUEST_ID: Schema = {
    "type": "string",
    "pattern": "^[A-Za-z0-9-]{1,64}$",
    "examples": ["declaration-4711"],
}
_HEADERS = {
    HEADER: _header("Names the call, in our log too.", _REQUEST_ID),
    "content-language": _header("Of sentences.", {"type": "string", "enum": list(LANGUAGES)}),
    "cache-control": _header(
        "`no-store` for decisions; `private, no-cache` where `etag` tells what changed.",
        {"type": "string"},
    ),
    "etag": _header("Changes with the answer.", {"type": "string"}),
    FRESHNESS: _header(
        "How old the partner's data is. Absent where a batch has no answers.",
        {"$ref": "#/components/schemas/FreshnessClass"},
        required=False,
    ),
    SEQUENCE: _header(
        "Of the list that decided.", {"type": "string", "pattern": "^[0-9]+$"}, required=False
    ),
    USABLE_UNTIL: _header(
        "Until when that list decides.",
        {"type": "string", "format": "date-time"},
        required=False,
    ),
}
_PARAMETERS = {
    "requestId": {
        "name": HEADER,
        "in": "header",
        "description": "The caller's own name for the call; absent: one is given.",
        "schema": _REQUEST_ID,
    },
    "language": {
        "name": "Accept-Language",
        "in": "header",
        "description": f"Of sentences: {', '.join(LANGUAGES)}. Others: en.",
        "schema": {"type": "string", "examples": ["zh, en;q=0.5"]},
    },
}
_SECURITY = {
    "certificate": {
        "type": "mutualTLS",
        "description": "A client certificate that is registered for lookups (`mra caller add`).",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Of the configured issuer; looked at only where no certificate is shown.",
    },
}
