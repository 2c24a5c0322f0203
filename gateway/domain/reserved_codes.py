"""Reserved test codes: one for every reason, in every environment, answered by the same ladder.

They begin with ZZ, which ISO 3166-1 gives to no country and no partner file may claim. Only a
question that says that it is a test gets these answers: whoever declares such a code to a border
system in earnest has a code of no agreement. What is known of them is made up here and depends on
the moment of asking alone: no list is read, nothing real has a part in it, and a replay gives the
same answer.
Whoever reads an answer sees it by an agreement whose id begins with TEST and by the partner's name.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

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
from gateway.domain.blocks import HomeBlock
from gateway.domain.code_hints import TEST_PREFIX as PREFIX
from gateway.domain.decisions import AcceptedHead, ReasonCode
from gateway.domain.knowledge import HeldOperator, Holding, Knowledge, gather
from gateway.domain.lists import ListHeader, ListKind
from gateway.domain.occasion import Occasion
from gateway.domain.operators import Authorisation, Identifier, Name, Operator, Status, StatusCode
from gateway.domain.profiles import CompromisedKey

TESTLAND: Final = "Testland (reserved test codes)"
_DAY: Final = timedelta(days=1)
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER: Final = datetime(2999, 1, 1, tzinfo=UTC)
_RULES: Final = Rules(
    interval=Interval(effective_at=_START),
    programme="Test Programme",
    types=("TEST",),
    directions=(Direction.IMPORT, Direction.EXPORT),
    measures=(
        Measure(code=MeasureCode.INSP, parameters={"factor": "0.2"}),
        Measure(code=MeasureCode.PRIO),
    ),
    schemes=(IdentifierScheme(name="test code", pattern="^ZZ[A-Z]{4,33}$"),),
)
_AUTHORISATION: Final = Authorisation(
    id="TEST-1",
    category="TEST",
    programme="Test Programme",
    issuing_office="ZZ0001",
    effective_at=_START,
    status=Status(code=StatusCode.ACTIVE, effective_at=_START),
)


class _Special(Struct, frozen=True, kw_only=True):
    """An agreement of its own for one code, where the operator alone does not make the reason."""

    code: str
    state: Lifecycle = Lifecycle.IN_FORCE
    rules: Rules = _RULES
    days_old: int | None = 0
    """None: no list."""


_SPECIALS: Final = (
    _Special(code="ZZAGREEMENTNOTINFORCE", state=Lifecycle.SIGNED),
    _Special(code="ZZAGREEMENTSUSPENDED", state=Lifecycle.SUSPENDED),
    _Special(code="ZZDATAMISSING", days_old=None),
    _Special(code="ZZDATAUNTRUSTED"),
    _Special(code="ZZDATASTALE", days_old=30),
    _Special(code="ZZLATE", days_old=2),
    _Special(code="ZZROLENOTCOVERED", rules=replace(_RULES, roles=("EX",))),
    _Special(code="ZZDIRECTIONNOTCOVERED", rules=replace(_RULES, directions=())),
)


class _TestList:
    """A `Holding` of a few operators."""

    def __init__(self, head: AcceptedHead | None, *operators: HeldOperator) -> None:
        self._head = head
        self._operators = {held.operator.id: held for held in operators}

    @property
    def head(self) -> AcceptedHead | None:
        return self._head

    def find(self, operator_id: str) -> HeldOperator | None:
        return self._operators.get(operator_id)

    def find_by_identifier(self, identifier: str) -> tuple[HeldOperator, ...]:
        return tuple(
            held
            for held in self._operators.values()
            if any(other.value == identifier for other in held.operator.alternate_ids)
        )


def reserved_occasion(on: date | datetime | None, known_at: datetime) -> Occasion:
    """Return the occasion on which test codes are judged: nothing of it is real.

    Raises:
        InvalidRequestError: A time without its offset from UTC, or outside 1900 to 2099.
    """
    return Occasion(_knowledge(max(known_at, _START + _DAY).date()), on, known_at)


@lru_cache(maxsize=8)
def _knowledge(today: date) -> Knowledge:
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC)
    agreements = [_agreement("TEST", tuple(_OPERATORS))]
    holdings: dict[str, Holding] = {
        "TEST": _TestList(_head("TEST", midnight), *filter(None, _OPERATORS.values()))
    }
    for special in _SPECIALS:
        agreement_id = f"TEST-{special.code.removeprefix(PREFIX)}"
        agreement = _agreement(agreement_id, (special.code,))
        agreements.append(replace(agreement, state=special.state, rules=(special.rules,)))
        if special.days_old is not None:
            head = _head(agreement_id, midnight - special.days_old * _DAY)
            holdings[agreement_id] = _TestList(head, _held(special.code, roles=("WH",)))
    compromised = CompromisedKey(fingerprint="0" * 64, since=_START, reason="test")
    return gather(
        agreements,
        holdings,
        checks={},
        distrusted={"TEST-DATAUNTRUSTED": compromised},
        blocks={"ZZLOCALBLOCK": (_BLOCK,)},
    )


def _agreement(agreement_id: str, territory: tuple[str, ...]) -> Agreement:
    return Agreement(
        id=agreement_id,
        home=PREFIX,
        partner=PREFIX,
        partner_name=TESTLAND,
        state=Lifecycle.IN_FORCE,
        in_force=Interval(effective_at=_START),
        rules=(_RULES,),
        territory=territory,
        period=_DAY,
        grace=2 * _DAY,
        max_age=10 * _DAY,
        max_next_update=2 * _DAY,
        disclosure=Disclosure(types=(), fields=()),
    )


def _head(agreement_id: str, issued_at: datetime) -> AcceptedHead:
    """Return a list that is current on the day of its issue and the next, and late for two more."""
    header = ListHeader(
        version=1,
        list_id=f"{agreement_id}-1",
        kind=ListKind.FULL,
        issuer=PREFIX,
        recipient=PREFIX,
        agreement=agreement_id,
        test=True,
        epoch=1,
        sequence=1,
        previous_digest="0" * 64,
        issued_at=issued_at,
        next_update_at=issued_at + 2 * _DAY,
        state_root="0" * 64,
        quantity=1,
    )
    return AcceptedHead(
        header=header, list_digest="0" * 64, received_at=issued_at, signer="0" * 64, grounds=()
    )


def _held(
    code: str,
    authorisation: Authorisation = _AUTHORISATION,
    *,
    roles: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    unusable: Reason | None = None,
    restricted: bool = False,
) -> HeldOperator:
    operator = Operator(
        id=code,
        names=(Name(text="Test Operator"),),
        alternate_ids=tuple(Identifier(scheme="TEST", value=value) for value in aliases),
        roles=roles,
        authorisations=(authorisation,),
    )
    return HeldOperator(operator, unusable, restricted)


def _under(status: StatusCode) -> Authorisation:
    return replace(_AUTHORISATION, status=Status(code=status, effective_at=_START))


_BLOCK: Final = HomeBlock(
    id=1,
    operator_id="ZZLOCALBLOCK",
    reason="test of a home block",
    interval=Interval(effective_at=_START),
    put_in_at=_START,
    put_in_by="nobody",
)
_OPERATORS: Final[Mapping[str, HeldOperator | None]] = {
    "ZZCODEMALFORMED": None,
    "ZZNOTLISTED": None,
    "ZZIDAMBIGUOUS": None,
    "ZZCROSSWALK": None,
    "ZZRECOGNISED": _held("ZZRECOGNISED", aliases=("ZZIDAMBIGUOUS", "ZZCROSSWALK")),
    "ZZNAMECONFLICT": _held("ZZNAMECONFLICT", aliases=("ZZIDAMBIGUOUS",)),
    "ZZSUSPENDED": _held("ZZSUSPENDED", _under(StatusCode.SUSPENDED)),
    "ZZREVOKED": _held("ZZREVOKED", _under(StatusCode.REVOKED)),
    "ZZWITHDRAWN": _held("ZZWITHDRAWN", _under(StatusCode.WITHDRAWN)),
    "ZZEXPIRED": _held("ZZEXPIRED", replace(_AUTHORISATION, expires_at=_START)),
    "ZZNOTYETEFFECTIVE": _held("ZZNOTYETEFFECTIVE", replace(_AUTHORISATION, effective_at=_NEVER)),
    "ZZOPERATORUNUSABLE": _held(
        "ZZOPERATORUNUSABLE",
        unusable=Reason(code=ReasonCode.OPERATOR_DATES, text="test of unusable data"),
    ),
    "ZZRESTRICTEDPENDINGREVIEW": _held("ZZRESTRICTEDPENDINGREVIEW", restricted=True),
    "ZZTYPENOTCOVERED": _held("ZZTYPENOTCOVERED", replace(_AUTHORISATION, category="OTHER")),
    "ZZLOCALBLOCK": _held("ZZLOCALBLOCK"),
}
"""By code, under the agreement TEST; none: the code is in its territory, and nobody has it."""
