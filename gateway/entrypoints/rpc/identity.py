"""Who calls: the peer certificate of the TLS connection. An interceptor cannot see it."""

import ssl
from functools import lru_cache

import grpc

from gateway.domain.errors import NotPermittedError
from gateway.domain.parties import Caller
from gateway.entrypoints.desks import Identify

CERTIFICATE_KEY = "x509_pem_cert"


def caller_of(context: grpc.ServicerContext, identify: Identify) -> Caller:
    """Return the caller behind a call.

    Raises:
        NotPermittedError: No certificate, or one that is not registered.
    """
    shown = context.auth_context().get(CERTIFICATE_KEY)
    if not shown:
        raise NotPermittedError("the call came without a client certificate")
    try:
        der = _der_of(bytes(shown[0]))
    except ValueError as error:
        raise NotPermittedError("the client certificate cannot be read") from error
    return identify(der)


@lru_cache(maxsize=1024)  # the same certificate comes with every call of a connection
def _der_of(pem: bytes) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pem.decode("ascii"))
