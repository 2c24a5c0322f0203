"""What a partner may see of home (PUB-2): covered types, consent, disclosed fields."""

from msgspec.structs import replace

from gateway.domain.agreements import Disclosure
from gateway.domain.operators import Authorisation, Operator

GENERAL_CONSENT = "*"
"""A consent that covers every partner."""


def disclosed(
    operator: Operator, consents: frozenset[str], disclosure: Disclosure, *, partner: str
) -> Operator | None:
    """Return the operator as `partner` may see it, or none if it may not see it at all.

    An operator stays with those of its authorisations whose type the agreement covers. Identity,
    names and the authorisations' own facts always travel; the rest only where it is disclosed.
    """
    # PUB-2: without a consent that covers this partner nothing is disclosed.
    if partner not in consents and GENERAL_CONSENT not in consents:
        return None
    covered = tuple(
        _disclosed_authorisation(authorisation, disclosure)
        for authorisation in operator.authorisations
        if authorisation.category in disclosure.types
    )
    # PUB-2: only covered types.
    if not covered:
        return None
    fields = disclosure.fields
    return replace(
        operator,
        authorisations=covered,
        alternate_ids=operator.alternate_ids if "alternateIds" in fields else (),
        trade_names=operator.trade_names if "tradeNames" in fields else (),
        addresses=operator.addresses if "addresses" in fields else (),
        roles=operator.roles if "roles" in fields else (),
    )


def _disclosed_authorisation(authorisation: Authorisation, disclosure: Disclosure) -> Authorisation:
    status = authorisation.status
    if "changeReason" not in disclosure.fields:
        status = replace(status, change_reason=None)
    accepted_at = authorisation.accepted_at if "acceptedAt" in disclosure.fields else None
    return replace(authorisation, status=status, accepted_at=accepted_at)
