"""Synthetic operators that use every field, and lists of them, for the XML feed."""

from datetime import UTC, datetime, timedelta

from gateway.domain.acknowledgements import Acknowledgement, Outcome, Reason
from gateway.domain.canonical import list_digest, list_operator
from gateway.domain.lists import ListedOperator, ListHeader, ListKind, Stream
from gateway.domain.operators import (
    Address,
    Authorisation,
    Identifier,
    Name,
    Operator,
    Status,
    StatusCode,
)
from gateway.domain.state import state_root

ISSUED = datetime(2026, 3, 1, 12, tzinfo=UTC)
STREAM = Stream(issuer="XA", recipient="XB", agreement="XA-XB", test=False, epoch=1)
NAMES = (
    Name(text="Müller & Söhne <GmbH> \"Nord\" 'Süd'", language="de", script="Latn"),
    Name(text="上海合成贸易有限公司", language="zh-Hans", script="Hans"),
    Name(text="שותפות סינתטית", language="he"),
    Name(text="e\u0301 is not \u00e9, \U0001f6a2 sails, \u2028 stays", script="Zyyy"),
)


def whole_operator(number: int = 1) -> Operator:
    """Every field is set, and repeated where it can be."""
    return Operator(
        id=f"XA{number:08d}",
        alternate_ids=(
            Identifier(scheme="EORI", value=f"XA{number}"),
            Identifier(scheme='a "quoted" & <odd> scheme', value="<1>"),
        ),
        names=NAMES,
        trade_names=(Name(text="Nord"), Name(text="Süd", language="de")),
        addresses=(
            Address(
                lines=("Hafen 2", "Hafen 1", "Hafen 2"),
                city="Köln",
                country="XA",
                subdivision="01",
                postcode="50667 A",
            ),
            Address(country="XC"),
        ),
        roles=("IM", "EX", "ZZZ"),
        authorisations=(
            authorisation("A-1", StatusCode.SUSPENDED, whole=True),
            authorisation("A-2", StatusCode.ACTIVE),
        ),
    )


def authorisation(number: str, code: StatusCode, *, whole: bool = False) -> Authorisation:
    start = ISSUED - timedelta(days=400)
    return Authorisation(
        id=number,
        category="AEOS & more",
        programme="XA-<AEO>",
        issuing_office="Office of XA",
        accepted_at=start - timedelta(days=1) if whole else None,
        effective_at=start,
        expires_at=start + timedelta(days=4000) if whole else None,
        status=Status(
            code=code,
            effective_at=start + timedelta(seconds=1),
            change_reason="audit" if whole else None,
        ),
    )


def whole_operators(count: int) -> list[ListedOperator]:
    return [list_operator(whole_operator(number)) for number in range(1, count + 1)]


def header_for(
    operators: list[ListedOperator],
    *,
    sequence: int = 1,
    stream: Stream = STREAM,
    kind: ListKind = ListKind.FULL,
    issued_at: datetime = ISSUED,
) -> ListHeader:
    return ListHeader(
        version=1,
        list_id=f"{stream.issuer}-<{sequence}>",
        kind=kind,
        issuer=stream.issuer,
        recipient=stream.recipient,
        agreement=stream.agreement,
        test=stream.test,
        epoch=stream.epoch,
        sequence=sequence,
        previous_digest=None if sequence == 1 else "ef" * 32,
        issued_at=issued_at,
        next_update_at=issued_at + timedelta(days=1),
        state_root=state_root(operators),
        quantity=len(operators),
    )


def acknowledgement_of(header: ListHeader, *, reasons: tuple[Reason, ...] = ()) -> Acknowledgement:
    return Acknowledgement(
        acknowledgement_id="XB-ack-1",
        stream=header.stream,
        sequence=header.sequence,
        list_digest=list_digest(header),
        outcome=Outcome.REFUSED if reasons else Outcome.APPLIED,
        revision=1,
        applied_sequence=None if reasons else header.sequence,
        applied_root=None if reasons else header.state_root,
        acknowledged_at=ISSUED + timedelta(minutes=1),
        reasons=reasons,
    )
