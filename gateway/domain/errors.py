"""Every error that the gateway raises, in one tree.

`RequestError` is the caller's fault, `PartnerError` the partner's (`TransportError` on the way,
`DocumentError` in what came, `TrustError` in who signed it), `StoreError` the database's; what is
none of them is wrong here.

A class answers five questions: whose fault, may we retry, does someone have to be woken, what may
the caller be told, which exit code. The answers stand in `entrypoints.error_catalogue`; a test
fails on a class without a row there. Outcomes of a verified list (`decide`) are no exceptions.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

from gateway.domain.transport_faults import TransportFault

LONGEST_MESSAGE: Final = 8_000
"""Characters: a message may repeat what came from outside, and that may be megabytes."""


def shortened(text: str, most: int) -> str:
    """Return a text of about `most` characters at most: three quarters of it from its beginning."""
    left_out = len(text) - most
    if left_out <= 0:
        return text
    end = most // 4
    return f"{text[: most - end]} …{left_out} characters… {text[-end:]}"


class GatewayError(Exception):
    """Anything that the gateway refuses or cannot do.

    Args:
        message: Lower case, no full stop, with the values that matter and no secrets.
        context: The same values as data, for logs and error details.
    """

    code: ClassVar[str] = "INTERNAL"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, context: Mapping[str, str] | None = None) -> None:
        message = shortened(message, LONGEST_MESSAGE)
        super().__init__(message)
        self.message = message
        self.context: dict[str, str] = {
            name: shortened(value, LONGEST_MESSAGE) for name, value in (context or {}).items()
        }


class ConfigError(GatewayError):
    """Settings, key files or profiles of this gateway are missing or wrong."""

    code = "CONFIG_INVALID"


class MachineError(GatewayError):
    """The machine refused to read or write a file or stream: disk full, no permission, closed."""

    code = "MACHINE_FAILED"


class IssuerUnavailableError(GatewayError):
    """No keys of the token issuer were read since the start: no token can be judged."""

    code = "ISSUER_UNAVAILABLE"
    retryable = True


class NotReadyError(GatewayError):
    """What answers rest on is still being read from a database that answers: lists, search index.

    Never an answer: "not loaded" must not look like "not listed".
    """

    code = "NOT_READY"
    retryable = True


class RequestError(GatewayError):
    """The caller asked for something that cannot be answered."""

    code = "REQUEST_REFUSED"


class InvalidRequestError(RequestError):
    """A field of the request is missing or malformed."""

    code = "REQUEST_INVALID"


class MethodError(RequestError):
    """The address exists, but not for this HTTP method."""

    code = "METHOD_NOT_ALLOWED"


class NotAcceptableError(RequestError):
    """The caller accepts none of the media types that the answer comes in."""

    code = "NOT_ACCEPTABLE"


class MediaTypeError(RequestError):
    """The body is of a media type, or an encoding, that is not read here."""

    code = "MEDIA_TYPE_NOT_SUPPORTED"


class HeadTooLargeError(RequestError):
    """The request line and the fields before the body are too long or too many."""

    code = "HEAD_TOO_LARGE"


class NotPermittedError(RequestError):
    """The caller is unknown, revoked, or its purposes do not cover the call."""

    code = "NOT_PERMITTED"


class TokenRefusedError(RequestError):
    """The bearer token proves nobody. The message says what is wrong, never what the token says."""

    code = "TOKEN_REFUSED"


class NothingShownError(TokenRefusedError):
    """Whoever calls shows neither a certificate nor a bearer token that could be looked at."""

    code = "CREDENTIALS_MISSING"


class LimitExceededError(RequestError):
    """The caller has asked more than its registration allows; nothing was decided.

    Args:
        message: What the limit is, and when to ask again.
        caller: Its registered name.
        retry_after: Seconds until the same call may be asked again, at least 1.
        limit: The limit, in words: `100 questions a second`.
    """

    code = "LIMIT_EXCEEDED"
    retryable = True

    def __init__(self, message: str, *, caller: str, retry_after: int, limit: str) -> None:
        super().__init__(
            message, context={"caller": caller, "limit": limit, "retryAfter": str(retry_after)}
        )
        self.caller = caller
        self.retry_after = retry_after
        self.limit = limit


class RateExceededError(LimitExceededError):
    """More questions a second than are allowed; the next may be asked in a moment."""

    code = "RATE_EXCEEDED"


class QuotaExceededError(LimitExceededError):
    """The questions of this day (UTC) are used up."""

    code = "QUOTA_EXCEEDED"


class ActorNotPermittedError(RequestError):
    """The role of whoever asks does not allow it, or a key of their own is wanted."""

    code = "ACTOR_NOT_PERMITTED"


class UnprovenActorError(RequestError):
    """A key or signature that proves no registered actor: unknown, revoked, or over other bytes."""

    code = "ACTOR_UNPROVEN"


class NotFoundError(RequestError):
    """What was asked for does not exist, or not for this caller (EXC-9)."""

    code = "NOT_FOUND"


class GoneError(RequestError):
    """The body of the list was erased by retention; its signed head stays (PUB-7)."""

    code = "LIST_GONE"


class StartAnewError(RequestError):
    """The token continues something that is no more: the lists moved on, or were restored."""

    code = "START_ANEW"


class BusyError(RequestError):
    """As many calls of this kind as may be are in hand; nothing was done."""

    code = "BUSY"
    retryable = True


class MassChangeError(RequestError):
    """The import would take away so much that every partner would hold the list (ACC-12)."""

    code = "MASS_CHANGE_UNCONFIRMED"


class UnheardError(RequestError):
    """The database was restored, and the partner's acknowledgement was not read since (PUB-6)."""

    code = "PARTNER_UNHEARD"


class OperatorFileError(RequestError):
    """A file of home operators has bad rows; nothing was stored.

    Args:
        message: One line about the whole file.
        problems: Each bad row: line number (from 1, the header included), column, reason.
    """

    code = "OPERATOR_FILE_INVALID"

    def __init__(self, message: str, *, problems: tuple[tuple[int, str, str], ...] = ()) -> None:
        super().__init__(message, context={"problems": str(len(problems))})
        self.problems = problems


class PartnerError(GatewayError):
    """The partner's side is at fault."""

    code = "PARTNER_FAULT"


class TransportError(PartnerError):
    """The partner could not be reached, stalled, or answered something that is no list (SYN-7).

    Args:
        message: What was tried, and what came of it.
        fault: Which of them it was; the message that is told begins with it.
        context: The values as data.
    """

    code = "TRANSPORT_FAILED"
    retryable = True

    def __init__(
        self, message: str, fault: TransportFault, *, context: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(
            f"{fault.value}: {message}", context={"fault": fault.value, **(context or {})}
        )
        self.fault = fault


class DocumentError(PartnerError):
    """The document cannot be what it claims to be."""

    code = "DOCUMENT_INVALID"


class TooLargeError(DocumentError):
    """A limit on size, depth or count is exceeded (ACC-1)."""

    code = "TOO_LARGE"


class NotWellFormedError(DocumentError):
    """The bytes do not parse (ACC-1)."""

    code = "NOT_WELL_FORMED"


class ForbiddenMarkupError(DocumentError):
    """A DOCTYPE, comment or processing instruction (ACC-1, SIG-1, SIG-4)."""

    code = "FORBIDDEN_MARKUP"


class ContainerError(DocumentError):
    """The container is not exactly as SIG-2 describes it: members, order, headers, packing."""

    code = "CONTAINER_REFUSED"


class SchemaViolationError(DocumentError):
    """The document breaks the XSD or the field rules (ACC-3)."""

    code = "SCHEMA_VIOLATION"


class UnknownVersionError(DocumentError):
    """The list is written in a higher schema version than known here."""

    code = "VERSION"


class WrongStreamError(DocumentError):
    """Issuer, recipient, agreement, test indicator or epoch are not the stream's (ACC-4)."""

    code = "WRONG_STREAM"


class ContradictionError(DocumentError):
    """An acknowledgement differs from an earlier one with the same list and revision (EXC-4)."""

    code = "ACKNOWLEDGEMENT_CONTRADICTS"


class TrustError(PartnerError):
    """The document is not proven to come from the partner (section 4). Alarm, never retried."""

    code = "TRUST_FAILED"


class SignatureError(TrustError):
    """The signature is missing, malformed, or does not match the bytes."""

    code = "SIGNATURE_INVALID"


class UnknownSignerError(TrustError):
    """The signature may be good, but its key is not registered for this use (SIG-5, SIG-6)."""

    code = "SIGNER_UNKNOWN"


class CertificateError(TrustError):
    """The signer's certificate was not valid: dates, revocation, compromise, country (SIG-5)."""

    code = "CERTIFICATE_INVALID"


class StaleRevocationError(CertificateError):
    """The revocation list ended longer ago than the profile's grace; judged afresh (SIG-9)."""

    code = "REVOCATION_LIST_STALE"
    retryable = True


class WeakAlgorithmError(TrustError):
    """An algorithm, transform or reference that SIG-1 and SIG-4 do not allow."""

    code = "ALGORITHM_REFUSED"


class StoreError(GatewayError):
    """The registry could not do what was asked."""

    code = "STORE_FAILED"


class ConflictError(StoreError):
    """Another process changed the same thing first; nothing was written."""

    code = "CONFLICT"
    retryable = True


class DatabaseUnavailableError(StoreError):
    """The database does not answer."""

    code = "DATABASE_UNAVAILABLE"
    retryable = True


class DecisionLogFullError(StoreError):
    """The decision log cannot keep up, and no decision is given that is not logged."""

    code = "DECISION_LOG_FULL"
    retryable = True


class UnreadableRecordError(StoreError):
    """What is stored is not what this gateway writes: another program or a failing disk did."""

    code = "RECORD_UNREADABLE"


class MissingDatabaseError(StoreError):
    """There is no file where the registry or the decision log should be: moved, lost or not made.

    Told apart from a database of another release: who upgrades a missing one gets an empty one.
    """

    code = "DATABASE_MISSING"


class SchemaVersionError(StoreError):
    """The database was made by an older or a newer release."""

    code = "DATABASE_VERSION"


class AuditTrailError(StoreError):
    """An event of the audit trail was changed, removed or put in between (SIG-8)."""

    code = "AUDIT_BROKEN"
