"""One submission a hundred times: applied once, and answered with the newest acknowledgement."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from gateway.domain.acknowledgements import Outcome
from gateway.domain.approvals import Act, Approval, HoldSubject
from gateway.domain.documents import Unverified
from gateway.domain.parties import Caller
from tests.fakes.home import OFFICER
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


def test_acc_0_a_hundred_times_after_an_officer_released_it_the_newest_answer_comes(
    exchange: LineExchange,
) -> None:
    exchange.lose_most()
    exchange.publish()
    submissions = Submissions(exchange)
    held = submissions.at_once()
    assert held == {newest(exchange)}
    review = exchange.recipient.review
    (view,) = review.holds()
    subject = HoldSubject(stream=str(view.stream), hold=view.number, list_digest=view.list_digest)
    review.release(
        view.number,
        Approval(
            action=Act.RELEASE,
            subject=subject,
            reason="asked by telephone",
            by=(OFFICER,),
            at=exchange.clock.now,
        ),
    )
    exchange.recipient.restart()
    exchange.clock.advance(MONTH)
    answers = submissions.at_once()
    assert answers == {newest(exchange)}
    assert answers.isdisjoint(held)
    exchange.sync_again()
    exchange.check_settled()
    answer = exchange.publisher.store.outbox.newest_received(exchange.stream)
    assert answer is not None
    assert (answer.acknowledgement.outcome, answer.acknowledgement.revision) == (Outcome.APPLIED, 2)
