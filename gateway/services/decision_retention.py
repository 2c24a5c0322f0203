"""Decisions whose time is over are erased; how many, the audit trail tells."""

from datetime import datetime

from gateway.domain.instants import format_instant
from gateway.domain.parties import Actor
from gateway.ports.audit import Audit
from gateway.ports.decision_log import DecisionLog, ErasedDecisions


def erase_decisions(
    log: DecisionLog, audit: Audit, before: datetime, *, actor: Actor, now: datetime
) -> ErasedDecisions:
    """Erase what was decided before a moment. Audited.

    Audited when it is done: the log is a database of its own, and a process that is killed in
    between leaves the rest to the next one, which audits that.

    Raises:
        DatabaseUnavailableError: What was erased until then stays so.
    """
    erased = log.erase(before, dry_run=False)
    if erased.first is not None and erased.last is not None:
        facts = {
            "decisions": str(erased.count),
            "first": format_instant(erased.first),
            "last": format_instant(erased.last),
        }
        audit.record("decisions.erased", "decision log", facts, actor, now)
    return erased
