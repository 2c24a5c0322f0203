"""A database of an earlier revision is brought to this release with what stands in it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from gateway.domain.deliveries import DeliveryState, Failure
from gateway.domain.lists import Stream
from gateway.ports.deliveries import Wanted
from gateway.store import migrations
from gateway.store.database import open_database
from gateway.store.engines import Store, open_store
from gateway.store.json_text import to_json
from gateway.store.versioning import upgrade
from tests.contract.synthetic_lists import NOW, STREAM, acknowledgement
from tests.postgres_server import PostgresServer

DELIVERED, WAITING = (acknowledgement(sequence) for sequence in (1, 2))
AT = int(NOW.timestamp())


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.db'}"
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    with postgres.database() as made:
        yield made


def make_first(url: str) -> None:
    """Make the first schema, with one answer delivered and one that failed to be."""
    with open_database(url) as database, database.write() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text("INSERT INTO streams VALUES (1, 'XB', 'XA', 'XA-XB', :false, 1, 2, 0)"),
            {"false": False},
        )
        for key, sealed in enumerate((DELIVERED, WAITING), start=1):
            connection.execute(
                text("INSERT INTO acknowledgements VALUES (:key, 1, :body, :document)"),
                {
                    "key": key,
                    "body": to_json(sealed.acknowledgement),
                    "document": sealed.document,
                },
            )
        connection.execute(
            text(
                "INSERT INTO deliveries VALUES (1, 1, 1, 1, :at, :at, NULL),"
                " (2, 1, 2, 3, :at, NULL, '2026-03-01T11:59:00+00:00 connection refused')"
            ),
            {"at": AT},
        )


def test_acc_15_outbox_of_the_first_schema_becomes_the_delivery_log(url: str) -> None:
    make_first(url)
    upgrade(url)
    with open_store(url, clock=lambda: NOW) as store:
        waiting, delivered = store.deliveries.find(Wanted(limit=10))
        assert (delivered.state, delivered.answer) == (
            DeliveryState.DELIVERED,
            DELIVERED.acknowledgement,
        )
        assert delivered.transmission.digest == sha256(DELIVERED.document).hexdigest()
        assert waiting.transmission.failure == Failure(
            code="TRANSPORT_FAILED", why="connection refused", next_attempt_at=NOW
        )
        assert (waiting.attempts, waiting.tried_at) == (
            3,
            datetime(2026, 3, 1, 11, 59, tzinfo=UTC),
        )
        assert due(store, STREAM) == [WAITING]


def due(store: Store, stream: Stream) -> list[object]:
    return [each.sealed for each in store.outbox.due(stream, NOW)]
