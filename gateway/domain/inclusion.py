"""Inclusion proofs: one operator's status, shown to a third party with no other operator (STA-5).

A proof holds the operator digests of one bucket and the 12 digests beside its way to the root. The
third party has the signed header besides, and the operator's canonical form.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from msgspec import Struct

from gateway.domain.canonical import parse_canonical
from gateway.domain.errors import InvalidRequestError, NotFoundError
from gateway.domain.lists import ListedOperator, ListHeader
from gateway.domain.operators import Operator
from gateway.domain.state import DEPTH, StateTree, bucket_digest, bucket_of, node_digest


class InclusionProof(Struct, frozen=True, kw_only=True):
    """What leads from one operator to the state root."""

    digests: tuple[bytes, ...]
    """Operator digests of the bucket, in byte order of operator id."""
    siblings: tuple[bytes, ...]
    """Beside the way from the bucket to the root, lowest first."""


def inclusion_proof(operators: Iterable[ListedOperator], operator_id: str) -> InclusionProof:
    """Prove that an operator is in the state that these operators are.

    Raises:
        NotFoundError: It is not.
    """
    listed = {operator.operator.id: operator.digest for operator in operators}
    if operator_id not in listed:
        raise NotFoundError("no such operator in this list", context={"operator": operator_id})
    bucket = bucket_of(operator_id)
    inside = sorted(other for other in listed if bucket_of(other) == bucket)
    return InclusionProof(
        digests=tuple(listed[other] for other in inside),
        siblings=StateTree.of_digests(listed.items()).siblings(bucket),
    )


def verify_inclusion(proof: InclusionProof, canonical: bytes, header: ListHeader) -> Operator:
    """Return the operator if the proof leads from its canonical form to the header's state root.

    That the header is signed, and that the list is the newest, is for the caller to check.

    Raises:
        SchemaViolationError: The canonical form is none.
        InvalidRequestError: The proof leads elsewhere.
    """
    listed = parse_canonical(canonical)
    # STA-5: the operator itself stands in the bucket
    if listed.digest not in proof.digests:
        raise InvalidRequestError("the operator is not in the bucket of the proof")
    _require_way(proof)
    _require_root(proof, bucket_of(listed.operator.id), header)
    return listed.operator


def verify_absence(
    members: Sequence[bytes], siblings: tuple[bytes, ...], operator_id: str, header: ListHeader
) -> None:
    """Check that a whole bucket leads to the header's state root, and does not hold an operator.

    Args:
        members: The canonical forms of all operators in the bucket, in byte order of id.
        siblings: Beside the way from the bucket to the root, lowest first.
        operator_id: Who is said to be absent.
        header: Whose signature is for the caller to check.

    Raises:
        SchemaViolationError: A canonical form is none.
        InvalidRequestError: The operator is there, or the bucket is not that of the state.
    """
    listed = [parse_canonical(member) for member in members]
    # STA-5: absent is who is not in the open bucket
    if operator_id in {each.operator.id for each in listed}:
        raise InvalidRequestError(f"{operator_id} is in the bucket of the proof")
    proof = InclusionProof(digests=tuple(each.digest for each in listed), siblings=siblings)
    _require_way(proof)
    # STA-5: the number of the bucket follows from the id, so that no other bucket can be shown
    _require_root(proof, bucket_of(operator_id), header)


def _require_way(proof: InclusionProof) -> None:
    # STA-5: a longer or shorter way would prove what an inner node happens to be
    if len(proof.siblings) != DEPTH or any(map(_is_no_digest, (*proof.digests, *proof.siblings))):
        raise InvalidRequestError(f"the proof is not one of {DEPTH} digests of 32 bytes")


def _require_root(proof: InclusionProof, bucket: int, header: ListHeader) -> None:
    root = _climb(bucket_digest(proof.digests), bucket, proof.siblings)
    # STA-5: the way ends at the root that was signed
    if root.hex() != header.state_root:
        raise InvalidRequestError("the proof leads to another state root")


def _is_no_digest(digest: bytes) -> bool:
    return len(digest) != sha256().digest_size


def _climb(digest: bytes, bucket: int, siblings: tuple[bytes, ...]) -> bytes:
    for height, sibling in enumerate(siblings):
        is_right = bucket >> height & 1
        digest = node_digest(sibling, digest) if is_right else node_digest(digest, sibling)
    return digest
