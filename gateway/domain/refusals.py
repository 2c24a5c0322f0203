"""What a partner may tell us of our own request or document, by code: it keeps its class.

What a partner says of *itself* (its settings, its database) is not here: to us that is a partner
that cannot be reached for now.
"""

from gateway.domain.errors import (
    DocumentError,
    GatewayError,
    GoneError,
    InvalidRequestError,
    NotFoundError,
    NotPermittedError,
    TrustError,
)


def _with_leaves(parent: type[GatewayError]) -> list[type[GatewayError]]:
    return [parent, *(leaf for kind in parent.__subclasses__() for leaf in _with_leaves(kind))]


_TOLD: tuple[type[GatewayError], ...] = (
    InvalidRequestError,
    NotFoundError,
    GoneError,
    NotPermittedError,
    *_with_leaves(DocumentError),
    *_with_leaves(TrustError),
)

REFUSALS: dict[str, type[GatewayError]] = {kind.code: kind for kind in _TOLD}
"""By `GatewayError.code`, as ErrorInfo reasons and problem details carry it."""
