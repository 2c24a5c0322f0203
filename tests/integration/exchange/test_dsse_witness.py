"""openssl as outside witness: the signed bytes are built here from the DSSE specification."""

import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.domain.lists import StatusList
from gateway.exchange.grpc_feed.feed import GrpcFeed
from gateway.pb.mra.types.v1.envelope_pb2 import Envelope
from tests.fakes.sealed_lists import make_acknowledgement, make_header, make_key, make_operators

LIST_KEY = make_key()
ACKNOWLEDGEMENT_KEY = make_key(use="acknowledgements")
FEED = GrpcFeed(LIST_KEY, ACKNOWLEDGEMENT_KEY)


def _openssl_verifies(document: bytes, folder: Path) -> bool:
    envelope = Envelope.FromString(document)
    signature = envelope.signatures[0]
    certificate = x509.load_der_x509_certificate(signature.certificates[0])
    kind = envelope.payload_type.encode()
    signed = b" ".join(
        (
            b"DSSEv1",
            str(len(kind)).encode(),
            kind,
            str(len(envelope.payload)).encode(),
            envelope.payload,
        )
    )
    pem = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "key.pem").write_bytes(pem)
    (folder / "signature").write_bytes(signature.sig)
    (folder / "signed").write_bytes(signed)
    command = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature"]
    done = subprocess.run([*command, "signed"], cwd=folder, capture_output=True, check=False)
    return done.returncode == 0


def test_sig_3_openssl_verifies_a_list(tmp_path: Path) -> None:
    operators = make_operators(10)
    sealed = FEED.sealer.seal_list(StatusList(make_header(operators), operators))
    assert _openssl_verifies(sealed.document, tmp_path)


def test_sig_3_openssl_verifies_an_acknowledgement(tmp_path: Path) -> None:
    document = FEED.sealer.seal_acknowledgement(make_acknowledgement())
    assert _openssl_verifies(document, tmp_path)


def test_sig_3_openssl_refuses_a_changed_payload(tmp_path: Path) -> None:
    envelope = Envelope.FromString(FEED.sealer.seal_acknowledgement(make_acknowledgement()))
    envelope.payload += b"\0"
    assert not _openssl_verifies(envelope.SerializeToString(), tmp_path)
