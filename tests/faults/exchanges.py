"""XB's programme, what XB issues of it, and what XA makes of that, as seen from outside."""

import random
import time
from collections import Counter
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import func, select

from gateway.domain.acknowledgements import Outcome
from gateway.domain.canonical import list_digest
from gateway.domain.lists import ListHeader
from gateway.domain.publishing import Wish
from gateway.domain.standing import Roots
from gateway.services.pushing import PushResult
from gateway.services.sync import SyncResult, SyncState
from gateway.store.schema import acknowledgements
from tests.fakes.clock import Clock
from tests.fakes.following_partner import FollowingPartner
from tests.fakes.home import OFFICER
from tests.fakes.home_histories import Shape, made, seen_root
from tests.fakes.partner_simulator import Keys
from tests.fakes.stored_states import check_stored_state
from tests.fakes.two_gateways import Gateway, Pair
from tests.faults.exchanging import Way, publish

OPERATORS = 40
REPORTS = 3
"""Operators that change from list to list: fewer than would make a mass change."""
FULL_EVERY = 5
DAY = timedelta(days=1)
PATIENCE = 20.0
"""Seconds in which PostgreSQL finds out that a client is dead."""


class Exchange:
    """A publisher and a recipient; both may be started anew at any time."""

    def __init__(self, publisher: Gateway, recipient: Gateway, clock: Clock, seed: int) -> None:
        self.publisher = publisher
        self.recipient = recipient
        self.clock = clock
        self.stream = recipient.profile.receives
        self._chance = random.Random(seed)
        self._programme: dict[str, Shape] = {}
        self._follower = FollowingPartner(publisher)
        self._issued: dict[int, str] = {}

    def begin(self) -> None:
        """Import a programme, and let its first list arrive."""
        self._programme = {f"XB{number:06}": self._shape() for number in range(OPERATORS)}
        self.report_all()
        self.publish()
        self.sync_again()
        self.check_settled()

    @property
    def root(self) -> str:
        """What XA shall come to, by the second opinion."""
        return seen_root(self._programme)

    @property
    def newest(self) -> ListHeader:
        """The list issued last."""
        return self._follower.taken[-1]

    @property
    def issued(self) -> int:
        """The sequence of the list issued last."""
        newest = self.publisher.store.publications.newest(self.stream)
        return 0 if newest is None else newest.sequence

    @property
    def accepted(self) -> int:
        """The sequence of the list in force at XA."""
        head = self.recipient.store.registry.find_head(self.stream)
        return 0 if head is None else head.header.sequence

    @property
    def answered(self) -> int:
        """The sequence of the list that XB has XA's answer to."""
        answer = self.publisher.store.outbox.newest_received(self.stream)
        return 0 if answer is None else answer.acknowledgement.sequence

    def carry(self) -> None:
        """Move what nobody asks for; nothing, where each side calls the other."""

    def change(self, pause: timedelta = DAY) -> None:
        """Let some of XB's operators change, after a pause."""
        self.clock.advance(pause)
        for number in self._chance.sample(range(OPERATORS), REPORTS):
            one = f"XB{number:06}"
            shape = (
                None if one in self._programme and self._chance.random() < 0.2 else self._shape()
            )
            self._report(one, shape)

    def report_all(self) -> None:
        """Report the whole programme again, to a publisher that may have forgotten some of it."""
        operators = [made(one, shape) for one, shape in self._programme.items()]
        self.publisher.store.home_programme.replace(operators, OFFICER)

    def lose_most(self) -> None:
        """Let nearly all of XB's operators go, and a day pass: XA will ask its officers."""
        self.clock.advance(DAY)
        for one in [*self._programme][REPORTS:]:
            self._report(one, None)

    def wish(self) -> Wish:
        """Return what the next list is to be: now and then a FULL."""
        return Wish.NOTHING if (self.issued + 1) % FULL_EVERY else Wish.FULL

    def publish(self, wish: Wish | None = None) -> None:
        """Issue what is to be issued."""
        publish(self.publisher, wish or self.wish())
        self.carry()
        self.check_issued()
        assert self.newest.state_root == self.root

    def publish_again(self) -> None:
        """Issue, in a publisher that has just started, what was not issued before it was killed."""
        self.publisher.restart()
        publish(self.publisher, Wish.NOTHING)
        self.carry()
        self.check_issued()
        assert self.newest.state_root == self.root

    def sync_again(self) -> None:
        """Sync in a recipient that has just started."""
        give_up_at = time.monotonic() + PATIENCE
        state = SyncState.BUSY
        while state is SyncState.BUSY:
            assert time.monotonic() < give_up_at
            self.recipient.restart()
            state = self.recipient.sync.run(self.recipient.profile, now=self.clock.now).state
        self.carry()
        assert state in {SyncState.APPLIED, SyncState.UNCHANGED}

    def check_issued(self) -> None:
        """Follow XB's lists as a partner does: each whole and signed, none ever another."""
        self._follower.take_all()
        for header in self._follower.taken[len(self._issued) :]:
            self._issued[header.sequence] = self._document_of(header.sequence)

    def check_accepted(self) -> None:
        """Hold what XA has stored against the second opinion: a whole list of XB's, or another."""
        head = self.recipient.store.registry.find_head(self.stream)
        if head is not None:
            check_stored_state(self.recipient.store, self.stream, head)
            (issued,) = (
                one for one in self._follower.taken if one.sequence == head.header.sequence
            )
            assert head.list_digest == list_digest(issued)

    def check_settled(self) -> None:
        """What XB's programme is, is issued, applied, and acknowledged, byte for byte."""
        self.check_issued()
        self.check_accepted()
        assert self.accepted == self.issued
        standing = self.publisher.store.outbox.standing(self.stream)
        assert standing.roots is Roots.EQUAL
        assert standing.answer is not None
        assert standing.answer.applied_root == self.root
        told = self.recipient.store.registry.newest_acknowledgement(self.stream)
        known = self.publisher.store.outbox.newest_received(self.stream)
        assert told is not None
        assert known is not None
        assert told.document == known.document
        later = self.clock.now + timedelta(days=9)
        assert self.recipient.store.outbox.due(self.stream, later) == []

    def check_all(self) -> None:
        """Look back: no list was ever another, and each was applied and answered once."""
        self.check_settled()
        for sequence, document in self._issued.items():
            assert self._document_of(sequence) == document
        sequences = range(1, self.issued + 1)
        assert list(self._issued) == [*sequences]
        audit = self.recipient.store.audit
        audit.verify()
        self.publisher.store.audit.verify()
        told = Counter(
            int(each.facts["sequence"]) for each in audit.events() if each.action == "list.applied"
        )
        assert told == Counter(sequences)
        with self.recipient.store._database.read() as connection:
            answers = select(func.count()).select_from(acknowledgements)
            assert connection.execute(answers).scalar_one() == len(sequences)
        newest = self.recipient.store.registry.newest_acknowledgement(self.stream)
        assert newest is not None
        assert newest.acknowledgement.outcome is Outcome.APPLIED
        assert newest.acknowledgement.revision == 1

    def _document_of(self, sequence: int) -> str:
        sealed = self.publisher.issued.find(self.publisher.profile, sequence)
        assert sealed is not None
        return sha256(sealed.document).hexdigest()

    def _report(self, one: str, shape: Shape | None) -> None:
        self._programme.pop(one, None)
        if shape is not None:
            self._programme[one] = shape
        becoming = None if shape is None else made(one, shape)
        self.publisher.store.home_programme.report(one, lambda _: becoming, OFFICER, facts={})

    def _shape(self) -> Shape:
        status = self._chance.choice(("ACTIVE", "ACTIVE", "SUSPENDED"))
        return status, self._chance.choice(("*", "*", "XA XC", "XC")), self._chance.randrange(4)


class LineExchange(Exchange):
    """Both gateways in the test's own process, with a line between them that tests spoil."""

    def __init__(self, urls: tuple[str, str], keys: tuple[Keys, Keys], seed: int = 1) -> None:
        self._pair = Pair(Way.HTTPS.kind, keys, urls, Clock())
        super().__init__(self._pair.publisher, self._pair.recipient, self._pair.clock, seed)
        self.line = self._pair.line

    def sync(self) -> SyncResult:
        """Sync once, in a recipient that goes on running."""
        return self.recipient.sync.run(self.recipient.profile, now=self.clock.now)

    def push(self) -> PushResult:
        """Bring what is issued, from a publisher that goes on running."""
        return self.publisher.pusher.run(self.publisher.profile, now=self.clock.now)

    def close(self) -> None:
        """Give back both databases."""
        self._pair.close()
