"""Attacks on the two signatures of a hybrid stream (SIG-4, issue 6)."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from gateway.domain.documents import Unverified
from gateway.domain.profiles import CompromisedKey, FeedKind, KeyUse
from gateway.pb.mra.types.v1 import envelope_pb2
from gateway.trust.dsse import pae
from gateway.trust.keys import SigningKey
from tests.fakes.besieged import Besieged, require_repelled
from tests.fakes.certificates import DAY, Issued, issue
from tests.fakes.hybrid import SecondKeys, hybrid_from

KIND = FeedKind.GRPC

Change = Callable[[envelope_pb2.Envelope], None]
Attack = Callable[[Besieged], Unverified]
REFUSED, UNTRUE = ("ALGORITHM_REFUSED",), ("SIGNATURE_INVALID",)
STRANGE, INVALID = ("SIGNER_UNKNOWN",), ("CERTIFICATE_INVALID",)


@pytest.fixture
def ground(besieged: Besieged) -> Iterator[Besieged]:
    """With two signatures since an hour."""
    besieged.relieve()
    genuine = besieged.partner.keys
    acknowledged = genuine.lists, genuine.acknowledgements
    seconds = SecondKeys(genuine, besieged.clock.now, number=3)
    besieged.profile = hybrid_from(
        seconds, besieged.profile, besieged.clock.now - timedelta(hours=1)
    )
    exchange = replace(besieged.profile.exchange, hybrid_since=None)
    besieged.apply(replace(besieged.profile, exchange=exchange))
    besieged.partner.is_hybrid = True
    yield besieged
    besieged.partner.is_hybrid = False
    genuine.lists, genuine.acknowledgements = acknowledged


def _bent(change: Change) -> Attack:
    def attack(ground: Besieged) -> Unverified:
        good = ground.next_list()
        envelope = envelope_pb2.Envelope.FromString(good.document)
        change(envelope)
        return Unverified(document=envelope.SerializeToString(), chunks=good.chunks)

    return attack


def _second_by(key: SigningKey, *chain: Issued) -> Attack:
    """Put somebody's genuine signature in the place of the second."""

    def change(envelope: envelope_pb2.Envelope) -> None:
        second = envelope.signatures[1]
        second.sig = key.sign(pae(envelope.payload_type, envelope.payload))
        second.keyid = key.fingerprint
        second.certificates[:] = [key.certificate, *(each.der for each in chain)]

    return _bent(change)


def _posing(envelope: envelope_pb2.Envelope) -> None:
    """Another key signs, and names the partner's."""
    stranger = issue("stranger", kind="mldsa65", number=20, countries=("XB",)).signing_key()
    envelope.signatures[1].sig = stranger.sign(pae(envelope.payload_type, envelope.payload))


def _only(which: int) -> Change:
    def change(envelope: envelope_pb2.Envelope) -> None:
        kept = envelope_pb2.Signature.FromString(envelope.signatures[which].SerializeToString())
        del envelope.signatures[:]
        envelope.signatures.append(kept)

    return change


def _twice(which: int) -> Change:
    def change(envelope: envelope_pb2.Envelope) -> None:
        envelope.signatures[1 - which].CopyFrom(envelope.signatures[which])

    return change


def _swapped(envelope: envelope_pb2.Envelope) -> None:
    signatures = [envelope_pb2.Signature.FromString(each.SerializeToString())
                  for each in reversed(envelope.signatures)]  # fmt: skip
    del envelope.signatures[:]
    envelope.signatures.extend(signatures)


def _third(envelope: envelope_pb2.Envelope) -> None:
    envelope.signatures.add().CopyFrom(envelope.signatures[1])


def _flipped(which: int) -> Change:
    def change(envelope: envelope_pb2.Envelope) -> None:
        signature = bytearray(envelope.signatures[which].sig)
        signature[-1] ^= 1
        envelope.signatures[which].sig = bytes(signature)

    return change


def _bare(ground: Besieged) -> Unverified:
    """The second signs the payload alone, not its type."""
    key = ground.partner.keys.lists.beside
    assert key is not None

    def change(envelope: envelope_pb2.Envelope) -> None:
        envelope.signatures[1].sig = key.sign(envelope.payload)

    return _bent(change)(ground)


def _of_another_list(ground: Besieged) -> Unverified:
    """Both are genuine; the second is of another list."""
    other = envelope_pb2.Envelope.FromString(ground.next_list(list_id="another").document)
    return _bent(lambda one: one.signatures[1].CopyFrom(other.signatures[1]))(ground)


def _by_acknowledgement_key(ground: Besieged) -> Unverified:
    key = ground.partner.keys.acknowledgements.beside
    assert key is not None
    return _second_by(key)(ground)


def _by_issued(ground: Besieged) -> Unverified:
    """A certificate that the partner's CA issued vouches for no second key."""
    issued = ground.certified("issued", number=21, kind="mldsa65")
    return _second_by(issued.signing_key(), ground.authority)(ground)


def _pinned(number: int, **changes: object) -> Attack:
    """A second certificate is registered, and is not to be believed."""

    def attack(ground: Besieged) -> Unverified:
        now = ground.clock.now
        values = {"countries": ("XB",), "since": now - 50 * DAY, "until": now + 50 * DAY}
        for name in ("since", "until"):
            if isinstance(span := changes.get(name), timedelta):
                changes[name] = now + span
        bad = issue("bad", kind="mldsa65", number=number, **(values | changes))  # type: ignore[arg-type]  # a test's own values
        lists = ground.profile.anchors(KeyUse.LISTS)
        assert lists is not None
        ground.trust(replace(lists, pinned=(*lists.pinned, bad.pem)))
        return _second_by(bad.signing_key())(ground)

    return attack


def _compromised(ground: Besieged) -> Unverified:
    bad = issue("marked", kind="mldsa65", number=30, countries=("XB",),
                since=ground.clock.now - DAY, until=ground.clock.now + 50 * DAY)  # fmt: skip
    lists = ground.profile.anchors(KeyUse.LISTS)
    assert lists is not None
    key = bad.signing_key()
    mark = CompromisedKey(fingerprint=key.fingerprint, since=ground.clock.now - DAY)
    pinned = (*lists.pinned, bad.pem)
    ground.trust(replace(lists, pinned=pinned, compromised=(mark,)))
    return _second_by(key)(ground)


def _weaker(ground: Besieged) -> Unverified:
    weaker = issue("weaker", kind="mldsa44", countries=("XB",), since=ground.clock.now - DAY,
                   until=ground.clock.now + 50 * DAY)  # fmt: skip
    lists = ground.profile.anchors(KeyUse.LISTS)
    assert lists is not None
    ground.trust(replace(lists, pinned=(*lists.pinned, weaker.pem)))

    def change(envelope: envelope_pb2.Envelope) -> None:
        second = envelope.signatures[1]
        second.keyid = weaker.signing_key("ml-dsa-65").fingerprint
        second.sig = weaker.key.sign(pae(envelope.payload_type, envelope.payload))  # type: ignore[call-arg]  # as above
        second.certificates[:] = [weaker.der]

    return _bent(change)(ground)


ATTACKS: dict[str, tuple[Attack, tuple[str, ...]]] = {
    "missing hybrid signature": (_bent(_only(0)), REFUSED),
    "the hybrid signature alone": (_bent(_only(1)), REFUSED),
    "unsigned": (_bent(lambda one: one.ClearField("signatures")), UNTRUE),
    "three signatures": (_bent(_third), UNTRUE),
    "the usual signature twice": (_bent(_twice(0)), REFUSED),
    "the hybrid signature twice": (_bent(_twice(1)), REFUSED),
    "signatures in the other order": (_bent(_swapped), REFUSED),
    "one bit of the usual signature": (_bent(_flipped(0)), UNTRUE),
    "one bit of the hybrid signature": (_bent(_flipped(1)), UNTRUE),
    "a stranger in the name of the second key": (_bent(_posing), UNTRUE),
    "a second signature over the payload without its type": (_bare, UNTRUE),
    "the second signature of another list": (_of_another_list, UNTRUE),
    "second signed with the key for acknowledgements": (_by_acknowledgement_key, STRANGE),
    "second signed under the partner's ca": (_by_issued, STRANGE),
    "second signed with ML-DSA-44": (_weaker, REFUSED),
    "second certificate expired": (_pinned(22, until=-DAY), INVALID),
    "second certificate not valid yet": (_pinned(23, since=DAY), INVALID),
    "second certificate of another country": (_pinned(24, countries=("XC",)), INVALID),
    "second key compromised since yesterday": (_compromised, INVALID),
}


@pytest.mark.parametrize(("attack", "codes"), ATTACKS.values(), ids=ATTACKS.keys())
def test_a_list_without_both_signatures_is_refused_and_the_good_one_taken(
    attack: Attack, codes: tuple[str, ...], ground: Besieged
) -> None:
    require_repelled(ground, attack, codes)
