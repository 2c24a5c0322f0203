"""Answers as serialised messages: what many answers share is written once and kept.

Protobuf allows it: the bytes of a message may be put together from those of its fields, and
repeated fields keep the order in which they come. So an answer costs only what is its own.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, TypeVar

from google.protobuf import message as protobuf
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.domain.agreements import Measure
from gateway.domain.answers import Answer, Basis, Freshness, MatchKind, Validity, Verdict
from gateway.domain.messages import Message
from gateway.domain.operators import Authorisation, StatusCode
from gateway.domain.recognition import LADDER
from gateway.entrypoints.rpc.answer_codec import CONDITION_TO_PB, VERDICT_TO_PB
from gateway.entrypoints.wording import Language
from gateway.exchange.grpc_feed.fields import find_moment_to_pb, moment_to_pb
from gateway.exchange.grpc_feed.operator_codec import STATUS_TO_PB
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from gateway.pb.mra.types.v1 import operator_pb2

K = TypeVar("K")
V = TypeVar("V")
RUNGS: Final = len(LADDER)
KEPT: Final = 4096
"""Parts of one kind that are kept; beyond it the oldest, or all, are written anew."""
_kept: Final = lru_cache(KEPT)
_GRANT: Final = Verdict.GRANT
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
"""What is subtracted is found again faster than what is turned into a number."""


_OF_ONE_OPERATOR: Final = frozenset({1, 4, 6})
"""Rungs whose evidence names the code or the operator; that of the others is in many answers."""


class _Kept(dict[K, bytes]):
    """What was written of a key, and is written at the first asking. Thread-safe.

    Found at a third of the cost of `lru_cache`, which has to make a key of its arguments first.
    """

    def __init__(self, write: Callable[[K], bytes]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, key: K) -> bytes:
        if len(self) >= KEPT:
            self.clear()
        written = self[key] = self._write(key)
        return written


class AnswerWriter:
    """Writes the answers of one server in one language. Thread-safe."""

    def __init__(self, language: Language) -> None:
        self._say = language.say
        self._say_all = language.say_all
        # By identity: what is kept lives on, so that nothing else takes its place. A message that
        # is in many answers is evidence of one rung in all of them.
        self._bases: dict[tuple[int, str | None, bool], tuple[Basis, bytes]] = {}
        self._evidence: dict[int, tuple[Message, bytes]] = {}
        self._passed, self._failed = (
            [_rung_heads(number, language, passed=passed) for number in range(RUNGS + 1)]
            for passed in (True, False)
        )

    def response(self, answer: Answer) -> bytes:
        """Return a serialised LookupResponse."""
        content = self._answer(answer, brief=False)
        return _RESPONSE_ANSWER[len(content)] + content

    def batch_item(self, key: str, answer: Answer, brief: bool) -> bytes:
        """Return one answer of a serialised BatchLookupResponse, with the caller's key."""
        content = self._answer(answer, brief=brief)
        item = _ITEM_ANSWER[len(content)] + content
        return batch_item(_field(_ITEM_KEY, key.encode()) + item if key else item)

    def _answer(self, answer: Answer, *, brief: bool) -> bytes:
        kept = self._bases.get((id(answer.basis), answer.contact, brief))
        sentence, code = self._say_all(answer.sentence).encode(), answer.code.encode()
        reference = answer.reference.encode()
        parts = [
            self._basis(answer, brief) if kept is None else kept[1],
            _SENTENCE[len(sentence)],
            sentence,
            _CODE[len(code)],
            code,
            _REFERENCE[len(reference)],
            reference,
        ]
        if answer.normalised_code is not None:
            code = answer.normalised_code.encode()
            parts += (_NORMALISED_CODE[len(code)], code)
        if answer.operator_id is not None:
            own = answer.operator_id.encode()
            parts += (_OPERATOR_ID[len(own)], own)
        if answer.operator_name is not None:
            name = answer.operator_name.encode()
            parts += (_OPERATOR_NAME[len(name)], name)
        if answer.match is not None:
            parts.append(_MATCH[answer.match])
        if answer.authorisation is not None:
            held = _authorisation(answer.authorisation)
            parts += (_AUTHORISATION[len(held)], held)
        if not brief:
            self._add_evidence(parts, answer)
            parts += [_field(_HINTS, self._say(hint).encode()) for hint in answer.hints]
        return b"".join(parts)

    def _basis(self, answer: Answer, brief: bool) -> bytes:
        written = _basis_to_bytes(answer.basis)
        if answer.contact is not None:
            written += _field(_CONTACT, answer.contact.encode())
        if not brief:
            written += _field(_NEXT_STEP, self._say_all(answer.next_step).encode())
        key = (id(answer.basis), answer.contact, brief)
        _keep(self._bases, key, (answer.basis, written))
        return written

    def _add_evidence(self, parts: list[bytes], answer: Answer) -> None:
        kept, say, heads = self._evidence, self._say, self._passed
        evidence = answer.evidence
        number = answer.first_rung - 1
        stopped = 0 if answer.verdict is _GRANT else number + len(evidence)
        for message in evidence:
            number += 1
            found = kept.get(id(message))
            if found is not None:
                parts.append(found[1])
                continue
            content = say(message).encode()
            if number == stopped:
                parts += (self._failed[number][len(content)], content)
            elif number in _OF_ONE_OPERATOR:
                parts += (heads[number][len(content)], content)
            else:
                written = heads[number][len(content)] + content
                _keep(kept, id(message), (message, written))
                parts.append(written)


def batch_item(content: bytes) -> bytes:
    """Return a serialised BatchAnswer as one of a BatchLookupResponse."""
    return _field(_BATCH_ANSWER, content)


def _keep(kept: dict[K, tuple[V, bytes]], key: K, value: tuple[V, bytes]) -> None:
    if len(kept) >= KEPT:
        kept.clear()
    kept[key] = value


def _basis_to_bytes(basis: Basis) -> bytes:
    valid_at = basis.valid_at
    is_moment = isinstance(valid_at, datetime)
    return pb.Answer(
        verdict=VERDICT_TO_PB[basis.verdict],
        reason=basis.reason.value,
        agreement=basis.agreement,
        partner=basis.partner,
        measures=measures_to_pb(basis.measures),
        freshness=freshness_to_pb(basis.freshness),
        valid_on_date=None if is_moment else valid_at.isoformat(),
        valid_at_moment=moment_to_pb(valid_at) if isinstance(valid_at, datetime) else None,
        known_at=moment_to_pb(basis.known_at),
        rule_version=basis.rule_version,
    ).SerializeToString()


def measures_to_pb(measures: Iterable[Measure]) -> list[pb.Measure]:
    """Write measures."""
    return [pb.Measure(code=one.code.value, parameters=one.parameters) for one in measures]


def freshness_to_pb(freshness: Freshness) -> pb.Freshness:
    """Write what an answer rests on."""
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


def _authorisation(held: Authorisation | Validity) -> bytes:
    status, expires = held.status, held.expires_at
    validity = (
        _EFFECTIVE_AT[held.effective_at - EPOCH]
        + (b"" if expires is None else _EXPIRES_AT[expires - EPOCH])
        + _status(status.code, status.effective_at - EPOCH, status.change_reason)
    )
    if type(held) is not Authorisation:
        return validity
    own, accepted = held.id.encode(), held.accepted_at
    return b"".join(
        (
            _AUTHORISATION_ID[len(own)],
            own,
            _programme(held.category, held.programme, held.issuing_office),
            b"" if accepted is None else _ACCEPTED_AT[accepted - EPOCH],
            validity,
        )
    )


@_kept
def _programme(category: str, programme: str, issuing_office: str) -> bytes:
    return operator_pb2.Authorisation(
        category=category, programme=programme, issuing_office=issuing_office
    ).SerializeToString()


@_kept
def _status(code: StatusCode, since_epoch: timedelta, change_reason: str | None) -> bytes:
    return operator_pb2.Authorisation(
        status=operator_pb2.Status(
            code=STATUS_TO_PB[code],
            effective_at=Timestamp(seconds=since_epoch // SECOND),
            change_reason=change_reason,
        )
    ).SerializeToString()


def _rung_heads(number: int, language: Language, *, passed: bool) -> _Kept[int]:
    """Return a rung up to its evidence, by the number of bytes in that."""
    question = language.text(f"rung.{number}.question") if number else ""
    begin = pb.Rung(number=number, question=question, passed=passed).SerializeToString()

    def head(evidence: int) -> bytes:
        inside = begin + _EVIDENCE[evidence]
        return _RUNGS[len(inside) + evidence] + inside

    return _Kept(head)


def _field(heads: _Kept[int], content: bytes) -> bytes:
    return heads[len(content)] + content


def _heads(message: type[protobuf.Message], field: str) -> _Kept[int]:
    """Return the bytes before a field, by the number of bytes in it."""
    tag = _varint(message.DESCRIPTOR.fields_by_name[field].number << 3 | 2)
    return _Kept(lambda size: tag + _varint(size))


def _instants(message: type[protobuf.Message], field: str) -> _Kept[timedelta]:
    """Return instants, each as a field, by the time since `EPOCH`."""
    heads = _heads(message, field)
    return _Kept(
        lambda since: _field(heads, Timestamp(seconds=since // SECOND).SerializeToString())
    )


def _varint(number: int) -> bytes:
    digits = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - the seven bits of a digit
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    digits.append(number)
    return bytes(digits)


_SENTENCE: Final = _heads(pb.Answer, "sentence")
_CODE: Final = _heads(pb.Answer, "code")
_NORMALISED_CODE: Final = _heads(pb.Answer, "normalised_code")
_OPERATOR_ID: Final = _heads(pb.Answer, "operator_id")
_OPERATOR_NAME: Final = _heads(pb.Answer, "operator_name")
_AUTHORISATION: Final = _heads(pb.Answer, "authorisation")
_NEXT_STEP: Final = _heads(pb.Answer, "next_step")
_CONTACT: Final = _heads(pb.Answer, "contact")
_REFERENCE: Final = _heads(pb.Answer, "reference")
_HINTS: Final = _heads(pb.Answer, "hints")
_RUNGS: Final = _heads(pb.Answer, "rungs")
_EVIDENCE: Final = _heads(pb.Rung, "evidence")
_AUTHORISATION_ID: Final = _heads(operator_pb2.Authorisation, "id")
_ACCEPTED_AT: Final = _instants(operator_pb2.Authorisation, "accepted_at")
_EFFECTIVE_AT: Final = _instants(operator_pb2.Authorisation, "effective_at")
_EXPIRES_AT: Final = _instants(operator_pb2.Authorisation, "expires_at")
_RESPONSE_ANSWER: Final = _heads(pb.LookupResponse, "answer")
_BATCH_ANSWER: Final = _heads(pb.BatchLookupResponse, "answers")
_ITEM_KEY: Final = _heads(pb.BatchAnswer, "key")
_ITEM_ANSWER: Final = _heads(pb.BatchAnswer, "answer")
_MATCH: Final = {kind: pb.Answer(match=kind.value).SerializeToString() for kind in MatchKind}
