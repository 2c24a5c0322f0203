"""Calls to a running gateway with mutual TLS: gRPC by method name, HTTPS by path."""

import json
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from tests.e2e.checker.canonical import Document
from tests.e2e.checker.protobuf import Contract

SECONDS = 30.0
_DETAILS = "grpc-status-details-bin"


@dataclass(frozen=True)
class Keys:
    """What a client shows, and whom it believes."""

    certificate: Path
    key: Path
    server_ca: Path


class RefusedError(Exception):
    """The gateway refused a call; `code` is that of its published catalogue."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


class GrpcClient:
    """Calls by the names in protos/, with messages in the JSON form of protobuf."""

    def __init__(
        self,
        contract: Contract,
        address: str,
        keys: Keys,
        package: str,
        seconds: float = SECONDS,
    ) -> None:
        self._contract = contract
        self._seconds = seconds
        self._package = package
        self._channel = grpc.secure_channel(
            address,
            grpc.ssl_channel_credentials(
                keys.server_ca.read_bytes(), keys.key.read_bytes(), keys.certificate.read_bytes()
            ),
            # A gateway that was down is asked again soon.
            (("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 500)),
        )

    def close(self) -> None:
        self._channel.close()

    def call(
        self, service: str, method: str, request: Document, answered: str | None = None
    ) -> Document:
        """Call; `answered` names the message that comes back, where it is not the usual one."""
        run = self._channel.unary_unary(
            f"/{self._package}.{service}/{method}", self._writer(f"{method}Request"), _as_it_is
        )
        with _refusals():
            answer: bytes = run(request, timeout=self._seconds)
        return self._contract.read(f"{self._package}.{answered or f'{method}Response'}", answer)

    def read_stream(self, service: str, method: str, request: Document) -> Iterator[bytes]:
        """Yield what comes; what came before a connection broke has been yielded."""
        run = self._channel.unary_stream(
            f"/{self._package}.{service}/{method}", self._writer(f"{method}Request"), _as_it_is
        )
        with _refusals():
            parts: Iterable[bytes] = run(request, timeout=self._seconds)
            yield from parts

    def write_stream(self, service: str, method: str, requests: Iterator[Document]) -> Document:
        run = self._channel.stream_unary(
            f"/{self._package}.{service}/{method}", self._writer(f"{method}Request"), _as_it_is
        )
        with _refusals():
            answer: bytes = run(requests, timeout=self._seconds)
        return self._contract.read(f"{self._package}.{method}Response", answer)

    def _writer(self, message: str) -> Callable[[Document], bytes]:
        name = f"{self._package}.{message}"
        return lambda document: self._contract.make(name, document).SerializeToString()


class HttpsClient:
    """Calls by path; the body is what the gateway sent, or a refusal is raised."""

    def __init__(self, address: str, keys: Keys, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._host = urlsplit(address).netloc
        self._context = ssl.create_default_context(cafile=str(keys.server_ca))
        self._context.load_cert_chain(keys.certificate, keys.key)

    def get(self, path: str) -> bytes:
        return self._send("GET", path, None)

    def post(self, path: str, body: bytes) -> bytes:
        return self._send("POST", path, body)

    def _send(self, method: str, path: str, body: bytes | None) -> bytes:
        connection = HTTPSConnection(self._host, context=self._context, timeout=self._seconds)
        headers = {"Content-Type": "application/xml"} if body is not None else {}
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status < 400:
            return content
        assert response.headers["Content-Type"].startswith("application/problem+json")
        problem = json.loads(content)
        raise RefusedError(problem["code"], f"{response.status} {problem}")


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except grpc.RpcError as error:
        call: object = error
        assert isinstance(call, grpc.Call)
        details = [value for key, value in call.trailing_metadata() or () if key == _DETAILS]
        if not details:
            raise
        info = ErrorInfo()
        assert isinstance(details[0], bytes)
        assert Status.FromString(details[0]).details[0].Unpack(info)
        raise RefusedError(info.reason, str(call.details())) from error


def _as_it_is(data: bytes) -> bytes:
    return data
