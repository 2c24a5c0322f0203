"""Write the OpenAPI document of the HTTP lookup and its page; --check only compares.

The gateway serves copies of its own, so that they are there at run time.
"""

import json
import sys
from pathlib import Path

from openapi.document import document
from openapi.page import page

ROOT = Path(__file__).resolve().parents[1]
MASTER = ROOT / "schemas" / "openapi" / "lookup-v1.json"
SERVED = ROOT / "gateway" / "entrypoints" / "http" / "published"


def main() -> int:
    """Write the files, or with `--check` compare them."""
    stale = [
        path
        for path, text in written().items()
        if not path.is_file() or path.read_text("utf-8") != text
    ]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is stale: run tools/write_openapi.py")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written()[path], encoding="utf-8")
    return 0


def written() -> dict[Path, str]:
    """Return the files with their contents."""
    described = document()
    text = json.dumps(described, indent=1, ensure_ascii=False) + "\n"
    return {
        MASTER: text,
        SERVED / MASTER.name: text,
        SERVED / "lookup-v1.html": page(described),
    }


if __name__ == "__main__":
    sys.exit(main())
