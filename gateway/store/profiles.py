"""Partner profiles as immutable versions."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, Row, Select, func, insert, select

from gateway.domain.errors import ConflictError, UnreadableRecordError
from gateway.domain.parties import Actor
from gateway.domain.profiles import DamagedProfile, KnownProfiles, PartnerProfile, StoredProfile
from gateway.store.audit_chain import append_event
from gateway.store.column_types import whole_second
from gateway.store.database import Database
from gateway.store.json_text import from_json, to_json
from gateway.store.schema import profile_versions
from gateway.store.streams import raise_version


class ProfileVersions:
    """`ports.profiles.Profiles` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def apply(self, profile: PartnerProfile, actor: Actor, now: datetime) -> StoredProfile:
        """Store a new version if it differs from the newest, and return the newest. Audited.

        Raises:
            ConflictError: Another process applied a version meanwhile; nothing was written.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written; the newest is damaged, so that nobody knows its epochs.
        """
        with self._database.write() as connection:
            newest = _newest_of(connection, profile.agreement.id)
            # Not the texts: msgspec leaves a default out only if it is that very object.
            if newest is not None and from_json(newest.profile, PartnerProfile) == profile:
                return _stored(newest)
            stored = StoredProfile(
                profile=profile,
                version=1 if newest is None else newest.version + 1,
                applied_at=whole_second(now),
                applied_by=actor.name,
            )
            _write(connection, stored, actor, {})
        return stored

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

        Args:
            before: The version that it was made from.
            profile: The new one.
            actor: Who applies it.
            now: When.
            facts: What the audit trail tells besides.

        Raises:
            ConflictError: Another process applied a version meanwhile; nothing was written.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        agreement = profile.agreement.id
        with self._database.write() as connection:
            newest = _newest_of(connection, agreement)
            if newest is None or newest.version != before.version:
                text = f"another version of {agreement} was applied meanwhile"
                raise ConflictError(text, context={"agreement": agreement})
            stored = StoredProfile(
                profile=profile,
                version=before.version + 1,
                applied_at=whole_second(now),
                applied_by=actor.name,
            )
            _write(connection, stored, actor, facts)
        return stored

    def all(self) -> list[StoredProfile]:
        """Return the newest version of every profile, by agreement id.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            UnreadableRecordError: One of them is damaged.
        """
        known = self.survey()
        for damaged in known.damaged:
            raise UnreadableRecordError(damaged.problem)
        return list(known.readable)

    def survey(self, known_at: datetime | None = None) -> KnownProfiles:
        """Return the same, now or as it was at a moment; what is damaged keeps no other away.

        Raises:
            DatabaseUnavailableError: The database does not answer.
        """
        newest = select(func.max(profile_versions.c.id)).group_by(profile_versions.c.agreement)
        if known_at is not None:
            newest = newest.where(profile_versions.c.applied_at <= whole_second(known_at))
        readable, damaged = [], []
        with self._database.read() as connection:
            rows = connection.execute(
                _columns()
                .where(profile_versions.c.id.in_(newest))
                .order_by(profile_versions.c.agreement)
            ).all()
            for row in rows:
                try:
                    readable.append(_stored(row))
                except UnreadableRecordError as error:
                    damaged.append(_damaged(connection, row, error))
        return KnownProfiles(readable=tuple(readable), damaged=tuple(damaged))

    def find(self, partner: str) -> StoredProfile | None:
        """Return the newest version of a partner's profile, or none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: The profile cannot be read.
        """
        with self._database.read() as connection:
            row = connection.execute(_last(partner)).one_or_none()
        return None if row is None else _stored(row)

    def find_version(self, agreement: str, version: int) -> StoredProfile | None:
        """Return one version of an agreement's profile, or none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: The profile cannot be read.
        """
        with self._database.read() as connection:
            row = connection.execute(
                _columns().where(
                    profile_versions.c.agreement == agreement,
                    profile_versions.c.version == version,
                )
            ).one_or_none()
        return None if row is None else _stored(row)


def _write(
    connection: Connection, stored: StoredProfile, actor: Actor, facts: Mapping[str, str]
) -> None:
    profile = stored.profile
    connection.execute(
        insert(profile_versions).values(
            agreement=profile.agreement.id,
            version=stored.version,
            partner=profile.partner,
            profile=to_json(profile),
            applied_at=stored.applied_at,
            applied_by=actor.name,
        )
    )
    raise_version(connection, shown=True)
    append_event(
        connection,
        action="profile.applied",
        subject=profile.agreement.id,
        facts={
            "version": str(stored.version),
            "partner": profile.partner,
            "state": profile.agreement.state.value,
            **facts,
        },
        actor=actor,
        at=stored.applied_at,
    )


def _columns() -> Select[tuple[object, ...]]:
    return select(
        profile_versions.c.agreement,
        profile_versions.c.partner,
        profile_versions.c.profile,
        profile_versions.c.version,
        profile_versions.c.applied_at,
        profile_versions.c.applied_by,
    )


def _last(partner: str) -> Select[tuple[object, ...]]:
    return (
        _columns()
        .where(profile_versions.c.partner == partner)
        .order_by(profile_versions.c.id.desc())
        .limit(1)
    )


def _newest_of(connection: Connection, agreement: str) -> Row[tuple[object, ...]] | None:
    return connection.execute(
        _columns()
        .where(profile_versions.c.agreement == agreement)
        .order_by(profile_versions.c.version.desc())
        .limit(1)
    ).one_or_none()


def _find_profile(row: Row[tuple[object, ...]]) -> PartnerProfile | None:
    try:
        return from_json(row.profile, PartnerProfile)
    except UnreadableRecordError:
        return None


def _damaged(
    connection: Connection, row: Row[tuple[object, ...]], error: UnreadableRecordError
) -> DamagedProfile:
    earlier = connection.execute(
        _columns()
        .where(
            profile_versions.c.agreement == row.agreement,
            profile_versions.c.version < row.version,
        )
        .order_by(profile_versions.c.version.desc())
    )
    profile = next(filter(None, map(_find_profile, earlier)), None)
    return DamagedProfile(
        agreement=row.agreement,
        version=row.version,
        partner=row.partner,
        territory=(row.partner,) if profile is None else profile.agreement.territory,
        problem=error.message,
    )


def _stored(row: Row[tuple[object, ...]]) -> StoredProfile:
    try:
        profile = from_json(row.profile, PartnerProfile)
    except UnreadableRecordError as error:
        which = f"version {row.version} of profile {row.agreement}"
        raise UnreadableRecordError(f"{which}: {error.message}") from error
    return StoredProfile(
        profile=profile,
        version=row.version,
        applied_at=row.applied_at,
        applied_by=row.applied_by,
    )
