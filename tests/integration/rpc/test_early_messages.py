"""Calls go to a thread with their message, and quick ones to none; silent ones hold no thread."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event

import grpc
import pytest

from gateway.domain.answers import Answer, Question
from gateway.domain.parties import Caller, Purpose
from gateway.entrypoints.rpc import early_messages
from gateway.entrypoints.rpc.lookup_server import make_server
from gateway.entrypoints.rpc.server import ServerOptions
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from gateway.pb.mra.lookup.v1.lookup_pb2_grpc import LookupStub
from tests.fakes.desks import Doorkeeper, FakeLookupDesk, FakeRecord, make_clock
from tests.fakes.registry_desks import no_registry_calls
from tests.fakes.rpc_calls import connected, refusal_of

LOOKUP = "/mra.lookup.v1.Lookup/Lookup"
DOOR = Doorkeeper()
BORDER = DOOR.client_tls("border", Purpose.LOOKUP)
REQUEST = pb.LookupRequest(question=pb.Question(code="xa1"))
PLAIN = (bytes, bytes)
"""Codecs that leave messages as they are."""
PATIENCE = 20.0


class Waiting:
    """Something that is waited for, until it may go."""

    def __init__(self) -> None:
        self.has_begun = Event()
        self.may_go = Event()

    def wait(self) -> None:
        self.has_begun.set()
        assert self.may_go.wait(PATIENCE)


class SlowBatches(FakeLookupDesk):
    def __init__(self) -> None:
        super().__init__()
        self.batch = Waiting()

    def answer_batch(self, questions: Iterable[Question], *, now: datetime) -> list[Answer]:
        self.batch.wait()
        return super().answer_batch(questions, now=now)


class SlowRegistry(Doorkeeper):
    """Remembers nobody of a certain name, and asks the registry about them, which takes long."""

    def __init__(self, forgotten: str) -> None:
        super().__init__()
        self._forgotten = forgotten
        self.registry = Waiting()

    def find_certificate(self, der: bytes) -> Caller | None:
        found = super().find_certificate(der)
        return None if found is None or found.name == self._forgotten else found

    def by_certificate(self, der: bytes) -> Caller:
        self.registry.wait()
        return super().by_certificate(der)


@contextmanager
def serving(
    *, most_calls: int = 64, desk: FakeLookupDesk | None = None, door: Doorkeeper = DOOR
) -> Iterator[int]:
    """One thread alone: whoever holds it holds everybody that needs one."""
    server = make_server(
        desk or FakeLookupDesk(),
        door,
        make_clock(),
        no_registry_calls(),
        record=FakeRecord(),
        tls=door.server_tls(),
        listen="localhost:0",
        options=ServerOptions(threads=1, most_calls=most_calls),
    )
    server.start()
    try:
        yield server.port
    finally:
        server.stop(0)


def ask(channel: grpc.Channel) -> pb.LookupResponse:
    return LookupStub(channel).Lookup(REQUEST, timeout=PATIENCE)


def is_taken(channel: grpc.Channel) -> bool:
    try:
        return ask(channel).answer.code == "xa1"
    except grpc.RpcError:
        return False


def silent_call(channel: grpc.Channel, until: Event) -> grpc.Call:
    """Begin a call and send no message before `until`."""

    def messages() -> Iterator[bytes]:
        until.wait(PATIENCE)
        yield from ()

    call: grpc.Call = channel.stream_unary(LOOKUP, *PLAIN).future(messages(), timeout=PATIENCE)
    return call


def test_library_is_built_as_it_was() -> None:
    assert early_messages.KNOWN


def test_call_that_sends_no_message_holds_no_thread() -> None:
    until = Event()
    with serving() as port, connected(port, BORDER) as channel:
        silent = silent_call(channel, until)
        assert [ask(channel).answer.code for _ in range(5)] == ["xa1"] * 5
        until.set()
        assert silent.code() is grpc.StatusCode.UNIMPLEMENTED


def test_call_that_ends_without_a_message_is_refused() -> None:
    with serving() as port, connected(port, BORDER) as channel:
        status, text, _ = refusal_of(lambda: channel.stream_unary(LOOKUP, *PLAIN)(iter(())))
        assert (status, text) == (
            grpc.StatusCode.UNIMPLEMENTED,
            "the call needs one message, and ended without it",
        )
        assert ask(channel).answer.code == "xa1"


def test_message_that_is_none_is_refused() -> None:
    with serving() as port, connected(port, BORDER) as channel:
        status, _, _ = refusal_of(lambda: channel.unary_unary(LOOKUP, *PLAIN)(b"\xff\xff\xff"))
        assert status is grpc.StatusCode.INTERNAL
        assert ask(channel).answer.code == "xa1"


def test_call_that_is_given_up_before_its_message_leaves_its_place() -> None:
    until = Event()
    with serving(most_calls=1) as port, connected(port, BORDER) as channel:
        silent_call(channel, until).cancel()  # type: ignore[no-untyped-call] # the stubs lack it
        until.set()
        assert any(is_taken(channel) for _ in range(1000))


def test_library_of_another_build_is_served_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early_messages, "KNOWN", False)
    with serving() as port, connected(port, BORDER) as channel:
        assert ask(channel).answer.code == "xa1"


def test_a_lookup_is_answered_while_every_thread_is_busy() -> None:
    desk = SlowBatches()
    batch = pb.BatchLookupRequest(questions=[pb.BatchQuestion(question=REQUEST.question)])
    with serving(desk=desk) as port, connected(port, BORDER) as channel:
        waiting = LookupStub(channel).BatchLookup.future(batch, timeout=PATIENCE)
        assert desk.batch.has_begun.wait(PATIENCE)
        assert [ask(channel).answer.code for _ in range(3)] == ["xa1"] * 3
        assert not waiting.done()
        desk.batch.may_go.set()
        assert len(waiting.result().answers) == 1


def test_a_caller_who_is_not_remembered_keeps_no_other_waiting() -> None:
    door = SlowRegistry("stranger")
    border, stranger = (door.client_tls(name, Purpose.LOOKUP) for name in ("border", "stranger"))
    with (
        serving(door=door) as port,
        connected(port, stranger) as new,
        connected(port, border) as channel,
    ):
        waiting = LookupStub(new).Lookup.future(REQUEST, timeout=PATIENCE)
        assert door.registry.has_begun.wait(PATIENCE)
        assert ask(channel).answer.code == "xa1"
        assert not waiting.done()
        door.registry.may_go.set()
        assert waiting.result().answer.code == "xa1"


def test_a_caller_who_is_remembered_for_other_purposes_is_refused() -> None:
    partner = DOOR.client_tls("partner", Purpose.EXCHANGE, partner="XB")
    with serving() as port, connected(port, partner) as channel:
        status, _, info = refusal_of(lambda: ask(channel))
        assert status is grpc.StatusCode.PERMISSION_DENIED
        assert info is not None
        assert info.reason == "NOT_PERMITTED"
