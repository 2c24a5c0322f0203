"""An XML list for xmlsec1: the document as it is, or the container with how to unpack it."""

from base64 import b64decode
from typing import Final

from gateway.domain.documents import Unverified
from gateway.domain.errors import GatewayError
from gateway.domain.profiles import Limits
from gateway.ports.evidence import Witness
from gateway.trust.asice import RAW_LIST, read_signature
from gateway.trust.container import is_container
from gateway.trust.xades_rules import claimed_signature
from gateway.trust.xml_parsing import parse

COMMAND: Final = (
    "xmlsec1 --verify --enabled-reference-uris empty,same-doc --id-attr:Id SignedProperties "
    "--enabled-key-data rsa,ec --pubkey-cert-pem signer.pem list.xml"
)
# "remote" is what xmlsec1 calls a file that is named without its folder.
CONTAINER_COMMAND: Final = (
    "xmlsec1 --verify --enabled-reference-uris same-doc,remote --id-attr:Id SignedProperties "
    "--enabled-key-data rsa,ec --pubkey-cert-pem signer.pem META-INF/signatures.xml"
)


def take_apart(document: Unverified) -> Witness:
    """Write down the document and how xmlsec1 checks it."""
    if is_container(document.document):
        return Witness(
            files={"list.asice": document.document},
            commands=(
                "# both references, the list and the signed properties, must be OK",
                "python3 -m zipfile -e list.asice .",
                CONTAINER_COMMAND,
            ),
            claimed=_claimed(document.document),
        )
    return Witness(
        files={"list.xml": document.document},
        commands=("# both references, the list and the signed properties, must be OK", COMMAND),
        claimed=_claimed(document.document),
    )


def _claimed(document: bytes) -> bytes | None:
    try:
        if is_container(document):
            claimed = claimed_signature(read_signature(document, Limits()), RAW_LIST)
        else:
            claimed = claimed_signature(parse(document, Limits()))
        certificates = claimed.certificates
        return b64decode("".join(certificates[0].split()), validate=True)
    except (GatewayError, IndexError, ValueError):
        # Refused documents need not have a signature of the right shape.
        return None
