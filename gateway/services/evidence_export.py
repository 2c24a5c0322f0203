"""One kept document as files that programs of others can check (SIG-8)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec

from gateway.domain.documents import Unverified
from gateway.domain.errors import InvalidRequestError, NotFoundError
from gateway.domain.lists import Stream
from gateway.ports.evidence import Evidence, EvidenceItem, Witness

SHORTEST_PREFIX: Final = 8
TakeApart = Callable[[Unverified], Witness]
ToPem = Callable[[bytes], str]


def find_item(evidence: Evidence, which: str, *, partner: str, stream: Stream) -> EvidenceItem:
    """Find a kept document by the sequence of its list, its digest, or the digest's beginning.

    Raises:
        InvalidRequestError: More than one document fits; all are named.
        NotFoundError: None does.
        DatabaseUnavailableError: The database does not answer.
    """
    digests = _candidates(evidence, which, partner, stream)
    if len(digests) > 1:
        message = f"{which} is not one document: {', '.join(digests)}; name one of them"
        raise InvalidRequestError(message, context={"digests": " ".join(digests)})
    item = evidence.find(digests[0]) if digests else None
    if item is None or item.partner != partner:
        message = f"no document {which} of {partner} is kept; see: mra evidence list {partner}"
        raise NotFoundError(message, context={"which": which, "partner": partner})
    return item


def export_files(item: EvidenceItem, *, take_apart: TakeApart, to_pem: ToPem) -> dict[str, bytes]:
    """Return the files of an export, by name: everything needed to check it without us."""
    witness = take_apart(item.document)
    files = dict(witness.files)
    signer, *authorities = item.chain or (None,)
    if signer is None and witness.claimed is not None:
        signer = to_pem(witness.claimed)
    if signer is not None:
        files["signer.pem"] = signer.encode("ascii")
    if authorities:
        files["authorities.pem"] = "\n".join(filter(None, authorities)).encode("ascii")
    if item.revocation_lists:
        files["revocation-lists.pem"] = "\n".join(item.revocation_lists).encode("ascii")
    files["verdict.json"] = _verdict(item)
    readme = _readme(item, witness, files)
    files["SHA256SUMS"] = "".join(
        f"{sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items())
    ).encode()
    files["README.txt"] = readme.encode()
    return files


def _candidates(evidence: Evidence, which: str, partner: str, stream: Stream) -> list[str]:
    if which.isdecimal() and len(which) < SHORTEST_PREFIX:
        return sorted(evidence.digests_of(stream, int(which)))
    if len(which) < SHORTEST_PREFIX:
        message = f"{which!r} is no sequence, and a digest has at least {SHORTEST_PREFIX} digits"
        raise InvalidRequestError(message)
    return [
        note.digest for note in evidence.notes(partner) if note.digest.startswith(which.lower())
    ]


def _verdict(item: EvidenceItem) -> bytes:
    facts = {
        "digest": item.digest,
        "partner": item.partner,
        "packaging": item.packaging,
        "received_at": item.received_at,
        "verdict": item.verdict,
    }
    return msgspec.json.format(msgspec.json.encode(facts), indent=2) + b"\n"


def _readme(item: EvidenceItem, witness: Witness, files: Mapping[str, bytes]) -> str:
    lines = [
        f"Evidence: one document received from {item.partner} ({item.packaging})",
        "",
        f"  digest       {item.digest}",
        f"  received     {_at(item.received_at)}",
        f"  verdict      {item.verdict}",
        "",
        _about_signer(item, witness),
        "",
        "Commands, to be run in this folder; each succeeds if and only if what it checks holds",
        "(for a document that was refused, those that fail tell why). Needed: sha256sum, openssl,",
        "and for XML xmlsec1, for containers python3. Nothing of the gateway is needed.",
        "",
        "# 1. the files are those that were exported",
        "$ sha256sum --check SHA256SUMS",
        "",
        "# 2. the signature",
        *(line if line.startswith("#") else f"$ {line}" for line in witness.commands),
        "",
        "# 3. the signer's certificate",
        *_certificate_commands(item, files),
        "",
        "The digest above is SHA-256 over the document and each chunk, each preceded by its length",
        "as eight bytes, big-endian (ACC-0 of the protocol).",
        "",
    ]
    return "\n".join(lines)


def _about_signer(item: EvidenceItem, witness: Witness) -> str:
    if item.chain:
        return (
            "signer.pem is the certificate that was checked against the partner's registrations;"
            "\nauthorities.pem and revocation-lists.pem, where they are here, are what the partner"
            "\nhad registered for it then."
        )
    if witness.claimed is not None:
        return (
            "The document was not believed. signer.pem is the certificate that the document itself"
            "\nnames: a claim that nobody vouched for."
        )
    return "The document was not believed, and names no certificate that can be read."


def _certificate_commands(item: EvidenceItem, files: Mapping[str, bytes]) -> list[str]:
    if "signer.pem" not in files:
        return ["# none is known"]
    at = f"-attime {int(item.received_at.timestamp())}"
    lines = ["$ openssl x509 -in signer.pem -noout -subject -dates -fingerprint -sha256"]
    if "authorities.pem" not in files:
        return [
            *lines,
            "# pinned by the partner's registration: its dates at the time of receipt",
            f"$ openssl verify -partial_chain -trusted signer.pem {at} signer.pem",
        ]
    crl = "-crl_check -CRLfile revocation-lists.pem " if "revocation-lists.pem" in files else ""
    return [
        *lines,
        "# issued by the partner's authority, and good at the time of receipt",
        f"$ openssl verify -CAfile authorities.pem {crl}{at} signer.pem",
    ]


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
