"""Who may do what: callers are certificates with purposes, actors are people with roles."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Purpose(StrEnum):
    """What a caller's certificate is registered for."""

    EXCHANGE = "exchange"
    """A partner that fetches, submits and acknowledges lists."""
    LOOKUP = "lookup"
    """A border system or another agency that asks about operators."""
    PROGRAMME = "programme"
    """The home programme's own system, which reports what changed."""


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


class Actor(Struct, frozen=True, kw_only=True):
    """Who caused a change; named in the audit trail."""

    name: str
    role: Role
