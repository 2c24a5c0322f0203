"""Act: a partner's gateway is cut off and comes back; another's database is an old backup."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from msgspec import Struct

from gateway.domain.answers import FreshnessClass
from gateway.domain.lists import ListKind
from gateway.domain.operators import StatusCode
from gateway.domain.publishing import Wish
from gateway.entrypoints.cli.demo.changes import granted_operator, move, set_status
from gateway.entrypoints.cli.demo.network import PRESENTER, Member
from gateway.entrypoints.cli.demo.programmes import Landmark, get_programme
from gateway.entrypoints.cli.demo.stage import Said, Stage, Step, opened, profile_of
from gateway.services.stream_status import Receives, StatusDesk
from gateway.store.database import sqlite_file

MORE: Final = 2
"""Lists that the backup does not know."""


class _Loss(Struct):
    """What the steps hand on."""

    before: int = 0
    """The list in force at home when it happened."""
    operator_id: str = ""
    saved: int = 0
    """The newest list that the backup knows."""


def outage(stage: Stage, partner: Member) -> Iterator[Step]:
    """Kill a partner's gateway, let its programme go on, and start it again."""
    name, loss = partner.country, _Loss()
    yield stage.timed(f"{name} is cut off", partial(_cut, stage, partner, loss))
    yield stage.timed(f"{name} is back: home recovers", partial(_recover, stage, partner, loss))


def restore(stage: Stage, partner: Member) -> Iterator[Step]:
    """Put an old database under a partner's gateway."""
    name, loss = partner.country, _Loss()
    yield stage.timed(f"{name} saves a backup, and goes on", partial(_save, stage, partner, loss))
    yield stage.timed(
        f"{name} is restored from it: noticed", partial(_restore, stage, partner, loss)
    )


def _cut(stage: Stage, partner: Member, loss: _Loss) -> Said:
    loss.before = stage.sequence(stage.home, partner.country)
    loss.operator_id = granted_operator(stage, partner)
    stage.processes.kill(partner.country)
    set_status(partner, loss.operator_id, StatusCode.REVOKED, "NON-COMPLIANCE")

    def look() -> str | None:
        receives = _receives(stage, partner)
        asked = receives.last_asked
        if asked is None or asked.code is None or receives.data is not FreshnessClass.CURRENT:
            return None
        return (
            f"home's sync fails: {asked.code}; it decides on by list {receives.accepted_sequence}: "
            f"{receives.data}, usable until {receives.usable_until:%H:%M}Z"
        )

    held, said = stage.wait(look, "home noticed nothing")
    with stage.lookup() as client:
        reply = client.ask(get_programme(partner.country).landmarks[Landmark.ACTIVE])
    return held and reply.verdict == "GRANT", said


def _recover(stage: Stage, partner: Member, loss: _Loss) -> Said:
    began = time.monotonic()
    stage.processes.start([partner])

    def look() -> str | None:
        head = stage.agreed(partner, stage.home, loss.before)
        if head is None:
            return None
        return (
            f"started again; home had list {head.header.sequence} after "
            f"{time.monotonic() - began:.1f} s, and nobody touched home"
        )

    held, said = stage.wait(look, "home did not recover")
    if not held:
        return held, said
    with stage.lookup() as client:

        def decided() -> str | None:
            reply = client.ask(loss.operator_id)
            return said if reply.reason == "REVOKED" else None

        held, said = stage.wait(decided, f"{loss.operator_id} is not revoked")
    return held, f"{said}; {loss.operator_id}, revoked meanwhile → NO_GRANT REVOKED"


def _save(stage: Stage, partner: Member, loss: _Loss) -> Said:
    """Copy the database with SQLite's own backup, then issue lists that the copy lacks."""
    idle, said = stage.wait(
        lambda: None if _has_run_at_work(partner) else "idle", f"{partner.country} is always busy"
    )
    if not idle:
        return idle, said
    with (
        closing(sqlite3.connect(_database(partner))) as live,
        closing(sqlite3.connect(_backup(partner))) as copy,
    ):
        live.backup(copy)
    loss.saved = stage.sequence(stage.home, partner.country)
    for _ in range(MORE):
        with opened(partner) as gateway:
            gateway.exchange().publisher.publish(
                profile_of(gateway, stage.home.country),
                actor=PRESENTER,
                now=gateway.clock(),
                wish=Wish.LIST,
            )

    def look() -> str | None:
        head = stage.agreed(partner, stage.home, loss.saved + MORE - 1)
        if head is None:
            return None
        loss.before = head.header.sequence
        return (
            f"the backup knows lists up to {loss.saved}; "
            f"home has applied and acknowledged {loss.before}"
        )

    return stage.wait(look, "the lists after the backup did not arrive")


def _restore(stage: Stage, partner: Member, loss: _Loss) -> Said:
    """Stop, put the old database back, start; nobody says `mra db restored`."""
    if not stage.processes.stop(partner.country):
        return False, f"{partner.country} did not stop by itself"
    database = _database(partner)
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    _backup(partner).replace(database)
    forgotten = stage.standing(partner, stage.home.country).issued
    if forgotten is None or forgotten.sequence != loss.saved:
        return False, "the backup is not the one that was saved"
    stage.processes.start([partner])

    def noticed() -> str | None:
        head = stage.agreed(partner, stage.home, loss.before)
        if head is None or head.header.kind is not ListKind.FULL or not _is_alarmed(partner):
            return None
        return (
            f"home's acknowledgement of list {loss.before} gave it away (alarm.restored); "
            f"the stream goes on: list {head.header.sequence} is a FULL"
        )

    held, said = stage.wait(noticed, "the restore was not noticed")
    if not held:
        return held, said
    full = stage.sequence(stage.home, partner.country)
    move(partner, get_programme(partner.country).landmarks[Landmark.ACTIVE])

    def goes_on() -> str | None:
        head = stage.agreed(partner, stage.home, full)
        if head is None or head.header.kind is not ListKind.DELTA:
            return None
        return f"{said}, list {head.header.sequence} a DELTA again; both roots are equal"

    return stage.wait(goes_on, "the stream does not go on")


def _receives(stage: Stage, partner: Member) -> Receives:
    with opened(stage.home) as gateway:
        store = gateway.store
        desk = StatusDesk(
            registry=store.registry,
            outbox=store.outbox,
            overview=store.overview,
            contacts=store.contacts,
        )
        return desk.status(profile_of(gateway, partner.country), gateway.clock()).receives


def _has_run_at_work(partner: Member) -> bool:
    """Tell whether a run has its lease: in a copy it would seem to have it still."""
    with opened(partner) as gateway:
        now = gateway.clock()
        return any(
            run.busy_until is not None and run.busy_until > now
            for run in gateway.store.leases.last_runs().values()
        )


def _is_alarmed(partner: Member) -> bool:
    with opened(partner) as gateway:
        return any(event.action == "alarm.restored" for event in gateway.store.audit.events())


def _database(partner: Member) -> Path:
    with opened(partner) as gateway:
        file = sqlite_file(gateway.settings.database.read_url())
    assert file is not None  # noqa: S101 - the demo's settings say SQLite
    return file


def _backup(partner: Member) -> Path:
    return partner.folder / "backup.db"
