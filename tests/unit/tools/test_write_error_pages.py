import sys

import pytest
import write_error_pages

from gateway.entrypoints.error_catalogue import CATALOGUE, EXIT_CODES, all_codes


def test_the_page_tells_every_code_and_every_way_out_of_every_error() -> None:
    page = write_error_pages.written()
    assert all(f"`{code}`" in page or f"### {code}" in page for code in all_codes())
    for row in CATALOGUE.values():
        ways = (row.grpc_status, row.problem_type, row.public_text, row.next_step)
        assert all(way in page for way in ways)
    assert all(f"| {code} | " in page for code in EXIT_CODES)


def test_the_committed_page_is_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["write_error_pages.py", "--check"])
    assert write_error_pages.main() == 0
