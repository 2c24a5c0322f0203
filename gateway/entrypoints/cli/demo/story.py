"""The demo's story: publish, let the schedule sync, look up, change, hold, lose and recover."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from gateway.bootstrap import system_clock
from gateway.domain.publishing import Wish
from gateway.entrypoints.cli.demo import accidents, changes, decisions, holding
from gateway.entrypoints.cli.demo.attacks import Attacker
from gateway.entrypoints.cli.demo.lookups import Expected, expected_lookups
from gateway.entrypoints.cli.demo.network import HOME, PRESENTER, Member
from gateway.entrypoints.cli.demo.stage import Said, Stage, Step, opened, profile_of
from gateway.entrypoints.cli.demo.synthetic import home_operators, partner_operators
from gateway.ports.home_programme import HomeOperator
from gateway.services.operator_file import read_operators, write_operators

SEED: Final = 20260101
COUNTS: Final = {"SG": 3000, "NZ": 2000}
LISTS_AT_FIRST: Final = 3
"""Two genuine ones of a partner stay unseen: one to replay, one for who is told of `--keep`."""
ATTACKS: Final = {
    "forged": {"SIGNER_UNKNOWN"},
    "tampered": {"SIGNATURE_INVALID"},
    "replayed": {"ROLLBACK"},
    "repeated": {"REPEATED"},
}


def story(stage: Stage, *, everything: bool = False) -> Iterator[Step]:
    """Play one step after the other; each says whether it held.

    Args:
        stage: What it is played on.
        everything: Whether NZ changes its way at the end, to containers over SFTP.
    """
    for member in stage.network.members.values():
        yield stage.timed(f"{member.country} imports and publishes", partial(_publish, member))
    yield stage.timed("start three gateways", partial(_begin, stage))
    home, partners = stage.home, stage.network.partners()
    for partner in partners:
        for issuer, recipient in ((partner, home), (home, partner)):
            yield stage.timed(
                f"first list {issuer.country} → {recipient.country}",
                partial(_synced, stage, issuer, recipient),
            )
    for expected in expected_lookups():
        yield stage.timed(f"look up {expected.title}", partial(_asked, stage, expected))
    yield from decisions.more_questions(stage)
    sg, nz = (stage.network.members[name] for name in COUNTS)
    yield from changes.steps(stage)
    yield from holding.steps(stage, sg)
    yield from accidents.outage(stage, nz)
    yield from accidents.restore(stage, sg)
    for partner in partners:
        yield from _attack(stage, partner)
    yield from decisions.looking_back(stage)
    if everything:
        # Only who plays it waits for the library's import.
        from gateway.entrypoints.cli.demo import containers  # noqa: PLC0415 - as said

        yield from containers.steps(stage, nz)


def _publish(member: Member) -> Said:
    """Import from the member's CSV file and issue lists: nobody ever fetches but the last."""
    operators = _synthetic(member.country)
    file = member.folder / "operators.csv"
    file.write_text(write_operators(operators), encoding="utf-8")
    imported = read_operators(file.read_bytes())
    with opened(member) as gateway:
        gateway.store.home_programme.replace(imported, PRESENTER)
        publisher = gateway.exchange().publisher
        said: list[str] = []
        for stored in gateway.store.profiles.all():
            for _ in range(1 if member.country == HOME else LISTS_AT_FIRST):
                publisher.publish(
                    stored.profile, actor=PRESENTER, now=gateway.clock(), wish=Wish.FULL
                )
            header = gateway.store.publications.newest(stored.profile.sends)
            if header is None:
                return False, f"nothing was issued to {stored.profile.partner}"
            said.append(f"{header.quantity} to {stored.profile.partner}")
    return imported == operators, f"{len(imported)} synthetic operators; lists: {', '.join(said)}"


def _begin(stage: Stage) -> Said:
    members = stage.network.members
    stage.processes.start(members.values())

    def look() -> str | None:
        if not all(map(stage.processes.is_ready, members.values())):
            return None
        said = ", ".join(f"{name} {member.grpc}" for name, member in members.items())
        return f"each with its own database, keys and certificates: {said}"

    return stage.wait(look, "not all are ready")


def _synced(stage: Stage, issuer: Member, recipient: Member) -> Said:
    """Wait until the recipient applied the newest list and the issuer has the answer to it."""

    def look() -> str | None:
        head = stage.agreed(issuer, recipient, 0)
        if head is None:
            return None
        return f"list {head.header.sequence}: {head.header.quantity} operators, acknowledged"

    return stage.wait(look, "no applied and acknowledged list")


def _asked(stage: Stage, expected: Expected) -> Said:
    with stage.lookup() as client:
        reply = client.ask(expected.code, direction=expected.direction)
    held = (reply.verdict, reply.reason) == (expected.verdict, expected.reason)
    held = held and bool(reply.hints) >= expected.hinted
    extra = " ".join(reply.measures) or "; ".join(reply.hints[:1])
    return held, f"{expected.code} → {reply.verdict} {reply.reason} {extra}".rstrip()


def _attack(stage: Stage, partner: Member) -> Iterator[Step]:
    with opened(partner) as gateway:
        profile = profile_of(gateway, HOME)
        attacker = Attacker(partner, gateway, gateway.exchange(), profile, stage.folder)
        for name, codes in ATTACKS.items():
            yield stage.timed(
                f"{partner.country} {name} list",
                partial(_offered, stage, partner, attacker, name, codes),
            )


def _offered(stage: Stage, partner: Member, attacker: Attacker, name: str, codes: set[str]) -> Said:
    before = stage.head(stage.home, partner.country)
    offer = getattr(attacker, name)()
    after = stage.head(stage.home, partner.country)
    same = "the head is unchanged" if before == after else "THE HEAD MOVED"
    return offer.code in codes and before == after, f"{offer.code}: {offer.text}; {same}"


def _synthetic(country: str) -> list[HomeOperator]:
    today = system_clock().replace(hour=0, minute=0, second=0)
    if country == HOME:
        return home_operators(seed=SEED, on=today)
    return partner_operators(country, COUNTS[country], seed=SEED, on=today)
