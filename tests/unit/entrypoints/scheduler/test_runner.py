from datetime import timedelta

import pytest
from msgspec.structs import replace

from gateway.domain.errors import (
    DatabaseUnavailableError,
    NotWellFormedError,
    SignatureError,
    TransportError,
)
from gateway.domain.profiles import Schedule
from gateway.domain.transport_faults import TransportFault
from gateway.store.engines import Store
from gateway.store.streams import raise_version
from tests.fakes.clock import Clock
from tests.fakes.schedule import Process
from tests.fakes.scheduled_partners import HOURLY, apply, make_partner

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def process(store: Store) -> Process:
    return Process(store, Clock())


def test_a_new_partner_is_asked_at_once_and_then_by_its_schedule(
    store: Store, process: Process
) -> None:
    assert process.look() == []
    apply(store, make_partner("XB"))
    assert process.look() == ["XB"]
    assert process.look() == []
    assert process.pass_time(5 * HOUR, looks=300) == ["XB"] * 5


def test_syn_2_a_cron_line_is_followed_in_its_time_zone(store: Store, process: Process) -> None:
    # The clock stands on a Monday, 08:00 UTC: 09:00 in Berlin.
    nightly = Schedule(cron="30 2 * * tue", time_zone="Europe/Berlin")
    apply(store, make_partner("XB", nightly))
    process.look()
    assert process.pass_time(timedelta(hours=17, minutes=29), looks=20) == []
    assert process.pass_time(MINUTE, looks=1) == ["XB"]
    assert process.pass_time(timedelta(days=6), looks=200) == []


def test_syn_2_missed_runs_are_one_run_after_any_outage(store: Store, process: Process) -> None:
    apply(store, make_partner("XB"))
    process.look()
    assert process.pass_time(timedelta(days=30), looks=1) == ["XB"]
    assert process.look() == []


def test_syn_2_a_restart_asks_nobody_who_is_not_due(store: Store, process: Process) -> None:
    apply(store, make_partner("XB"))
    process.look()
    assert Process(store, process.clock).look() == []


def test_a_changed_profile_is_followed_at_once(store: Store, process: Process) -> None:
    profile = make_partner("XB")
    apply(store, profile)
    process.look()
    apply(store, replace(profile, schedule=Schedule(every=MINUTE)))
    assert process.look() == ["XB"]
    assert process.sync.versions == [1, 2]
    assert len(process.pass_time(HOUR, looks=120)) == 60


def test_an_ended_partner_is_asked_no_more(store: Store, process: Process) -> None:
    profile = make_partner("XB")
    apply(store, profile)
    process.look()
    apply(store, replace(profile, enabled=False))
    assert process.pass_time(5 * HOUR, looks=50) == []


def test_profiles_are_read_only_when_the_registry_moved(store: Store, process: Process) -> None:
    apply(store, make_partner("XB"))
    process.pass_time(5 * HOUR, looks=300)
    assert process.profiles_read == 1


def test_syn_3_a_failed_run_is_tried_again_later_and_later(store: Store, process: Process) -> None:
    apply(store, make_partner("XB"))
    process.sync.error = TransportError("not reached", TransportFault.UNREACHABLE)
    process.look()
    seconds = [passed for passed in range(1, 600) if process.pass_time(SECOND, looks=1) == ["XB"]]
    assert seconds == [2, 6, 14, 30, 62, 126, 254, 510]
    process.sync.error = None
    assert process.pass_time(6 * MINUTE, looks=360) == ["XB"]
    assert len(process.pass_time(10 * HOUR, looks=600)) == 10


def test_syn_3_a_network_loss_of_any_length_needs_no_restart(
    store: Store, process: Process
) -> None:
    apply(store, make_partner("XB"))
    process.sync.error = TransportError("not reached", TransportFault.UNREACHABLE)
    process.pass_time(timedelta(days=90), looks=150)
    process.sync.error = None
    assert process.pass_time(5 * MINUTE, looks=10) == ["XB"]


def test_syn_3_a_database_that_is_back_needs_no_restart(store: Store, process: Process) -> None:
    apply(store, make_partner("XB"))
    process.broken = DatabaseUnavailableError("gone")
    for _ in range(3):
        assert not process.runner._look_safely()
        process.clock.advance(HOUR)
    process.broken = None
    assert process.runner._look_safely()
    assert process.sync.ran == ["XB"]


def test_syn_3_a_run_that_never_got_its_turn_is_not_repeated_in_a_hot_loop(
    store: Store, process: Process
) -> None:
    apply(store, make_partner("XB"))
    process.sync.gone = DatabaseUnavailableError("gone")
    process.look()
    assert process.sync.asked == 1
    process.pass_time(SECOND, looks=5)
    assert process.sync.asked == 1
    process.sync.gone = None
    assert process.pass_time(5 * SECOND, looks=5) == ["XB"]


def test_what_is_not_worth_another_attempt_waits_for_the_schedule(
    store: Store, process: Process
) -> None:
    apply(store, make_partner("XB"))
    process.sync.error = SignatureError("not signed by XB")
    process.look()
    assert len(process.pass_time(10 * HOUR, looks=600)) == 10


def test_syn_4_a_defect_in_one_run_stops_no_other(store: Store, process: Process) -> None:
    apply(store, make_partner("XB"), make_partner("XC"))

    def crash() -> None:
        if process.sync.ran[-1] == "XB":
            raise ZeroDivisionError

    process.sync.during = crash
    assert process.look() == ["XB", "XC"]
    assert sorted(process.pass_time(HOUR, looks=60)) == ["XB", "XC"]


def test_syn_3_a_refusal_with_a_code_of_its_own_is_told_and_the_job_goes_on(
    store: Store, process: Process
) -> None:
    apply(store, make_partner("XB"))
    process.sync.error = NotWellFormedError(
        "refused by the partner", context={"code": "NOT_WELL_FORMED", "partner": "XA"}
    )
    assert process.look() == ["XB"]
    assert process.pass_time(HOUR, looks=60) == ["XB"]


def test_what_is_asked_for_runs_now_and_leaves_the_schedule_alone(
    store: Store, process: Process
) -> None:
    apply(store, make_partner("XB"))
    process.look()
    process.runner.sync_now("XB")
    assert process.sync.ran == ["XB", "XB"]
    process.runner.sync_now("XC")
    process.runner.publish_now("XB")
    assert process.publish.ran == ["XB", "XB"]
    assert process.pass_time(HOUR, looks=60) == ["XB"]


def test_however_often_it_is_asked_for_during_a_run_one_more_follows(
    store: Store, process: Process
) -> None:
    apply(store, make_partner("XB"))
    process.look()
    process.threads = True
    for _ in range(5):
        process.runner.sync_now("XB")
    assert len(process.later) == 1
    process.later.pop()()
    process.look()
    process.runner.sync_now("XB")
    assert len(process.later) == 1
    process.later.pop()()
    process.look()
    (last,) = process.later
    last()
    process.later.clear()
    process.look()
    assert process.later == []
    assert process.sync.ran == ["XB"] * 4


def test_what_is_asked_for_while_another_process_is_at_it_follows_after_it(
    store: Store, process: Process
) -> None:
    apply(store, make_partner("XB"))
    process.look()
    other = Process(store, process.clock)
    with other.turns.take("sync XB"):
        process.runner.sync_now("XB")
        assert process.pass_time(10 * SECOND, looks=10) == []
    assert process.pass_time(3 * SECOND, looks=3) == ["XB"]
    assert process.pass_time(10 * SECOND, looks=3) == []


def test_syn_1_a_job_that_another_process_left_behind_goes_on_when_its_lease_ends(
    store: Store, process: Process
) -> None:
    apply(store, make_partner("XB"))
    store.leases.acquire("sync XB", "killed", process.clock.now, 30 * SECOND)
    assert process.look() == []
    assert process.pass_time(29 * SECOND, looks=29) == []
    assert process.pass_time(SECOND, looks=1) == ["XB"]


def test_pub_5_what_partners_see_has_moved_and_every_partner_is_issued_to_at_once(
    store: Store, process: Process
) -> None:
    apply(store, make_partner("XB"), make_partner("XC"))
    process.look()
    issued = len(process.publish.ran)
    other = Process(store, process.clock)
    other.look()
    with store._database.write() as connection:
        raise_version(connection, shown=True)
    process.look()
    other.look()
    assert sorted(process.publish.ran[issued:]) == ["XB", "XC"]
    assert other.publish.ran == []
    with store._database.write() as connection:
        raise_version(connection)
    process.look()
    assert len(process.publish.ran) == issued + 2


def test_stopping_starts_nothing_more_and_tells_who_is_still_at_work(
    store: Store, process: Process
) -> None:
    apply(store, make_partner("XB", HOURLY))
    process.threads = True
    process.look()
    assert not process.runner.stop(0)
    process.runner.sync_now("XB")
    for run in process.later:
        run()
    assert process.runner.stop(0)
    assert process.pass_time(5 * HOUR, looks=5) == []
