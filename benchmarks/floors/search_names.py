"""The floor of search: rapidfuzz over every name, as its own documentation does it."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from benchmarks.lines import serve_lines, timed
from benchmarks.parts import read_parts


def main() -> None:
    """Read the names; search what each order names."""
    parts = read_parts(Path(sys.argv[1]))
    names = [json.loads(part)["names"][0]["text"].lower() for part in parts]

    def work(order: Mapping[str, Any]) -> dict[str, Any]:
        def search() -> None:
            for query in order["queries"]:
                process.extract(query.lower(), names, scorer=fuzz.token_sort_ratio, limit=20)

        return timed(search)

    serve_lines(work)


if __name__ == "__main__":
    main()
