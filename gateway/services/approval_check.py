"""Every approval again: is it what was signed, by whom it says, with the key registered then?

The audit chain is walked first and is the witness: it names the key with which each actor was
registered, when that ended, and the digest of every statement that was recorded.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from gateway.domain.approvals import RecordedApproval
from gateway.domain.errors import AuditTrailError
from gateway.domain.parties import RegisteredActor
from gateway.ports.actors import Witnessed
from gateway.ports.audit import AuditEvent
from gateway.services.proofs import IsSignedBy


class _Registration(Struct):
    fingerprint: str
    role: str
    added_at: datetime
    revoked_at: datetime | None = None


class _Told(Struct):
    """What the audit trail tells of actors and approvals."""

    actors: dict[str, _Registration]
    statements: set[str]
    """Digests, each until its approval was found."""


def check_approvals(witnessed: Witnessed, is_signed_by: IsSignedBy) -> int:
    """Check all approvals against a trail that was found whole; return their number.

    Raises:
        AuditTrailError: An actor or approval was changed, removed or put in; it is named.
    """
    told = _told_by(witnessed.events)
    registered = {actor.name: actor for actor in witnessed.actors}
    for name in told.actors.keys() | registered.keys():
        if problem := _changed(registered.get(name), told.actors.get(name)):
            raise _broken(f"actor {name} {problem}")
    for approval in witnessed.approvals:
        for problem in _problems(approval, told):
            raise _broken(f"approval {approval.number} {problem}")
        if not is_signed_by(registered[approval.actor.name].public_key, approval.signed):
            raise _broken(f"approval {approval.number} is not signed by {approval.actor.name}")
        told.statements.remove(approval.signed.digest)
    if told.statements:
        raise _broken(f"the approval with statement {min(told.statements)[:16]}… is missing")
    return len(witnessed.approvals)


def _told_by(events: Sequence[AuditEvent]) -> _Told:
    told = _Told(actors={}, statements=set())
    for event in events:
        match event.action:
            case "actor.added":
                told.actors[event.subject] = _Registration(
                    fingerprint=event.facts["fingerprint"],
                    role=event.facts["role"],
                    added_at=event.at,
                )
            case "actor.revoked":
                told.actors[event.subject].revoked_at = event.at
            case _:
                told.statements.add(event.facts["statement"])
    return told


def _changed(actor: RegisteredActor | None, told: _Registration | None) -> str | None:
    if actor is None:
        return "is missing"
    if told is None:
        return "was put in"
    known = (told.fingerprint, told.role, told.added_at, told.revoked_at)
    same = known == (actor.fingerprint, actor.role, actor.added_at, actor.revoked_at)
    return None if same else "was changed"


def _problems(approval: RecordedApproval, told: _Told) -> Iterator[str]:
    statement, registration = approval.statement, told.actors[approval.actor.name]
    if approval.signed.digest not in told.statements:
        yield "was put in or changed"
    if statement.actor != approval.actor.name:
        yield f"speaks in the name of {statement.actor}"
    until = registration.revoked_at
    if approval.recorded_at < registration.added_at or (until and approval.recorded_at > until):
        yield f"was recorded while {approval.actor.name} was not registered"


def _broken(how: str) -> AuditTrailError:
    return AuditTrailError(f"the record of approvals is broken: {how}")
