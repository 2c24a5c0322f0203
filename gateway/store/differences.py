"""What a list changes, found by comparing digests before anything is written."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from gateway.domain.acknowledgements import Reason
from gateway.domain.lists import ListedOperator
from gateway.store.json_text import to_json
from gateway.store.registry_state import Stored


class Differences(Struct, frozen=True, kw_only=True):
    """Operators to write: new versions that come, and ids whose current version ends."""

    coming: Sequence[tuple[ListedOperator, str | None]]
    """Each with the mark that makes it unusable."""
    ending: Sequence[str]
    changed: int
    """Operators added, changed or removed; one that is changed both ends and comes."""


def compare(
    operators: Sequence[ListedOperator], unusable: Mapping[str, Reason], stored: Stored
) -> Differences:
    """Compare a FULL list with what is stored; only what differs in digest or mark is written."""
    marks = {operator_id: to_json(reason) for operator_id, reason in unusable.items()}
    remaining = dict(stored)
    coming = list[tuple[ListedOperator, str | None]]()
    ending = list[str]()
    for listed in operators:
        operator_id = listed.operator.id
        mark = marks.get(operator_id) if marks else None
        before = remaining.pop(operator_id, None)
        if before == (listed.digest, mark):
            continue
        coming.append((listed, mark))
        if before is not None:
            ending.append(operator_id)
    ending.extend(remaining)
    return Differences(coming=coming, ending=ending, changed=len(coming) + len(remaining))
