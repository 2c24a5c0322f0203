"""Names and addresses in a file of SQLite's own that goes away with the process.

A private temporary database, not the registry: it can be made again at any time, its pages leave
memory when it is not asked, and SQLite searches without holding Python's lock, so that lookups
beside it go on. Every group of three letters of an operator is a word of an FTS5 table: typing
errors and word order leave most groups as they are, and every script is in it in Latin letters.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from threading import Lock
from typing import Final

import msgspec

from gateway.domain.errors import MachineError
from gateway.ports.search import Candidate, Findable, Latin

ROWS_READ: Final = 40_000
"""Of each query: as many entries of the index are looked at, those of its rarest groups first."""
GROUPS_OF_A_WORD: Final = 6
CACHE_KIB: Final = 8192
_SHIFT: Final = 32
"""Rows of one agreement lie side by side, so that one alone is searched without the others."""

_SCHEMA: Final = f"""
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -{CACHE_KIB};
CREATE TABLE operators (
    row INTEGER PRIMARY KEY, operator_id TEXT NOT NULL, content BLOB NOT NULL
);
CREATE VIRTUAL TABLE groups USING fts5 (
    latin, content = '', detail = none, columnsize = 0, tokenize = 'trigram'
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (groups, row);
CREATE TABLE frequencies (term TEXT PRIMARY KEY, operators INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE finished (state TEXT NOT NULL, agreements TEXT NOT NULL);
"""
_FINISH: Final = """
INSERT INTO groups (groups) VALUES ('optimize');
INSERT INTO frequencies SELECT term, doc FROM vocabulary;
CREATE INDEX operators_by_id ON operators (operator_id);
"""
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Findable).decode


class SearchFile:
    """`ports.search.SearchIndex` on a temporary file, or on one that was finished before.

    Args:
        latin: Returns what an operator is found by.
        address: URI of a file that was finished; empty makes a new one.

    Raises:
        MachineError: There is no room for it, it cannot be read, or this SQLite has no FTS5.
    """

    def __init__(self, latin: Latin, address: str = "") -> None:
        self._latin = latin
        self._lock = Lock()
        self._state = ""
        self._agreements: list[str] = []
        self._next: dict[int, Iterator[int]] = {}
        with _translated():
            # The empty name is a file that SQLite unlinks as soon as it is open.
            self._connection = sqlite3.connect(
                address, check_same_thread=False, isolation_level=None, uri=True
            )
            if address:
                self._read_what_was_finished()
            else:
                self._connection.executescript(_SCHEMA)

    @property
    def state(self) -> str:
        """What it was built from, as the last change said."""
        return self._state

    def add(self, agreement: str, findables: Iterable[Findable]) -> None:
        """Put operators in that are not there yet: for an index that nobody asks yet.

        Raises:
            MachineError: There is no room for it.
        """
        with self._lock, _translated():
            for _ in self._insert(agreement, findables):
                pass

    def finish(self, state: str) -> None:
        """End the adding: from now on it can be asked, and changed.

        Raises:
            MachineError: There is no room for it.
        """
        with self._lock, _translated():
            self._connection.executescript(_FINISH)
            kept = (state, " ".join(self._agreements))
            self._connection.execute("INSERT INTO finished VALUES (?, ?)", kept)
            self._state = state

    def change(
        self, agreement: str, ended: Iterable[str], came: Iterable[Findable], state: str
    ) -> None:
        """Take operators out by id and put others in, all at once.

        Raises:
            MachineError: There is no room for it.
        """
        with self._lock, _translated():
            moved: Counter[str] = Counter()
            for text in self._delete(agreement, ended):
                moved.subtract(_groups(text))
            for text in self._insert(agreement, came):
                moved.update(_groups(text))
            self._connection.executemany(
                "INSERT INTO frequencies VALUES (?1, ?2)"
                " ON CONFLICT (term) DO UPDATE SET operators = operators + ?2",
                moved.items(),
            )
            self._state = state

    def candidates(
        self, words: Sequence[Sequence[str]], agreement: str | None, most: int
    ) -> tuple[str, Sequence[Candidate]]:
        """Return the state that answers, and operators that share most with a query.

        Raises:
            MachineError: The index cannot be read.
        """
        with self._lock, _translated():
            chosen = self._rarest(words)
            if not chosen or (agreement is not None and agreement not in self._agreements):
                return self._state, ()
            rows = self._connection.execute(*self._question(chosen, agreement, most)).fetchall()
            state = self._state
        found = [Candidate(self._agreements[row >> _SHIFT], _decode(kept)) for row, kept in rows]
        return state, found

    def close(self) -> None:
        """Give back its room. May be called twice."""
        with self._lock:
            self._connection.close()

    def __del__(self) -> None:
        """Give back its room when the last search in it has ended."""
        if hasattr(self, "_connection"):
            self._connection.close()

    def _read_what_was_finished(self) -> None:
        rows = self._connection.execute("SELECT state, agreements FROM finished").fetchall()
        for self._state, agreements in rows:
            for agreement in agreements.split():
                self._first_row(agreement)

    def _insert(self, agreement: str, came: Iterable[Findable]) -> Iterator[str]:
        """Write operators, and yield the text of each."""
        first = self._first_row(agreement)
        number = self._next[first]
        for findable in came:
            row, text = first + next(number), self._latin(findable)
            self._connection.execute(
                "INSERT INTO operators VALUES (?, ?, ?)",
                (row, findable.operator_id, _encode(findable)),
            )
            self._connection.execute("INSERT INTO groups (rowid, latin) VALUES (?, ?)", (row, text))
            yield text

    def _delete(self, agreement: str, ended: Iterable[str]) -> Iterator[str]:
        """Delete operators, and yield the text of each."""
        first = self._first_row(agreement)
        for operator_id in ended:
            rows = self._connection.execute(
                "SELECT row, content FROM operators WHERE operator_id = ? AND row BETWEEN ? AND ?",
                (operator_id, first, first + (1 << _SHIFT) - 1),
            ).fetchall()
            for row, content in rows:
                text = self._latin(_decode(content))
                self._connection.execute(
                    "INSERT INTO groups (groups, rowid, latin) VALUES ('delete', ?, ?)", (row, text)
                )
                self._connection.execute("DELETE FROM operators WHERE row = ?", (row,))
                yield text

    def _first_row(self, agreement: str) -> int:
        if agreement not in self._agreements:
            self._agreements.append(agreement)
            self._next[self._agreements.index(agreement) << _SHIFT] = count(1)
        return self._agreements.index(agreement) << _SHIFT

    def _rarest(self, words: Sequence[Sequence[str]]) -> list[tuple[str, int]]:
        """Return the groups worth looking at with what each tells, the rarest of all words."""
        groups = sorted({group for word in words for group in word})
        marks = ",".join("?" * len(groups))
        frequencies: dict[str, int] = dict(
            self._connection.execute(
                f"SELECT term, operators FROM frequencies"  # noqa: S608 - of question marks
                f" WHERE operators > 0 AND term IN ({marks})",
                groups,
            ).fetchall()
        )
        of_words = (
            sorted(
                (group for group in set(word) if group in frequencies), key=frequencies.__getitem__
            )
            for word in words
        )
        pool = {group for rare in of_words for group in rare[:GROUPS_OF_A_WORD]}
        chosen: list[tuple[str, int]] = []
        rows = 0
        for group in sorted(pool, key=lambda group: (frequencies[group], group)):
            rows += frequencies[group]
            if chosen and rows > ROWS_READ:
                break
            # What half as many operators have tells one point more.
            chosen.append((group, 40 - frequencies[group].bit_length()))
        return chosen

    def _question(
        self, chosen: Sequence[tuple[str, int]], agreement: str | None, most: int
    ) -> tuple[str, list[object]]:
        first, last = 0, len(self._agreements) << _SHIFT
        if agreement is not None:
            first = self._first_row(agreement)
            last = first + (1 << _SHIFT) - 1
        one = (
            "SELECT * FROM (SELECT rowid AS row, ? AS told FROM groups"
            " WHERE groups MATCH ? AND rowid BETWEEN ? AND ? LIMIT ?)"
        )
        values: list[object] = []
        for group, told in chosen:
            values += [told, f'"{group}"', first, last, ROWS_READ]
        union = " UNION ALL ".join([one] * len(chosen))
        text = (
            f"SELECT row, content FROM (SELECT row, sum(told) AS told FROM ({union})"  # noqa: S608 - of our own text
            " GROUP BY row ORDER BY told DESC, row LIMIT ?) JOIN operators USING (row)"
        )
        return text, [*values, most]


def _groups(text: str) -> set[str]:
    return {text[at : at + 3] for at in range(len(text) - 2)}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise MachineError(f"the search index in a file of its own failed: {error}") from error
