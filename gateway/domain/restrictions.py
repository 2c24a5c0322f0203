"""Restrictions: what a held list takes away at once, before an officer has decided (ACC-12)."""

from collections.abc import Mapping
from typing import Final

from gateway.domain.decisions import Find
from gateway.domain.operators import Operator, StatusCode
from gateway.domain.state_change import StateChange

RESTRICTING: Final = (StatusCode.REVOKED, StatusCode.SUSPENDED)
"""A removal is none: it never implies revocation. The graver first: it is the one told."""


def restricted_by(change: StateChange, find: Find) -> Mapping[str, str]:
    """Return the listed operators that a list suspends or revokes, by id with the status."""
    after = {
        listed.operator.id: listed.operator
        for listed in change.coming
        if listed.operator.id in change.before
    }
    if not after:
        return {}
    found = {}
    for before in find(after.keys()):
        if status := _newly(before, after[before.id]):
            found[before.id] = status
    return found


def _newly(before: Operator, after: Operator) -> str | None:
    """Return the gravest status that an authorisation has now and did not have before."""
    known = {held.id: held.status.code for held in before.authorisations}
    new = {
        held.status.code for held in after.authorisations if known.get(held.id) != held.status.code
    }
    return next((code.value for code in RESTRICTING if code in new), None)
