from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from gateway.domain.errors import InvalidRequestError
from gateway.domain.parties import Limits, Purpose, Scope
from gateway.domain.registration import Allowance, allowed, require_sound
from tests.fakes.callers import BORDER


@pytest.mark.parametrize(
    ("wanted", "limits"),
    [
        (Allowance(), Limits(rate=10, burst=20, quota=100)),
        (Allowance(rate=5), Limits(rate=5, burst=20, quota=100)),
        (Allowance(burst=0), Limits(rate=10, quota=100)),
        (Allowance(rate=0), Limits(quota=100)),
        (Allowance(rate=0, quota=0), None),
    ],
)
def test_what_is_not_wanted_stays_and_nought_ends_a_limit(
    wanted: Allowance, limits: Limits | None
) -> None:
    caller = replace(BORDER, limits=Limits(rate=10, burst=20, quota=100))
    assert allowed(caller, wanted).limits == limits


def test_a_scope_changes_and_stays() -> None:
    narrow = allowed(BORDER, Allowance(scope=Scope.DECISION))
    assert narrow.scope is Scope.DECISION
    assert allowed(narrow, Allowance(rate=1)).scope is Scope.DECISION


@pytest.mark.parametrize(
    "wanted", [Allowance(rate=-1), Allowance(quota=-1), Allowance(burst=5), Allowance(burst=-1)]
)
def test_limits_that_are_none_are_refused(wanted: Allowance) -> None:
    with pytest.raises(InvalidRequestError):
        allowed(BORDER, wanted)


@pytest.mark.parametrize(
    "wrong",
    [
        {"fingerprint": None},
        {"subject": "both"},
        {"fingerprint": None, "subject": ""},
        {"fingerprint": None, "subject": "x" * 256},
        {"fingerprint": None, "subject": "a\nb"},
        {"fingerprint": None, "subject": "s", "purposes": (Purpose.PROGRAMME,)},
        {"scope": Scope.DECISION, "purposes": (Purpose.LOOKUP, Purpose.PROGRAMME)},
        {"limits": Limits(rate=1), "purposes": (Purpose.PROGRAMME,)},
        {"purposes": (Purpose.EXCHANGE,)},
    ],
)
def test_registrations_that_mean_nothing_are_refused(wrong: Mapping[str, object]) -> None:
    require_sound(BORDER)
    with pytest.raises(InvalidRequestError):
        require_sound(replace(BORDER, **wrong))
