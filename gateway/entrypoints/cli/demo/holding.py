"""Act: a partner loses operators by mistake; home holds the list, and two officers reject it."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from msgspec import Struct

from gateway.domain.acknowledgements import Outcome
from gateway.domain.approvals import Act, Wanted
from gateway.domain.errors import MassChangeError
from gateway.domain.lists import ListKind
from gateway.domain.parties import RegisteredActor, Role
from gateway.entrypoints.cli.demo.changes import active_operators
from gateway.entrypoints.cli.demo.network import PRESENTER, Member
from gateway.entrypoints.cli.demo.programmes import Landmark, get_programme
from gateway.entrypoints.cli.demo.stage import Said, Stage, Step, opened
from gateway.entrypoints.cli.hold_words import counted, span
from gateway.ports.home_programme import HomeOperator, MassChange
from gateway.services.hold_desk import HeldList
from gateway.trust.actor_keys import (
    ActorAlgorithm,
    ActorKey,
    load_actor_key,
    make_actor_key,
    read_public_key,
)

LOST: Final = 400
"""Operators: more than the tenth, and the 20, from which on a list is held (ACC-12)."""
WHY: Final = "telephoned: the export of their programme was cut off"
_ROLES: Final = (Role.ADMINISTRATOR, Role.OFFICER, Role.APPROVER)


class _Mistake(Struct):
    """What the steps of the act hand on."""

    whole: Sequence[HomeOperator] = ()
    """The partner's programme before the mistake."""
    accepted: int = 0
    """The list in force at home."""
    hold: HeldList | None = None


def steps(stage: Stage, partner: Member) -> Iterator[Step]:
    """Play the act."""
    mistake, name = _Mistake(), partner.country
    yield stage.timed(
        f"{name} loses {LOST} operators by mistake", partial(_lose, stage, partner, mistake)
    )
    yield stage.timed("home holds the list", partial(_held, stage, partner, mistake))
    yield stage.timed("two officers reject it", partial(_reject, stage, partner, mistake))
    yield stage.timed(f"{name} puts it right: a FULL", partial(_mend, stage, partner, mistake))


def _lose(stage: Stage, partner: Member, mistake: _Mistake) -> Said:
    """Import a file that was cut off: refused at first, then confirmed without looking."""
    lost = set(active_operators(partner, stage.home.country)[: LOST - 1])
    lost.add(_example(partner))
    mistake.accepted = stage.sequence(stage.home, partner.country)
    with opened(partner) as gateway:
        programme = gateway.store.home_programme
        mistake.whole = list(programme.operators())
        rest = [each for each in mistake.whole if each.listed.operator.id not in lost]
        try:
            programme.replace(rest, PRESENTER, MassChange())
        except MassChangeError as error:
            refused = error.code
        else:
            return False, f"{partner.country}'s own gateway took the file without a question"
        counts = programme.replace(rest, PRESENTER)
    return counts.removed == LOST, (
        f"a file without {counts.removed} of {len(mistake.whole)} operators; {partner.country}'s "
        f"own gateway refused it ({refused}), somebody typed --confirm-mass-change"
    )


def _held(stage: Stage, partner: Member, mistake: _Mistake) -> Said:
    """Wait for the hold; what is in force still grants."""

    def look() -> str | None:
        with opened(stage.home) as gateway:
            holds = [
                each for each in gateway.hold_desk().holds() if each.view.partner == partner.country
            ]
        if not holds:
            return None
        mistake.hold = holds[0]
        view = holds[0].view
        why = view.reasons[0]
        return (
            f"list {span(view.sequences)} HELD, {why.code}: {why.text}; "
            f"release would mean: {counted(view.counts)}"
        )

    held, said = stage.wait(look, "nothing was held")
    if not held:
        return held, said
    with stage.lookup() as client:
        reply = client.ask(_example(partner), direction="import")
    held = (reply.verdict, reply.sequence) == ("GRANT", mistake.accepted)
    return held, f"{said}; {_example(partner)} → {reply.verdict} by list {reply.sequence} still"


def _reject(stage: Stage, partner: Member, mistake: _Mistake) -> Said:
    """Reject with two keys; the partner is told."""
    if mistake.hold is None:
        return False, "nothing is held"
    keys = _appoint(stage)
    view = mistake.hold.view
    with opened(stage.home) as gateway:
        desk = gateway.hold_desk()
        done = [
            desk.submit(
                keys[role].sign(
                    desk.statement(
                        Act.REJECT, view.number, reason=WHY, actor=role, now=gateway.clock()
                    )
                ),
                gateway.clock(),
            )
            for role in (Role.OFFICER, Role.APPROVER)
        ]
    if not isinstance(done[0], Wanted) or isinstance(done[1], Wanted):
        return False, "one officer was enough, or two were not"

    def look() -> str | None:
        answer = stage.standing(partner, stage.home.country).answer
        if answer is None or answer.outcome is not Outcome.REJECTED:
            return None
        if answer.sequence != view.sequences[-1] or answer.revision <= 1:
            return None
        return (
            f"officer and approver signed, each with a key of their own: “{WHY}”; "
            f"{partner.country} is told: {answer.outcome}, revision {answer.revision}"
        )

    return stage.wait(look, f"{partner.country} was not told")


def _mend(stage: Stage, partner: Member, mistake: _Mistake) -> Said:
    """Import the whole programme again: only a FULL goes on, and is applied."""
    if mistake.hold is None:
        return False, "nothing was held"
    with opened(partner) as gateway:
        gateway.store.home_programme.replace(mistake.whole, PRESENTER)
    spent = mistake.hold.view.sequences[-1]

    def look() -> str | None:
        head = stage.agreed(partner, stage.home, spent)
        if head is None or head.header.kind is not ListKind.FULL:
            return None
        with opened(stage.home) as gateway:
            waiting = gateway.hold_desk().holds()
        if waiting:
            return None
        return (
            f"list {head.header.sequence} is a FULL of {head.header.quantity} operators, applied; "
            f"{spent} is spent, nothing is held, both sides have the same root"
        )

    return stage.wait(look, "no FULL was applied")


def _example(partner: Member) -> str:
    """Return an operator that is lost, and looked up."""
    return get_programme(partner.country).landmarks[Landmark.ACTIVE]


def _appoint(stage: Stage) -> dict[Role, ActorKey]:
    """Do what `mra actor key` and `mra actor add` do, for one person of each role."""
    folder = stage.folder / "officers"
    folder.mkdir(mode=0o700, exist_ok=True)
    keys: dict[Role, ActorKey] = {}
    with opened(stage.home) as gateway:
        desk, now = gateway.actor_desk(), gateway.clock()
        for role in _ROLES:
            path = folder / f"{role}.pem"
            public = read_public_key(
                make_actor_key(path, algorithm=ActorAlgorithm.ED25519, passphrase=None)
            )
            keys[role] = load_actor_key(path, None)
            new = RegisteredActor(
                name=role.value,
                role=role,
                public_key=public.pem,
                fingerprint=public.fingerprint,
                added_at=now,
            )
            if role is Role.ADMINISTRATOR:
                desk.add_first(new, PRESENTER)
                continue
            statement = desk.statement(
                Act.ADD_ACTOR, new, reason="demo", actor=Role.ADMINISTRATOR.value, now=now
            )
            desk.add(new, keys[Role.ADMINISTRATOR].sign(statement))
    return keys
