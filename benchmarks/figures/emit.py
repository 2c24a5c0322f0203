"""The figure of P10: a list issued from the home programme, by the gateway itself."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.administration import BENCH, Administration
from benchmarks.lines import serve_lines, timed
from gateway.domain.publishing import Wish


def main() -> None:
    """Find what was prepared in the folder, then publish as often as asked."""
    administration = Administration(Path(sys.argv[1]))
    folder = administration.folder
    profile = administration.profile()

    def work(_order: Mapping[str, Any]) -> dict[str, Any]:
        for file in folder.glob("mra.db*"):
            file.unlink()
        shutil.copyfile(folder / "template.db", folder / "mra.db")
        gateway = administration.open()
        publisher, now = gateway.exchange().publisher, gateway.clock()
        try:
            return timed(lambda: publisher.publish(profile, actor=BENCH, now=now, wish=Wish.FULL))
        finally:
            gateway.close()

    serve_lines(work)


if __name__ == "__main__":
    main()
