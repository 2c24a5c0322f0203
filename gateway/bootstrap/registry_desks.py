"""What tells of the registry beside decisions: agreements, operators, search, changes."""

import time
from typing import Final

from gateway.bootstrap.decisions import RELEASE
from gateway.config.settings import Settings
from gateway.services.bell import Bell
from gateway.services.change_watch import ChangeWatch
from gateway.services.pacing import no_rest
from gateway.services.registry_desk import RegistryDesk
from gateway.services.search import SearchDesk
from gateway.services.search_words import latin_of
from gateway.store.database import sqlite_file
from gateway.store.engines import Store
from gateway.store.search_file import SearchFile
from gateway.store.search_shelf import SearchShelf

REST: Final = 0.002
"""Seconds between two slices of building a search index: lookups beside it go on meanwhile."""


def make_registry_desk(store: Store) -> RegistryDesk:
    """Make the desk that tells of agreements and operators."""
    return RegistryDesk(store.registry, store.history, store.profiles)


def make_search_desk(store: Store) -> SearchDesk:
    """Make the desk that searches; it finds nothing before its first `refresh`."""
    return SearchDesk(
        store.registry, store.profiles, lambda: SearchFile(latin_of), lambda: time.sleep(REST)
    )


def make_search_once(settings: Settings, store: Store) -> SearchDesk:
    """Make the same for a process of one search: it does not rest, and keeps what it has built.

    Beside an SQLite registry, that is; there is no such place with PostgreSQL.

    Raises:
        ConfigError: The database URL is unusable.
    """
    database = sqlite_file(settings.database.read_url())
    if database is None:
        return SearchDesk(store.registry, store.profiles, lambda: SearchFile(latin_of), no_rest)
    shelf = SearchShelf(database, latin_of, RELEASE)
    return SearchDesk(store.registry, store.profiles, shelf.make, no_rest, shelf.find)


def make_change_watch(store: Store, bell: Bell) -> ChangeWatch:
    """Make what answers watches on operators; whoever sees the registry move rings the bell."""
    return ChangeWatch(store.changes, store.profiles, bell)
