"""Envelopes of hybrid streams: two signatures, one of them by ML-DSA-65 (SIG-4)."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec import structs

from gateway.domain.errors import (
    CertificateError,
    ConfigError,
    SignatureError,
    UnknownSignerError,
    WeakAlgorithmError,
)
from gateway.domain.profiles import CompromisedKey, TrustAnchors
from gateway.trust.certificates import require_valid_when_issued
from gateway.trust.dsse import Envelope, open_envelope, seal
from gateway.trust.keys import load_signing_key
from tests.fakes.certificates import DAY, Issued, anchors, issue
from tests.fakes.trial_keys import NOW

TYPE = "application/vnd.mra-gateway.list.v1+protobuf"
PAYLOAD = b"header"
FIRST = issue("lists", number=1)
SECOND = issue("lists hybrid", kind="mldsa65")


def hybrid(*pinned: Issued, since: datetime = NOW, **changes: object) -> TrustAnchors:
    registered = anchors(pinned=pinned or (FIRST, SECOND))
    return structs.replace(registered, hybrid_since=since, **changes)


def sealed(*signers: Issued) -> Envelope:
    return seal(PAYLOAD, TYPE, *(each.signing_key() for each in signers or (FIRST, SECOND)))


def test_sig_4_both_signatures_of_a_hybrid_stream_open_it() -> None:
    opened = open_envelope(sealed(), TYPE, hybrid(), now=NOW)
    assert opened.content == PAYLOAD
    assert opened.signer.algorithm == "ecdsa-p256-sha256"
    assert opened.signer.beside is not None
    assert opened.signer.beside.algorithm == "ml-dsa-65"
    assert opened.signer.beside.certificate == SECOND.der


@pytest.mark.parametrize("only", [FIRST, SECOND], ids=["first", "second"])
def test_sig_4_hybrid_stream_never_falls_back_to_one_signature(only: Issued) -> None:
    with pytest.raises(WeakAlgorithmError, match="signed once, not by ml-dsa-65 too"):
        open_envelope(sealed(only), TYPE, hybrid(), now=NOW)


@pytest.mark.parametrize("signers", [(), (FIRST, SECOND, FIRST), (FIRST, SECOND, SECOND)])
def test_sig_4_hybrid_stream_has_two_signatures_and_no_more(signers: tuple[Issued, ...]) -> None:
    envelope = seal(PAYLOAD, TYPE, *(each.signing_key() for each in signers))
    with pytest.raises(SignatureError, match=f"envelope has {len(signers)} signatures, needed: 2"):
        open_envelope(envelope, TYPE, hybrid(), now=NOW)


def test_sig_4_two_signatures_before_the_date_are_one_too_many() -> None:
    later = hybrid(since=NOW + DAY)
    open_envelope(sealed(FIRST), TYPE, later, now=NOW)
    with pytest.raises(SignatureError, match="envelope has 2 signatures, needed: 1"):
        open_envelope(sealed(), TYPE, later, now=NOW)
    open_envelope(sealed(), TYPE, later, now=NOW + DAY)


@pytest.mark.parametrize("signers", [(FIRST, FIRST), (SECOND, FIRST), (SECOND, SECOND)])
def test_sig_4_other_algorithms_than_those_stated_are_refused(signers: tuple[Issued, ...]) -> None:
    with pytest.raises(WeakAlgorithmError, match="may not sign, registered are"):
        open_envelope(sealed(*signers), TYPE, hybrid(), now=NOW)


def test_sig_4_other_parameters_of_ml_dsa_are_refused() -> None:
    weaker = issue("lists hybrid", kind="mldsa44")
    signature = replace(
        sealed().signatures[1], keyid=weaker.certificate.fingerprint(SHA256()).hex(),
        chain=(weaker.der,),
    )  # fmt: skip
    bent = replace(sealed(), signatures=(sealed().signatures[0], signature))
    with pytest.raises(WeakAlgorithmError, match="a key of kind mldsa44 may not sign"):
        open_envelope(bent, TYPE, hybrid(FIRST, weaker), now=NOW)


def test_sig_4_ml_dsa_alone_signs_no_usual_stream() -> None:
    with pytest.raises(WeakAlgorithmError, match="a key for ml-dsa-65 may not sign"):
        open_envelope(sealed(SECOND), TYPE, anchors(pinned=[FIRST, SECOND]), now=NOW)


@pytest.mark.parametrize("which", [0, 1])
def test_sig_4_either_signature_over_other_bytes_is_refused(which: int) -> None:
    other = seal(b"other", TYPE, FIRST.signing_key(), SECOND.signing_key())
    signatures = list(sealed().signatures)
    signatures[which] = other.signatures[which]
    bent = replace(sealed(), signatures=tuple(signatures))
    with pytest.raises(SignatureError, match="does not match the signed bytes"):
        open_envelope(bent, TYPE, hybrid(), now=NOW)


def test_sig_5_second_signer_is_pinned_not_issued_by_a_ca_of_another_algorithm() -> None:
    authority = issue("ca", number=9, ca=True)
    issued = issue("lists hybrid", kind="mldsa65", number=1, issuer=authority)
    registered = structs.replace(hybrid(FIRST), authorities=(authority.pem,))
    with pytest.raises(UnknownSignerError, match="is not registered for lists of XA"):
        open_envelope(sealed(FIRST, issued), TYPE, registered, now=NOW)
    open_envelope(sealed(FIRST, issued), TYPE, hybrid(FIRST, issued), now=NOW)


def test_sig_5_second_signer_was_valid_when_the_list_was_issued() -> None:
    late = issue("lists hybrid", kind="mldsa65", number=2, since=NOW - DAY)
    registered = hybrid(FIRST, late)
    opened = open_envelope(sealed(FIRST, late), TYPE, registered, now=NOW)
    require_valid_when_issued(opened, registered, NOW)
    early = issue("lists", number=1, since=NOW - 30 * DAY)
    registered = hybrid(early, late)
    opened = open_envelope(sealed(early, late), TYPE, registered, now=NOW)
    with pytest.raises(CertificateError, match="CN=lists hybrid,C=XA is not valid before"):
        require_valid_when_issued(opened, registered, NOW - 10 * DAY)


def test_sig_4_second_signer_was_registered_when_the_list_was_issued() -> None:
    opened = open_envelope(sealed(), TYPE, hybrid(), now=NOW)
    late = structs.replace(hybrid(), pinned=(FIRST.pem,))
    with pytest.raises(UnknownSignerError, match="CN=lists hybrid"):
        require_valid_when_issued(opened, late, NOW)


def test_sig_9_compromised_second_key_is_refused() -> None:
    mark = CompromisedKey(fingerprint=SECOND.signing_key().fingerprint, since=NOW - DAY)
    with pytest.raises(CertificateError, match="compromised since"):
        open_envelope(sealed(), TYPE, hybrid(compromised=(mark,)), now=NOW)


def test_sig_4_ml_dsa_key_is_loaded_beside_another_only(tmp_path: Path) -> None:
    certificate, key = tmp_path / "hybrid.pem", tmp_path / "hybrid.key"
    certificate.write_text(SECOND.pem)
    key.touch(mode=0o600)
    key.write_bytes(SECOND.key_pem)
    with pytest.raises(ConfigError, match="signs beside another key only"):
        load_signing_key(certificate, key, now=NOW)
    assert load_signing_key(certificate, key, now=NOW, algorithm="ml-dsa-65").sign(b"data")
    key.chmod(0o640)
    with pytest.raises(ConfigError, match="may be read by others"):
        load_signing_key(certificate, key, now=NOW, algorithm="ml-dsa-65")
