"""Lists delivered in any order, lost, repeated, forged by their own issuer: what `decide` says.

The rules are written here a second time, over documents instead of states, and held against the
real receiver, feed and SQLite registry after every delivery.
"""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from msgspec import Struct, field

from gateway.domain.acknowledgements import Acknowledgement, Outcome
from gateway.domain.canonical import list_digest, list_operator, read_canonical
from gateway.domain.decisions import AcceptedHead
from gateway.domain.documents import Unverified
from gateway.domain.lists import ListHeader
from gateway.domain.profiles import FeedKind, KeyUse
from gateway.domain.state import state_root
from gateway.exchange.kinds import make_feeds
from gateway.ports.registry import Accepted
from gateway.services.judging import Bench
from gateway.services.receiving import Receiver
from gateway.store.engines import Store, open_store
from tests.fakes.home import OFFICER, Home
from tests.fakes.mutations import fuzzed
from tests.fakes.partner_simulator import make_operator

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST = START + 24 * HOUR
"""No key is older than START, and some lists claim to be older than they are."""
LENGTH = 6
"""Of the partner's true history."""


class Sent(Struct, frozen=True):
    """One document that the partner signed."""

    name: str
    header: ListHeader
    document: Unverified
    is_sound: bool = True
    """Its root is the one of its operators."""

    @property
    def digest(self) -> str:
        return list_digest(self.header)


class Rules(Struct):
    """ACC-5 to ACC-11 for FULL lists within their times, as the protocol has them."""

    head: Sent | None = None
    is_held: bool = False
    seen: dict[int, set[str]] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def take(self, sent: Sent) -> Outcome | None:
        """Return what becomes of a list; none for a repeat, which changes nothing."""
        # ACC-5
        if self.outcomes.get(sent.digest, Outcome.REFUSED) is not Outcome.REFUSED:
            return None
        outcome = self._judge(sent)
        self.seen.setdefault(sent.header.sequence, set()).add(sent.digest)
        self.outcomes[sent.digest] = outcome
        self.is_held |= outcome is Outcome.HELD
        if outcome is Outcome.APPLIED:
            self.head = sent
        return outcome

    def _judge(self, sent: Sent) -> Outcome:
        sequence, head = sent.header.sequence, self.head
        before = self.seen.get(sequence - 1, set())
        # ACC-6
        if self.seen.get(sequence, set()) - {sent.digest} or before - {sent.header.previous_digest}:
            return Outcome.HELD
        if self.is_held:
            return Outcome.HELD
        # ACC-7, ACC-8
        if head is not None and sequence <= head.header.sequence:
            return Outcome.REFUSED
        # ACC-9
        if head is not None and sent.header.issued_at < head.header.issued_at:
            return Outcome.REFUSED
        # ACC-11
        return Outcome.APPLIED if sent.is_sound else Outcome.REFUSED


def _sign_all(home: Home) -> list[Sent]:
    """Let the partner sign its true history, and at each step what it should not have signed."""
    partner, all_sent = home.partner, []

    def sign(
        name: str, sequence: int, previous: str | None, *, at: datetime, **claims: object
    ) -> str:
        partner.sequence, partner.previous_digest = sequence, previous
        partner.now, partner.claims = at, claims
        header = partner.publish()
        sound = "state_root" not in claims
        all_sent.append(Sent(f"{name} {sequence}", header, partner.offered(), sound))
        return list_digest(header)

    true: str | None = None
    fork: str | None = None
    for sequence in range(1, LENGTH + 1):
        at = FIRST + sequence * HOUR
        ids = [f"XB{number:06}" for number in range(sequence % 3, sequence + 2)]
        partner.list_operators(*(make_operator(one, on=START) for one in ids))
        earlier = true
        wrong = state_root([])
        sign("wrong root", sequence, earlier, at=at, state_root=wrong, list_id=f"W-{sequence}")
        sign("early", sequence, earlier, at=at - 4 * HOUR, list_id=f"E-{sequence}")
        true = sign("true", sequence, earlier, at=at)
        partner.list_operators(make_operator("XB999999", on=START))
        fork = sign("fork", sequence, fork or earlier, at=at + HOUR / 2, list_id=f"F-{sequence}")
    return all_sent


class World:
    """The keys and documents of all examples, and a fresh registry for each."""

    def __init__(self, folder: Path) -> None:
        home = Home(folder, FeedKind.GRPC)
        self.sent = {sent.name: sent for sent in _sign_all(home)}
        self.profile, self.keys = home.profile, home.keys
        self.stream = home.profile.receives
        self.feeds = make_feeds(home.keys.lists, home.keys.acknowledgements)
        home.close()
        self._template = folder / "home.db"
        self._folder = folder
        self._store: Store | None = None

    def restart(self, *, fresh: bool) -> Receiver:
        """Open the registry again: as it was, or an empty one."""
        if self._store is not None:
            self._store.close()
        file = self._folder / "example.db"
        if fresh:
            for old in self._folder.glob("example.db*"):
                old.unlink()
            shutil.copyfile(self._template, file)
        self._store = open_store(f"sqlite:///{file}", clock=lambda: START)
        return Receiver(
            registry=self._store.registry,
            evidence=self._store.evidence,
            audit=self._store.audit,
            feeds=self.feeds,
            bench=Bench(registry=self._store.registry, feeds=self.feeds, checks={}),
        )

    @property
    def store(self) -> Store:
        assert self._store is not None
        return self._store

    def root(self) -> str:
        """Compute the root of what is stored."""
        held = self.store.registry.operators(self.stream)
        return state_root([list_operator(read_canonical(each.canonical)) for each in held])

    def read(self, document: bytes) -> Acknowledgement:
        """Verify one of home's answers as the partner does."""
        anchors = self.keys.anchors(KeyUse.ACKNOWLEDGEMENTS)
        return self.feeds[FeedKind.GRPC].opener.open_acknowledgement(document, anchors, FIRST)

    def close(self) -> None:
        """Give back the registry."""
        self.store.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("histories"))
    made.restart(fresh=True)
    yield made
    made.close()


STEPS = st.tuples(
    st.sampled_from(["true", "true", "true", "true", "fork", "early", "wrong root"]),
    st.integers(1, LENGTH),
    st.sampled_from([False, False, False, True]),
)
"""What the partner sent, at which sequence, and whether home is started anew before."""


@fuzzed(14)
@given(deliveries=st.lists(STEPS, min_size=1, max_size=12))
def test_acc_7_no_order_of_lists_repeats_and_losses_makes_the_head_go_back(
    world: World, deliveries: list[tuple[str, int, bool]]
) -> None:
    rules, answers = Rules(), dict[str, bytes]()
    receiver = world.restart(fresh=True)
    now = FIRST + (LENGTH + 1) * HOUR
    for name, sequence, is_restarted in deliveries:
        now += timedelta(minutes=1)
        sent = world.sent[f"{name} {sequence}"]
        if is_restarted:
            receiver = world.restart(fresh=False)
        before = world.store.registry.find_head(world.stream)
        received = receiver.receive(world.profile, sent.document, actor=OFFICER, now=now)
        sealed = received.acknowledgement if isinstance(received, Accepted) else received
        expected = rules.take(sent)
        event(f"{expected or 'repeat'}")
        # ACC-5, EXC-8: a repeat is answered byte for byte.
        if expected is None:
            assert sealed.document == answers[sent.digest]
        else:
            assert sealed.document != answers.get(sent.digest)
        answer = world.read(sealed.document)
        check_answer(answer, rules, sent, answers)
        check_registry(world, rules, before)
        answers[sent.digest] = sealed.document


def check_answer(
    answer: Acknowledgement, rules: Rules, sent: Sent, answers: dict[str, bytes]
) -> None:
    assert (answer.sequence, answer.list_digest) == (sent.header.sequence, sent.digest)
    assert answer.outcome is rules.outcomes[sent.digest]
    assert (answer.revision > 1) <= (sent.digest in answers)
    if answer.outcome is Outcome.APPLIED:
        applied = (answer.applied_sequence, answer.applied_root)
        assert applied == (sent.header.sequence, sent.header.state_root)
    else:
        assert answer.reasons


def check_registry(world: World, rules: Rules, before: AcceptedHead | None) -> None:
    head = world.store.registry.find_head(world.stream)
    if rules.head is None:
        assert head is None
        return
    assert head is not None
    # ACC-7: whatever was delivered, never a lower list than before
    assert before is None or before.header.sequence <= head.header.sequence
    assert head.header == rules.head.header
    # ACC-14, STA-4: what is stored is what was signed
    assert world.root() == head.header.state_root
