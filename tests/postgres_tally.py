"""The closing line `postgres: N run (PostgreSQL …)`, and the proof that nothing was left out."""

from pathlib import Path

import pytest


class PostgresTally:
    """Counts the contract tests that ran on each database, as a plugin of one session."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._runs = {"sqlite": 0, "postgres": 0}
        self._versions = set[str]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test that was called; a skipped one is not."""
        if report.when != "call" or report.skipped:
            return
        for name, value in report.user_properties:
            if name == "contract on":
                self._runs[str(value)] += 1
            if name == "postgres version":
                self._versions.add(str(value))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a whole run in which a contract test did not run on both databases."""
        if self._is_whole() and self._complaint() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Write the last lines, after pytest's own summary."""
        terminal = config.pluginmanager.get_plugin("terminalreporter")
        if terminal is None or not any(self._runs.values()):
            return
        if self._is_whole() and self._complaint():
            terminal.write_line(self._complaint(), red=True)
        versions = ", ".join(sorted(self._versions)) or "no server"
        terminal.write_line(f"postgres: {self._runs['postgres']} run (PostgreSQL {versions})")

    def _complaint(self) -> str:
        on_sqlite, on_postgres = self._runs["sqlite"], self._runs["postgres"]
        if on_sqlite == on_postgres > 0:
            return ""
        return f"contract tests: {on_sqlite} ran on SQLite, {on_postgres} on PostgreSQL"

    def _is_whole(self) -> bool:
        """Tell whether all tests were asked for: no narrower path, no filter."""
        option = self._config.option
        narrowed = (
            option.keyword, option.markexpr, option.deselect, option.collectonly,
            option.ignore, option.ignore_glob,
            getattr(option, "lf", False), getattr(option, "maxfail", 0),
        )  # fmt: skip
        tests = Path(__file__).resolve().parent
        base = self._config.invocation_params.dir
        asked = {
            (base / str(argument).partition("::")[0]).resolve() for argument in self._config.args
        }
        return not any(narrowed) and bool(asked & {tests, tests.parent})
