"""The lists of one sync run, in order: changes, and a FULL where they do not lead on (EXC-2)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from msgspec import Struct

from gateway.domain.acknowledgements import Acknowledgement, Outcome
from gateway.domain.documents import Unverified
from gateway.domain.errors import DocumentError, TransportError, TrustError
from gateway.domain.lists import Stream
from gateway.domain.parties import Actor
from gateway.domain.profiles import PartnerProfile
from gateway.domain.standing import asks_for_full
from gateway.domain.transport_faults import TransportFault
from gateway.ports.audit import Audit
from gateway.ports.feed import Channel
from gateway.ports.leases import Lease
from gateway.ports.registry import Accepted
from gateway.services.receiving import Receiver

LEADS_ON: Final = frozenset({Outcome.APPLIED, Outcome.HELD, Outcome.SUPERSEDED})
"""Outcomes after which the next list can be taken."""


class Taken(Struct, kw_only=True):
    """What came in one run."""

    last: Acknowledgement | None = None
    """The answer to the last list."""
    lists: int = 0
    changed: int = 0
    bytes_received: int = 0


class Taker:
    """Takes the lists of one run in; made for it."""

    def __init__(
        self,
        *,
        receiver: Receiver,
        audit: Audit,
        profile: PartnerProfile,
        channel: Channel,
        actor: Actor,
        now: datetime,
        lease: Lease | None = None,
        asks: bool = True,
    ) -> None:
        self._receiver = receiver
        self._audit = audit
        self._profile = profile
        self._channel = channel
        self._actor = actor
        self._now = now
        self._lease = lease
        self._asks = asks
        self.taken = Taken()
        self._led_on = False
        self.full_failed = False
        """A FULL was asked for now or before, and what came did not lead on (SYN-5)."""
        self.highest = 0
        """Sequence of the newest list that was looked at."""

    def changes(self, since: int) -> None:
        """Take every list after `since`, up to the first that does not lead on.

        In a stream that waits, those behind it too: one of them may be the FULL that heals.

        Raises:
            TransportError: Cut off, or nothing came; what came whole before is taken.
            DocumentError: The partner offered something that is no list of this stream.
            TrustError: The partner offered something that it did not sign.
        """
        self._take(self._channel.fetch_changes(self._profile.receives, since))
        # SYN-7: a newer head and no list is no answer
        if not self.taken.lists:
            stream = self._profile.receives
            message = f"the partner has lists after {since} in {stream}, and sent none"
            raise TransportError(message, TransportFault.WITHHELD)
        # SYN-5: gap, wrong root or wrong chain: ask for a FULL
        if self.taken.last is not None and asks_for_full(self.taken.last, None):
            self.full()
        elif not self._asks and not self._led_on:
            self.full_failed = True

    def one(self, sequence: int) -> None:
        """Take one list that is not newer than what we have: it is judged all the same (ACC-7)."""
        self._take([self._channel.fetch_list(self._profile.receives, sequence)])

    def full(self) -> None:
        """Ask for a FULL and take it in; raises as `changes`."""
        # SYN-5: what failed is not asked for again before an officer opens the stream
        if not self._asks:
            self.full_failed = not self._led_on
            return
        full = self._channel.fetch_full(self._profile.receives)
        if full is None:
            return
        try:
            self._take([full])
        except (DocumentError, TrustError) as error:
            self.full_failed = True
            self._alarm({"code": error.code, "why": error.message})
            raise
        answer = self.taken.last
        self.full_failed = answer is not None and answer.outcome not in LEADS_ON
        # SYN-5: a FULL that fails too: alarm; told once, not each time that it is judged afresh
        if answer and answer.outcome not in LEADS_ON and answer.acknowledged_at == self._now:
            self._alarm({"code": _codes(answer), "sequence": str(answer.sequence)})

    def _take(self, documents: Iterable[Unverified]) -> None:
        for document in documents:
            received = self._receiver.receive(
                self._profile, document, actor=self._actor, now=self._now, lease=self._lease
            )
            if isinstance(received, Accepted):
                self.taken.changed += received.changed
                received = received.acknowledgement
            self.taken.last = received.acknowledgement
            self.taken.lists += 1
            self.highest = max(self.highest, received.acknowledgement.sequence)
            self.taken.bytes_received += len(document.document) + sum(map(len, document.chunks))
            leads_on = received.acknowledgement.outcome in LEADS_ON
            self._led_on |= leads_on
            # EXC-2: behind a refused list nothing leads on but a FULL, met while we wait (SYN-5)
            if self._asks and not leads_on:
                return

    def _alarm(self, facts: dict[str, str]) -> None:
        stream: Stream = self._profile.receives
        self._audit.record("alarm.full_failed", str(stream), facts, self._actor, self._now)


def _codes(answer: Acknowledgement) -> str:
    return ", ".join(sorted({reason.code for reason in answer.reasons}))
