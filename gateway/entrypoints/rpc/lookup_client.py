"""Ask a gateway's lookup over gRPC, as a border system does."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

import grpc
from msgspec import Struct

from gateway.domain.errors import TransportError
from gateway.exchange.grpc_feed.refusals import fault_of
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
        request = lookup_pb2.LookupRequest(question=_question(code, direction))
        try:
            return _reply(self._stub.Lookup(request, timeout=self._deadline).answer)
        except grpc.RpcError as error:
            message = f"the lookup did not answer: {error}"
            raise TransportError(message, fault_of(error)) from error

    def ask_many(
        self, codes: Mapping[str, str], *, direction: str | None = None
    ) -> dict[str, LookupReply | str]:
        """Ask about many codes at once.

        Args:
            codes: As declared, by keys of the caller's own.
            direction: As in `ask`.

        Returns:
            By the same keys: an answer, or the reason why this one question has none.

        Raises:
            TransportError: Not reached, refused, or no answer in time.
        """
        request = lookup_pb2.BatchLookupRequest(brief=True)
        for key, code in codes.items():
            request.questions.add(key=key, question=_question(code, direction))
        try:
            answers = self._stub.BatchLookup(request, timeout=self._deadline).answers
        except grpc.RpcError as error:
            message = f"the lookup did not answer: {error}"
            raise TransportError(message, fault_of(error)) from error
        return {
            one.key: _reply(one.answer) if one.HasField("answer") else one.error.reason
            for one in answers
        }

    def search(self, text: str) -> dict[str, tuple[str, ...]] | None:
        """Find codes by name or address; none while the index is being built.

        Returns:
            What agreed, by operator id, best first.

        Raises:
            TransportError: Not reached, refused, or no answer in time.
        """
        request = lookup_pb2.SearchOperatorsRequest(query=text)
        try:
            found = self._stub.SearchOperators(request, timeout=self._deadline).operators
        except grpc.RpcError as error:
            # Every error of a call tells its code; the stubs do not say so.
            if getattr(error, "code", lambda: None)() is grpc.StatusCode.UNAVAILABLE:
                return None
            message = f"the search did not answer: {error}"
            raise TransportError(message, fault_of(error)) from error
        return {one.operator_id: tuple(one.why) for one in found}


def _question(code: str, direction: str | None) -> lookup_pb2.Question:
    question = lookup_pb2.Question(code=code)
    if direction is not None:
        question.direction = DIRECTIONS[direction]
    return question


def _reply(answer: lookup_pb2.Answer) -> LookupReply:
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
