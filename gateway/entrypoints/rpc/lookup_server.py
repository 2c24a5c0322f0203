"""The server for border systems that ask about operators."""

from gateway.domain.answers import Question
from gateway.domain.errors import InvalidRequestError, TooLargeError
from gateway.domain.parties import Caller
from gateway.entrypoints.desks import Clock, Identify, LookupDesk
from gateway.entrypoints.rpc.answer_codec import error_to_pb, question_from_pb
from gateway.entrypoints.rpc.answer_writer import AnswerWriter, batch_item
from gateway.entrypoints.rpc.guard import Guard
from gateway.entrypoints.rpc.registry_calls import RegistryCalls
from gateway.entrypoints.rpc.server import RpcServer, ServerOptions
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from gateway.ports.tls import ServerTls

SERVICE = pb.DESCRIPTOR.services_by_name["Lookup"]
MAX_QUESTIONS = 10_000
MAX_KEY = 128


def make_server(
    desk: LookupDesk,
    identify: Identify,
    clock: Clock,
    registry: RegistryCalls,
    *,
    tls: ServerTls,
    listen: str,
    options: ServerOptions = ServerOptions(),  # noqa: B008 - a frozen value
) -> RpcServer:
    """Make the server, bound to its port and not yet started.

    Raises:
        ConfigError: The address is taken or is none, or the TLS keys are refused.
    """
    calls = LookupCalls(desk, clock)
    return RpcServer(
        listen=listen,
        tls=tls,
        service=SERVICE,
        handlers={
            "Lookup": calls.lookup,
            "BatchLookup": calls.batch_lookup,
            **registry.handlers(),
        },
        ready=lambda: desk.ready,
        guard=Guard(identify=identify, longest_call=options.longest_call, names_calls=False),
        options=options,
    )


class LookupCalls:
    """The handlers: between messages and the desk."""

    def __init__(self, desk: LookupDesk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock
        self._writer = AnswerWriter()

    def lookup(self, request: pb.LookupRequest, caller: Caller | None) -> bytes:
        """Answer one question with a serialised LookupResponse."""
        del caller
        question = question_from_pb(request.question)
        answer = self._desk.answer(question, now=self._clock())
        return self._writer.response(answer)

    def batch_lookup(self, request: pb.BatchLookupRequest, caller: Caller | None) -> bytes:
        """Answer all questions that can be read; the others get an error each.

        Returns:
            A serialised BatchLookupResponse.
        """
        del caller
        if len(request.questions) > MAX_QUESTIONS:
            raise TooLargeError(f"a batch has at most {MAX_QUESTIONS} questions")
        keys: list[str] = []
        questions: list[Question] = []
        items: list[bytes | None] = []
        for asked in request.questions:
            try:
                questions.append(_question(asked))
            except InvalidRequestError as error:
                refused = pb.BatchAnswer(key=asked.key, error=error_to_pb(error))
                items.append(batch_item(refused.SerializeToString()))
            else:
                keys.append(asked.key)
                items.append(None)
        decided = self._desk.answer_batch(questions, now=self._clock())
        write, brief = self._writer.batch_item, request.brief
        written = map(lambda key, answer: write(key, answer, brief=brief), keys, decided)
        return b"".join([next(written) if item is None else item for item in items])


def _question(asked: pb.BatchQuestion) -> Question:
    if len(asked.key) > MAX_KEY:
        raise InvalidRequestError(f"a key has at most {MAX_KEY} characters")
    return question_from_pb(asked.question)
