"""Who may call which method. A method without a row is refused: no server starts with one.

A row asks for one purpose that the caller is registered for. `None` lets any peer in that passed
the TLS handshake: health, which tells nothing. gRPC and HTTP go by the same table; an operation
over HTTP names the method that it stands for.
"""

from collections.abc import Collection, Mapping

from gateway.domain.errors import ConfigError, NotPermittedError
from gateway.domain.parties import Caller, Purpose, Scope

PERMISSIONS: Mapping[str, Purpose | None] = {
    "/mra.exchange.v1.ListExchange/GetListHead": Purpose.EXCHANGE,
    "/mra.exchange.v1.ListExchange/GetList": Purpose.EXCHANGE,
    "/mra.exchange.v1.ListExchange/GetChanges": Purpose.EXCHANGE,
    "/mra.exchange.v1.ListExchange/SubmitList": Purpose.EXCHANGE,
    "/mra.exchange.v1.ListExchange/Acknowledge": Purpose.EXCHANGE,
    "/mra.exchange.v1.HeadWatch/WatchHeads": Purpose.EXCHANGE,
    "/mra.lookup.v1.Lookup/Lookup": Purpose.LOOKUP,
    "/mra.lookup.v1.Lookup/BatchLookup": Purpose.LOOKUP,
    "/mra.lookup.v1.Lookup/SearchOperators": Purpose.LOOKUP,
    "/mra.lookup.v1.Lookup/GetOperator": Purpose.LOOKUP,
    "/mra.lookup.v1.Lookup/ListAgreements": Purpose.LOOKUP,
    "/mra.lookup.v1.LookupWatch/WatchChanges": Purpose.LOOKUP,
    "/mra.programme.v1.HomeProgramme/ReportOperator": Purpose.PROGRAMME,
    "/mra.programme.v1.HomeProgramme/ReportStatus": Purpose.PROGRAMME,
    "/mra.programme.v1.HomeProgramme/RemoveOperator": Purpose.PROGRAMME,
    "/mra.programme.v1.HomeProgramme/GetOperator": Purpose.PROGRAMME,
    "/mra.programme.v1.HomeProgramme/ListOperators": Purpose.PROGRAMME,
    "/grpc.health.v1.Health/Check": None,
    "/grpc.health.v1.Health/List": None,
}


FULL_SCOPE_ONLY: frozenset[str] = frozenset(
    {
        "/mra.lookup.v1.Lookup/SearchOperators",
        "/mra.lookup.v1.Lookup/GetOperator",
        "/mra.lookup.v1.LookupWatch/WatchChanges",
    }
)
"""What tells of operators instead of deciding on a code: not for callers of a narrower scope."""


def require_complete(methods: Collection[str], permissions: Mapping[str, Purpose | None]) -> None:
    """Refuse to start unless methods and rows of the same services are the same.

    Raises:
        ConfigError: A method has no row, or a row of a served service has no method.
    """
    services = {_service(method) for method in methods}
    rows = {method for method in permissions if _service(method) in services}
    unlisted = sorted(set(methods) - rows)
    if unlisted:
        raise ConfigError(f"no permission is set for {', '.join(unlisted)}")
    unserved = sorted(rows - set(methods))
    if unserved:
        raise ConfigError(f"a permission is set for {', '.join(unserved)}, which is not served")


def require_purpose(caller: Caller, purpose: Purpose) -> None:
    """Refuse a caller that is not registered for a purpose.

    Raises:
        NotPermittedError: It is not.
    """
    if purpose not in caller.purposes:
        message = f"caller {caller.name} is not registered for {purpose}"
        raise NotPermittedError(message, context={"caller": caller.name, "purpose": purpose})


def require_permitted(caller: Caller, method: str) -> None:
    """Refuse a caller to whom a method is closed, by purpose or scope.

    Args:
        caller: Who calls.
        method: A key of `PERMISSIONS` that asks for somebody.

    Raises:
        NotPermittedError: The purpose is not the caller's, or the method tells more than its scope.
    """
    purpose = PERMISSIONS[method]
    if purpose is not None:
        require_purpose(caller, purpose)
    if method in FULL_SCOPE_ONLY:
        require_full_scope(caller)


def require_full_scope(caller: Caller) -> None:
    """Refuse a caller that is shown decisions only.

    Raises:
        NotPermittedError: It is such a one.
    """
    if caller.scope is not Scope.FULL:
        message = f"caller {caller.name} has scope {caller.scope}, this needs {Scope.FULL}"
        raise NotPermittedError(message, context={"caller": caller.name, "scope": caller.scope})


def _service(method: str) -> str:
    return method.rpartition("/")[0]
