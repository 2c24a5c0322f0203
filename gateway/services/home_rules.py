"""Rules on home's own operators beyond those of every list: a file and a call keep to them alike.

Each is one that partners judge us by: what breaks it would be unusable there (ACC-10).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from gateway.domain.identifiers import is_in_territory, normal_form
from gateway.domain.operators import Authorisation


def id_problems(operator_id: str, territory: Sequence[str]) -> Iterator[str]:
    """Tell what is wrong with an id; an empty territory takes any."""
    form = normal_form(operator_id)
    # PUB-1: another form is unusable at every partner (ACC-10); so two ids never share one
    if form != operator_id:
        yield f"not in normal form: {operator_id!r} for {form!r}"
    # PUB-1: home speaks for its own territory only (ACC-10)
    if territory and not is_in_territory(operator_id, tuple(territory)):
        yield f"{operator_id!r} does not begin with {', '.join(territory)}"


def date_problems(
    accepted: datetime | None, effective: datetime, expires: datetime | None
) -> Iterator[tuple[str, str]]:
    """Tell which dates of an authorisation contradict each other: column, reason."""
    # PUB-1: an interval without a moment in it is unusable at every partner (ACC-10)
    if expires is not None and expires <= effective:
        yield "expires", "not after effective: it is never valid"
    # PUB-1: so is an authorisation that was effective before anybody accepted it (ACC-10)
    if accepted is not None and accepted > effective:
        yield "accepted", "after effective"


def is_same_authorisation(one: Authorisation, other: Authorisation) -> bool:
    """Tell whether two are one authorisation that stands twice."""
    return (one.id, one.category, one.programme) == (other.id, other.category, other.programme)
