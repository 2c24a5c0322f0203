"""Operators to and from protobuf. Rules on values are in `domain.canonical`, which follows."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from gateway.domain.operators import (
    Address,
    Authorisation,
    Identifier,
    Name,
    Operator,
    Status,
    StatusCode,
)
from gateway.exchange.grpc_feed.fields import (
    enum_from_pb,
    find_instant_from_pb,
    instant_from_pb,
    plain_moment,
)
from gateway.pb.mra.types.v1 import operator_pb2 as pb

STATUS_TO_PB: dict[StatusCode, pb.StatusCode] = {
    StatusCode.ACTIVE: pb.STATUS_CODE_ACTIVE,
    StatusCode.SUSPENDED: pb.STATUS_CODE_SUSPENDED,
    StatusCode.REVOKED: pb.STATUS_CODE_REVOKED,
    StatusCode.WITHDRAWN: pb.STATUS_CODE_WITHDRAWN,
}
STATUS_FROM_PB = {int(number): code for code, number in STATUS_TO_PB.items()}


def operator_to_pb(operator: Operator) -> pb.Operator:
    """Write an operator."""
    return pb.Operator(
        id=operator.id,
        alternate_ids=_all_fields(operator.alternate_ids),
        names=_all_fields(operator.names),
        trade_names=_all_fields(operator.trade_names),
        addresses=_all_fields(operator.addresses),
        roles=operator.roles,
        authorisations=[authorisation_fields(held) for held in operator.authorisations],
    )


def operator_from_pb(message: pb.Operator) -> Operator:
    """Read an operator. Empty text is absent (STA-1).

    Raises:
        SchemaViolationError: A field is missing, unspecified or out of its range.
    """
    others, trade_names = message.alternate_ids, message.trade_names
    return Operator(
        id=message.id,
        # Mostly absent: asked before, because going through nothing costs more than asking.
        alternate_ids=tuple(
            [Identifier(scheme=other.scheme, value=other.value) for other in others]
        )
        if others
        else (),
        names=tuple(map(_name_from_pb, message.names)),
        trade_names=tuple(map(_name_from_pb, trade_names)) if trade_names else (),
        addresses=tuple(map(_address_from_pb, message.addresses)),
        roles=tuple(message.roles),
        authorisations=tuple(map(authorisation_from_pb, message.authorisations)),
    )


def _all_fields(parts: Iterable[Struct]) -> Any:  # noqa: ANN401 - the stubs do not know that it takes fields
    """Return the fields of messages that are named as in the domain.

    The library fills messages in place from fields; made before, each would be copied.
    """
    return [asdict(part) for part in parts]


def authorisation_fields(held: Authorisation) -> Any:  # noqa: ANN401 - as above
    """Return the fields of an Authorisation."""
    return {
        "id": held.id,
        "category": held.category,
        "programme": held.programme,
        "issuing_office": held.issuing_office,
        "accepted_at": None if held.accepted_at is None else _instant(held.accepted_at),
        "effective_at": _instant(held.effective_at),
        "expires_at": None if held.expires_at is None else _instant(held.expires_at),
        "status": _status(held.status),
    }


def _instant(moment: datetime) -> Any:  # noqa: ANN401 - as above
    return {"seconds": int(moment.timestamp())}


def _status(status: Status) -> Any:  # noqa: ANN401 - as above
    return {
        "code": STATUS_TO_PB[status.code],
        "effective_at": _instant(status.effective_at),
        "change_reason": status.change_reason,
    }


def authorisation_from_pb(message: pb.Authorisation) -> Authorisation:
    """Read an authorisation.

    Raises:
        SchemaViolationError: A field is missing, unspecified or out of its range.
    """
    # Without a status, its code is the unspecified one.
    status = message.status
    return Authorisation(
        id=message.id,
        category=message.category,
        programme=message.programme,
        issuing_office=message.issuing_office,
        accepted_at=plain_moment(message.accepted_at)
        or find_instant_from_pb(message, "accepted_at"),
        effective_at=plain_moment(message.effective_at) or instant_from_pb(message, "effective_at"),
        expires_at=plain_moment(message.expires_at) or find_instant_from_pb(message, "expires_at"),
        status=Status(
            code=STATUS_FROM_PB.get(status.code)
            or enum_from_pb(STATUS_FROM_PB, status.code, "status.code"),
            effective_at=plain_moment(status.effective_at)
            or instant_from_pb(status, "effective_at"),
            change_reason=status.change_reason or None,
        ),
    )


def _address_from_pb(address: pb.Address) -> Address:
    return Address(
        lines=tuple(address.lines),
        city=address.city or None,
        country=address.country,
        subdivision=address.subdivision or None,
        postcode=address.postcode or None,
    )


def _name_from_pb(name: pb.Name) -> Name:
    return Name(text=name.text, language=name.language or None, script=name.script or None)
