"""What a list changes, found by comparing digests before anything is written."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from gateway.domain.acknowledgements import Reason
from gateway.domain.lists import ListedOperator
from gateway.store.json_text import to_json
from gateway.store.registry_state import Stored


class Differences(Struct, frozen=True, kw_only=True):
    """Operators to write: new versions that come, and ids whose current version ends."""

    coming: Sequence[ListedOperator]
    marks: Mapping[str, str]
    """Why an operator is unusable, by id."""
    ending: Sequence[str]
    changed: int
    """Operators added, changed or removed; one that is changed both ends and comes."""


NOTHING = Differences(coming=(), marks={}, ending=(), changed=0)


def compare(
    operators: Sequence[ListedOperator], unusable: Mapping[str, Reason], stored: Stored
) -> Differences:
    """Compare a FULL list with what is stored; only what differs in digest or mark is written."""
    marks = {operator_id: to_json(reason) for operator_id, reason in unusable.items()}
    marked_anew = {
        operator_id
        for operator_id in marks.keys() | stored.marks.keys()
        if marks.get(operator_id) != stored.marks.get(operator_id)
    }
    coming = list[ListedOperator]()
    ending = list[str]()
    remaining = stored.digests.copy()
    for listed in operators:
        operator_id = listed.operator.id
        before = remaining.pop(operator_id, None)
        if before == listed.digest and operator_id not in marked_anew:
            continue
        coming.append(listed)
        if before is not None:
            ending.append(operator_id)
    ending.extend(remaining)
    return Differences(
        coming=coming, marks=marks, ending=ending, changed=len(coming) + len(remaining)
    )
