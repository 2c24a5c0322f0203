"""The figure of search: the gateway's own index and scores."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.lines import serve_lines, timed
from benchmarks.parts import read_parts
from gateway.domain.canonical import read_canonical
from gateway.ports.search import Findable
from gateway.services.search_hits import find_hits, prepare_query
from gateway.services.search_words import latin_of
from gateway.store.search_file import SearchFile


def main() -> None:
    """Build the index; search what each order names."""
    before = _resident_mib()
    index = SearchFile(latin_of)
    for part in read_parts(Path(sys.argv[1])):
        operator = read_canonical(part)
        address = operator.addresses[0]
        names = tuple(name.text for name in operator.names)
        where = " ".join((*address.lines, address.city or "", address.postcode or ""))
        index.add("XA-XB", [Findable(operator_id=operator.id, names=names, addresses=(where,))])
    index.finish("built")
    memory = _resident_mib() - before

    def work(order: Mapping[str, Any]) -> dict[str, Any]:
        found = 0

        def search() -> None:
            nonlocal found
            for query in order["queries"]:
                found += bool(find_hits(index, prepare_query(query), None)[1])

        return timed(search) | {"found": found, "memory_mib": memory}

    serve_lines(work)


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


if __name__ == "__main__":
    main()
