"""What `mra doctor` looks at in certificates, revocation lists and keys, home's and partners'."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from gateway.domain.grounds import untrusted_ground
from gateway.domain.profiles import CompromisedKey, KeyUse, PartnerProfile
from gateway.domain.spans import in_words
from gateway.ports.registry import Registry
from gateway.services.doctor import Check, Level

THRESHOLDS: Final = (1, 7, 14, 30, 60, 90)
"""Days before its end at which a certificate is told of."""


class Dated(Struct, frozen=True, kw_only=True):
    """A certificate or revocation list with its end."""

    owner: str
    """Whose it is and for what: `own lists`, `SG tls`."""
    name: str
    expires_at: datetime | None
    is_required: bool
    """Whether nothing goes on without it: home's own."""
    renewal: str
    """What to do when it ends."""
    grace: timedelta | None = None
    """Of a revocation list: how long it is taken after its end (SIG-9)."""


def check_validity(dated: Dated, *, now: datetime) -> Check:
    """Tell how long a certificate or revocation list is good."""
    name = f"certificate {dated.owner}"
    if dated.grace is not None and not (dated.expires_at and now <= dated.expires_at):
        return _ended_list(dated, dated.grace, now)
    if dated.expires_at is None or dated.expires_at <= now:
        ended = "without end date" if dated.expires_at is None else in_words(dated.expires_at)
        return Check(
            name=name,
            level=Level.FAILED if dated.is_required else Level.WARNING,
            detail=f"expired: {dated.name} ({ended})",
            fix=dated.renewal,
        )
    left = dated.expires_at - now
    text = f"{left.days} days left: {dated.name} (until {in_words(dated.expires_at)})"
    reached = next((days for days in THRESHOLDS if left <= timedelta(days=days)), None)
    if reached is None:
        return Check(name=name, level=Level.OK, detail=text)
    return Check(
        name=name,
        level=Level.WARNING,
        detail=f"within {reached} days of its end; {text}",
        fix=dated.renewal,
    )


def _ended_list(dated: Dated, grace: timedelta, now: datetime) -> Check:
    until = dated.expires_at
    if until is not None and now <= until + grace:
        level = Level.WARNING
        said = f"stale since {in_words(until)}, taken in its grace until {in_words(until + grace)}"
    else:
        level = Level.FAILED
        ended = "has no end date" if until is None else f"ended {in_words(until)}"
        said = f"stale: {ended}; what its CA's signers sign is refused until there is a newer one"
    return Check(
        name=f"certificate {dated.owner}",
        level=level,
        detail=f"{said}: {dated.name}",
        fix=dated.renewal,
    )


def check_second_keys(profiles: Iterable[PartnerProfile], *, has_keys: bool) -> Iterator[Check]:
    """Tell of each partner that gets nothing from its day on, for want of second keys (SIG-4)."""
    for profile in profiles:
        since = profile.exchange.hybrid_since
        if since is not None and not has_keys:
            yield Check(
                name=f"{profile.partner} second keys",
                level=Level.FAILED,
                detail=f"two signatures were agreed on from {in_words(since)}, and home has one "
                "key for each use: nothing is signed from then on",
                fix="Make second keys (docs/operations.md), and name them under [lists.hybrid] and "
                "[acknowledgements.hybrid].",
            )


def check_compromised(
    profiles: Iterable[PartnerProfile], registry: Registry, *, now: datetime
) -> list[Check]:
    """Name the keys that are marked compromised, and what that means for answers (SIG-9).

    Raises:
        DatabaseUnavailableError: The database does not answer.
    """
    checks = []
    for profile in profiles:
        head = registry.find_head(registry.in_force(profile.receives))
        grounds = () if head is None else head.grounds
        tainting = untrusted_ground(grounds, profile.anchors(KeyUse.LISTS))
        for anchors in profile.trust:
            for key in anchors.compromised:
                is_tainting = key == tainting
                checks.append(_compromised(profile, anchors.use, key, now, is_tainting=is_tainting))
    return checks


def _compromised(
    profile: PartnerProfile, use: KeyUse, key: CompromisedKey, now: datetime, *, is_tainting: bool
) -> Check:
    since = "since" if key.since <= now else "from"
    why = f" ({key.reason})" if key.reason else ""
    said = f"{key.fingerprint[:16]}… is compromised {since} {in_words(key.since)}{why}"
    name = f"key {profile.partner} {use.value}"
    if not is_tainting:
        return Check(name=name, level=Level.OK, detail=f"{said}; nothing rests on it")
    return Check(
        name=name,
        level=Level.FAILED,
        detail=f"{said}; the accepted list rests on it: every decision is UNDETERMINED",
        fix=f"Register another key of {profile.partner}, and fetch the FULL that it signs: "
        f"mra sync {profile.partner}",
    )
