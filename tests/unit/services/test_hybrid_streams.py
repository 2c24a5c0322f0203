"""A stream that becomes hybrid on a day that both sides agreed on (SIG-4)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.domain.errors import ConfigError
from gateway.domain.lists import ListHeader, ListKind
from gateway.domain.profiles import FeedKind, KeyUse
from gateway.exchange.grpc_feed.envelope_codec import envelope_from_bytes
from gateway.exchange.kinds import take_apart
from gateway.ports.home_programme import HomeOperator
from gateway.services.sync import SyncState
from tests.fakes.certificates import DAY
from tests.fakes.home import OFFICER, Home
from tests.fakes.hybrid import SecondKeys, hybrid_from
from tests.fakes.partner_simulator import make_operator


class Agreed(Home):
    """Home and its partner, who sign twice from tomorrow on."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, FeedKind.GRPC)
        now = self.clock.now
        self.seconds = SecondKeys(self.keys, now, number=1)
        self.wire(self.partner.channel, self.floors)
        partners = SecondKeys(self.partner.keys, now, number=2)
        self.profile = hybrid_from(partners, self.profile, now + DAY)
        self.store.profiles.apply(self.profile, OFFICER, now)

    def tomorrow(self) -> None:
        self.advance(timedelta(days=1))
        self.partner.is_hybrid = True

    def run(self) -> SyncState:
        result = self.sync.run(self.profile, now=self.clock.now)
        assert result is not None
        return result.state

    def publish(self) -> ListHeader | None:
        return self.publisher.publish(self.profile, actor=OFFICER, now=self.clock.now)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Agreed]:
    made = Agreed(tmp_path)
    yield made
    made.close()


def signatures(document: bytes) -> int:
    return len(envelope_from_bytes(document).signatures)


def test_sig_4_stream_becomes_hybrid_on_its_day_in_both_directions(home: Agreed) -> None:
    home.partner.publish_next(make_operator("XB000001", on=home.clock.now))
    assert home.run() is SyncState.APPLIED
    home.tomorrow()
    home.partner.publish_next()
    assert home.run() is SyncState.APPLIED
    assert [signatures(each) for each in home.partner.acknowledgements] == [1, 2]
    anchors = home.seconds.registered(home.keys.anchors(KeyUse.ACKNOWLEDGEMENTS), home.clock.now)
    opener = home.partner._feed().opener
    answer = opener.open_acknowledgement(home.partner.acknowledgements[-1], anchors, home.clock.now)
    assert answer.sequence == 2


def test_sig_4_partner_that_does_not_follow_is_refused(home: Agreed) -> None:
    home.tomorrow()
    home.partner.is_hybrid = False
    home.partner.publish_next(make_operator("XB000001", on=home.clock.now))
    with pytest.raises(Exception, match="signed once, not by ml-dsa-65 too"):
        home.run()
    home.partner.is_hybrid = True
    home.partner.publish_next()
    assert home.run() is SyncState.APPLIED


def test_sig_4_answer_from_the_day_before_is_signed_anew_and_twice(home: Agreed) -> None:
    home.partner.acknowledgements_are_lost = True
    home.partner.publish_next(make_operator("XB000001", on=home.clock.now))
    home.run()
    home.tomorrow()
    home.partner.acknowledgements_are_lost = False
    home.partner.publish_next()
    assert home.run() is SyncState.APPLIED
    assert [signatures(each) for each in home.partner.acknowledgements] == [2, 2]


def test_pub_4_when_a_stream_becomes_hybrid_a_full_follows_at_once(home: Agreed) -> None:
    listed = make_operator("XA000001", on=home.clock.now)
    home.store.home_programme.replace(
        [HomeOperator(listed=listed, consents=frozenset({"*"}))], OFFICER
    )
    assert home.publish() is not None
    home.advance(timedelta(hours=23))
    home.publish()
    home.tomorrow()
    assert home.publisher.is_due(home.profile, home.clock.now)
    header = home.publish()
    assert header is not None
    assert header.kind is ListKind.FULL
    found = home.issued.find(home.profile, header.sequence)
    assert found is not None
    assert signatures(found.document) == 2


def test_sig_4_home_without_second_keys_signs_nothing_for_a_hybrid_stream(tmp_path: Path) -> None:
    plain = Home(tmp_path, FeedKind.GRPC)
    now = plain.clock.now
    plain.profile = replace(
        plain.profile, exchange=replace(plain.profile.exchange, hybrid_since=now)
    )
    with pytest.raises(ConfigError, match="no ml-dsa-65 keys for lists and acknowledgements to XB"):
        plain.publisher.publish(plain.profile, actor=OFFICER, now=now)
    plain.close()


def test_exc_1_own_answer_with_two_signatures_is_known_as_ours(home: Agreed) -> None:
    home.sync._own_anchors = home.seconds.registered(
        home.keys.anchors(KeyUse.ACKNOWLEDGEMENTS), home.clock.now
    )
    home.tomorrow()
    empty = home.file.with_name("empty.db")
    home.back_up(empty)
    home.partner.publish_next(make_operator("XB000001", on=home.clock.now))
    assert home.run() is SyncState.APPLIED
    home.partner.shows_held = home.partner.acknowledgements[-1]
    own = home.sync._own_anchors
    home.restore(empty)
    home.sync._own_anchors = own
    home.run()
    assert home.floors.raised == [1]


def test_sig_8_both_signatures_are_handed_to_outside_programs(home: Agreed) -> None:
    home.tomorrow()
    home.partner.publish_next(make_operator("XB000001", on=home.clock.now))
    witness = take_apart(FeedKind.GRPC, home.partner.offered())
    assert {"signature.bin", "signature-2.bin", "signer-2.pem"} < set(witness.files)
    assert len(witness.files["signature-2.bin"]) == 3309
    command = "openssl pkeyutl -verify -rawin -pubin -inkey signer-2.pub -sigfile signature-2.bin"
    assert f"{command} -in signed.pae" in witness.commands
