"""Two gateways, a checker that is a partner of both, and links between all of them that break."""

import random
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from tests.e2e.checker.calls import GrpcClient, HttpsClient, Keys
from tests.e2e.checker.canonical import Document
from tests.e2e.checker.follower import Follower
from tests.e2e.checker.protobuf import Contract
from tests.e2e.checker.sealing import read_signer
from tests.e2e.checker.sources import GrpcSource, Source, XmlSource
from tests.e2e.days import agreements
from tests.e2e.days.agreements import GRPC, XML, Ways
from tests.e2e.days.gateways import Gateway, finish, free_ports
from tests.e2e.days.links import Link
from tests.e2e.days.programme import Programme

PAIR = ("XA", "XB")
CHECKER = "XC"
_PORTS = ("grpc", "https", "watch", "programme")
_PARTNER_PORTS = ("grpc", "https", "watch")
_SECONDS = 1.5
"""For one call of the checker: stalled links are left soon."""
PHASES = (
    # How the gateways exchange lists, and over which adapter the checker gets its own.
    ({"XA": Ways(GRPC, "watch", "push"), "XB": Ways(GRPC, "push", "pull")}, XML),
    ({"XA": Ways(XML, "push", "pull"), "XB": Ways(XML, "watch", "push")}, GRPC),
    ({"XA": Ways(GRPC, "pull", "pull"), "XB": Ways(GRPC, "watch", "pull")}, XML),
)


@dataclass(frozen=True)
class Issued:
    """A stream as its publisher tells it: the newest list, and what its recipient has answered."""

    sequence: int
    root: str
    answer: Document | None

    def is_applied(self) -> bool:
        """Tell whether the recipient has applied exactly the newest list."""
        return self.answer is not None and (
            self.answer["outcome"] == "APPLIED"
            and self.answer["sequence"] == self.sequence
            and self.answer["appliedRoot"] == self.root
        )


class World:
    """Everything that one run needs."""

    def __init__(self, folder: Path, contract: Contract, chance: random.Random) -> None:
        self.contract = contract
        self.gateways = {country: Gateway(country, folder / country) for country in PAIR}
        self.checker = Gateway(CHECKER, folder / CHECKER)
        self.events: deque[str] = deque(maxlen=40)
        ports = free_ports(len(PAIR) * len(_PORTS))
        for gateway in self.gateways.values():
            gateway.ports = {name: ports.pop() for name in _PORTS}
        self.links: dict[tuple[str, str], Link] = {}
        """By who calls and who is called."""
        self.programmes: dict[str, Programme] = {}
        self.followers: dict[str, Follower] = {}
        self._ways, self._checkers_kind = PHASES[0]
        self._chance = chance

    def found(self) -> None:
        """Make folders, keys, databases and profiles, and start both gateways."""
        everybody = [*self.gateways.values(), self.checker]
        finish(each.begin("init", str(each.folder), "--home", each.country) for each in everybody)
        for caller in (*PAIR, CHECKER):
            for called in self.gateways.values():
                if called.country != caller:
                    targets = [called.ports[name] for name in _PARTNER_PORTS]
                    link = Link(f"{caller}>{called.country}", targets)
                    self.links[caller, called.country] = link
        finish(
            each.begin(
                *("caller", "add", "aeo-system", "--purpose", "programme"),
                *("--trial", str(each.folder / "programme")),
            )
            for each in self.gateways.values()
        )
        self._apply_profiles()
        for gateway in self.gateways.values():
            gateway.start()
        for country, gateway in self.gateways.items():
            gateway.wait_until_ready()
            self.programmes[country] = Programme(
                country, self._programme_client(gateway), random.Random(self._chance.random())
            )
            signer = read_signer(self.checker.keys, "acknowledgements")
            source = self._source(country, CHECKER, self._checkers_kind, link=True)
            self.followers[country] = Follower(f"{country}>{CHECKER}", source, signer)

    def change_adapters(self, phase: int) -> None:
        """Carry every stream in another way from now on; each goes on where it stood."""
        self._ways, self._checkers_kind = PHASES[phase]
        self._apply_profiles()
        for country, follower in self.followers.items():
            follower.change_adapter(self._source(country, CHECKER, self._checkers_kind, link=True))

    def issued(self, issuer: str, recipient: str) -> Issued | None:
        """Ask a publisher, as its partner and past all links; none: nothing issued this way yet."""
        kind = self._checkers_kind if recipient == CHECKER else self._ways[issuer].kind
        source = self._source(issuer, recipient, kind, link=False)
        head = source.newest()
        if head is None:
            return None
        signer = self._certificate(self._member(recipient), "acknowledgements")
        return Issued(head["sequence"], head["stateRoot"], source.held(signer))

    def restart(self, country: str) -> None:
        """Kill a gateway and start it again, without waiting for it."""
        self.gateways[country].kill()
        self.gateways[country].start()

    def note(self, event: str) -> None:
        self.events.append(event)

    def close(self) -> list[int | None]:
        """Stop everything; return how the gateways ended."""
        ended = [gateway.stop() for gateway in self.gateways.values()]
        for link in self.links.values():
            link.close()
        return ended

    def _member(self, country: str) -> Gateway:
        return self.checker if country == CHECKER else self.gateways[country]

    def _apply_profiles(self) -> None:
        for country, gateway in self.gateways.items():
            (other,) = set(PAIR) - {country}
            link = self.links[country, other]
            agreements.write(gateway, self.gateways[other], self._ways[country], link)
            agreements.write(gateway, self.checker, Ways(self._checkers_kind), None)
        finish(
            gateway.begin("partner", "apply", str(gateway.folder / "agreements"))
            for gateway in self.gateways.values()
        )

    def _programme_client(self, gateway: Gateway) -> GrpcClient:
        folder = gateway.folder / "programme"
        keys = Keys(folder / "aeo-system.pem", folder / "aeo-system.key", gateway.keys / "ca.pem")
        address = f"127.0.0.1:{gateway.ports['programme']}"
        return GrpcClient(self.contract, address, keys, "mra.programme.v1", 5.0)

    def _source(self, issuer: str, recipient: str, kind: str, *, link: bool) -> Source:
        called, caller = self.gateways[issuer], self._member(recipient)
        keys = Keys(caller.keys / "tls.pem", caller.keys / "tls.key", called.keys / "ca.pem")
        port = called.ports["grpc" if kind == GRPC else "https"]
        if link:
            port = self.links[recipient, issuer].ports[port]
        named, signer = agreements.stream(issuer, recipient), self._certificate(called, "lists")
        address = f"127.0.0.1:{port}"
        if kind == XML:
            return XmlSource(HttpsClient(f"https://{address}", keys, _SECONDS), named, signer)
        client = GrpcClient(self.contract, address, keys, "mra.exchange.v1", _SECONDS)
        return GrpcSource(self.contract, client, named, signer)

    def _certificate(self, member: Gateway, name: str) -> x509.Certificate:
        return x509.load_pem_x509_certificate((member.keys / f"{name}.pem").read_bytes())


@contextmanager
def running(folder: Path, contract: Contract, chance: random.Random) -> Iterator[World]:
    """Have a world for the length of a `with` block; nothing of it stays."""
    with ExitStack() as stack:
        world = World(folder, contract, chance)
        stack.callback(world.close)
        world.found()
        yield world
