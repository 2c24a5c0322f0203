from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from gateway.domain.errors import CertificateError, StaleRevocationError
from gateway.trust.certificates import check_signer
from tests.fakes.certificates import DAY, Issued, anchors, issue, revoke
from tests.fakes.trial_keys import NOW

SECOND = timedelta(seconds=1)

OLD = issue("ca", number=9, ca=True)
NEW = issue("ca", number=8, ca=True)
"""A CA that changed its key, and not its name."""

ISSUED = issue("lists", issuer=NEW)


@pytest.fixture(scope="module")
def authority() -> Issued:
    return issue("ca", number=9, ca=True)


@pytest.fixture(scope="module")
def signer(authority: Issued) -> Issued:
    return issue("lists", issuer=authority)


def _check(
    signer: Issued, authority: Issued, *lists: str, at: timedelta = timedelta(0), pinned: bool
) -> None:
    trusted = anchors(
        pinned=[signer] if pinned else [], authorities=[authority], revocation_lists=lists
    )
    check_signer(signer.der, [], trusted, moments=(NOW + at,))


@pytest.mark.parametrize("pinned", [True, False])
def test_sig_5_fresh_list_without_the_signer_is_fine(
    pinned: bool, signer: Issued, authority: Issued
) -> None:
    _check(signer, authority, revoke(authority), pinned=pinned)


@pytest.mark.parametrize("pinned", [True, False])
def test_sig_5_revoked_signer_is_refused(pinned: bool, signer: Issued, authority: Issued) -> None:
    with pytest.raises(CertificateError, match=r"CN=lists,C=XA was revoked at 2026-03-01T12:00"):
        _check(signer, authority, revoke(authority, signer), pinned=pinned)


def test_sig_5_revocation_counts_from_its_date(signer: Issued, authority: Issued) -> None:
    crl = revoke(authority, signer, at=NOW)
    _check(signer, authority, crl, at=-SECOND, pinned=True)
    with pytest.raises(CertificateError, match="was revoked"):
        _check(signer, authority, crl, pinned=True)


def test_sig_5_key_lost_before_its_revocation_is_refused(signer: Issued, authority: Issued) -> None:
    crl = revoke(authority, signer, at=NOW, invalid_since=NOW - timedelta(hours=3))
    with pytest.raises(CertificateError, match="was revoked at 2026-03-01T09:00:00Z"):
        _check(signer, authority, crl, at=-timedelta(hours=2), pinned=True)
    _check(signer, authority, crl, at=-timedelta(hours=4), pinned=True)


@pytest.mark.parametrize("pinned", [True, False])
def test_sig_5_stale_list_is_refused(pinned: bool, signer: Issued, authority: Issued) -> None:
    crl = revoke(authority, until=NOW + DAY)
    _check(signer, authority, crl, at=DAY, pinned=pinned)
    with pytest.raises(CertificateError, match=r"CN=ca,C=XA is stale \(2026-03-02T12:00:00Z\)"):
        _check(signer, authority, crl, at=DAY + SECOND, pinned=pinned)


@pytest.mark.parametrize("pinned", [True, False])
def test_sig_9_stale_list_is_taken_in_its_grace_and_then_refused_for_now(
    pinned: bool, signer: Issued, authority: Issued
) -> None:
    ended = NOW + DAY
    crl = revoke(authority, until=ended)
    trusted = replace(
        anchors(pinned=[signer] if pinned else [], authorities=[authority], revocation_lists=[crl]),
        crl_grace=DAY,
    )
    fresh = check_signer(signer.der, [], trusted, moments=(ended,))
    stale = check_signer(signer.der, [], trusted, moments=(ended + DAY,))
    assert (fresh.crl_ended_at, stale.crl_ended_at) == (None, ended)
    with pytest.raises(StaleRevocationError) as refused:
        check_signer(signer.der, [], trusted, moments=(ended + DAY + SECOND,))
    assert refused.value.retryable


def test_sig_9_grace_forgives_no_revocation(signer: Issued, authority: Issued) -> None:
    crl = revoke(authority, signer, until=NOW + DAY)
    trusted = anchors(authorities=[authority], revocation_lists=[crl])
    with pytest.raises(CertificateError, match="was revoked"):
        check_signer(signer.der, [], replace(trusted, crl_grace=9 * DAY), moments=(NOW + 2 * DAY,))


def test_sig_5_newer_list_heals_a_stale_one(signer: Issued, authority: Issued) -> None:
    stale = revoke(authority, since=NOW - 3 * DAY, until=NOW - 2 * DAY)
    _check(signer, authority, stale, revoke(authority), pinned=False)


def test_sig_5_revocation_in_any_list_counts(signer: Issued, authority: Issued) -> None:
    stale = revoke(authority, signer, at=NOW - 3 * DAY, since=NOW - 3 * DAY, until=NOW - 2 * DAY)
    with pytest.raises(CertificateError, match="was revoked"):
        _check(signer, authority, revoke(authority), stale, pinned=False)


@pytest.mark.parametrize("pinned", [True, False])
def test_sig_5_list_that_the_ca_did_not_sign_is_refused(
    pinned: bool, signer: Issued, authority: Issued
) -> None:
    stranger = issue("ca", number=7, ca=True)
    with pytest.raises(CertificateError, match="is not signed by a registered ca"):
        _check(signer, authority, revoke(stranger), pinned=pinned)


def _stale(issuer: Issued) -> str:
    return revoke(issuer, since=NOW - 100 * DAY, until=NOW - 90 * DAY)


def _check_after_a_change_of_key(*lists: str, pinned: bool, registered: bool = True) -> None:
    trusted = anchors(
        pinned=[ISSUED] if pinned else [],
        authorities=[OLD, NEW] if registered else [OLD],
        revocation_lists=lists,
    )
    check_signer(ISSUED.der, [], trusted, moments=(NOW,))


@pytest.mark.parametrize("pinned", [True, False])
def test_sig_5_ca_that_changes_its_key_under_one_name_has_two_lists(pinned: bool) -> None:
    _check_after_a_change_of_key(revoke(OLD), revoke(NEW), pinned=pinned)
    _check_after_a_change_of_key(revoke(NEW), revoke(OLD), pinned=pinned)


@pytest.mark.parametrize("pinned", [True, False])
def test_sig_5_fresh_list_of_a_namesake_frees_no_stale_one(pinned: bool) -> None:
    with pytest.raises(StaleRevocationError, match="is stale"):
        _check_after_a_change_of_key(revoke(OLD), _stale(NEW), pinned=pinned)


@pytest.mark.parametrize("pinned", [True, False])
def test_sig_5_stale_list_of_a_namesake_does_no_harm(pinned: bool) -> None:
    _check_after_a_change_of_key(_stale(OLD), revoke(NEW), pinned=pinned)


@pytest.mark.parametrize("pinned", [True, False])
def test_sig_5_each_ca_of_one_name_revokes_its_own_only(pinned: bool) -> None:
    _check_after_a_change_of_key(revoke(OLD, ISSUED), revoke(NEW), pinned=pinned)
    with pytest.raises(CertificateError, match="was revoked"):
        _check_after_a_change_of_key(revoke(OLD), revoke(NEW, ISSUED), pinned=pinned)


@pytest.mark.parametrize("pinned", [True, False])
def test_sig_5_forged_list_of_the_right_name_is_refused_beside_a_namesakes(pinned: bool) -> None:
    forged = revoke(issue("ca", number=7, ca=True))
    with pytest.raises(CertificateError, match="is not signed by a registered ca"):
        _check_after_a_change_of_key(revoke(OLD), forged, pinned=pinned)


@pytest.mark.parametrize("pinned", [True, False])
def test_sig_5_forged_list_neither_frees_a_stale_one_nor_revokes(pinned: bool) -> None:
    forger = issue("ca", number=7, ca=True)
    with pytest.raises(StaleRevocationError):
        _check_after_a_change_of_key(revoke(forger), _stale(NEW), pinned=pinned)
    _check_after_a_change_of_key(revoke(forger, ISSUED), revoke(NEW), pinned=pinned)


def test_sig_5_new_key_of_a_ca_needs_a_list_of_its_own() -> None:
    with pytest.raises(CertificateError, match="CN=ca,C=XA is registered for its key"):
        _check_after_a_change_of_key(revoke(OLD), pinned=False)


@pytest.mark.parametrize("registered", [True, False])
def test_sig_5_pinned_signer_needs_no_list_of_its_cas_new_key(registered: bool) -> None:
    _check_after_a_change_of_key(revoke(OLD), pinned=True, registered=registered)


def test_sig_5_list_signed_by_another_kind_of_key_is_refused(
    signer: Issued, authority: Issued
) -> None:
    stranger = issue("ca", kind="rsa3072", ca=True)
    with pytest.raises(CertificateError, match="is not signed by a registered ca"):
        _check(signer, authority, revoke(stranger), pinned=False)


def test_sig_5_list_of_a_ca_whose_key_signs_nothing_is_refused(signer: Issued) -> None:
    other = issue("ca", kind="x25519", issuer=issue("root", number=6, ca=True))
    trusted = anchors(
        pinned=[signer], authorities=[other], revocation_lists=[revoke(issue("ca", ca=True))]
    )
    with pytest.raises(CertificateError, match="is not signed by a registered ca"):
        check_signer(signer.der, [], trusted, moments=(NOW,))


def test_sig_5_ca_without_a_list_is_refused_where_lists_are_used(
    signer: Issued, authority: Issued
) -> None:
    other = issue("other ca", number=7, ca=True)
    with pytest.raises(CertificateError, match="no revocation list of CN=ca,C=XA is registered"):
        _check(signer, authority, revoke(other), pinned=False)


def test_sig_5_pinned_signer_needs_no_list_of_its_own(authority: Issued) -> None:
    alone = issue("lists", number=3)
    _check(alone, authority, revoke(authority), pinned=True)


def test_sig_5_partial_list_is_refused(signer: Issued, authority: Issued) -> None:
    part = x509.IssuingDistributionPoint(
        full_name=None,
        relative_name=x509.RelativeDistinguishedName(
            [x509.NameAttribute(NameOID.COMMON_NAME, "part")]
        ),
        only_contains_user_certs=False,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )
    with pytest.raises(CertificateError, match="is only a part"):
        _check(signer, authority, revoke(authority, extension=part), pinned=False)


def test_sig_5_delta_list_is_refused(signer: Issued, authority: Issued) -> None:
    delta = revoke(authority, extension=x509.DeltaCRLIndicator(1))
    with pytest.raises(CertificateError, match="is only a part"):
        _check(signer, authority, delta, pinned=False)


def test_sig_5_revoked_intermediate_is_refused() -> None:
    root = issue("root", number=9, ca=True)
    middle = issue("middle", number=8, ca=True, issuer=root)
    signer = issue("lists", issuer=middle)
    good = [revoke(root), revoke(middle)]
    trusted = anchors(authorities=[root], revocation_lists=good)
    check_signer(signer.der, [middle.der], trusted, moments=(NOW,))
    bad = anchors(authorities=[root], revocation_lists=[revoke(root, middle), revoke(middle)])
    with pytest.raises(CertificateError, match="CN=middle,C=XA was revoked"):
        check_signer(signer.der, [middle.der], bad, moments=(NOW,))
