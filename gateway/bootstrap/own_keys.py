"""Home's own keys and certificates, from the files that the settings name."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from gateway.config.settings import KeyPair, Settings, SigningPair
from gateway.domain.errors import ConfigError
from gateway.domain.profiles import POST_QUANTUM, KeyUse, StoredProfile
from gateway.ports.tls import ServerTls
from gateway.store.engines import Store
from gateway.trust.keys import SigningKey, load_signing_key, require_separate_keys


def load_keys(settings: Settings, *, now: datetime) -> dict[KeyUse, SigningKey]:
    """Load home's own keys, by use.

    Raises:
        ConfigError: A key or certificate is missing, open to others, expired, does not match, or
            one key has two uses (SIG-6).
    """
    pairs = {
        KeyUse.TLS: settings.tls,
        KeyUse.LISTS: settings.lists,
        KeyUse.ACKNOWLEDGEMENTS: settings.acknowledgements,
    }
    keys = {use: _load(pair, now) for use, pair in pairs.items()}
    # SIG-6: a copy of a file under another name is the same key all the same
    require_separate_keys(_named(keys))
    return keys


def _load(pair: KeyPair, now: datetime) -> SigningKey:
    key = load_signing_key(pair.certificate, pair.key, now=now)
    if not isinstance(pair, SigningPair) or pair.hybrid is None:
        return key
    second = pair.hybrid
    beside = load_signing_key(second.certificate, second.key, now=now, algorithm=POST_QUANTUM)
    return replace(key, beside=beside)


def _named(keys: Mapping[KeyUse, SigningKey]) -> dict[str, SigningKey]:
    named = {use.value: key for use, key in keys.items()}
    return named | {
        f"{use} hybrid": key.beside for use, key in keys.items() if key.beside is not None
    }


def load_server_tls(settings: Settings, store: Store, *, now: datetime) -> ServerTls:
    """Read what home's servers show and whose certificates they let in the door.

    Raises:
        ConfigError: A file is missing or unreadable, the key is open to others, the
            certificate expired, or they do not match.
        DatabaseUnavailableError: The partners' CAs cannot be read.
    """
    load_signing_key(settings.tls.certificate, settings.tls.key, now=now)
    certificate, key = tls_pair(settings)
    own = settings.tls.authorities
    authorities = [] if own is None else [read_file(own).decode("ascii")]
    # A partner whose profile cannot be read is not let in; all others are.
    for stored in store.profiles.survey().readable:
        authorities += _caller_authorities(stored)
    return ServerTls(
        certificate=certificate,
        key=key,
        client_authorities="\n".join(authorities).encode("ascii"),
    )


def load_audit_key(settings: Settings, *, now: datetime) -> SigningKey | None:
    """Load what the head of the audit trail is signed with; none if the settings name no key.

    Raises:
        ConfigError: The key is missing, open to others, expired, or has another use (SIG-6).
    """
    pair = settings.audit
    if pair is None:
        return None
    key = load_signing_key(pair.certificate, pair.key, now=now)
    others = load_keys(settings, now=now)
    # SIG-6: what is said of the trail is said with a key that says nothing else
    require_separate_keys({**_named(others), "audit": key})
    return key


def tls_pair(settings: Settings) -> tuple[bytes, bytes]:
    """Return what home shows and proves in TLS: certificate and key, as PEM.

    Raises:
        ConfigError: A file cannot be read.
    """
    return read_file(settings.tls.certificate), read_file(settings.tls.key)


def read_file(path: Path) -> bytes:
    """Return the content of a file that the settings name.

    Raises:
        ConfigError: It cannot be read; it is named.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}", context={"file": str(path)}) from error


def _caller_authorities(stored: StoredProfile) -> list[str]:
    anchors = stored.profile.anchors(KeyUse.TLS)
    return [] if anchors is None else [*anchors.authorities, *anchors.pinned]
