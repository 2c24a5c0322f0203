"""What each operation of the HTTP lookup takes, gives and refuses."""

from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from gateway.domain import errors
from gateway.domain.answers import Answer
from gateway.domain.errors import GatewayError
from gateway.entrypoints.http.lookup_server import BASE, AnsweredBatch
from gateway.entrypoints.http.questions import AskedBatch, AskedQuestion

ALWAYS: tuple[type[GatewayError], ...] = (
    errors.InvalidRequestError,
    errors.TokenRefusedError,
    errors.NotPermittedError,
    errors.MethodError,
    errors.NotAcceptableError,
    errors.RateExceededError,
    errors.QuotaExceededError,
    errors.HeadTooLargeError,
    GatewayError,
    errors.ConfigError,
    errors.DatabaseUnavailableError,
)
"""What any operation may be refused with."""
_BODY = (errors.TooLargeError, errors.MediaTypeError)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation; `asks` and `gives` are the structs of its bodies."""

    id: str
    verb: str
    path: str
    tag: str
    summary: str
    description: str
    gives: type[Struct]
    asks: type[Struct] | None = None
    asked_examples: dict[str, Any] = field(default_factory=dict)
    given_example: object = None
    parameters: tuple[dict[str, Any], ...] = ()
    errors: tuple[type[GatewayError], ...] = ALWAYS
    is_decision: bool = False
    """Its header fields tell how fresh the data is."""
    has_etag: bool = False


ANSWER: dict[str, Any] = {
    "verdict": "GRANT",
    "reason": "RECOGNISED",
    "sentence": "Operator XB123456 is recognised as AEOS under agreement XA-XB.",
    "next_step": "Grant the measures.",
    "code": "xb 123456",
    "normalised_code": "XB123456",
    "agreement": "XA-XB",
    "partner": "XB",
    "operator_id": "XB123456",
    "operator_name": "Northwind Ceramics Ltd",
    "match": "normalised",
    "authorisation": {
        "id": "A-1",
        "category": "AEOS",
        "programme": "Exampleland AEO",
        "issuingOffice": "XB01",
        "effectiveAt": "2020-01-01T00:00:00Z",
        "status": {"code": "ACTIVE", "effectiveAt": "2020-01-01T00:00:00Z"},
    },
    "measures": [{"code": "INSP", "parameters": {"factor": "0.2"}}],
    "freshness": {
        "condition": "CURRENT",
        "sequence": 41,
        "issued_at": "2026-11-02T06:00:00Z",
        "received_at": "2026-11-02T06:05:00Z",
        "usable_until": "2026-11-09T06:00:00Z",
    },
    "valid_at": "2026-11-02",
    "known_at": "2026-11-02T12:00:00Z",
    "contact": "aeo@customs.example",
    "rule_version": 1,
    "reference": "0f6d1c2b7a",
}

OPERATIONS = [
    Operation(
        id="decide",
        verb="post",
        path=f"{BASE}/decisions",
        tag="decisions",
        summary="Decide on one declared code",
        description=(
            "A decided no is an answer with status 200: an error means that no decision was made. "
            "Fail-safe is normal controls, never refusal of entry.\n\n"
            "The question stands in the body, never in the address: names are personal and "
            "commercial data, and addresses end up in logs. Decisions are never cached."
        ),
        asks=AskedQuestion,
        asked_examples={
            "a code": {"code": "XB123456"},
            "all that can be asked": {
                "code": "xb 123456",
                "on": "2026-11-02",
                "role": "IM",
                "direction": "import",
                "name": "Northwind Ceramics Ltd",
            },
        },
        gives=Answer,
        given_example=ANSWER,
        errors=(*ALWAYS, *_BODY),
        is_decision=True,
    ),
    Operation(
        id="decideBatch",
        verb="post",
        path=f"{BASE}/decisions:batch",
        tag="decisions",
        summary="Decide on up to 10,000 codes",
        description=(
            "All from the same lists, in the order of the questions, each with the caller's own "
            "key. A question that cannot be read gets an error of its own; the others are "
            "answered. Each question counts against rate and quota.\n\n"
            "The header fields on freshness tell the worst of all answers."
        ),
        asks=AskedBatch,
        asked_examples={
            "two, one of them bad": {
                "questions": [
                    {"key": "line 1", "question": {"code": "XB123456"}},
                    {"key": "line 2", "question": {"code": ""}},
                ],
                "brief": True,
            }
        },
        gives=AnsweredBatch,
        given_example={
            "answers": [
                {"key": "line 1", "answer": ANSWER | {"next_step": ""}},
                {
                    "key": "line 2",
                    "error": {
                        "code": "REQUEST_INVALID",
                        "detail": "Request is invalid: expected `str` of length >= 1 at `$.code`",
                    },
                },
            ]
        },
        errors=(*ALWAYS, *_BODY),
        is_decision=True,
    ),
]
