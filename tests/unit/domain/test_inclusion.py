import msgspec
import pytest

from gateway.domain.errors import InvalidRequestError, NotFoundError, SchemaViolationError
from gateway.domain.inclusion import InclusionProof, inclusion_proof, verify_inclusion
from gateway.domain.lists import ListedOperator, ListHeader
from gateway.domain.state import bucket_digest, bucket_of, node_digest, state_root
from tests.fakes.headers import header
from tests.fakes.operators import listed

OPERATORS = listed(*(f"XA{number:04d}" for number in range(300)))
OPERATOR = OPERATORS[123]
PROOF = inclusion_proof(OPERATORS, OPERATOR.operator.id)


def _header(operators: list[ListedOperator]) -> ListHeader:
    return header(stateRoot=state_root(operators), quantity=len(operators))


HEADER = _header(OPERATORS)


@pytest.mark.parametrize("operator", OPERATORS[::25], ids=lambda one: one.operator.id)
def test_sta_5_proof_shows_an_operator_and_no_other(operator: ListedOperator) -> None:
    proof = inclusion_proof(OPERATORS, operator.operator.id)
    assert verify_inclusion(proof, operator.canonical, HEADER) == operator.operator
    assert len(proof.siblings) == 12
    assert all(len(digest) == 32 for digest in (*proof.digests, *proof.siblings))


def test_sta_5_no_proof_for_an_operator_that_is_not_listed() -> None:
    with pytest.raises(NotFoundError):
        inclusion_proof(OPERATORS, "XA9999")


def test_sta_5_another_status_of_the_operator_is_not_proven() -> None:
    other = OPERATOR.canonical.replace(b"ACTIVE", b"REVOKED")
    with pytest.raises(InvalidRequestError, match="bucket"):
        verify_inclusion(PROOF, other, HEADER)


def test_sta_5_operator_put_into_the_bucket_is_not_proven() -> None:
    stranger = listed("XA9999")[0]
    proof = inclusion_proof([*OPERATORS, stranger], "XA9999")
    with pytest.raises(InvalidRequestError, match="root"):
        verify_inclusion(proof, stranger.canonical, HEADER)


def test_sta_5_proof_against_another_list_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="root"):
        verify_inclusion(PROOF, OPERATOR.canonical, _header(OPERATORS[:200]))


def test_sta_5_operator_of_another_bucket_is_not_proven() -> None:
    other = next(
        one for one in OPERATORS if bucket_of(one.operator.id) != bucket_of(OPERATOR.operator.id)
    )
    proof = msgspec.structs.replace(PROOF, digests=(*PROOF.digests, other.digest))
    with pytest.raises(InvalidRequestError, match="root"):
        verify_inclusion(proof, other.canonical, HEADER)


def test_sta_5_shorter_way_is_refused_though_it_ends_at_the_root() -> None:
    """The bucket's own digest and its first sibling, offered as a tree of one level less."""
    short = InclusionProof(digests=PROOF.digests, siblings=PROOF.siblings[:11])
    level = _climbed(short)
    with pytest.raises(InvalidRequestError, match="12 digests"):
        verify_inclusion(short, OPERATOR.canonical, header(stateRoot=level))


def test_sta_5_digests_of_another_length_are_refused() -> None:
    """Two digests written as one of 64 bytes lead to the same bucket digest."""
    joined = InclusionProof(digests=(*PROOF.digests, b""), siblings=PROOF.siblings)
    with pytest.raises(InvalidRequestError, match="32 bytes"):
        verify_inclusion(joined, OPERATOR.canonical, HEADER)


def test_sta_5_form_that_is_not_canonical_proves_nothing() -> None:
    with pytest.raises(SchemaViolationError):
        verify_inclusion(PROOF, OPERATOR.canonical + b" ", HEADER)


def _climbed(proof: InclusionProof) -> str:
    bucket = bucket_of(OPERATOR.operator.id)
    digest = bucket_digest(proof.digests)
    for height, sibling in enumerate(proof.siblings):
        left, right = (sibling, digest) if bucket >> height & 1 else (digest, sibling)
        digest = node_digest(left, right)
    return digest.hex()
