"""Decision cases from their table: the base world, and what a row says differently.

What the columns and fields mean stands in `tests/vectors/decisions/README.md`.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gateway.config.check_digits import CHECKS
from gateway.config.durations import parse_duration
from gateway.domain.acknowledgements import Reason
from gateway.domain.agreements import (
    Agreement,
    Direction,
    IdentifierScheme,
    Interval,
    Lifecycle,
    Measure,
    MeasureCode,
    Rewrite,
    Rules,
)
from gateway.domain.answers import Question
from gateway.domain.blocks import Blocks, HomeBlock, by_operator
from gateway.domain.decisions import AcceptedHead
from gateway.domain.knowledge import HeldOperator, Knowledge, gather
from gateway.domain.operators import (
    Authorisation,
    Identifier,
    KnownOperator,
    Name,
    Operator,
    Status,
    StatusCode,
)
from gateway.domain.profiles import CompromisedKey
from tests.fakes.known_world import AGREEMENT, HEAD, OPERATOR, RULES, HeldList, block, head

TABLE = Path(__file__).parents[1] / "vectors" / "decisions" / "cases.csv"
Fields = list[tuple[str, str]]
"""Names and values in the order of the row: `and` and `then` begin something new."""

_SINCE = datetime(2024, 1, 1, tzinfo=UTC)
_RULES = replace(
    RULES,
    measures=(
        Measure(code=MeasureCode.INSP, parameters={"factor": "0.2"}),
        Measure(code=MeasureCode.PRIO),
    ),
)
_XALAND = replace(AGREEMENT, rules=(_RULES,))
_BELAND = replace(
    AGREEMENT,
    id="XH-XB",
    partner="XB",
    partner_name="Beland",
    territory=("XB",),
    rules=(
        replace(
            RULES,
            programme="XB Trusted",
            types=("GOLD",),
            measures=(Measure(code=MeasureCode.DOC),),
            schemes=(IdentifierScheme(name="XB-ID", pattern="^XB[0-9A-Z]{4}$"),),
        ),
    ),
)
_AUTHORISATION = Authorisation(
    id="A-1",
    category="GOLD",
    programme="XA Trusted",
    issuing_office="XA01",
    effective_at=_SINCE,
    status=Status(code=StatusCode.ACTIVE, effective_at=_SINCE),
)
_OPERATOR = HeldOperator(replace(OPERATOR, authorisations=(_AUTHORISATION,)))
_BELANDER = HeldOperator(
    Operator(
        id="XB77AA",
        names=(Name(text="Beland Textiles"),),
        authorisations=(replace(_AUTHORISATION, programme="XB Trusted"),),
    )
)


class DecisionCase(Struct, frozen=True):
    """One row: what is known, what is asked, and what must come out."""

    row: Mapping[str, str]
    knowledge: Knowledge
    known_at: datetime
    question: Question


def decision_cases(table: Path = TABLE) -> Iterator[DecisionCase]:
    with table.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            yield _case(row)


def measures_in_words(measures: Iterable[Measure]) -> str:
    """Write measures as the table does."""
    return " ".join(
        ":".join([one.code, *(f"{name}={value}" for name, value in one.parameters.items())])
        for one in sorted(measures, key=lambda one: one.code)
    )


def _case(row: Mapping[str, str]) -> DecisionCase:
    things = _things(row["world"])
    known_at = _moment(things.pop("now", [("", "2026-11-02T12:00:00Z")])[0][1])
    agreement = _agreement(things.pop("agreement", []))
    listed = [
        _operator(_OPERATOR, things.pop(thing, []))
        for thing in ("operator", "second")
        if thing == "operator" or thing in things
    ]
    accepted, distrusted = _list(things.pop("list", []))
    belander = _operator(_BELANDER, things.pop("beland", []))
    blocks = _blocks(things.pop("block", []))
    assert not things, f"unknown in the world: {things}"
    knowledge = gather(
        (agreement, _BELAND),
        {
            "XH-XA": HeldList(*filter(None, listed), head=accepted),
            "XH-XB": HeldList(*filter(None, [belander])),
        },
        checks=CHECKS,
        distrusted={} if distrusted is None else {"XH-XA": distrusted},
        blocks=blocks,
    )
    return DecisionCase(row, knowledge, known_at, _question(row["question"]))


def _things(world: str) -> dict[str, Fields]:
    things: dict[str, Fields] = {}
    for difference in filter(None, world.split("; ")):
        name, _, value = difference.partition("=")
        thing, _, field = name.partition(".")
        things.setdefault(thing, []).append((field, value))
    return things


def _question(text: str) -> Question:
    asked = {"code": "XA1234567890"}
    for part in filter(None, text.split("; ")):
        name, _, value = part.partition("=")
        asked[name] = value
    on = asked.pop("on", None)
    direction = asked.pop("direction", None)
    return Question(
        code=asked.pop("code"),
        on=None if on is None else date.fromisoformat(on) if len(on) == 10 else _moment(on),
        direction=None if direction is None else Direction(direction),
        name=asked.pop("name", None),
        role=asked.pop("role", None),
    )


def _agreement(fields: Fields) -> Agreement:
    of_agreement: dict[str, Callable[[str], object]] = {
        "state": Lifecycle,
        "in_force": lambda text: None if text == "-" else _period(text),
        "zone": str,
        "grace": parse_duration,
        "max_age": parse_duration,
        "territory": _words,
    }
    names = {"zone": "time_zone"}
    changes: dict[str, object] = {}
    suspensions: list[Interval] = []
    rules = [_RULES]
    for field, value in fields:
        if field == "suspended":
            suspensions.append(_period(value))
        elif field == "then":
            start = _moment(value)
            before = Interval(effective_at=rules[-1].interval.effective_at, until=start)
            after = replace(rules[-1], interval=Interval(effective_at=start))
            rules[-1:] = [replace(rules[-1], interval=before), after]
        elif field in of_agreement:
            changes[names.get(field, field)] = of_agreement[field](value)
        else:
            rules[-1] = _rules(rules[-1], field, value)
    return replace(_XALAND, suspensions=tuple(suspensions), rules=tuple(rules), **changes)


def _rules(rules: Rules, field: str, value: str) -> Rules:
    if field in {"check", "rewrite"}:
        change = _rewrite(value) if field == "rewrite" else {"check_digit": value}
        schemes = tuple(replace(scheme, **change) for scheme in rules.schemes)
        return replace(rules, schemes=schemes)
    name, read = _OF_RULES[field]
    return replace(rules, **{name: read(value)})


def _rewrite(text: str) -> dict[str, object]:
    pattern, becomes = text.split(" > ")
    return {"rewrites": (Rewrite(pattern=pattern, becomes=becomes, example=""),)}


def _measure(text: str) -> Measure:
    code, *parameters = text.split(":")
    return Measure(code=MeasureCode(code), parameters=dict(one.split("=") for one in parameters))


def _list(fields: Fields) -> tuple[AcceptedHead | None, CompromisedKey | None]:
    given = dict(fields)
    if given.pop("", None) == "none":
        return None, None
    distrusted = given.pop("distrusted", None)
    names = {"issued": "issued_at", "received": "received_at", "next": "next_update_at"}
    changes = {names[field]: _moment(value) for field, value in given.items()}
    key = distrusted and CompromisedKey(fingerprint=HEAD.signer, since=_moment(distrusted))
    return head(**changes), key or None


def _operator(base: HeldOperator, fields: Fields) -> HeldOperator | None:
    held, done = base, []
    authorisation = base.operator.authorisations[0]
    for field, value in fields:
        if field == "" and value == "none":
            return None
        if field == "and":
            done.append(authorisation)
            authorisation = replace(base.operator.authorisations[0], id=value)
        elif field in _OF_AUTHORISATION:
            authorisation = _OF_AUTHORISATION[field](authorisation, value)
        elif field == "unusable":
            held = replace(held, unusable=Reason(code="OPERATOR_DATES", text="dates out of order"))
        elif field == "restricted":
            held = replace(held, restricted=True)
        else:
            held = replace(held, operator=_OF_OPERATOR[field](held.operator, value))
    operator = replace(held.operator, authorisations=(*done, authorisation))
    return replace(held, operator=operator)


_OF_OPERATOR: Mapping[str, Callable[[KnownOperator, str], KnownOperator]] = {
    "id": lambda operator, value: replace(operator, id=value),
    "name": lambda operator, value: replace(operator, names=(Name(text=value),)),
    "trade": lambda operator, value: replace(operator, trade_names=(Name(text=value),)),
    "roles": lambda operator, value: replace(operator, roles=_words(value)),
    "alias": lambda operator, value: replace(
        operator, alternate_ids=(*operator.alternate_ids, _identifier(value))
    ),
}
_OF_AUTHORISATION: Mapping[str, Callable[[Authorisation, str], Authorisation]] = {
    "type": lambda one, value: replace(one, category=value),
    "programme": lambda one, value: replace(one, programme=value),
    "from": lambda one, value: replace(one, effective_at=_moment(value)),
    "until": lambda one, value: replace(one, expires_at=_moment(value)),
    "status": lambda one, value: replace(one, status=replace(one.status, code=StatusCode(value))),
    "since": lambda one, value: replace(
        one, status=replace(one.status, effective_at=_moment(value))
    ),
}


def _blocks(fields: Fields) -> Blocks:
    found: list[HomeBlock] = [block()] if fields else []
    changes: dict[str, datetime] = {}
    for field, value in fields:
        if field == "and":
            changes = {}
            found.append(block(len(found) + 1))
        elif field == "operator":
            found[-1] = replace(found[-1], operator_id=value)
        elif field:
            changes[field] = _moment(value)
            found[-1] = block(found[-1].id, found[-1].operator_id, **changes)
    return by_operator(found)


def _identifier(text: str) -> Identifier:
    scheme, _, value = text.partition(":")
    return Identifier(scheme=scheme, value=value)


def _words(text: str) -> tuple[str, ...]:
    return () if text == "-" else tuple(text.split())


def _period(text: str) -> Interval:
    start, _, until = text.partition("..")
    return Interval(effective_at=_moment(start), until=_moment(until) if until else None)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


_OF_RULES: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "rules": ("interval", _period),
    "programme": ("programme", str),
    "types": ("types", _words),
    "roles": ("roles", _words),
    "directions": ("directions", lambda text: tuple(map(Direction, _words(text)))),
    "measures": ("measures", lambda text: tuple(map(_measure, _words(text)))),
    "patterns": (
        "schemes",
        lambda text: tuple(IdentifierScheme(name="XA", pattern=one) for one in _words(text)),
    ),
}
