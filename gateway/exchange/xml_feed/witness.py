"""An XML list for xmlsec1: the document is checked as it is."""

from base64 import b64decode
from typing import Final

from gateway.domain.documents import Unverified
from gateway.domain.errors import GatewayError
from gateway.domain.profiles import Limits
from gateway.ports.evidence import Witness
from gateway.trust.xades_rules import claimed_signature
from gateway.trust.xml_parsing import parse

COMMAND: Final = (
    "xmlsec1 --verify --enabled-reference-uris empty,same-doc --id-attr:Id SignedProperties "
    "--enabled-key-data rsa,ec --pubkey-cert-pem signer.pem list.xml"
)


def take_apart(document: Unverified) -> Witness:
    """Write down the document and how xmlsec1 checks it."""
    return Witness(
        files={"list.xml": document.document},
        commands=("# both references, the list and the signed properties, must be OK", COMMAND),
        claimed=_claimed(document.document),
    )


def _claimed(document: bytes) -> bytes | None:
    try:
        certificates = claimed_signature(parse(document, Limits())).certificates
        return b64decode("".join(certificates[0].split()), validate=True)
    except (GatewayError, IndexError, ValueError):
        # Refused documents need not have a signature of the right shape.
        return None
