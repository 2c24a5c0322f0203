"""`python -m benchmarks`: run the rows and print them."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import (
    flood,
    index,
    log,
    p1_unary_lookup,
    p2_batch_lookup,
    p3_http_lookup,
    p4_ingest_asice,
    p4_ingest_xml,
    p5_ingest_grpc,
    p6_lookup_beside_list,
    p7_suspension,
    p8_delta,
    p10_emit,
    search,
)
from benchmarks.plan import Plan
from benchmarks.rows import Row, table

ROWS: Mapping[str, Callable[[Plan, Path], list[Row]]] = {
    "P1": p1_unary_lookup.run,
    "P2": p2_batch_lookup.run,
    "P3": p3_http_lookup.run,
    "P4": p4_ingest_xml.run,
    "P4-asice": p4_ingest_asice.run,
    "P4-1M": p4_ingest_asice.run_large,
    "P5": p5_ingest_grpc.run,
    "P6": p6_lookup_beside_list.run,
    "FLOOD": flood.run,
    "P7": p7_suspension.run,
    "P8": p8_delta.run,
    "P10": p10_emit.run,
    "LOG": log.run,
    "search": search.run,
    "INDEX": index.run,
}


def main() -> None:
    """Run what was asked for."""
    usual = Plan()
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print a JSON array of rows alone")
    parser.add_argument("--row", action="append", choices=[*ROWS], help="only this one; repeatable")
    parser.add_argument("--size", type=int, help="operators, instead of each row's own number")
    parser.add_argument("--repeat", type=int, default=usual.repeat, help="turns of each")
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="of a turn of load")
    parser.add_argument("--seed", type=int, default=usual.seed)
    asked = parser.parse_args()
    plan = Plan(repeat=asked.repeat, seconds=asked.seconds, seed=asked.seed, asked_size=asked.size)
    rows: list[Row] = []
    for name in asked.row or ROWS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="mra-bench-") as folder:
            rows += ROWS[name](plan, Path(folder))
    print(json.dumps([row.as_json() for row in rows], indent=1) if asked.json else table(rows))


if __name__ == "__main__":
    main()
