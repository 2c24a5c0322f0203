"""STA-5: what is shown to a third party of one operator, and to an auditor of one bucket."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from gateway.domain.errors import (
    GatewayError,
    InvalidRequestError,
    NotFoundError,
    SignatureError,
    UnknownSignerError,
    WrongStreamError,
)
from gateway.domain.operators import StatusCode
from gateway.domain.profiles import FeedKind, KeyUse, PartnerProfile
from gateway.exchange.kinds import make_opener
from gateway.services.state_proofs import (
    ProofFile,
    Proven,
    check_proof,
    open_for_auditor,
    prove,
    read_proof,
)
from tests.fakes.home import OFFICER, Home, make_agreement
from tests.fakes.partner_simulator import Keys, make_operator

LISTED, ABSENT = "XB000001", "XB999999"


class Prover:
    """Home with an accepted list of some operators."""

    def __init__(self, folder: Path, kind: FeedKind) -> None:
        self.home = Home(folder, kind)
        on = self.home.clock.now
        self.home.partner.publish_next(
            make_operator(LISTED, on=on, code=StatusCode.SUSPENDED),
            *(make_operator(f"XB{n:06d}", on=on) for n in range(2, 60)),
        )
        self.sync()

    def sync(self) -> None:
        self.home.sync.run(self.home.profile, now=self.home.clock.now)

    def prove(self, operator_id: str = LISTED) -> ProofFile:
        profile = self.home.profile
        return prove(self.home.store.proofs, profile.kind, profile.receives, operator_id)

    def open(self, operator_id: str = ABSENT, auditor: str = "court of XA") -> ProofFile:
        home = self.home
        return open_for_auditor(
            home.store.proofs,
            home.store.audit,
            home.profile.kind,
            home.profile.receives,
            operator_id,
            auditor=auditor,
            actor=OFFICER,
            now=home.clock.now,
        )

    def check(self, proof: ProofFile, profile: PartnerProfile | None = None) -> Proven:
        handed_over = read_proof(msgspec.json.encode(proof))
        return check_proof(
            handed_over,
            profile or self.home.profile,
            opener=make_opener(handed_over.kind),
            at=self.home.clock.now,
        )


@pytest.fixture(params=FeedKind)
def prover(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Prover]:
    prover = Prover(tmp_path, request.param)
    yield prover
    prover.home.close()


def test_sta_5_proof_shows_one_status_and_no_other_operator(prover: Prover) -> None:
    proof = prover.prove()
    proven = prover.check(proof)
    assert proven.operator is not None
    assert proven.operator.authorisations[0].status.code is StatusCode.SUSPENDED
    assert proven.header.sequence == 1
    assert proven.signer.fingerprint == prover.home.partner.keys.lists.fingerprint
    assert "Synthetic Trading XB000002" not in msgspec.json.encode(proof).decode()
    assert b"Synthetic Trading XB000002" not in proof.head


def test_sta_5_absence_is_shown_by_a_bucket_opened_on_record(prover: Prover) -> None:
    proven = prover.check(prover.open())
    assert (proven.operator_id, proven.operator) == (ABSENT, None)
    (event,) = (e for e in prover.home.store.audit.events() if e.action == "bucket.opened")
    assert (event.actor, event.facts["auditor"]) == (OFFICER, "court of XA")
    assert event.facts["operator"] == ABSENT


def test_sta_5_no_bucket_is_opened_without_an_auditor_or_for_who_is_listed(
    prover: Prover,
) -> None:
    with pytest.raises(InvalidRequestError, match="name the auditor"):
        prover.open(auditor=" ")
    with pytest.raises(InvalidRequestError, match="is in the accepted list"):
        prover.open(LISTED)
    with pytest.raises(NotFoundError, match="--absence"):
        prover.prove(ABSENT)
    assert not [e for e in prover.home.store.audit.events() if e.action == "bucket.opened"]


def test_sta_5_head_of_a_list_that_was_pushed_comes_with_the_next_poll(prover: Prover) -> None:
    home = prover.home
    home.advance(timedelta(hours=1))
    home.partner.publish_next()
    home.receiver.receive(home.profile, home.partner.offered(), actor=OFFICER, now=home.clock.now)
    with pytest.raises(NotFoundError, match="signed head of list 2 was never received"):
        prover.prove()
    prover.sync()
    assert prover.check(prover.prove()).header.sequence == 2


def _better_status(proof: ProofFile) -> ProofFile:
    assert proof.operator is not None
    return replace(proof, operator=proof.operator.replace("SUSPENDED", "ACTIVE"))


def _other_name(proof: ProofFile) -> ProofFile:
    return replace(proof, operator_id="XB000002")


def _other_siblings(proof: ProofFile) -> ProofFile:
    return replace(proof, siblings=proof.siblings[::-1])


def _shorter_way(proof: ProofFile) -> ProofFile:
    return replace(proof, siblings=proof.siblings[1:])


@pytest.mark.parametrize("forge", [_better_status, _other_name, _other_siblings, _shorter_way])
def test_sta_5_forged_proof_of_inclusion_is_refused(
    prover: Prover, forge: Callable[[ProofFile], ProofFile]
) -> None:
    with pytest.raises(InvalidRequestError):
        prover.check(forge(prover.prove()))


def _of_who_is_there(proof: ProofFile, prover: Prover) -> ProofFile:
    listed = prover.prove()
    return replace(
        proof, operator_id=LISTED, bucket=(listed.operator or "",), siblings=listed.siblings
    )


def _of_another_bucket(proof: ProofFile, prover: Prover) -> ProofFile:
    del prover
    return replace(proof, operator_id=LISTED)


def _with_one_left_out(proof: ProofFile, prover: Prover) -> ProofFile:
    listed = prover.prove()
    return replace(proof, operator_id=LISTED, bucket=(), siblings=listed.siblings)


def _with_a_short_way(proof: ProofFile, prover: Prover) -> ProofFile:
    del prover
    return replace(proof, siblings=())


@pytest.mark.parametrize(
    "forge", [_of_who_is_there, _of_another_bucket, _with_one_left_out, _with_a_short_way]
)
def test_sta_5_forged_proof_of_absence_is_refused(
    prover: Prover, forge: Callable[[ProofFile, Prover], ProofFile]
) -> None:
    with pytest.raises(InvalidRequestError):
        prover.check(forge(prover.open(), prover))


@pytest.mark.parametrize("content", [b"", b"{}", b'{"format": "x"}', b"\xff"])
def test_what_is_no_proof_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidRequestError, match="not a proof"):
        read_proof(content)


def test_sta_5_proof_of_another_format_or_of_nothing_is_refused(prover: Prover) -> None:
    proof = prover.prove()
    for wrong in (replace(proof, format="another"), replace(proof, operator=None)):
        with pytest.raises(InvalidRequestError, match="not a proof of the kind"):
            read_proof(msgspec.json.encode(wrong))


def test_sta_5_head_that_the_issuer_did_not_sign_proves_nothing(
    prover: Prover, tmp_path: Path
) -> None:
    proof = prover.prove()
    strangers = Keys(tmp_path / "strangers", "XB", prover.home.clock.now)
    registered = replace(prover.home.profile, trust=(strangers.anchors(KeyUse.LISTS),))
    with pytest.raises((UnknownSignerError, SignatureError)):
        prover.check(proof, registered)
    with pytest.raises(GatewayError):
        prover.check(replace(proof, head=proof.head.replace(b"XA-XB", b"XA-XC")))


def test_acc_4_proof_from_a_test_list_proves_nothing_in_earnest(prover: Prover) -> None:
    proof = prover.prove()
    in_earnest, trial = (replace(prover.home.profile, test=test) for test in (False, True))
    assert prover.check(proof, in_earnest).operator is not None
    with pytest.raises(WrongStreamError, match="which is for production"):
        prover.check(proof, trial)


def test_sta_5_head_of_another_administration_proves_nothing_about_the_issuer(
    prover: Prover,
) -> None:
    others = replace(prover.home.profile, agreement=make_agreement(partner="XC"))
    with pytest.raises(WrongStreamError, match="a head of XB, not of XC"):
        prover.check(prover.prove(), others)
