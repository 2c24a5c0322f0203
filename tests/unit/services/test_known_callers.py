from datetime import UTC, datetime

import pytest
from msgspec import structs

from gateway.domain.errors import DatabaseUnavailableError, NotPermittedError, StoreError
from gateway.domain.parties import Caller, Limits, Purpose
from gateway.services.known_callers import KnownCallers

BORDER = Caller(
    name="border",
    fingerprint="ab" * 32,
    purposes=(Purpose.LOOKUP,),
    added_at=datetime(2026, 1, 1, tzinfo=UTC),
)


class Registered:
    """Callers and version of a registry that tests move."""

    def __init__(self) -> None:
        self.callers = {b"border": BORDER}
        self.number = 1
        self.asked = 0
        self.is_down = False
        self.is_damaged = False

    def identify(self, der: bytes) -> Caller:
        self.asked += 1
        if self.is_down:
            raise DatabaseUnavailableError("gone")
        if der not in self.callers:
            raise NotPermittedError("not registered")
        return self.callers[der]

    def version(self) -> int:
        if self.is_down:
            raise DatabaseUnavailableError("gone")
        return self.number

    def all(self) -> list[Caller]:
        if self.is_down:
            raise DatabaseUnavailableError("gone")
        if self.is_damaged:
            raise StoreError("a caller cannot be read")
        return list(self.callers.values())


def test_a_caller_is_asked_for_once() -> None:
    registered = Registered()
    known = KnownCallers(registered.identify, registered.version, registered.all)
    known.refresh()
    assert [known.identify(b"border") for _ in range(3)] == [BORDER] * 3
    known.refresh()
    known.identify(b"border")
    assert registered.asked == 1


def test_a_revoked_caller_is_refused_after_the_next_refresh() -> None:
    registered = Registered()
    known = KnownCallers(registered.identify, registered.version, registered.all)
    known.refresh()
    known.identify(b"border")
    del registered.callers[b"border"]
    registered.number += 1
    known.refresh()
    with pytest.raises(NotPermittedError):
        known.identify(b"border")


def test_callers_stay_known_when_the_registry_moves_for_a_list() -> None:
    registered = Registered()
    known = KnownCallers(registered.identify, registered.version, registered.all)
    known.refresh()
    known.identify(b"border")
    registered.number += 1
    assert not known.refresh()
    assert known.find(b"border") == BORDER
    assert registered.asked == 1


def test_a_caller_whose_limits_changed_is_asked_for_again() -> None:
    registered = Registered()
    known = KnownCallers(registered.identify, registered.version, registered.all)
    known.refresh()
    known.identify(b"border")
    limited = structs.replace(BORDER, limits=Limits(rate=1))
    registered.callers[b"border"] = limited
    registered.number += 1
    assert known.refresh()
    assert known.identify(b"border") == limited


def test_beside_a_caller_that_cannot_be_read_each_is_asked_for_by_itself() -> None:
    registered = Registered()
    known = KnownCallers(registered.identify, registered.version, registered.all)
    registered.is_damaged = True
    for _ in range(2):
        registered.number += 1
        assert known.refresh()
        assert known.find(b"border") is None
        assert known.identify(b"border") == BORDER


def test_a_refusal_is_not_remembered() -> None:
    registered = Registered()
    known = KnownCallers(registered.identify, registered.version, registered.all)
    with pytest.raises(NotPermittedError):
        known.identify(b"new")
    registered.callers[b"new"] = BORDER
    assert known.identify(b"new") == BORDER


def test_known_callers_go_on_without_the_database() -> None:
    registered = Registered()
    known = KnownCallers(registered.identify, registered.version, registered.all)
    known.refresh()
    known.identify(b"border")
    registered.is_down = True
    known.refresh()
    assert known.identify(b"border") == BORDER
    with pytest.raises(DatabaseUnavailableError):
        known.identify(b"new")


def test_a_process_without_a_loop_asks_the_registry_anew_within_its_time() -> None:
    registered, now = Registered(), [100.0]
    known = KnownCallers(registered.identify, registered.version, registered.all)
    identify = known.refresh_every(0.1, lambda: now[0])
    assert [identify(b"border") for _ in range(3)] == [BORDER] * 3
    assert registered.asked == 1
    del registered.callers[b"border"]
    registered.number += 1
    assert identify(b"border") == BORDER
    now[0] += 0.125
    with pytest.raises(NotPermittedError):
        identify(b"border")
