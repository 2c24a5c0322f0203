"""Write the vectors of canonical form, digests and roots in tests/vectors; --check only compares.

They are normative (STA-1): a partner's own system has to come to the same bytes. The source is
operators.source.json beside them; headers and states are built here, from fixed values.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from gateway.domain.canonical import header_canonical, list_digest, list_operator
from gateway.domain.inclusion import inclusion_proof
from gateway.domain.lists import ListedOperator, ListHeader
from gateway.domain.operators import Operator
from gateway.domain.state import bucket_of, state_root

VECTORS = Path(__file__).resolve().parents[1] / "tests" / "vectors"
SOURCE = VECTORS / "operators.source.json"
Json = dict[str, object]

HEADER: Json = {
    "version": 1,
    "listId": "XA-XH-2026-0001",
    "kind": "FULL",
    "issuer": "XA",
    "recipient": "XH",
    "agreement": "XH-XA",
    "test": False,
    "epoch": 1,
    "sequence": 1,
    "issuedAt": "2026-11-01T12:00:00Z",
    "nextUpdateAt": "2026-11-03T12:00:00Z",
}


def main() -> int:
    """Write or compare, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if stale")
    check = parser.parse_args().check
    stale = [name for name, text in build().items() if not _settle(VECTORS / name, text, check)]
    for name in stale:
        print(f"stale: tests/vectors/{name}; run tools/build_vectors.py", file=sys.stderr)
    return 1 if stale else 0


def build() -> dict[str, str]:
    """Return the files of vectors by name."""
    source = json.loads(SOURCE.read_text(encoding="utf-8"))["operators"]
    cases = [(one["because"], one["operator"]) for one in source]
    listed = [list_operator(msgspec.convert(operator, Operator)) for _, operator in cases]
    return {
        "operators.json": _text(
            "Each operator as received, its canonical form (STA-1), its digest and its bucket.",
            [
                {"because": because, "operator": operator, **_operator(one)}
                for (because, operator), one in zip(cases, listed, strict=True)
            ],
        ),
        "states.json": _text(
            "Operator digests by id, in any order, and the root of that state (STA-2).",
            list(_states(listed)),
        ),
        "headers.json": _text(
            "Headers, their canonical form and the list digest (STA-6).", list(_headers(listed))
        ),
        "proofs.json": _text(
            "Inclusion proofs (STA-5): bucket digests and siblings, lowest first.",
            list(_proofs(listed)),
        ),
    }


def _operator(one: ListedOperator) -> Json:
    return {
        "canonical": one.canonical.decode(),
        "canonicalHex": one.canonical.hex(),
        "digest": one.digest.hex(),
        "bucket": bucket_of(one.operator.id),
    }


def _states(listed: list[ListedOperator]) -> Iterable[Json]:
    shared = _of_one_bucket(listed[0])
    for because, operators in (
        ("no operator at all", []),
        ("one operator", listed[:1]),
        ("three operators of one bucket, which are hashed in byte order of id", shared),
        ("the operators of operators.json", listed),
        ("many operators: buckets with none, one and several", _many(listed[0])),
    ):
        yield {
            "because": because,
            "digests": {one.operator.id: one.digest.hex() for one in reversed(operators)},
            "root": state_root(operators),
        }


def _headers(listed: list[ListedOperator]) -> Iterable[Json]:
    first = HEADER | {"stateRoot": state_root(listed), "quantity": len(listed)}
    digest = list_digest(msgspec.convert(first, ListHeader))
    second = first | {
        "listId": "Liste Nº 2 \u2013 示例",
        "test": True,
        "sequence": 2,
        "previousDigest": digest,
        "stateRoot": state_root([]),
        "quantity": 0,
    }
    for because, header in (
        ("the first list of a stream names none before it", first),
        ("a later list, of a test stream, without operators", second),
    ):
        read = msgspec.convert(header, ListHeader)
        yield {
            "because": because,
            "header": header,
            "canonical": header_canonical(read).decode(),
            "listDigest": list_digest(read),
        }


def _proofs(listed: list[ListedOperator]) -> Iterable[Json]:
    many = _many(listed[0])
    for because, operators, wanted in (
        ("alone in its state", listed[:1], listed[0]),
        ("one of three in its bucket", _of_one_bucket(listed[0]), listed[0]),
        ("one of many", many, many[7]),
    ):
        proof = inclusion_proof(operators, wanted.operator.id)
        yield {
            "because": because,
            "canonical": wanted.canonical.decode(),
            "digests": [digest.hex() for digest in proof.digests],
            "siblings": [digest.hex() for digest in proof.siblings],
            "root": state_root(operators),
        }


def _many(pattern: ListedOperator, count: int = 1000) -> list[ListedOperator]:
    return [_renamed(pattern, f"XA{number:010d}") for number in range(1, count + 1)]


def _of_one_bucket(pattern: ListedOperator) -> list[ListedOperator]:
    wanted, found, number = bucket_of(pattern.operator.id), [pattern], 1
    while len(found) < 3:  # noqa: PLR2004 - three show an order
        number += 1
        if bucket_of(identifier := f"XA{number:010d}") == wanted:
            found.append(_renamed(pattern, identifier))
    return found


def _renamed(pattern: ListedOperator, identifier: str) -> ListedOperator:
    return list_operator(msgspec.structs.replace(pattern.operator, id=identifier))


def _text(about: str, vectors: list[Json]) -> str:
    document = {"about": about, "vectors": vectors}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _settle(file: Path, text: str, check: bool) -> bool:
    if check:
        return file.is_file() and file.read_bytes() == text.encode()
    file.write_bytes(text.encode())
    return True


if __name__ == "__main__":
    sys.exit(main())
