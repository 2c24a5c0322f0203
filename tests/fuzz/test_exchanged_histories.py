"""Random histories of two gateways with a bad line between them: at the end, one root (issue 4).

XB's programme changes, XB issues, pushes and is asked; lists are lost, repeated, reordered, sealed
anew; both sides are restarted; XA's officers decide what is held. When the line has healed, what
XA has accepted is what the second opinion makes of XB's programme.
"""

from datetime import timedelta

import pytest
from hypothesis import currently_in_test_context, event, given
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.domain.acknowledgements import Acknowledgement, Outcome
from gateway.domain.approvals import Act, Approval, HoldSubject
from gateway.domain.decisions import AcceptedHead
from gateway.domain.errors import TransportError
from gateway.domain.profiles import FeedKind
from gateway.domain.publishing import Wish
from gateway.domain.standing import Roots
from gateway.ports.home_programme import Revise
from gateway.store.json_text import from_json
from gateway.store.schema import acknowledgements
from tests.fakes.clock import Clock
from tests.fakes.home import OFFICER
from tests.fakes.home_histories import IMPORTS, ODD_IDS, REPORTS, Shape, made, seen_root
from tests.fakes.mutations import fuzzed
from tests.fakes.partner_simulator import Keys
from tests.fakes.stored_states import check_stored_state
from tests.fakes.two_gateways import OF_CALLS, Fault, FreshUrls, Pair, Weather

HEALED = 8
"""Rounds in which two gateways with a good line come together, at most."""
WEATHER = st.tuples(
    st.lists(st.sampled_from([*[Fault.NONE] * 6, *OF_CALLS]), max_size=4),
    st.lists(st.sampled_from([Fault.NONE, Fault.SKIPPED, *Fault]), max_size=4),
)
REPORTED = st.lists(st.lists(REPORTS, min_size=1, max_size=4), min_size=1, max_size=4)
"""What the programme's system reports: each of these makes a list."""
STEPS = st.one_of(
    st.tuples(st.just("report"), REPORTED),
    st.tuples(st.just("report"), REPORTED),
    st.tuples(st.just("import"), IMPORTS),
    st.tuples(st.just("publish"), st.sampled_from([Wish.NOTHING, Wish.NOTHING, *Wish])),
    st.tuples(st.just("sync"), WEATHER),
    st.tuples(st.just("sync"), WEATHER),
    st.tuples(st.just("push"), WEATHER),
    st.tuples(st.just("late"), st.tuples(st.integers(0), st.booleans())),
    st.tuples(st.just("restart"), st.sampled_from(["publisher", "recipient"])),
    st.tuples(st.just("wait"), st.integers(1, 30)),
    st.tuples(st.just("officer"), st.sampled_from([Act.RELEASE, Act.REJECT])),
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Keys, Keys]:
    folder, now = tmp_path_factory.mktemp("keys"), Clock().now
    return Keys(folder / "XB", "XB", now), Keys(folder / "XA", "XA", now)


def tell(what: str) -> None:
    """Count what random histories meet; a history that is written down is not counted."""
    if currently_in_test_context():
        event(what)


class History:
    """A pair of gateways, what XB's programme is, and what was seen at XA so far."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.programme: dict[str, Shape] = {}
        self.head: AcceptedHead | None = None
        self.answered = 0
        self.newest: dict[str, Acknowledgement] = {}

    def step(self, what: str, value: object) -> None:
        tell(what)
        getattr(self, f"_{what}")(value)
        self.pair.clock.advance(timedelta(seconds=1))
        self.check()

    def heal(self) -> None:
        """Let both go on with a good line until XA has what XB has."""
        # ACC-10: as long as all of these are listed, XA refuses each list
        if self.programme.keys() >= {*ODD_IDS}:
            self.step("report", [[(ODD_IDS[0], None)]])
        wanted = seen_root(self.programme)
        for _ in range(HEALED):
            self.step("wait", 2)
            self.step("publish", Wish.NOTHING)
            self.step("sync", ([], []))
            self.step("officer", Act.RELEASE)
            self.step("sync", ([], []))
            if self.head is not None and self.head.header.state_root == wanted:
                break
        assert self.head is not None
        assert self.head.header.state_root == wanted
        self.check_publisher(wanted)

    def check(self) -> None:
        """Hold what must be true after every step."""
        recipient, stream = self.pair.recipient, self.pair.stream
        head, before = recipient.store.registry.find_head(stream), self.head
        known = self.answered
        applied = self._check_answers()
        if head != before:
            # ACC-7: whatever was delivered, never a lower list than before
            assert head is not None
            assert before is None or before.header.sequence < head.header.sequence
            # ACC-9, ACC-12: only what was applied renews freshness
            assert head.list_digest in applied
        self.head = head
        if head is not None and self.answered != known:
            check_stored_state(recipient.store, stream, head)

    def _check_answers(self) -> set[str]:
        """Return the lists that were answered APPLIED since the last step."""
        applied = set()
        with self.pair.recipient.store._database.read() as connection:
            told = connection.execute(
                select(acknowledgements.c.id, acknowledgements.c.body)
                .where(acknowledgements.c.id > self.answered)
                .order_by(acknowledgements.c.id)
            ).all()
        for number, body in told:
            answer = from_json(body, Acknowledgement)
            before = self.newest.get(answer.list_digest)
            # EXC-4: one revision after another, and none that says the same again
            assert answer.revision == (1 if before is None else before.revision + 1)
            assert before is None or (before.outcome, before.reasons) != (
                answer.outcome,
                answer.reasons,
            )
            assert before is None or before.outcome in {Outcome.REFUSED, Outcome.HELD}
            self.newest[answer.list_digest] = answer
            self.answered = number
            if answer.outcome is Outcome.APPLIED:
                applied.add(answer.list_digest)
            tell(f"answered {answer.outcome} {answer.reasons[0].code if answer.reasons else ''}")
        return applied

    def check_publisher(self, root: str) -> None:
        publisher = self.pair.publisher
        sends = publisher.profile.sends
        # PUB-3: what was issued last says all
        newest = publisher.store.publications.newest(sends)
        assert newest is not None
        assert newest.state_root == root
        # EXC-4: the publisher knows what was applied
        standing = publisher.store.outbox.standing(sends)
        assert standing.roots is Roots.EQUAL
        assert standing.answer is not None
        assert standing.answer.applied_root == root

    def _report(self, lists: list[list[tuple[str, Shape | None]]]) -> None:
        programme = self.pair.publisher.store.home_programme
        for reports in lists:
            for one, shape in reports:
                self.programme.pop(one, None)
                if shape is not None:
                    self.programme[one] = shape
                programme.report(one, _becoming(one, shape), OFFICER, facts={})
            self._publish(Wish.NOTHING)
            self.pair.clock.advance(timedelta(seconds=1))

    def _import(self, programme: dict[str, Shape]) -> None:
        self.programme = dict(programme)
        operators = [made(one, shape) for one, shape in programme.items()]
        self.pair.publisher.store.home_programme.replace(operators, OFFICER)

    def _publish(self, wish: Wish) -> None:
        publisher = self.pair.publisher
        publisher.publisher.publish(
            publisher.profile, actor=OFFICER, now=self.pair.clock.now, wish=wish
        )

    def _sync(self, weather: tuple[list[Fault], list[Fault]]) -> None:
        self.pair.line.weather = Weather(list(weather[0]), list(weather[1]))
        recipient = self.pair.recipient
        try:
            recipient.sync.run(recipient.profile, now=self.pair.clock.now)
        except TransportError:
            tell("a sync broke off")

    def _push(self, weather: tuple[list[Fault], list[Fault]]) -> None:
        self.pair.line.weather = Weather(list(weather[0]), list(weather[1]))
        publisher = self.pair.publisher
        try:
            publisher.pusher.run(publisher.profile, now=self.pair.clock.now)
        except TransportError:
            tell("a push broke off")

    def _late(self, value: tuple[int, bool]) -> None:
        number, resealed = value
        moved = self.pair.line.moved
        if moved:
            document = moved[number % len(moved)]
            self.pair.line.bring(self.pair.stream, document, resealed=resealed)

    def _restart(self, which: str) -> None:
        getattr(self.pair, which).restart()
        assert self.pair.recipient.store.registry.find_head(self.pair.stream) == self.head

    def _wait(self, hours: int) -> None:
        self.pair.clock.advance(timedelta(hours=hours))

    def _officer(self, act: Act) -> None:
        review = self.pair.recipient.review
        for view in review.holds():
            approval = Approval(
                action=act,
                subject=HoldSubject(
                    stream=str(view.stream), hold=view.number, list_digest=view.list_digest
                ),
                reason="asked by telephone",
                by=(OFFICER,),
                at=self.pair.clock.now,
            )
            (review.release if act is Act.RELEASE else review.reject)(view.number, approval)
            tell(act)


def _becoming(one: str, shape: Shape | None) -> Revise:
    home = None if shape is None else made(one, shape)
    return lambda _: home


@pytest.mark.parametrize("kind", FeedKind)
@fuzzed(6, deep=42, deadline=None)
@given(steps=st.lists(STEPS, min_size=8, max_size=30))
def test_seq_2_syn_5_two_gateways_come_to_the_root_of_the_independent_computation(
    fresh_urls: FreshUrls,
    keys: tuple[Keys, Keys],
    kind: FeedKind,
    steps: list[tuple[str, object]],
) -> None:
    history = History(Pair(kind, keys, fresh_urls(), Clock()))
    try:
        for what, value in steps:
            history.step(what, value)
        history.heal()
    finally:
        history.pair.close()


def reach_a_rejection(history: History) -> None:
    """Let XA apply list 1, miss list 2, and reject list 4: the FULL that it asks for, of list 3."""
    few, fewer, many = (
        [(f"XB{number:06}", ("ACTIVE", "*", 0)) for number in numbers]
        for numbers in ((1, 2), (3,), range(10, 20))
    )
    history.step("report", [few])
    history.step("sync", ([], []))
    history.step("report", [fewer, many])
    history.step("sync", ([], [Fault.SKIPPED]))
    history.step("officer", Act.REJECT)


@pytest.mark.parametrize("kind", FeedKind)
def test_acc_13_a_list_that_comes_late_does_not_hide_what_was_rejected(
    fresh_urls: FreshUrls, keys: tuple[Keys, Keys], kind: FeedKind
) -> None:
    history = History(Pair(kind, keys, fresh_urls(), Clock()))
    try:
        reach_a_rejection(history)
        # Now the second list comes, and is what was answered last.
        history.step("late", (1, False))
        history.heal()
    finally:
        history.pair.close()


@pytest.mark.parametrize("kind", FeedKind)
def test_acc_10_what_was_refused_for_its_operators_comes_in_when_one_of_them_is_gone(
    fresh_urls: FreshUrls, keys: tuple[Keys, Keys], kind: FeedKind
) -> None:
    history = History(Pair(kind, keys, fresh_urls(), Clock()))
    try:
        history.step("import", dict.fromkeys([*ODD_IDS, "XB000003"], ("ACTIVE", "*", 0)))
        history.step("publish", Wish.NOTHING)
        history.step("sync", ([], []))
        history.heal()
    finally:
        history.pair.close()


@pytest.mark.parametrize("kind", FeedKind)
def test_syn_5_a_full_behind_a_delta_that_was_refused_heals_a_stream_that_waits(
    fresh_urls: FreshUrls, keys: tuple[Keys, Keys], kind: FeedKind
) -> None:
    history = History(Pair(kind, keys, fresh_urls(), Clock()))
    try:
        reach_a_rejection(history)
        # Issued before XB knows: a DELTA on what was rejected.
        history.step("report", [[("XB000004", ("ACTIVE", "*", 0))]])
        # Another FULL is not due yet (SEQ-1): the rejected one comes again, and the stream waits.
        history.step("sync", ([], []))
        history.heal()
    finally:
        history.pair.close()
