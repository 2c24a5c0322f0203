from datetime import timedelta
from threading import Event

from gateway.entrypoints.scheduler.daily import Recurring


def test_pub_7_sig_8_runs_at_the_start_and_ends_when_told() -> None:
    ran = Event()
    recurring = Recurring("for the test", ran.set, timedelta(days=1))
    recurring.start()
    assert ran.wait(10)
    recurring.stop()
