"""ACC-5 to ACC-9, ACC-12 and ACC-13 a second time, over plain sets.

A state is a mapping of operator ids to statuses. Every list that comes here is sound: its root is
the one of its operators, and a DELTA fits the list that it names as its base.
"""

from datetime import datetime, timedelta

from msgspec import Struct, field

from gateway.domain.acknowledgements import Outcome
from gateway.domain.agreements import Review
from gateway.domain.lists import ListKind

DAY = timedelta(hours=24)
State = dict[str, str]


class Sent(Struct, frozen=True):
    """One list, as its issuer means it."""

    sequence: int
    digest: str
    previous: str | None
    kind: ListKind
    issued_at: datetime
    state: State


class Waiting(Struct):
    """A hold: lists that wait for officers."""

    lists: list[Sent]


class Answer(Struct):
    """The newest answer to a list."""

    outcome: Outcome
    why: str
    revision: int = 1


class HoldRules(Struct):
    """What home knows of a stream."""

    review: Review
    accepted: Sent | None = None
    hold: Waiting | None = None
    stop: Waiting | None = None
    reopened: bool = False
    contradicted: bool = False
    """Lists contradicted each other while the hold was open."""
    released: tuple[Waiting, Sent | None] | None = None
    """The hold whose release is in force, with what was accepted before it."""
    restricted: set[str] = field(default_factory=set)
    spent: int = 0
    floor: int = 0
    rejected: list[Sent] = field(default_factory=list)
    seen: dict[int, list[Sent]] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    states: list[tuple[datetime, State]] = field(default_factory=list)
    """What came into force, and when."""

    def take(self, sent: Sent, now: datetime) -> Outcome | None:
        """Take a list in; none if it is a repeat, which changes nothing."""
        before = self.answers.get(sent.digest)
        # ACC-5
        if before is not None and before.outcome is not Outcome.REFUSED:
            return None
        outcome, why = self._judge(sent, now)
        if before is not None and (before.outcome, before.why) == (outcome, why):
            return None
        self._write(sent, outcome, why, now)
        others = self.seen.setdefault(sent.sequence, [])
        if before is None:
            others.append(sent)
        revision = 1 if before is None else before.revision + 1
        self.answers[sent.digest] = Answer(outcome, why, revision)
        return outcome

    def release(self, now: datetime) -> None:
        assert self.hold is not None
        self._tell(self.hold, Outcome.APPLIED)
        self.released = (self.hold, self.accepted)
        newest, self.hold = self.hold.lists[-1], None
        self._accept(newest, now)

    def reject(self) -> None:
        assert self.hold is not None
        self._tell(self.hold, Outcome.REJECTED)
        self.rejected += self.hold.lists
        self.hold = None

    def open_again(self) -> None:
        assert self.stop is not None
        self._tell(self.stop, Outcome.REJECTED)
        self.stop, self.reopened = None, True

    def roll_back(self, now: datetime) -> None:
        assert self.released is not None
        (hold, before), self.released = self.released, None
        assert before is not None
        self._tell(hold, Outcome.REJECTED)
        self.rejected += hold.lists
        self.accepted = before
        self.states.append((now, before.state))

    def _judge(self, sent: Sent, now: datetime) -> tuple[Outcome, str]:  # noqa: PLR0911 - the rules, in their order
        accepted = self.accepted.sequence if self.accepted else 0
        # ACC-6
        if self._contradicts(sent):
            return Outcome.HELD, "contradiction"
        if self.stop is not None:
            return Outcome.HELD, "stopped"
        # ACC-7
        if sent.sequence not in self.seen and sent.sequence < max(accepted, self.floor):
            return Outcome.REFUSED, "rollback"
        # ACC-8, ACC-13
        if sent.sequence <= max(accepted, self.spent):
            return Outcome.REFUSED, "overtaken"
        if sent.kind is ListKind.DELTA and self.reopened:
            return Outcome.REFUSED, "reopened"
        if sent.kind is ListKind.DELTA and not (self._joins(sent) or follows(sent, self.accepted)):
            return Outcome.REFUSED, "gap"
        # ACC-9
        if self.accepted is not None and sent.issued_at < self.accepted.issued_at:
            return Outcome.REFUSED, "older"
        if self._waits(sent, now):
            return Outcome.HELD, "review"
        return Outcome.APPLIED, ""

    def _contradicts(self, sent: Sent) -> bool:
        known = {}
        for sequence in (sent.sequence - 1, sent.sequence):
            lists = self.seen.get(sequence, [])
            if lists:
                known[sequence] = lists[0].digest
            for one in lists:
                wanted = sequence == sent.sequence and one.digest == sent.digest
                applied = self.answers[one.digest].outcome is Outcome.APPLIED
                if wanted or (sequence < sent.sequence and applied):
                    known[sequence] = one.digest
        if self.accepted is not None:
            known[self.accepted.sequence] = self.accepted.digest
        return (
            known.get(sent.sequence, sent.digest) != sent.digest
            or known.get(sent.sequence - 1, sent.previous) != sent.previous
        )

    def _joins(self, sent: Sent) -> bool:
        is_delta = sent.kind is ListKind.DELTA
        return is_delta and self.hold is not None and follows(sent, self.hold.lists[-1])

    def _waits(self, sent: Sent, now: datetime) -> bool:
        if self._joins(sent):
            return True
        if self.accepted is None:
            return False
        # ACC-13
        since = self.accepted.sequence
        if any(one.state == sent.state and one.sequence > since for one in self.rejected):
            return True
        # ACC-12
        if any(
            self._is_mass(before, sent.state) for before in (self.accepted.state, self._then(now))
        ):
            return True
        # SEQ-3
        return sent.sequence - self.accepted.sequence > 1000

    def _then(self, now: datetime) -> State:
        older = [state for at, state in self.states if at <= now - DAY]
        return older[-1] if older else self.states[0][1]

    def _is_mass(self, before: State, after: State) -> bool:
        if before and not after:
            return True
        gone = sum(
            status == "ACTIVE" and after.get(one) != "ACTIVE" for one, status in before.items()
        )
        most = max(self.review.mass_change_floor - 1, self.review.mass_change_share * len(before))
        return max(gone, len(after.keys() - before.keys())) > most

    def _write(self, sent: Sent, outcome: Outcome, why: str, now: datetime) -> None:
        if outcome is Outcome.HELD:
            self.spent = max(self.spent, sent.sequence)
        if outcome is Outcome.APPLIED:
            self._supersede()
            self.released = None
            self._accept(sent, now)
        elif why == "review":
            base = self.hold.lists[-1] if self.hold and self._joins(sent) else self.accepted
            assert base is not None
            self.restricted |= {
                one
                for one, status in sent.state.items()
                if status in {"SUSPENDED", "REVOKED"} and base.state.get(one, status) != status
            }
            if self.hold is not None and self._joins(sent):
                self.hold.lists.append(sent)
            else:
                self._supersede()
                self.hold, self.contradicted = Waiting([sent]), False
        elif outcome is Outcome.HELD:
            if self.stop is None:
                self.stop, self.contradicted = Waiting([]), True
            self.stop.lists.append(sent)

    def _accept(self, sent: Sent, now: datetime) -> None:
        self.accepted, self.reopened = sent, False
        self.restricted = set()
        self.states.append((now, sent.state))

    def _supersede(self) -> None:
        if self.hold is not None:
            self._tell(self.hold, Outcome.SUPERSEDED)
            self.hold = None

    def _tell(self, hold: Waiting, outcome: Outcome) -> None:
        for one in hold.lists:
            answer = self.answers[one.digest]
            answer.outcome = outcome
            answer.revision += 1


def follows(sent: Sent, base: Sent | None) -> bool:
    """Tell whether a DELTA stands on this list."""
    return base is not None and base.sequence == sent.sequence - 1 and base.digest == sent.previous
