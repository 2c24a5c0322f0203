"""A small world for the ladder: synthetic agreements, lists and operators that tests bend."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from gateway.domain.acknowledgements import Reason
from gateway.domain.agreements import (
    Agreement,
    Direction,
    Disclosure,
    IdentifierScheme,
    Interval,
    Lifecycle,
    Measure,
    MeasureCode,
    Rules,
)
from gateway.domain.answers import Question
from gateway.domain.blocks import Blocks, HomeBlock, Lifting
from gateway.domain.decisions import AcceptedHead
from gateway.domain.grounds import Ground
from gateway.domain.identifiers import normal_form
from gateway.domain.knowledge import HeldOperator, Holding, Knowledge, gather
from gateway.domain.lists import ListHeader, ListKind
from gateway.domain.operators import (
    Authorisation,
    Identifier,
    Name,
    Operator,
    Status,
    StatusCode,
)

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
START = datetime(2020, 1, 1, tzinfo=UTC)
CODE = "XA1234567890"
DAY = timedelta(days=1)

SCHEME = IdentifierScheme(name="XA-TIN", pattern="^XA[0-9]{10}$", example=CODE, verified=True)
RULES = Rules(
    interval=Interval(effective_at=START),
    programme="XA Trusted",
    types=("GOLD", "SILVER"),
    directions=(Direction.IMPORT, Direction.EXPORT),
    measures=(Measure(code=MeasureCode.INSP, parameters={"factor": "0.2"}),),
    schemes=(SCHEME,),
)
AGREEMENT = Agreement(
    id="XH-XA",
    home="XH",
    partner="XA",
    partner_name="Xaland",
    state=Lifecycle.IN_FORCE,
    in_force=Interval(effective_at=START),
    rules=(RULES,),
    territory=("XA",),
    period=DAY,
    grace=DAY,
    max_age=10 * DAY,
    max_next_update=3 * DAY,
    disclosure=Disclosure(types=(), fields=()),
    contact="aeo@customs.example",
)
HEAD = AcceptedHead(
    header=ListHeader(
        version=1,
        list_id="XA-41",
        kind=ListKind.FULL,
        issuer="XA",
        recipient="XH",
        agreement="XH-XA",
        test=False,
        epoch=1,
        sequence=41,
        previous_digest="0" * 64,
        issued_at=NOW - timedelta(hours=6),
        next_update_at=NOW + timedelta(hours=18),
        state_root="1" * 64,
        quantity=1,
    ),
    list_digest="2" * 64,
    received_at=NOW - timedelta(hours=5),
    signer="3" * 64,
    grounds=(Ground("3" * 64, NOW - timedelta(hours=5)),),
)
AUTHORISATION = Authorisation(
    id="A-1",
    category="GOLD",
    programme="XA Trusted",
    issuing_office="XA01",
    effective_at=START,
    status=Status(code=StatusCode.ACTIVE, effective_at=START),
)
OPERATOR = Operator(
    id=CODE,
    names=(Name(text="Northwind Ceramics Ltd"),),
    authorisations=(AUTHORISATION,),
)
QUESTION = Question(code=CODE)


class HeldList:
    """A `Holding` from a tuple of operators."""

    def __init__(
        self,
        *operators: HeldOperator,
        head: AcceptedHead | None = HEAD,
    ) -> None:
        self._operators = {held.operator.id: held for held in operators}
        self._head = head

    @property
    def head(self) -> AcceptedHead | None:
        return self._head

    def find(self, operator_id: str) -> HeldOperator | None:
        return self._operators.get(operator_id)

    def find_by_identifier(self, identifier: str) -> tuple[HeldOperator, ...]:
        return tuple(
            held
            for held in self._operators.values()
            if any(normal_form(other.value) == identifier for other in held.operator.alternate_ids)
        )


def agreement(**changes: object) -> Agreement:
    return msgspec.structs.replace(AGREEMENT, **changes)


def under_rules(**changes: object) -> Agreement:
    return agreement(rules=(msgspec.structs.replace(RULES, **changes),))


def authorisation(
    code: StatusCode = StatusCode.ACTIVE, *, since: datetime = START, **changes: object
) -> Authorisation:
    status = Status(code=code, effective_at=since)
    return msgspec.structs.replace(AUTHORISATION, status=status, **changes)


def operator(*authorisations: Authorisation, **changes: object) -> Operator:
    return msgspec.structs.replace(
        OPERATOR, authorisations=authorisations or (AUTHORISATION,), **changes
    )


def held(
    *authorisations: Authorisation,
    unusable: str | None = None,
    restricted: bool = False,
    **changes: object,
) -> HeldOperator:
    reason = None if unusable is None else Reason(code="OPERATOR_DATES", text=unusable)
    return HeldOperator(operator(*authorisations, **changes), reason, restricted)


def identified(scheme: str, value: str, operator_id: str = CODE) -> Operator:
    return operator(id=operator_id, alternate_ids=(Identifier(scheme=scheme, value=value),))


def with_identifier(scheme: str, value: str, operator_id: str = CODE) -> HeldOperator:
    return HeldOperator(identified(scheme, value, operator_id))


def block(number: int = 1, operator_id: str = CODE, **changes: datetime) -> HomeBlock:
    """Return a block; `from`, `until`, `known` and `lifted` differ from the open one of 2026."""
    known = changes.get("known", datetime(2026, 1, 1, tzinfo=UTC))
    start = changes.get("from", datetime(2026, 1, 1, tzinfo=UTC))
    lifted = changes.get("lifted")
    return HomeBlock(
        id=number,
        operator_id=operator_id,
        reason="open offence case",
        interval=Interval(effective_at=start, until=changes.get("until")),
        put_in_at=known,
        put_in_by="officer",
        lifted=None if lifted is None else Lifting(at=lifted, by="officer", reason="case closed"),
    )


def blocked(*operator_ids: str) -> Blocks:
    """Return an open block of each."""
    return {operator_id: (block(operator_id=operator_id),) for operator_id in operator_ids}


def head(**changes: object) -> AcceptedHead:
    received_at = changes.pop("received_at", HEAD.received_at)
    header = msgspec.structs.replace(HEAD.header, **changes)
    return msgspec.structs.replace(HEAD, header=header, received_at=received_at)


def world(
    *agreements: Agreement,
    holding: Holding | None = None,
    holdings: Mapping[str, Holding] | None = None,
    blocks: Blocks | None = None,
) -> Knowledge:
    """The default agreement with a default list of one operator, where nothing else is said."""
    return gather(
        agreements or (AGREEMENT,),
        holdings if holdings is not None else {"XH-XA": holding or HeldList(held())},
        checks={"mod 7": lambda text: text.isdigit() and int(text) % 7 == 0},
        blocks=blocks or {},
    )
