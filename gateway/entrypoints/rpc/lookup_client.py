"""Ask a gateway's lookup over gRPC, as a border system does."""

from types import TracebackType
from typing import Self

import grpc
from msgspec import Struct

from gateway.domain.errors import TransportError
from gateway.pb.mra.lookup.v1 import lookup_pb2, lookup_pb2_grpc
from gateway.ports.tls import ClientTls

DIRECTIONS = {
    "import": lookup_pb2.DIRECTION_IMPORT,
    "export": lookup_pb2.DIRECTION_EXPORT,
}


class LookupReply(Struct, frozen=True, kw_only=True):
    """The parts of an answer that a border system acts on."""

    verdict: str
    reason: str
    sentence: str
    measures: tuple[str, ...]
    hints: tuple[str, ...]
    sequence: int
    operator: str
    """Its id and name; nothing for callers that are shown decisions alone."""
    rungs: int
    """How many came with their evidence."""


class LookupClient:
    """One connection to a lookup server; use it as a context."""

    def __init__(self, address: str, tls: ClientTls, *, deadline: float) -> None:
        credentials = grpc.ssl_channel_credentials(tls.authorities, tls.key, tls.certificate)
        self._channel = grpc.secure_channel(address, credentials)
        self._stub = lookup_pb2_grpc.LookupStub(self._channel)
        self._deadline = deadline

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._channel.close()

    def ask(self, code: str, *, direction: str | None = None) -> LookupReply:
        """Ask about one code.

        Args:
            code: As declared.
            direction: `import` or `export`, seen from home.

        Raises:
            TransportError: Not reached, refused, or no answer in time.
        """
        question = lookup_pb2.Question(code=code)
        if direction is not None:
            question.direction = DIRECTIONS[direction]
        request = lookup_pb2.LookupRequest(question=question)
        try:
            answer = self._stub.Lookup(request, timeout=self._deadline).answer
        except grpc.RpcError as error:
            raise TransportError(f"the lookup did not answer: {error}") from error
        return LookupReply(
            verdict=lookup_pb2.Verdict.Name(answer.verdict).removeprefix("VERDICT_"),
            reason=answer.reason,
            sentence=answer.sentence,
            measures=tuple(measure.code for measure in answer.measures),
            hints=tuple(answer.hints),
            sequence=answer.freshness.sequence,
            operator=f"{answer.operator_id} {answer.operator_name}".strip(),
            rungs=len(answer.rungs),
        )
