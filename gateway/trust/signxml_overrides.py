"""What signxml 5.2.0 does otherwise than SIG-1 asks; nothing else of the library is touched.

Two differences on signing, one on verifying; and on both what is signed may be a file beside the
signature, whose digest comes from elsewhere (SIG-2). The version is pinned exactly in
`pyproject.toml`: these methods are private to the library, and xmlsec1 is asked in the tests
whether they still do what they say.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidDigest
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


class FileSigner(TwoReferenceSigner):
    """Signs a file beside the signature, by its SHA-256, and the properties."""

    def __init__(
        self, method: SignatureMethod, signed_at: datetime, *, uri: str, digest: bytes
    ) -> None:
        super().__init__(method, signed_at)
        self._uri = uri
        self._digest = digest

    def _unpack(
        self, data: etree._Element, references: object
    ) -> tuple[etree._Element, etree._Element, list[object], list[object]]:
        # The library would look for what is signed in the document.
        del references
        signature = etree.SubElement(data, f"{DS}Signature", nsmap=self.namespaces)
        return signature, data, [], []

    def _build_sig(
        self, sig_root: etree._Element, *given: object, **settings: object
    ) -> tuple[etree._Element, etree._Element]:
        built: tuple[etree._Element, etree._Element] = super()._build_sig(  # type: ignore[no-untyped-call] # as above
            sig_root, *given, **settings
        )
        reference = etree.SubElement(built[0], f"{DS}Reference", URI=self._uri)
        etree.SubElement(reference, f"{DS}DigestMethod", Algorithm=self.digest_alg.value)
        etree.SubElement(reference, f"{DS}DigestValue").text = b64encode(self._digest).decode()
        return built


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


class FileVerifier(PositionalVerifier):
    """Takes the digest of the file beside the signature from whoever reads it.

    Args:
        uri: The one reference that is not resolved here.
        digest_of: Reads the file and returns its digest: `sha256`, `sha384` or `sha512`. Called
            after the signature value was verified, so that nothing of a stranger is read.
    """

    def __init__(self, uri: str, digest_of: Callable[[str], bytes]) -> None:
        super().__init__()
        self._uri = uri
        self._digest_of = digest_of

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
        if reference.get("URI") != self._uri:
            return super()._verify_reference(
                reference, index, root, uri_resolver, c14n_algorithm, signature, signature_key_used
            )
        algorithm = DigestAlgorithm(reference[0].get("Algorithm"))
        self.check_digest_alg_expected(algorithm)  # type: ignore[no-untyped-call] # as above
        # SIG-2: the reference digests the raw bytes of the file
        if b64decode(reference[1].text or "") != self._digest_of(algorithm.name.lower()):
            raise InvalidDigest(f"Digest mismatch for reference {index} ({self._uri})")
        return VerifyResult(b"", None, signature, b"")
