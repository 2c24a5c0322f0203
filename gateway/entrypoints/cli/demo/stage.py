"""What every act of the demo's story plays on: the network, its processes, looking and waiting."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from gateway.bootstrap import Gateway
from gateway.domain.decisions import AcceptedHead
from gateway.domain.errors import NotFoundError
from gateway.domain.profiles import PartnerProfile
from gateway.domain.standing import Roots, Standing
from gateway.entrypoints.cli.demo.network import Member, Network
from gateway.entrypoints.cli.demo.processes import Processes
from gateway.entrypoints.rpc.lookup_client import LookupClient
from gateway.ports.tls import ClientTls

PATIENCE: Final = 90.0
"""Seconds until a step that waits for the gateways is given up."""
PAUSE: Final = 0.1

Said = tuple[bool, str]
"""Whether a step held, and what happened, in a line for a customs officer."""


class Step(Struct, frozen=True, kw_only=True):
    """One step of the story and whether it held."""

    step: str
    held: bool
    said: str
    seconds: float = 0.0


class Stage(Struct, frozen=True):
    """Made once for the story."""

    network: Network
    processes: Processes
    folder: Path

    @property
    def home(self) -> Member:
        """The administration whose lookups are shown."""
        return self.network.home

    def timed(self, name: str, play: Callable[[], Said]) -> Step:
        """Play one step and time it."""
        started = time.monotonic()
        held, said = play()
        return Step(step=name, held=held, said=said, seconds=round(time.monotonic() - started, 2))

    def wait(self, look: Callable[[], str | None], otherwise: str) -> Said:
        """Look again and again until there is something to say, at most `PATIENCE` seconds."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and not self.processes.ended():
            said = look()
            if said is not None:
                return True, said
            time.sleep(PAUSE)
        ended = ", ".join(self.processes.ended())
        why = f"{ended} ended by itself" if ended else f"waited {PATIENCE:.0f} s"
        return False, f"{otherwise}: {why}; see gateway.log in its folder (keep it with --keep)"

    def lookup(self, caller: Path | None = None) -> LookupClient:
        """Connect to home's lookup as its border system does, or as another caller."""
        caller = caller or self.network.caller
        tls = ClientTls(
            certificate=caller.read_bytes(),
            key=caller.with_suffix(".key").read_bytes(),
            authorities=self.home.pem("ca").encode("ascii"),
        )
        return LookupClient(self.home.lookup, tls, deadline=10)

    def head(self, recipient: Member, issuer: str) -> AcceptedHead | None:
        """Return the list of an issuer that is in force at a recipient."""
        with opened(recipient) as gateway:
            return gateway.store.registry.find_head(profile_of(gateway, issuer).receives)

    def sequence(self, recipient: Member, issuer: str) -> int:
        """Return the number of the list that is in force; 0 if there is none."""
        head = self.head(recipient, issuer)
        return 0 if head is None else head.header.sequence

    def standing(self, issuer: Member, recipient: str) -> Standing:
        """Return how a recipient stands with an issuer's lists, as the issuer knows it."""
        with opened(issuer) as gateway:
            return gateway.store.outbox.standing(profile_of(gateway, recipient).sends)

    def agreed(self, issuer: Member, recipient: Member, above: int) -> AcceptedHead | None:
        """Return the list in force, if it is newer than `above` and both sides agree on it.

        The recipient has applied the issuer's newest list and said so, with the issuer's own root.
        """
        head = self.head(recipient, issuer.country)
        standing = self.standing(issuer, recipient.country)
        is_agreed = (
            head is not None
            and head.header.sequence > above
            and head.header == standing.issued == standing.applied
            and standing.roots is Roots.EQUAL
        )
        return head if is_agreed else None


@contextmanager
def opened(member: Member) -> Iterator[Gateway]:
    """Open a member's registry in this process, beside its own, as the command line does."""
    gateway = member.open()
    try:
        yield gateway
    finally:
        gateway.close()


def profile_of(gateway: Gateway, partner: str) -> PartnerProfile:
    """Return a partner's profile.

    Raises:
        NotFoundError: There is none.
    """
    stored = gateway.store.profiles.find(partner)
    if stored is None:
        raise NotFoundError(f"{gateway.settings.home} has no profile of {partner}")
    return stored.profile
