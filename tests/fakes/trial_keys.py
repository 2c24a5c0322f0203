"""Keys and certificates of a trial partner XA, and of whoever else a test needs."""

from datetime import UTC, datetime
from pathlib import Path

from gateway.domain.profiles import KeyUse, TrustAnchors
from gateway.trust.keys import SigningKey, load_signing_key
from gateway.trust.pki import TrialPki, make_trial_pki

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_partner(folder: Path, country: str = "XA", *, now: datetime = NOW) -> TrialPki:
    return make_trial_pki(
        folder,
        administration=f"Customs of {country}",
        country=country,
        hosts=("localhost", "127.0.0.1"),
        now=now,
        days=365,
    )


def key_of(certificate: Path, *, now: datetime = NOW) -> SigningKey:
    return load_signing_key(certificate, certificate.with_suffix(".key"), now=now)


def pin(certificate: Path, *, use: KeyUse = KeyUse.LISTS) -> TrustAnchors:
    return TrustAnchors(
        use=use,
        issuer="XA",
        countries=("XA",),
        pinned=(certificate.read_text(),),
        algorithms=("ecdsa-p256-sha256",),
    )
