"""SYN-1 with processes: eleven of them, on one database, run each due sync once."""

from collections import Counter
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

from gateway.domain.profiles import PartnerProfile, Schedule
from gateway.store.engines import Store, open_store
from gateway.store.versioning import upgrade
from tests.contract.databases import OnPostgres, OnSqlite
from tests.contract.exchange_process import Asked, work
from tests.fakes.clock import Clock
from tests.fakes.schedule import Process
from tests.fakes.scheduled_partners import apply, make_partner

PROCESSES = 11
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
STEPS = [MINUTE, 29 * MINUTE, 30 * MINUTE, 31 * MINUTE, 5 * HOUR, MINUTE, 24 * HOUR, HOUR]
MOMENTS = [Clock().now + sum(STEPS[:n], start=timedelta(0)) for n in range(len(STEPS) + 1)]


def partners() -> list[PartnerProfile]:
    return [
        make_partner("XB"),
        make_partner("XC", Schedule(every=HOUR, jitter=20 * MINUTE)),
        make_partner("XD", Schedule(every=20 * MINUTE)),
        make_partner("XE", Schedule(cron="15 9 * * mon-fri", jitter=2 * MINUTE)),
    ]


def by_one_process(folder: Path) -> Counter[str]:
    """Tell how often each partner is asked when there is one process."""
    url = f"sqlite:///{folder / 'one.db'}"
    upgrade(url)
    clock = Clock()
    with open_store(url, clock=clock) as store:
        apply(store, *partners())
        process = Process(store, clock)
        for moment in MOMENTS:
            clock.now = moment
            process.look()
        return Counter(process.sync.ran)


class ManyProcesses:
    def test_syn_1_eleven_processes_run_each_due_sync_once(
        self, store: Store, database_url: str, tmp_path: Path
    ) -> None:
        apply(store, *partners())
        context = get_context("spawn")
        together, results = context.Barrier(PROCESSES), context.Queue()
        processes = [
            context.Process(target=work, args=(database_url, number, MOMENTS, together, results))
            for number in range(PROCESSES)
        ]
        for process in processes:
            process.start()
        try:
            asked: list[Asked] = [results.get(timeout=120) for _ in processes]
        finally:
            for process in processes:
                process.join(20)
                process.kill()
        total: Counter[str] = sum((Counter(each) for each in asked), start=Counter())
        assert total == by_one_process(tmp_path)
        assert set(total) == {"XB", "XC", "XD", "XE"}


class TestSqlite(OnSqlite, ManyProcesses):
    pass


class TestPostgres(OnPostgres, ManyProcesses):
    pass
