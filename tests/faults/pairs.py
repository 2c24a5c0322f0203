"""Two gateways with HTTPS between them, of which a process is killed again and again.

XB issues and XA receives. The test holds three objects on their databases: who answers XA at XB and
is never killed, and the next start of either, made anew after each kill as bootstrap makes it.
"""

import ssl
from datetime import UTC, datetime
from pathlib import Path

from gateway.domain.errors import NotPermittedError
from gateway.domain.parties import Caller
from gateway.entrypoints.desks import Identify
from gateway.entrypoints.http.partner_server import make_app
from gateway.entrypoints.http.serving import serve
from tests.fakes.clock import Clock
from tests.fakes.partner_tls import leaf, server_tls
from tests.fakes.two_gateways import Gateway, partner_caller, publisher_profile, recipient_profile
from tests.fakes.victims import Victim
from tests.faults.exchanges import Exchange
from tests.faults.exchanging import KIND, channel_to, keys_in


class KilledPair(Exchange):
    """Both gateways, as they stand outside the killed process, which is `victim`."""

    def __init__(self, folder: Path, urls: tuple[str, str], seed: int) -> None:
        # Certificates of TLS are held against the machine's own clock.
        clock = Clock(datetime.now(UTC).replace(microsecond=0))
        keys = keys_in(folder, clock.now)
        issuing, receiving = publisher_profile(KIND, keys[1]), recipient_profile(KIND, keys[0])
        super().__init__(
            Gateway(urls[0], keys[0], issuing, clock),
            Gateway(urls[1], keys[1], receiving, clock),
            clock,
            seed,
        )
        self.database = urls[0].partition(":")[0].partition("+")[0]
        self._answering = Gateway(urls[0], keys[0], issuing, clock)
        app = make_app(self._answering.desk, _knows(keys[1].folder), clock, home="XB")
        tls = server_tls(keys[0].folder / "tls.pem", keys[1].folder / "ca.pem")
        self._server = serve(app, "127.0.0.1:0", tls)
        self._server.start()
        address = f"localhost:{self._server.address.rpartition(':')[2]}"
        self.recipient.line = channel_to(*keys, address)
        self.victim = Victim(
            "tests.faults.exchanging", str(folder), *urls, address, clock.now.isoformat()
        )

    def close(self) -> None:
        """Stop the server and the process, and give back the databases."""
        self.victim.close()
        self._server.stop()
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
