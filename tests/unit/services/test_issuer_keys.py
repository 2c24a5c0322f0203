from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.errors import IssuerUnavailableError, TransportError
from gateway.domain.transport_faults import TransportFault
from gateway.services.issuer_keys import SOONEST, IssuerKeys

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EVERY = timedelta(minutes=5)


class Issuer:
    """Publishes keys; counts who looks."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {"a": "key a"}
        self.is_down = False
        self.looks = 0

    def read(self) -> Mapping[str, str]:
        self.looks += 1
        if self.is_down:
            raise TransportError("not reached", TransportFault.UNREACHABLE)
        return dict(self.keys)


def test_keys_are_looked_at_once_in_a_while() -> None:
    issuer = Issuer()
    keys = IssuerKeys(issuer.read, every=EVERY)
    assert keys.refresh(NOW)
    assert keys.find("a") == "key a"
    assert not keys.refresh(NOW + EVERY - timedelta(seconds=1))
    assert not keys.refresh(NOW + EVERY)
    assert issuer.looks == 2


def test_a_new_key_works_soon_after_its_first_token() -> None:
    issuer = Issuer()
    keys = IssuerKeys(issuer.read, every=EVERY)
    keys.refresh(NOW)
    issuer.keys = {"b": "key b"}
    assert keys.find("b") is None
    assert not keys.refresh(NOW + timedelta(seconds=1))
    assert keys.refresh(NOW + SOONEST)
    assert (keys.find("a"), keys.find("b")) == (None, "key b")


def test_keys_that_nobody_has_make_no_more_looks_than_that() -> None:
    issuer = Issuer()
    keys = IssuerKeys(issuer.read, every=EVERY)
    for second in range(60):
        keys.refresh(NOW + timedelta(seconds=second))
        keys.find("stranger")
    assert issuer.looks == 6


def test_the_last_good_set_stays_while_the_issuer_is_down() -> None:
    issuer = Issuer()
    keys = IssuerKeys(issuer.read, every=EVERY)
    keys.refresh(NOW)
    issuer.is_down = True
    with pytest.raises(TransportError):
        keys.refresh(NOW + EVERY)
    assert keys.find("a") == "key a"


def test_an_issuer_is_told_to_be_down_until_it_was_read_again() -> None:
    issuer = Issuer()
    keys = IssuerKeys(issuer.read, every=EVERY)
    keys.refresh(NOW)
    issuer.is_down = True
    for second in (0, 5, 10):
        with pytest.raises(TransportError):
            keys.refresh(NOW + EVERY + timedelta(seconds=second))
    assert issuer.looks == 2
    issuer.is_down = False
    assert not keys.refresh(NOW + 2 * EVERY)
    assert not keys.refresh(NOW + 2 * EVERY + timedelta(seconds=5))


def test_an_issuer_that_was_down_at_the_start_is_asked_again_soon() -> None:
    issuer = Issuer()
    issuer.is_down = True
    keys = IssuerKeys(issuer.read, every=EVERY)
    with pytest.raises(TransportError):
        keys.refresh(NOW)
    with pytest.raises(IssuerUnavailableError):
        keys.find("a")
    issuer.is_down = False
    with pytest.raises(TransportError):
        keys.refresh(NOW + SOONEST - timedelta(seconds=1))
    assert keys.refresh(NOW + SOONEST)
