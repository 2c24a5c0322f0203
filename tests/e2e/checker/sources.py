"""Where the checker gets a stream from, and hands its answers to: the same over both adapters."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Protocol

from cryptography import x509

from tests.e2e.checker import dsse, sealing, xml
from tests.e2e.checker.canonical import Document
from tests.e2e.checker.partner import GrpcPull, Sealed, XmlPull

_SERVICE = "ListExchange"
_XML = b"<?xml"


class Source(Protocol):
    """A stream at its publisher."""

    def newest(self) -> Document | None:
        """Return the newest header; none: no list can be had this way."""
        ...

    def held(self, signer: x509.Certificate) -> Document | None:
        """Return the newest acknowledgement that the publisher holds from us, signed by `signer`.

        None: it holds none, or one that came over the other adapter.
        """
        ...

    def open(self, sealed: Sealed) -> dsse.ReadList: ...

    def changes(self, since: int) -> Iterator[Sealed]: ...

    def full(self) -> Iterator[Sealed]: ...

    def answer(self, answer: Document, signer: sealing.Signer) -> bytes: ...

    def deliver(self, acknowledgement: bytes) -> None: ...


class GrpcSource(GrpcPull):
    """Over gRPC."""

    def newest(self) -> Document | None:
        answer = self._client.call(_SERVICE, "GetListHead", {"stream": self._stream})
        assert ("document" in answer) != answer.get("noneIssued", False)
        return self.opened_head(answer["document"]) if "document" in answer else None

    def held(self, signer: x509.Certificate) -> Document | None:
        answer = self._client.call(_SERVICE, "GetListHead", {"stream": self._stream})
        if "acknowledgement" not in answer:
            return None
        document = b64decode(answer["acknowledgement"])
        if document.startswith(_XML):
            return None
        return dsse.open_acknowledgement(self._contract, document, signer)

    def changes(self, since: int) -> Iterator[Sealed]:
        return self._lists({"stream": self._stream, "since": since})

    def full(self) -> Iterator[Sealed]:
        return self._lists({"stream": self._stream, "full": True})

    def answer(self, answer: Document, signer: sealing.Signer) -> bytes:
        return sealing.over_grpc(self._contract, answer, signer)

    def deliver(self, acknowledgement: bytes) -> None:
        document = b64encode(acknowledgement).decode()
        request = {"stream": self._stream, "document": document}
        self._client.call(_SERVICE, "Acknowledge", request)

    def _lists(self, request: Document) -> Iterator[Sealed]:
        """Yield each list when it is whole: when the next one begins, or the answer ends well."""
        document: bytes | None = None
        chunks: list[bytes] = []
        for data in self._client.read_stream(_SERVICE, "GetChanges", request):
            part = self._contract.read("mra.exchange.v1.ListPart", data)
            if "chunk" in part:
                chunks.append(b64decode(part["chunk"]))
                continue
            if document is not None:
                yield Sealed(document, tuple(chunks))
            document, chunks = b64decode(part["document"]), []
        if document is not None:
            yield Sealed(document, tuple(chunks))


class XmlSource(XmlPull):
    """Over HTTPS."""

    _seen: tuple[bytes, Document | None] = (b"", None)

    def newest(self) -> Document | None:
        head = self._client.get(f"{self._path}/head")
        # Most questions are answered with the head that was verified before.
        if head != self._seen[0]:
            self._seen = head, xml.open_head(head, self._signer) if head else None
        return self._seen[1]

    def held(self, signer: x509.Certificate) -> Document | None:
        document = self._client.get(f"{self._path}/acknowledgement")
        return xml.open_acknowledgement(document, signer) if document.startswith(_XML) else None

    def changes(self, since: int) -> Iterator[Sealed]:
        return self._lists(f"since={since}")

    def full(self) -> Iterator[Sealed]:
        return self._lists("full=1")

    def answer(self, answer: Document, signer: sealing.Signer) -> bytes:
        return sealing.over_https(answer, signer)

    def deliver(self, acknowledgement: bytes) -> None:
        assert self._client.post(f"{self._path}/acknowledgements", acknowledgement) == b""

    def _lists(self, query: str) -> Iterator[Sealed]:
        index = json.loads(self._client.get(f"{self._path}/changes?{query}"))
        for sequence in index["sequences"]:
            yield self.sealed(sequence)
