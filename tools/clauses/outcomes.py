"""A pytest plugin for the trials: writes what ran and how it ended as lines of JSON.

Loaded with `-p clauses.outcomes` by the process that `trials` starts; it also tells which tree the
package under test came from, because an editable install may point to another one.
"""

import json
from importlib import import_module
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file to write and the package that is under test."""
    parser.addoption("--clause-outcomes", required=True, help="file for the lines of JSON")
    parser.addoption("--clause-package", default="gateway", help="the package under test")


def pytest_configure(config: pytest.Config) -> None:
    """Start writing."""
    config.pluginmanager.register(_Writer(config), "clause-outcomes-writer")


class _Writer:
    def __init__(self, config: pytest.Config) -> None:
        self._file = Path(config.getoption("--clause-outcomes"))
        self._package = str(config.getoption("--clause-package"))

    def pytest_sessionfinish(self) -> None:
        origin = import_module(self._package).__file__
        self._write({"when": "origin", "id": "", "outcome": str(origin), "message": ""})

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._write_report(report, "collect")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            self._write_report(report, str(report.when))

    def _write_report(self, report: pytest.CollectReport | pytest.TestReport, when: str) -> None:
        crash = getattr(report.longrepr, "reprcrash", None)
        message = str(getattr(crash, "message", "")).partition("\n")[0][:200]
        self._write(
            {"when": when, "id": report.nodeid, "outcome": report.outcome, "message": message}
        )

    def _write(self, line: dict[str, str]) -> None:
        with self._file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")
