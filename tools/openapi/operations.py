"""What each operation of the HTTP lookup takes, gives and refuses."""

from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from gateway.domain import errors
from gateway.domain.errors import GatewayError
from gateway.domain.operators import LIMITS
from gateway.entrypoints.answer_json import AnswerDocument
from gateway.entrypoints.http.lookup_server import BASE, AnsweredBatch
from gateway.entrypoints.http.questions import AskedBatch, AskedQuestion, AskedSearch
from gateway.entrypoints.http.registry_calls import OPERATOR
from gateway.entrypoints.registry_documents import AgreementsDocument
from gateway.services.registry_desk import OperatorHistory
from gateway.services.search_hits import FoundPage

ALWAYS: tuple[type[GatewayError], ...] = (
    errors.InvalidRequestError,
    errors.TokenRefusedError,
    errors.NotPermittedError,
    errors.MethodError,
    errors.NotAcceptableError,
    errors.RateExceededError,
    errors.QuotaExceededError,
    errors.BusyError,
    errors.HeadTooLargeError,
    GatewayError,
    errors.ConfigError,
    errors.DatabaseUnavailableError,
    errors.IssuerUnavailableError,
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
            "a test code, for every environment": {"code": "ZZDATASTALE", "test": True},
            "all that can be asked": {
                "code": "xb 123456",
                "on": "2026-11-02",
                "role": "IM",
                "direction": "import",
                "name": "Northwind Ceramics Ltd",
            },
        },
        gives=AnswerDocument,
        given_example=ANSWER,
        errors=(*ALWAYS, *_BODY, errors.NotReadyError, errors.DecisionLogFullError),
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
                {
                    "key": "line 1",
                    "answer": {key: ANSWER[key] for key in ANSWER if key != "next_step"},
                },
                {
                    "key": "line 2",
                    "error": {
                        "code": "REQUEST_INVALID",
                        "detail": "Request is invalid: expected `str` of length >= 1 at `$.code`",
                    },
                },
            ]
        },
        errors=(*ALWAYS, *_BODY, errors.NotReadyError, errors.DecisionLogFullError),
        is_decision=True,
    ),
    Operation(
        id="searchOperators",
        verb="post",
        path=f"{BASE}/operators:search",
        tag="operators",
        summary="Find operators by name and address",
        description=(
            "To find a code, never a decision: no hit grants anything, and its score is no "
            "measure of trust. Best first. For the next page ask the same with "
            "`next_page_token`.\n\n"
            "The query stands in the body, never in the address: it is personal data."
        ),
        asks=AskedSearch,
        asked_examples={"a name": {"query": "Northwind Ceramics"}},
        gives=FoundPage,
        given_example={
            "operators": [
                {
                    "agreement": "XA-XB",
                    "operator_id": "XB123456",
                    "name": "Northwind Ceramics Ltd",
                    "score": 92,
                    "why": ["name"],
                }
            ],
            "next_page_token": "",
        },
        errors=(*ALWAYS, *_BODY, errors.NotReadyError, errors.StartAnewError, errors.MachineError),
    ),
    Operation(
        id="getOperator",
        verb="get",
        path=f"{BASE}/operators/{{{OPERATOR}}}",
        tag="operators",
        summary="Read all that is known of an operator",
        description="As it is now, or as it was last, with its history, newest first.",
        parameters=(
            {
                "name": OPERATOR,
                "in": "path",
                "required": True,
                "description": "Exact, as in an answer.",
                "schema": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": LIMITS["operator_id"],
                    "examples": ["XB123456"],
                },
            },
            {
                "name": "agreement",
                "in": "query",
                "description": "Whose list. Absent: that of the id's territory.",
                "schema": {"type": "string", "examples": ["XA-XB"]},
            },
        ),
        gives=OperatorHistory,
        given_example={
            "agreement": "XA-XB",
            "listed": True,
            "restricted": False,
            "versions": [
                {
                    "operator": {
                        "id": "XB123456",
                        "names": [{"text": "Northwind Ceramics Ltd"}],
                        "authorisations": [ANSWER["authorisation"]],
                    },
                    "unusable": None,
                    "epoch": 1,
                    "sequence": 41,
                    "known_from": "2026-11-02T06:05:00Z",
                    "known_until": None,
                }
            ],
        },
        errors=(*ALWAYS, errors.NotFoundError),
        has_etag=True,
    ),
    Operation(
        id="listAgreements",
        verb="get",
        path=f"{BASE}/agreements",
        tag="agreements",
        summary="List what home recognises",
        description="Of whom, since when, with which measures, and how fresh the data is.",
        gives=AgreementsDocument,
        given_example={
            "agreements": [
                {
                    "id": "XA-XB",
                    "partner": "XB",
                    "partner_name": "Customs of XB",
                    "state": "in force",
                    "in_force": {"effective_at": "2020-01-01T00:00:00Z"},
                    "freshness": ANSWER["freshness"],
                }
            ]
        },
        has_etag=True,
    ),
]
