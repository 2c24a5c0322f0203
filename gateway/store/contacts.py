"""When the issuer of a stream was asked last, and how that ended."""

from sqlalchemy import insert, select, update

from gateway.domain.lists import Stream
from gateway.ports.contacts import Contact
from gateway.store.database import Database
from gateway.store.schema_deliveries import contacts
from gateway.store.streams import add_stream, find_stream


class StreamContacts:
    """`ports.contacts.Contacts` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, stream: Stream, contact: Contact) -> None:
        """Keep the newest contact, and forget the one before.

        Raises:
            ConflictError: Another process notes the first one.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        values = {"at": contact.at, "code": contact.code, "why": contact.why}
        with self._database.write() as connection:
            row = find_stream(connection, stream)
            key = add_stream(connection, stream) if row is None else row.id
            noted = connection.execute(
                update(contacts).where(contacts.c.stream_id == key).values(values)
            )
            if noted.rowcount == 0:
                connection.execute(insert(contacts).values(stream_id=key, **values))

    def last(self, stream: Stream) -> Contact | None:
        """Return the newest contact, or none if the partner was never asked.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            row = find_stream(connection, stream)
            if row is None:
                return None
            last = connection.execute(
                select(contacts.c.at, contacts.c.code, contacts.c.why).where(
                    contacts.c.stream_id == row.id
                )
            ).one_or_none()
        return None if last is None else Contact(at=last.at, code=last.code, why=last.why)
