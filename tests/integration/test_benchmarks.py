"""Every benchmark runs, small; what it measures then means nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"id", "figure", "floor", "ratio", "goal", "pass", "unit", "n"}
ROWS = [
    *(
        "P1",
        "P1-p99",
        "P2",
        "P3",
        "P4",
        "P4-asice",
        "P4-memory",
        "P4-1M",
        "P5",
        "P6",
        "FLOOD-lookup",
        "FLOOD-sync",
        "P7",
        "P5-1M",
        "P8",
        "P10-xml",
        "P10-asice",
        "P10-grpc",
    ),
    *("LOG", "search", "INDEX-bytes", "INDEX-start", "INDEX-refresh", "INDEX-stall", "P2-1M"),
]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, object]]:
    """What all of them print together, at a size at which they take seconds."""
    ended = run("--json", "--size", "200", "--repeat", "1", "--seconds", "0.1")
    assert ended.returncode == 0, ended.stderr
    return {row["id"]: row for row in json.loads(ended.stdout)}


def test_benchmarks_print_all_rows_as_json_and_nothing_else(
    rows: dict[str, dict[str, object]],
) -> None:
    assert list(rows) == ROWS


@pytest.mark.parametrize("row_id", ROWS)
def test_a_row_holds_a_figure_beside_its_floor(
    rows: dict[str, dict[str, object]], row_id: str
) -> None:
    row = rows[row_id]
    assert set(row) == KEYS
    assert isinstance(row["pass"], bool)
    assert row["n"] == 200
    for measured in (row["figure"], row["floor"], row["ratio"]):
        assert isinstance(measured, float)
        assert measured > 0


def test_an_unknown_row_is_refused() -> None:
    assert run("--row", "P99").returncode == 2


def test_floors_import_nothing_of_the_gateway() -> None:
    modules = sorted(path.stem for path in (ROOT / "benchmarks" / "floors").glob("[a-z]*.py"))
    imports = "".join(f"import benchmarks.floors.{module}\n" for module in modules)
    check = f"{imports}import sys\nassert not [m for m in sys.modules if m.startswith('gateway')]"
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True, timeout=60)
