"""Copy the XSD files of schemas/ into the package, so that they are there at run time.

`--check` compares only, and fails if a copy is missing, stale, or has no master.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MASTERS = ROOT / "schemas" / "mra" / "status-list" / "1"
COPIES = ROOT / "gateway" / "exchange" / "xml_feed" / "xsd"


def main() -> int:
    """Copy or compare; return the exit code."""
    masters = {path.name: path.read_bytes() for path in MASTERS.glob("*.xsd")}
    copies = {path.name: path.read_bytes() for path in COPIES.glob("*.xsd")}
    stale = sorted(
        name for name in masters.keys() | copies.keys() if masters.get(name) != copies.get(name)
    )
    if "--check" in sys.argv[1:]:
        if stale:
            print(f"stale in {COPIES.relative_to(ROOT)}: {', '.join(stale)}", file=sys.stderr)
            print("run: make proto", file=sys.stderr)
        return 1 if stale else 0
    COPIES.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in masters:
            (COPIES / name).write_bytes(masters[name])
        else:
            (COPIES / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
