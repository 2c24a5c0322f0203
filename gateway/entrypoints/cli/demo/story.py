"""The demo's story: publish, let the schedule sync, look up, suspend, attack."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from msgspec import Struct

from gateway.bootstrap import system_clock
from gateway.domain.decisions import AcceptedHead
from gateway.domain.operators import StatusCode
from gateway.domain.publishing import Wish
from gateway.entrypoints.cli.demo.attacks import Attacker
from gateway.entrypoints.cli.demo.lookups import SUSPENDED_LATER, Expected, expected_lookups
from gateway.entrypoints.cli.demo.network import HOME, PRESENTER, Member, Network
from gateway.entrypoints.cli.demo.synthetic import home_operators, partner_operators, with_status
from gateway.entrypoints.rpc.lookup_client import LookupClient
from gateway.ports.home_programme import HomeOperator
from gateway.ports.tls import ClientTls
from gateway.services.operator_file import read_operators, write_operators

SEED: Final = 20260101
COUNTS: Final = {"SG": 3000, "NZ": 2000}
PATIENCE: Final = 90.0
"""Seconds until a step that waits for the schedule is given up."""
PAUSE: Final = 0.1
LISTS_AT_FIRST: Final = 3
"""Two genuine lists stay unseen: one to replay here, one for who is told of `--keep`."""
ATTACKS: Final = {
    "forged": {"SIGNER_UNKNOWN"},
    "tampered": {"SIGNATURE_INVALID"},
    "replayed": {"ROLLBACK"},
    "repeated": {"REPEATED"},
}


class Step(Struct, frozen=True, kw_only=True):
    """One step of the story and whether it held."""

    step: str
    held: bool
    said: str
    seconds: float = 0.0


class Story:
    """Plays the steps on a network whose processes somebody else starts and stops."""

    def __init__(
        self,
        network: Network,
        start: Callable[[], None],
        ended: Callable[[], list[str]],
        folder: Path,
    ) -> None:
        self._network = network
        self._start = start
        self._ended = ended
        self._folder = folder

    def steps(self) -> Iterator[Step]:
        """Play one step after the other; each says whether it held."""
        yield from self._import_and_publish()
        yield self._timed("start three gateways", self._begin)
        for partner in self._network.partners():
            yield self._timed(
                f"scheduled sync {partner.country} → {HOME}",
                partial(self._synced, partner, self._network.home),
            )
            yield self._timed(
                f"scheduled sync {HOME} → {partner.country}",
                partial(self._synced, self._network.home, partner),
            )
        for expected in expected_lookups():
            yield self._timed(f"look up {expected.title}", partial(self._asked, expected))
        yield self._timed("SG suspends an operator", self._suspend)
        yield self._timed("the decision changes with the next scheduled list", self._changed)
        for partner in self._network.partners():
            yield from self._attack(partner)

    def _timed(self, name: str, play: Callable[[], tuple[bool, str]]) -> Step:
        started = time.monotonic()
        held, said = play()
        return Step(step=name, held=held, said=said, seconds=round(time.monotonic() - started, 2))

    def _import_and_publish(self) -> Iterator[Step]:
        for member in self._network.members.values():
            yield self._timed(
                f"{member.country} imports and publishes", partial(self._publish, member)
            )

    def _publish(self, member: Member) -> tuple[bool, str]:
        """Import from the member's CSV file and issue lists: nobody ever fetches but the last."""
        operators = _synthetic(member.country)
        file = member.folder / "operators.csv"
        file.write_text(write_operators(operators), encoding="utf-8")
        imported = read_operators(file.read_bytes())
        opened = member.open()
        try:
            opened.store.home_programme.replace(imported, PRESENTER)
            publisher = opened.exchange().publisher
            said: list[str] = []
            for stored in opened.store.profiles.all():
                for _ in range(LISTS_AT_FIRST):
                    publisher.publish(
                        stored.profile, actor=PRESENTER, now=opened.clock(), wish=Wish.FULL
                    )
                header = opened.store.publications.newest(stored.profile.sends)
                if header is None:
                    return False, f"nothing was issued to {stored.profile.partner}"
                said.append(f"{header.quantity} to {stored.profile.partner}")
        finally:
            opened.close()
        return (
            imported == operators,
            f"{len(imported)} synthetic operators; lists: {', '.join(said)}",
        )

    def _begin(self) -> tuple[bool, str]:
        self._start()
        said = ", ".join(f"{name} {m.grpc}" for name, m in self._network.members.items())
        return True, f"each with its own database, keys and certificates: {said}"

    def _synced(self, issuer: Member, recipient: Member) -> tuple[bool, str]:
        """Wait until the recipient applied the newest list and the issuer has the answer to it."""

        def look() -> str | None:
            head = self._head(recipient, issuer.country)
            answered = self._answered(issuer, recipient.country)
            if head is None or answered != head.header.sequence:
                return None
            return f"list {head.header.sequence}: {head.header.quantity} operators, acknowledged"

        return self._await(look, "no applied and acknowledged list")

    def _asked(self, expected: Expected) -> tuple[bool, str]:
        with self._lookup() as client:
            reply = client.ask(expected.code, direction=expected.direction)
        held = (reply.verdict, reply.reason) == (expected.verdict, expected.reason)
        held = held and bool(reply.hints) >= expected.hinted
        extra = " ".join(reply.measures) or "; ".join(reply.hints[:1])
        return held, f"{expected.code} → {reply.verdict} {reply.reason} {extra}".rstrip()

    def _suspend(self) -> tuple[bool, str]:
        member = self._network.members["SG"]
        changed = with_status(
            _synthetic("SG"), SUSPENDED_LATER, StatusCode.SUSPENDED, on=system_clock()
        )
        opened = member.open()
        try:
            counts = opened.store.home_programme.replace(changed, PRESENTER)
        finally:
            opened.close()
        return counts.changed == 1, f"{SUSPENDED_LATER} in SG's own registry"

    def _changed(self) -> tuple[bool, str]:
        with self._lookup() as client:

            def look() -> str | None:
                reply = client.ask(SUSPENDED_LATER)
                if reply.reason != "SUSPENDED":
                    return None
                return (
                    f"{SUSPENDED_LATER} → {reply.verdict} {reply.reason} by list {reply.sequence}"
                )

            return self._await(look, "the decision did not change")

    def _attack(self, partner: Member) -> Iterator[Step]:
        opened = partner.open()
        try:
            attacker = Attacker(partner, opened, opened.exchange(), self._folder)
            for name, codes in ATTACKS.items():
                yield self._timed(
                    f"{partner.country} {name} list",
                    partial(self._offered, partner, attacker, name, codes),
                )
        finally:
            opened.close()

    def _offered(
        self, partner: Member, attacker: Attacker, name: str, codes: set[str]
    ) -> tuple[bool, str]:
        before = self._head(self._network.home, partner.country)
        offer = getattr(attacker, name)()
        after = self._head(self._network.home, partner.country)
        same = "the head is unchanged" if before == after else "THE HEAD MOVED"
        return offer.code in codes and before == after, f"{offer.code}: {offer.text}; {same}"

    def _await(self, look: Callable[[], str | None], otherwise: str) -> tuple[bool, str]:
        """Look again and again until there is something to say, at most `PATIENCE` seconds."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and not self._ended():
            said = look()
            if said is not None:
                return True, said
            time.sleep(PAUSE)
        ended = ", ".join(self._ended())
        why = f"{ended} ended by itself" if ended else f"waited {PATIENCE:.0f} s"
        return False, f"{otherwise}: {why}; see gateway.log in its folder (keep it with --keep)"

    def _lookup(self) -> LookupClient:
        caller = self._network.caller
        tls = ClientTls(
            certificate=caller.read_bytes(),
            key=caller.with_suffix(".key").read_bytes(),
            authorities=self._network.home.pem("ca").encode("ascii"),
        )
        return LookupClient(self._network.home.lookup, tls, deadline=10)

    def _head(self, recipient: Member, issuer: str) -> AcceptedHead | None:
        opened = recipient.open()
        try:
            stored = opened.store.profiles.find(issuer)
            return (
                None if stored is None else opened.store.registry.find_head(stored.profile.receives)
            )
        finally:
            opened.close()

    def _answered(self, issuer: Member, recipient: str) -> int | None:
        opened = issuer.open()
        try:
            stored = opened.store.profiles.find(recipient)
            if stored is None:
                return None
            received = opened.store.outbox.newest_received(stored.profile.sends)
            return None if received is None else received.acknowledgement.applied_sequence
        finally:
            opened.close()


def _synthetic(country: str) -> list[HomeOperator]:
    today = system_clock().replace(hour=0, minute=0, second=0)
    if country == HOME:
        return home_operators(seed=SEED, on=today)
    return partner_operators(country, COUNTS[country], seed=SEED, on=today)
