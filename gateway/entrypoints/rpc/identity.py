"""Who calls: the peer certificate of the TLS connection, which an interceptor cannot see.

On a port that asks for no certificate it is the bearer token of the call.
"""

import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, cast

import grpc

from gateway.domain.errors import NotPermittedError
from gateway.domain.parties import Caller
from gateway.entrypoints.desks import ByBearer, Identify, bearer_token

try:
    from grpc._cython.cygrpc import auth_context  # type: ignore[import-not-found] # inner: no stubs
except ImportError:
    auth_context = None

CERTIFICATE_KEY = "x509_pem_cert"
_KEY: Final = CERTIFICATE_KEY.encode()
_properties_of: Callable[[object], Mapping[bytes, Sequence[bytes]]] | None = auth_context


def caller_of(
    context: grpc.ServicerContext, identify: Identify, by_bearer: ByBearer | None = None
) -> Caller:
    """Return the caller behind a call.

    Args:
        context: Of the call.
        identify: Knows certificates.
        by_bearer: Knows tokens; asked where no certificate was shown. A token beside a certificate
            is not looked at.

    Raises:
        NotPermittedError: No certificate, or one that is not registered.
        TokenRefusedError: No certificate, and no token that proves anybody.
    """
    shown = certificates_of(context)
    if not shown:
        if by_bearer is None:
            raise NotPermittedError("the call came without a client certificate")
        return by_bearer(_token_of(context))
    try:
        der = _der_of(shown[0])
    except ValueError as error:
        raise NotPermittedError("the client certificate cannot be read") from error
    return identify(der)


def certificates_of(context: grpc.ServicerContext) -> Sequence[bytes] | None:
    """Return the certificates that the peer of a call has shown, in PEM; none without TLS.

    Read one step below `auth_context`, which decodes the names of a dozen properties that nobody
    asked for, at every call: a twentieth of a lookup. Where the library is built otherwise one
    day, its public method answers.
    """
    call = getattr(getattr(context, "_rpc_event", None), "call", None)
    if call is None or _properties_of is None:
        # The stubs say bytes; it is a list of them.
        return cast("Sequence[bytes] | None", context.auth_context().get(CERTIFICATE_KEY))
    return _properties_of(call).get(_KEY)


def find_remembered(
    event: Any,  # noqa: ANN401 - an inner part of the library
    find_certificate: Callable[[bytes], Caller | None],
    find_bearer: Callable[[str], Caller | None],
) -> Caller | None:
    """Return the caller behind a call that begins, if it is known without asking the registry."""
    if _properties_of is None:
        return None
    shown = _properties_of(event.call).get(_KEY)
    if not shown:
        return find_bearer(_token_in(event.invocation_metadata))
    try:
        return find_certificate(_der_of(shown[0]))
    except ValueError:
        return None


def _token_of(context: grpc.ServicerContext) -> str:
    return _token_in(context.invocation_metadata())


def _token_in(metadata: Iterable[tuple[str, str | bytes]]) -> str:
    """Return the bearer token of a call (RFC 6750); nothing without, or with several."""
    given = [value for key, value in metadata if key == "authorization"]
    return bearer_token(str(given[0])) if len(given) == 1 else ""


@lru_cache(maxsize=1024)  # the same certificate comes with every call of a connection
def _der_of(pem: bytes) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pem.decode("ascii"))
