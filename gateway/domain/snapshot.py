"""What a decision rested on, named exactly: by the numbers of versions and states, never by a time.

Clocks show whole seconds, a lookup process takes a list in a moment after it was accepted, and with
the database gone it goes on from an older one. So a decision names its snapshot; a replay gathers
that very knowledge again from the history, whatever the moment was.
"""

from collections.abc import Mapping
from hashlib import sha256

import msgspec
from msgspec import Struct

from gateway.domain.agreements import Territory
from gateway.domain.blocks import HomeBlock
from gateway.domain.lists import Stream

_ENCODE = msgspec.json.Encoder(order="sorted").encode


class AgreementSnapshot(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was known of one agreement."""

    profile: int
    """The version of the partner's profile."""
    stream: Stream | None = None
    """Whose list served; none if no list could answer: a test (ACC-4), or data that is broken."""
    state: int | None = None
    """The number of the accepted state; none if no list was held."""
    damaged: Territory | None = None
    """Set if the profile could not be read: then nothing was decided under it."""
    restricted: tuple[str, ...] = ()
    """Operators that held lists restricted (ACC-12)."""


class Snapshot(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything beside the question and the time that an answer depends on."""

    agreements: Mapping[str, AgreementSnapshot]
    """By agreement id."""
    blocks: tuple[HomeBlock, ...] = ()
    """What home had blocked, the lifted too: they act on dates of before."""
    release: str = ""
    """Of the gateway that decided: its words may differ from those of another."""

    def to_bytes(self) -> bytes:
        """Return its canonical JSON."""
        return _ENCODE(self)

    @property
    def name(self) -> str:
        """The short digest by which decisions name it."""
        return sha256(self.to_bytes()).hexdigest()[:24]


def snapshot_from_bytes(canonical: bytes) -> Snapshot:
    """Read what `to_bytes` wrote.

    Raises:
        msgspec.MsgspecError: It did not.
    """
    return _SNAPSHOT.decode(canonical)


_SNAPSHOT = msgspec.json.Decoder(Snapshot)
