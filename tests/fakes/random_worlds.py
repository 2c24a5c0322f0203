"""Any question to any small world, for tests that hold whatever is asked and known."""

from datetime import date, datetime, timedelta

import msgspec
from hypothesis import strategies as st

from gateway.domain.agreements import Direction, Interval, Lifecycle
from gateway.domain.answers import Question
from gateway.domain.knowledge import HeldOperator, Knowledge
from gateway.domain.operators import Identifier, StatusCode
from tests.fakes.known_world import (
    CODE,
    DAY,
    HEAD,
    NOW,
    RULES,
    START,
    HeldList,
    agreement,
    authorisation,
    blocked,
    head,
    held,
    world,
)

HOURS = st.integers(-72, 72).map(lambda hours: timedelta(hours=hours))
MOMENTS = HOURS.map(lambda shift: NOW + shift)
ZONES = st.sampled_from(["UTC", "Asia/Shanghai", "Pacific/Auckland", "America/St_Johns"])
CODES = st.sampled_from(
    [CODE, "xa 1234567890", "AEO<XA1234567890>", "XA0000000000", "91310000", "ХА1234567890", ""]
) | st.text(max_size=20)
DATES: st.SearchStrategy[date | datetime | None] = (
    st.none() | MOMENTS | MOMENTS.map(lambda moment: moment.date())
)

AUTHORISATIONS = st.builds(
    authorisation,
    st.sampled_from(StatusCode),
    since=MOMENTS | st.just(START),
    effective_at=MOMENTS | st.just(START),
    expires_at=st.none() | MOMENTS,
    category=st.sampled_from(["GOLD", "SILVER", "BRONZE"]),
)


@st.composite
def operators(draw: st.DrawFn, operator_id: str = CODE) -> HeldOperator:
    others = draw(st.sampled_from([(), (Identifier(scheme="USCC", value="91310000"),)]))
    return held(
        *draw(st.lists(AUTHORISATIONS, min_size=1, max_size=3)),
        unusable=draw(st.none() | st.just("the dates are out of order")),
        restricted=draw(st.booleans()),
        id=operator_id,
        alternate_ids=others,
        roles=draw(st.sampled_from([(), ("EX",), ("IM", "EX")])),
    )


@st.composite
def worlds(draw: st.DrawFn, *, is_open: bool = False) -> Knowledge:
    """Draw a world; an open one has an agreement in force and a fresh list."""
    if is_open:
        return world(holding=HeldList(draw(operators()), head=HEAD))
    directions = draw(st.sets(st.sampled_from(Direction)))
    rules = msgspec.structs.replace(
        RULES,
        directions=tuple(sorted(directions)),
        roles=draw(st.sampled_from([(), ("EX",)])),
        interval=Interval(effective_at=draw(MOMENTS | st.just(START))),
    )
    suspension = st.builds(lambda at: Interval(effective_at=at, until=at + DAY), MOMENTS)
    under = agreement(
        state=draw(st.sampled_from([Lifecycle.IN_FORCE, *Lifecycle])),
        time_zone=draw(ZONES),
        suspensions=tuple(draw(st.lists(suspension, max_size=1))),
        grace=draw(st.sampled_from([timedelta(0), DAY])),
        max_age=draw(st.sampled_from([DAY, 10 * DAY])),
        rules=(rules,),
    )
    issued_at = draw(MOMENTS)
    accepted = head(issued_at=issued_at, received_at=draw(MOMENTS), next_update_at=issued_at + DAY)
    listed = [draw(operators()), *draw(st.lists(operators("XA0000000002"), max_size=1))]
    return world(
        under,
        holding=HeldList(*listed, head=draw(st.sampled_from([accepted, accepted, None]))),
        blocks=draw(st.sampled_from([{}, {}, blocked(CODE)])),
    )


questions = st.builds(
    Question,
    code=CODES,
    on=DATES,
    role=st.sampled_from([None, "EX", "IM"]),
    direction=st.sampled_from([None, *Direction]),
    name=st.sampled_from([None, "Northwind Ceramics", "Southbank Steel"]),
)
