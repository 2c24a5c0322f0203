"""Partner profiles and registered callers."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from gateway.domain.parties import Actor, Caller
from gateway.domain.profiles import KnownProfiles, PartnerProfile, StoredProfile
from gateway.domain.registration import Allowance


class Profiles(Protocol):
    """Profiles as immutable versions. Contract: `tests/contract/profiles_suite.py`."""

    def apply(self, profile: PartnerProfile, actor: Actor, now: datetime) -> StoredProfile:
        """Store a new version if it differs from the newest, and return the newest. Audited."""
        ...

    def replace(
        self,
        before: StoredProfile,
        profile: PartnerProfile,
        actor: Actor,
        now: datetime,
        *,
        facts: Mapping[str, str],
    ) -> StoredProfile:
        """Store a version that was made from another, if that is still the newest. Audited.

        Raises:
            ConflictError: It is not.
        """
        ...

    def all(self) -> list[StoredProfile]:
        """Return the newest version of every profile, by agreement id.

        Raises:
            UnreadableRecordError: One of them is damaged.
        """
        ...

    def survey(self, known_at: datetime | None = None) -> KnownProfiles:
        """Return the same, now or as it was at a moment; what is damaged keeps no other away."""
        ...

    def find(self, partner: str) -> StoredProfile | None:
        """Return the newest version of a partner's profile, or none."""
        ...

    def find_version(self, agreement: str, version: int) -> StoredProfile | None:
        """Return one version of an agreement's profile, or none."""
        ...


class Callers(Protocol):
    """Registered callers. Contract: `tests/contract/profiles_suite.py`."""

    def add(self, caller: Caller, actor: Actor, now: datetime) -> None:
        """Register a caller. Never re-opens a revoked one. Audited.

        Raises:
            ConflictError: Name, certificate or subject is registered already.
        """
        ...

    def revoke(self, name: str, actor: Actor, now: datetime) -> None:
        """End a registration. Audited.

        Raises:
            NotFoundError: No such caller.
        """
        ...

    def allow(self, name: str, wanted: Allowance, actor: Actor, now: datetime) -> Caller:
        """Change scope or limits, and return the caller. Audited with before and after.

        Raises:
            NotFoundError: No such caller.
            ConflictError: It was revoked.
            InvalidRequestError: The limits are none, or the caller does not look up.
        """
        ...

    def all(self) -> Sequence[Caller]:
        """Return all callers by name, the revoked too."""
        ...

    def find(self, fingerprint: str) -> Caller | None:
        """Return the caller with this certificate, unless revoked."""
        ...

    def find_subject(self, subject: str) -> Caller | None:
        """Return the caller whose tokens name this subject, unless revoked."""
        ...


class Usage(Protocol):
    """Questions by caller and day, of all processes.

    Contract: `tests/contract/profiles_suite.py`.
    """

    def add(self, day: date, questions: Mapping[str, int]) -> Mapping[str, int]:
        """Add to what callers asked on a day, by name; return the day's totals of the same callers.

        Of a day before the newest one known of a caller nothing is kept, and its total is 0.
        """
        ...

    def of(self, day: date) -> Mapping[str, int]:
        """Return what each caller asked on a day, of those who asked."""
        ...
