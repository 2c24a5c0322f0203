"""What each way out says of each class of error; a test fails on a class without a row."""

from msgspec import Struct

from gateway.domain import errors
from gateway.domain.errors import GatewayError

EXIT_UNEXPECTED = 1


class Row(Struct, frozen=True, kw_only=True):
    """What each way out says of one class of error."""

    grpc_status: str
    """Name of a `grpc.StatusCode`."""
    reason: str
    """`google.rpc.ErrorInfo` reason, XML `ValidationCode`: the class's own code."""
    http_status: int
    problem_type: str
    """RFC 9457 `type`."""
    title: str
    exit_code: int
    public_text: str
    next_step: str
    retryable: bool
    shows_message: bool
    """The error's own message speaks of the caller's own request or document and may be told to
    an authenticated caller. Else only `public_text` is: it would tell of our inside, or, for what
    is not found or not permitted, of streams that the caller may not see (EXC-9)."""


def _row(
    error: type[GatewayError],
    statuses: tuple[str, int, int],
    title: str,
    public_text: str,
    next_step: str,
    *,
    shows_message: bool = False,
) -> tuple[type[GatewayError], Row]:
    grpc_status, http_status, exit_code = statuses
    return error, Row(
        grpc_status=grpc_status,
        reason=error.code,
        http_status=http_status,
        problem_type=f"urn:mra-gateway:problem:{error.code.lower().replace('_', '-')}",
        title=title,
        exit_code=exit_code,
        public_text=public_text,
        next_step=next_step,
        retryable=error.retryable,
        shows_message=shows_message,
    )


_REFUSED_DOCUMENT = ("INVALID_ARGUMENT", 422, 65)
_UNTRUSTED = ("FAILED_PRECONDITION", 422, 76)

CATALOGUE: dict[type[GatewayError], Row] = dict(
    (
        _row(
            GatewayError,
            ("INTERNAL", 500, EXIT_UNEXPECTED),
            "Internal error",
            "The gateway failed; nothing was changed.",
            "Tell the operator of the gateway the request id.",
        ),
        _row(
            errors.ConfigError,
            ("INTERNAL", 500, 78),
            "Settings are wrong",
            "The gateway is not set up correctly.",
            "Correct what the message names; `mra config check` lists all.",
        ),
        _row(
            errors.MachineError,
            ("INTERNAL", 500, 74),
            "File or stream failed",
            "The gateway could not read or write a file of its machine.",
            "See to what the message names: room on the disk, permissions, an output that is read.",
        ),
        _row(
            errors.RequestError,
            ("INVALID_ARGUMENT", 400, 64),
            "Request refused",
            "The request cannot be answered.",
            "Correct the request.",
            shows_message=True,
        ),
        _row(
            errors.InvalidRequestError,
            ("INVALID_ARGUMENT", 400, 64),
            "Request is invalid",
            "A field of the request is missing or malformed.",
            "Correct the field that the message names and ask again.",
            shows_message=True,
        ),
        _row(
            errors.NotPermittedError,
            ("PERMISSION_DENIED", 403, 77),
            "Not permitted",
            "The certificate is not registered for this call.",
            "Have the certificate registered for this purpose (`mra caller add`).",
        ),
        _row(
            errors.ActorNotPermittedError,
            ("PERMISSION_DENIED", 403, 77),
            "Actor not permitted",
            "Whoever asks may not do this, or not alone.",
            "See who may (`mra actor list`); they sign with `--as NAME` and their own key.",
        ),
        _row(
            errors.UnprovenActorError,
            ("PERMISSION_DENIED", 403, 77),
            "Actor not proven",
            "The key or signature is no registered actor's.",
            "Sign with the key that is registered for you (`mra actor list`).",
        ),
        _row(
            errors.NotFoundError,
            ("NOT_FOUND", 404, 66),
            "Not found",
            "There is no such thing, or not for this caller.",
            "Check agreement, epoch and sequence; `mra partner list` shows what is set up.",
        ),
        _row(
            errors.GoneError,
            ("NOT_FOUND", 410, 66),
            "List is erased",
            "The body of this list was erased after its time; its signed head stays.",
            "Ask for a FULL list, or for the changes since a later one.",
            shows_message=True,
        ),
        _row(
            errors.MassChangeError,
            ("FAILED_PRECONDITION", 409, 79),
            "Large change is not confirmed",
            "So many operators would be removed or deactivated that every partner would hold the "
            "list.",
            "Look at it with --preview; if it is meant, say so with --confirm-mass-change.",
            shows_message=True,
        ),
        _row(
            errors.UnheardError,
            ("FAILED_PRECONDITION", 409, 75),
            "Partner was not heard since a restore",
            "Nothing is issued before the partner's newest acknowledgement was read.",
            "Wait for the partner's next call. If it cannot call, compare its newest list with "
            "ours by telephone, then `mra publish XX --unheard`.",
        ),
        _row(
            errors.OperatorFileError,
            ("INVALID_ARGUMENT", 422, 65),
            "Operator file has bad rows",
            "The file has bad rows; nothing was stored.",
            "Correct each row that is named and import the whole file again.",
            shows_message=True,
        ),
        _row(
            errors.PartnerError,
            ("FAILED_PRECONDITION", 502, 65),
            "Partner's fault",
            "The partner's side did not do what the protocol asks.",
            "Ask the partner's contact desk; `mra partner show` names it.",
            shows_message=True,
        ),
        _row(
            errors.TransportError,
            ("UNAVAILABLE", 502, 75),
            "Partner not reached",
            "The partner could not be reached, stalled, or did not answer with a list.",
            "Nothing: it is tried again. If it lasts, check address, certificates and network.",
        ),
        _row(
            errors.DocumentError,
            _REFUSED_DOCUMENT,
            "Document refused",
            "The document cannot be what it claims to be.",
            "The issuer corrects the document and issues a new list.",
            shows_message=True,
        ),
        _row(
            errors.TooLargeError,
            ("RESOURCE_EXHAUSTED", 413, 65),
            "Too large",
            "A limit on size, depth or count is exceeded.",
            "Send less, or agree on higher limits; they stand in the partner's profile.",
            shows_message=True,
        ),
        _row(
            errors.NotWellFormedError,
            _REFUSED_DOCUMENT,
            "Not well-formed",
            "The bytes do not parse.",
            "Send the document again as it was signed; it may have been cut off or re-encoded.",
            shows_message=True,
        ),
        _row(
            errors.ContainerError,
            _REFUSED_DOCUMENT,
            "Container refused",
            "The ASiC-E container has other members, headers or packing than SIG-2 allows.",
            "Write mimetype, list.xml and META-INF/signatures.xml, and nothing else.",
            shows_message=True,
        ),
        _row(
            errors.ForbiddenMarkupError,
            _REFUSED_DOCUMENT,
            "Forbidden markup",
            "The document has a DOCTYPE, a comment or a processing instruction.",
            "The issuer leaves them out and signs again.",
            shows_message=True,
        ),
        _row(
            errors.SchemaViolationError,
            _REFUSED_DOCUMENT,
            "Field rules are broken",
            "The document breaks the schema or a field rule.",
            "The issuer corrects the field that the message names and issues a new list.",
            shows_message=True,
        ),
        _row(
            errors.UnknownVersionError,
            ("FAILED_PRECONDITION", 422, 65),
            "Version is not known",
            "The list is written in a higher schema version than is known here.",
            "Issue in the lower version, or update the receiving gateway.",
            shows_message=True,
        ),
        _row(
            errors.WrongStreamError,
            ("FAILED_PRECONDITION", 422, 65),
            "Another stream's list",
            "Issuer, recipient, agreement, test indicator or epoch are not those of the stream.",
            "Send it on its own stream; compare the epochs of both profiles.",
            shows_message=True,
        ),
        _row(
            errors.ContradictionError,
            ("FAILED_PRECONDITION", 422, 65),
            "Contradictory acknowledgement",
            "An acknowledgement of this list with this revision says something else.",
            "Answer with the acknowledgement that was sent first, or with a higher revision; after "
            "a restore from backup, compare both registries.",
            shows_message=True,
        ),
        _row(
            errors.TrustError,
            _UNTRUSTED,
            "Not trusted",
            "The document is not proven to come from the partner.",
            "Do not send it again. Both desks find out who signed what.",
            shows_message=True,
        ),
        _row(
            errors.SignatureError,
            _UNTRUSTED,
            "Signature is invalid",
            "The signature is missing, malformed, or does not match the bytes.",
            "Treat it as tampering until the issuer proves otherwise; the accepted list stays.",
            shows_message=True,
        ),
        _row(
            errors.UnknownSignerError,
            _UNTRUSTED,
            "Signer is unknown",
            "The key that signed is not registered for this use.",
            "Compare fingerprints with the issuer by telephone; register the key if it is theirs.",
            shows_message=True,
        ),
        _row(
            errors.CertificateError,
            _UNTRUSTED,
            "Certificate is not valid",
            "The signer's certificate was not valid: dates, revocation, compromise or country.",
            "The issuer signs a new list with a valid key; home registers its certificate.",
            shows_message=True,
        ),
        _row(
            errors.StaleRevocationError,
            ("UNAVAILABLE", 503, 75),
            "Revocation list is stale",
            "The revocation list registered for the signer's CA ended too long ago.",
            "Register the CA's newest revocation list; the list is then judged afresh.",
            shows_message=True,
        ),
        _row(
            errors.WeakAlgorithmError,
            _UNTRUSTED,
            "Algorithm is refused",
            "An algorithm, transform or reference is used that the protocol does not allow.",
            "The issuer signs with the algorithms that the profile states.",
            shows_message=True,
        ),
        _row(
            errors.StoreError,
            ("INTERNAL", 500, EXIT_UNEXPECTED),
            "Registry failed",
            "The registry could not do what was asked; nothing was changed.",
            "Look into the log; `mra db check` tells the state of the database.",
        ),
        _row(
            errors.AuditTrailError,
            ("INTERNAL", 500, 65),
            "Audit trail broken",
            "The gateway's audit trail was changed by something else than the gateway.",
            "Treat it as an incident: keep a copy of the database, compare the events from the one "
            "named on with a backup, and find out who could write to the database.",
        ),
        _row(
            errors.ConflictError,
            ("ABORTED", 409, 75),
            "Another process was first",
            "Another process changed the same thing first; nothing was written.",
            "Ask again.",
        ),
        _row(
            errors.DatabaseUnavailableError,
            ("UNAVAILABLE", 503, 69),
            "Database is not available",
            "The registry does not answer at the moment.",
            "Ask again later; start the database or correct its address.",
        ),
        _row(
            errors.SchemaVersionError,
            ("UNAVAILABLE", 503, 69),
            "Database is of another release",
            "The registry is being updated.",
            "Run `mra db upgrade`, or install the release that the database was made by.",
        ),
    )
)
"""Every class of the tree; a test walks it."""
