"""What a list makes of the state that it is laid over, FULL and DELTA alike.

A FULL says what there is, a DELTA what changed; both come down to operators that come, operators
that go, and the buckets that these touch. The root is computed from the buckets that were touched
and the digests of all others, which were computed here when they were stored (STA-2, STA-4).
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from gateway.domain.lists import Action, ListedOperator, ListKind, StatusList
from gateway.domain.members import EMPTY, NO_WIRE, Bucket, Record, all_members, digest_of, record
from gateway.domain.state import BUCKETS, EMPTY_BUCKET, StateTree, bucket_of


class BaseState:
    """The state that a list is laid over. It never changes.

    Args:
        tree: All 4,096 bucket digests.
        buckets: For a FULL all buckets that have members, for a DELTA at least those it touches.
        quantity: Operators in the state.
    """

    def __init__(self, tree: Sequence[bytes], buckets: Mapping[int, Bucket], quantity: int) -> None:
        self.tree = tree
        self.buckets = buckets
        self.quantity = quantity

    @cached_property
    def members(self) -> Mapping[str, Record]:
        """What is kept of the operators of these buckets, by id."""
        return all_members(self.buckets.values())

    def find(self, operator_id: str) -> Record | None:
        """Return what is kept of one operator of these buckets."""
        return self.buckets.get(bucket_of(operator_id), EMPTY).find(operator_id)


NOTHING = BaseState((EMPTY_BUCKET,) * BUCKETS, {}, 0)


class StateChange(Struct, frozen=True, kw_only=True):
    """The difference that a list makes, and what comes of it."""

    coming: Sequence[ListedOperator]
    """Operators that are new, or no longer as they were."""
    removed: Sequence[str]
    before: Mapping[str, Record]
    """What was kept, by id, of those that are changed or removed."""
    buckets: Mapping[int, Bucket]
    """The buckets that are no longer as they were."""
    tree: tuple[bytes, ...]
    root: str
    """The state root, computed here (STA-4)."""
    quantity: int
    misfits: tuple[str, ...] = ()
    """Ids that a DELTA adds though they are listed, or changes or removes though they are not."""

    @property
    def added(self) -> int:
        """Operators that were not there before."""
        return len(self.coming) - (len(self.before) - len(self.removed))

    @property
    def changed(self) -> int:
        """Operators added, changed or removed."""
        return len(self.coming) + len(self.removed)


def touched_buckets(status_list: StatusList) -> set[int] | None:
    """Return the buckets that have to be known before a list is laid over; none means all."""
    if status_list.header.kind is ListKind.FULL:
        return None
    return {bucket_of(change.operator_id) for change in status_list.changes}


def lay_over(base: BaseState, status_list: StatusList) -> StateChange:
    """Return what a list changes. One that is out of order gives a change too: `decide` refuses."""
    if status_list.header.kind is ListKind.FULL:
        laid = _full(base, status_list)
    else:
        laid = _delta(base, status_list)
    buckets = laid.rebuild(base)
    tree = list(base.tree)
    for number, bucket in buckets.items():
        tree[number] = bucket.digest
    going = sum(one.operator.id in laid.before for one in laid.coming)
    return StateChange(
        coming=laid.coming,
        removed=laid.removed,
        before=laid.before,
        buckets=buckets,
        tree=tuple(tree),
        root=StateTree(tree).root,
        quantity=base.quantity + len(laid.coming) - going - len(laid.removed),
        misfits=tuple(laid.misfits),
    )


class _Laid:
    """A list while it is laid over a state."""

    def __init__(self, wires: Mapping[str, bytes]) -> None:
        self.coming: list[ListedOperator] = []
        self.removed: list[str] = []
        self.before: dict[str, Record] = {}
        self.misfits: list[str] = []
        self._kept: dict[str, Record | None] = {}
        self._wires = wires

    def put(self, listed: ListedOperator, known: Record | None) -> None:
        operator_id = listed.operator.id
        kept = record(listed, self._wires.get(operator_id, NO_WIRE))
        if known is None or digest_of(known) != listed.digest:
            self.coming.append(listed)
            if known is not None:
                self.before[operator_id] = known
        elif kept == known:
            return
        # The same operator in other bytes: only what is kept of it moves.
        self._kept[operator_id] = kept

    def remove(self, operator_id: str, known: Record) -> None:
        self.removed.append(operator_id)
        self.before[operator_id] = known
        self._kept[operator_id] = None

    def rebuild(self, base: BaseState) -> dict[int, Bucket]:
        moved: dict[int, dict[str, Record | None]] = {}
        for operator_id, kept in self._kept.items():
            moved.setdefault(bucket_of(operator_id), {})[operator_id] = kept
        return {
            number: base.buckets.get(number, EMPTY).revised(changes)
            for number, changes in moved.items()
        }


def _full(base: BaseState, status_list: StatusList) -> _Laid:
    laid = _Laid(status_list.wires)
    known = base.members
    for listed in status_list.operators:
        laid.put(listed, known.get(listed.operator.id))
    ids = set(status_list.ids)
    if not ids.issuperset(known):
        for operator_id in sorted(known.keys() - ids):
            laid.remove(operator_id, known[operator_id])
    return laid


def _delta(base: BaseState, status_list: StatusList) -> _Laid:
    laid = _Laid(status_list.wires)
    for change in status_list.changes:
        known = base.find(change.operator_id)
        # An operator is added once, and changed or removed while it is listed (SEQ-2).
        if (change.action is Action.ADD) is not (known is None):
            laid.misfits.append(change.operator_id)
        elif change.listed is not None:
            laid.put(change.listed, known)
        elif known is not None:
            laid.remove(change.operator_id, known)
    return laid
