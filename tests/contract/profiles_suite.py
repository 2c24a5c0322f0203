"""What every implementation of `ports.profiles` does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from msgspec.structs import replace
from sqlalchemy import and_, select, update

from gateway.domain.agreements import (
    Agreement,
    Direction,
    Disclosure,
    IdentifierScheme,
    Interval,
    Lifecycle,
    Measure,
    MeasureCode,
    Rules,
)
from gateway.domain.errors import ConflictError, NotFoundError, UnreadableRecordError
from gateway.domain.parties import Actor, Caller, Limits, Purpose, Role, Scope
from gateway.domain.profiles import (
    Endpoint,
    FeedKind,
    KeyUse,
    KnownProfiles,
    PartnerProfile,
    Schedule,
    TrustAnchors,
)
from gateway.domain.registration import Allowance
from gateway.store.engines import Store
from gateway.store.schema import profile_versions
from tests.contract.synthetic_lists import NOW

OFFICER = Actor(name="officer one", role=Role.ADMINISTRATOR)
HOUR = timedelta(hours=1)
DAY = NOW.date()
NEXT_DAY = DAY + timedelta(days=1)


def profile(partner: str = "XB", *, state: Lifecycle = Lifecycle.IN_FORCE) -> PartnerProfile:
    return PartnerProfile(
        agreement=Agreement(
            id=f"XA-{partner}",
            home="XA",
            partner=partner,
            partner_name=f"Administration of {partner}",
            state=state,
            in_force=Interval(effective_at=datetime(2024, 1, 1, tzinfo=UTC)),
            rules=(
                Rules(
                    interval=Interval(effective_at=datetime(2024, 1, 1, tzinfo=UTC)),
                    programme=f"{partner}-AEO",
                    types=("TYPE-1",),
                    directions=(Direction.IMPORT,),
                    measures=(
                        Measure(
                            code=MeasureCode.INSP, parameters={"z": "1", "factor": "0.2", "a": "2"}
                        ),
                    ),
                    schemes=(IdentifierScheme(name="code", pattern=f"{partner}AEO[0-9]{{8}}"),),
                ),
            ),
            territory=(partner,),
            period=timedelta(days=1),
            grace=timedelta(days=1),
            max_age=timedelta(days=30),
            max_next_update=timedelta(days=7),
            disclosure=Disclosure(types=("TYPE-1",), fields=("addresses",)),
        ),
        kind=FeedKind.GRPC,
        endpoint=Endpoint(address="exchange.example:8443", server_authorities=("PEM",)),
        trust=(
            TrustAnchors(
                use=KeyUse.LISTS,
                issuer=partner,
                countries=(partner,),
                pinned=("PEM",),
                algorithms=("ecdsa-p256-sha256",),
            ),
        ),
        schedule=Schedule(every=timedelta(minutes=15), jitter=timedelta(seconds=30)),
    )


def caller(
    name: str = "border one", fingerprint: str = "aa" * 32, *, partner: str | None = None
) -> Caller:
    return Caller(
        name=name,
        fingerprint=fingerprint,
        purposes=(Purpose.LOOKUP,) if partner is None else (Purpose.EXCHANGE, Purpose.LOOKUP),
        partner=partner,
        added_at=NOW,
    )


def token_caller(name: str = "agency", subject: str = "agency-client") -> Caller:
    return Caller(
        name=name,
        subject=subject,
        purposes=(Purpose.LOOKUP,),
        scope=Scope.DECISION,
        limits=Limits(rate=5, burst=20),
        added_at=NOW,
    )


def write_version(store: Store, agreement: str, version: int, text: str) -> str:
    """Write something else over a version, and return what it was."""
    chosen = and_(profile_versions.c.agreement == agreement, profile_versions.c.version == version)
    with store._database.write() as connection:
        was: str = connection.execute(select(profile_versions.c.profile).where(chosen)).scalar_one()
        connection.execute(update(profile_versions).where(chosen).values(profile=text))
    return was


def damage(store: Store, agreement: str, version: int) -> None:
    write_version(store, agreement, version, '{"kind": "pigeon"}')


class ProfilesSuite:
    def test_there_are_no_profiles_at_first(self, store: Store) -> None:
        assert store.profiles.all() == []
        assert store.profiles.find("XB") is None
        assert store.profiles.survey() == KnownProfiles(readable=())

    def test_an_applied_profile_comes_back_whole(self, store: Store) -> None:
        stored = store.profiles.apply(profile(), OFFICER, NOW)
        assert stored.profile == profile()
        assert (stored.version, stored.applied_at, stored.applied_by) == (1, NOW, OFFICER.name)
        assert store.profiles.find("XB") == stored
        assert store.profiles.all() == [stored]

    def test_the_same_profile_again_is_no_new_version(self, store: Store) -> None:
        first = store.profiles.apply(profile(), OFFICER, NOW)
        version = store.registry.version()
        assert store.profiles.apply(profile(), OFFICER, NOW + HOUR) == first
        assert store.registry.version() == version
        assert store.audit.verify() == 1

    def test_a_changed_profile_is_a_new_version_and_the_old_one_stays(self, store: Store) -> None:
        store.profiles.apply(profile(state=Lifecycle.TESTING), OFFICER, NOW)
        second = store.profiles.apply(profile(), OFFICER, NOW + HOUR)
        back = store.profiles.apply(profile(state=Lifecycle.TESTING), OFFICER, NOW + 2 * HOUR)
        assert (second.version, back.version) == (2, 3)
        assert store.profiles.find("XB") == back
        assert store.profiles.survey(NOW + HOUR) == KnownProfiles(readable=(second,))
        assert store.profiles.survey(NOW - HOUR) == KnownProfiles(readable=())
        assert store.profiles.find_version("XA-XB", 2) == second
        assert store.profiles.find_version("XA-XB", 4) is None
        assert store.profiles.find_version("XA-XC", 1) is None

    def test_all_gives_the_newest_of_each_by_agreement(self, store: Store) -> None:
        store.profiles.apply(profile("XC"), OFFICER, NOW)
        store.profiles.apply(profile("XB", state=Lifecycle.DRAFT), OFFICER, NOW)
        store.profiles.apply(profile("XB"), OFFICER, NOW)
        assert [(one.profile.agreement.id, one.version) for one in store.profiles.all()] == [
            ("XA-XB", 2),
            ("XA-XC", 1),
        ]

    def test_a_damaged_profile_keeps_no_other_away_and_its_territory_is_known(
        self, store: Store
    ) -> None:
        agreement = replace(profile().agreement, territory=("XB", "XY"))
        store.profiles.apply(replace(profile(), agreement=agreement), OFFICER, NOW)
        store.profiles.apply(profile(), OFFICER, NOW + HOUR)
        other = store.profiles.apply(profile("XC"), OFFICER, NOW)
        damage(store, "XA-XB", 2)
        known = store.profiles.survey()
        (damaged,) = known.damaged
        assert known.readable == (other,)
        assert (damaged.agreement, damaged.version, damaged.partner) == ("XA-XB", 2, "XB")
        assert damaged.territory == ("XB", "XY")
        assert damaged.problem.startswith("version 2 of profile XA-XB: a stored PartnerProfile")
        assert [one.version for one in store.profiles.survey(NOW).readable] == [1, 1]
        with pytest.raises(UnreadableRecordError, match="version 2 of profile XA-XB"):
            store.profiles.all()

    def test_a_profile_damaged_from_the_first_version_on_claims_its_partners_codes(
        self, store: Store
    ) -> None:
        store.profiles.apply(profile(), OFFICER, NOW)
        damage(store, "XA-XB", 1)
        (damaged,) = store.profiles.survey().damaged
        assert damaged.territory == ("XB",)

    def test_nothing_is_applied_over_a_damaged_profile_whose_epochs_nobody_knows(
        self, store: Store
    ) -> None:
        store.profiles.apply(profile(), OFFICER, NOW)
        damage(store, "XA-XB", 1)
        with pytest.raises(UnreadableRecordError):
            store.profiles.apply(profile(), OFFICER, NOW + HOUR)

    def test_a_profile_raises_the_version_and_is_audited(self, store: Store) -> None:
        before = store.registry.version()
        store.profiles.apply(profile(), OFFICER, NOW)
        (written,) = store.audit.events()
        assert store.registry.version() > before
        assert (written.action, written.subject) == ("profile.applied", "XA-XB")
        assert written.actor == OFFICER

    def test_versions_applied_at_once_are_numbered_one_by_one(self, store: Store) -> None:
        barrier = Barrier(4)

        def apply_one(number: int) -> int:
            changed = replace(profile(), receive_epoch=number)
            barrier.wait()
            while True:
                try:
                    return store.profiles.apply(changed, OFFICER, NOW).version
                except ConflictError:
                    continue

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(apply_one, range(1, 5))) == [1, 2, 3, 4]


class CallersSuite:
    def test_an_unknown_certificate_has_no_caller(self, store: Store) -> None:
        assert store.callers.find("aa" * 32) is None
        assert list(store.callers.all()) == []

    def test_a_registered_caller_is_found_by_its_certificate(self, store: Store) -> None:
        partner = caller("XB gateway", "bb" * 32, partner="XB")
        store.callers.add(caller(), OFFICER, NOW)
        store.callers.add(partner, OFFICER, NOW)
        assert store.callers.find("aa" * 32) == caller()
        assert store.callers.find("bb" * 32) == partner
        assert list(store.callers.all()) == [partner, caller()]

    @pytest.mark.parametrize(
        "again",
        [caller("border one", "cc" * 32), caller("border two", "aa" * 32)],
        ids=["the same name", "the same certificate"],
    )
    @pytest.mark.parametrize("revoked", [False, True], ids=["registered", "revoked"])
    def test_adding_never_changes_or_reopens_a_registration(
        self, store: Store, again: Caller, *, revoked: bool
    ) -> None:
        store.callers.add(caller(), OFFICER, NOW)
        if revoked:
            store.callers.revoke("border one", OFFICER, NOW)
        before = list(store.callers.all())
        with pytest.raises(ConflictError):
            store.callers.add(again, OFFICER, NOW)
        assert list(store.callers.all()) == before

    def test_a_revoked_caller_is_listed_and_never_found(self, store: Store) -> None:
        store.callers.add(caller(), OFFICER, NOW)
        store.callers.revoke("border one", OFFICER, NOW + HOUR)
        store.callers.revoke("border one", OFFICER, NOW + 2 * HOUR)
        assert store.callers.find("aa" * 32) is None
        assert [one.revoked_at for one in store.callers.all()] == [NOW + HOUR]

    def test_revoking_a_stranger_is_an_error(self, store: Store) -> None:
        with pytest.raises(NotFoundError):
            store.callers.revoke("nobody known", OFFICER, NOW)

    def test_both_raise_the_version_and_are_audited(self, store: Store) -> None:
        versions = [store.registry.version()]
        store.callers.add(caller(), OFFICER, NOW)
        versions.append(store.registry.version())
        store.callers.revoke("border one", OFFICER, NOW)
        versions.append(store.registry.version())
        assert versions == sorted(set(versions))
        assert [one.action for one in store.audit.events()] == ["caller.added", "caller.revoked"]

    def test_a_registered_caller_is_found_by_the_subject_of_its_tokens(self, store: Store) -> None:
        agency = token_caller()
        store.callers.add(caller(), OFFICER, NOW)
        store.callers.add(agency, OFFICER, NOW)
        assert store.callers.find_subject("agency-client") == agency
        assert store.callers.find_subject("AGENCY-CLIENT") is None
        store.callers.revoke("agency", OFFICER, NOW)
        assert store.callers.find_subject("agency-client") is None

    def test_two_callers_of_one_kind_do_not_stand_in_each_others_way(self, store: Store) -> None:
        store.callers.add(caller(), OFFICER, NOW)
        store.callers.add(caller("border two", "bb" * 32), OFFICER, NOW)
        store.callers.add(token_caller(), OFFICER, NOW)
        store.callers.add(token_caller("other", "other-client"), OFFICER, NOW)
        with pytest.raises(ConflictError, match="token subject"):
            store.callers.add(token_caller("third"), OFFICER, NOW)

    def test_scope_and_limits_change_and_the_audit_tells_both(self, store: Store) -> None:
        store.callers.add(caller(), OFFICER, NOW)
        version = store.registry.version()
        wanted = Allowance(scope=Scope.DECISION, rate=10, quota=1000)
        changed = store.callers.allow("border one", wanted, OFFICER, NOW)
        assert (changed.scope, changed.limits) == (Scope.DECISION, Limits(rate=10, quota=1000))
        assert store.callers.find("aa" * 32) == changed
        assert store.registry.version() > version
        written = list(store.audit.events())[-1]
        assert written.action == "caller.changed"
        assert written.facts == {
            "scope": "decision",
            "scopeBefore": "full",
            "limits": '{"quota":1000,"rate":10}',
            "limitsBefore": "",
        }

    def test_the_same_scope_and_limits_again_change_nothing(self, store: Store) -> None:
        store.callers.add(caller(), OFFICER, NOW)
        store.callers.allow("border one", Allowance(rate=10), OFFICER, NOW)
        version = store.registry.version()
        store.callers.allow("border one", Allowance(rate=10), OFFICER, NOW)
        assert store.registry.version() == version

    def test_scope_and_limits_of_strangers_and_of_the_revoked_stay(self, store: Store) -> None:
        with pytest.raises(NotFoundError):
            store.callers.allow("nobody known", Allowance(rate=1), OFFICER, NOW)
        store.callers.add(caller(), OFFICER, NOW)
        store.callers.revoke("border one", OFFICER, NOW)
        with pytest.raises(ConflictError, match="revoked"):
            store.callers.allow("border one", Allowance(rate=1), OFFICER, NOW)


class UsageSuite:
    def test_questions_add_up_by_caller(self, store: Store) -> None:
        assert store.usage.add(DAY, {"a": 3, "b": 4}) == {"a": 3, "b": 4}
        assert store.usage.add(DAY, {"b": 5}) == {"b": 9}
        assert store.usage.of(DAY) == {"a": 3, "b": 9}

    def test_a_new_day_begins_at_nothing(self, store: Store) -> None:
        store.usage.add(DAY, {"a": 3})
        assert store.usage.add(NEXT_DAY, {"a": 2}) == {"a": 2}
        assert (store.usage.of(DAY), store.usage.of(NEXT_DAY)) == ({}, {"a": 2})

    def test_what_comes_late_from_a_day_before_does_not_count(self, store: Store) -> None:
        store.usage.add(NEXT_DAY, {"a": 2})
        assert store.usage.add(DAY, {"a": 7}) == {"a": 0}
        assert store.usage.of(NEXT_DAY) == {"a": 2}

    def test_what_comes_at_once_is_all_counted(self, store: Store) -> None:
        store.usage.add(DAY, {"a": 1})
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: store.usage.add(DAY, {"a": 1}), range(20)))
        assert store.usage.of(DAY) == {"a": 21}
