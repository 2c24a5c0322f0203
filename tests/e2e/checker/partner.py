"""A partner as the checker plays it: pulls lists from one gateway, submits lists to another."""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from cryptography import x509

from tests.e2e.checker import dsse, xml
from tests.e2e.checker.calls import GrpcClient, HttpsClient
from tests.e2e.checker.canonical import Document
from tests.e2e.checker.protobuf import Contract, header_of

_SERVICE = "ListExchange"


@dataclass(frozen=True)
class Sealed:
    """A list as it was signed."""

    document: bytes
    chunks: tuple[bytes, ...] = ()


class Pulling(Protocol):
    """Reads what one administration issued."""

    def head(self) -> Document: ...

    def sealed(self, sequence: int) -> Sealed: ...

    def open(self, sealed: Sealed) -> dsse.ReadList: ...


class GrpcPull:
    """Pulls over gRPC."""

    def __init__(
        self, contract: Contract, client: GrpcClient, stream: Document, signer: x509.Certificate
    ) -> None:
        self._contract, self._client = contract, client
        self._stream, self._signer = stream, signer

    def head(self) -> Document:
        answer = self._client.call(_SERVICE, "GetListHead", {"stream": self._stream})
        return self.opened_head(answer["document"])

    def opened_head(self, document: str) -> Document:
        payload = dsse.open_envelope(
            self._contract, b64decode(document), dsse.LIST_TYPE, self._signer
        )
        return header_of(self._contract.read("mra.types.v1.SignedHeader", payload)["header"])

    def sealed(self, sequence: int) -> Sealed:
        request = {"stream": self._stream, "sequence": sequence}
        parts = [
            self._contract.read("mra.exchange.v1.ListPart", part)
            for part in self._client.read_stream(_SERVICE, "GetList", request)
        ]
        # An empty chunk would have no key in the JSON form; publishers send none.
        assert [set(part) for part in parts] == [{"document"}] + [{"chunk"}] * (len(parts) - 1)
        return Sealed(
            b64decode(parts[0]["document"]), tuple(b64decode(part["chunk"]) for part in parts[1:])
        )

    def open(self, sealed: Sealed) -> dsse.ReadList:
        return dsse.open_list(self._contract, sealed.document, sealed.chunks, self._signer)


class XmlPull:
    """Pulls over HTTPS."""

    def __init__(self, client: HttpsClient, stream: Document, signer: x509.Certificate) -> None:
        self._client, self._path, self._signer = client, stream_path(stream), signer

    def head(self) -> Document:
        return xml.open_head(self._client.get(f"{self._path}/head"), self._signer)

    def sealed(self, sequence: int) -> Sealed:
        return Sealed(self._client.get(f"{self._path}/lists/{sequence}"))

    def open(self, sealed: Sealed) -> dsse.ReadList:
        return xml.open_list(sealed.document, self._signer)


class Submitting(Protocol):
    """Submits lists to home and reads its acknowledgements, without their signatures."""

    def submit(self, sealed: Sealed) -> bytes: ...

    def outcome(self, acknowledgement: bytes) -> Document: ...


class GrpcSubmit:
    """Submits over gRPC."""

    def __init__(
        self, contract: Contract, client: GrpcClient, stream: Document, signer: x509.Certificate
    ) -> None:
        self._contract, self._client = contract, client
        self._stream, self._signer = stream, signer

    def submit(self, sealed: Sealed) -> bytes:
        answer = self._client.write_stream(_SERVICE, "SubmitList", self._requests(sealed))
        return b64decode(answer["acknowledgement"])

    def _requests(self, sealed: Sealed) -> Iterator[Document]:
        yield {"stream": self._stream}
        yield {"list": {"document": b64encode(sealed.document).decode()}}
        for chunk in sealed.chunks:
            yield {"list": {"chunk": b64encode(chunk).decode()}}

    def outcome(self, acknowledgement: bytes) -> Document:
        return dsse.open_acknowledgement(self._contract, acknowledgement, self._signer)


class XmlSubmit:
    """Submits over HTTPS."""

    def __init__(self, client: HttpsClient, stream: Document, signer: x509.Certificate) -> None:
        self._client, self._path, self._signer = client, stream_path(stream), signer

    def submit(self, sealed: Sealed) -> bytes:
        return self._client.post(f"{self._path}/lists", sealed.document)

    def outcome(self, acknowledgement: bytes) -> Document:
        return xml.open_acknowledgement(acknowledgement, self._signer)


def stream_path(stream: Document) -> str:
    kind = "test" if stream["test"] else "production"
    return f"/exchange/v1/streams/{stream['agreement']}/{kind}/{stream['epoch']}"
