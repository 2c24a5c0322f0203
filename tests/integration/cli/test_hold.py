"""A mass removal on a real registry: held, looked at, released by two, rolled back by two."""

from pathlib import Path

import pytest

from gateway.domain.parties import Role
from gateway.domain.profiles import FeedKind
from tests.fakes.actors import make_person, register
from tests.fakes.installed import Installed
from tests.fakes.partner_simulator import make_operator

REASON = ("--reason", "XB confirmed it by telephone")
ALL, LEFT = 60, 10


@pytest.fixture
def keys() -> dict[str, Path]:
    """Private keys by name; filled when their owners are registered."""
    return {}


@pytest.fixture
def installed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], keys: dict[str, Path]
) -> Installed:
    made = Installed(tmp_path, FeedKind.GRPC, capsys)
    people = [
        make_person(tmp_path, name, role)
        for name, role in (("carol", Role.ADMINISTRATOR), ("alice", Role.OFFICER))
    ]
    made.within(lambda gateway: register(gateway.store, *people))
    keys.update({person.registered.name: person.file for person in people})
    operators = [make_operator(f"XB{number:06d}", on=made.now) for number in range(ALL)]
    made.partner.list_operators(*operators)
    made.partner.publish_next()
    made.receive()
    made.partner.list_operators(*operators[:LEFT])
    made.partner.publish_next()
    made.receive()
    return made


def decide(
    installed: Installed, keys: dict[str, Path], verb: str, name: str
) -> tuple[int, str, str]:
    return installed.mra("hold", verb, "1", *REASON, "--as", name, "--key", keys[name])


def operators_in_force(installed: Installed) -> int:
    found: list[int] = []
    installed.within(
        lambda gateway: found.append(
            len(list(gateway.store.registry.operators(installed.profile.receives)))
        )
    )
    return found[0]


def test_held_list_is_released_and_rolled_back_by_two(
    installed: Installed, keys: dict[str, Path]
) -> None:
    code, out, _ = installed.mra("hold", "list")
    assert (code, f"{ALL - LEFT} removed" in out) == (0, True)
    code, out, _ = installed.mra("hold", "show", "1", "--examples", "2")
    assert (code, f"{ALL - LEFT} removed ({ALL - LEFT - 2} not shown)" in out) == (0, True)

    code, _, said = decide(installed, keys, "release", "alice")
    assert (code, "wanted: one more approval by an approver" in said) == (0, True)
    assert operators_in_force(installed) == ALL
    code, _, said = decide(installed, keys, "release", "carol")
    assert (code, "released, by alice (officer) and carol (administrator)" in said) == (0, True)
    assert operators_in_force(installed) == LEFT

    decide(installed, keys, "rollback", "carol")
    code, _, said = decide(installed, keys, "rollback", "alice")
    assert (code, "rolled back" in said) == (0, True), said
    assert operators_in_force(installed) == ALL
    assert installed.mra("audit", "verify")[0] == 0
    _, trail, _ = installed.mra("audit", "list", "--action", "hold.")
    assert "approved_by=alice, carol" in trail


def test_held_list_is_rejected_by_two_and_what_is_in_force_stays(
    installed: Installed, keys: dict[str, Path]
) -> None:
    decide(installed, keys, "reject", "alice")
    code, _, said = decide(installed, keys, "reject", "carol")
    assert (code, "the partner is told: REJECTED" in said) == (0, True)
    assert operators_in_force(installed) == ALL
    assert "nothing is held" in installed.mra("hold", "list")[2]
    assert decide(installed, keys, "release", "alice")[0] == 64
