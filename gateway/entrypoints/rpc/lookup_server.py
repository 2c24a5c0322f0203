"""The server for border systems that ask about operators."""

from collections.abc import Callable
from contextlib import nullcontext
from threading import Lock

from gateway.domain.answers import Question
from gateway.domain.errors import InvalidRequestError, TooLargeError
from gateway.domain.narrowing import narrowed
from gateway.domain.parties import Caller, Scope
from gateway.entrypoints.desks import Admission, Clock, DecisionRecord, LookupDesk
from gateway.entrypoints.lookup_limits import MAX_KEY, MAX_QUESTIONS
from gateway.entrypoints.rpc.answer_codec import error_to_pb, question_from_pb
from gateway.entrypoints.rpc.answer_writer import AnswerWriter, batch_item
from gateway.entrypoints.rpc.charging import charged
from gateway.entrypoints.rpc.guard import Guard, Handler
from gateway.entrypoints.rpc.identity import find_remembered
from gateway.entrypoints.rpc.registry_calls import RegistryCalls
from gateway.entrypoints.rpc.server import RpcServer, ServerOptions
from gateway.entrypoints.wording import LONGEST_TAG, find_language
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from gateway.ports.tls import ServerTls

SERVICE = pb.DESCRIPTOR.services_by_name["Lookup"]
QUICK = frozenset({"Lookup"})
"""Answered from memory alone, within some 50 microseconds."""
SHORT_BATCH = 500
"""Questions that are answered within some 20 milliseconds: as long as another batch may wait."""
KEPT_TAGS = 256
"""Ways to name a language that are remembered."""


def make_server(
    desk: LookupDesk,
    admission: Admission,
    clock: Clock,
    registry: RegistryCalls,
    *,
    record: DecisionRecord,
    tls: ServerTls,
    listen: str,
    bearer_listen: str | None = None,
    options: ServerOptions = ServerOptions(),  # noqa: B008 - a frozen value
    timed: Callable[[str, Handler], Handler] = lambda _, handler: handler,
) -> RpcServer:
    """Make the server, bound to its port or ports and not yet started.

    `timed` puts a clock around the handler of a method.

    Raises:
        ConfigError: The address is taken or is none, or the TLS keys are refused.
    """
    calls = LookupCalls(desk, admission, clock, record)
    guard = Guard(
        identify=admission.by_certificate,
        by_bearer=lambda token: admission.by_bearer(token, now=clock()),
        longest_call=options.longest_call,
        names_calls=False,
        remembered=lambda event: find_remembered(
            event,
            admission.find_certificate,
            lambda token: admission.find_bearer(token, now=clock()),
        ),
        quick=QUICK,
    )
    return RpcServer(
        listen=listen,
        tls=tls,
        service=SERVICE,
        handlers={
            "Lookup": timed("Lookup", calls.lookup),
            "BatchLookup": timed("BatchLookup", calls.batch_lookup),
            **charged(registry.handlers(), admission, clock),
        },
        ready=lambda: desk.ready,
        guard=guard,
        options=options,
        bearer_listen=bearer_listen,
    )


class LookupCalls:
    """The handlers: between messages and the desk."""

    def __init__(
        self, desk: LookupDesk, admission: Admission, clock: Clock, record: DecisionRecord
    ) -> None:
        self._desk = desk
        self._spend = admission.spend
        self._clock = clock
        self._record = record
        self._turn = Lock()
        """Of short batches: one is answered at a time."""
        self._writers: dict[str, AnswerWriter] = {}
        """By language as it was asked for."""

    def lookup(self, request: pb.LookupRequest, caller: Caller) -> bytes:
        """Answer one question with a serialised LookupResponse."""
        question, now = question_from_pb(request.question), self._clock()
        self._spend(caller, 1, now=now)
        answer = self._desk.answer(question, now=now)
        answer = self._record.keep(caller, question, answer)
        return self._writer(request.language).response(narrowed(answer, caller.scope))

    def batch_lookup(self, request: pb.BatchLookupRequest, caller: Caller) -> bytes:
        """Answer all questions that can be read; the others get an error each.

        Returns:
            A serialised BatchLookupResponse.
        """
        if len(request.questions) > MAX_QUESTIONS:
            raise TooLargeError(f"a batch has at most {MAX_QUESTIONS} questions")
        # Threads that share the interpreter in turns of half a millisecond take a sixth longer.
        with self._turn if len(request.questions) <= SHORT_BATCH else nullcontext():
            return self._batch(request, caller)

    def _batch(self, request: pb.BatchLookupRequest, caller: Caller) -> bytes:
        now = self._clock()
        self._spend(caller, len(request.questions), now=now)
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
        decided = self._desk.answer_batch(questions, now=now)
        decided = self._record.keep_all(caller, questions, decided)
        write, brief, scope = self._writer(request.language).batch_item, request.brief, caller.scope
        if scope is not Scope.FULL:
            decided = [narrowed(answer, scope) for answer in decided]
        written = [write(key, answer, brief) for key, answer in zip(keys, decided, strict=True)]
        if len(written) == len(items):
            return b"".join(written)
        rest = iter(written)
        return b"".join([next(rest) if item is None else item for item in items])

    def _writer(self, tag: str) -> AnswerWriter:
        writer = self._writers.get(tag)
        if writer is not None:
            return writer
        language = find_language(tag)
        writer = self._writers.setdefault(language.tag, AnswerWriter(language))
        if len(self._writers) < KEPT_TAGS and len(tag) <= LONGEST_TAG:
            self._writers[tag] = writer
        return writer


def _question(asked: pb.BatchQuestion) -> Question:
    if len(asked.key) > MAX_KEY:
        raise InvalidRequestError(f"a key has at most {MAX_KEY} characters")
    return question_from_pb(asked.question)
