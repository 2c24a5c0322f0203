"""One submission a hundred times: applied once, and answered with the newest acknowledgement."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from gateway.domain.documents import Unverified
from gateway.domain.parties import Caller
from tests.fakes.two_gateways import partner_caller
from tests.faults.exchanges import LineExchange

TIMES = 100
MONTH = timedelta(days=31)


class Submissions:
    """One list of XB's, submitted to XA again and again."""

    def __init__(self, exchange: LineExchange) -> None:
        self._exchange = exchange
        sealed = exchange.publisher.issued.find(exchange.publisher.profile, exchange.issued)
        assert sealed is not None
        self._document = Unverified(document=sealed.document, chunks=sealed.chunks)
        self._caller: Caller = partner_caller("XB")

    def submit(self) -> bytes:
        recipient, now = self._exchange.recipient, self._exchange.clock.now
        stream = self._exchange.stream
        return recipient.desk.submit(self._caller, stream, self._document, now=now)

    def at_once(self) -> set[bytes]:
        """Submit it so many times at once, and return the answers that differ."""
        together = Barrier(TIMES)

        def submit() -> bytes:
            together.wait()
            return self.submit()

        return answers_of(submit)


def answers_of(submit: Callable[[], bytes]) -> set[bytes]:
    with ThreadPoolExecutor(TIMES) as pool:
        futures = [pool.submit(submit) for _ in range(TIMES)]
        return {each.result() for each in futures}


def newest(exchange: LineExchange) -> bytes:
    told = exchange.recipient.store.registry.newest_acknowledgement(exchange.stream)
    assert told is not None
    return told.document


def test_acc_0_a_hundred_times_at_once_after_a_restart_and_a_month_later_it_is_applied_once(
    exchange: LineExchange,
) -> None:
    exchange.change()
    exchange.publish()
    submissions = Submissions(exchange)
    answers = submissions.at_once()
    assert answers == {newest(exchange)}
    assert exchange.accepted == exchange.issued
    exchange.recipient.restart()
    assert submissions.at_once() == answers
    exchange.clock.advance(MONTH)
    assert submissions.at_once() == answers
    exchange.recipient.restart()
    assert submissions.submit() in answers
    exchange.sync_again()
    exchange.check_all()
