"""Attacks by what a list says and who signed it, the same over both adapters (issue 6)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec import Struct
from msgspec.structs import replace

from gateway.domain.agreements import Review
from gateway.domain.documents import Unverified
from gateway.domain.lists import ListKind
from gateway.domain.profiles import CompromisedKey, FeedKind, KeyUse
from gateway.trust.keys import load_signing_key
from tests.fakes.besieged import After, Bend, Besieged, require_repelled
from tests.fakes.certificates import DAY
from tests.fakes.partner_simulator import Keys, make_operator

YEAR = timedelta(days=365)


@pytest.fixture(scope="module", params=list(FeedKind))
def besieged(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Besieged]:
    besieged = Besieged(tmp_path_factory.mktemp("besieged"), request.param)
    yield besieged
    besieged.close()


@pytest.fixture
def ground(besieged: Besieged) -> Besieged:
    besieged.relieve()
    return besieged


class Attack(Struct, frozen=True):
    """One hostile list."""

    bend: Bend
    codes: tuple[str, ...]
    after: After = After.NOTHING


def _by_stranger(ground: Besieged) -> Unverified:
    return ground.signed_by(ground.stranger.lists)


def _by_other_partner(ground: Besieged) -> Unverified:
    other = Keys(ground.folder / "other", "XC", ground.clock.now)
    agreement = replace(ground.profile.agreement, id="XA-XC", partner="XC", territory=("XC",))
    trust = tuple(other.anchors(use) for use in KeyUse)
    ours = ground.profile
    ground.apply(replace(ours, agreement=agreement, trust=trust))
    ground.apply(ours)
    return ground.signed_by(other.lists)


def _by_acknowledgement_key(ground: Besieged) -> Unverified:
    return ground.signed_by(ground.partner.keys.acknowledgements)


def _by_tls_key(ground: Besieged) -> Unverified:
    folder, now = ground.partner.keys.folder, ground.clock.now
    return ground.signed_by(load_signing_key(folder / "tls.pem", folder / "tls.key", now=now))


def _by_home_itself(ground: Besieged) -> Unverified:
    return ground.signed_by(ground.keys.lists)


def _issued(number: int, **changes: object) -> Bend:
    def bend(ground: Besieged) -> Unverified:
        now = ground.clock.now
        for name in ("since", "until"):
            if isinstance(span := changes.get(name), timedelta):
                changes[name] = now + span
        signer = ground.certified("attacker", number=number, **changes)
        return ground.signed_by(signer.signing_key(chain=(ground.authority,)))

    return bend


def _by_authority(ground: Besieged) -> Unverified:
    return ground.signed_by(ground.authority.signing_key())


def _revoked(ground: Besieged) -> Unverified:
    return ground.signed_by(ground.revoked.signing_key(chain=(ground.authority,)))


def _compromised(ground: Besieged) -> Unverified:
    key = ground.compromised.signing_key(chain=(ground.authority,))
    since = ground.clock.now - DAY
    lists = ground.profile.anchors(KeyUse.LISTS)
    assert lists is not None
    mark = CompromisedKey(fingerprint=key.fingerprint, since=since)
    ground.trust(replace(lists, compromised=(mark,)))
    return ground.signed_by(key)


def _claiming(**claims: object) -> Bend:
    return lambda ground: ground.next_list(**claims)


def _issued_at(ahead: timedelta) -> Bend:
    def bend(ground: Besieged) -> Unverified:
        issued = ground.clock.now + ahead
        return ground.next_list(issued_at=issued, next_update_at=issued + DAY)

    return bend


def _fresh_for(span: timedelta) -> Bend:
    return lambda ground: ground.next_list(next_update_at=ground.clock.now + span)


def _rollback(ground: Besieged) -> Unverified:
    return ground.next_list(sequence=1, list_id="another first list", previous_digest=None)


def _freeze(ground: Besieged) -> Unverified:
    """The last list again, with another time: what it says stands still and looks fresh."""
    return ground.next_list(
        sequence=ground.last.sequence,
        list_id=ground.last.list_id,
        previous_digest=ground.last.previous_digest,
    )


def _delta(**claims: object) -> Bend:
    """A DELTA without changes, as heartbeats are."""

    def bend(ground: Besieged) -> Unverified:
        values: dict[str, object] = {
            "kind": ListKind.DELTA,
            "state_root": ground.last.state_root,
            "quantity": ground.last.quantity,
        }
        return ground.seal(ground.header(claims=values | claims))

    return bend


def _reversed(ground: Besieged) -> Unverified:
    return ground.seal(ground.header(), operators=ground.operators[::-1])


def _twice(ground: Besieged) -> Unverified:
    first = ground.operators[0]
    return ground.seal(ground.header(claims={"quantity": 6}), operators=[first, *ground.operators])


def _foreign(ground: Besieged) -> Unverified:
    """Operators of a country that the partner does not speak for, more than pass as mistakes."""
    now = ground.clock.now
    foreign = [make_operator(f"XC{number:06}", on=now) for number in range(12)]
    operators = [*ground.operators, *foreign]
    return ground.seal(ground.header(operators), operators)


def _mass_removal(ground: Besieged) -> Unverified:
    ground.apply(
        replace(
            ground.profile,
            agreement=replace(
                ground.profile.agreement, review=Review(mass_change_floor=1, mass_change_share=0.1)
            ),
        )
    )
    left = ground.operators[:1]
    return ground.seal(ground.header(left), left)


ATTACKS: dict[str, Attack] = {
    # Who signed (SIG-4, SIG-5, SIG-6, SIG-9)
    "signed by a stranger in the partner's name": Attack(_by_stranger, ("SIGNER_UNKNOWN",)),
    "signed by another partner of ours": Attack(_by_other_partner, ("SIGNER_UNKNOWN",)),
    "signed with the partner's key for acknowledgements": Attack(
        _by_acknowledgement_key, ("SIGNER_UNKNOWN",)
    ),
    "signed with the partner's key for TLS": Attack(_by_tls_key, ("SIGNER_UNKNOWN",)),
    "signed by ourselves": Attack(_by_home_itself, ("SIGNER_UNKNOWN",)),
    "signed with a certificate that has expired": Attack(
        _issued(10, until=-DAY), ("CERTIFICATE_INVALID",)
    ),
    "signed with a certificate that is not valid yet": Attack(
        _issued(11, since=DAY), ("CERTIFICATE_INVALID",)
    ),
    "signed with a certificate of another country": Attack(
        _issued(12, countries=("XC",)), ("CERTIFICATE_INVALID",)
    ),
    "signed with a certificate of two countries": Attack(
        _issued(13, countries=("XB", "XC")), ("CERTIFICATE_INVALID",)
    ),
    "signed with a certificate that is revoked": Attack(_revoked, ("CERTIFICATE_INVALID",)),
    "signed with a key that is compromised since yesterday": Attack(
        _compromised, ("CERTIFICATE_INVALID",)
    ),
    "signed with an RSA key of 1,024 bits": Attack(
        _issued(14, kind="rsa1024"), ("ALGORITHM_REFUSED",)
    ),
    "signed with an algorithm that is not registered": Attack(
        _issued(15, kind="p384"), ("ALGORITHM_REFUSED",)
    ),
    "signed by a certificate authority itself": Attack(_by_authority, ("CERTIFICATE_INVALID",)),
    # For whom it is (ACC-4)
    "of another issuer": Attack(_claiming(issuer="XC"), ("WRONG_STREAM",)),
    "for another recipient": Attack(_claiming(recipient="XC"), ("WRONG_STREAM",)),
    "under another agreement": Attack(_claiming(agreement="XA-XC"), ("WRONG_STREAM",)),
    "of the test stream": Attack(_claiming(test=True), ("WRONG_STREAM",)),
    "of an epoch to come": Attack(_claiming(epoch=2), ("WRONG_STREAM",)),
    # Which one it is (ACC-5 to ACC-8, SEQ-3)
    "a rollback to the first sequence": Attack(_rollback, ("EQUIVOCATION",), After.STOPPED),
    "the list before, once more": Attack(_freeze, ("EQUIVOCATION",), After.STOPPED),
    "another chain": Attack(_claiming(previous_digest="ab" * 32), ("EQUIVOCATION",), After.STOPPED),
    "a jump of the sequence": Attack(_claiming(sequence=5000), ("SEQUENCE_JUMP",), After.STOPPED),
    "a delta on a base that nobody has": Attack(
        _delta(sequence=8, previous_digest="ab" * 32), ("GAP",), After.SEEN
    ),
    # From when it is (ACC-9)
    "from tomorrow": Attack(
        _issued_at(DAY), ("ISSUED_IN_FUTURE", "CERTIFICATE_INVALID"), After.SEEN
    ),
    "issued before the list before it": Attack(
        _issued_at(-3 * DAY), ("ISSUED_BEFORE_ACCEPTED", "CERTIFICATE_INVALID"), After.SEEN
    ),
    "fresh for a year": Attack(_fresh_for(YEAR), ("NEXT_UPDATE_INVALID",), After.SEEN),
    "stale at once": Attack(_fresh_for(-DAY), ("NEXT_UPDATE_INVALID",), After.SEEN),
    # What it says (ACC-10 to ACC-12)
    "another root": Attack(_claiming(state_root="cd" * 32), ("ROOT_MISMATCH",), After.SEEN),
    "another number of operators": Attack(_claiming(quantity=6), ("COUNT_MISMATCH",), After.SEEN),
    "a delta with another root": Attack(
        _delta(state_root="cd" * 32), ("ROOT_MISMATCH",), After.SEEN
    ),
    "a delta with another number of operators": Attack(
        _delta(quantity=9), ("COUNT_MISMATCH",), After.SEEN
    ),
    "operators out of order": Attack(_reversed, ("OPERATOR_ORDER",), After.SEEN),
    "one operator twice": Attack(_twice, ("OPERATOR_ORDER",), After.SEEN),
    "operators of a foreign territory": Attack(_foreign, ("TOO_MANY_UNUSABLE",), After.SEEN),
    "most operators removed": Attack(_mass_removal, ("MASS_CHANGE",), After.STOPPED),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_a_hostile_list_is_refused_and_the_good_one_taken(attack: Attack, ground: Besieged) -> None:
    require_repelled(ground, attack.bend, attack.codes, attack.after)
