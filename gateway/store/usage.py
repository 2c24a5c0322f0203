"""Questions by caller and day: one row each, of the newest day."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, insert, select, update

from gateway.store.database import Database
from gateway.store.schema_usage import caller_usage


class CallerUsage:
    """`ports.profiles.Usage` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, day: date, questions: Mapping[str, int]) -> Mapping[str, int]:
        """Add to what callers asked on a day; return the day's totals of the same callers.

        Raises:
            ConflictError: Another process wrote a caller's first row meanwhile; nothing was added.
            DatabaseUnavailableError: Nothing was added.
            StoreError: Nothing was added.
        """
        with self._database.write() as connection:
            # In one order: two processes never wait for each other's row.
            return {
                caller: _add(connection, caller, day.isoformat(), questions[caller])
                for caller in sorted(questions)
            }

    def of(self, day: date) -> Mapping[str, int]:
        """Return what each caller asked on a day, of those who asked.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                select(caller_usage.c.caller, caller_usage.c.questions).where(
                    caller_usage.c.day == day.isoformat()
                )
            )
            return {row.caller: row.questions for row in rows}


def _add(connection: Connection, caller: str, day: str, questions: int) -> int:
    is_callers = caller_usage.c.caller == caller
    added = connection.execute(
        update(caller_usage)
        .where(is_callers, caller_usage.c.day == day)
        .values(questions=caller_usage.c.questions + questions)
    )
    if added.rowcount:
        total = connection.execute(select(caller_usage.c.questions).where(is_callers)).scalar_one()
        return int(total)
    newest = connection.execute(select(caller_usage.c.day).where(is_callers)).scalar_one_or_none()
    if newest is None:
        connection.execute(insert(caller_usage).values(caller=caller, day=day, questions=questions))
        return questions
    if newest > day:
        return 0
    begun = connection.execute(
        update(caller_usage)
        .where(is_callers, caller_usage.c.day == newest)
        .values(day=day, questions=questions)
    )
    # Another process began the day meanwhile: what it wrote is added to.
    return questions if begun.rowcount else _add(connection, caller, day, questions)
