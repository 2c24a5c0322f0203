"""How many points of each a run has, and what becomes of what was measured at them.

`FAULT_POINTS` says how many; `FAULT_RESULTS` names a JSON file to be written.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

MEASURED = "fault points"


@pytest.fixture(scope="session")
def points() -> int:
    """How often a process is killed for each phase of its work and each database."""
    return int(os.environ.get("FAULT_POINTS", "20"))


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
            "kill_9": sorted(self._measured, key=lambda one: (one["phase"], one["database"])),
        }
        self._file.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    file = os.environ.get("FAULT_RESULTS")
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Results(Path(file)))
