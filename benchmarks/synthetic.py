"""Synthetic operators, fast and the same for the same seed: no Faker, no names of anybody.

About 160 bytes an operator in protobuf and 640 in XML: 50,000 fit into an enveloped list.
"""

from datetime import UTC, datetime, timedelta
from random import Random

from msgspec.structs import replace

from gateway.domain.canonical import list_operator
from gateway.domain.lists import ListedOperator
from gateway.domain.operators import (
    Address,
    Authorisation,
    Name,
    Operator,
    Status,
    StatusCode,
)

COUNTRY = "XB"
PROGRAMME = "SYN"
COVERED = "AEOS"
CITIES = ("Northport", "Eastharbour", "Westbridge", "Southfield", "Lakeside")
LINES = ("Harbour Road", "Station Street", "Mill Lane", "Market Square")
TRADES = ("Ceramics", "Machinery", "Textiles", "Logistics", "Instruments", "Foods")
FORMS = ("Ltd", "Inc", "GmbH", "SA")
EPOCH = datetime(2021, 1, 1, tzinfo=UTC)
CHANGED_SHARE = 0.01


def make_operators(count: int, *, seed: int) -> list[ListedOperator]:
    """Make operators in byte order of id."""
    random = Random(seed)  # noqa: S311 - repeatable on purpose, draws no secret
    numbers = sorted(random.sample(range(10**10), count))
    return [list_operator(_operator(number, random)) for number in numbers]


def change_some(
    operators: list[ListedOperator], *, seed: int, share: float = CHANGED_SHARE
) -> list[ListedOperator]:
    """Return the same list with a share of its operators suspended, or active again."""
    random = Random(seed)  # noqa: S311 - as above
    changed = list(operators)
    for place in random.sample(range(len(operators)), max(1, int(len(operators) * share))):
        changed[place] = _turned(changed[place].operator, EPOCH + timedelta(days=900 + seed))
    return changed


def _operator(number: int, random: Random) -> Operator:
    operator_id = f"{COUNTRY}{number:010d}"
    effective = EPOCH + timedelta(days=random.randrange(800))
    trade = f"{random.choice(TRADES)} {number % 9973} {random.choice(FORMS)}"
    return Operator(
        id=operator_id,
        names=(Name(text=f"Synthetic {trade}", language="en"),),
        addresses=(
            Address(
                lines=(f"{number % 250 + 1} {random.choice(LINES)}",),
                city=random.choice(CITIES),
                country=COUNTRY,
                postcode=f"{number % 90_000 + 10_000}",
            ),
        ),
        roles=(random.choice(("EX", "IM", "MF", "WH")),),
        authorisations=(
            Authorisation(
                id=f"{operator_id}-1",
                category=COVERED,
                programme=PROGRAMME,
                issuing_office=f"{COUNTRY}{number % 40:02d}",
                effective_at=effective,
                expires_at=effective + timedelta(days=4000),
                status=Status(code=StatusCode.ACTIVE, effective_at=effective),
            ),
        ),
    )


def _turned(operator: Operator, since: datetime) -> ListedOperator:
    (held,) = operator.authorisations
    active = held.status.code is StatusCode.ACTIVE
    status = (
        Status(code=StatusCode.SUSPENDED, effective_at=since, change_reason="UNDER-REVIEW")
        if active
        else Status(code=StatusCode.ACTIVE, effective_at=since)
    )
    return list_operator(replace(operator, authorisations=(replace(held, status=status),)))
