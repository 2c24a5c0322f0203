"""ACC-12: what a held list takes away at once."""

from collections.abc import Collection, Iterable

from msgspec import structs

from gateway.domain.lists import ListedOperator, StatusList
from gateway.domain.operators import Operator, StatusCode
from gateway.domain.restrictions import restricted_by
from gateway.domain.state_change import NOTHING, BaseState, lay_over
from tests.contract.synthetic_lists import operator
from tests.fakes.headers import header

ONE = operator(1).operator.id


def restricted(before: list[ListedOperator], after: list[ListedOperator]) -> dict[str, str]:
    first = lay_over(NOTHING, StatusList(header(), before))
    base = BaseState(first.tree, first.buckets, first.quantity)

    def find(ids: Collection[str] | None) -> Iterable[Operator]:
        assert ids is not None
        return [one.operator for one in before if one.operator.id in ids]

    return dict(restricted_by(lay_over(base, StatusList(header(), after)), find))


def with_second(first: StatusCode, second: StatusCode) -> ListedOperator:
    """Return the first operator with two authorisations."""
    plain = operator(1, status=first)
    other = structs.replace(operator(1, status=second).operator.authorisations[0], id="A-1-second")
    both = (*plain.operator.authorisations, other)
    changed = structs.replace(plain.operator, authorisations=both)
    return structs.replace(plain, operator=changed, digest=bytes([*plain.digest[:-1], 255]))


def test_acc_12_suspended_and_revoked_operators_are_restricted() -> None:
    before = [operator(1), operator(2), operator(3)]
    after = [
        operator(1, status=StatusCode.SUSPENDED),
        operator(2, status=StatusCode.REVOKED),
        operator(3, status=StatusCode.WITHDRAWN),
    ]
    assert restricted(before, after) == {
        ONE: "SUSPENDED",
        operator(2).operator.id: "REVOKED",
    }


def test_acc_12_removals_additions_and_what_was_so_before_restrict_nobody() -> None:
    suspended = operator(2, status=StatusCode.SUSPENDED)
    added = operator(3, status=StatusCode.REVOKED)
    assert restricted([operator(1), suspended], [suspended, added]) == {}


def test_acc_12_operator_that_is_active_again_is_not_restricted() -> None:
    assert restricted([operator(1, status=StatusCode.SUSPENDED)], [operator(1)]) == {}


def test_acc_12_the_gravest_of_several_is_told() -> None:
    after = with_second(StatusCode.SUSPENDED, StatusCode.REVOKED)
    assert restricted([operator(1)], [after]) == {ONE: "REVOKED"}


def test_acc_12_one_suspended_authorisation_of_two_restricts() -> None:
    after = with_second(StatusCode.ACTIVE, StatusCode.SUSPENDED)
    assert restricted([operator(1)], [after]) == {ONE: "SUSPENDED"}
