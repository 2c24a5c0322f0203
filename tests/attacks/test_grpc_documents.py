"""Attacks by what an envelope and its chunks are made of (issue 6)."""

import gzip
import zlib
from collections.abc import Callable, Sequence
from hashlib import sha256

import pytest
from google.protobuf.message import Message

from gateway.domain.documents import Unverified
from gateway.domain.profiles import FeedKind
from gateway.exchange.grpc_feed.feed import ACKNOWLEDGEMENT_TYPE, LIST_TYPE
from gateway.pb.mra.types.v1 import envelope_pb2, list_pb2, operator_pb2
from gateway.trust.dsse import pae
from tests.fakes.besieged import After, Besieged, require_repelled

KIND = FeedKind.GRPC

Attack = Callable[[Besieged], Unverified]
UNKNOWN_FIELD = b"\xfa\x3f\x01x"
"""Field 1023 of a message, with one byte."""


def _parts(ground: Besieged) -> tuple[envelope_pb2.Envelope, tuple[bytes, ...]]:
    good = ground.next_list()
    return envelope_pb2.Envelope.FromString(good.document), good.chunks


def _enveloped(change: Callable[[envelope_pb2.Envelope], None]) -> Attack:
    """Change the envelope, and leave what was signed as it was."""

    def attack(ground: Besieged) -> Unverified:
        envelope, chunks = _parts(ground)
        change(envelope)
        return Unverified(document=envelope.SerializeToString(), chunks=chunks)

    return attack


def _signed(
    ground: Besieged,
    header: Callable[[list_pb2.SignedHeader], None],
    chunks: Sequence[bytes] | None = None,
    *,
    payload_type: str = LIST_TYPE,
    more: bytes = b"",
) -> Unverified:
    """Sign a bent header and other chunks genuinely."""
    envelope, genuine = _parts(ground)
    chunks = genuine if chunks is None else tuple(chunks)
    signed = list_pb2.SignedHeader.FromString(envelope.payload)
    signed.body_digest = sha256(b"".join(chunks)).digest()
    signed.chunk_count = len(chunks)
    header(signed)
    envelope.payload = signed.SerializeToString() + more
    envelope.payload_type = payload_type
    key = ground.partner.keys.lists
    envelope.signatures[0].sig = key.sign(pae(payload_type, envelope.payload))
    return Unverified(document=envelope.SerializeToString(), chunks=tuple(chunks))


def _header(change: Callable[[list_pb2.SignedHeader], None]) -> Attack:
    return lambda ground: _signed(ground, change)


def _as_it_is(signed: list_pb2.SignedHeader) -> None:
    del signed


def _chunks(change: Callable[[tuple[bytes, ...]], Sequence[bytes]]) -> Attack:
    """Send other chunks than those that were signed."""

    def attack(ground: Besieged) -> Unverified:
        envelope, chunks = _parts(ground)
        return Unverified(document=envelope.SerializeToString(), chunks=tuple(change(chunks)))

    return attack


def _operators(change: Callable[[list_pb2.OperatorChunk], None]) -> Attack:
    """Change what the chunk says, and sign it genuinely."""

    def attack(ground: Besieged) -> Unverified:
        _, (chunk,) = _parts(ground)
        content = list_pb2.OperatorChunk.FromString(chunk)
        change(content)
        return _signed(ground, _as_it_is, [content.SerializeToString()])

    return attack


def _signed_chunk(change: Callable[[bytes], Sequence[bytes]]) -> Attack:
    """Spoil the bytes of the chunk, and sign them genuinely."""

    def attack(ground: Besieged) -> Unverified:
        _, (chunk,) = _parts(ground)
        return _signed(ground, _as_it_is, change(chunk))

    return attack


def _spoilt(spoil: Callable[[bytes], bytes]) -> Attack:
    def attack(ground: Besieged) -> Unverified:
        good = ground.next_list()
        return Unverified(document=spoil(good.document), chunks=good.chunks)

    return attack


def _two_signatures(envelope: envelope_pb2.Envelope) -> None:
    envelope.signatures.add().CopyFrom(envelope.signatures[0])


def _unsigned(envelope: envelope_pb2.Envelope) -> None:
    del envelope.signatures[:]


def _another_key(envelope: envelope_pb2.Envelope) -> None:
    envelope.signatures[0].keyid = "ab" * 32


def _flipped_signature(envelope: envelope_pb2.Envelope) -> None:
    signature = bytearray(envelope.signatures[0].sig)
    signature[-1] ^= 1
    envelope.signatures[0].sig = bytes(signature)


def _empty_signature(envelope: envelope_pb2.Envelope) -> None:
    envelope.signatures[0].sig = b""


def _many_certificates(envelope: envelope_pb2.Envelope) -> None:
    signature = envelope.signatures[0]
    signature.keyid = "cd" * 32
    signature.certificates.extend([b"\x30\x82" + b"\x00" * 1000] * 50)


def _changed_payload(envelope: envelope_pb2.Envelope) -> None:
    signed = list_pb2.SignedHeader.FromString(envelope.payload)
    signed.header.quantity += 1
    envelope.payload = signed.SerializeToString()


def _other_type(envelope: envelope_pb2.Envelope) -> None:
    envelope.payload_type = ACKNOWLEDGEMENT_TYPE


def _no_payload(envelope: envelope_pb2.Envelope) -> None:
    envelope.payload = b""


def _huge(envelope: envelope_pb2.Envelope) -> None:
    envelope.payload = b"\x00" * (4 * 1024**2)


def _set(path: str, value: object) -> Callable[[Message], None]:
    """Return a change of one field: `header.version`."""
    *names, last = path.split(".")

    def change(message: Message) -> None:
        for name in names:
            message = message[int(name)] if name.isdigit() else getattr(message, name)  # type: ignore[index]  # of a repeated field
        setattr(message, last, value)

    return change


def _unknown_in_operator(chunk: list_pb2.OperatorChunk) -> None:
    operator = chunk.operators[0].SerializeToString() + UNKNOWN_FIELD
    chunk.operators[0].CopyFrom(operator_pb2.Operator.FromString(operator))


def _changes_in_a_full(chunk: list_pb2.OperatorChunk) -> None:
    chunk.changes.add(action=list_pb2.ACTION_REMOVE, operator_id="XB000001")


def _many(chunk: list_pb2.OperatorChunk) -> None:
    first = chunk.operators[0]
    for number in range(1_001):
        chunk.operators.add().CopyFrom(first)
        chunk.operators[-1].id = f"XB1{number:05}"


UNSIGNED, MALFORMED = ("SIGNATURE_INVALID",), ("NOT_WELL_FORMED",)
BROKEN = ("SCHEMA_VIOLATION",)
ATTACKS: dict[str, tuple[Attack, tuple[str, ...]]] = {
    "unsigned": (_enveloped(_unsigned), UNSIGNED),
    "two signatures": (_enveloped(_two_signatures), UNSIGNED),
    "an empty signature": (_enveloped(_empty_signature), UNSIGNED),
    "one bit of the signature flipped": (_enveloped(_flipped_signature), UNSIGNED),
    "the name of another key": (_enveloped(_another_key), ("SIGNER_UNKNOWN",)),
    "fifty certificates that are none": (_enveloped(_many_certificates), ("SIGNER_UNKNOWN",)),
    "a header that was changed": (_enveloped(_changed_payload), UNSIGNED),
    "a list that calls itself an acknowledgement": (_enveloped(_other_type), UNSIGNED),
    "a signed acknowledgement's type": (
        lambda ground: _signed(ground, _as_it_is, payload_type=ACKNOWLEDGEMENT_TYPE),
        UNSIGNED,
    ),
    "no payload": (_enveloped(_no_payload), MALFORMED),
    "an envelope of 4 MB": (_enveloped(_huge), ("TOO_LARGE",)),
    "an unknown field of the header, signed": (
        lambda ground: _signed(ground, _as_it_is, more=UNKNOWN_FIELD),
        BROKEN,
    ),
    "a later version, signed": (_header(_set("header.version", 2)), ("VERSION",)),
    "no kind, signed": (_header(_set("header.kind", 0)), BROKEN),
    "a kind that nobody knows, signed": (_header(_set("header.kind", 9)), BROKEN),
    "a root of 31 bytes, signed": (_header(_set("header.state_root", b"\x01" * 31)), BROKEN),
    "no sequence, signed": (_header(_set("header.sequence", 0)), BROKEN),
    "a sequence beyond all numbers, signed": (
        _header(_set("header.sequence", 2**64 - 1)),
        BROKEN,
    ),
    "nanoseconds, signed": (_header(_set("header.issued_at.nanos", 1)), BROKEN),
    "a date beyond the calendar, signed": (
        _header(_set("header.next_update_at.seconds", 2**62)),
        BROKEN,
    ),
    "another digest of the body, signed": (_header(_set("body_digest", b"\x02" * 32)), UNSIGNED),
    "more chunks than came, signed": (_header(_set("chunk_count", 2)), UNSIGNED),
    "a billion chunks, signed": (_header(_set("chunk_count", 10**9)), UNSIGNED),
    "more operators than anybody has, signed": (
        _header(_set("header.quantity", 10**9)),
        ("TOO_LARGE",),
    ),
    "no chunk": (_chunks(lambda _: ()), UNSIGNED),
    "a chunk twice": (_chunks(lambda chunks: chunks * 2), UNSIGNED),
    "a chunk cut by a byte": (_chunks(lambda chunks: [chunks[0][:-1]]), UNSIGNED),
    "a chunk in two": (_chunks(lambda chunks: [chunks[0][:50], chunks[0][50:]]), UNSIGNED),
    "an empty chunk more": (_chunks(lambda chunks: [*chunks, b""]), UNSIGNED),
    "a chunk of another list": (_chunks(lambda _: [b"\x0a\x00"]), UNSIGNED),
    "a chunk that is compressed, signed": (
        _signed_chunk(lambda chunk: [gzip.compress(chunk)]),
        BROKEN,
    ),
    "a compressed bomb, signed": (
        _signed_chunk(lambda _: [zlib.compress(b"\x00" * 20_000_000)]),
        BROKEN,
    ),
    "a chunk cut in two, signed": (
        _signed_chunk(lambda chunk: [chunk[:50], chunk[50:]]),
        BROKEN,
    ),
    "an unknown field of an operator, signed": (_operators(_unknown_in_operator), BROKEN),
    "an operator without id, signed": (_operators(_set("operators.0.id", "")), BROKEN),
    "an id with a control character, signed": (
        _operators(_set("operators.0.id", "XB\x07")),
        BROKEN,
    ),
    "a name that begins with a space, signed": (
        _operators(_set("operators.0.names.0.text", " x")),
        BROKEN,
    ),
    "no status, signed": (
        _operators(_set("operators.0.authorisations.0.status.code", 0)),
        BROKEN,
    ),
    "a status that nobody knows, signed": (
        _operators(_set("operators.0.authorisations.0.status.code", 77)),
        BROKEN,
    ),
    "changes in a FULL, signed": (_operators(_changes_in_a_full), BROKEN),
    "more operators in a chunk than allowed, signed": (_operators(_many), ("TOO_LARGE", *BROKEN)),
    "cut in the middle": (_spoilt(lambda document: document[: len(document) // 2]), MALFORMED),
    "a page of HTML": (_spoilt(lambda _: b"<html><body>502 Bad Gateway</body></html>"), MALFORMED),
    "an XML list": (_spoilt(lambda _: b'<?xml version="1.0"?><List/>'), MALFORMED),
    "compressed": (_spoilt(gzip.compress), MALFORMED),
    "nothing": (_spoilt(lambda _: b""), MALFORMED),
    "one field, nested a thousand times": (_spoilt(lambda _: _nested(1_000)), MALFORMED),
}


def _halves(ground: Besieged) -> tuple[bytes, bytes]:
    _, (chunk,) = _parts(ground)
    operators = list_pb2.OperatorChunk.FromString(chunk).operators
    first, second = operators[:2], operators[2:]
    return (
        list_pb2.OperatorChunk(operators=first).SerializeToString(),
        list_pb2.OperatorChunk(operators=second).SerializeToString(),
    )


def _nested(depth: int) -> bytes:
    """Return a field within a field, as groups were: the start tags alone."""
    return b"\x1b" * depth


@pytest.mark.parametrize(("attack", "codes"), ATTACKS.values(), ids=ATTACKS.keys())
def test_a_hostile_document_is_refused_and_the_good_one_taken(
    attack: Attack, codes: tuple[str, ...], ground: Besieged
) -> None:
    require_repelled(ground, attack, codes)


def test_chunks_in_the_other_order_are_refused_though_they_are_signed(ground: Besieged) -> None:
    def swapped(ground: Besieged) -> Unverified:
        return _signed(ground, _as_it_is, _halves(ground)[::-1])

    require_repelled(ground, swapped, ("OPERATOR_ORDER",), After.SEEN)
