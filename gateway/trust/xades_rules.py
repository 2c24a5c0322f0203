"""What a signature may look like (SIG-1, SIG-2, SIG-4), checked before it is verified.

The library skips transforms that it does not know and looks elements up by name, so that a
signature of another shape could cover something else than what is read afterwards. Here every
element is taken by its place, and what is not listed is refused.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain

from lxml import etree

from gateway.domain.errors import SignatureError, WeakAlgorithmError

DS = "{http://www.w3.org/2000/09/xmldsig#}"
XADES = "{http://uri.etsi.org/01903/v1.3.2#}"
EXCLUSIVE_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"

DIGESTS = frozenset(
    {
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
        "http://www.w3.org/2001/04/xmlenc#sha512",
    }
)


@dataclass(frozen=True, slots=True)
class DataReference:
    """The first reference of a signature: to what is signed."""

    uri: str
    transforms: tuple[str, ...]


WHOLE_DOCUMENT = DataReference("", (ENVELOPED, EXCLUSIVE_C14N))
"""Of a signature in its document (SIG-1)."""


@dataclass(frozen=True, slots=True)
class ClaimedSignature:
    """What a signature of the right shape says about itself; nothing of it is verified."""

    method: str
    """URI of its `SignatureMethod`."""
    certificates: tuple[str, ...]
    """Base64, the signer's first."""
    references: int
    properties: etree._Element
    """`SignedProperties`."""


def claimed_signature(
    root: etree._Element, data: DataReference = WHOLE_DOCUMENT
) -> ClaimedSignature:
    """Check the shape of the document's one signature.

    Args:
        root: The document that the signature is in.
        data: How it must refer to what it signs.

    Raises:
        SignatureError: None, several, not the root's last child, or parts missing.
        WeakAlgorithmError: A reference, transform, algorithm or element that is not allowed.
    """
    signature = _find_signature(root)
    signed_info, _, key_info, container = _parts(
        signature, "SignedInfo", "SignatureValue", "KeyInfo", "Object", attributes={"Id"}
    )
    names = ("CanonicalizationMethod", "SignatureMethod", *["Reference"] * (len(signed_info) - 2))
    c14n, method, *references = _parts(signed_info, *names, attributes={"Id"})
    _check_algorithm(c14n, {EXCLUSIVE_C14N})
    _parts(method, attributes={"Algorithm"})
    properties = _signed_properties(container)
    _check_references(references, data, properties, key_info)
    return ClaimedSignature(
        method=method.get("Algorithm", ""),
        certificates=_certificates(key_info),
        references=len(references),
        properties=properties,
    )


def signing_time_of(signed_properties: etree._Element) -> str:
    """Return the text of `SigningTime` in verified properties.

    Raises:
        SignatureError: There is none.
    """
    text = signed_properties.findtext(f"{XADES}SignedSignatureProperties/{XADES}SigningTime")
    if not text:
        raise SignatureError("signature states no signing time")
    return text


def _find_signature(root: etree._Element) -> etree._Element:
    signatures = list(root.iter(f"{DS}Signature"))
    if not signatures:
        raise SignatureError("document is not signed")
    # SIG-1: one signature in the whole document, so that nothing can be taken for another
    if len(signatures) > 1:
        raise SignatureError(f"document has {len(signatures)} signatures, one is needed")
    # SIG-1: the signature is the last child of the root
    if len(root) == 0 or root[-1] is not signatures[0]:
        raise SignatureError("signature is not the last child of the document's root")
    return signatures[0]


def _signed_properties(container: etree._Element) -> etree._Element:
    (qualifying,) = _parts(container, "QualifyingProperties", namespace=XADES)
    (signed,) = _parts(qualifying, "SignedProperties", namespace=XADES, attributes={"Target"})
    for digest in signed.iter(f"{DS}DigestMethod"):
        _check_algorithm(digest, DIGESTS)
    return signed


def _uri_of(element: etree._Element) -> str:
    name = element.get("Id")
    if not name:
        raise SignatureError(f"{_local(element)} has no id")
    return f"#{name}"


def _check_references(
    references: list[etree._Element],
    data: DataReference,
    properties: etree._Element,
    key_info: etree._Element,
) -> None:
    # SIG-1: the document and its properties; a third one to this KeyInfo is tolerated
    if len(references) not in {2, 3}:
        raise WeakAlgorithmError(f"signature has {len(references)} references, two are needed")
    document, signed, *own_key = references
    _check_reference(document, data.uri, None, data.transforms)
    _check_reference(signed, _uri_of(properties), SIGNED_PROPERTIES, (EXCLUSIVE_C14N,))
    for reference in own_key:
        _check_reference(reference, _uri_of(key_info), None, (EXCLUSIVE_C14N,))


def _check_reference(
    reference: etree._Element, uri: str, kind: str | None, transforms: tuple[str, ...]
) -> None:
    # Raw bytes have no transforms, and then no element for them.
    names = ("Transforms", "DigestMethod", "DigestValue")[0 if transforms else 1 :]
    *steps, digest, _ = _parts(reference, *names, attributes={"Id", "URI", "Type"})
    # SIG-1: these references in this order, nothing external (SIG-4)
    if reference.get("URI") != uri:
        raise WeakAlgorithmError(f"reference to {reference.get('URI')!r} is not allowed here")
    # SIG-1: the properties are named as such, and nothing else is
    if reference.get("Type") != kind:
        raise WeakAlgorithmError(f"reference of type {reference.get('Type')} is not allowed here")
    found = [step.get("Algorithm") for each in steps for step in each]
    # SIG-1: these transforms in this order; the library would skip one that it does not know
    if found != list(transforms):
        raise WeakAlgorithmError(f"transforms {found} are not allowed here")
    for step in chain.from_iterable(steps):
        _parts(step, attributes={"Algorithm"})
    _check_algorithm(digest, DIGESTS)


def _certificates(key_info: etree._Element) -> tuple[str, ...]:
    # No RetrievalMethod (SIG-4), no bare key beside the certificate.
    (data,) = _parts(key_info, "X509Data", attributes={"Id"})
    certificates = _parts(data, *["X509Certificate"] * max(len(data), 1))
    return tuple(certificate.text or "" for certificate in certificates)


def _check_algorithm(element: etree._Element, allowed: AbstractSet[str]) -> None:
    _parts(element, attributes={"Algorithm"})
    # SIG-4: digests and canonicalisation from the list of allowed ones
    if element.get("Algorithm") not in allowed:
        message = f"{_local(element)} {element.get('Algorithm')} is not allowed"
        raise WeakAlgorithmError(message)


def _parts(
    element: etree._Element,
    *names: str,
    namespace: str = DS,
    attributes: AbstractSet[str] = frozenset(),
) -> list[etree._Element]:
    found = [child.tag for child in element]
    expected = [namespace + name for name in names]
    missing = [name for name in expected if name not in found]
    if missing:
        raise SignatureError(f"{_local(element)} has no {etree.QName(missing[0]).localname}")
    # SIG-1: exactly the listed elements, in this order (SIG-4: no Manifest, no RetrievalMethod)
    if found != expected:
        raise WeakAlgorithmError(f"{_local(element)} holds other elements than are allowed")
    # SIG-1: no attribute that is not listed
    if not attributes >= set(element.keys()):
        raise WeakAlgorithmError(f"{_local(element)} has other attributes than are allowed")
    return list(element)


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname
