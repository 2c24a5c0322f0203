from datetime import datetime, timedelta

import msgspec
import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from msgspec.structs import replace

from gateway.domain.documents import SignerIdentity, Verified
from gateway.domain.errors import (
    CertificateError,
    ConfigError,
    SignatureError,
    UnknownSignerError,
    WeakAlgorithmError,
)
from gateway.domain.profiles import CompromisedKey, KeyUse
from gateway.trust.algorithms import ALGORITHMS, is_signed
from gateway.trust.certificates import (
    check_signer,
    fingerprint,
    fingerprint_of_pem,
    require_separate_uses,
    require_valid_when_issued,
)
from gateway.trust.dsse import open_envelope, seal
from tests.fakes.certificates import DAY, Issued, anchors, issue, make_key
from tests.fakes.trial_keys import NOW

SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def authority() -> Issued:
    return issue("ca", number=9, ca=True, until=NOW + 100 * DAY)


@pytest.fixture(scope="module")
def signer() -> Issued:
    return issue("lists", number=1)


def _check(signer: Issued, *chain: Issued, at: datetime = NOW, **trusted: object) -> SignerIdentity:
    return check_signer(
        signer.der,
        [each.der for each in chain],
        anchors(**trusted),  # type: ignore[arg-type] # handed through
        moments=(at,),
    )


def test_sig_5_pinned_certificate_is_accepted(signer: Issued) -> None:
    identity = _check(signer, pinned=[signer])
    assert identity.fingerprint == fingerprint(signer.der)
    assert identity.subject == "CN=lists,C=XA"
    assert identity.country == "XA"
    assert identity.algorithm == "ecdsa-p256-sha256"


def test_sig_5_certificate_of_a_pinned_ca_is_accepted(authority: Issued) -> None:
    assert _check(issue("lists", issuer=authority), authorities=[authority]).country == "XA"


def test_sig_5_certificate_of_another_ca_is_refused(authority: Issued) -> None:
    other = issue("ca", number=7, ca=True)
    with pytest.raises(UnknownSignerError, match="is not registered for lists of XA"):
        _check(issue("lists", issuer=other), other, authorities=[authority])


def test_sig_5_chain_beside_the_signer_is_a_hint_and_no_anchor(signer: Issued) -> None:
    other = issue("ca", number=7, ca=True)
    with pytest.raises(UnknownSignerError):
        _check(issue("lists", issuer=other), other, pinned=[signer])


def test_sig_5_pinned_signer_issues_nothing(signer: Issued) -> None:
    with pytest.raises(UnknownSignerError):
        _check(issue("other", number=2, issuer=signer), signer, pinned=[signer])


def test_sig_5_certificate_that_is_no_ca_issues_nothing(authority: Issued) -> None:
    plain = issue("plain", number=2, issuer=authority)
    forged = issue("lists", number=3, issuer=plain)
    with pytest.raises(UnknownSignerError):
        _check(forged, plain, authorities=[authority])


def test_sig_5_nothing_registered_accepts_nobody(signer: Issued) -> None:
    with pytest.raises(UnknownSignerError):
        _check(signer)


def test_sig_5_validity_includes_its_first_and_last_second() -> None:
    signer = issue("lists", since=NOW, until=NOW + DAY)
    _check(signer, at=NOW, pinned=[signer])
    _check(signer, at=NOW + DAY, pinned=[signer])


@pytest.mark.parametrize(
    ("at", "words"),
    {
        "before": (NOW - SECOND, r"not valid before 2026-03-01T12:00:00Z"),
        "after": (NOW + DAY + SECOND, r"expired at 2026-03-02T12:00:00Z"),
    }.values(),
)
@pytest.mark.parametrize("pinned", [True, False])
def test_sig_5_certificate_outside_its_dates_is_refused(
    at: datetime, words: str, pinned: bool, authority: Issued
) -> None:
    signer = issue("lists", issuer=authority, since=NOW, until=NOW + DAY)
    trusted = {"pinned": [signer]} if pinned else {"authorities": [authority]}
    with pytest.raises(CertificateError, match=words):
        _check(signer, at=at, **trusted)


def test_sig_5_every_moment_counts(signer: Issued) -> None:
    late = signer.certificate.not_valid_after_utc + SECOND
    with pytest.raises(CertificateError, match="expired"):
        check_signer(signer.der, [], anchors(pinned=[signer]), moments=(NOW, late))


def test_sig_5_ca_that_expired_before_its_signer_is_refused(authority: Issued) -> None:
    signer = issue("lists", issuer=authority, until=NOW + 300 * DAY)
    _check(signer, at=NOW + 99 * DAY, authorities=[authority])
    with pytest.raises(CertificateError, match=r"CN=ca,C=XA expired"):
        _check(signer, at=NOW + 101 * DAY, authorities=[authority])


def test_sig_5_ca_that_was_renewed_with_its_key_is_accepted(authority: Issued) -> None:
    signer = issue("lists", issuer=authority, until=NOW + 300 * DAY)
    renewed = issue("ca", number=9, ca=True, since=NOW + 50 * DAY, until=NOW + 400 * DAY)
    _check(signer, at=NOW + 101 * DAY, authorities=[authority, renewed])


@pytest.mark.parametrize("countries", [["XB"], [], ["XA", "XB"]])
def test_sig_5_other_country_is_refused(countries: list[str]) -> None:
    signer = issue("lists", countries=countries)
    with pytest.raises(CertificateError, match="registered are XA"):
        _check(signer, pinned=[signer])


def test_sig_5_every_registered_country_is_accepted() -> None:
    signer = issue("lists", countries=["XC"])
    assert _check(signer, pinned=[signer], countries=["XB", "XC"]).country == "XC"


@pytest.mark.parametrize("kind", ["rsa1024", "rsa2048"])
def test_sig_4_short_rsa_key_is_refused(kind: str) -> None:
    signer = issue("lists", kind=kind)
    with pytest.raises(WeakAlgorithmError, match="3072 are needed"):
        _check(signer, pinned=[signer], algorithms=["rsa-pss-sha256"])


@pytest.mark.parametrize("kind", ["p521", "dsa"])
def test_sig_4_other_kind_of_key_is_refused(kind: str) -> None:
    signer = issue("lists", kind=kind)
    with pytest.raises(WeakAlgorithmError, match=r"a key of kind \w+ may not sign"):
        _check(signer, pinned=[signer], algorithms=["ecdsa-p256-sha256"])


def test_sig_4_weak_key_of_the_ca_is_refused() -> None:
    authority = issue("ca", kind="rsa2048", ca=True)
    with pytest.raises(WeakAlgorithmError, match="3072 are needed"):
        _check(issue("lists", issuer=authority), authorities=[authority])


def test_sig_4_key_of_an_algorithm_that_is_not_registered_is_refused(signer: Issued) -> None:
    with pytest.raises(WeakAlgorithmError, match="registered are ed25519"):
        _check(signer, pinned=[signer], algorithms=["ed25519"])


def test_sig_4_ed25519_signer_under_an_ecdsa_ca_is_accepted(authority: Issued) -> None:
    signer = issue("lists", kind="ed25519", issuer=authority)
    identity = _check(signer, authorities=[authority], algorithms=["ed25519"])
    assert identity.algorithm == "ed25519"


@pytest.mark.parametrize("der", [b"", b"0\x00", b"x" * 100])
def test_sig_5_what_is_no_certificate_is_refused(der: bytes, signer: Issued) -> None:
    with pytest.raises(SignatureError, match="not readable"):
        check_signer(der, [], anchors(pinned=[signer]), moments=(NOW,))
    with pytest.raises(SignatureError, match="not readable"):
        check_signer(signer.der, [der], anchors(pinned=[signer]), moments=(NOW,))


def test_sig_4_key_of_an_unknown_kind_is_refused(signer: Issued) -> None:
    of_a_curve, of_nothing = (
        bytes.fromhex("06072a8648ce3d0201"),
        bytes.fromhex("06072a8648ce3d027f"),
    )
    strange = signer.der.replace(of_a_curve, of_nothing)
    assert strange != signer.der
    with pytest.raises(WeakAlgorithmError, match="of a kind that may not sign"):
        check_signer(strange, [], anchors(pinned=[signer]), moments=(NOW,))


def test_sig_5_endless_chain_is_refused(signer: Issued) -> None:
    with pytest.raises(SignatureError, match="5 certificates beside"):
        check_signer(signer.der, [signer.der] * 5, anchors(pinned=[signer]), moments=(NOW,))


@pytest.mark.parametrize(
    "purpose", [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
)
def test_sig_6_tls_certificate_of_a_pinned_ca_signs_nothing(
    purpose: object, authority: Issued
) -> None:
    signer = issue("tls", issuer=authority, purposes=[purpose])  # type: ignore[list-item] # an oid
    with pytest.raises(UnknownSignerError, match="is a tls certificate, not for lists"):
        _check(signer, authorities=[authority])


def test_sig_6_certificate_for_signing_documents_is_accepted(authority: Issued) -> None:
    signer = issue("l", issuer=authority, purposes=[ExtendedKeyUsageOID.CODE_SIGNING])
    _check(signer, authorities=[authority])


def test_sig_6_anchors_of_another_use_never_match(signer: Issued) -> None:
    acknowledgements = issue("acknowledgements", number=2)
    with pytest.raises(UnknownSignerError, match="not registered for acknowledgements"):
        _check(signer, pinned=[acknowledgements], use=KeyUse.ACKNOWLEDGEMENTS)


def test_sig_6_one_key_for_two_uses_is_refused_in_a_profile(
    signer: Issued, authority: Issued
) -> None:
    twin = issue("another name", number=1)
    other = issue("acknowledgements", number=2)
    lists = anchors(pinned=[signer], authorities=[authority])
    require_separate_uses([lists, anchors(pinned=[other], use=KeyUse.ACKNOWLEDGEMENTS)])
    for shared in (anchors(pinned=[twin]), anchors(authorities=[authority])):
        again = msgspec.structs.replace(shared, use=KeyUse.ACKNOWLEDGEMENTS)
        with pytest.raises(ConfigError, match="registered for lists and for acknowledgements"):
            require_separate_uses([lists, again])


def test_sig_6_one_key_twice_for_one_use_is_allowed(signer: Issued) -> None:
    require_separate_uses([anchors(pinned=[signer, issue("renewed", number=1)])])


def _verified(signer: Issued, signed_at: datetime | None = NOW) -> Verified[bytes]:
    envelope = seal(b"", "t", signer.signing_key())
    opened = open_envelope(envelope, "t", anchors(pinned=[signer]), now=NOW)
    return msgspec.structs.replace(opened, signed_at=signed_at)


@pytest.mark.parametrize("offset", [timedelta(minutes=5), timedelta(0), timedelta(minutes=-5)])
def test_sig_5_signing_time_within_five_minutes_of_the_issue_is_accepted(
    offset: timedelta, signer: Issued
) -> None:
    verified = _verified(signer, NOW + offset)
    require_valid_when_issued(verified, anchors(pinned=[signer]), NOW)


@pytest.mark.parametrize("offset", [timedelta(minutes=5, seconds=1), timedelta(days=-1)])
def test_sig_5_signing_time_far_from_the_issue_is_refused(
    offset: timedelta, signer: Issued
) -> None:
    with pytest.raises(CertificateError, match="but issued at 2026-03-01T12:00:00Z"):
        require_valid_when_issued(_verified(signer, NOW + offset), anchors(pinned=[signer]), NOW)


def test_sig_5_envelope_without_signing_time_is_judged_by_its_certificate(signer: Issued) -> None:
    verified = _verified(signer, None)
    require_valid_when_issued(verified, anchors(pinned=[signer]), NOW)
    early = signer.certificate.not_valid_before_utc - SECOND
    with pytest.raises(CertificateError, match="is not valid before"):
        require_valid_when_issued(verified, anchors(pinned=[signer]), early)


def test_sig_5_chain_of_the_first_check_serves_the_second() -> None:
    root = issue("root", number=9, ca=True)
    middle = issue("middle", number=8, ca=True, issuer=root)
    signer = issue("lists", issuer=middle)
    trusted = anchors(authorities=[root])
    envelope = seal(b"", "t", signer.signing_key(chain=[middle]))
    verified = open_envelope(envelope, "t", trusted, now=NOW)
    require_valid_when_issued(verified, trusted, NOW - timedelta(hours=1))


UNREADABLE = {
    "a signer": {"pinned": ("x",)},
    "a ca": {"authorities": ("x",)},
    "a revocation list": {"revocation_lists": ("x",)},
}


@pytest.mark.parametrize("texts", UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_profile_is_our_own_fault(
    texts: dict[str, tuple[str, ...]], signer: Issued
) -> None:
    broken = msgspec.structs.replace(anchors(), **texts)
    with pytest.raises(ConfigError, match="of XA for lists is not readable"):
        check_signer(signer.der, [], broken, moments=(NOW,))


def test_pinned_text_with_a_ca_behind_the_signer_is_refused(
    signer: Issued, authority: Issued
) -> None:
    broken = msgspec.structs.replace(anchors(), pinned=(signer.pem + authority.pem,))
    with pytest.raises(ConfigError, match="is not alone"):
        check_signer(signer.der, [], broken, moments=(NOW,))


def test_fingerprint_of_a_pem_text_is_that_of_its_first_certificate(
    signer: Issued, authority: Issued
) -> None:
    assert fingerprint_of_pem(signer.pem + authority.pem) == fingerprint(signer.der)
    with pytest.raises(ConfigError, match="not a pem certificate"):
        fingerprint_of_pem("x")


def test_same_kind_of_key_with_another_number_is_another_key() -> None:
    assert make_key("p256", 1) is not make_key("p256", 2)


def test_key_that_signs_nothing_matches_no_signature() -> None:
    public = issue("x", kind="x25519", issuer=issue("ca", ca=True)).certificate.public_key()
    assert not is_signed(ALGORITHMS["ed25519"], public, b"", b"")


def test_sig_9_compromised_key_signs_nothing_that_comes_since(signer: Issued) -> None:
    key = CompromisedKey(
        fingerprint=fingerprint(signer.der), since=NOW + DAY, reason="stolen from the safe"
    )
    marked = replace(anchors(pinned=[signer]), compromised=(key,))
    check_signer(signer.der, [], marked, moments=(NOW + DAY - timedelta(seconds=1),))
    with pytest.raises(CertificateError, match="is compromised since 2026-03-02T12:00:00Z") as told:
        check_signer(signer.der, [], marked, moments=(NOW + DAY,))
    assert "stolen" not in told.value.message


def test_sig_9_other_keys_of_the_partner_go_on_signing(signer: Issued) -> None:
    other = issue("other", number=5)
    key = CompromisedKey(fingerprint=fingerprint(other.der), since=NOW - DAY)
    marked = replace(anchors(pinned=[signer, other]), compromised=(key,))
    check_signer(signer.der, [], marked, moments=(NOW,))


@pytest.mark.parametrize("usage", ["ca", "key agreement"])
def test_sig_5_certificate_that_may_not_sign_documents_signs_none(
    usage: str, authority: Issued
) -> None:
    if usage == "ca":
        signer = issue("CA below", number=31, issuer=authority, ca=True)
    else:
        signer = issue("agrees on keys", number=32, issuer=authority, signs=False)
    with pytest.raises(CertificateError, match="may not sign documents"):
        _check(signer, authorities=[authority])
