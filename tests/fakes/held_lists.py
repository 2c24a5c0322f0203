"""Held lists in memory: `ports.holds.Holds` without a registry."""

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from gateway.domain.acknowledgements import Outcome, Reason
from gateway.domain.agreements import Review
from gateway.domain.approvals import Approval
from gateway.domain.business_difference import Difference, Example, Happened
from gateway.domain.errors import ConflictError, NotFoundError
from gateway.domain.holds import HoldDetail, HoldKind, HoldOutcome, HoldState, HoldView
from gateway.domain.lists import Stream

STREAM = Stream(issuer="XB", recipient="XA", agreement="XA-XB", test=False, epoch=1)
SINCE = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_hold(number: int = 3, *, review: Review | None = None) -> HoldView:
    """A mass removal, of two lists."""
    return HoldView(
        number=number,
        stream=STREAM,
        partner="XB",
        sequences=(7, 8),
        list_digest="d8" * 32,
        since=SINCE,
        kind=HoldKind.MASS_CHANGE,
        reasons=(Reason(code="MASS_CHANGE", text="120 of 400 operators are removed"),),
        state=HoldState.HELD,
        counts={Happened.REMOVED: 120, Happened.SUSPENDED: 2},
        restrictions=2,
        review=review or Review(),
    )


class HeldLists:
    """Does what a registry would, and remembers with which approvals."""

    def __init__(self, *views: HoldView) -> None:
        self.views = {view.number: view for view in views}
        self.approvals: list[Approval] = []
        self.differences: Sequence[Difference] = (
            Difference(
                happened=Happened.REMOVED,
                count=120,
                examples=(Example(operator_id="XB0000001", before="示例公司"),),
            ),
        )

    def grow(self, number: int) -> None:
        """Let another DELTA join a hold."""
        view = self.views[number]
        self.views[number] = replace(
            view, sequences=(*view.sequences, view.sequences[-1] + 1), list_digest="d9" * 32
        )

    def holds(self, *, open_only: bool = True) -> list[HoldView]:
        return [
            view for view in self.views.values() if view.state is HoldState.HELD or not open_only
        ]

    def show(self, number: int, *, examples: int) -> HoldDetail:
        shown = tuple(replace(each, examples=each.examples[:examples]) for each in self.differences)
        return HoldDetail(view=self._view(number), differences=shown)

    def release(self, number: int, approval: Approval) -> HoldOutcome:
        view = self._end(number, approval, HoldState.RELEASED)
        return _outcome(view, approval, accepted=8, told=Outcome.APPLIED)

    def reject(self, number: int, approval: Approval) -> HoldOutcome:
        view = self._end(number, approval, HoldState.REJECTED)
        done = _outcome(view, approval, accepted=6, told=Outcome.REJECTED)
        return replace(done, counts={}, restrictions=view.restrictions, needs_full=True)

    def rollback(self, number: int, approval: Approval) -> HoldOutcome:
        view = self._end(number, approval, HoldState.ROLLED_BACK)
        return _outcome(view, approval, accepted=6, told=Outcome.REJECTED)

    def lift_restrictions(self, number: int, approval: Approval) -> HoldOutcome:
        view = self._end(number, approval, self._view(number).state)
        self.views[number] = replace(view, restrictions=0)
        return replace(_outcome(view, approval, accepted=6, told=Outcome.HELD), told=None)

    def _view(self, number: int) -> HoldView:
        if number not in self.views:
            raise NotFoundError(f"no hold {number}")
        return self.views[number]

    def _end(self, number: int, approval: Approval, state: HoldState) -> HoldView:
        view = self._view(number)
        if approval.subject.list_digest != view.list_digest:
            raise ConflictError(f"hold {number} has moved")
        self.approvals.append(approval)
        self.views[number] = replace(view, state=state)
        return self.views[number]


def _outcome(view: HoldView, approval: Approval, *, accepted: int, told: Outcome) -> HoldOutcome:
    return HoldOutcome(
        number=view.number,
        stream=view.stream,
        state=view.state,
        by=approval.by,
        accepted_sequence=accepted,
        counts=view.counts,
        told=told,
        told_sequence=view.sequences[-1],
    )
