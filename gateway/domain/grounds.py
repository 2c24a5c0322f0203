"""Whose signatures the accepted state rests on, and whether one of them counts no more (SIG-9)."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from gateway.domain.lists import ListKind
from gateway.domain.profiles import CompromisedKey, TrustAnchors


class Ground(Struct, frozen=True):
    """A signer of lists that made a state."""

    signer: str
    """Fingerprint of its certificate."""
    received_at: datetime
    """When its newest list was first received."""


def rest_on(before: Sequence[Ground], kind: ListKind, ground: Ground) -> tuple[Ground, ...]:
    """Return the grounds of a state once a list is laid over one with the grounds `before`."""
    # SIG-9: a FULL brings all of its state, a DELTA stands on what was before
    if kind is ListKind.FULL:
        return (ground,)
    newest = {each.signer: each.received_at for each in before}
    newest[ground.signer] = max(newest.get(ground.signer, ground.received_at), ground.received_at)
    return tuple(Ground(signer, received_at) for signer, received_at in newest.items())


def untrusted_ground(
    grounds: Sequence[Ground], anchors: TrustAnchors | None
) -> CompromisedKey | None:
    """Return the compromised key because of which a state decides nothing, or none.

    What a key signed before it was compromised stays good.
    """
    if anchors is None:
        return None
    for ground in grounds:
        for key in anchors.compromised:
            # SIG-9: a list of this key, first received since then, is in the state
            if ground.signer == key.fingerprint and ground.received_at >= key.since:
                return key
    return None
