"""The published vectors, read by the gateway and by the second opinion; and what is refused."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import build_vectors
import msgspec
import pytest

from gateway.domain.canonical import header_canonical, list_digest, parse_canonical
from gateway.domain.errors import SchemaViolationError
from gateway.domain.inclusion import InclusionProof, verify_inclusion
from gateway.domain.lists import ListHeader
from gateway.domain.state import StateTree, bucket_of
from tests.fakes import second_opinion
from tests.fakes.headers import header
from tests.fakes.operators import canonical_form_of

FOLDER = Path(__file__).parents[2] / "vectors"


def _vectors(name: str) -> pytest.MarkDecorator:
    vectors = json.loads((FOLDER / name).read_text(encoding="utf-8"))["vectors"]
    return pytest.mark.parametrize("vector", vectors, ids=[one["because"] for one in vectors])


def test_vectors_are_those_that_the_tool_builds() -> None:
    built = build_vectors.build()
    assert {name: (FOLDER / name).read_text(encoding="utf-8") for name in built} == built


@_vectors("operators.json")
def test_sta_1_vector_of_an_operator(vector: dict[str, Any]) -> None:
    canonical = second_opinion.canonical(vector["operator"])
    assert vector["canonical"].encode() == canonical == bytes.fromhex(vector["canonicalHex"])
    assert canonical_form_of(vector["operator"]) == canonical
    listed = parse_canonical(canonical)
    assert listed.digest.hex() == vector["digest"] == second_opinion.digest(0, canonical).hex()


@_vectors("operators.json")
def test_sta_2_vector_of_a_bucket(vector: dict[str, Any]) -> None:
    assert bucket_of(vector["operator"]["id"]) == vector["bucket"]


@_vectors("states.json")
def test_sta_2_vector_of_a_root(vector: dict[str, Any]) -> None:
    digests = {name: bytes.fromhex(digest) for name, digest in vector["digests"].items()}
    assert StateTree.of_digests(digests.items()).root == vector["root"]
    assert second_opinion.root_of_digests(digests) == vector["root"]


@_vectors("headers.json")
def test_sta_6_vector_of_a_list_digest(vector: dict[str, Any]) -> None:
    canonical = second_opinion.canonical(vector["header"])
    assert vector["canonical"].encode() == canonical
    read = msgspec.convert(vector["header"], ListHeader)
    assert header_canonical(read) == canonical
    assert list_digest(read) == vector["listDigest"] == sha256(canonical).hexdigest()


@_vectors("proofs.json")
def test_sta_5_vector_of_an_inclusion_proof(vector: dict[str, Any]) -> None:
    proof = InclusionProof(
        digests=tuple(map(bytes.fromhex, vector["digests"])),
        siblings=tuple(map(bytes.fromhex, vector["siblings"])),
    )
    canonical = vector["canonical"].encode()
    shown = verify_inclusion(proof, canonical, header(stateRoot=vector["root"]))
    assert shown == parse_canonical(canonical).operator


@_vectors("refused.json")
def test_sta_1_vector_of_what_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(SchemaViolationError):
        parse_canonical(vector["bytes"].encode())
