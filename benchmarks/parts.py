"""The parts of a sealed list in one file: its document, then its chunks. Nothing of the gateway."""

from collections.abc import Sequence
from pathlib import Path


def write_parts(file: Path, parts: Sequence[bytes]) -> None:
    """Write each part with its length before it."""
    file.write_bytes(b"".join(len(part).to_bytes(8, "big") + part for part in parts))


def read_parts(file: Path) -> list[bytes]:
    """Read what `write_parts` wrote."""
    content, position, parts = file.read_bytes(), 0, []
    while position < len(content):
        start = position + 8
        position = start + int.from_bytes(content[position:start], "big")
        parts.append(content[start:position])
    return parts
