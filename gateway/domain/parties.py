"""Who may do what: callers are certificates with purposes, actors are people with roles."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from gateway.domain.words import Words


class Purpose(Words):
    """What a caller's certificate is registered for."""

    EXCHANGE = "exchange"
    """A partner that fetches, submits and acknowledges lists."""
    LOOKUP = "lookup"
    """A border system or another agency that asks about operators."""


class Caller(Struct, frozen=True, kw_only=True):
    """A certificate that may call this gateway (deny by default)."""

    name: str
    fingerprint: str
    """Hex SHA-256 of the DER certificate."""
    purposes: tuple[Purpose, ...]
    partner: str | None = None
    """The administration on whose behalf it calls; required for EXCHANGE."""
    added_at: datetime
    revoked_at: datetime | None = None


class Role(StrEnum):
    """What an actor may do."""

    OBSERVER = "observer"
    OFFICER = "officer"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"
    GATEWAY = "gateway"
    """The gateway itself: scheduled syncs and publications."""


class Actor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who caused a change; named in the audit trail."""

    name: str
    role: Role
    key: str | None = None
    """Fingerprint of the registered key that proved it; without, the name was only given."""


class RegisteredActor(Struct, frozen=True, kw_only=True):
    """A person with a key of their own: what they sign counts as their approval."""

    name: str
    role: Role
    public_key: str
    """PEM."""
    fingerprint: str
    """Hex SHA-256 of the DER public key."""
    added_at: datetime
    revoked_at: datetime | None = None
    """What was signed until then stays theirs; nothing after it counts."""

    @property
    def proven(self) -> Actor:
        """The actor as the audit trail names whoever proved to hold the key."""
        return Actor(name=self.name, role=self.role, key=self.fingerprint)
