"""The two gateways of the fault suite as a process: one publishes or syncs when told to, and dies.

An order is `publish MOMENT WISH` or `sync MOMENT`. A child tells `ready` with its database open,
`begun`, `fetched` with the list's bytes in its hands, `applied` when it is judged and stored, and
`done`. The publisher that is asked is another process, the test's own; or nobody is, and the lists
lie in a folder.
"""

import sys
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gateway.domain.documents import Unverified
from gateway.domain.lists import Stream
from gateway.domain.profiles import Endpoint, FeedKind, Folders, PartnerProfile
from gateway.domain.publishing import Wish
from gateway.exchange.kinds import make_channel
from gateway.ports.feed import Channel
from gateway.services.sync import SCHEDULE, SyncState
from gateway.services.turns import publication_of
from tests.fakes.clock import Clock
from tests.fakes.partner_simulator import Keys
from tests.fakes.partner_tls import client_tls
from tests.fakes.two_gateways import Gateway, publisher_profile, recipient_profile
from tests.fakes.victims import Teller, obey


class Way(StrEnum):
    """How lists and answers travel."""

    HTTPS = "https"
    GRPC = "grpc"
    FOLDERS = "folders"

    @property
    def kind(self) -> FeedKind:
        """What the lists are written in."""
        return FeedKind.GRPC if self is Way.GRPC else FeedKind.XML


class Wires(Struct, frozen=True):
    """XB and XA, and how they reach each other."""

    way: Way
    keys: tuple[Keys, Keys]
    place: str
    """`host:port` of XB's server, or what has both folders in it."""

    @property
    def issuing(self) -> PartnerProfile:
        """XB's profile of XA."""
        return self._reaching(publisher_profile(self.way.kind, self.keys[1]), "back", "there")

    @property
    def receiving(self) -> PartnerProfile:
        """XA's profile of XB."""
        return self._reaching(recipient_profile(self.way.kind, self.keys[0]), "there", "back")

    def to_publisher(self) -> Channel:
        """Return XA's way to XB, for one run."""
        publisher, recipient = self.keys
        tls = client_tls(recipient.folder / "tls.pem", publisher.folder / "ca.pem")
        return make_channel(self.receiving, tls.certificate, tls.key)

    def to_recipient(self) -> Channel:
        """Return XB's way to XA, for one run."""
        return make_channel(self.issuing, b"", b"")

    def _reaching(self, profile: PartnerProfile, inbox: str, outbox: str) -> PartnerProfile:
        if self.way is Way.FOLDERS:
            folders = Folders(inbox=f"{self.place}/{inbox}", outbox=f"{self.place}/{outbox}")
            return replace(profile, exchange=replace(profile.exchange, folders=folders))
        address = self.place if self.way is Way.GRPC else f"https://{self.place}"
        authority = (self.keys[0].folder / "ca.pem").read_text("ascii")
        endpoint = Endpoint(address=address, server_authorities=(authority,))
        return replace(profile, endpoint=endpoint)


def keys_in(folder: Path, now: datetime) -> tuple[Keys, Keys]:
    """Return the keys of XB, which issues, and of XA; made if they are not there yet."""
    return Keys(folder / "XB", "XB", now), Keys(folder / "XA", "XA", now)


def publish(publisher: Gateway, wish: Wish) -> None:
    """Issue a list as the schedule's job does, if there is something to say."""
    now = publisher.clock.now
    with publisher.turns.take(publication_of(publisher.profile.sends)) as lease:
        assert lease is not None
        publisher.publisher.publish(publisher.profile, actor=SCHEDULE, now=now, wish=wish)


class _Child:
    def __init__(self, wires: Wires, urls: tuple[str, str]) -> None:
        self._wires = wires
        self._urls = urls

    def work(self, order: str, tell: Teller) -> None:
        what, moment, *wish = order.split(maxsplit=2)
        clock = Clock(datetime.fromisoformat(moment))
        if what == "publish":
            self._publish(clock, Wish(wish[0]), tell)
        else:
            self._sync(clock, tell)

    def _publish(self, clock: Clock, wish: Wish, tell: Teller) -> None:
        wires = self._wires
        gateway = Gateway(self._urls[0], wires.keys[0], wires.issuing, clock)
        tell.start()
        tell("begun")
        publish(gateway, wish)
        tell("done")

    def _sync(self, clock: Clock, tell: Teller) -> None:
        wires = self._wires
        gateway = Gateway(self._urls[1], wires.keys[1], wires.receiving, clock)
        gateway.line = _telling(wires.to_publisher(), tell)
        tell.start()
        tell("begun")
        result = gateway.sync.run(wires.receiving, now=clock.now)
        assert result.state is SyncState.APPLIED
        tell("done")


def _telling(channel: Channel, tell: Teller) -> Channel:
    fetch = channel.fetch_changes

    def told(stream: Stream, since: int) -> Iterator[Unverified]:
        for document in fetch(stream, since):
            tell("fetched")
            yield document
            tell("applied")

    channel.fetch_changes = told  # type: ignore[method-assign] # of this object alone
    return channel


def main() -> None:
    way, folder, publisher_url, recipient_url, place, moment = sys.argv[1:]
    keys = keys_in(Path(folder), datetime.fromisoformat(moment))
    obey(_Child(Wires(Way(way), keys, place), (publisher_url, recipient_url)).work)


if __name__ == "__main__":
    main()
