"""What `mra doctor` looks at: each check says what it found and what to do about it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from gateway.domain.agreements import Review
from gateway.domain.answers import FreshnessClass
from gateway.domain.approvals import Approved, judge
from gateway.domain.audit_heads import EVERY, SignedHead
from gateway.domain.counts import number_of
from gateway.domain.freshness import freshness_at, newest_time
from gateway.domain.parties import RegisteredActor
from gateway.domain.profiles import PartnerProfile
from gateway.domain.spans import in_words
from gateway.domain.standing import Roots
from gateway.domain.stream_health import StreamHealth, health_of
from gateway.ports.issuing import Issuing
from gateway.ports.outbox import Outbox
from gateway.ports.overview import Overview, Waiting
from gateway.ports.registry import Registry


class Level(StrEnum):
    """How a check ended; only `failed` makes `mra doctor` end with 1."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Check(Struct, frozen=True, kw_only=True):
    """One finding."""

    name: str
    level: Level
    detail: str
    fix: str | None = None
    """What to do; only where something is to be done."""


def check_clock(profiles: Iterable[PartnerProfile], registry: Registry, *, now: datetime) -> Check:
    """Compare our clock with the newest accepted list: it proves that time has passed (ACC-9).

    Raises:
        DatabaseUnavailableError: The database does not answer.
    """
    known = list(profiles)
    serving = (registry.find_head(registry.in_force(each.receives)) for each in known)
    heads = [head for head in serving if head is not None]
    if not heads:
        return Check(name="clock", level=Level.OK, detail="no accepted list to compare with")
    skew = min(each.limits.clock_skew for each in known)
    newest = max(newest_time(head) for head in heads)
    if now < newest - skew:
        return Check(
            name="clock",
            level=Level.FAILED,
            detail=f"shows {in_words(now)}, but a list was accepted at {in_words(newest)}: "
            "every decision is UNDETERMINED",
            fix="Set this machine's clock (NTP); no setting replaces that.",
        )
    return Check(
        name="clock", level=Level.OK, detail=f"after the newest accepted list ({in_words(newest)})"
    )


def check_streams(
    profiles: Iterable[PartnerProfile], registry: Registry, overview: Overview, *, now: datetime
) -> list[Check]:
    """Look at every stream from which lists are due, and at what waits in it.

    Raises:
        DatabaseUnavailableError: The database does not answer.
    """
    checks: list[Check] = []
    for profile in profiles:
        waiting = overview.waiting(profile.receives)
        checks.append(_stream(profile, registry, waiting, now))
        for what, sent in (
            ("acknowledgements", waiting),
            ("lists", overview.waiting(profile.sends)),
        ):
            if sent.undelivered:
                checks.append(_undelivered(profile, what, sent))
    return checks


def check_audit_head(newest: SignedHead | None, *, is_configured: bool, now: datetime) -> Check:
    """Tell whether the head of the audit trail is signed daily (SIG-8)."""
    if not is_configured:
        return Check(
            name="audit head",
            level=Level.WARNING,
            detail="is not signed: whoever rewrites the whole trail would not be found out",
            fix="Name a certificate and key of its own in [audit] of the settings.",
        )
    if newest is None:
        return Check(name="audit head", level=Level.OK, detail="is signed when `mra serve` runs")
    said = f"was signed {in_words(newest.head.at)}, up to event {newest.head.number}"
    # Twice the span: a process that starts in the morning signs in the morning.
    if now - newest.head.at > 2 * EVERY:
        return Check(
            name="audit head",
            level=Level.WARNING,
            detail=f"{said}; it should be daily",
            fix="Look for audit.sign_failed in the log of the exchange; now: mra audit sign",
        )
    return Check(name="audit head", level=Level.OK, detail=said)


def check_four_eyes(profiles: Iterable[PartnerProfile], actors: Iterable[RegisteredActor]) -> Check:
    """Tell whether enough actors are registered to decide on a held list."""
    wanting = [each.agreement.id for each in profiles if each.agreement.review.four_eyes]
    active = [each.proven for each in actors if each.revoked_at is None]
    said = number_of(len(active), "registered actor")
    if not wanting or isinstance(judge(Review(four_eyes=True), active), Approved):
        return Check(name="four eyes", level=Level.OK, detail=said)
    return Check(
        name="four eyes",
        level=Level.WARNING,
        detail=f"{said}; nobody could decide on a held list of {' '.join(wanting)}",
        fix="Register two who may decide, one of them approver or administrator: mra actor add",
    )


def _stream(profile: PartnerProfile, registry: Registry, waiting: Waiting, now: datetime) -> Check:
    name, agreement = f"stream {profile.agreement.id}", profile.agreement
    head = registry.find_head(registry.in_force(profile.receives))
    health = health_of(
        head, agreement, is_enabled=profile.enabled, is_held=waiting.needs_officer, now=now
    )
    fresh = freshness_at(head, agreement, now)
    said = f"{health.value}; data {fresh.condition.value}"
    if fresh.issued_at is not None and fresh.usable_until is not None:
        said += (
            f": list {fresh.sequence} issued {in_words(fresh.issued_at)}, "
            f"usable until {in_words(fresh.usable_until)}"
        )
    if waiting.held:
        first = waiting.held[0]
        codes = " ".join(reason.code for reason in first.reasons)
        said += f"; list {first.sequence} held since {in_words(first.held_at)} ({codes})"
    if waiting.full_failed is not None:
        since = in_words(waiting.full_failed.since)
        said += f"; a FULL failed too, up to list {waiting.full_failed.sequence}, since {since}"
    fix = _fix(profile, health)
    if waiting.full_failed is not None and not waiting.held:
        fix = f"Settle with {profile.partner} what is wrong: mra stream resume {profile.partner}"
    return Check(name=name, level=_level(health, fresh.condition), detail=said, fix=fix)


def _level(health: StreamHealth, condition: FreshnessClass) -> Level:
    if health is StreamHealth.PAUSED:
        return Level.OK
    # Nothing is granted under this agreement any more.
    if condition is FreshnessClass.STALE:
        return Level.FAILED
    return Level.OK if health is StreamHealth.ON_TIME else Level.WARNING


def _fix(profile: PartnerProfile, health: StreamHealth) -> str | None:
    partner = profile.partner
    contact = profile.agreement.contact
    desk = f"; their contact desk: {contact}" if contact else ""
    match health:
        case StreamHealth.HELD:
            return "Officers decide: mra hold list"
        case StreamHealth.NEVER_RUN:
            return f"Fetch the first list: mra sync {partner}"
        case StreamHealth.LATE | StreamHealth.OVERDUE:
            return f"Try now: mra sync {partner}; if it tells nothing new, ask {partner}{desk}"
        case _:
            return None


def _undelivered(profile: PartnerProfile, what: str, waiting: Waiting) -> Check:
    why = f"; last failure {waiting.last_failure}" if waiting.last_failure else ""
    dead = f", {waiting.dead} of them given up" if waiting.dead else ""
    return Check(
        name=f"{what} {profile.agreement.id}",
        level=Level.WARNING,
        detail=f"{waiting.undelivered} not delivered{dead}, {waiting.attempts} attempts{why}",
        fix=(
            f"{profile.partner} refuses what is given up; settle why with them, then: "
            f"mra delivery list --dead --partner {profile.partner}, mra delivery redeliver ID"
            if waiting.dead
            else f"They are sent again by themselves; to try now: mra sync {profile.partner}"
        ),
    )


def check_restores(profiles: Iterable[PartnerProfile], issuing: Issuing) -> list[Check]:
    """Tell to which partners nothing is issued, because they were not heard since a restore.

    Raises:
        DatabaseUnavailableError: The database does not answer.
    """
    checks = []
    for profile in profiles:
        restore = issuing.footing(profile.sends).restore
        if restore is not None and restore.heard_at is None:
            since = f"restored {in_words(restore.restored_at)}"
            checks.append(
                Check(
                    name=f"publishing {profile.agreement.id}",
                    level=Level.WARNING,
                    detail=f"no list goes out before {profile.partner} was heard ({since})",
                    fix=f"Wait for its next call; if it cannot call: mra publish "
                    f"{profile.partner} --unheard",
                )
            )
    return checks


def check_roots(profiles: Iterable[PartnerProfile], outbox: Outbox) -> list[Check]:
    """Name the partners that applied another state than home published (EXC-4).

    Raises:
        DatabaseUnavailableError: The database does not answer.
    """
    return [
        Check(
            name=f"root {profile.agreement.id}",
            level=Level.FAILED,
            detail=f"{profile.partner} applied our list {standing.answer.applied_sequence} with "
            "another state root than ours: it decides on other operators than we published",
            fix=f"The next list is a FULL; to issue it now: mra publish {profile.partner}",
        )
        for profile in profiles
        if (standing := outbox.standing(profile.sends)).roots is Roots.DIFFERS and standing.answer
    ]


def has_failed(checks: Sequence[Check]) -> bool:
    """Tell whether a required check failed."""
    return any(check.level is Level.FAILED for check in checks)
