"""Calls go to a thread with their message; those that never send one hold no thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import grpc
import pytest

from gateway.domain.parties import Purpose
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


@contextmanager
def serving(*, most_calls: int = 64) -> Iterator[grpc.Channel]:
    """One thread alone: whoever holds it holds everybody."""
    server = make_server(
        FakeLookupDesk(),
        DOOR,
        make_clock(),
        no_registry_calls(),
        record=FakeRecord(),
        tls=DOOR.server_tls(),
        listen="localhost:0",
        options=ServerOptions(threads=1, most_calls=most_calls),
    )
    server.start()
    try:
        with connected(server.port, BORDER) as channel:
            yield channel
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
    with serving() as channel:
        silent = silent_call(channel, until)
        assert [ask(channel).answer.code for _ in range(5)] == ["xa1"] * 5
        until.set()
        assert silent.code() is grpc.StatusCode.UNIMPLEMENTED


def test_call_that_ends_without_a_message_is_refused() -> None:
    with serving() as channel:
        status, text, _ = refusal_of(lambda: channel.stream_unary(LOOKUP, *PLAIN)(iter(())))
        assert (status, text) == (
            grpc.StatusCode.UNIMPLEMENTED,
            "the call needs one message, and ended without it",
        )
        assert ask(channel).answer.code == "xa1"


def test_message_that_is_none_is_refused() -> None:
    with serving() as channel:
        status, _, _ = refusal_of(lambda: channel.unary_unary(LOOKUP, *PLAIN)(b"\xff\xff\xff"))
        assert status is grpc.StatusCode.INTERNAL
        assert ask(channel).answer.code == "xa1"


def test_call_that_is_given_up_before_its_message_leaves_its_place() -> None:
    until = Event()
    with serving(most_calls=1) as channel:
        silent_call(channel, until).cancel()  # type: ignore[no-untyped-call] # the stubs lack it
        until.set()
        assert any(is_taken(channel) for _ in range(1000))


def test_library_of_another_build_is_served_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early_messages, "KNOWN", False)
    with serving() as channel:
        assert ask(channel).answer.code == "xa1"
