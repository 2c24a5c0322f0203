"""A besieged gateway and its wires: what comes on the way is spoilt, not what was signed (issue 6).

Every attack is followed by the same questions as in `besieged`: how was it refused, is all that
decides as it was, and is the same list taken when it comes unspoilt?
"""

import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from gateway.domain.documents import SealedList
from gateway.domain.errors import GatewayError, TransportError
from gateway.domain.profiles import Endpoint, Limits, PartnerProfile
from gateway.domain.transport_faults import TransportFault
from gateway.ports.feed import Channel
from gateway.ports.tls import ClientTls, ServerTls
from gateway.trust.pki import make_trial_pki
from tests.fakes.besieged import MOST_BYTES, Besieged
from tests.fakes.partner_tls import client_tls, server_tls

PATIENCE = timedelta(seconds=5)
"""For each step of a call that nobody slows down."""
MOST_SECONDS = 45.0
"""By the clock on the wall, of a busy machine with memory traced, which is slow: not minutes."""

ChannelFor = Callable[[PartnerProfile], Channel]


def partner_tls(ground: Besieged) -> ServerTls:
    """Return what the partner's servers show."""
    folder = ground.partner.keys.folder
    return server_tls(folder / "tls.pem", ground.keys.folder / "ca.pem")


def home_tls(ground: Besieged, authority: Path | None = None) -> ClientTls:
    """Return what home shows, and whom it believes: the partner's CA."""
    believed = authority or ground.partner.keys.folder / "ca.pem"
    return client_tls(ground.keys.folder / "tls.pem", believed)


def reaching(ground: Besieged, address: str, *, patience: timedelta = PATIENCE) -> PartnerProfile:
    """Return the profile with the partner at an address."""
    limits = Limits(
        fetch_timeout=patience,
        max_document_bytes=256 * 1024,
        max_container_bytes=256 * 1024,
        max_body_bytes=1024**2,
    )
    endpoint = Endpoint(address=address, server_authorities=())
    return replace(ground.profile, endpoint=endpoint, limits=limits)


def next_sealed(ground: Besieged) -> SealedList:
    """Return the good list 3 with its head."""
    ground.next_list()
    return ground.sealed


def fetch(ground: Besieged, profile: PartnerProfile, channel: Channel) -> str:
    """Sync once over a channel; return the state, or the code of the error and its fault."""
    ground.wire(lambda: channel, ground.floors)
    try:
        result = ground.sync.run(profile, now=ground.clock.now)
    except TransportError as error:
        return failed(error.fault)
    except GatewayError as error:
        return error.code
    return result.state.value


def failed(fault: TransportFault) -> str:
    """Return what `fetch` tells of a fault on the way."""
    return f"{TransportError.code} {fault}"


def other_pki(folder: Path, host: str = "localhost", *, ago: int = 0) -> Path:
    """Make a PKI that calls itself the partner's; it began so many days ago and lasts for 30."""
    make_trial_pki(
        folder / "other",
        administration="Customs of XB",
        country="XB",
        hosts=(host,),
        now=datetime.now(UTC) - timedelta(days=ago),  # noqa: TID251 - TLS reads the real clock
        days=30,
    )
    return folder / "other"


@contextmanager
def within_bounds() -> Iterator[None]:
    """Bound what the block costs, in seconds and in memory, of all threads of this process."""
    tracemalloc.start()
    began = time.monotonic()
    try:
        yield
        seconds, peak = time.monotonic() - began, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert seconds < MOST_SECONDS
    assert peak < MOST_BYTES


class Gate(Protocol):
    """Home's server, to which the partner can push the good list 3."""

    ground: Besieged

    def push(self) -> None:
        """Push it, as the partner does."""
        ...


def require_shut(gate: Gate, attack: Callable[[], str], code: str) -> None:
    """Attack once: refused so, nothing moved, and the good list is taken afterwards."""
    ground = gate.ground
    before = ground.deciding_rows()
    with within_bounds():
        assert attack() == code
    assert ground.deciding_rows() == before
    ground.advance(timedelta(seconds=1))
    gate.push()
    head = ground.store.registry.find_head(ground.profile.receives)
    assert head is not None
    assert head.header.sequence == ground.last.sequence + 1


def require_repelled_on_the_way(
    ground: Besieged,
    hostile: tuple[PartnerProfile, Channel],
    sound: tuple[PartnerProfile, Channel],
    told: Sequence[str | TransportFault],
) -> None:
    """Fetch from a hostile partner, and then from a sound one.

    Args:
        ground: Fresh.
        hostile: How the partner is reached that means no good.
        sound: The same, where the same list comes as it should.
        told: The codes, or faults on the way, with one of which the first is refused.
    """
    before = ground.deciding_rows()
    with within_bounds():
        code = fetch(ground, *hostile)
    wanted = [failed(each) if isinstance(each, TransportFault) else each for each in told]
    assert code in wanted, code
    assert ground.deciding_rows() == before
    ground.advance(timedelta(seconds=1))
    assert fetch(ground, *sound) == "applied"
