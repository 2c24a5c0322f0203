"""Certificates and revocation lists of a partner file: beside it as PEM, or in it as text."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.config.problems import Problem
from gateway.config.regular_file import read_regular
from gateway.config.toml_text import why_unreadable
from gateway.domain.profiles import KeyUse, TrustAnchors

Parsed = TypeVar("Parsed")


class PemReader:
    """Reads PEM relative to one folder, and collects what is wrong under the key that named it."""

    def __init__(self, folder: Path, problems: list[Problem]) -> None:
        self._folder = folder
        self._problems = problems

    def certificates(self, key: str, sources: Sequence[str]) -> tuple[str, ...]:
        """Return each certificate as a PEM text of its own, in one spelling."""
        return tuple(self._texts(key, sources, _certificates))

    def revocation_lists(self, key: str, sources: Sequence[str]) -> tuple[str, ...]:
        """Return each revocation list as a PEM text."""
        return tuple(self._texts(key, sources, _revocation_lists))

    def _texts(
        self, key: str, sources: Sequence[str], parse: Callable[[bytes], list[str]]
    ) -> Iterator[str]:
        for index, source in enumerate(sources):
            try:
                yield from parse(self._read(source))
            except OSError as error:
                reason = f"{source}: cannot be read: {why_unreadable(error)}"
                self._problems.append((f"{key}[{index}]", reason))
            except ValueError as error:
                label = "" if source.startswith("-----") else f"{source}: "
                self._problems.append((f"{key}[{index}]", f"{label}{error}"))

    def _read(self, source: str) -> bytes:
        text = source.lstrip()
        data = text.encode() if text.startswith("-----") else read_regular(self._folder / source)
        if b"PRIVATE KEY-----" in data:
            raise ValueError("a private key; no partner has any business to send one")
        return data


def _certificates(data: bytes) -> list[str]:
    try:
        found = x509.load_pem_x509_certificates(data)
        for certificate in found:
            certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("not a PEM certificate with a key known here") from error
    return [certificate.public_bytes(Encoding.PEM).decode() for certificate in found]


def _revocation_lists(data: bytes) -> list[str]:
    try:
        found = x509.load_pem_x509_crl(data)
    except ValueError as error:
        raise ValueError("not a PEM revocation list") from error
    return [found.public_bytes(Encoding.PEM).decode()]


def shared_keys(trust: Sequence[TrustAnchors]) -> list[Problem]:
    """Name each key that is registered for two uses, be it in one certificate or in two."""
    uses: dict[bytes, KeyUse] = {}
    problems: list[Problem] = []
    for index, anchors in enumerate(trust):
        for pem in (*anchors.pinned, *anchors.authorities):
            certificate = x509.load_pem_x509_certificate(pem.encode())
            key = certificate.public_key().public_bytes(
                Encoding.DER, PublicFormat.SubjectPublicKeyInfo
            )
            first = uses.setdefault(key, anchors.use)
            # SIG-6: one key, one use
            if first is not anchors.use:
                subject = certificate.subject.rfc4514_string()
                text = f"the key of {subject} is registered for {first} already (SIG-6)"
                problems.append((f"trust[{index}]", text))
    return problems


def marked_authorities(trust: Sequence[TrustAnchors]) -> list[Problem]:
    """Name each CA that is marked compromised: a mark is for a signer, a CA is taken out."""
    problems: list[Problem] = []
    for index, anchors in enumerate(trust):
        authorities = {
            x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256()).hex()
            for pem in anchors.authorities
        }
        for number, key in enumerate(anchors.compromised):
            # SIG-9: what its CA issued since can be anybody's, so that no mark would be enough
            if key.fingerprint in authorities:
                text = "a CA: take it out of authorities, and mark the signers that it issued"
                problems.append((f"trust[{index}].compromised[{number}].fingerprint", text))
    return problems
