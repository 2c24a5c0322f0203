"""Search indexes that outlast a command: files beside the registry, named by what they hold.

A command that searches once would build the whole index for it, ten seconds for a hundred thousand
operators. So the newest is kept: one file, private, and never changed once it has its name. Several
processes may build at once; each writes a file of its own and then gives it the name.
"""

import os
import sqlite3
import time
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp
from typing import Final

from gateway.domain.errors import MachineError
from gateway.ports.search import Latin
from gateway.store.search_file import SearchFile

LEFT_BEHIND: Final = 3600
"""Seconds after which a file that nobody finished is of a process that was killed."""


class SearchShelf:
    """Where search indexes are kept.

    Args:
        database: The file of the registry.
        latin: Returns what an operator is found by.
        release: Of this gateway: another may find operators by other letters.
    """

    def __init__(self, database: Path, latin: Latin, release: str) -> None:
        self._folder = database.absolute().parent
        self._prefix = f"{database.stem}.search-"
        self._latin = latin
        self._release = release

    def find(self, state: str) -> SearchFile | None:
        """Return the index that was built from this, if it is kept and can be read."""
        address = f"{self._path(state).as_uri()}?mode=ro&immutable=1"
        try:
            found = SearchFile(self._latin, address)
        except MachineError:
            return None
        return found if found.state == state else None

    def make(self) -> SearchFile:
        """Make an empty index; it is kept once it is finished.

        Raises:
            MachineError: There is no room for it.
        """
        return _Kept(self._latin, self)

    def keep(self, index: sqlite3.Connection, state: str) -> None:
        """Keep a copy of an index, and none that is older. Without room for it none is kept."""
        with suppress(OSError, sqlite3.Error):
            self._sweep()
            # Private to its owner, as the registry is.
            handle, name = mkstemp(suffix=".part", prefix=self._prefix, dir=self._folder)
            part = Path(name)
            try:
                with closing(sqlite3.connect(part)) as copy:
                    index.backup(copy)
                # What has the name is whole, also after a power cut.
                os.fsync(handle)
                part.replace(self._path(state))
            finally:
                os.close(handle)
                part.unlink(missing_ok=True)

    def _path(self, state: str) -> Path:
        digest = sha256(f"{self._release} {state}".encode()).hexdigest()[:16]
        return self._folder / f"{self._prefix}{digest}.db"

    def _sweep(self) -> None:
        """Delete indexes of before. Whoever is searching in one goes on in it."""
        for file in self._folder.glob(f"{self._prefix}*.db"):
            file.unlink(missing_ok=True)
        for part in self._folder.glob(f"{self._prefix}*.part"):
            with suppress(FileNotFoundError):
                if time.time() - part.stat().st_mtime > LEFT_BEHIND:
                    part.unlink()


class _Kept(SearchFile):
    """An index that is put on the shelf when it is finished."""

    def __init__(self, latin: Latin, shelf: SearchShelf) -> None:
        super().__init__(latin)
        self._shelf = shelf

    def finish(self, state: str) -> None:
        super().finish(state)
        self._shelf.keep(self._connection, state)
