"""Whether an SQLite file is still where it was opened.

A connection follows the file, not its name: after a move it writes on to where nobody looks, and
after a deletion into nothing.
"""

from pathlib import Path


class PlacedFile:
    """A file as it was found at its path.

    Args:
        path: Where it lies.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._found = self._look()

    @property
    def is_expected(self) -> bool:
        """Whether there was a file when it was looked for last."""
        return self._found is not None

    def is_in_place(self) -> bool:
        """Tell whether the path leads to the file that was found; takes a microsecond."""
        return self._found is not None and self._look() == self._found

    def forget(self) -> None:
        """Expect no file any more."""
        self._found = None

    def find(self) -> None:
        """Expect what is there now."""
        self._found = self._look()

    def _look(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
