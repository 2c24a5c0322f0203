"""Canonical form, state root and list digest in about twenty lines (STA-1, STA-2, STA-6, annex A).

Operators and headers are plain documents with the keys of annex A, whatever carried them.
"""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

Document = dict[str, Any]


def canonical(value: object, key: str = "") -> str:
    if isinstance(value, dict):
        forms = {
            name: canonical(part, name) for name, part in value.items() if part not in ("", [])
        }
        return "{" + ",".join(f'"{name}":{forms[name]}' for name in sorted(forms)) + "}"
    if isinstance(value, list):
        parts = [canonical(part) for part in value]
        return "[" + ",".join(parts if key == "lines" else sorted(parts, key=str.encode)) + "]"
    return json.dumps(value, ensure_ascii=False)


def state_root(operators: Iterable[Document]) -> str:
    buckets = [b""] * 4096
    for operator in sorted(operators, key=lambda one: one["id"].encode()):
        place = sha256(operator["id"].encode()).digest()
        digest = sha256(b"\x00" + canonical(operator).encode()).digest()
        buckets[place[0] * 16 + (place[1] >> 4)] += digest
    level = [sha256(b"\x02" + bucket).digest() for bucket in buckets]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return level[0].hex()


def list_digest(header: Document) -> str:
    return sha256(canonical(header).encode()).hexdigest()
