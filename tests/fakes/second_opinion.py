"""Canonical form and roots a second time, from the text of the protocol: json and hashlib alone.

Takes operators and headers as plain JSON objects; shares no line with `gateway`.
"""

import hashlib
import json
from functools import lru_cache


def form(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def settled(value: object, key: str = "") -> object:
    if isinstance(value, dict):
        return {name: settled(member, name) for name, member in value.items() if member != []}
    if isinstance(value, list):
        members = [settled(member) for member in value]
        return members if key == "lines" else sorted(members, key=form)
    return value


def canonical(value: object) -> bytes:
    return form(settled(value))


@lru_cache(10_000)  # most buckets are empty, and so is most of the tree
def digest(tag: int, *parts: bytes) -> bytes:
    return hashlib.sha256(bytes([tag]) + b"".join(parts)).digest()


def root(operators: dict[str, bytes]) -> str:
    """Take canonical forms by operator id."""
    return root_of_digests({name: digest(0, form) for name, form in operators.items()})


def root_of_digests(operators: dict[str, bytes]) -> str:
    """Take operator digests by operator id."""
    buckets: list[list[bytes]] = [[] for _ in range(4096)]
    for name in sorted(operators, key=str.encode):
        start = int.from_bytes(hashlib.sha256(name.encode()).digest()[:2], "big")
        buckets[start >> 4].append(operators[name])
    level = [digest(2, *members) for members in buckets]
    while len(level) > 1:
        level = [digest(1, *level[at : at + 2]) for at in range(0, len(level), 2)]
    return level[0].hex()
