"""Databases for histories: each example begins with empty ones."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.store.versioning import upgrade
from tests.fakes.two_gateways import FreshUrls


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def fresh_urls(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FreshUrls]:
    """Two migrated databases, emptied by each call."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("fresh")
        yield lambda: (
            _copied(sqlite_template, folder / "1"),
            _copied(sqlite_template, folder / "2"),
        )
        return
    postgres = request.getfixturevalue("postgres")
    with ExitStack() as databases:
        urls = [databases.enter_context(postgres.database()) for _ in range(2)]
        for url in urls:
            upgrade(url)

        def emptied() -> tuple[str, str]:
            for url in urls:
                postgres.empty(url)
            return urls[0], urls[1]

        yield emptied


def _copied(template: Path, file: Path) -> str:
    for old in file.parent.glob(f"{file.name}*"):
        old.unlink()
    shutil.copyfile(template, file)
    return f"sqlite:///{file}"
