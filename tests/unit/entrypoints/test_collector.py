import subprocess
import sys


def test_the_collector_looks_seldom_after_the_process_has_begun() -> None:
    program = (
        "import gc; from gateway.entrypoints.collector import look_seldom; look_seldom();"
        "assert gc.isenabled() and gc.get_threshold()[0] >= 50_000 and gc.get_freeze_count()"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)  # noqa: S603 - our own program
