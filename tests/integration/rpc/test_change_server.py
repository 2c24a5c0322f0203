"""Watches on operators over gRPC: a real server, a real registry, connections that break."""

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from threading import Event, Thread

import grpc
import pytest
from msgspec import structs

from gateway.domain.parties import Admitted, Caller, Limits, Purpose, Scope
from gateway.entrypoints.rpc.change_server import make_server
from gateway.entrypoints.rpc.server import RpcServer
from gateway.entrypoints.rpc.watch_server import watch_options
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from gateway.pb.mra.lookup.v1.lookup_pb2_grpc import LookupWatchStub
from gateway.services.bell import Bell
from gateway.services.change_watch import ChangeWatch, Ringer
from gateway.store.engines import Store
from tests.contract.epochs_suite import SUSPENDED
from tests.contract.registry_suite import accept
from tests.contract.synthetic_lists import STREAM, incoming, operator, operators
from tests.fakes.desks import Doorkeeper, make_clock
from tests.fakes.rpc_calls import connected, connected_unproven, refusal_of
from tests.fakes.sealed_lists import NOW
from tests.fakes.watched_registry import HAPPENED, ONE, agree, much_happens

DOOR = Doorkeeper()
BORDER = DOOR.client_tls("border", Purpose.LOOKUP)
PARTNER = DOOR.client_tls("xa", Purpose.EXCHANGE, partner="XA")
KIND = {
    pb.CHANGE_KIND_ADDED: "added",
    pb.CHANGE_KIND_CHANGED: "changed",
    pb.CHANGE_KIND_REMOVED: "removed",
    pb.CHANGE_KIND_RESTRICTED: "restricted",
    pb.CHANGE_KIND_RESTRICTION_LIFTED: "restriction lifted",
}


class Serving:
    """A process that answers watches, and looks at the registry as `mra serve` does."""

    def __init__(self, store: Store, watches: int = 4) -> None:
        self._bell = Bell()
        self._ringer = Ringer(store.registry.version, self._bell)
        self._stop = Event()
        self._looking = Thread(target=self._look)
        watch = ChangeWatch(store.changes, store.profiles, self._bell, beat=timedelta(seconds=0.3))
        self.server: RpcServer = make_server(
            watch,
            DOOR,
            make_clock(),
            tls=DOOR.server_tls(),
            listen="localhost:0",
            bearer_listen="localhost:0",
            options=watch_options(watches),
        )
        self.server.start()
        self._looking.start()

    def stop(self) -> None:
        self._stop.set()
        self._looking.join()
        self._bell.close()
        self.server.stop(1)

    def _look(self) -> None:
        while not self._stop.wait(0.1):
            self._ringer.look()


@pytest.fixture
def agreed(store: Store) -> Store:
    agree(store)
    return store


@pytest.fixture
def serving(agreed: Store) -> Iterator[Serving]:
    made = Serving(agreed)
    yield made
    made.stop()


@pytest.fixture
def stub(serving: Serving) -> Iterator[LookupWatchStub]:
    with connected(serving.server.port, BORDER) as connection:
        yield LookupWatchStub(connection)


def ask(token: str = "") -> pb.WatchChangesRequest:
    return pb.WatchChangesRequest(agreement=STREAM.agreement, resume_token=token)


def messages(
    stub: LookupWatchStub, request: pb.WatchChangesRequest
) -> Iterator[pb.WatchChangesResponse]:
    return iter(stub.WatchChanges(request, timeout=20))


def fact(message: pb.WatchChangesResponse) -> tuple[str, str]:
    return KIND[message.kind], message.operator_id


def test_a_suspension_is_told_within_a_second_of_its_being_applied(
    stub: LookupWatchStub, agreed: Store
) -> None:
    accept(agreed, incoming(1, operators(1, 2)))
    watch = messages(stub, pb.WatchChangesRequest(operator_ids=[ONE]))
    assert not next(watch).operator_id
    accept(agreed, incoming(2, [SUSPENDED, operator(2)]))
    applied = time.monotonic()
    told = next(message for message in watch if message.operator_id)
    assert time.monotonic() - applied < 1
    assert (fact(told), told.sequence, told.agreement) == (
        ("changed", ONE),
        2,
        STREAM.agreement,
    )
    assert told.operator.id == ONE
    assert told.received_at.ToSeconds() == int(incoming(2).received_at.timestamp())


def test_beats_come_while_nothing_happens(stub: LookupWatchStub) -> None:
    watch = messages(stub, ask())
    beats = [next(watch) for _ in range(3)]
    assert not any(beat.operator_id for beat in beats)
    assert all(beat.resume_token for beat in beats)


def test_nothing_is_lost_or_told_twice_over_killed_connections_and_a_restart(
    agreed: Store, serving: Serving
) -> None:
    with connected(serving.server.port, BORDER) as connection:
        token = next(messages(LookupWatchStub(connection), ask())).resume_token
    much_happens(agreed)
    told: list[tuple[str, str]] = []

    def take(server: RpcServer, most: int) -> str:
        newest = token
        # The channel is closed in the middle of the stream.
        with connected(server.port, BORDER) as connection:
            for message in messages(LookupWatchStub(connection), ask(token)):
                if message.operator_id:
                    told.append(fact(message))
                newest = message.resume_token
                if len(told) >= most:
                    return newest
        raise AssertionError("the watch ended")

    for most in (2, 4, 5):
        token = take(serving.server, most)
    again = Serving(agreed)
    try:
        token = take(again.server, len(HAPPENED))
        with connected(again.server.port, BORDER) as connection:
            watch = messages(LookupWatchStub(connection), ask(token))
            assert not any(next(watch).operator_id for _ in range(2))
    finally:
        again.stop()
    assert told == [(kind.value, one) for kind, one in HAPPENED]


def test_a_reader_that_does_not_read_keeps_nobody_waiting(
    stub: LookupWatchStub, agreed: Store
) -> None:
    token = next(messages(stub, ask())).resume_token
    many = [operator(number) for number in range(1, 3001)]
    accept(agreed, incoming(1, many))
    slow = messages(stub, ask(token))
    next(slow)
    quick = islice(messages(stub, ask(token)), 3001)
    assert len({message.operator_id for message in quick if message.operator_id}) == 3000


def test_the_end_of_the_process_ends_watches(agreed: Store) -> None:
    serving = Serving(agreed)
    with connected(serving.server.port, BORDER) as connection:
        watch = messages(LookupWatchStub(connection), ask())
        next(watch)
        serving.stop()
        assert not any(message.operator_id for message in watch)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (pb.WatchChangesRequest(), grpc.StatusCode.INVALID_ARGUMENT),
        (pb.WatchChangesRequest(operator_ids=["X"] * 1001), grpc.StatusCode.INVALID_ARGUMENT),
        (pb.WatchChangesRequest(operator_ids=[""]), grpc.StatusCode.INVALID_ARGUMENT),
        (pb.WatchChangesRequest(operator_ids=["X" * 36]), grpc.StatusCode.INVALID_ARGUMENT),
        (ask("no token"), grpc.StatusCode.INVALID_ARGUMENT),
        (pb.WatchChangesRequest(agreement="XA-XZ"), grpc.StatusCode.NOT_FOUND),
    ],
)
def test_what_cannot_be_watched_is_refused(
    stub: LookupWatchStub, request_: pb.WatchChangesRequest, status: grpc.StatusCode
) -> None:
    assert refusal_of(lambda: list(messages(stub, request_)))[0] is status


def test_a_token_of_another_registry_says_to_start_anew(
    stub: LookupWatchStub,
) -> None:
    # Of a registry that had come much farther.
    other = "AQAAAAAAAABkAAAAAAAAAGMAAAAAAAAAYwAAAAAAAAAA"
    status, _, info = refusal_of(lambda: list(messages(stub, ask(other))))
    assert status is grpc.StatusCode.FAILED_PRECONDITION
    assert info is not None
    assert info.reason == "START_ANEW"


def test_partner_may_not_watch_operators(serving: Serving) -> None:
    with connected(serving.server.port, PARTNER) as connection:
        stub = LookupWatchStub(connection)
        status, _, _ = refusal_of(lambda: list(messages(stub, ask())))
    assert status is grpc.StatusCode.PERMISSION_DENIED


def test_whoever_is_revoked_is_told_nothing_more(serving: Serving, agreed: Store) -> None:
    tls = DOOR.client_tls("leaving", Purpose.LOOKUP)
    with connected(serving.server.port, tls) as connection:
        watch = messages(LookupWatchStub(connection), ask())
        next(watch)
        for one in [one for one, caller in DOOR.callers.items() if caller.name == "leaving"]:
            del DOOR.callers[one]
        accept(agreed, incoming(1, operators(1)))
        status, _, _ = refusal_of(lambda: next(watch))
    assert status is grpc.StatusCode.PERMISSION_DENIED


def test_an_agency_that_is_shown_decisions_only_may_not_watch(serving: Serving) -> None:
    tls = DOOR.client_tls("agency", Purpose.LOOKUP)
    (fingerprint,) = (one for one, caller in DOOR.callers.items() if caller.name == "agency")
    narrow = structs.replace(DOOR.callers[fingerprint], scope=Scope.DECISION)
    DOOR.callers[fingerprint] = narrow
    with connected(serving.server.port, tls) as connection:
        stub = LookupWatchStub(connection)
        status, _, _ = refusal_of(lambda: list(messages(stub, ask())))
    assert status is grpc.StatusCode.PERMISSION_DENIED


def registered_as(name: str) -> Caller:
    (caller,) = (one for one in DOOR.callers.values() if one.name == name)
    return caller


def shows(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)


def by_token(serving: Serving, token: str) -> list[pb.WatchChangesResponse]:
    """Read a watch to its end."""
    with connected_unproven(serving.server.bearer_port, BORDER.authorities) as connection:
        stub = LookupWatchStub(connection)
        return list(stub.WatchChanges(ask(), timeout=20, metadata=shows(token)))


def test_a_caller_with_a_token_watches_until_its_token_ends_and_comes_again(
    serving: Serving, agreed: Store
) -> None:
    registered = structs.asdict(registered_as("border"))
    DOOR.bearers["short"] = Admitted(**registered, until=NOW + timedelta(seconds=1))
    with connected_unproven(serving.server.bearer_port, BORDER.authorities) as connection:
        stub = LookupWatchStub(connection)
        watch = iter(stub.WatchChanges(ask(), timeout=20, metadata=shows("short")))
        token = next(watch).resume_token
        accept(agreed, incoming(1, operators(1)))
        told = next(message for message in watch if message.operator_id)
        # The token is over: it proves nobody any more.
        del DOOR.bearers["short"]
        status, _, info = refusal_of(lambda: list(watch))
        assert (status, info and info.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_REFUSED")
        DOOR.bearers["next"] = Admitted(**registered, until=NOW + timedelta(hours=1))
        again = stub.WatchChanges(
            ask(token), timeout=20, metadata=(("authorization", "Bearer next"),)
        )
        assert fact(next(message for message in again if message.operator_id)) == fact(told)


def test_without_certificate_and_token_nobody_watches(serving: Serving) -> None:
    status, _, _ = refusal_of(lambda: by_token(serving, "stranger"))
    assert status is grpc.StatusCode.UNAUTHENTICATED


def test_a_watch_counts_as_one_question_whatever_it_is_told(
    stub: LookupWatchStub, serving: Serving, agreed: Store
) -> None:
    DOOR.spent.clear()
    watch = messages(stub, ask())
    next(watch)
    accept(agreed, incoming(1, operators(1, 2)))
    assert len([one for one in islice(watch, 4) if one.operator_id]) == 2
    assert DOOR.spent == [("border", 1)]
    border = registered_as("border")
    DOOR.bearers["greedy"] = structs.replace(border, name="greedy", limits=Limits(rate=1))
    status, _, _ = refusal_of(lambda: by_token(serving, "greedy"))
    assert status is grpc.StatusCode.RESOURCE_EXHAUSTED
