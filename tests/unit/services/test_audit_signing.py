"""SIG-8: what was signed of the trail finds out whoever rewrites all of it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from gateway.domain.audit_heads import SignedHead, statement_of
from gateway.domain.errors import AuditTrailError
from gateway.domain.profiles import FeedKind
from gateway.services.audit_signing import HeadSigner, check_heads
from gateway.trust.audit_keys import is_head_signed, sign_head
from gateway.trust.keys import SigningKey
from tests.fakes.certificates import issue
from tests.fakes.home import OFFICER, Home

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


class Trail:
    """A home with some events, and a key to sign its head with."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder, FeedKind.GRPC)
        now = self.home.clock.now
        self.key = self.make_key("audit", 1)
        self.heads = self.home.store.audit_heads
        self.signer = HeadSigner(self.heads, lambda said: sign_head(self.key, said), home="XA")
        self.record("first")
        self.record("second")
        assert now == self.home.clock.now

    def make_key(self, name: str, number: int, *, days: int = 30) -> SigningKey:
        now = self.home.clock.now
        return issue(name, number=number, since=now - DAY, until=now + days * DAY).signing_key()

    def record(self, what: str) -> None:
        self.home.store.audit.record("x", what, {}, OFFICER, self.home.clock.now)

    def check(self, *handed_in: SignedHead) -> int:
        own = {self.key.fingerprint}
        return check_heads(
            self.heads,
            lambda signed: is_head_signed(signed, own),
            home="XA",
            handed_in=handed_in,
        )

    def rewrite(self) -> None:
        """Write the whole trail anew, so that its own chain is whole."""
        with self.home.store._database.write() as connection:
            connection.execute(text("DELETE FROM audit_events"))
            connection.execute(
                text("UPDATE audit_head SET number = 0, digest = :zeros"), {"zeros": "0" * 64}
            )
        self.record("first")
        self.record("forged")
        self.record("third")
        assert self.home.store.audit.verify() == 3


@pytest.fixture
def trail(tmp_path: Path) -> Iterator[Trail]:
    trail = Trail(tmp_path)
    yield trail
    trail.home.close()


def test_sig_8_head_is_signed_once_a_day(trail: Trail) -> None:
    start = trail.home.clock.now
    first = trail.signer.sign_if_due(start)
    assert first is not None
    assert (first.number, first.at) == (trail.heads.end()[0], start)
    assert trail.signer.sign_if_due(start + DAY - SECOND) is None
    again = trail.signer.sign_if_due(start + DAY)
    assert again == replace(first, at=start + DAY)
    assert trail.check() == 2


def test_sig_8_trail_that_only_grew_fits_its_heads(trail: Trail) -> None:
    trail.signer.sign(trail.home.clock.now)
    trail.record("third")
    trail.signer.sign(trail.home.clock.now)
    assert trail.check() == 2


def test_sig_8_trail_rewritten_as_a_whole_is_found(trail: Trail) -> None:
    trail.signer.sign(trail.home.clock.now)
    trail.rewrite()
    with pytest.raises(AuditTrailError, match="is not the one whose head was signed"):
        trail.check()


def test_sig_8_head_kept_elsewhere_finds_what_forgot_its_own(trail: Trail) -> None:
    trail.signer.sign(trail.home.clock.now)
    (kept,) = trail.heads.all()
    trail.rewrite()
    with trail.home.store._database.write() as connection:
        connection.execute(text("DELETE FROM signed_heads"))
    assert trail.check() == 0
    with pytest.raises(AuditTrailError, match="is not the one whose head was signed"):
        trail.check(kept)


def test_sig_8_trail_cut_off_below_a_signed_head_is_found(trail: Trail) -> None:
    trail.signer.sign(trail.home.clock.now)
    with trail.home.store._database.write() as connection:
        connection.execute(text("DELETE FROM audit_events WHERE number > 1"))
    with pytest.raises(AuditTrailError, match="is not the one whose head was signed"):
        trail.check()


def _of_another_key(trail: Trail, signed: SignedHead) -> SignedHead:
    return sign_head(trail.make_key("stranger", 2), signed.statement)


def _with_other_certificate(trail: Trail, signed: SignedHead) -> SignedHead:
    return replace(_of_another_key(trail, signed), certificate=signed.certificate)


def _of_another_time(trail: Trail, signed: SignedHead) -> SignedHead:
    late = replace(signed.head, at=signed.head.at + 31 * DAY)
    return sign_head(trail.key, statement_of(late))


def _of_another_home(trail: Trail, signed: SignedHead) -> SignedHead:
    return sign_head(trail.key, statement_of(replace(signed.head, home="XB")))


def _changed(trail: Trail, signed: SignedHead) -> SignedHead:
    del trail
    return replace(signed, statement=signed.statement.replace(b"XA", b"XB"))


def _no_head(trail: Trail, signed: SignedHead) -> SignedHead:
    del signed
    return sign_head(trail.key, b"[]")


@pytest.mark.parametrize(
    "forge",
    [
        _of_another_key,
        _with_other_certificate,
        _of_another_time,
        _of_another_home,
        _changed,
        _no_head,
    ],
)
def test_sig_8_head_that_home_did_not_sign_is_found(
    trail: Trail, forge: Callable[[Trail, SignedHead], SignedHead]
) -> None:
    trail.signer.sign(trail.home.clock.now)
    (signed,) = trail.heads.all()
    with pytest.raises(AuditTrailError, match=r"a signed head was changed|is not signed by a key"):
        trail.check(forge(trail, signed))
