"""The whole way of a list on both feeds: real keys, real registry, a simulated partner."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.domain.acknowledgements import Outcome
from gateway.domain.documents import Unverified
from gateway.domain.errors import (
    CertificateError,
    ConflictError,
    NotFoundError,
    SignatureError,
    TransportError,
    UnknownSignerError,
    WrongStreamError,
)
from gateway.domain.operators import StatusCode
from gateway.domain.parties import Caller, Purpose
from gateway.domain.profiles import FeedKind
from gateway.ports.registry import Accepted
from gateway.services.sync import SyncState
from gateway.services.turns import SPAN, sync_of
from tests.fakes.home import OFFICER, Home
from tests.fakes.partner_simulator import Keys, make_operator
from tests.fakes.zip_forger import tamper


@pytest.fixture(params=list(FeedKind))
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, request.param)
    made.partner.list_operators(
        *(make_operator(f"XB{n:06d}", on=made.clock.now) for n in range(1, 31))
    )
    yield made
    made.close()


def run(home: Home) -> SyncState:
    return home.sync.run(home.profile, now=home.clock.now).state


def test_first_list_is_applied_and_acknowledged(home: Home) -> None:
    header = home.partner.publish()
    assert run(home) is SyncState.APPLIED
    head = home.store.registry.find_head(home.profile.receives)
    assert head is not None
    assert head.header == header
    (answer,) = home.partner.opened_acknowledgements(home.keys)
    assert (answer.outcome, answer.sequence, answer.applied_root) == (
        Outcome.APPLIED,
        1,
        header.state_root,
    )


def test_unchanged_list_is_not_fetched_again(home: Home) -> None:
    home.partner.publish()
    run(home)
    assert run(home) is SyncState.UNCHANGED
    assert home.partner.fetches == 1


def test_partner_that_has_issued_nothing_changes_nothing(home: Home) -> None:
    assert run(home) is SyncState.NOTHING_ISSUED
    assert home.store.registry.find_head(home.profile.receives) is None


def test_next_list_replaces_the_first_and_history_keeps_both(home: Home) -> None:
    home.partner.publish()
    run(home)
    home.advance(timedelta(hours=6))
    suspended = make_operator("XB000001", on=home.clock.now, code=StatusCode.SUSPENDED)
    home.partner.publish_next(suspended, *home.partner.operators[1:])
    assert run(home) is SyncState.APPLIED
    versions = home.store.history.versions(home.profile.receives, "XB000001")
    assert [v.operator.authorisations[0].status.code for v in versions] == [
        StatusCode.ACTIVE,
        StatusCode.SUSPENDED,
    ]
    assert versions[0].replaced_by == 2


def test_partner_that_is_down_leaves_the_list_in_force(home: Home) -> None:
    home.partner.publish()
    run(home)
    home.partner.is_down = True
    with pytest.raises(TransportError):
        run(home)
    assert home.store.registry.find_head(home.profile.receives) is not None
    home.partner.is_down = False
    assert run(home) is SyncState.UNCHANGED


def test_acc_15_lost_acknowledgement_is_sent_again_until_the_partner_has_it(home: Home) -> None:
    home.partner.publish()
    home.partner.acknowledgements_are_lost = True
    assert run(home) is SyncState.APPLIED
    assert home.partner.acknowledgements == []
    home.partner.acknowledgements_are_lost = False
    assert run(home) is SyncState.UNCHANGED
    assert home.partner.acknowledgements == []
    home.advance(timedelta(minutes=1))
    run(home)
    (answer,) = home.partner.opened_acknowledgements(home.keys)
    assert answer.outcome is Outcome.APPLIED
    run(home)
    assert len(home.partner.acknowledgements) == 1


def test_syn_1_a_second_run_at_once_does_nothing(home: Home) -> None:
    home.partner.publish()
    subject = f"sync {home.profile.receives}"
    lease = home.store.leases.acquire(
        subject, "another process", home.clock.now, timedelta(minutes=1)
    )
    assert lease is not None
    assert run(home) is SyncState.BUSY
    assert home.partner.fetches == 0
    home.store.leases.release(lease)
    assert run(home) is SyncState.APPLIED


def test_syn_1_a_run_that_another_took_over_from_writes_nothing(home: Home) -> None:
    home.partner.publish()
    fetch_list = home.partner.offered

    def slowly() -> Unverified:
        # Stopped for so long that its lease expired, and another process began.
        home.advance(SPAN)
        subject = sync_of(home.profile.receives)
        assert home.store.leases.acquire(subject, "another process", home.clock.now, SPAN)
        return fetch_list()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home.partner, "offered", slowly)
        with pytest.raises(ConflictError, match="another run took over"):
            run(home)
    assert home.store.registry.find_head(home.profile.receives) is None
    assert home.partner.acknowledgements == []
    assert run(home) is SyncState.BUSY


def test_sig_5_list_signed_by_a_stranger_is_refused_and_told(home: Home, tmp_path: Path) -> None:
    home.partner.publish()
    run(home)
    home.advance(timedelta(hours=1))
    home.partner.sign_with(Keys(tmp_path / "stranger", "XB", home.clock.now))
    home.partner.publish_next()
    with pytest.raises(UnknownSignerError):
        run(home)
    head = home.store.registry.find_head(home.profile.receives)
    assert head is not None
    assert head.header.sequence == 1


def test_refused_document_is_kept_as_evidence_and_told_in_the_audit_trail(
    home: Home, tmp_path: Path
) -> None:
    home.partner.sign_with(Keys(tmp_path / "stranger", "XB", home.clock.now))
    home.partner.publish()
    offered = home.partner.offered()
    with pytest.raises(UnknownSignerError):
        home.receiver.receive(home.profile, offered, actor=OFFICER, now=home.clock.now)
    kept = home.store.evidence.find(offered.digest)
    assert kept is not None
    assert kept.verdict == "SIGNER_UNKNOWN"
    (event,) = [e for e in home.store.audit.events() if e.action == "list.refused"]
    assert event.facts["code"] == "SIGNER_UNKNOWN"


def test_acc_2_changed_byte_is_refused(home: Home) -> None:
    home.partner.publish()
    offered = home.partner.offered()
    tampered = (
        replace(
            offered,
            document=tamper(offered.document, lambda it: it.replace(b"XB000001", b"XB000009", 1)),
        )
        if not offered.chunks
        else Unverified(
            document=offered.document,
            chunks=(offered.chunks[0].replace(b"XB000001", b"XB000009"),),
        )
    )
    with pytest.raises(SignatureError):
        home.receiver.receive(home.profile, tampered, actor=OFFICER, now=home.clock.now)


def test_acc_0_repeat_is_answered_byte_for_byte_after_its_signer_has_expired(home: Home) -> None:
    home.partner.publish()
    run(home)
    offered = home.partner.offered()
    home.advance(timedelta(days=3653))
    again = home.receiver.receive(home.profile, offered, actor=OFFICER, now=home.clock.now)
    assert not isinstance(again, Accepted)
    assert [again.document] == home.partner.acknowledgements
    home.partner.publish_next()
    with pytest.raises(CertificateError):
        run(home)


def test_acc_4_list_of_another_stream_is_refused(home: Home) -> None:
    home.partner.claims = {"test": True}
    home.partner.publish()
    with pytest.raises(WrongStreamError):
        run(home)


def test_seq_3_a_new_epoch_begins_with_full_1_and_closes_the_old_one(home: Home) -> None:
    home.partner.publish()
    run(home)
    old = home.partner.offered()
    home.profile = replace(home.profile, receive_epoch=2)
    registry, stream = home.store.registry, home.profile.receives
    assert registry.in_force(stream) == stream.of_epoch(1)
    home.advance(timedelta(hours=1))
    home.partner.stream = stream
    home.partner.list_operators(*home.partner.operators[1:])
    header = home.partner.publish()
    assert run(home) is SyncState.APPLIED
    assert registry.in_force(stream) == stream
    head = registry.find_head(stream)
    assert head is not None
    assert head.header == header
    with pytest.raises(WrongStreamError):
        home.receiver.receive(home.profile, old, actor=OFFICER, now=home.clock.now)


def test_seq_3_a_mass_change_by_a_new_epoch_is_held_and_the_old_one_serves(home: Home) -> None:
    home.partner.publish()
    run(home)
    home.profile = replace(home.profile, receive_epoch=2)
    registry, stream = home.store.registry, home.profile.receives
    home.advance(timedelta(hours=1))
    home.partner.stream = stream
    home.partner.list_operators(*home.partner.operators[25:])
    home.partner.publish()
    assert run(home) is SyncState.HELD
    assert registry.in_force(stream) == stream.of_epoch(1)
    home.partner.list_operators(*home.partner.operators[1:])
    home.partner.publish_next()
    assert run(home) is SyncState.HELD


def test_acc_7_old_list_never_seen_is_refused_as_rollback(home: Home) -> None:
    old = home.partner.publish()
    offered = home.partner.offered()
    home.advance(timedelta(hours=1))
    home.partner.publish_next()
    run(home)
    accepted = home.receiver.receive(home.profile, offered, actor=OFFICER, now=home.clock.now)
    assert isinstance(accepted, Accepted)
    answer = accepted.acknowledgement.acknowledgement
    assert answer.outcome is Outcome.REFUSED
    assert [reason.code for reason in answer.reasons] == ["ROLLBACK"]
    head = home.store.registry.find_head(home.profile.receives)
    assert head is not None
    assert head.header.sequence == old.sequence + 1


def test_list_in_force_is_not_fetched_again_after_another_was_refused(home: Home) -> None:
    home.partner.publish()
    old = home.partner.offered()
    home.advance(timedelta(hours=1))
    home.partner.publish_next()
    run(home)
    home.receiver.receive(home.profile, old, actor=OFFICER, now=home.clock.now)
    assert run(home) is SyncState.UNCHANGED
    assert home.partner.fetches == 1


def test_acc_11_wrong_root_is_refused_and_fetched_again_later(home: Home) -> None:
    home.partner.claims = {"state_root": "00" * 32}
    home.partner.publish()
    assert run(home) is SyncState.REFUSED
    assert home.store.registry.find_head(home.profile.receives) is None
    home.partner.claims = {}
    home.partner.sequence = 2
    home.partner.previous_digest = None
    assert run(home) is SyncState.REFUSED
    assert home.partner.fetches == 2


def test_push_is_answered_with_the_sealed_acknowledgement_and_again_byte_for_byte(
    home: Home,
) -> None:
    home.partner.publish()
    caller = _caller("XB")
    stream, offered = home.profile.receives, home.partner.offered()
    first = home.desk.submit(caller, stream, offered, now=home.clock.now)
    home.advance(timedelta(days=30))
    again = home.desk.submit(caller, stream, offered, now=home.clock.now)
    assert first == again


def test_exc_9_a_partner_may_not_use_the_stream_of_another(home: Home) -> None:
    home.partner.publish()
    caller, now = _caller("XC"), home.clock.now
    with pytest.raises(NotFoundError):
        home.desk.submit(caller, home.profile.receives, home.partner.offered(), now=now)
    with pytest.raises(NotFoundError):
        home.desk.head(caller, home.profile.sends, None, now=now)


def test_exc_9_a_partner_sees_only_the_stream_addressed_to_it(home: Home) -> None:
    caller, now = _caller("XB"), home.clock.now
    with pytest.raises(NotFoundError):
        home.desk.head(caller, home.profile.receives, None, now=now)
    with pytest.raises(NotFoundError):
        home.desk.submit(caller, home.profile.sends, home.partner.offered(), now=now)
    with pytest.raises(NotFoundError):
        home.desk.head(
            replace(caller, purposes=(Purpose.LOOKUP,)), home.profile.sends, None, now=now
        )


def test_exc_4_an_acknowledgement_of_another_stream_is_refused(home: Home) -> None:
    home.partner.publish()
    run(home)
    (document,) = home.partner.acknowledgements
    own = replace(
        home.profile,
        trust=tuple(home.keys.anchors(anchors.use) for anchors in home.profile.trust),
    )
    home.store.profiles.apply(own, OFFICER, home.clock.now)
    with pytest.raises(WrongStreamError):
        home.desk.acknowledge(_caller("XB"), home.profile.sends, document, now=home.clock.now)


def _caller(partner: str) -> Caller:
    return Caller(
        name=f"partner {partner}",
        fingerprint="00" * 32,
        purposes=(Purpose.EXCHANGE,),
        partner=partner,
        added_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def test_acc_15_an_answer_from_before_a_change_of_adapter_is_sent_in_the_new_form(
    home: Home,
) -> None:
    home.partner.publish()
    home.partner.acknowledgements_are_lost = True
    run(home)
    other = FeedKind.XML if home.profile.kind is FeedKind.GRPC else FeedKind.GRPC
    home.profile = replace(home.profile, kind=other)
    home.partner.kind = other
    home.partner.acknowledgements_are_lost = False
    home.partner.publish_next()
    home.advance(timedelta(hours=6))
    assert run(home) is SyncState.APPLIED
    answers = home.partner.opened_acknowledgements(home.keys)
    assert [(answer.sequence, answer.revision) for answer in answers] == [(1, 1), (2, 1)]
