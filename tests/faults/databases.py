"""What happens to databases: taken away, out of room, put back from a copy. SQLite and PostgreSQL.

Each error is the database's own. Without root there is no small file system, so:

* SQLite is out of room by `max_page_count`: it is the one way to its SQLITE_FULL. It is gone by a
  limit on the size of files (RLIMIT_FSIZE), under which each write to disk fails: the library then
  says `disk I/O error`, as it does when a volume is lost.
* PostgreSQL is out of room by the same limit on the one process that serves the writer: it cannot
  make a file longer, says so (`could not extend file`) and rolls back. The limit has to be above 16
  MiB, the size of its log's files, so the table is first filled up to there. It is gone by ending
  all sessions and letting nobody in.
"""

import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from os import urandom

from sqlalchemy import Connection, event, make_url

from gateway.domain.documents import Unverified
from gateway.ports.evidence import EvidenceItem
from gateway.store.database import sqlite_file
from gateway.store.engines import Store
from tests.fakes.clock import Clock
from tests.fakes.two_gateways import FreshUrls
from tests.postgres_server import PostgresServer, sql

ABOVE_THE_LOG = 17 * 1024**2
PAGES = 256 * 1024
_LIMIT = "COPY (SELECT 1) TO PROGRAM 'cat >/dev/null && prlimit --pid {} --fsize={}:'"
"""Run by the server itself: nobody but its own user may limit it. It wants its row to be read."""


class Sqlite:
    """Files of SQLite."""

    name = "sqlite"

    def __init__(self, fresh_urls: FreshUrls) -> None:
        self.urls = fresh_urls()

    @contextmanager
    def taken_away(self, url: str) -> Iterator[None]:
        """Let no write reach the disk until the block ends."""
        del url
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    @contextmanager
    def backed_up(self, url: str) -> Iterator[Callable[[], None]]:
        """Copy a database that nobody has open; what is yielded puts the copy in its place."""
        file = sqlite_file(url)
        assert file is not None
        copy = file.with_name("backup")
        # Closed before another file takes the place of this one: the last to close it would take
        # away what lies beside it by then.
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)

        def restore() -> None:
            for old in file.parent.glob(f"{file.name}*"):
                old.unlink()
            shutil.copyfile(copy, file)

        yield restore

    @contextmanager
    def full_at_evidence(self, store: Store) -> Iterator[None]:
        """Let there be no room for evidence until the block ends."""
        # What is free in the file is used up first.
        store.evidence.keep(_filler(PAGES))
        with _before_evidence(
            store, lambda writer: writer.exec_driver_sql("PRAGMA max_page_count = 1")
        ):
            yield
        with store._database.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")


class Postgres:
    """Databases on the test's PostgreSQL server."""

    name = "postgresql"

    def __init__(self, fresh_urls: FreshUrls, server: PostgresServer) -> None:
        self.urls = fresh_urls()
        self._server = server

    def taken_away(self, url: str) -> AbstractContextManager[None]:
        """End all sessions, and let nobody in until the block ends."""
        return self._server.taken_away(url)

    @contextmanager
    def backed_up(self, url: str) -> Iterator[Callable[[], None]]:
        """Copy a database that nobody has open; what is yielded puts the copy in its place."""
        name = make_url(url).database
        copy = f"{name}_backup"
        sql(self._server, f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')

        def restore() -> None:
            sql(self._server, f'DROP DATABASE "{name}" WITH (FORCE)')
            sql(self._server, f'CREATE DATABASE "{name}" TEMPLATE "{copy}"')

        yield restore
        sql(self._server, f'DROP DATABASE "{copy}" WITH (FORCE)')

    @contextmanager
    def full_at_evidence(self, store: Store) -> Iterator[None]:
        """Let there be no room for evidence until the block ends."""
        with store._database.write() as connection:
            # Not made smaller, so that it does not fit where something is left.
            connection.exec_driver_sql("ALTER TABLE evidence ALTER document SET STORAGE EXTERNAL")
        store.evidence.keep(_filler(ABOVE_THE_LOG))
        limited: list[int] = []

        def limit(writer: Connection) -> None:
            size, process = writer.exec_driver_sql(
                "SELECT pg_relation_size(reltoastrelid), pg_backend_pid()"
                " FROM pg_class WHERE relname = 'evidence'"
            ).one()
            writer.exec_driver_sql(_LIMIT.format(process, size))
            limited.append(process)

        with _before_evidence(store, limit):
            yield
        for process in limited:
            sql(self._server, _LIMIT.format(process, "unlimited"))


Databases = Sqlite | Postgres


@contextmanager
def before_statements(store: Store, tell: Callable[[Connection, str], None]) -> Iterator[None]:
    """Tell of each statement of a store before it is executed, until the block ends."""
    is_telling = False

    def on_execute(connection: Connection, _cursor: object, text: str, *_rest: object) -> None:
        nonlocal is_telling
        if not is_telling:
            # Not of those that the one who is told executes.
            is_telling = True
            try:
                tell(connection, text)
            finally:
                is_telling = False

    engines = (store._database._writer, store._database._reader)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", on_execute)
    try:
        yield
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", on_execute)


def _before_evidence(
    store: Store, act: Callable[[Connection], object]
) -> AbstractContextManager[None]:
    def tell(connection: Connection, text: str) -> None:
        if text.startswith("INSERT INTO evidence "):
            act(connection)

    return before_statements(store, tell)


def _filler(size: int) -> EvidenceItem:
    """Return evidence that no database can make smaller."""
    document = Unverified(document=urandom(size))
    return EvidenceItem(
        digest=document.digest,
        partner="XC",
        packaging="xml",
        document=document,
        received_at=Clock().now,
        chain=(),
        revocation_lists=(),
        verdict="filler",
    )
