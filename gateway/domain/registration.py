"""What a caller may be registered for, and how its registration changes."""

from msgspec import Struct
from msgspec.structs import replace

from gateway.domain.errors import InvalidRequestError
from gateway.domain.parties import Caller, Limits, Purpose, Scope

MAX_SUBJECT = 255


class Allowance(Struct, frozen=True, kw_only=True):
    """What is wanted of a caller's scope and limits: None leaves it as it is, 0 ends a limit."""

    scope: Scope | None = None
    rate: int | None = None
    burst: int | None = None
    quota: int | None = None


def allowed(caller: Caller, wanted: Allowance) -> Caller:
    """Return the caller with another scope or other limits.

    Raises:
        InvalidRequestError: A limit is negative, a burst lacks its rate, or the caller does not
            look up.
    """
    now = caller.limits or Limits()
    rate = _limit("rate", wanted.rate, now.rate)
    limits = Limits(
        rate=rate,
        # A burst is of a rate, and ends with it.
        burst=_limit("burst", wanted.burst, now.burst if rate else None),
        quota=_limit("quota", wanted.quota, now.quota),
    )
    if limits.burst is not None and limits.rate is None:
        raise InvalidRequestError("a burst needs a rate, at which it fills again")
    changed = replace(
        caller,
        scope=caller.scope if wanted.scope is None else wanted.scope,
        limits=None if limits == Limits() else limits,
    )
    require_sound(changed)
    return changed


def require_sound(caller: Caller) -> None:
    """Refuse a registration that means nothing, or more than whoever made it thinks.

    Raises:
        InvalidRequestError: It shows no or two credentials; exchange lacks its partner; or a
            token, a scope or limits belong to a caller that does more than look up.
    """
    if (caller.fingerprint is None) == (caller.subject is None):
        raise InvalidRequestError("a caller has either a certificate or a token subject")
    if Purpose.EXCHANGE in caller.purposes and caller.partner is None:
        raise InvalidRequestError("purpose exchange needs a partner: for whom does it exchange?")
    if caller.subject is not None:
        _require_subject(caller.subject)
    only_lookup = caller.purposes == (Purpose.LOOKUP,)
    bounded = caller.subject is not None or caller.scope is not Scope.FULL or caller.limits
    if bounded and not only_lookup:
        raise InvalidRequestError("token subject, scope and limits are for purpose lookup alone")


def _require_subject(subject: str) -> None:
    if not 0 < len(subject) <= MAX_SUBJECT or not subject.isprintable():
        text = f"a token subject has 1 to {MAX_SUBJECT} characters that can be printed"
        raise InvalidRequestError(text)


def _limit(name: str, wanted: int | None, now: int | None) -> int | None:
    if wanted is None:
        return now
    if wanted < 0:
        raise InvalidRequestError(f"{name} is {wanted}; it is at least 1, or 0 for none")
    return wanted or None
