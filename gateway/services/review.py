"""Held lists: what they are in business words, and carrying out what officers decided (ACC-13)."""

from collections import Counter
from collections.abc import Callable, Mapping

from gateway.domain.acknowledgements import Outcome
from gateway.domain.agreements import Review
from gateway.domain.approvals import Approval
from gateway.domain.business_difference import Happened, differences, happened
from gateway.domain.decisions import ReasonCode
from gateway.domain.errors import NotFoundError
from gateway.domain.holds import HoldDetail, HoldKind, HoldOutcome, HoldState, HoldView
from gateway.domain.lists import Stream
from gateway.domain.profiles import PartnerProfile
from gateway.ports.held_lists import HeldLists, HoldRecord, Settled, Verdict
from gateway.ports.profiles import Profiles
from gateway.services.judging import Bench

_STATES: Mapping[Outcome | None, HoldState] = {
    None: HoldState.HELD,
    Outcome.APPLIED: HoldState.RELEASED,
    Outcome.REJECTED: HoldState.REJECTED,
    Outcome.SUPERSEDED: HoldState.SUPERSEDED,
}
_KINDS: Mapping[str, HoldKind] = {
    ReasonCode.SEQUENCE_JUMP: HoldKind.SEQUENCE_JUMP,
    ReasonCode.REJECTED_BEFORE: HoldKind.REJECTED_ROOT,
}


class HoldReview:
    """`ports.holds.Holds` over the registry; answers to partners are signed here."""

    def __init__(self, *, held_lists: HeldLists, profiles: Profiles, bench: Bench) -> None:
        self._held_lists = held_lists
        self._profiles = profiles
        self._bench = bench

    def holds(self, *, open_only: bool = True) -> list[HoldView]:
        """Return holds, oldest first.

        Raises:
            DatabaseUnavailableError: The database does not answer.
        """
        return [self._view(record) for record in self._held_lists.holds(open_only=open_only)]

    def show(self, number: int, *, examples: int) -> HoldDetail:
        """Return one hold with the difference that its release makes, open or not.

        Raises:
            NotFoundError: No such hold.
        """
        found = differences(self._held_lists.differences(number), examples=examples)
        return HoldDetail(view=self._view(self._find(number)), differences=found)

    def release(self, number: int, approval: Approval) -> HoldOutcome:
        """Apply the newest held state.

        Raises:
            NotFoundError: No such hold.
            InvalidRequestError: It has ended, or two lists contradict each other.
            ConflictError: Another list joined it meanwhile; nothing was written.
        """
        counts = self._counts(number)
        record, settled = self._settle(number, approval, self._held_lists.release)
        return _outcome(
            record, settled, approval, HoldState.RELEASED, told=Outcome.APPLIED, counts=counts
        )

    def reject(self, number: int, approval: Approval) -> HoldOutcome:
        """Spend the held sequences; the accepted state stays.

        Raises:
            NotFoundError: No such hold.
            InvalidRequestError: It has ended.
            ConflictError: Another list joined it meanwhile; nothing was written.
        """
        record, settled = self._settle(number, approval, self._held_lists.reject)
        return _outcome(record, settled, approval, HoldState.REJECTED, told=Outcome.REJECTED)

    def rollback(self, number: int, approval: Approval) -> HoldOutcome:
        """Put the state before a release in force again.

        Raises:
            NotFoundError: No such hold.
            InvalidRequestError: It was not released.
            ConflictError: Another list was applied since; nothing was written.
        """
        backwards = Counter[Happened]()
        for before, after in self._held_lists.differences(number):
            backwards.update(happened(after, before))
        record, settled = self._settle(number, approval, self._held_lists.roll_back)
        return _outcome(
            record,
            settled,
            approval,
            HoldState.ROLLED_BACK,
            told=Outcome.REJECTED,
            counts=backwards,
        )

    def lift_restrictions(self, number: int, approval: Approval) -> HoldOutcome:
        """End the restrictions that held lists put over the accepted one.

        Raises:
            NotFoundError: No such hold.
            ConflictError: Another list joined it meanwhile; nothing was written.
        """
        record, settled = self._settle(number, approval, self._held_lists.lift_restrictions)
        return _outcome(record, settled, approval, _state(record), told=None)

    def _settle(
        self, number: int, approval: Approval, act: Callable[[Verdict], Settled]
    ) -> tuple[HoldRecord, Settled]:
        record = self._find(number)
        profile = self._profile(record.stream)
        if profile is None:
            raise NotFoundError(f"no profile of {record.stream.agreement} to answer under")
        settled = act(
            Verdict(
                number=number,
                newest_digest=approval.subject.list_digest,
                actor=approval.actor,
                facts=approval.facts,
                now=approval.at,
                revise=self._bench.revising(profile, now=approval.at),
            )
        )
        return record, settled

    def _find(self, number: int) -> HoldRecord:
        for record in self._held_lists.holds(open_only=False):
            if record.number == number:
                return record
        raise NotFoundError(f"no hold {number}", context={"hold": str(number)})

    def _view(self, record: HoldRecord) -> HoldView:
        newest = record.lists[-1]
        profile = self._profile(record.stream)
        return HoldView(
            number=record.number,
            stream=record.stream,
            partner=record.stream.issuer,
            sequences=tuple(entry.header.sequence for entry in record.lists),
            list_digest=newest.list_digest,
            since=record.held_at,
            kind=_kind(record),
            reasons=record.lists[0].reasons,
            state=_state(record),
            counts=self._counts(record.number),
            restrictions=record.restrictions,
            # Without a profile nobody said that one is enough.
            review=Review() if profile is None else profile.agreement.review,
        )

    def _counts(self, number: int) -> Mapping[Happened, int]:
        counts = Counter[Happened]()
        for before, after in self._held_lists.differences(number):
            counts.update(happened(before, after))
        return {each: counts[each] for each in Happened if counts[each]}

    def _profile(self, stream: Stream) -> PartnerProfile | None:
        stored = self._profiles.find(stream.issuer)
        return None if stored is None else stored.profile


def _state(record: HoldRecord) -> HoldState:
    if record.rolled_back_at is not None:
        return HoldState.ROLLED_BACK
    return _STATES[record.ending]


def _kind(record: HoldRecord) -> HoldKind:
    if record.stops_stream:
        return HoldKind.EQUIVOCATION
    codes = (reason.code for reason in record.lists[0].reasons)
    return next((_KINDS[code] for code in codes if code in _KINDS), HoldKind.MASS_CHANGE)


def _outcome(
    record: HoldRecord,
    settled: Settled,
    approval: Approval,
    state: HoldState,
    *,
    told: Outcome | None,
    counts: Mapping[Happened, int] | None = None,
) -> HoldOutcome:
    return HoldOutcome(
        number=record.number,
        stream=record.stream,
        state=state,
        by=approval.by,
        accepted_sequence=None if settled.head is None else settled.head.header.sequence,
        counts=counts or {},
        restrictions=settled.restrictions,
        told=told,
        told_sequence=None if told is None else record.lists[-1].header.sequence,
        needs_full=told is Outcome.REJECTED,
    )
