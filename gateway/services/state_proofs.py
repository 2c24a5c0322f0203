"""Proofs about one operator, made from the accepted state and checked without it (STA-5).

A proof of inclusion shows no other operator. Absence shows the whole bucket, about one operator in
4,096, to an auditor who is named in the audit trail.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from gateway.domain.canonical import parse_canonical
from gateway.domain.documents import SignerIdentity, Unverified
from gateway.domain.errors import InvalidRequestError, NotFoundError, WrongStreamError
from gateway.domain.inclusion import InclusionProof, verify_absence, verify_inclusion
from gateway.domain.lists import ListHeader, Stream
from gateway.domain.operators import Operator
from gateway.domain.parties import Actor
from gateway.domain.profiles import FeedKind, PartnerProfile
from gateway.domain.state import bucket_of
from gateway.ports.audit import Audit
from gateway.ports.feed import Opener
from gateway.ports.proofs import OpenBucket, StateProofs
from gateway.services.judging import list_anchors

FORMAT = "mra-gateway proof 1"
_ENDS: Final = {True: "tests", False: "production"}


class ProofFile(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A proof as it is handed over: JSON, bytes in base64."""

    format: str
    kind: FeedKind
    """How the head is packed."""
    head: bytes
    """The issuer's signed head, as received."""
    operator_id: str
    operator: str | None = None
    """Its canonical form; none: it is not listed."""
    digests: tuple[bytes, ...] = ()
    """Of inclusion: the operator digests of the bucket."""
    bucket: tuple[str, ...] | None = None
    """Of absence: the canonical forms of all operators in the bucket."""
    siblings: tuple[bytes, ...]


class Proven(Struct, frozen=True, kw_only=True):
    """What a proof proves."""

    operator_id: str
    operator: Operator | None
    """As the issuer listed it; none: it was not listed."""
    header: ListHeader
    """The list of which that is true, and when it was issued."""
    signer: SignerIdentity


def prove(proofs: StateProofs, kind: FeedKind, stream: Stream, operator_id: str) -> ProofFile:
    """Prove that an operator is in the accepted list, as it is.

    Raises:
        NotFoundError: It is not, or no signed head of the list was kept.
        DatabaseUnavailableError: The database does not answer.
    """
    opened, head = _open(proofs, stream, operator_id)
    listed = {each.operator.id: each for each in map(parse_canonical, opened.members)}
    if operator_id not in listed:
        raise NotFoundError(
            f"{operator_id} is not in the accepted list; to prove that: --absence",
            context={"operator": operator_id},
        )
    return ProofFile(
        format=FORMAT,
        kind=kind,
        head=head,
        operator_id=operator_id,
        operator=listed[operator_id].canonical.decode(),
        digests=tuple(each.digest for each in listed.values()),
        siblings=opened.siblings,
    )


def open_for_auditor(
    proofs: StateProofs,
    audit: Audit,
    kind: FeedKind,
    stream: Stream,
    operator_id: str,
    *,
    auditor: str,
    actor: Actor,
    now: datetime,
) -> ProofFile:
    """Prove that an operator is not in the accepted list, by opening its bucket to an auditor.

    Raises:
        InvalidRequestError: It is in the list, or no auditor is named.
        NotFoundError: No signed head of the list was kept.
        DatabaseUnavailableError: The database does not answer; nothing is shown.
    """
    if not auditor.strip():
        raise InvalidRequestError("absence shows other operators: name the auditor who sees them")
    opened, head = _open(proofs, stream, operator_id)
    ids = [parse_canonical(each).operator.id for each in opened.members]
    if operator_id in ids:
        message = f"{operator_id} is in the accepted list; prove that without --absence"
        raise InvalidRequestError(message, context={"operator": operator_id})
    facts: Mapping[str, str] = {
        "operator": operator_id,
        "auditor": auditor,
        "shown": str(len(ids)),
        "list_digest": opened.head.list_digest,
    }
    # STA-5: whoever sees other operators is on record before they do
    audit.record("bucket.opened", str(stream), facts, actor, now)
    return ProofFile(
        format=FORMAT,
        kind=kind,
        head=head,
        operator_id=operator_id,
        bucket=tuple(each.decode() for each in opened.members),
        siblings=opened.siblings,
    )


def read_proof(content: bytes) -> ProofFile:
    """Read a proof that was handed over.

    Raises:
        InvalidRequestError: It is none.
    """
    try:
        proof = msgspec.json.decode(content, type=ProofFile)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise InvalidRequestError(f"not a proof: {error}") from error
    if proof.format != FORMAT or (proof.operator is None) is (proof.bucket is None):
        raise InvalidRequestError(f"not a proof of the kind {FORMAT!r}")
    return proof


def check_proof(
    proof: ProofFile, profile: PartnerProfile, *, opener: Opener, at: datetime
) -> Proven:
    """Verify signature, root and way of a proof against a profile of the issuer.

    Args:
        proof: As handed over.
        profile: Whom to believe as the issuer.
        opener: Of the proof's kind.
        at: The signer's certificate is good then, as well as when the list was issued.

    Raises:
        DocumentError: The head is none, another administration's, or of a test where the profile
            is for production.
        TrustError: It is not proven to come from the issuer.
        InvalidRequestError: The proof leads elsewhere than to the signed root.
    """
    anchors = list_anchors(profile)
    verified = opener.open(Unverified(document=proof.head), anchors, profile.limits, at)
    header = opener.decode_head(verified, anchors)
    # STA-5: what one administration signed proves nothing about the list of another
    if header.issuer != profile.partner:
        raise WrongStreamError(f"a head of {header.issuer}, not of {profile.partner}")
    # ACC-4: what stands on a test list proves nothing in earnest
    if header.test is not profile.test:
        raise WrongStreamError(f"a head of {header.stream}, which is for {_ENDS[header.test]}")
    return Proven(
        operator_id=proof.operator_id,
        operator=_listed(proof, header),
        header=header,
        signer=verified.signer,
    )


def _listed(proof: ProofFile, header: ListHeader) -> Operator | None:
    if proof.operator is None:
        members = [each.encode() for each in proof.bucket or ()]
        verify_absence(members, proof.siblings, proof.operator_id, header)
        return None
    way = InclusionProof(digests=proof.digests, siblings=proof.siblings)
    operator = verify_inclusion(way, proof.operator.encode(), header)
    # STA-5: it is about the operator that it names
    if operator.id != proof.operator_id:
        raise InvalidRequestError(f"the proof is about {operator.id}, not {proof.operator_id}")
    return operator


def _open(proofs: StateProofs, stream: Stream, operator_id: str) -> tuple[OpenBucket, bytes]:
    opened = proofs.open_bucket(stream, bucket_of(operator_id))
    if opened is None:
        raise NotFoundError(f"no list of {stream.issuer} is accepted yet")
    if opened.document is None:
        raise NotFoundError(
            f"the signed head of list {opened.head.header.sequence} was never received; "
            f"it comes with the next: mra sync {stream.issuer}"
        )
    return opened, opened.document
