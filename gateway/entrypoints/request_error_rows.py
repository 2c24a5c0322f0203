"""Rows of what is wrong here or with what a caller asks."""

from gateway.domain import errors
from gateway.domain.errors import GatewayError
from gateway.entrypoints.error_row import EXIT_UNEXPECTED, Row, error_row

_ASKED_TOO_MUCH = ("RESOURCE_EXHAUSTED", 429, 75)

REQUESTS: dict[type[GatewayError], Row] = dict(
    (
        error_row(
            GatewayError,
            ("INTERNAL", 500, EXIT_UNEXPECTED),
            "Internal error",
            "The gateway failed; nothing was changed.",
            "Tell the operator of the gateway the request id.",
        ),
        error_row(
            errors.ConfigError,
            ("INTERNAL", 500, 78),
            "Settings are wrong",
            "The gateway is not set up correctly.",
            "Correct what the message names; `mra config check` checks the settings as a whole.",
        ),
        error_row(
            errors.MachineError,
            ("INTERNAL", 500, 74),
            "File or stream failed",
            "The gateway could not read or write a file of its machine.",
            "See to what the message names: room on the disk, permissions, an output that is read.",
        ),
        error_row(
            errors.IssuerUnavailableError,
            ("UNAVAILABLE", 503, 75),
            "Token issuer not reached",
            "The keys of the token issuer could not be read since the start.",
            "Ask again. If it lasts, see to keys or keys_url in [lookup.tokens]; the log says why.",
        ),
        error_row(
            errors.NotReadyError,
            ("UNAVAILABLE", 503, 75),
            "Not ready yet",
            "The lists, or the index of the search, are still being read.",
            "Ask again in a moment; until then normal controls apply.",
        ),
        error_row(
            errors.RequestError,
            ("INVALID_ARGUMENT", 400, 64),
            "Request refused",
            "The request cannot be answered.",
            "Correct the request.",
            shows_message=True,
        ),
        error_row(
            errors.InvalidRequestError,
            ("INVALID_ARGUMENT", 400, 64),
            "Request is invalid",
            "A field of the request is missing or malformed.",
            "Correct the field that the message names and ask again.",
            shows_message=True,
        ),
        error_row(
            errors.MethodError,
            ("UNIMPLEMENTED", 405, 64),
            "Method not allowed",
            "The address does not answer this HTTP method.",
            "Use a method that the `Allow` field of the answer names.",
            shows_message=True,
        ),
        error_row(
            errors.NotAcceptableError,
            ("INVALID_ARGUMENT", 406, 64),
            "No acceptable form",
            "The answer comes in none of the media types that the request accepts.",
            "Accept the media type that the message names.",
            shows_message=True,
        ),
        error_row(
            errors.MediaTypeError,
            ("INVALID_ARGUMENT", 415, 64),
            "Media type not supported",
            "The body is of a media type or encoding that is not read here.",
            "Send the body, unencoded, as the media type that the message names.",
            shows_message=True,
        ),
        error_row(
            errors.HeadTooLargeError,
            ("RESOURCE_EXHAUSTED", 431, 64),
            "Head of the request too large",
            "The address and the fields of the request are too long or too many.",
            "Send fewer and shorter fields.",
            shows_message=True,
        ),
        error_row(
            errors.NotPermittedError,
            ("PERMISSION_DENIED", 403, 77),
            "Not permitted",
            "The caller is not registered for this call.",
            "Have its certificate or token registered for this purpose (`mra caller add`), or with "
            "the scope that the call needs (`mra caller set NAME --scope full`).",
        ),
        error_row(
            errors.TokenRefusedError,
            ("UNAUTHENTICATED", 401, 77),
            "Token refused",
            "The call came without a certificate, and its bearer token proves nobody.",
            "Get a new token from the issuer, for this gateway's audience, and ask again.",
            shows_message=True,
        ),
        error_row(
            errors.NothingShownError,
            ("UNAUTHENTICATED", 401, 77),
            "Nothing shown",
            "The call came without a certificate and without a bearer token.",
            "Call with the certificate that is registered, or with a token of the issuer in "
            "`Authorization: Bearer …`.",
            shows_message=True,
        ),
        error_row(
            errors.LimitExceededError,
            _ASKED_TOO_MUCH,
            "Limit exceeded",
            "More was asked than the caller's registration allows; nothing was decided.",
            "Ask again after the time that the answer names.",
            shows_message=True,
        ),
        error_row(
            errors.RateExceededError,
            _ASKED_TOO_MUCH,
            "Rate exceeded",
            "More questions a second were asked than the caller's registration allows.",
            "Ask again after the time that the answer names, and spread the questions.",
            shows_message=True,
        ),
        error_row(
            errors.QuotaExceededError,
            _ASKED_TOO_MUCH,
            "Quota exceeded",
            "The questions that the caller's registration allows for this day (UTC) are used up.",
            "Ask again on the next day, or have the quota raised (`mra caller set`).",
            shows_message=True,
        ),
        error_row(
            errors.ActorNotPermittedError,
            ("PERMISSION_DENIED", 403, 77),
            "Actor not permitted",
            "Whoever asks may not do this, or not alone.",
            "See who may (`mra actor list`); they sign with `--as NAME` and their own key.",
        ),
        error_row(
            errors.UnprovenActorError,
            ("PERMISSION_DENIED", 403, 77),
            "Actor not proven",
            "The key or signature is no registered actor's.",
            "Sign with the key that is registered for you (`mra actor list`).",
        ),
        error_row(
            errors.NotFoundError,
            ("NOT_FOUND", 404, 66),
            "Not found",
            "There is no such thing, or not for this caller.",
            "Check what was named; the `list` of its kind shows what there is (`mra partner list`, "
            "`mra hold list`, `mra caller list`, …).",
        ),
        error_row(
            errors.GoneError,
            ("NOT_FOUND", 410, 66),
            "List is erased",
            "The body of this list was erased after its time; its signed head stays.",
            "Ask for a FULL list, or for the changes since a later one.",
            shows_message=True,
        ),
        error_row(
            errors.StartAnewError,
            ("FAILED_PRECONDITION", 410, 66),
            "Token is of the past",
            "What the token continues is no more: the lists have changed, or the registry was "
            "restored from a backup.",
            "Search from the first page; watch without a token, then look up what you hold.",
            shows_message=True,
        ),
        error_row(
            errors.BusyError,
            ("RESOURCE_EXHAUSTED", 429, 75),
            "Busy",
            "As many calls of this kind as the gateway takes at once are in hand.",
            "Ask again in a moment.",
            shows_message=True,
        ),
        error_row(
            errors.MassChangeError,
            ("FAILED_PRECONDITION", 409, 79),
            "Large change is not confirmed",
            "So many operators would be removed or deactivated that every partner would hold the "
            "list.",
            "Look at it with --preview; if it is meant, say so with --confirm-mass-change.",
            shows_message=True,
        ),
        error_row(
            errors.UnheardError,
            ("FAILED_PRECONDITION", 409, 75),
            "Partner was not heard since a restore",
            "Nothing is issued before the partner's newest acknowledgement was read.",
            "Wait for the partner's next call. If it cannot call, compare its newest list with "
            "ours by telephone, then `mra publish XX --unheard`.",
        ),
        error_row(
            errors.OperatorFileError,
            ("INVALID_ARGUMENT", 422, 65),
            "Operator file has bad rows",
            "The file has bad rows; nothing was stored.",
            "Correct each row that is named and import the whole file again.",
            shows_message=True,
        ),
    )
)
