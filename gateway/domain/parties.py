"""Who may do what: callers are machines with purposes, actors are people with roles."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from gateway.domain.words import Words


class Purpose(Words):
    """What a caller is registered for."""

    EXCHANGE = "exchange"
    """A partner that fetches, submits and acknowledges lists."""
    LOOKUP = "lookup"
    """A border system or another agency that asks about operators."""
    PROGRAMME = "programme"
    """The home programme's own system, which reports what changed."""


class Scope(Words):
    """What a caller is shown of an answer, and whether it may look around; see `narrowing`."""

    FULL = "full"
    """Customs: everything."""
    DECISION = "decision"
    """Another agency: decision, reason, measures, validity and freshness, never who it is about."""


class Limits(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much a caller may ask; at least one of both is set. A batch of n questions counts n."""

    rate: int | None = None
    """Questions a second."""
    burst: int | None = None
    """Questions that may come at once after a silence; absent: those of one second."""
    quota: int | None = None
    """Questions a day (UTC)."""

    @property
    def size(self) -> int:
        """How many questions may come at once."""
        return self.burst or self.rate or 0


class Caller(Struct, frozen=True, kw_only=True):
    """Who may call this gateway, by one certificate or as one subject of tokens."""

    name: str
    fingerprint: str | None = None
    """Hex SHA-256 of the DER certificate."""
    subject: str | None = None
    """As the configured issuer names it in its tokens; for lookups only."""
    purposes: tuple[Purpose, ...]
    partner: str | None = None
    """The administration on whose behalf it calls; required for EXCHANGE."""
    scope: Scope = Scope.FULL
    limits: Limits | None = None
    """None: as much as it likes."""
    added_at: datetime
    revoked_at: datetime | None = None

    @property
    def credential(self) -> str:
        """What it shows of itself, in words."""
        if self.subject is not None:
            return f"token subject {self.subject}"
        return f"certificate {self.fingerprint}"


class Admitted(Caller, frozen=True, kw_only=True):
    """A caller that is let in by something that ends: a token."""

    until: datetime
    """At this moment it is not let in any more."""


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
