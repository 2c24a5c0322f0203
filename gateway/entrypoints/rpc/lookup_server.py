"""The server for border systems that ask about operators."""

from gateway.domain.answers import Question
from gateway.domain.errors import InvalidRequestError, TooLargeError
from gateway.domain.parties import Caller
from gateway.entrypoints.rpc.answer_codec import answer_to_pb, error_to_pb, question_from_pb
from gateway.entrypoints.rpc.desks import Clock, Identify, LookupDesk
from gateway.entrypoints.rpc.guard import Guard
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
        handlers={"Lookup": calls.lookup, "BatchLookup": calls.batch_lookup},
        ready=lambda: desk.ready,
        guard=Guard(identify=identify, longest_call=options.longest_call),
        options=options,
    )


class LookupCalls:
    """The handlers: between messages and the desk."""

    def __init__(self, desk: LookupDesk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock

    def lookup(self, request: pb.LookupRequest, caller: Caller | None) -> pb.LookupResponse:
        """Answer one question."""
        del caller
        question = question_from_pb(request.question)
        answer = self._desk.answer(question, now=self._clock())
        return pb.LookupResponse(answer=answer_to_pb(answer))

    def batch_lookup(
        self, request: pb.BatchLookupRequest, caller: Caller | None
    ) -> pb.BatchLookupResponse:
        """Answer all questions that can be read; the others get an error each."""
        del caller
        if len(request.questions) > MAX_QUESTIONS:
            raise TooLargeError(f"a batch has at most {MAX_QUESTIONS} questions")
        answers = [pb.BatchAnswer(key=asked.key) for asked in request.questions]
        questions: list[Question] = []
        waiting: list[pb.BatchAnswer] = []
        for asked, answer in zip(request.questions, answers, strict=True):
            try:
                questions.append(_question(asked))
            except InvalidRequestError as error:
                answer.error.CopyFrom(error_to_pb(error))
            else:
                waiting.append(answer)
        decided = self._desk.answer_batch(questions, now=self._clock())
        for answer, decision in zip(waiting, decided, strict=True):
            answer.answer.CopyFrom(answer_to_pb(decision, brief=request.brief))
        return pb.BatchLookupResponse(answers=answers)


def _question(asked: pb.BatchQuestion) -> Question:
    if len(asked.key) > MAX_KEY:
        raise InvalidRequestError(f"a key has at most {MAX_KEY} characters")
    return question_from_pb(asked.question)
