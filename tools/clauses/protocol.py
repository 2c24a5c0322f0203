"""The clauses that `docs/protocol.md` defines, and which of them this release requires."""

import re
from dataclasses import dataclass
from pathlib import Path

PROTOCOL = Path("docs/protocol.md")

_DEFINITION = re.compile(r"\*\*([A-Z]{3}-\d+)\*\*")
_ROW = re.compile(
    r"^\|\s*([A-Z]{3}-\d+)\s*\|\s*(whole|part|later)\s*\|\s*(yes)?\s*\|", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Clause:
    """One numbered clause."""

    id: str
    built: str
    """`whole`, `part`, `later`; `unlisted` if section 10 has no row for it."""
    required: bool
    """Code and test must exist."""


def read_clauses(protocol: Path) -> dict[str, Clause]:
    """Return the clauses by id, in the order in which the protocol defines them.

    Raises:
        SystemExit: The file is missing, or its table names a clause that it does not define.
    """
    if not protocol.is_file():
        raise SystemExit(f"{protocol}: no such file")
    text = protocol.read_text(encoding="utf-8")
    rows = {row[1]: row for row in _ROW.finditer(text)}
    ids = list(dict.fromkeys(_DEFINITION.findall(text)))
    strangers = sorted(set(rows) - set(ids))
    if strangers:
        raise SystemExit(f"{protocol}: the table names undefined clauses: {', '.join(strangers)}")
    return {
        clause: Clause(
            id=clause,
            built=rows[clause][2] if clause in rows else "unlisted",
            required=clause in rows and rows[clause][3] is not None,
        )
        for clause in ids
    }


def prefix_of_tests(clause: str) -> str:
    """Return how a test of this clause begins: `ACC-7` gives `test_acc_7_`."""
    return f"test_{clause.lower().replace('-', '_')}_"
