"""How many points of each a run has, and what becomes of what was measured at them.

`FAULT_POINTS` says how many; `FAULT_RESULTS` names a JSON file to be written.
"""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.clock import Clock
from tests.fakes.partner_simulator import Keys
from tests.fakes.two_gateways import FreshUrls
from tests.faults.databases import Databases, Postgres, Sqlite
from tests.faults.exchanges import LineExchange
from tests.faults.exchanging import keys_in

MEASURED = "fault points"


@pytest.fixture(scope="session")
def points() -> int:
    """How often a process is killed for each phase of its work and each database."""
    return int(os.environ.get("FAULT_POINTS", "20"))


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Keys, Keys]:
    """The keys of XB, which issues, and of XA."""
    return keys_in(tmp_path_factory.mktemp("keys"), Clock().now)


@pytest.fixture
def databases(fresh_urls: FreshUrls, request: pytest.FixtureRequest) -> Databases:
    """Two databases with nothing in them, on SQLite and on PostgreSQL."""
    if fresh_urls()[0].startswith("sqlite"):
        return Sqlite(fresh_urls)
    return Postgres(fresh_urls, request.getfixturevalue("postgres"))


@pytest.fixture
def exchange(databases: Databases, keys: tuple[Keys, Keys]) -> Iterator[LineExchange]:
    """Two gateways with a line that can be spoiled, after the first list."""
    made = LineExchange(databases.urls, keys)
    made.begin()
    yield made
    made.close()


class Results:
    """Gathers what the tests measured, from every process of the run."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._began_at = datetime.now(UTC)
        self._load = os.getloadavg()
        self._measured: list[dict[str, Any]] = []
        self._failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a test has measured."""
        if report.failed:
            self._failed.append(report.nodeid)
        if report.when == "call" and report.passed:
            self._measured += [value for name, value in report.user_properties if name == MEASURED]  # type: ignore[misc]  # a dict, ours

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        told = {
            "date": f"{self._began_at:%Y-%m-%dT%H:%M:%SZ}",
            "processors": os.cpu_count(),
            "load_before": round(self._load[0], 2),
            "load_after": round(os.getloadavg()[0], 2),
            "seconds": round((datetime.now(UTC) - self._began_at).total_seconds()),
            "failed": sorted(set(self._failed)),
            "kill_9": sorted(self._measured, key=itemgetter("phase", "way", "database")),
        }
        self._file.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    file = os.environ.get("FAULT_RESULTS")
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Results(Path(file)))
