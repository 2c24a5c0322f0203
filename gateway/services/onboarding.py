"""Bringing a partner in: its profile becomes a version, its TLS certificates become callers."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from gateway.domain.parties import Actor, Caller, Purpose
from gateway.domain.profiles import KeyUse, PartnerProfile, StoredProfile
from gateway.ports.profiles import Callers, Profiles
from gateway.services.epoch_desk import require_same_epochs


class Onboarded(Struct, frozen=True, kw_only=True):
    """What `apply_profile` did."""

    stored: StoredProfile
    is_new_version: bool
    new_callers: Sequence[str]
    """Fingerprints that may call us now on the partner's behalf."""


def apply_profile(
    profile: PartnerProfile,
    *,
    profiles: Profiles,
    callers: Callers,
    fingerprint_of: Callable[[str], str],
    actor: Actor,
    now: datetime,
) -> Onboarded:
    """Store a profile and register the certificates with which the partner may call.

    A certificate that an officer has revoked stays revoked: a file never overrules a person.

    Args:
        profile: The profile as read from its file.
        profiles: Where versions are kept.
        callers: Where certificates are registered.
        fingerprint_of: PEM certificate to hex SHA-256 of its DER.
        actor: Who applies it.
        now: The moment of application.

    Raises:
        InvalidRequestError: It changes an epoch, which takes two people (SEQ-3).
        ConflictError: Another process changed the same profile or caller meanwhile.
        DatabaseUnavailableError: Nothing was changed.
    """
    before = profiles.find(profile.partner)
    if before is not None:
        require_same_epochs(profile, before.profile)
    stored = profiles.apply(profile, actor, now)
    known = {caller.fingerprint for caller in callers.all()}
    anchors = profile.anchors(KeyUse.TLS)
    added: list[str] = []
    for pem in () if anchors is None else anchors.pinned:
        fingerprint = fingerprint_of(pem)
        if fingerprint in known:
            continue
        caller = Caller(
            name=f"partner {profile.partner} {fingerprint[:8]}",
            fingerprint=fingerprint,
            purposes=(Purpose.EXCHANGE,),
            partner=profile.partner,
            added_at=now,
        )
        callers.add(caller, actor, now)
        added.append(fingerprint)
    return Onboarded(
        stored=stored,
        is_new_version=before is None or before.version != stored.version,
        new_callers=added,
    )
