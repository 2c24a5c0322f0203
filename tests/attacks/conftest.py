"""One besieged gateway for each module and adapter, as it was before each attack."""

from collections.abc import Iterator

import pytest

from gateway.domain.profiles import FeedKind
from tests.fakes.besieged import Besieged


@pytest.fixture(scope="module")
def besieged(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Besieged]:
    """Of the adapter that the module names in `KIND`, or of each."""
    kind = getattr(request, "param", None) or request.module.KIND
    besieged = Besieged(tmp_path_factory.mktemp("besieged"), kind)
    yield besieged
    besieged.close()


@pytest.fixture
def ground(besieged: Besieged) -> Besieged:
    besieged.relieve()
    return besieged


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Attack every adapter that a module names in `KINDS`, all where it names none."""
    if "ground" in metafunc.fixturenames and not hasattr(metafunc.module, "KIND"):
        kinds = getattr(metafunc.module, "KINDS", tuple(FeedKind))
        metafunc.parametrize("besieged", kinds, indirect=True, scope="module")
