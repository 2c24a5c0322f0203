"""Who calls: the peer certificate of the TLS connection. An interceptor cannot see it."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import cast

import grpc

from gateway.domain.errors import NotPermittedError
from gateway.domain.parties import Caller
from gateway.entrypoints.desks import Identify

try:
    from grpc._cython.cygrpc import auth_context  # type: ignore[import-not-found] # inner: no stubs
except ImportError:
    auth_context = None

CERTIFICATE_KEY = "x509_pem_cert"
_properties_of: Callable[[object], Mapping[bytes, Sequence[bytes]]] | None = auth_context


def caller_of(context: grpc.ServicerContext, identify: Identify) -> Caller:
    """Return the caller behind a call.

    Raises:
        NotPermittedError: No certificate, or one that is not registered.
    """
    shown = certificates_of(context)
    if not shown:
        raise NotPermittedError("the call came without a client certificate")
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
    return _properties_of(call).get(CERTIFICATE_KEY.encode())


@lru_cache(maxsize=1024)  # the same certificate comes with every call of a connection
def _der_of(pem: bytes) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pem.decode("ascii"))
