"""A decision log of the first schema becomes one of this release, with every decision as it was."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from msgspec import json
from sqlalchemy import text

from gateway.domain.answers import AnswerReason, Question, Verdict
from gateway.domain.logged_decisions import LoggedDecision
from gateway.ports.decision_log import Wanted
from gateway.store.database import open_database
from gateway.store.decision_log import log_url, make_decision_log, open_decision_log
from gateway.store.versioning import DECISION_LOG, _config
from tests.postgres_server import PostgresServer

SECOND = 1_800_000_000


def decision(number: int, second: int, *, agreement: str | None) -> LoggedDecision:
    return LoggedDecision(
        reference=f"{second:08x}-{number:06x}",
        caller="border",
        question=Question(code=f"XB{number}"),
        operator_id=None if agreement is None else f"XB{number}",
        digest=f"{number:064x}",
        known_at=datetime.fromtimestamp(second, UTC),
        verdict=Verdict.NO_GRANT if agreement is None else Verdict.GRANT,
        reason=AnswerReason.NO_AGREEMENT if agreement is None else AnswerReason.RECOGNISED,
        agreement=agreement,
        sequence=None if agreement is None else 7,
        list_digest=None if agreement is None else "f" * 64,
        rule_version=1,
        snapshot=None if number == 0 else "a" * 24,
    )


OLD = [
    decision(number, SECOND + number // 3, agreement=(None, "XA-XB", "XA-XC")[number % 3])
    for number in range(10)
] + [decision(number, SECOND + 3, agreement="XA-XB") for number in (10, 11)]


def fill_first_schema(url: str) -> None:
    with open_database(url) as database, database.write() as connection:
        command.upgrade(_config(connection, DECISION_LOG), "d0001")
        names = LoggedDecision.__struct_fields__
        places = ", ".join(f":{name}" for name in names)
        statement = f"INSERT INTO decisions ({', '.join(names)}) VALUES ({places})"  # noqa: S608 - names of fields
        for one in OLD:
            row = {name: getattr(one, name) for name in names} | {
                "known_at": int(one.known_at.timestamp()),
                "question": json.encode(one.question).decode(),
                "verdict": one.verdict.value,
                "reason": one.reason.value,
            }
            connection.execute(text(statement), row)


def require_as_it_was(registry_url: str) -> None:
    make_decision_log(registry_url)
    log = open_decision_log(registry_url)
    try:
        assert [one.decision for one in reversed(log.select(Wanted()))] == OLD
        assert [one.decision for one in log.find(OLD[4].reference)] == [OLD[4]]
        due = log.erase(OLD[6].known_at, dry_run=False)
        assert (due.count, due.first, due.last) == (6, OLD[0].known_at, OLD[5].known_at)
        assert [one.decision for one in reversed(log.select(Wanted()))] == OLD[6:]
    finally:
        log.close()


def bases_in(url: str) -> int:
    with open_database(url) as database, database.read() as connection:
        count: int = connection.execute(text("SELECT COUNT(*) FROM decision_bases")).scalar_one()
        return count


def test_decisions_of_the_first_schema_are_kept_on_sqlite(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'mra.db'}"
    (tmp_path / "mra.decisions.db").touch()
    fill_first_schema(log_url(url))
    require_as_it_was(url)
    # The last two of the six share one.
    assert bases_in(log_url(url)) == 5


@pytest.mark.postgres
def test_decisions_of_the_first_schema_are_kept_on_postgresql(postgres: PostgresServer) -> None:
    with postgres.database() as url:
        fill_first_schema(url)
        require_as_it_was(url)
        assert bases_in(url) == 5
