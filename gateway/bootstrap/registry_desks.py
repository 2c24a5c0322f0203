"""What tells of the registry beside decisions: agreements, operators, search, changes."""

import time
from typing import Final

from gateway.services.bell import Bell
from gateway.services.change_watch import ChangeWatch
from gateway.services.registry_desk import RegistryDesk
from gateway.services.search import SearchDesk
from gateway.services.search_words import latin_of
from gateway.store.engines import Store
from gateway.store.search_file import SearchFile

REST: Final = 0.002
"""Seconds between two slices of building a search index: lookups beside it go on meanwhile."""


def make_registry_desk(store: Store) -> RegistryDesk:
    """Make the desk that tells of agreements and operators."""
    return RegistryDesk(store.registry, store.history, store.profiles)


def make_search_desk(store: Store, rest: float = REST) -> SearchDesk:
    """Make the desk that searches; it finds nothing before its first `refresh`.

    Args:
        store: The registry.
        rest: Seconds between two slices of building; 0 where nobody else wants the processor.
    """
    return SearchDesk(
        store.registry, store.profiles, lambda: SearchFile(latin_of), lambda: time.sleep(rest)
    )


def make_change_watch(store: Store, bell: Bell) -> ChangeWatch:
    """Make what answers watches on operators; whoever sees the registry move rings the bell."""
    return ChangeWatch(store.changes, store.profiles, bell)
