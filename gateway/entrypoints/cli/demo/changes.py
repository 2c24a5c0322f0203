"""Act: what changes at a partner arrives as a DELTA, is pushed, and decides within a second."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Final

from msgspec import json
from msgspec.structs import replace

from gateway.bootstrap import Gateway
from gateway.domain.documents import SealedList
from gateway.domain.errors import NotFoundError
from gateway.domain.lists import ListKind, Stream
from gateway.domain.members import is_active
from gateway.domain.operators import Status, StatusCode
from gateway.entrypoints.cli.demo.network import PRESENTER, Member
from gateway.entrypoints.cli.demo.programmes import Landmark, get_programme
from gateway.entrypoints.cli.demo.stage import Said, Stage, Step, opened, profile_of
from gateway.ports.home_programme import HomeOperator
from gateway.services.home_desk import StatusReport, Terms
from gateway.services.issued import PACKAGING

AT_ONCE: Final = 1.0
"""Seconds from a suspension to the partner's decision (row P7 of the goals)."""
TRIES: Final = 5
"""A machine that is busy with something else may miss `AT_ONCE`; each time is told."""
POLL: Final = 0.02
GIVEN_UP: Final = 15.0


def steps(stage: Stage) -> Iterator[Step]:
    """Play the act."""
    sg, nz = (stage.network.members[name] for name in ("SG", "NZ"))
    yield stage.timed("a change arrives as a DELTA (NZ, XML)", partial(_delta, stage, nz))
    yield stage.timed("a push: CN brings SG its list (gRPC)", partial(_push, stage, sg))
    for member, how in ((sg, "gRPC watch"), (nz, "XML long poll")):
        name = f"{member.country} suspends at once ({how})"
        yield stage.timed(name, partial(_suspend, stage, member))


def set_status(member: Member, operator_id: str, code: StatusCode, reason: str) -> None:
    """Do what `mra operator set-status` does, for the operator's first authorisation."""
    with opened(member) as gateway:
        operator = _get(gateway, operator_id).listed.operator
        report = StatusReport(
            operator_id=operator_id,
            authorisation_id=operator.authorisations[0].id,
            status=Status(code=code, effective_at=gateway.clock(), change_reason=reason),
        )
        gateway.home_desk().report_status(report, Terms(), PRESENTER)


def move(member: Member, operator_id: str) -> None:
    """Give an operator another postcode, as its own administration reports it."""
    with opened(member) as gateway:
        known = _get(gateway, operator_id)
        operator = known.listed.operator
        address = operator.addresses[0]
        moved = replace(address, postcode="".join(reversed(address.postcode or "")) + "0")
        gateway.home_desk().report(
            replace(operator, addresses=(moved, *operator.addresses[1:])),
            known.consents,
            Terms(),
            PRESENTER,
        )


def active_operators(member: Member, partner: str) -> list[str]:
    """Return operators that the partner sees as active, without those that the script names."""
    named = set(get_programme(member.country).landmarks.values())
    with opened(member) as gateway:
        profile = profile_of(gateway, partner)
        shown = gateway.exchange().publisher.preview(profile, now=gateway.clock()).operators
    ids = [each.operator.id for each in shown if is_active(each.operator)]
    return [each for each in ids if each not in named]


def granted_operator(stage: Stage, partner: Member) -> str:
    """Return an operator that the script does not name, and home grants to.

    Raises:
        NotFoundError: There is none.
    """
    with stage.lookup() as client:
        for operator_id in active_operators(partner, stage.home.country):
            if client.ask(operator_id, direction="import").verdict == "GRANT":
                return operator_id
    raise NotFoundError(f"home grants to no operator of {partner.country}")


def _delta(stage: Stage, partner: Member) -> Said:
    """Correct an address at the partner, and compare both sides when the list has arrived."""
    before = stage.sequence(stage.home, partner.country)
    operator_id = get_programme(partner.country).landmarks[Landmark.ACTIVE]
    move(partner, operator_id)

    def look() -> str | None:
        head = stage.agreed(partner, stage.home, before)
        if head is None or head.header.kind is not ListKind.DELTA:
            return None
        with opened(partner) as gateway:
            profile = profile_of(gateway, stage.home.country)
            preview = gateway.exchange().publisher.preview(profile, now=gateway.clock())
            sent = _size(gateway, profile.sends, head.header.sequence)
            full = _size(gateway, profile.sends, before)
        changed = _changed(stage.home, profile.sends, head.header.sequence)
        if preview.state_root != head.header.state_root or changed != "1":
            return None
        return (
            f"list {head.header.sequence} is a DELTA: 1 change, {sent:,} bytes (the FULL before "
            f"it: {full:,}); both sides have root {head.header.state_root[:12]}…"
        )

    return stage.wait(look, "no DELTA that both sides agree on")


def _push(stage: Stage, partner: Member) -> Said:
    """Change an operator of home; its gateway brings the list and gets the answer in the reply."""
    home = stage.home
    before = stage.sequence(partner, home.country)
    move(home, get_programme(home.country).landmarks[Landmark.ACTIVE])

    def look() -> str | None:
        head = stage.agreed(home, partner, before)
        pushed = _pushed(stage, partner.country, before)
        if head is None or pushed is None:
            return None
        return (
            f"list {head.header.sequence} ({head.header.kind}) was brought, not fetched; "
            f"{partner.country}'s signed acknowledgement came in the reply: {pushed}"
        )

    return stage.wait(look, "no list was pushed")


def _suspend(stage: Stage, partner: Member) -> Said:
    """Suspend an operator, and ask home's lookup until it says so."""
    operator_id = get_programme(partner.country).landmarks[Landmark.SUSPENDED_LATER]
    said: list[str] = []
    for _ in range(TRIES):
        seconds, sequence = _decided_in(stage, partner, operator_id)
        if seconds is None:
            return False, f"{operator_id} is not suspended at home after {GIVEN_UP:.0f} s"
        said.append(f"{operator_id} → NO_GRANT SUSPENDED by list {sequence}")
        said.append(f"decided in {seconds * 1000:,.0f} ms")
        if seconds < AT_ONCE:
            return True, "; ".join(said)
        operator_id = granted_operator(stage, partner)
    return False, "; ".join(said)


def _decided_in(stage: Stage, partner: Member, operator_id: str) -> tuple[float | None, int]:
    """Return the time from the end of the partner's own command to home's changed decision."""
    with stage.lookup() as client:
        client.ask(operator_id)  # connects, so that only decisions are timed
        set_status(partner, operator_id, StatusCode.SUSPENDED, "INCIDENT")
        began = time.monotonic()
        while (passed := time.monotonic() - began) < GIVEN_UP:
            reply = client.ask(operator_id, direction="import")
            if reply.reason == "SUSPENDED":
                return time.monotonic() - began, reply.sequence
            time.sleep(POLL if passed < AT_ONCE else POLL * 10)
    return None, 0


def _get(gateway: Gateway, operator_id: str) -> HomeOperator:
    return gateway.home_desk().get(operator_id)


def _size(gateway: Gateway, stream: Stream, sequence: int) -> int:
    kind = profile_of(gateway, stream.recipient).kind
    sealed: SealedList | None = gateway.store.publications.find(stream, sequence, PACKAGING[kind])
    return 0 if sealed is None else len(sealed.document) + sum(map(len, sealed.chunks))


def _changed(home: Member, stream: Stream, sequence: int) -> str | None:
    """Return how many operators a list changed, as home's audit trail says."""
    with opened(home) as gateway:
        for event in gateway.store.audit.events():
            is_it = event.action == "list.applied" and event.subject == str(stream)
            if is_it and event.facts["sequence"] == str(sequence):
                return event.facts["changed"]
    return None


def _pushed(stage: Stage, partner: str, above: int) -> str | None:
    """Return the answer that came in the reply to a list that home brought."""
    for line in stage.processes.log(stage.home).splitlines():
        if b'"push.done"' in line:
            told = json.decode(line)
            if told["partner"] == partner and (told["sequence"] or 0) > above:
                return str(told["outcome"])
    return None
