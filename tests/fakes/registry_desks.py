"""The registry's desks over a registry in memory, for tests of the servers."""

from gateway.entrypoints.rpc.registry_calls import RegistryCalls
from gateway.services.registry_desk import RegistryDesk
from gateway.services.search import SearchDesk
from gateway.services.search_words import latin_of
from gateway.store.search_file import SearchFile
from tests.fakes.desks import make_clock
from tests.fakes.lookup_ports import ProfilesInMemory, RegistryInMemory


def make_registry_desks(
    registry: RegistryInMemory, profiles: ProfilesInMemory
) -> tuple[RegistryDesk, SearchDesk]:
    """Make the desks; the search has to be refreshed first."""
    desk = RegistryDesk(registry, registry, profiles)
    return desk, SearchDesk(registry, profiles, lambda: SearchFile(latin_of), lambda: None)


def make_registry_calls(
    registry: RegistryInMemory, profiles: ProfilesInMemory
) -> tuple[RegistryCalls, SearchDesk]:
    """Make the handlers, and the search that has to be refreshed first."""
    desk, search = make_registry_desks(registry, profiles)
    return RegistryCalls(desk, search, make_clock()), search


def no_registry_calls() -> RegistryCalls:
    """Make handlers that know of nothing."""
    return make_registry_calls(RegistryInMemory(), ProfilesInMemory())[0]
