"""Answers as serialised messages: what many answers share is written once and kept.

Protobuf allows it: the bytes of a message may be put together from those of its fields, and
repeated fields keep the order in which they come. So an answer costs only what is its own.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Final

from google.protobuf.message import Message

from gateway.domain.agreements import Measure
from gateway.domain.answers import Answer, Freshness
from gateway.entrypoints.rpc.answer_codec import CONDITION_TO_PB, VERDICT_TO_PB
from gateway.exchange.grpc_feed.fields import find_moment_to_pb, moment_to_pb
from gateway.exchange.grpc_feed.operator_codec import authorisation_to_pb
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb

KEPT: Final = 4096
"""Shared parts and rungs that are kept; beyond it the oldest, or all, are written anew."""
_ONE_BYTE: Final = 128
"""Lengths below it take one byte."""
_LENGTHS: Final = tuple(bytes((length,)) for length in range(_ONE_BYTE))


class AnswerWriter:
    """Writes the answers of one server. Thread-safe."""

    def __init__(self) -> None:
        self._shared: dict[object, tuple[tuple[Measure, ...], bytes]] = {}
        self._rung_begin = lru_cache(KEPT)(_rung_begin)

    def response(self, answer: Answer) -> bytes:
        """Return a serialised LookupResponse."""
        return _field(_RESPONSE_ANSWER, self._answer(answer, brief=False))

    def batch_item(self, key: str, answer: Answer, *, brief: bool) -> bytes:
        """Return one answer of a serialised BatchLookupResponse, with the caller's key."""
        written = _field(_ITEM_ANSWER, self._answer(answer, brief=brief))
        return batch_item(_field(_ITEM_KEY, key.encode()) + written if key else written)

    def _answer(self, answer: Answer, *, brief: bool) -> bytes:
        own = _own_part(answer)
        if brief:
            return self._shared_part(answer) + own.SerializeToString()
        own.next_step = answer.next_step
        if answer.hints:
            own.hints.extend(answer.hints)
        begin = self._rung_begin
        parts = [self._shared_part(answer), own.SerializeToString()]
        for rung in answer.rungs:
            evidence = _field(_EVIDENCE, rung.evidence.encode())
            parts.append(_field(_RUNGS, begin(rung.number, rung.question, rung.passed) + evidence))
        return b"".join(parts)

    def _shared_part(self, answer: Answer) -> bytes:
        key = (
            answer.freshness,
            answer.verdict,
            answer.reason,
            answer.match,
            answer.agreement,
            answer.partner,
            answer.contact,
            answer.rule_version,
        )
        kept = self._shared.get(key)
        # Measures have no hash; those of one agreement are one object until it changes.
        if kept is not None and kept[0] is answer.measures:
            return kept[1]
        if len(self._shared) >= KEPT:
            self._shared.clear()
        written = _shared_to_bytes(answer)
        self._shared[key] = (answer.measures, written)
        return written


def batch_item(content: bytes) -> bytes:
    """Return a serialised BatchAnswer as one of a BatchLookupResponse."""
    return _field(_BATCH_ANSWER, content)


def _own_part(answer: Answer) -> pb.Answer:
    known_at = moment_to_pb(answer.known_at)
    held = answer.authorisation
    own = pb.Answer(
        sentence=answer.sentence,
        code=answer.code,
        normalised_code=answer.normalised_code,
        operator_id=answer.operator_id,
        operator_name=answer.operator_name,
        authorisation=None if held is None else authorisation_to_pb(held),
        known_at=known_at,
        reference=answer.reference,
    )
    valid_at = answer.valid_at
    if valid_at is answer.known_at:
        own.valid_at_moment.CopyFrom(known_at)
    elif isinstance(valid_at, datetime):
        own.valid_at_moment.CopyFrom(moment_to_pb(valid_at))
    else:
        own.valid_on_date = valid_at.isoformat()
    return own


def _shared_to_bytes(answer: Answer) -> bytes:
    return pb.Answer(
        verdict=VERDICT_TO_PB[answer.verdict],
        reason=answer.reason.value,
        agreement=answer.agreement,
        partner=answer.partner,
        match=answer.match.value if answer.match else None,
        measures=_measures_to_pb(answer.measures),
        freshness=_freshness_to_pb(answer.freshness),
        contact=answer.contact,
        rule_version=answer.rule_version,
    ).SerializeToString()


def _measures_to_pb(measures: Iterable[Measure]) -> list[pb.Measure]:
    return [pb.Measure(code=one.code.value, parameters=one.parameters) for one in measures]


def _freshness_to_pb(freshness: Freshness) -> pb.Freshness:
    return pb.Freshness(
        condition=CONDITION_TO_PB[freshness.condition],
        sequence=freshness.sequence,
        list_digest=bytes.fromhex(freshness.list_digest or ""),
        issued_at=find_moment_to_pb(freshness.issued_at),
        received_at=find_moment_to_pb(freshness.received_at),
        next_update_at=find_moment_to_pb(freshness.next_update_at),
        usable_until=find_moment_to_pb(freshness.usable_until),
        signer=freshness.signer,
    )


def _rung_begin(number: int, question: str, passed: bool) -> bytes:
    """Return a rung without its evidence: the same few in every answer."""
    return pb.Rung(number=number, question=question, passed=passed).SerializeToString()


def _tag(message: type[Message], field: str) -> bytes:
    """Return the bytes before a field that has a length."""
    return _varint(message.DESCRIPTOR.fields_by_name[field].number << 3 | 2)


def _field(tag: bytes, content: bytes) -> bytes:
    size = len(content)
    return tag + (_LENGTHS[size] if size < _ONE_BYTE else _varint(size)) + content


def _varint(number: int) -> bytes:
    digits = bytearray()
    while number >= _ONE_BYTE:
        digits.append(number & 0x7F | _ONE_BYTE)
        number >>= 7
    digits.append(number)
    return bytes(digits)


_RUNGS: Final = _tag(pb.Answer, "rungs")
_EVIDENCE: Final = _tag(pb.Rung, "evidence")
_RESPONSE_ANSWER: Final = _tag(pb.LookupResponse, "answer")
_BATCH_ANSWER: Final = _tag(pb.BatchLookupResponse, "answers")
_ITEM_KEY: Final = _tag(pb.BatchAnswer, "key")
_ITEM_ANSWER: Final = _tag(pb.BatchAnswer, "answer")
