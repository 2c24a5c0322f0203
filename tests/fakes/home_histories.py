"""What becomes of a home programme, drawn at random, and what its partner shall see of it.

Operators are JSON objects here: what the partner sees, and its root, come from the second opinion.
"""

from typing import Any

from hypothesis import strategies as st

from gateway.domain.canonical import list_operator
from gateway.domain.operators import StatusCode
from gateway.ports.home_programme import HomeOperator
from tests.fakes import second_opinion
from tests.fakes.operators import operator, plain_authorisation, plain_operator

ODD_IDS = ("XB12", "XC000001", "xb000003", "ХВ000001", "企業000001")
"""Unusable at the partner: no scheme, foreign, a twin in other letters, two in other scripts. With
the twin that makes six, so that a list may be refused for them (ACC-10) until one is gone."""
IDS = (*(f"XB{number:06}" for number in range(40)), *ODD_IDS)
CONSENTS = ("*", "XA", "XA XC", "XC", "")

Shape = tuple[str, str, int]
"""Status, consents, and a number that makes it another operator with the same id."""
SHAPES: st.SearchStrategy[Shape] = st.tuples(
    st.sampled_from(["ACTIVE", "ACTIVE", *StatusCode]).map(str),
    st.sampled_from(["*", "*", *CONSENTS]),
    st.integers(0, 3),
)
REPORTS = st.tuples(st.sampled_from(IDS), st.none() | SHAPES | SHAPES)
"""An operator as it shall be; none: removed."""
IMPORTS = st.dictionaries(st.sampled_from(IDS), SHAPES, max_size=45)
"""A whole programme."""


def made(operator_id: str, shape: Shape) -> HomeOperator:
    """Make the operator as the home programme keeps it."""
    listed = list_operator(operator(_plain(operator_id, shape) | {"roles": ["EX", "IM"]}))
    return HomeOperator(listed=listed, consents=frozenset(shape[1].split()))


def seen_root(programme: dict[str, Shape]) -> str:
    """Return the root of what XA sees: those who consented, without their roles (PUB-2)."""
    return second_opinion.root(
        {
            one: second_opinion.canonical(_plain(one, shape))
            for one, shape in programme.items()
            if {"*", "XA"} & set(shape[1].split())
        }
    )


def _plain(operator_id: str, shape: Shape) -> dict[str, Any]:
    status, _, number = shape
    held = plain_authorisation()
    return plain_operator(
        operator_id,
        tradeNames=[{"text": f"商号 {number}"}, {"text": "Торговый дом"}],
        authorisations=[held | {"status": held["status"] | {"code": status}}],
    )
