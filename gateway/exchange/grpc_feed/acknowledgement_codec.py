"""Acknowledgements to and from protobuf (EXC-4)."""

from gateway.domain.acknowledgements import Acknowledgement, Outcome, Reason
from gateway.domain.field_rules import LARGEST_NUMBER
from gateway.exchange.grpc_feed.codec import stream_from_pb, stream_to_pb
from gateway.exchange.grpc_feed.fields import (
    digest_from_pb,
    enum_from_pb,
    instant_from_pb,
    instant_to_pb,
    require_known,
    violation,
)
from gateway.pb.mra.types.v1 import acknowledgement_pb2 as pb

OUTCOME_TO_PB: dict[Outcome, pb.Outcome] = {
    Outcome.APPLIED: pb.OUTCOME_APPLIED,
    Outcome.HELD: pb.OUTCOME_HELD,
    Outcome.REFUSED: pb.OUTCOME_REFUSED,
    Outcome.REJECTED: pb.OUTCOME_REJECTED,
    Outcome.SUPERSEDED: pb.OUTCOME_SUPERSEDED,
}
OUTCOME_FROM_PB = {int(number): outcome for outcome, number in OUTCOME_TO_PB.items()}


def acknowledgement_to_pb(answer: Acknowledgement) -> pb.Acknowledgement:
    """Write an acknowledgement."""
    return pb.Acknowledgement(
        acknowledgement_id=answer.acknowledgement_id,
        stream=stream_to_pb(answer.stream),
        sequence=answer.sequence,
        list_digest=bytes.fromhex(answer.list_digest),
        outcome=OUTCOME_TO_PB[answer.outcome],
        revision=answer.revision,
        applied_sequence=answer.applied_sequence,
        applied_root=bytes.fromhex(answer.applied_root or ""),
        acknowledged_at=instant_to_pb(answer.acknowledged_at),
        reasons=[
            pb.Reason(code=reason.code, text=reason.text, pointer=reason.pointer)
            for reason in answer.reasons
        ],
    )


def acknowledgement_from_pb(message: pb.Acknowledgement) -> Acknowledgement:
    """Read an acknowledgement.

    Raises:
        SchemaViolationError: A field is missing, unspecified or out of its range.
    """
    require_known(message, "acknowledgement")
    # ACC-3: an answer names itself, the list, and its place among the answers to that list
    if not (message.acknowledgement_id and message.sequence and message.revision):
        raise violation("acknowledgement", "lacks acknowledgement_id, sequence or revision")
    # ACC-3: numbers as the lists have them; the registry holds no larger ones
    if max(message.sequence, message.applied_sequence) > LARGEST_NUMBER:
        raise violation("sequence or applied_sequence", f"is more than {LARGEST_NUMBER}")
    has_sequence = message.HasField("applied_sequence")
    # ACC-3: a state is named by sequence and root, or not at all
    if has_sequence is not bool(message.applied_root):
        raise violation("applied_root", "and applied_sequence do not come together")
    root = message.applied_root
    return Acknowledgement(
        acknowledgement_id=message.acknowledgement_id,
        stream=stream_from_pb(message.stream),
        sequence=message.sequence,
        list_digest=digest_from_pb(message.list_digest, "list_digest"),
        outcome=enum_from_pb(OUTCOME_FROM_PB, message.outcome, "outcome"),
        revision=message.revision,
        applied_sequence=message.applied_sequence if has_sequence else None,
        applied_root=digest_from_pb(root, "applied_root") if root else None,
        acknowledged_at=instant_from_pb(message, "acknowledged_at"),
        reasons=tuple(_reason_from_pb(reason) for reason in message.reasons),
    )


def _reason_from_pb(message: pb.Reason) -> Reason:
    # ACC-3: a reason has a code for machines and a text for people
    if not (message.code and message.text):
        raise violation("reason", "lacks code or text")
    return Reason(code=message.code, text=message.text, pointer=message.pointer or None)
