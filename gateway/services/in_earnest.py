"""The agreements that lookups know of: not those whose lists are for trials."""

from collections.abc import Iterator

from gateway.domain.profiles import PartnerProfile
from gateway.ports.profiles import Profiles


def in_earnest(profiles: Profiles) -> Iterator[PartnerProfile]:
    """Yield the newest profile of each agreement whose lists are no test lists.

    Those that cannot be read are left out; lookups tell of them.

    Raises:
        DatabaseUnavailableError: The database does not answer.
    """
    for stored in profiles.survey().readable:
        # ACC-4: a test list answers no lookup
        if stored.profile.test:
            continue
        yield stored.profile
