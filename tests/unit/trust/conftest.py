import pytest

from gateway.domain.profiles import TrustAnchors
from gateway.trust.keys import SigningKey
from gateway.trust.pki import TrialPki
from tests.fakes.trial_keys import key_of, make_partner, pin


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TrialPki:
    return make_partner(tmp_path_factory.mktemp("xa"))


@pytest.fixture(scope="session")
def list_key(pki: TrialPki) -> SigningKey:
    return key_of(pki.lists)


@pytest.fixture
def anchors(pki: TrialPki) -> TrustAnchors:
    return pin(pki.lists)
