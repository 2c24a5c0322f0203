"""The figure of P8: one DELTA after the other, as a gateway that runs takes them in."""

import sys
from collections.abc import Mapping
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.administration import Administration
from benchmarks.figures.ingest import Run
from benchmarks.lines import serve_lines, timed
from benchmarks.parts import read_parts
from gateway.domain.documents import Unverified
from gateway.entrypoints.collector import look_seldom


def main() -> None:
    """Open the registry that was prepared in the folder; take the next DELTA in at each order."""
    look_seldom()  # as `mra serve` does
    administration = Administration(Path(sys.argv[1]))
    profile, numbers = administration.profile(), count()
    gateway = administration.open()
    feed = gateway.exchange().feeds[profile.kind]

    def work(_order: Mapping[str, Any]) -> dict[str, Any]:
        document, *chunks = read_parts(administration.folder / f"delta-{next(numbers)}.parts")
        offered = Unverified(document=document, chunks=tuple(chunks))
        run = Run(gateway, profile, feed, offered)
        told = timed(partial(run.accept, run.open()))
        return told | {"changed": run.changed}

    serve_lines(work)


if __name__ == "__main__":
    main()
