"""A database of the first schema goes on publishing: its next lists are FULL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from gateway.domain.documents import Packaging
from gateway.store import migrations
from gateway.store.database import open_database
from gateway.store.engines import open_store
from gateway.store.json_text import to_json
from gateway.store.versioning import upgrade
from tests.contract.synthetic_lists import NOW, STREAM, incoming, operator
from tests.postgres_server import PostgresServer

HEADER = incoming(1).list.header


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.db'}"
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    with postgres.database() as made:
        yield made


def make_first(url: str) -> None:
    """Make the first schema, with one operator at home and one list issued."""
    listed = operator(1)
    with open_database(url) as database, database.write() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text(
                "INSERT INTO streams "
                "(id, issuer, recipient, agreement, test, epoch, revision, floor) "
                "VALUES (1, 'XB', 'XA', 'XA-XB', :test, 1, 1, 0)"
            ),
            {"test": False},
        )
        connection.execute(
            text(
                "INSERT INTO publications "
                "(stream_id, sequence, header, list_digest, packaging, document, head) "
                "VALUES (1, 1, :header, 'd', 'dsse', :bytes, :bytes)"
            ),
            {"header": to_json(HEADER), "bytes": b"signed"},
        )
        connection.execute(
            text(
                "INSERT INTO home_operators (operator_id, canonical, digest, consents) "
                "VALUES (:id, :canonical, :digest, '[\"*\"]')"
            ),
            {
                "id": listed.operator.id,
                "canonical": listed.canonical,
                "digest": listed.digest,
            },
        )


def test_seq_2_what_was_issued_before_is_served_and_followed_by_a_full(url: str) -> None:
    make_first(url)
    upgrade(url)
    with open_store(url, clock=lambda: NOW) as store:
        sealed = store.publications.find(STREAM, 1, Packaging.DSSE)
        assert sealed is not None
        assert sealed.document == b"signed"
        footing = store.publications.footing(STREAM)
        assert (footing.newest, footing.base) == (HEADER, None)
        assert [each.listed for each in store.home_programme.operators()] == [operator(1)]
        assert store.home_programme.change() == 0
