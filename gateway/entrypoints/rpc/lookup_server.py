"""The server for border systems that ask about operators."""

from collections.abc import Callable

from gateway.domain.answers import Question
from gateway.domain.errors import InvalidRequestError, TooLargeError
from gateway.domain.parties import Caller
from gateway.entrypoints.desks import Clock, DecisionRecord, Identify, LookupDesk
from gateway.entrypoints.rpc.answer_codec import error_to_pb, question_from_pb
from gateway.entrypoints.rpc.answer_writer import AnswerWriter, batch_item
from gateway.entrypoints.rpc.guard import Guard, Handler
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
    record: DecisionRecord,
    *,
    tls: ServerTls,
    listen: str,
    options: ServerOptions = ServerOptions(),  # noqa: B008 - a frozen value
    timed: Callable[[str, Handler], Handler] = lambda _, handler: handler,
) -> RpcServer:
    """Make the server, bound to its port and not yet started.

    `timed` puts a clock around the handler of a method.

    Raises:
        ConfigError: The address is taken or is none, or the TLS keys are refused.
    """
    calls = LookupCalls(desk, clock, record)
    return RpcServer(
        listen=listen,
        tls=tls,
        service=SERVICE,
        handlers={
            "Lookup": timed("Lookup", calls.lookup),
            "BatchLookup": timed("BatchLookup", calls.batch_lookup),
        },
        ready=lambda: desk.ready,
        guard=Guard(identify=identify, longest_call=options.longest_call, names_calls=False),
        options=options,
    )


class LookupCalls:
    """The handlers: between messages and the desk."""

    def __init__(self, desk: LookupDesk, clock: Clock, record: DecisionRecord) -> None:
        self._desk = desk
        self._clock = clock
        self._record = record
        self._writer = AnswerWriter()

    def lookup(self, request: pb.LookupRequest, caller: Caller | None) -> bytes:
        """Answer one question with a serialised LookupResponse."""
        question = question_from_pb(request.question)
        answer = self._desk.answer(question, now=self._clock())
        return self._writer.response(self._record.keep(caller, question, answer))

    def batch_lookup(self, request: pb.BatchLookupRequest, caller: Caller | None) -> bytes:
        """Answer all questions that can be read; the others get an error each.

        Returns:
            A serialised BatchLookupResponse.
        """
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
        decided = self._record.keep_all(caller, questions, decided)
        write, brief = self._writer.batch_item, request.brief
        written = map(lambda key, answer: write(key, answer, brief=brief), keys, decided)
        return b"".join([next(written) if item is None else item for item in items])


def _question(asked: pb.BatchQuestion) -> Question:
    if len(asked.key) > MAX_KEY:
        raise InvalidRequestError(f"a key has at most {MAX_KEY} characters")
    return question_from_pb(asked.question)
