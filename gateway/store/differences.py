"""What an application writes of operators, known before the transaction begins."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from gateway.domain.acknowledgements import Reason
from gateway.domain.lists import ListedOperator
from gateway.store.json_text import to_json


class Differences(Struct, frozen=True, kw_only=True):
    """Operators to write: new versions that come, and ids whose current version ends."""

    coming: Sequence[ListedOperator]
    marks: Mapping[str, str]
    """Why an operator is unusable, by id."""
    ending: Sequence[str]
    marked_anew: Sequence[str]
    """Ids whose operator stays as it is and whose mark does not: they end too, and come again."""

    @property
    def changed(self) -> int:
        """Operators added, changed, removed or marked anew; one that changes ends and comes."""
        return len({*self.ending, *(listed.operator.id for listed in self.coming)})


NOTHING = Differences(coming=(), marks={}, ending=(), marked_anew=())


def compare(
    coming: Sequence[ListedOperator],
    ending: Collection[str],
    unusable: Mapping[str, Reason],
    before: Mapping[str, Reason],
) -> Differences:
    """Return what a change of the accepted state writes; marks alone can make a new version.

    Args:
        coming: Operators that are new, or no longer as they were.
        ending: Ids of those that were there and are changed or removed.
        unusable: The marks after.
        before: The marks before.
    """
    moved = unusable.keys() ^ before.keys()
    moved |= {one for one in unusable.keys() & before.keys() if unusable[one] != before[one]}
    written = {listed.operator.id for listed in coming} | set(ending)
    marked_anew = sorted(moved - written)
    marked = {*marked_anew, *written}
    return Differences(
        coming=coming,
        marks={one: to_json(mark) for one, mark in _of(marked, unusable)},
        ending=[*ending, *marked_anew],
        marked_anew=marked_anew,
    )


def _of(ids: Iterable[str], marks: Mapping[str, Reason]) -> Iterable[tuple[str, Reason]]:
    return ((one, marks[one]) for one in ids if one in marks)
