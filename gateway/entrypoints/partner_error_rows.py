"""Rows of what is wrong at a partner's side."""

from gateway.domain import errors
from gateway.domain.errors import GatewayError
from gateway.entrypoints.error_row import Row, error_row

_REFUSED_DOCUMENT = ("INVALID_ARGUMENT", 422, 65)
_UNTRUSTED = ("FAILED_PRECONDITION", 422, 76)

PARTNERS: dict[type[GatewayError], Row] = dict(
    (
        error_row(
            errors.PartnerError,
            ("FAILED_PRECONDITION", 502, 65),
            "Partner's fault",
            "The partner's side did not do what the protocol asks.",
            "Ask the partner's contact desk; `mra partner show` names it.",
            shows_message=True,
        ),
        error_row(
            errors.TransportError,
            ("UNAVAILABLE", 502, 75),
            "Partner not reached",
            "The partner could not be reached, stalled, or did not answer with a list.",
            "Nothing: it is tried again. If it lasts, its first word tells where to look: "
            "`mra explain WORD`.",
        ),
        error_row(
            errors.DocumentError,
            _REFUSED_DOCUMENT,
            "Document refused",
            "The document cannot be what it claims to be.",
            "The issuer corrects the document and issues a new list.",
            shows_message=True,
        ),
        error_row(
            errors.TooLargeError,
            ("RESOURCE_EXHAUSTED", 413, 65),
            "Too large",
            "A limit on size, depth or count is exceeded.",
            "Send less at once. Partners may agree on higher limits, which stand in the profile.",
            shows_message=True,
        ),
        error_row(
            errors.NotWellFormedError,
            _REFUSED_DOCUMENT,
            "Not well-formed",
            "The bytes do not parse.",
            "Send the document again as it was signed; it may have been cut off or re-encoded.",
            shows_message=True,
        ),
        error_row(
            errors.ContainerError,
            _REFUSED_DOCUMENT,
            "Container refused",
            "The ASiC-E container has other members, headers or packing than SIG-2 allows.",
            "Write mimetype, list.xml and META-INF/signatures.xml, and nothing else.",
            shows_message=True,
        ),
        error_row(
            errors.ForbiddenMarkupError,
            _REFUSED_DOCUMENT,
            "Forbidden markup",
            "The document has a DOCTYPE, a comment or a processing instruction.",
            "The issuer leaves them out and signs again.",
            shows_message=True,
        ),
        error_row(
            errors.SchemaViolationError,
            _REFUSED_DOCUMENT,
            "Field rules are broken",
            "The document breaks the schema or a field rule.",
            "The issuer corrects the field that the message names and issues a new list.",
            shows_message=True,
        ),
        error_row(
            errors.UnknownVersionError,
            ("FAILED_PRECONDITION", 422, 65),
            "Version is not known",
            "The list is written in a higher schema version than is known here.",
            "Issue in the lower version, or update the receiving gateway.",
            shows_message=True,
        ),
        error_row(
            errors.WrongStreamError,
            ("FAILED_PRECONDITION", 422, 65),
            "Another stream's list",
            "Issuer, recipient, agreement, test indicator or epoch are not those of the stream.",
            "Send it on its own stream; compare the epochs of both profiles.",
            shows_message=True,
        ),
        error_row(
            errors.ContradictionError,
            ("FAILED_PRECONDITION", 422, 65),
            "Contradictory acknowledgement",
            "An acknowledgement of this list with this revision says something else.",
            "Answer with the acknowledgement that was sent first, or with a higher revision; after "
            "a restore from backup, compare both registries.",
            shows_message=True,
        ),
        error_row(
            errors.TrustError,
            _UNTRUSTED,
            "Not trusted",
            "The document is not proven to come from the partner.",
            "Do not send it again. Both desks find out who signed what.",
            shows_message=True,
        ),
        error_row(
            errors.SignatureError,
            _UNTRUSTED,
            "Signature is invalid",
            "The signature is missing, malformed, or does not match the bytes.",
            "Treat it as tampering until the issuer proves otherwise; the accepted list stays.",
            shows_message=True,
        ),
        error_row(
            errors.UnknownSignerError,
            _UNTRUSTED,
            "Signer is unknown",
            "The key that signed is not registered for this use.",
            "Compare fingerprints with the issuer by telephone; register the key if it is theirs.",
            shows_message=True,
        ),
        error_row(
            errors.CertificateError,
            _UNTRUSTED,
            "Certificate is not valid",
            "The signer's certificate was not valid: dates, revocation, compromise or country.",
            "The issuer signs a new list with a valid key; home registers its certificate.",
            shows_message=True,
        ),
        error_row(
            errors.StaleRevocationError,
            ("UNAVAILABLE", 503, 75),
            "Revocation list is stale",
            "The revocation list registered for the signer's CA ended too long ago.",
            "Register the CA's newest revocation list; the list is then judged afresh.",
            shows_message=True,
        ),
        error_row(
            errors.WeakAlgorithmError,
            _UNTRUSTED,
            "Algorithm is refused",
            "An algorithm, transform or reference is used that the protocol does not allow, or an "
            "algorithm that the profile states did not sign.",
            "The issuer signs with the algorithms that the profile states.",
            shows_message=True,
        ),
    )
)
