"""Issue 2, shown by 5: the checker's twenty lines and the gateway come to the same digests."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import json

from gateway.domain.canonical import header_canonical, list_digest, list_operator
from gateway.domain.lists import ListedOperator, ListHeader, ListKind
from gateway.domain.operators import Operator
from gateway.domain.state import state_root
from tests.e2e.checker import canonical as checker
from tests.fakes.full_operators import full_operators

ISSUED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def listed() -> list[ListedOperator]:
    return sorted(map(list_operator, full_operators(1000)), key=lambda one: one.operator.id)


def test_every_field_of_an_operator_is_used() -> None:
    some = tuple(full_operators(20))
    assert _fields(some, "operator", filled=True) == _fields(some, "operator", filled=False)
    assert len(_fields(some, "operator", filled=True)) == 31


def test_sta_1_canonical_form_is_that_of_the_independent_reading(
    listed: list[ListedOperator],
) -> None:
    for one in listed:
        assert checker.canonical(json.decode(one.canonical)).encode() == one.canonical


def test_sta_1_order_of_repeated_fields_does_not_matter(listed: list[ListedOperator]) -> None:
    for operator, one in zip(sorted(full_operators(1000), key=_id), listed, strict=True):
        document = json.decode(json.encode(operator))
        assert checker.canonical(document).encode() == one.canonical


def test_sta_2_state_root_is_that_of_the_independent_reading(listed: list[ListedOperator]) -> None:
    documents = [json.decode(one.canonical) for one in listed]
    assert state_root(listed) == checker.state_root(documents)
    assert state_root([]) == checker.state_root([])


@pytest.mark.parametrize("previous", [None, "ab" * 32], ids=["the first list", "a later list"])
def test_sta_6_list_digest_is_that_of_the_independent_reading(previous: str | None) -> None:
    header = ListHeader(
        version=1,
        list_id="XA-2026/Ü <1>",
        kind=ListKind.FULL,
        issuer="XA",
        recipient="XB",
        agreement="XA-XB",
        test=False,
        epoch=1,
        sequence=2 if previous else 1,
        previous_digest=previous,
        issued_at=ISSUED,
        next_update_at=ISSUED + timedelta(days=1),
        state_root="0c" * 32,
        quantity=0,
    )
    assert list_digest(header) == checker.list_digest(json.decode(header_canonical(header)))


def _id(operator: Operator) -> str:
    return operator.id


def _fields(value: object, path: str, *, filled: bool) -> set[str]:
    """Paths of all fields below a value, or of those that are not empty."""
    if isinstance(value, tuple):
        return {found for one in value for found in _fields(one, path, filled=filled)}
    paths = set[str]()
    for name in getattr(value, "__struct_fields__", ()):
        part = getattr(value, name)
        if not filled or part not in (None, "", ()):
            paths |= {f"{path}/{name}"} | _fields(part, f"{path}/{name}", filled=filled)
    return paths
