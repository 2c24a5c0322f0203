"""Opening a database of this release: one object with every port on it."""

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from gateway.domain.errors import GatewayError
from gateway.store.actors import RegisteredActors
from gateway.store.approvals import SignedApprovals
from gateway.store.audit import AuditTrail
from gateway.store.audit_heads import HeadsOfTrail
from gateway.store.blocks import OperatorBlocks
from gateway.store.callers import RegisteredCallers
from gateway.store.changes import RegistryChanges
from gateway.store.contacts import StreamContacts
from gateway.store.database import Database, open_database
from gateway.store.evidence import EvidenceLocker
from gateway.store.held_lists import HoldsOfLists
from gateway.store.history import RegistryHistory
from gateway.store.home_programme import HomeOperators
from gateway.store.leases import RunLeases
from gateway.store.outbox import AcknowledgementOutbox
from gateway.store.overview import StreamOverview
from gateway.store.profiles import ProfileVersions
from gateway.store.proofs import BucketsOfStates
from gateway.store.publications import IssuedLists
from gateway.store.registry import AcceptedLists
from gateway.store.transmissions import TransmissionLog
from gateway.store.usage import CallerUsage
from gateway.store.versioning import require_current, require_made


class Store:
    """Every port on one database. Safe to use from several threads; not across a fork."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self.registry = AcceptedLists(database)
        self.held_lists = HoldsOfLists(database)
        self.history = RegistryHistory(database)
        self.changes = RegistryChanges(database)
        self.publications = IssuedLists(database, clock)
        self.home_programme = HomeOperators(database, clock)
        self.outbox = AcknowledgementOutbox(database)
        self.deliveries = TransmissionLog(database)
        self.contacts = StreamContacts(database)
        self.profiles = ProfileVersions(database)
        self.callers = RegisteredCallers(database)
        self.usage = CallerUsage(database)
        self.blocks = OperatorBlocks(database, clock)
        self.actors = RegisteredActors(database)
        self.approvals = SignedApprovals(database)
        self.leases = RunLeases(database)
        self.audit = AuditTrail(database)
        self.proofs = BucketsOfStates(database)
        self.audit_heads = HeadsOfTrail(database)
        self.evidence = EvidenceLocker(database)
        self.overview = StreamOverview(database)

    def close(self) -> None:
        """Give back all connections. May be called twice."""
        self._database.close()

    def __enter__(self) -> Self:
        """Return itself, to be closed at the end of a `with` block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()


def open_store(url: str, *, clock: Callable[[], datetime]) -> Store:
    """Open a database that `upgrade` has made.

    Args:
        url: `sqlite:///FILE` or `postgresql+psycopg://USER@HOST/NAME`.
        clock: Tells the time of audit events whose port takes no `now`.

    Raises:
        ConfigError: The URL is neither.
        SchemaVersionError: An older or a newer release made the database, or none yet.
        DatabaseUnavailableError: It does not answer.
        StoreError: It answers with an error.
    """
    require_made(url)
    database = open_database(url)
    try:
        require_current(database)
    except GatewayError:
        database.close()
        raise
    return Store(database, clock)
