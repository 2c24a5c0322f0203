from dataclasses import replace
from hashlib import sha256

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.domain.errors import (
    CertificateError,
    SignatureError,
    UnknownSignerError,
    WeakAlgorithmError,
)
from gateway.domain.profiles import KeyUse
from gateway.trust.dsse import Envelope, attach_chunks, open_envelope, pae, seal
from gateway.trust.pki import TrialPki
from tests.fakes.certificates import DAY, Issued, anchors, issue
from tests.fakes.trial_keys import NOW, key_of, pin

TYPE = "application/vnd.mra-gateway.list.v1+protobuf"
PAYLOAD = b"\x0a\x02header\x00\xff"


@pytest.fixture(scope="module")
def signer() -> Issued:
    return issue("lists", number=1)


@pytest.fixture(scope="module")
def envelope(signer: Issued) -> Envelope:
    return seal(PAYLOAD, TYPE, signer.signing_key())


def test_sig_3_signed_bytes_are_those_of_the_specification() -> None:
    assert (
        pae("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_sig_3_length_of_a_type_counts_bytes() -> None:
    assert pae("ü", b"") == b"DSSEv1 2 \xc3\xbc 0 "


def test_sig_3_sealed_payload_opens_as_signed(signer: Issued, envelope: Envelope) -> None:
    opened = open_envelope(envelope, TYPE, anchors(pinned=[signer]), now=NOW)
    assert opened.content == PAYLOAD
    assert opened.signed_at is None
    assert opened.signer.certificate == signer.der
    assert envelope.signatures[0].keyid == sha256(signer.der).hexdigest()


def test_sig_3_signature_is_over_the_pre_authentication_encoding(
    signer: Issued, envelope: Envelope
) -> None:
    key = x509.load_der_x509_certificate(signer.der).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(envelope.signatures[0].signature, pae(TYPE, PAYLOAD), ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [
        ("p256", "ecdsa-p256-sha256"),
        ("p384", "ecdsa-p384-sha384"),
        ("rsa3072", "rsa-pss-sha256"),
        ("rsa3072", "rsa-pss-sha384"),
        ("rsa3072", "rsa-pkcs1-sha512"),
        ("ed25519", "ed25519"),
    ],
)
def test_sig_4_every_allowed_algorithm_signs_and_verifies(kind: str, algorithm: str) -> None:
    signer = issue("lists", kind=kind)
    sealed = seal(PAYLOAD, TYPE, signer.signing_key(algorithm))
    trusted = anchors(pinned=[signer], algorithms=["ecdsa-p256-sha256", algorithm])
    opened = open_envelope(sealed, TYPE, trusted, now=NOW)
    assert opened.signer.algorithm == algorithm


def test_sig_4_algorithm_that_signed_is_named_among_several_of_one_key() -> None:
    signer = issue("lists", kind="rsa3072")
    both = ["rsa-pss-sha256", "rsa-pkcs1-sha256"]
    sealed = seal(PAYLOAD, TYPE, signer.signing_key("rsa-pkcs1-sha256"))
    opened = open_envelope(sealed, TYPE, anchors(pinned=[signer], algorithms=both), now=NOW)
    assert opened.signer.algorithm == "rsa-pkcs1-sha256"


def test_sig_4_algorithm_that_is_not_registered_is_refused() -> None:
    signer = issue("lists", kind="rsa3072")
    sealed = seal(PAYLOAD, TYPE, signer.signing_key("rsa-pkcs1-sha256"))
    with pytest.raises(SignatureError, match="does not match"):
        open_envelope(
            sealed, TYPE, anchors(pinned=[signer], algorithms=["rsa-pss-sha256"]), now=NOW
        )
    with pytest.raises(WeakAlgorithmError, match="registered are ed25519"):
        open_envelope(sealed, TYPE, anchors(pinned=[signer], algorithms=["ed25519"]), now=NOW)


def test_acc_2_payload_is_not_returned_without_its_signature(
    signer: Issued, envelope: Envelope
) -> None:
    other = replace(envelope, payload=PAYLOAD + b"\x00")
    with pytest.raises(SignatureError, match="does not match"):
        open_envelope(other, TYPE, anchors(pinned=[signer]), now=NOW)


def test_sig_3_changed_payload_is_refused(signer: Issued, envelope: Envelope) -> None:
    with pytest.raises(SignatureError, match="does not match the signed bytes"):
        open_envelope(
            replace(envelope, payload=PAYLOAD + b"\x00"), TYPE, anchors(pinned=[signer]), now=NOW
        )


@pytest.mark.parametrize("signature", [b"", b"\x00" * 64, b"0\x06\x02\x01\x00\x02\x01\x00"])
def test_sig_3_changed_signature_is_refused(
    signature: bytes, signer: Issued, envelope: Envelope
) -> None:
    bent = replace(envelope.signatures[0], signature=signature)
    with pytest.raises(SignatureError, match="does not match the signed bytes"):
        open_envelope(
            replace(envelope, signatures=(bent,)), TYPE, anchors(pinned=[signer]), now=NOW
        )


def test_sig_3_payload_of_another_type_is_refused(signer: Issued) -> None:
    other = seal(PAYLOAD, "application/other", signer.signing_key())
    with pytest.raises(SignatureError, match="payload type is 'application/other'"):
        open_envelope(other, TYPE, anchors(pinned=[signer]), now=NOW)


def test_sig_3_type_that_was_swapped_is_refused(signer: Issued) -> None:
    other = seal(PAYLOAD, "application/other", signer.signing_key())
    with pytest.raises(SignatureError, match="does not match the signed bytes"):
        open_envelope(replace(other, payload_type=TYPE), TYPE, anchors(pinned=[signer]), now=NOW)


@pytest.mark.parametrize("count", [0, 2])
def test_sig_4_other_number_of_signatures_is_refused(
    count: int, signer: Issued, envelope: Envelope
) -> None:
    many = replace(envelope, signatures=envelope.signatures * count)
    with pytest.raises(SignatureError, match=f"envelope has {count} signatures"):
        open_envelope(many, TYPE, anchors(pinned=[signer]), now=NOW)


def test_sig_5_stranger_is_refused(signer: Issued) -> None:
    sealed = seal(PAYLOAD, TYPE, issue("lists", number=2).signing_key())
    with pytest.raises(UnknownSignerError, match="is not registered for lists of XA"):
        open_envelope(sealed, TYPE, anchors(pinned=[signer]), now=NOW)


def test_sig_5_stranger_that_names_the_partners_key_is_refused(
    signer: Issued, envelope: Envelope
) -> None:
    stranger = seal(PAYLOAD, TYPE, issue("lists", number=2).signing_key())
    posing = replace(stranger.signatures[0], keyid=envelope.signatures[0].keyid)
    with pytest.raises(SignatureError, match="does not match"):
        open_envelope(
            replace(stranger, signatures=(posing,)), TYPE, anchors(pinned=[signer]), now=NOW
        )


def test_sig_5_pinned_signer_needs_no_chain(signer: Issued, envelope: Envelope) -> None:
    bare = replace(envelope.signatures[0], chain=())
    opened = open_envelope(
        replace(envelope, signatures=(bare,)), TYPE, anchors(pinned=[signer]), now=NOW
    )
    assert opened.signer.certificate == signer.der


def test_sig_5_signer_is_found_by_its_key_wherever_it_stands_in_the_chain() -> None:
    authority = issue("ca", number=9, ca=True)
    signer = issue("lists", issuer=authority)
    sealed = seal(PAYLOAD, TYPE, signer.signing_key(chain=[authority]))
    turned = replace(sealed.signatures[0], chain=sealed.signatures[0].chain[::-1])
    opened = open_envelope(
        replace(sealed, signatures=(turned,)), TYPE, anchors(authorities=[authority]), now=NOW
    )
    assert opened.signer.certificate == signer.der


def test_sig_5_key_without_any_certificate_is_refused(signer: Issued, envelope: Envelope) -> None:
    bare = replace(envelope.signatures[0], chain=(), keyid="00")
    with pytest.raises(UnknownSignerError, match="no certificate for key 00"):
        open_envelope(
            replace(envelope, signatures=(bare,)), TYPE, anchors(pinned=[signer]), now=NOW
        )


def test_sig_5_expired_certificate_is_refused(signer: Issued, envelope: Envelope) -> None:
    with pytest.raises(CertificateError, match="expired"):
        open_envelope(envelope, TYPE, anchors(pinned=[signer]), now=NOW + 400 * DAY)


def test_sig_6_other_uses_keys_sign_no_list(pki: TrialPki) -> None:
    open_envelope(seal(b"", TYPE, key_of(pki.lists)), TYPE, pin(pki.lists), now=NOW)
    for other in (pki.acknowledgements, pki.tls):
        with pytest.raises(UnknownSignerError, match="is not registered for lists"):
            open_envelope(seal(b"", TYPE, key_of(other)), TYPE, pin(pki.lists), now=NOW)
    use = KeyUse.ACKNOWLEDGEMENTS
    trusted = pin(pki.acknowledgements, use=use)
    with pytest.raises(UnknownSignerError, match="is not registered for acknowledgements"):
        open_envelope(seal(b"", TYPE, key_of(pki.lists)), TYPE, trusted, now=NOW)


CHUNKS = (b"first", b"second")
DIGEST = sha256(b"firstsecond").digest()


def test_sig_3_chunks_that_were_signed_are_attached(signer: Issued, envelope: Envelope) -> None:
    opened = open_envelope(envelope, TYPE, anchors(pinned=[signer]), now=NOW)
    whole = attach_chunks(opened, CHUNKS, body_digest=DIGEST, chunk_count=2)
    assert whole.chunks == CHUNKS
    assert msgspec.structs.replace(whole, chunks=()) == opened


@pytest.mark.parametrize("chunks", [(b"second", b"first"), (b"first", b"secone"), (b"first", b"")])
def test_sig_3_other_chunks_are_refused(
    chunks: tuple[bytes, ...], signer: Issued, envelope: Envelope
) -> None:
    opened = open_envelope(envelope, TYPE, anchors(pinned=[signer]), now=NOW)
    with pytest.raises(SignatureError, match="do not match the signed body digest"):
        attach_chunks(opened, chunks, body_digest=DIGEST, chunk_count=2)


@pytest.mark.parametrize("chunks", [(), (b"firstsecond",), (b"f", b"irst", b"second")])
def test_sig_3_other_number_of_chunks_is_refused(
    chunks: tuple[bytes, ...], signer: Issued, envelope: Envelope
) -> None:
    opened = open_envelope(envelope, TYPE, anchors(pinned=[signer]), now=NOW)
    with pytest.raises(SignatureError, match=f"{len(chunks)} chunks received, 2 were signed"):
        attach_chunks(opened, chunks, body_digest=DIGEST, chunk_count=2)


def test_sig_3_ed25519_signs_the_same_bytes_twice_alike() -> None:
    key = issue("lists", kind="ed25519").signing_key()
    assert seal(PAYLOAD, TYPE, key) == seal(PAYLOAD, TYPE, key)
