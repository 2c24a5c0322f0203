from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.agreements import Interval
from gateway.domain.errors import ActorNotPermittedError, InvalidRequestError
from gateway.domain.parties import Actor, Role
from gateway.domain.profiles import FeedKind
from gateway.services.block_desk import BlockDesk, Named
from gateway.services.sync import SyncState
from tests.fakes.actors import make_person, register
from tests.fakes.home import Home
from tests.fakes.partner_simulator import make_operator

OPERATOR = Named(operator_id="XB000001")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, FeedKind.GRPC)
    made.partner.publish_next(make_operator("XB000001", on=made.clock.now))
    assert made.sync.run(made.profile, now=made.clock.now).state is SyncState.APPLIED
    yield made
    made.close()


@pytest.fixture
def desk(home: Home) -> BlockDesk:
    store = home.store
    return BlockDesk(
        store.blocks,
        store.actors,
        profiles=store.profiles,
        registry=store.registry,
        history=store.history,
    )


def block(desk: BlockDesk, home: Home, name: str) -> None:
    interval = Interval(effective_at=home.clock.now)
    desk.put_in(OPERATOR, interval, reason="open offence case", actor=desk.named(name))


def test_operator_is_found_by_its_code_in_any_form(desk: BlockDesk, home: Home) -> None:
    for code in ("XB000001", "xb 000-001", "AEO<XB000001>"):
        found = desk.find_operator(code, home.clock.now)
        assert found.operator_id == "XB000001"
        assert found.name is not None


def test_code_of_nobody_stays_as_it_is_in_normal_form(desk: BlockDesk, home: Home) -> None:
    assert desk.find_operator("xb-9", home.clock.now) == Named(operator_id="XB9")


def test_one_officer_is_enough_and_need_not_be_registered(desk: BlockDesk, home: Home) -> None:
    block(desk, home, "olga")
    (made,) = desk.blocks()
    desk.lift(made.id, reason="case closed", actor=desk.named("peter"))
    (lifted,) = desk.blocks()
    assert lifted.lifted is not None
    assert (lifted.put_in_by, lifted.lifted.by) == ("olga", "peter")


def test_registered_observer_may_not_decide(desk: BlockDesk, home: Home, tmp_path: Path) -> None:
    register(
        home.store,
        make_person(tmp_path, "admin", Role.ADMINISTRATOR),
        make_person(tmp_path, "observer", Role.OBSERVER),
    )
    with pytest.raises(ActorNotPermittedError, match="observer is observer and may look"):
        block(desk, home, "observer")
    with pytest.raises(ActorNotPermittedError):
        desk.lift(1, reason="case closed", actor=Actor(name="gateway", role=Role.GATEWAY))
    assert desk.blocks() == []


def test_reason_is_wanted_to_lift_too(desk: BlockDesk, home: Home) -> None:
    block(desk, home, "olga")
    with pytest.raises(InvalidRequestError, match="reason is empty"):
        desk.lift(1, reason="", actor=desk.named("olga"))
