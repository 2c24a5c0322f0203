from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from gateway.domain.agreements import Review
from gateway.domain.parties import RegisteredActor, Role
from gateway.services.doctor import Check, Level, check_four_eyes
from gateway.services.doctor_keys import Dated, check_validity
from tests.contract.profiles_suite import profile

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)

ENDS = {
    "91 days": (91 * DAY, Level.OK, "91 days left"),
    "a second more than 90 days": (90 * DAY + SECOND, Level.OK, "90 days left"),
    "90 days": (90 * DAY, Level.WARNING, "within 90 days"),
    "61 days": (61 * DAY, Level.WARNING, "within 90 days"),
    "60 days": (60 * DAY, Level.WARNING, "within 60 days"),
    "30 days": (30 * DAY, Level.WARNING, "within 30 days"),
    "14 days": (14 * DAY, Level.WARNING, "within 14 days"),
    "7 days": (7 * DAY, Level.WARNING, "within 7 days"),
    "one day": (DAY, Level.WARNING, "within 1 days"),
    "its last second": (SECOND, Level.WARNING, "within 1 days"),
    "its very end": (timedelta(0), Level.FAILED, "expired"),
    "yesterday": (-DAY, Level.FAILED, "expired"),
}


def checked(expires_at: datetime | None, *, is_required: bool = True) -> Check:
    dated = Dated(
        owner="own lists",
        name="CN=lists",
        expires_at=expires_at,
        is_required=is_required,
        renewal="Renew it.",
    )
    return check_validity(dated, now=NOW)


@pytest.mark.parametrize(("left", "level", "said"), ENDS.values(), ids=ENDS)
def test_certificate_is_told_of_at_each_threshold(left: timedelta, level: Level, said: str) -> None:
    check = checked(NOW + left)
    assert check.level is level
    assert check.detail.startswith(said)
    assert (check.fix is None) is (level is Level.OK)


def test_expired_certificate_of_a_partner_is_a_warning() -> None:
    assert checked(NOW - DAY, is_required=False).level is Level.WARNING


def test_revocation_list_without_end_date_is_not_good() -> None:
    check = checked(None, is_required=False)
    assert (check.level, "without end date" in check.detail) == (Level.WARNING, True)


GRACE = {
    "a minute stale": (timedelta(minutes=1), Level.WARNING, "taken in its grace until"),
    "the last second of its grace": (6 * HOUR, Level.WARNING, "taken in its grace until"),
    "a second more": (6 * HOUR + SECOND, Level.FAILED, "is refused until there is a newer one"),
}


@pytest.mark.parametrize(("since", "level", "said"), GRACE.values(), ids=GRACE)
def test_sig_9_stale_revocation_list_is_told_of_in_and_after_its_grace(
    since: timedelta, level: Level, said: str
) -> None:
    dated = Dated(
        owner="XB lists revocation list",
        name="CN=ca",
        expires_at=NOW - since,
        is_required=False,
        renewal="Ask for a newer one.",
        grace=6 * HOUR,
    )
    check = check_validity(dated, now=NOW)
    assert (check.level, said in check.detail, check.fix) == (level, True, dated.renewal)


def registered(name: str, role: Role, *, revoked: bool = False) -> RegisteredActor:
    return RegisteredActor(
        name=name,
        role=role,
        public_key="PEM",
        fingerprint=f"key of {name}",
        added_at=NOW,
        revoked_at=NOW if revoked else None,
    )


OFFICER, APPROVER = registered("alice", Role.OFFICER), registered("carol", Role.APPROVER)
TOO_FEW = {
    "nobody": [],
    "one": [APPROVER],
    "officers alone": [OFFICER, registered("bob", Role.OFFICER)],
    "an observer": [APPROVER, registered("olga", Role.OBSERVER)],
    "somebody revoked": [OFFICER, registered("dave", Role.APPROVER, revoked=True)],
}


@pytest.mark.parametrize("actors", TOO_FEW.values(), ids=TOO_FEW)
def test_too_few_actors_for_four_eyes_are_a_warning(actors: list[RegisteredActor]) -> None:
    check = check_four_eyes([profile("XB")], actors)
    assert check.level is Level.WARNING
    assert "nobody could decide on a held list of XA-XB" in check.detail
    assert check.fix is not None


def test_two_who_may_decide_are_enough() -> None:
    assert check_four_eyes([profile("XB")], [OFFICER, APPROVER]).level is Level.OK


def test_agreements_without_four_eyes_need_nobody() -> None:
    one = profile("XB")
    lenient = replace(one, agreement=replace(one.agreement, review=Review(four_eyes=False)))
    assert check_four_eyes([lenient], []).level is Level.OK
    assert check_four_eyes([], []).level is Level.OK
