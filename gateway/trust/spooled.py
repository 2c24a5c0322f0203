"""A private file for what is too large to be held in memory: written once, then read as a stream.

It has no name, so that nobody else can open or change it, and it is gone when nobody holds it.
"""

from collections.abc import Iterator
from hashlib import new
from tempfile import TemporaryFile
from typing import Final

PIECE: Final = 64 * 1024


class SpooledFile:
    """Bytes on disk, and their digest, taken as they are written."""

    def __init__(self, algorithm: str) -> None:
        """Make an empty one; `algorithm` as `hashlib` names it."""
        self._file = TemporaryFile("w+b", buffering=PIECE)  # noqa: SIM115 - closed with the object
        self._digest = new(algorithm)

    def write(self, piece: bytes) -> None:
        """Append."""
        self._digest.update(piece)
        self._file.write(piece)

    @property
    def digest(self) -> bytes:
        """The digest of all that was written."""
        return self._digest.digest()

    def flush(self) -> None:
        """Bring it to the disk's cache, so that a full disk is known by now."""
        self._file.flush()

    def pieces(self) -> Iterator[bytes]:
        """Yield all that was written, from the beginning; one reader at a time."""
        self._file.seek(0)
        while piece := self._file.read(PIECE):
            yield piece

    def close(self) -> None:
        """Give the space back."""
        self._file.close()

    def __del__(self) -> None:
        """Close what nobody closed: a verified list lives as long as somebody judges it."""
        self.close()
