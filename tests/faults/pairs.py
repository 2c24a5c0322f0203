"""Two gateways with a way between them, of which a process is killed again and again.

XB issues and XA receives. The test holds three objects on their databases: who answers XA at XB and
is never killed, and the next start of either, made anew after each kill as bootstrap makes it.
Through folders nobody answers: after each step XB looks there, as its schedule does.
"""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from gateway.domain.errors import NotPermittedError
from gateway.domain.parties import Caller
from gateway.entrypoints.desks import Identify
from gateway.entrypoints.http.partner_server import make_app
from gateway.entrypoints.http.serving import serve
from gateway.entrypoints.rpc.exchange_server import make_server
from tests.fakes.clock import Clock
from tests.fakes.partner_tls import leaf, server_tls
from tests.fakes.two_gateways import Gateway, partner_caller
from tests.fakes.victims import Victim
from tests.faults.exchanges import Exchange
from tests.faults.exchanging import Way, Wires, keys_in


class KilledPair(Exchange):
    """Both gateways, as they stand outside the killed process, which is `victim`."""

    def __init__(self, folder: Path, urls: tuple[str, str], seed: int, way: Way) -> None:
        # Certificates of TLS are held against the machine's own clock.
        clock = Clock(datetime.now(UTC).replace(microsecond=0))
        self.wires = wires = Wires(way, keys_in(folder, clock.now), "localhost:1")
        self._answering = Gateway(urls[0], wires.keys[0], wires.issuing, clock)
        place, self._stop = self._begin_to_answer(folder, clock)
        self.wires = wires = replace(wires, place=place)
        super().__init__(
            Gateway(urls[0], wires.keys[0], wires.issuing, clock),
            Gateway(urls[1], wires.keys[1], wires.receiving, clock),
            clock,
            seed,
        )
        self.database = urls[0].partition(":")[0].partition("+")[0]
        self.victim = Victim(
            "tests.faults.exchanging", way.value, str(folder), *urls, place, clock.now.isoformat()
        )

    def _begin_to_answer(self, folder: Path, clock: Clock) -> tuple[str, Callable[[], object]]:
        """Return where XB is to be reached, and what ends that."""
        publisher, recipient = self.wires.keys
        tls = server_tls(publisher.folder / "tls.pem", recipient.folder / "ca.pem")
        desk, identify = self._answering.desk, _knows(recipient.folder)
        if self.wires.way is Way.FOLDERS:
            for name in ("there", "back"):
                (folder / name).mkdir()
            return str(folder), lambda: None
        if self.wires.way is Way.GRPC:
            rpc = make_server(desk, identify, clock, tls=tls, listen="localhost:0")
            rpc.start()
            return f"localhost:{rpc.port}", lambda: rpc.stop(0)
        https = serve(make_app(desk, identify, clock, home="XB"), "127.0.0.1:0", tls)
        https.start()
        return f"localhost:{https.address.rpartition(':')[2]}", https.stop

    def carry(self) -> None:
        """Let XB look into its folders: what is issued is put there, answers are taken."""
        if self.wires.way is Way.FOLDERS:
            self.publisher.line = self.wires.to_recipient()
            self.publisher.pusher.run(self.publisher.profile, now=self.clock.now)

    def sync_again(self) -> None:
        """Sync in a recipient that has just started, over a new connection."""
        self.recipient.line = self.wires.to_publisher()
        super().sync_again()

    def close(self) -> None:
        """Stop the server and the process, and give back the databases."""
        self.victim.close()
        self._stop()
        for gateway in (self.publisher, self.recipient, self._answering):
            gateway.close()


def _knows(recipient: Path) -> Identify:
    """Return who knows XA's gateway by its certificate, and nobody else."""
    known = ssl.PEM_cert_to_DER_cert(leaf(recipient / "tls.pem"))

    def identify(shown: bytes) -> Caller:
        if shown != known:
            raise NotPermittedError("unknown certificate")
        return partner_caller("XA")

    return identify
