"""What signxml 5.2.0 does otherwise than SIG-1 asks; nothing else of the library is touched.

Two differences on signing, one on verifying. The version is pinned exactly in `pyproject.toml`:
these methods are private to the library, and xmlsec1 is asked in the tests whether they still do
what they say.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.util import SigningSettings
from signxml.verifier import VerifyResult
from signxml.xades.xades import XAdESSigner, XAdESVerifier

from gateway.trust.xades_rules import DS, EXCLUSIVE_C14N, XADES

XML_METHODS: Mapping[str, SignatureMethod] = {
    "ecdsa-p256-sha256": SignatureMethod.ECDSA_SHA256,
    "ecdsa-p384-sha384": SignatureMethod.ECDSA_SHA384,
    "rsa-pss-sha256": SignatureMethod.SHA256_RSA_MGF1,
    "rsa-pss-sha384": SignatureMethod.SHA384_RSA_MGF1,
    "rsa-pss-sha512": SignatureMethod.SHA512_RSA_MGF1,
    "rsa-pkcs1-sha256": SignatureMethod.RSA_SHA256,
    "rsa-pkcs1-sha384": SignatureMethod.RSA_SHA384,
    "rsa-pkcs1-sha512": SignatureMethod.RSA_SHA512,
}
"""XML signature methods by algorithm name; Ed25519 has none here (SIG-4: DSSE only)."""


class TwoReferenceSigner(XAdESSigner):
    """Signs the document and its properties, and states the time that it is given."""

    def __init__(self, method: SignatureMethod, signed_at: datetime) -> None:
        super().__init__(
            signature_algorithm=method,
            digest_algorithm=DigestAlgorithm.SHA256,
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        self._signed_at = signed_at

    def add_signing_time(
        self,
        signed_signature_properties: etree._Element,
        sig_root: etree._Element,  # noqa: ARG002 - the library passes it by name
        signing_settings: SigningSettings,  # noqa: ARG002 - the same
    ) -> None:
        """Write the time of the run; the library would read the clock."""
        element = etree.SubElement(signed_signature_properties, f"{XADES}SigningTime")
        element.text = f"{self._signed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

    def _add_reference_to_signed_info(
        self, sig_root: etree._Element, node_to_reference: etree._Element, **attrs: str
    ) -> None:
        # The library adds one to KeyInfo, which SIG-1 does not have.
        if node_to_reference.tag == f"{DS}KeyInfo":
            return
        super()._add_reference_to_signed_info(sig_root, node_to_reference, **attrs)  # type: ignore[no-untyped-call] # the library's private methods have no types
        # It digests exclusive C14N without saying so; others then take inclusive C14N.
        reference = sig_root.findall(f"{DS}SignedInfo/{DS}Reference")[-1]
        transforms = etree.Element(f"{DS}Transforms")
        etree.SubElement(transforms, f"{DS}Transform", Algorithm=EXCLUSIVE_C14N)
        reference.insert(0, transforms)


class PositionalVerifier(XAdESVerifier):
    """Resolves `#...` references inside the signature only, and copies large trees less often."""

    def get_root(self, data: etree._Element) -> etree._Element:
        """Take the tree as it is: it was parsed for this call and belongs to it."""
        return data

    def _verify_reference(  # noqa: PLR0917 - the library calls it by position
        self,
        reference: etree._Element,
        index: int,
        root: etree._Element,
        uri_resolver: Callable[[str], bytes] | None,
        c14n_algorithm: CanonicalizationMethod,
        signature: etree._Element,
        signature_key_used: object,
    ) -> VerifyResult:
        # An id in the document's body can then never stand for the signed properties.
        scope = root if reference.get("URI") == "" else signature
        result: VerifyResult = super()._verify_reference(  # type: ignore[no-untyped-call] # as above
            reference, index, scope, uri_resolver, c14n_algorithm, signature, signature_key_used
        )
        return result
