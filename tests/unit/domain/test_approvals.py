from datetime import UTC, datetime

import pytest

from gateway.domain.agreements import Review
from gateway.domain.approvals import (
    Act,
    Approval,
    Approved,
    HoldSubject,
    Statement,
    Wanted,
    judge,
    read_statement,
    statement_bytes,
)
from gateway.domain.errors import InvalidRequestError
from gateway.domain.parties import Actor, Role

FOUR_EYES, TWO_EYES = Review(), Review(four_eyes=False)
STATEMENT = Statement(
    action=Act.RELEASE,
    subject=HoldSubject(stream="XB-XA-XA-XB-production-1", hold=3, list_digest="d8" * 32),
    reason="XB confirmed it by telephone",
    actor="alice",
    at=datetime(2026, 3, 1, 12, tzinfo=UTC),
)


def actor(name: str, role: Role = Role.OFFICER, *, key: str | None = "") -> Actor:
    return Actor(name=name, role=role, key=f"key of {name}" if key == "" else key)


ALICE, BOB = actor("alice"), actor("bob")
CAROL, DAVE = actor("carol", Role.APPROVER), actor("dave", Role.ADMINISTRATOR)


@pytest.mark.parametrize("second", [CAROL, DAVE], ids=["approver", "administrator"])
def test_an_officer_and_an_approver_are_four_eyes_in_either_order(second: Actor) -> None:
    assert judge(FOUR_EYES, [ALICE, second]) == Approved(by=(ALICE, second))
    assert judge(FOUR_EYES, [second, ALICE]) == Approved(by=(second, ALICE))


def test_one_approval_wants_another_by_an_approver() -> None:
    assert judge(FOUR_EYES, [ALICE]) == Wanted(missing=1, of_approver=True, given=(ALICE,))


def test_after_an_approver_an_officer_is_enough() -> None:
    assert judge(FOUR_EYES, [CAROL]) == Wanted(missing=1, of_approver=False, given=(CAROL,))


def test_officers_alone_never_are_enough() -> None:
    third = actor("erin")
    wanted = judge(FOUR_EYES, [ALICE, BOB, third])
    assert wanted == Wanted(missing=1, of_approver=True, given=(ALICE, BOB, third))


def test_nobody_yet_wants_two() -> None:
    assert judge(FOUR_EYES, []) == Wanted(missing=2, of_approver=True, given=())


def test_the_same_person_counts_once() -> None:
    assert judge(FOUR_EYES, [DAVE, DAVE]) == Wanted(missing=1, of_approver=False, given=(DAVE,))


def test_two_names_with_one_key_are_one_person() -> None:
    twin = actor("dave the second", Role.ADMINISTRATOR, key=DAVE.key)
    assert isinstance(judge(FOUR_EYES, [DAVE, twin]), Wanted)


def test_one_name_with_two_keys_is_one_person() -> None:
    renewed = actor("dave", Role.ADMINISTRATOR, key="another key")
    assert isinstance(judge(FOUR_EYES, [DAVE, renewed]), Wanted)


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.GATEWAY])
@pytest.mark.parametrize("review", [FOUR_EYES, TWO_EYES], ids=["four eyes", "two eyes"])
def test_observers_and_the_gateway_itself_never_count(review: Review, role: Role) -> None:
    assert judge(review, [actor("erin", role)]) == judge(review, [])
    assert isinstance(judge(FOUR_EYES, [ALICE, actor("erin", role)]), Wanted)


def test_a_name_without_a_key_is_no_pair_of_eyes() -> None:
    assert isinstance(judge(FOUR_EYES, [ALICE, actor("carol", Role.APPROVER, key=None)]), Wanted)


def test_where_the_agreement_does_not_want_four_eyes_one_officer_decides() -> None:
    named = actor("alice", key=None)
    assert judge(TWO_EYES, [named]) == Approved(by=(named,))
    assert judge(TWO_EYES, [ALICE]) == Approved(by=(ALICE,))
    assert judge(TWO_EYES, []) == Wanted(missing=1, of_approver=False, given=())


def test_an_act_is_the_last_actors_and_its_facts_name_everybody() -> None:
    assert isinstance(STATEMENT.subject, HoldSubject)
    approval = Approval(
        action=Act.RELEASE,
        subject=STATEMENT.subject,
        reason="confirmed",
        by=(ALICE, CAROL),
        at=STATEMENT.at,
    )
    assert approval.actor == CAROL
    assert approval.facts == {"reason": "confirmed", "approved_by": "alice, carol"}


def test_a_statement_has_one_form() -> None:
    content = statement_bytes(STATEMENT)
    assert content == (
        b'{"action":"hold.release","actor":"alice","at":"2026-03-01T12:00:00Z",'
        b'"reason":"XB confirmed it by telephone","subject":{"hold":3,"listDigest":"'
        + b"d8" * 32
        + b'","stream":"XB-XA-XA-XB-production-1","type":"hold"}}'
    )
    assert read_statement(content) == STATEMENT


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b"",
        b"\xff",
        statement_bytes(STATEMENT) + b" ",
        statement_bytes(STATEMENT).replace(b'{"action"', b'{"a":1,"action"'),
        statement_bytes(STATEMENT).replace(b"12:00:00Z", b"12:00:00.0Z"),
        statement_bytes(STATEMENT).replace(b"XB confirmed", b"\\u0058B confirmed"),
    ],
)
def test_another_form_is_no_statement(content: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        read_statement(content)


@pytest.mark.parametrize(
    "reason",
    ["已与海关确认", "подтверждено по телефону", "تم التأكيد هاتفيا", "ยืนยันแล้ว", "x" * 512],
)
def test_a_reason_is_in_any_script(reason: str) -> None:
    given = Statement(
        action=STATEMENT.action,
        subject=STATEMENT.subject,
        reason=reason,
        actor="alice",
        at=STATEMENT.at,
    )
    assert read_statement(statement_bytes(given)).reason == reason


@pytest.mark.parametrize("reason", ["", " ", " x", "x" * 513, "a\nb", "\x1b[31m", "\ud800"])
def test_no_reason_or_one_that_is_no_text_is_refused(reason: str) -> None:
    given = Statement(
        action=STATEMENT.action,
        subject=STATEMENT.subject,
        reason=reason,
        actor="alice",
        at=STATEMENT.at,
    )
    with pytest.raises(InvalidRequestError, match="reason"):
        statement_bytes(given)
