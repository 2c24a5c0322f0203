"""Random histories of lists that an officer has to see: mass changes, jumps, contradictions.

The rules are written a second time in `hold_rules`, over sets, and held against the real receiver,
registry, held lists and lookups after every step.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.domain.acknowledgements import Acknowledgement, Outcome
from gateway.domain.agreements import Review
from gateway.domain.answers import Question, Verdict
from gateway.domain.approvals import Act, Approval, HoldSubject
from gateway.domain.canonical import list_digest, read_canonical
from gateway.domain.documents import Unverified
from gateway.domain.errors import ConflictError, InvalidRequestError
from gateway.domain.holds import HoldState, HoldView
from gateway.domain.lists import Action, Change, ListHeader, ListKind, StatusList
from gateway.domain.operators import StatusCode
from gateway.domain.profiles import FeedKind
from gateway.domain.state import state_root
from gateway.exchange.kinds import make_feeds
from gateway.services.lookup import LookupDesk
from gateway.store.json_text import from_json
from gateway.store.schema import acknowledgements
from tests.fakes.clock import Clock
from tests.fakes.hold_rules import HoldRules, Sent, State
from tests.fakes.home import OFFICER, make_agreement
from tests.fakes.mutations import fuzzed
from tests.fakes.partner_simulator import PERIOD, Keys, make_operator
from tests.fakes.two_gateways import FreshUrls, Gateway, profile_for

REVIEW = Review(four_eyes=False, mass_change_share=0.25, mass_change_floor=3)
TWIN = "xb000000"
"""Another form of the first id: while both are listed nobody can tell which is meant (ACC-10)."""
IDS = (*(f"XB{number:06}" for number in range(13)), TWIN)
BEGINNING = dict.fromkeys(IDS[:10], "ACTIVE")
SINCE = Clock().now

SOME = st.sets(st.sampled_from(IDS), max_size=2)
MANY = st.sets(st.sampled_from(IDS), min_size=3)
CHANGES = st.tuples(
    st.sampled_from([*StatusCode, "ACTIVE", "REMOVED", "REMOVED"]).map(str), SOME | SOME | MANY
)
"""What some operators are from now on."""
EMPTIED = st.just(("REMOVED", frozenset(IDS)))
STEPS = st.one_of(
    st.tuples(
        st.just("delta"), st.tuples(st.sampled_from(["newest", "accepted", "held"]), CHANGES)
    ),
    st.tuples(st.just("delta"), st.tuples(st.just("newest"), CHANGES)),
    st.tuples(
        st.just("full"),
        st.tuples(st.sampled_from([1, 1, 1, 2, 1001]), CHANGES | CHANGES | EMPTIED),
    ),
    st.tuples(st.just("rejected"), st.integers(0)),
    st.tuples(st.just("contradiction"), st.tuples(st.integers(0), CHANGES)),
    st.tuples(st.just("again"), st.integers(0)),
    st.tuples(st.just("wait"), st.integers(1, 30)),
    st.tuples(st.just("floor"), st.integers(1, 8)),
    st.tuples(st.just("act"), st.sampled_from(list(Act)[:4])),
    st.tuples(st.just("act"), st.sampled_from(list(Act)[:4])),
    st.tuples(st.just("restart"), st.none()),
)


class Issuer:
    """Signs whatever list it is told to, and remembers it."""

    def __init__(self, keys: Keys) -> None:
        self._sealer = make_feeds(keys.lists, keys.acknowledgements)[FeedKind.GRPC].sealer
        self.sent: list[tuple[Sent, Unverified]] = []

    def sign(
        self,
        kind: ListKind,
        sequence: int,
        previous: str | None,
        state: State,
        *,
        base: State,
        at: datetime,
    ) -> int:
        """Sign a list with this state, and return its place among those that were signed."""
        listed = {one: make_operator(one, on=SINCE, code=StatusCode(state[one])) for one in state}
        header = ListHeader(
            version=1,
            list_id=f"{len(self.sent)}",
            kind=kind,
            issuer="XB",
            recipient="XA",
            agreement="XA-XB",
            test=False,
            epoch=1,
            sequence=sequence,
            previous_digest=previous,
            issued_at=at,
            next_update_at=at + PERIOD,
            state_root=state_root(listed.values()),
            quantity=len(listed),
        )
        if kind is ListKind.FULL:
            made = StatusList(header, [listed[one] for one in sorted(listed)])
        else:
            made = StatusList(
                header,
                changes=[
                    Change(_action(one, base, state), one, listed.get(one))
                    for one in sorted(base.keys() | state.keys())
                    if base.get(one) != state.get(one)
                ],
            )
        sealed = self._sealer.seal_list(made)
        sent = Sent(sequence, list_digest(header), previous, kind, at, state)
        self.sent.append((sent, Unverified(document=sealed.document, chunks=sealed.chunks)))
        return len(self.sent) - 1


def _action(one: str, before: State, after: State) -> Action:
    if one not in after:
        return Action.REMOVE
    return Action.CHANGE if one in before else Action.ADD


def changed(state: State, change: tuple[str, set[str]]) -> State:
    status, ids = change
    kept = {one: was for one, was in state.items() if one not in ids}
    return kept if status == "REMOVED" else kept | dict.fromkeys(ids, status)


class History:
    """A recipient, the rules it is held to, and an issuer that does as the test says."""

    def __init__(self, home: Gateway, issuer: Issuer) -> None:
        self.home, self.issuer, self.clock = home, issuer, home.clock
        self.rules = HoldRules(review=REVIEW)
        self.stream = home.profile.receives
        self.newest = self.issue(ListKind.FULL, 1, None, BEGINNING, base={})

    def step(self, what: str, value: object) -> None:
        getattr(self, f"_{what}")(value)
        self.check()
        self.clock.advance(timedelta(seconds=1))

    def issue(
        self, kind: ListKind, sequence: int, previous: str | None, state: State, *, base: State
    ) -> Sent:
        at = self.clock.now
        place = self.issuer.sign(kind, sequence, previous, state, base=base, at=at)
        self.deliver(place)
        return self.issuer.sent[place][0]

    def deliver(self, place: int) -> None:
        sent, document = self.issuer.sent[place]
        now = self.clock.now
        self.home.receiver.receive(self.home.profile, document, actor=OFFICER, now=now)
        outcome = self.rules.take(sent, now)
        event(f"{outcome or 'repeat'} {self.rules.answers[sent.digest].why}")

    def check(self) -> None:
        """Hold operators, answers, restrictions and lookups against the rules."""
        rules, registry = self.rules, self.home.store.registry
        assert rules.accepted is not None
        head = registry.find_head(self.stream)
        assert head is not None
        assert head.list_digest == rules.accepted.digest
        held = {
            each.operator_id: read_canonical(each.canonical).authorisations[0].status.code
            for each in registry.operators(self.stream)
        }
        assert held == rules.accepted.state
        assert set(registry.restricted(self.stream)) == rules.restricted
        assert self.answers() == {
            digest: (answer.outcome, answer.revision) for digest, answer in rules.answers.items()
        }
        open_holds = self.home.review.holds()
        waiting = [hold for hold in (rules.hold, rules.stop) if hold is not None]
        assert sorted(view.sequences for view in open_holds) == sorted(
            tuple(sorted(one.sequence for one in hold.lists)) for hold in waiting
        )
        self.check_lookups(held)

    def check_lookups(self, held: dict[str, StatusCode]) -> None:
        store, now = self.home.store, self.clock.now
        desk = LookupDesk(store.registry, store.history, store.profiles, {})
        desk.refresh()
        assert self.rules.accepted is not None
        # ACC-9, ACC-12: what is held renews no freshness
        is_fresh = now < self.rules.accepted.issued_at + 2 * PERIOD
        for one in IDS:
            meant = one.upper()
            may = held.get(meant) is StatusCode.ACTIVE and meant not in self.rules.restricted
            is_clear = meant != TWIN.upper() or TWIN not in held
            answer = desk.answer(Question(code=one), now=now)
            assert (answer.verdict is Verdict.GRANT) is (may and is_clear and is_fresh)

    def answers(self) -> dict[str, tuple[Outcome, int]]:
        """Return outcome and revision of the newest answer to each list."""
        with self.home.store._database.read() as connection:
            bodies = connection.execute(
                select(acknowledgements.c.body).order_by(acknowledgements.c.id)
            ).scalars()
            told = [from_json(body, Acknowledgement) for body in bodies]
        return {one.list_digest: (one.outcome, one.revision) for one in told}

    def _delta(self, value: tuple[str, tuple[str, set[str]]]) -> None:
        name, change = value
        held = self.rules.hold.lists[-1] if self.rules.hold else None
        bases = {"newest": self.newest, "accepted": self.rules.accepted, "held": held}
        base = bases[name] or self.newest
        sent = self.issue(
            ListKind.DELTA,
            base.sequence + 1,
            base.digest,
            changed(base.state, change),
            base=base.state,
        )
        if base is self.newest:
            self.newest = sent

    def _full(self, value: tuple[int, tuple[str, set[str]]]) -> None:
        gap, change = value
        self._issue_full(gap, changed(self.newest.state, change))

    def _rejected(self, number: int) -> None:
        rejected = self.rules.rejected
        if rejected:
            self._issue_full(1, rejected[number % len(rejected)].state)

    def _issue_full(self, gap: int, state: State) -> None:
        before = self.newest
        previous = before.digest if gap == 1 else sha256(before.digest.encode()).hexdigest()
        self.newest = self.issue(ListKind.FULL, before.sequence + gap, previous, state, base={})

    def _contradiction(self, value: tuple[int, tuple[str, set[str]]]) -> None:
        number, change = value
        other, _ = self.issuer.sent[number % len(self.issuer.sent)]
        state = changed(other.state, change)
        self.issue(ListKind.FULL, other.sequence, other.previous, state, base={})

    def _again(self, number: int) -> None:
        self.deliver(number % len(self.issuer.sent))

    def _wait(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours))

    def _restart(self, _: None) -> None:
        self.home.restart()

    def _floor(self, sequence: int) -> None:
        self.home.store.registry.raise_floor(self.stream, sequence, OFFICER, self.clock.now)
        self.rules.floor = max(self.rules.floor, sequence)

    def _act(self, act: Act) -> None:
        """Do it to the newest hold, where the rules allow it; it fails where they do not."""
        views = self.home.review.holds(open_only=False)
        if not views:
            return
        view = views[-1]
        doing = self._allowed(act, view)
        real = {
            Act.RELEASE: self.home.review.release,
            Act.REJECT: self.home.review.reject,
            Act.ROLL_BACK: self.home.review.rollback,
            Act.LIFT: self.home.review.lift_restrictions,
        }[act]
        if doing is None:
            with pytest.raises((InvalidRequestError, ConflictError)):
                real(view.number, self._approval(act, view))
            return
        event(f"{act} of {view.kind}")
        real(view.number, self._approval(act, view))
        doing()

    def _allowed(self, act: Act, view: HoldView) -> Callable[[], object] | None:
        rules, now = self.rules, self.clock.now
        is_open = view.state is HoldState.HELD
        is_stop = is_open and rules.stop is not None and view.kind == "equivocation"
        if act is Act.LIFT:
            return rules.restricted.clear
        if act is Act.ROLL_BACK:
            is_released = view.state is HoldState.RELEASED and rules.released is not None
            return (lambda: rules.roll_back(now)) if is_released else None
        if not is_open:
            return None
        if act is Act.REJECT:
            return rules.open_again if is_stop else rules.reject
        # ACC-6: only a later FULL goes on
        return None if is_stop or rules.contradicted else lambda: rules.release(now)

    def _approval(self, act: Act, view: HoldView) -> Approval:
        return Approval(
            action=act,
            subject=HoldSubject(
                stream=str(view.stream), hold=view.number, list_digest=view.list_digest
            ),
            reason="asked by telephone",
            by=(OFFICER,),
            at=self.clock.now,
        )


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Keys, Keys]:
    folder, now = tmp_path_factory.mktemp("keys"), Clock().now
    return Keys(folder / "XB", "XB", now), Keys(folder / "XA", "XA", now)


@fuzzed(12, deep=40, deadline=None)
@given(steps=st.lists(STEPS, min_size=6, max_size=25))
def test_acc_6_acc_12_acc_13_what_is_held_and_decided_follows_the_rules(
    fresh_urls: FreshUrls, keys: tuple[Keys, Keys], steps: list[tuple[str, object]]
) -> None:
    issuing, receiving = keys
    profile = profile_for(FeedKind.GRPC, issuing, agreement=make_agreement(review=REVIEW))
    home = Gateway(fresh_urls()[0], receiving, profile, Clock())
    try:
        history = History(home, Issuer(issuing))
        for what, value in steps:
            history.step(what, value)
    finally:
        home.close()
