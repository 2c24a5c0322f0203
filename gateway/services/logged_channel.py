"""A channel that puts on record which lists it moves, and when the partner was asked.

Acknowledgements are on record where they wait (`ports.outbox`). Heads are not, because they are
asked for every minute: only the newest contact is kept.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from gateway.domain.deliveries import Failure, Movement, list_transmission
from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import GatewayError
from gateway.domain.lists import Stream
from gateway.ports.contacts import Contact, Contacts
from gateway.ports.deliveries import Deliveries
from gateway.ports.feed import Channel


class LoggedChannel:
    """`ports.feed.Channel` around another one; it raises what that one raises.

    Its clock tells when a transfer has ended, which may be long after its run began.
    """

    def __init__(
        self,
        channel: Channel,
        deliveries: Deliveries,
        contacts: Contacts,
        clock: Callable[[], datetime],
    ) -> None:
        self._channel = channel
        self._deliveries = deliveries
        self._contacts = contacts
        self._clock = clock

    def fetch_head(self, stream: Stream, acknowledgement: bytes | None) -> Unverified | None:
        """Return the signed head of the partner's newest list; none if none is issued (EXC-1)."""
        with self._contact(stream):
            return self._channel.fetch_head(stream, acknowledgement)

    def fetch_list(self, stream: Stream, sequence: int) -> Unverified:
        """Return one list, whole (EXC-2)."""
        moved = partial(list_transmission, stream, Movement.FETCHED, sequence=sequence)
        try:
            document = self._channel.fetch_list(stream, sequence)
        except GatewayError as error:
            self._deliveries.record(moved(None, at=self._clock(), failure=_failure(error)))
            raise
        self._deliveries.record(moved(document, at=self._clock()))
        return document

    def submit_list(self, stream: Stream, sealed: SealedList) -> bytes:
        """Push a list; who does so calls `submit`, which knows its sequence (EXC-3)."""
        return self._channel.submit_list(stream, sealed)

    def deliver_acknowledgement(self, stream: Stream, document: bytes) -> None:
        """Hand over our signed answer; returns when the partner has it (EXC-4)."""
        self._channel.deliver_acknowledgement(stream, document)

    def close(self) -> None:
        """Give back connections. May be called twice."""
        self._channel.close()

    @contextmanager
    def _contact(self, stream: Stream) -> Iterator[None]:
        try:
            yield
        except GatewayError as error:
            failed = Contact(at=self._clock(), code=error.code, why=error.message)
            self._contacts.note(stream, failed)
            raise
        self._contacts.note(stream, Contact(at=self._clock()))


def submit(
    channel: Channel,
    deliveries: Deliveries,
    sealed: SealedList,
    *,
    stream: Stream,
    sequence: int,
    now: datetime,
) -> bytes:
    """Push a list, put the attempt on record, and return the partner's answer (EXC-3).

    Raises as `Channel.submit_list`.
    """
    moved = partial(list_transmission, stream, Movement.SENT, sealed, sequence=sequence, at=now)
    try:
        answer = channel.submit_list(stream, sealed)
    except GatewayError as error:
        deliveries.record(moved(failure=_failure(error)))
        raise
    deliveries.record(moved())
    return answer


def _failure(error: GatewayError) -> Failure:
    return Failure(code=error.code, why=error.message)
