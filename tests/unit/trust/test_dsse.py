from gateway.domain.profiles import TrustAnchors
from gateway.trust import dsse
from gateway.trust.keys import SigningKey
from tests.fakes.trial_keys import NOW

TYPE = "application/vnd.mra-gateway.list.v1+protobuf"


def test_sig_3_sealed_payload_opens_as_signed(list_key: SigningKey, anchors: TrustAnchors) -> None:
    opened = dsse.open_envelope(dsse.seal(b"header", TYPE, list_key), TYPE, anchors, now=NOW)
    assert opened.content == b"header"
    assert opened.signer.fingerprint == list_key.fingerprint
