"""The two gateways of the fault suite as a process: one publishes or syncs when told to, and dies.

An order is `publish MOMENT WISH` or `sync MOMENT`. A child tells `ready` with its database open,
`begun`, `fetched` with the list's bytes in its hands, `applied` when it is judged and stored, and
`done`. The publisher that is asked is another process: the test's own, over HTTPS.
"""

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from gateway.domain.documents import Unverified
from gateway.domain.lists import Stream
from gateway.domain.profiles import Endpoint, FeedKind
from gateway.domain.publishing import Wish
from gateway.exchange.xml_feed.channel import XmlChannel
from gateway.services.sync import SCHEDULE, SyncState
from gateway.services.turns import publication_of
from tests.fakes.clock import Clock
from tests.fakes.partner_simulator import Keys
from tests.fakes.partner_tls import client_tls
from tests.fakes.two_gateways import Gateway, publisher_profile, recipient_profile
from tests.fakes.victims import Teller, obey

KIND = FeedKind.XML


def keys_in(folder: Path, now: datetime) -> tuple[Keys, Keys]:
    """Return the keys of XB, which issues, and of XA; made if they are not there yet."""
    return Keys(folder / "XB", "XB", now), Keys(folder / "XA", "XA", now)


def channel_to(
    publisher: Keys, recipient: Keys, address: str, channel: type[XmlChannel] = XmlChannel
) -> XmlChannel:
    """Return XA's way to XB."""
    endpoint = Endpoint(address=f"https://{address}", server_authorities=())
    profile = replace(recipient_profile(KIND, publisher), endpoint=endpoint)
    tls = client_tls(recipient.folder / "tls.pem", publisher.folder / "ca.pem")
    return channel(profile, tls)


def publish(publisher: Gateway, wish: Wish) -> None:
    """Issue a list as the schedule's job does, if there is something to say."""
    now = publisher.clock.now
    with publisher.turns.take(publication_of(publisher.profile.sends)) as lease:
        assert lease is not None
        publisher.publisher.publish(publisher.profile, actor=SCHEDULE, now=now, wish=wish)


class _Child:
    def __init__(self, keys: tuple[Keys, Keys], urls: tuple[str, str], address: str) -> None:
        self._publisher, self._recipient = keys
        self._urls = urls
        self._address = address

    def work(self, order: str, tell: Teller) -> None:
        what, moment, *wish = order.split(maxsplit=2)
        clock = Clock(datetime.fromisoformat(moment))
        if what == "publish":
            self._publish(clock, Wish(wish[0]), tell)
        else:
            self._sync(clock, tell)

    def _publish(self, clock: Clock, wish: Wish, tell: Teller) -> None:
        profile = publisher_profile(KIND, self._recipient)
        gateway = Gateway(self._urls[0], self._publisher, profile, clock)
        tell.start()
        tell("begun")
        publish(gateway, wish)
        tell("done")

    def _sync(self, clock: Clock, tell: Teller) -> None:
        profile = recipient_profile(KIND, self._publisher)
        gateway = Gateway(self._urls[1], self._recipient, profile, clock)

        class Told(XmlChannel):
            def fetch_changes(self, stream: Stream, since: int) -> Iterator[Unverified]:
                for document in super().fetch_changes(stream, since):
                    tell("fetched")
                    yield document
                    tell("applied")

        gateway.line = channel_to(self._publisher, self._recipient, self._address, Told)
        tell.start()
        tell("begun")
        result = gateway.sync.run(profile, now=clock.now)
        assert result.state is SyncState.APPLIED
        tell("done")


def main() -> None:
    folder, publisher_url, recipient_url, address, moment = sys.argv[1:]
    keys = keys_in(Path(folder), datetime.fromisoformat(moment))
    obey(_Child(keys, (publisher_url, recipient_url), address).work)


if __name__ == "__main__":
    main()
