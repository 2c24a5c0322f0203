"""A world in which fifty questions find every reason, and a desk that answers from it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from gateway.domain.agreements import Agreement, Direction, IdentifierScheme, Interval
from gateway.domain.answers import Answer, Question
from gateway.domain.knowledge import HeldOperator, Knowledge, gather
from gateway.domain.occasion import Occasions
from gateway.domain.operators import Identifier, StatusCode
from gateway.domain.profiles import CompromisedKey
from gateway.domain.recognition import decide
from tests.fakes.known_world import (
    AGREEMENT,
    DAY,
    NOW,
    RULES,
    START,
    HeldList,
    authorisation,
    blocked,
    head,
    held,
)

LATER = NOW + 100 * DAY


def _agreement(partner: str, **changes: object) -> Agreement:
    scheme = IdentifierScheme(name=f"{partner}-TIN", pattern=f"^{partner}[0-9]{{10}}$")
    rules = replace(RULES, schemes=(scheme,))
    values: dict[str, object] = {
        "id": f"XH-{partner}",
        "partner": partner,
        "partner_name": f"Customs of {partner}",
        "territory": (partner,),
        "rules": (rules,),
    }
    return replace(AGREEMENT, **(values | changes))


def _narrow(partner: str, **changes: object) -> Agreement:
    agreement = _agreement(partner)
    return replace(agreement, rules=(replace(agreement.rules[0], **changes),))


AGREEMENTS = (
    _agreement("XA"),
    _agreement("XB", in_force=Interval(effective_at=LATER)),
    _agreement("XC", suspensions=(Interval(effective_at=START),)),
    _agreement("XD"),
    _agreement("XE"),
    _agreement("XF"),
    _narrow("XG", roles=("IM",), directions=(Direction.IMPORT,)),
)
OPERATORS: dict[str, HeldOperator] = {
    "XA0000000001": held(),
    "XA0000000002": held(authorisation(StatusCode.SUSPENDED)),
    "XA0000000003": held(authorisation(StatusCode.REVOKED)),
    "XA0000000004": held(authorisation(StatusCode.WITHDRAWN)),
    "XA0000000005": held(authorisation(expires_at=NOW - DAY)),
    "XA0000000006": held(authorisation(effective_at=LATER, since=LATER)),
    "XA0000000007": held(unusable="the dates contradict"),
    "XA0000000008": held(restricted=True),
    "XA0000000009": held(authorisation(category="BRONZE")),
    "XA0000000010": held(),
    "XA0000000011": held(alternate_ids=(Identifier(scheme="LEI", value="5493001KJTIIGC8Y1R12"),)),
    "XA0000000012": held(alternate_ids=(Identifier(scheme="LEI", value="5493001KJTIIGC8Y1R12"),)),
    "XA0000000013": held(alternate_ids=(Identifier(scheme="LEI", value="529900T8BM49AURSDO55"),)),
}


def _list(*operators: HeldOperator) -> HeldList:
    return HeldList(*operators)


def make_knowledge() -> Knowledge:
    """Gather the world."""
    listed = _list(
        *(
            HeldOperator(replace(one.operator, id=operator_id), one.unusable, one.restricted)
            for operator_id, one in OPERATORS.items()
        )
    )
    old = NOW - timedelta(days=30)
    stale = HeldList(
        held(id="XF0000000001"),
        head=head(issued_at=old, next_update_at=old + DAY, received_at=old),
    )
    holdings = {
        "XH-XA": listed,
        "XH-XB": HeldList(held(id="XB0000000001")),
        "XH-XC": HeldList(held(id="XC0000000001")),
        "XH-XD": HeldList(head=None),
        "XH-XE": HeldList(held(id="XE0000000001")),
        "XH-XF": stale,
        "XH-XG": HeldList(held(id="XG0000000001")),
    }
    return gather(
        AGREEMENTS,
        holdings,
        checks={},
        distrusted={"XH-XE": CompromisedKey(fingerprint="3" * 64, since=START)},
        blocks=blocked("XA0000000010"),
    )


QUESTIONS = [
    *(Question(code=code) for code in OPERATORS),
    *(Question(code=f"X{letter}0000000001") for letter in "BCDEFG"),
    *(
        Question(code=code)
        for code in (
            "XA9999999999",
            "XA 0000000001",
            "xa-000-000-0001",
            "ＸＡ０００００００００１",
            "AEOXA0000000001",
            "XAOOOOOOOOO1",
            "XA1",
            "ZZ0000000001",
            "??",
            "5493001KJTIIGC8Y1R12",
            "529900T8BM49AURSDO55",
        )
    ),
    *(
        Question(code="XA0000000001", on=on)
        for on in (
            date(2026, 11, 2),
            date(2019, 12, 31),
            date(2020, 1, 1),
            NOW,
            NOW - timedelta(seconds=1),
            NOW + 20 * DAY,
        )
    ),
    Question(code="XA0000000001", name="Northwind Ceramics Limited"),
    Question(code="XA0000000001", name="Southwind Shipping"),
    Question(code="XA0000000001", name="株式会社架空通商"),
    *(Question(code="XA0000000001", direction=one) for one in Direction),
    *(Question(code="XG0000000001", direction=one) for one in Direction),
    *(Question(code="XG0000000001", role=role) for role in ("IM", "EX")),
    Question(code="XG0000000001", role="IM", direction=Direction.IMPORT, on=date(2026, 11, 2)),
    Question(code="XB0000000001", on=LATER + DAY),
    Question(code="XC0000000001", on=date(2019, 6, 1)),
    Question(code="XA0000000006", on=LATER + DAY),
    Question(code="XA0000000005", on=NOW - 2 * DAY),
]


class EveryReasonDesk:
    """Answers from that world."""

    ready = True

    def __init__(self) -> None:
        self._occasions = Occasions(make_knowledge())

    def refresh(self) -> None:
        """There is nothing else to read."""

    def answer(self, question: Question, *, now: datetime) -> Answer:
        return decide(question, self._occasions.find(question.on, now))

    def answer_batch(self, questions: Iterable[Question], *, now: datetime) -> list[Answer]:
        return [self.answer(question, now=now) for question in questions]
